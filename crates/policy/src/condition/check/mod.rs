//! Names, types and units of a parsed condition.

mod kinds;
mod terms;

use sqlparser::ast::{BinaryOperator, CaseWhen, Expr, InTarget, Spanned, UnaryOperator, Value};

use super::{ConditionFault, Names, span};
use crate::expression::{Comparison, ParameterId, Proposition};
use crate::facts::{CodeListId, ColumnId, Fact, FactTable, FactType};
use crate::pack::ParameterType;
use crate::problem::{Fault, nearest};
use kinds::{Kind, same_unit};

/// Checks one condition, for one member when it reads families. `None` = a fault was noted.
pub(super) struct Checker<'a> {
    text: &'a str,
    names: &'a Names<'a>,
    member: Option<usize>,
    faults: Vec<ConditionFault>,
}

/// The families that an expression names.
pub(super) fn families<'a>(expr: &Expr, facts: &'a FactTable) -> Vec<&'a Fact> {
    let mut found = Vec::new();
    each_identifier(expr, &mut |name| {
        if let Some(fact) = facts.fact(name).filter(|fact| !fact.members.is_empty()) {
            found.push(fact);
        }
    });
    found
}

fn each_identifier(expr: &Expr, visit: &mut dyn FnMut(&str)) {
    match expr {
        Expr::Identifier(ident) => visit(&ident.value),
        Expr::Nested(inner) | Expr::UnaryOp { expr: inner, .. } => each_identifier(inner, visit),
        Expr::BinaryOp { left, right, .. } => {
            each_identifier(left, visit);
            each_identifier(right, visit);
        }
        Expr::Between { expr, low, high, .. } => {
            [expr, low, high].into_iter().for_each(|part| each_identifier(part, visit));
        }
        Expr::In { expr, target: InTarget::List(list), .. } => {
            each_identifier(expr, visit);
            list.iter().for_each(|part| each_identifier(part, visit));
        }
        Expr::Case { conditions, else_result, .. } => {
            for CaseWhen { condition, result } in conditions {
                each_identifier(condition, visit);
                each_identifier(result, visit);
            }
            if let Some(otherwise) = else_result {
                each_identifier(otherwise, visit);
            }
        }
        _ => {}
    }
}

impl<'a> Checker<'a> {
    pub(super) fn new(text: &'a str, names: &'a Names<'a>, member: Option<usize>) -> Self {
        Checker { text, names, member, faults: Vec::new() }
    }

