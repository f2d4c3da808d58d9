//! Names, types and units of a parsed condition.

use sqlparser::ast::{
    BinaryOperator, CaseWhen, DataType, DateTimeField, Expr, InTarget, Spanned, UnaryOperator, Value,
};

use super::{ConditionFault, Names, span};
use crate::calendar::Day;
use crate::expression::{Comparison, Proposition, Term};
use crate::facts::{CodeListId, Fact, FactTable, FactType, MONEY_LIMIT, RATIO_LIMIT, scaled};
use crate::pack::ParameterType;
use crate::problem::{Fault, nearest};

/// What a term's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A number with its unit, decimal places, and the largest absolute coded value it can have.
    Number { unit: NumberUnit, scale: u8, most: i128 },
    /// A calendar day.
    Date,
    /// A code.
    Code(CodeListId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NumberUnit {
    Plain,
    Money,
    Ratio,
    Count,
}

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

    /// A term that must be of a fact's type.
    pub(super) fn term_of(&mut self, expr: &Expr, fact_type: FactType) -> Option<Term> {
        let expected = kind_of_fact(fact_type);
        let list = if let FactType::Code(list) = fact_type { Some(list) } else { None };
        let (term, kind) = self.term(expr, list)?;
        match (expected, kind) {
            (Some(Kind::Number { unit: a, scale: wanted, .. }), Kind::Number { unit: b, scale, .. })
                if same_unit(a, b) && scale <= wanted =>
            {
                Some(widen(term, wanted - scale))
            }
            (Some(expected), kind) if expected == kind => Some(term),
            _ => {
                let fault = Fault::Type { expected: self.type_name(fact_type), found: self.kind_name(kind) };
                self.fault(expr, fault)
            }
        }
    }

    fn term(&mut self, expr: &Expr, list: Option<CodeListId>) -> Option<(Term, Kind)> {
        match expr {
            Expr::Nested(inner) => self.term(inner, list),
            Expr::Identifier(ident) => {
                let (column, fact_type) = self.fact(expr, &ident.value)?;
                match kind_of_fact(fact_type) {
                    Some(kind) => Some((Term::Fact(column), kind)),
                    None if fact_type == FactType::Flag => {
                        let message = format!("`{ident}` is a flag: write it alone, or `NOT {ident}`");
                        self.fault(expr, Fault::OutsideLanguage(message))
                    }
                    None => {
                        let message =
                            format!("`{ident}` is {}: no condition reads it", self.type_name(fact_type));
                        self.fault(expr, Fault::OutsideLanguage(message))
                    }
                }
            }
            Expr::Value(value) => self.literal(expr, &value.value, list),
            Expr::TypedString(typed) if matches!(typed.data_type, DataType::Date) => {
                let text = typed.value.value.to_string();
                match Day::parse(text.trim_matches('\'')) {
                    Some(day) => Some((Term::Date(day.0), Kind::Date)),
                    None => {
                        let expected = self.names.facts.expected(FactType::Date);
                        self.fault(expr, Fault::Type { expected, found: text })
                    }
                }
            }
            Expr::UnaryOp { op: UnaryOperator::Minus, expr: inner } => {
                let zero = (Term::Decimal { value: 0, scale: 0 }, PLAIN_ZERO);
                let right = self.term(inner, None)?;
                self.sum(expr, zero, &BinaryOperator::Minus, right)
            }
            Expr::BinaryOp { left, op, right } => self.arithmetic(expr, left, op, right),
            Expr::Case { operand: None, conditions, else_result, .. } => {
                self.case_term(expr, conditions, else_result.as_deref(), list)
            }
            _ => self.outside(expr),
        }
    }

    fn literal(&mut self, expr: &Expr, value: &Value, list: Option<CodeListId>) -> Option<(Term, Kind)> {
        match value {
            Value::Number(text, _) => {
                let scale = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
                let scale = u8::try_from(scale).ok().filter(|scale| *scale <= 9);
                match scale.and_then(|scale| scaled(text, u32::from(scale)).map(|value| (value, scale))) {
                    Some((value, scale)) => {
                        let kind = Kind::Number {
                            unit: NumberUnit::Plain,
                            scale,
                            most: i128::from(value.unsigned_abs()),
                        };
                        Some((Term::Decimal { value, scale }, kind))
                    }
                    None => {
                        let expected = "a decimal of at most nine places".into();
                        self.fault(expr, Fault::Type { expected, found: text.clone() })
                    }
                }
            }
            Value::Placeholder(name) => {
                let (id, parameter_type) = self.parameter(expr, name)?;
                let (unit, scale, most) = match parameter_type {
                    ParameterType::Ratio => (NumberUnit::Ratio, 4, i128::from(RATIO_LIMIT)),
                    ParameterType::Money => (NumberUnit::Money, 2, i128::from(MONEY_LIMIT)),
                    ParameterType::Count => (NumberUnit::Count, 0, i128::from(i32::MAX)),
                    ParameterType::Months | ParameterType::Days | ParameterType::Flag => {
                        let found = "a parameter of months, days or a flag".into();
                        return self.fault(expr, Fault::Type { expected: "a number".into(), found });
                    }
                };
                Some((Term::Parameter(id), Kind::Number { unit, scale, most }))
            }
            Value::SingleQuotedString(code) => match list {
                Some(list) => {
                    let position = self.code(expr, list, code)?;
                    Some((Term::Code(list, position), Kind::Code(list)))
                }
                None => self.fault(
                    expr,
                    Fault::Type {
                        expected: "a fact, number or date".into(),
                        found: format!("the text '{code}'"),
                    },
                ),
            },
            other => {
                let message = format!("`{other}` is not in the language");
                self.fault(expr, Fault::OutsideLanguage(message))
            }
        }
    }

    fn arithmetic(
        &mut self,
        expr: &Expr,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
    ) -> Option<(Term, Kind)> {
        if let Expr::Interval(interval) = right {
            let sign = match op {
                BinaryOperator::Plus => 1,
                BinaryOperator::Minus => -1,
                _ => return self.outside(expr),
            };
            let (term, kind) = self.term(left, None)?;
            if kind != Kind::Date {
                let fault = Fault::Type { expected: "a date".into(), found: self.kind_name(kind) };
                return self.fault(left, fault);
            }
            let amount = interval_amount(&interval.value).map(|amount| amount * sign);
            return match (amount, &interval.leading_field) {
                (Some(years), Some(DateTimeField::Year)) => Some((months(term, years * 12), Kind::Date)),
                (Some(count), Some(DateTimeField::Month)) => Some((months(term, count), Kind::Date)),
                (Some(days), Some(DateTimeField::Day)) => {
                    Some((Term::PlusDays(Box::new(term), days), Kind::Date))
                }
                _ => {
                    let expected = "INTERVAL '1' to '1200' YEAR, MONTH or DAY".into();
                    self.fault(right, Fault::Type { expected, found: right.to_string() })
                }
            };
        }
        let (left, right) = (self.term(left, None), self.term(right, None));
        let (left, right) = (left?, right?);
        match op {
            BinaryOperator::Plus | BinaryOperator::Minus => self.sum(expr, left, op, right),
            BinaryOperator::Multiply => self.product(expr, left, right),
            BinaryOperator::Divide => {
                let message = "division is not in the language: multiply the other side instead".into();
                self.fault(expr, Fault::OutsideLanguage(message))
            }
            _ => self.outside(expr),
        }
    }

    fn sum(
        &mut self,
        expr: &Expr,
        left: (Term, Kind),
        op: &BinaryOperator,
        right: (Term, Kind),
    ) -> Option<(Term, Kind)> {
        let minus = *op == BinaryOperator::Minus;
        match (left.1, right.1) {
            (Kind::Date, Kind::Date) if minus => {
                let kind = Kind::Number { unit: NumberUnit::Count, scale: 0, most: 200_000 };
                Some((Term::Minus(Box::new(left.0), Box::new(right.0)), kind))
            }
            (Kind::Number { unit: a, .. }, Kind::Number { unit: b, .. }) if same_unit(a, b) => {
                let unit = if a == NumberUnit::Plain { b } else { a };
                let (left, right, (scale, most)) = self.align(expr, left, right)?;
                let kind = self.bounded(expr, unit, scale, most)?;
                let (left, right) = (Box::new(left), Box::new(right));
                Some((if minus { Term::Minus(left, right) } else { Term::Plus(left, right) }, kind))
            }
            (a, b) => self.units(expr, a, if minus { "-" } else { "+" }, b),
        }
    }

    fn product(&mut self, expr: &Expr, left: (Term, Kind), right: (Term, Kind)) -> Option<(Term, Kind)> {
        let (Kind::Number { unit: a, scale: s, most: m }, Kind::Number { unit: b, scale: t, most: n }) =
            (left.1, right.1)
        else {
            return self.units(expr, left.1, "*", right.1);
        };
        let unit = match (a, b) {
            (NumberUnit::Money, NumberUnit::Money) => return self.units(expr, left.1, "*", right.1),
            (NumberUnit::Money, _) | (_, NumberUnit::Money) => NumberUnit::Money,
            (NumberUnit::Ratio, _) | (_, NumberUnit::Ratio) => NumberUnit::Ratio,
            (NumberUnit::Count, _) | (_, NumberUnit::Count) => NumberUnit::Count,
            (NumberUnit::Plain, NumberUnit::Plain) => NumberUnit::Plain,
        };
        let kind = self.bounded(expr, unit, s + t, m * n)?;
        Some((Term::Times(Box::new(left.0), Box::new(right.0)), kind))
    }

    fn bounded(&mut self, expr: &Expr, unit: NumberUnit, scale: u8, most: i128) -> Option<Kind> {
        if most > i128::from(i64::MAX / 2) || scale > 12 {
            return self.fault(expr, Fault::MayOverflow);
        }
        Some(Kind::Number { unit, scale, most })
    }

    /// Brings two numbers to one scale; gives the scale and the larger bound of their sum.
    fn align(
        &mut self,
        expr: &Expr,
        left: (Term, Kind),
        right: (Term, Kind),
    ) -> Option<(Term, Term, (u8, i128))> {
        let (Kind::Number { scale: s, most: m, .. }, Kind::Number { scale: t, most: n, .. }) =
            (left.1, right.1)
        else {
            return self.units(expr, left.1, "=", right.1);
        };
        let scale = s.max(t);
        let most = m * 10i128.pow(u32::from(scale - s)) + n * 10i128.pow(u32::from(scale - t));
        self.bounded(expr, NumberUnit::Plain, scale, most)?;
        Some((widen(left.0, scale - s), widen(right.0, scale - t), (scale, most)))
    }

    fn case_term(
        &mut self,
        expr: &Expr,
        conditions: &[CaseWhen],
        otherwise: Option<&Expr>,
        list: Option<CodeListId>,
    ) -> Option<(Term, Kind)> {
        let (arms, otherwise) =
            self.case(expr, conditions, otherwise, |checker, part| checker.term(part, list))?;
        let (default, kind) = otherwise;
        if let Some((_, (_, other))) = arms.iter().find(|(_, (_, other))| !same_kind(*other, kind)) {
            let other = *other;
            return self.units(expr, other, "CASE", kind);
        }
        let most = arms.iter().map(|(_, (_, kind))| *kind).chain([kind]).max_by_key(|kind| match kind {
            Kind::Number { most, .. } => *most,
            _ => 0,
        });
        let arms = arms.into_iter().map(|(condition, (term, _))| (condition, term)).collect();
        Some((Term::Case(arms, Box::new(default)), most.unwrap_or(kind)))
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

    fn fact(&mut self, expr: &Expr, name: &str) -> Option<(crate::facts::ColumnId, FactType)> {
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
        Some((crate::facts::ColumnId(fact.column.0 + offset), fact.fact_type))
    }

    fn parameter(
        &mut self,
        expr: &Expr,
        name: &str,
    ) -> Option<(crate::expression::ParameterId, ParameterType)> {
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

    fn kind_name(&self, kind: Kind) -> String {
        match kind {
            Kind::Number { unit: NumberUnit::Money, .. } => "money".into(),
            Kind::Number { unit: NumberUnit::Ratio, .. } => "a ratio".into(),
            Kind::Number { unit: NumberUnit::Count, .. } => "a count".into(),
            Kind::Number { unit: NumberUnit::Plain, .. } => "a number".into(),
            Kind::Date => "a date".into(),
            Kind::Code(list) => format!("a code of `{}`", self.names.facts.code_list(list).name),
        }
    }

    fn type_name(&self, fact_type: FactType) -> String {
        match kind_of_fact(fact_type) {
            Some(kind) => self.kind_name(kind),
            None if fact_type == FactType::Flag => "a flag".into(),
            None if fact_type == FactType::Office => "an office".into(),
            None => "an id".into(),
        }
    }
}

const PLAIN_ZERO: Kind = Kind::Number { unit: NumberUnit::Plain, scale: 0, most: 0 };

fn kind_of_fact(fact_type: FactType) -> Option<Kind> {
    let number = |unit, scale, most: i64| Some(Kind::Number { unit, scale, most: i128::from(most) });
    match fact_type {
        FactType::Count => number(NumberUnit::Count, 0, i64::from(i32::MAX)),
        FactType::Money => number(NumberUnit::Money, 2, MONEY_LIMIT),
        FactType::Ratio => number(NumberUnit::Ratio, 4, RATIO_LIMIT),
        FactType::Date => Some(Kind::Date),
        FactType::Code(list) => Some(Kind::Code(list)),
        FactType::Flag | FactType::Id | FactType::Office => None,
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

fn interval_amount(expr: &Expr) -> Option<i32> {
    let text = match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::Number(text, _) => text,
            _ => return None,
        },
        _ => return None,
    };
    text.parse().ok().filter(|amount| (1..=1200).contains(amount))
}

fn months(term: Term, count: i32) -> Term {
    Term::PlusMonths(Box::new(term), count)
}

fn widen(term: Term, places: u8) -> Term {
    match (places, term) {
        (0, term) => term,
        (_, Term::Decimal { value, scale }) => match value.checked_mul(10i64.pow(u32::from(places))) {
            Some(value) => Term::Decimal { value, scale: scale + places },
            None => Term::Widen(Box::new(Term::Decimal { value, scale }), places),
        },
        (_, term) => Term::Widen(Box::new(term), places),
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

fn same_unit(left: NumberUnit, right: NumberUnit) -> bool {
    left == right || left == NumberUnit::Plain || right == NumberUnit::Plain
}

fn same_kind(left: Kind, right: Kind) -> bool {
    match (left, right) {
        (Kind::Number { unit: a, scale: s, .. }, Kind::Number { unit: b, scale: t, .. }) => {
            same_unit(a, b) && s == t
        }
        _ => left == right,
    }
}

fn is_equality(comparison: Comparison) -> bool {
    matches!(comparison, Comparison::Equal | Comparison::NotEqual)
}