    pub(super) fn finish<T>(
        mut self,
        check: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Result<T, Vec<ConditionFault>> {
        let result = check(&mut self);
        match result {
            Some(checked) if self.faults.is_empty() => Ok(checked),
            _ => Err(self.faults),
        }
    }

    fn fault<T>(&mut self, expr: &Expr, fault: Fault) -> Option<T> {
        self.faults.push((span::bytes(self.text, expr.span()), fault));
        None
    }

    fn outside<T>(&mut self, expr: &Expr) -> Option<T> {
        let message = match expr {
            Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::IsUnknown(_) | Expr::IsNotUnknown(_) => {
                "`IS NULL` is not in the language: an unknown fact stays unknown".into()
            }
            Expr::Function(function) => format!("function `{}` is not in the language", function.name),
            Expr::BinaryOp { op, .. } => format!("operator `{op}` is not in the language"),
            Expr::Like { .. } | Expr::ILike { .. } | Expr::SimilarTo { .. } => {
                "text operations are not in the language".into()
            }
            Expr::Subquery(_) | Expr::In { .. } | Expr::Exists { .. } => {
                "queries are not in the language: a condition reads the facts of one matter".into()
            }
            other => format!("`{other}` is not in the language"),
        };
        self.fault(expr, Fault::OutsideLanguage(message))
    }

    /// A proposition.
    pub(super) fn proposition(&mut self, expr: &Expr) -> Option<Proposition> {
        match expr {
            Expr::Nested(inner) => self.proposition(inner),
            Expr::Identifier(ident) => match self.fact(expr, &ident.value)? {
                (column, FactType::Flag) => Some(Proposition::Flag(column)),
                (_, other) => self.needs_flag(expr, &self.type_name(other)),
            },
            Expr::Value(value) => match &value.value {
                Value::Boolean(truth) => Some(Proposition::Constant(*truth)),
                Value::Placeholder(name) => match self.parameter(expr, name)? {
                    (id, ParameterType::Flag) => Some(Proposition::Parameter(id)),
                    _ => self.needs_flag(expr, "a number"),
                },
                _ => self.needs_flag(expr, "a plain value"),
            },
            Expr::UnaryOp { op: UnaryOperator::Not, expr: inner } => {
                Some(Proposition::Not(Box::new(self.proposition(inner)?)))
            }
            Expr::BinaryOp { left, op, right } => self.binary(expr, left, op, right),
            Expr::Between { expr: inner, negated, low, high } => {
                let at_least = self.compare(inner, Comparison::AtLeast, low);
                let at_most = self.compare(inner, Comparison::AtMost, high);
                Some(negate(Proposition::All(vec![at_least?, at_most?]), *negated))
            }
            Expr::In { expr: inner, target: InTarget::List(list), negated, .. } => {
                Some(negate(self.one_of(inner, list)?, *negated))
            }
            Expr::Case { operand: None, conditions, else_result, .. } => {
                let (arms, otherwise) =
                    self.case(expr, conditions, else_result.as_deref(), |checker, part| {
                        checker.proposition(part)
                    })?;
                Some(Proposition::Case(arms, Box::new(otherwise)))
            }
            _ => self.outside(expr),
        }
    }

    fn needs_flag<T>(&mut self, expr: &Expr, found: &str) -> Option<T> {
        let fault =
            Fault::Type { expected: "a condition that is true or false".into(), found: found.to_owned() };
        self.fault(expr, fault)
    }

    fn binary(&mut self, expr: &Expr, left: &Expr, op: &BinaryOperator, right: &Expr) -> Option<Proposition> {
        let comparison = match op {
            BinaryOperator::And | BinaryOperator::Or => {
                let (left, right) = (self.proposition(left), self.proposition(right));
                let parts = vec![left?, right?];
                let all = *op == BinaryOperator::And;
                return Some(if all { flatten_all(parts) } else { flatten_any(parts) });
            }
            BinaryOperator::Eq => Comparison::Equal,
            BinaryOperator::NotEq => Comparison::NotEqual,
            BinaryOperator::Lt => Comparison::Less,
            BinaryOperator::LtEq => Comparison::AtMost,
            BinaryOperator::Gt => Comparison::Greater,
            BinaryOperator::GtEq => Comparison::AtLeast,
            _ => return self.outside(expr),
        };
        self.compare(left, comparison, right)
    }

    fn compare(&mut self, left: &Expr, comparison: Comparison, right: &Expr) -> Option<Proposition> {
        if as_text(left).is_some() && as_text(right).is_some() {
            let fault = Fault::Type { expected: "a fact".into(), found: format!("the text {left}") };
            return self.fault(left, fault);
        }
        if as_text(left).is_some() {
            return self.compare(right, comparison.mirrored(), left);
        }
        if let Some(code) = as_text(right) {
            return self.compare_code(left, comparison, right, code);
        }
        let (left_term, right_term) = (self.term(left, None), self.term(right, None));
        let ((left_term, left_kind), (right_term, right_kind)) = (left_term?, right_term?);
        match (left_kind, right_kind) {
            (Kind::Date, Kind::Date) => Some(Proposition::Compare(comparison, left_term, right_term)),
            (Kind::Code(a), Kind::Code(b)) if a == b && is_equality(comparison) => {
                Some(Proposition::Compare(comparison, left_term, right_term))
            }
            (Kind::Number { unit: a, .. }, Kind::Number { unit: b, .. }) if same_unit(a, b) => {
                let (left_term, right_term, _) =
                    self.align(left, (left_term, left_kind), (right_term, right_kind))?;
                Some(Proposition::Compare(comparison, left_term, right_term))
            }
            _ => self.units(right, left_kind, comparison.sql(), right_kind),
        }
    }

    fn compare_code(
        &mut self,
        left: &Expr,
        comparison: Comparison,
        right: &Expr,
        code: &str,
    ) -> Option<Proposition> {
        let (term, kind) = self.term(left, None)?;
        let Kind::Code(list) = kind else {
            let fault = Fault::Type { expected: self.kind_name(kind), found: format!("the text '{code}'") };
            return self.fault(right, fault);
        };
        let position = self.code(right, list, code)?;
        if !is_equality(comparison) {
            let message = format!("codes have no order: `{}` is not for them", comparison.sql());
            return self.fault(right, Fault::OutsideLanguage(message));
        }
        let one_of = Proposition::OneOf(term, list, vec![position]);
        Some(negate(one_of, comparison == Comparison::NotEqual))
    }

    fn one_of(&mut self, inner: &Expr, list: &[Expr]) -> Option<Proposition> {
        if list.iter().all(|member| as_text(member).is_some()) {
            let (term, kind) = self.term(inner, None)?;
            let Kind::Code(codes) = kind else {
                let fault = Fault::Type { expected: self.kind_name(kind), found: "a list of texts".into() };
                return self.fault(inner, fault);
            };
            let mut positions = Vec::new();
            for member in list {
                positions.push(self.code(member, codes, as_text(member).unwrap_or_default())?);
            }
            positions.sort_unstable();
            positions.dedup();
            return Some(Proposition::OneOf(term, codes, positions));
        }
        let parts: Vec<_> = list
            .iter()
            .map(|member| self.compare(inner, Comparison::Equal, member))
            .collect::<Option<_>>()?;
        Some(Proposition::Any(parts))
    }

    fn code(&mut self, at: &Expr, list: CodeListId, code: &str) -> Option<u8> {
        let codes = self.names.facts.code_list(list);
        if let Some(position) = codes.position(code) {
            return Some(position);
        }
        let nearest = nearest(code, codes.codes.iter().map(|(name, _)| name.as_str()));
        self.fault(at, Fault::UnknownCode { code: code.to_owned(), list: codes.name.clone(), nearest })
    }

    fn case<T>(
        &mut self,
        expr: &Expr,
        conditions: &[CaseWhen],
        otherwise: Option<&Expr>,
        mut read: impl FnMut(&mut Self, &Expr) -> Option<T>,
    ) -> Option<(Vec<(Proposition, T)>, T)> {
        let Some(otherwise) = otherwise else {
            return self.fault(
                expr,
                Fault::OutsideLanguage("a CASE needs an ELSE: the law says what happens else".into()),
            );
        };
        let mut arms = Vec::new();
        for CaseWhen { condition, result } in conditions {
            let (condition, result) = (self.proposition(condition), read(self, result));
            arms.push((condition?, result?));
        }
        Some((arms, read(self, otherwise)?))
    }

    fn fact(&mut self, expr: &Expr, name: &str) -> Option<(ColumnId, FactType)> {
        let Some(fact) = self.names.facts.fact(name) else {
            let nearest = nearest(name, self.names.facts.facts.iter().map(|fact| fact.name.as_str()));
            return self.fault(expr, Fault::UnknownFact { name: name.to_owned(), nearest });
        };
        let offset = match self.member {
            Some(member) if !fact.members.is_empty() => u16::try_from(member).unwrap_or(0),
            _ if !fact.members.is_empty() => {
                let message = format!("`{name}` is a family: only a measure's condition may read it");
                return self.fault(expr, Fault::OutsideLanguage(message));
            }
            _ => 0,
        };
        Some((ColumnId(fact.column.0 + offset), fact.fact_type))
    }

    fn parameter(&mut self, expr: &Expr, name: &str) -> Option<(ParameterId, ParameterType)> {
        let name = name.trim_start_matches('$');
        if let Some(found) = self.names.parameters.get(name) {
            return Some(*found);
        }
        let nearest = nearest(name, self.names.parameters.keys().map(String::as_str));
        self.fault(expr, Fault::UnknownParameter { name: name.to_owned(), nearest })
    }

    fn units<T>(&mut self, expr: &Expr, left: Kind, operator: &str, right: Kind) -> Option<T> {
        let (left, right) = (self.kind_name(left), self.kind_name(right));
        self.fault(expr, Fault::Units { left, operator: operator.to_owned(), right })
    }
}

fn as_text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Nested(inner) => as_text(inner),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn negate(proposition: Proposition, negated: bool) -> Proposition {
    if negated { Proposition::Not(Box::new(proposition)) } else { proposition }
}

fn flatten_all(parts: Vec<Proposition>) -> Proposition {
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Proposition::All(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    Proposition::All(flat)
}

fn flatten_any(parts: Vec<Proposition>) -> Proposition {
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Proposition::Any(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    Proposition::Any(flat)
}

fn is_equality(comparison: Comparison) -> bool {
    matches!(comparison, Comparison::Equal | Comparison::NotEqual)
}
