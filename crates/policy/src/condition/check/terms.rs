//! Terms: numbers, days and codes, with their units, scales and bounds.

use sqlparser::ast::{BinaryOperator, CaseWhen, DataType, DateTimeField, Expr, UnaryOperator, Value};

use super::Checker;
use super::kinds::{Kind, NumberUnit, kind_of_fact, same_kind, same_unit};
use crate::expression::Term;
use crate::facts::{CodeListId, FactType, MONEY_LIMIT, RATIO_LIMIT, scaled};
use crate::pack::ParameterType;
use crate::problem::Fault;
use greenlane_terms::calendar::Day;

impl Checker<'_> {
    /// A term that must be of a fact's type.
    pub(in super::super) fn term_of(&mut self, expr: &Expr, fact_type: FactType) -> Option<Term> {
        let expected = kind_of_fact(fact_type);
        let list = if let FactType::Code(list) = fact_type { Some(list) } else { None };
        let (term, kind) = self.term(expr, list)?;
        match (expected, kind) {
            (
                Some(Kind::Number { unit: a, scale: wanted, most: limit }),
                Kind::Number { unit: b, scale, most },
            ) if same_unit(a, b) && scale <= wanted => {
                if most * 10i128.pow(u32::from(wanted - scale)) > limit {
                    return self.fault(expr, Fault::MayOverflow);
                }
                Some(widen(term, wanted - scale))
            }
            (Some(expected), kind) if expected == kind => Some(term),
            _ => {
                let fault = Fault::Type { expected: self.type_name(fact_type), found: self.kind_name(kind) };
                self.fault(expr, fault)
            }
        }
    }

    pub(super) fn term(&mut self, expr: &Expr, list: Option<CodeListId>) -> Option<(Term, Kind)> {
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
            Expr::TypedString(typed)
                if matches!(typed.data_type, DataType::Date) && !typed.uses_odbc_syntax =>
            {
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

    pub(super) fn literal(
        &mut self,
        expr: &Expr,
        value: &Value,
        list: Option<CodeListId>,
    ) -> Option<(Term, Kind)> {
        match value {
            Value::Number(text, false) => {
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
                    ParameterType::Months
                    | ParameterType::Days
                    | ParameterType::WorkingDays
                    | ParameterType::Flag => {
                        let found = "a parameter of months, days, working days or a flag".into();
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

    pub(super) fn arithmetic(
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
            let plain = interval.leading_precision.is_none()
                && interval.last_field.is_none()
                && interval.fractional_seconds_precision.is_none();
            return match (amount.filter(|_| plain), &interval.leading_field) {
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

    pub(super) fn sum(
        &mut self,
        expr: &Expr,
        left: (Term, Kind),
        op: &BinaryOperator,
        right: (Term, Kind),
    ) -> Option<(Term, Kind)> {
        let minus = *op == BinaryOperator::Minus;
        match (left.1, right.1) {
            (Kind::Date, Kind::Date) if minus => {
                let kind = self.bounded(expr, NumberUnit::Count, 0, extent(&left.0) + extent(&right.0))?;
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

    pub(super) fn product(
        &mut self,
        expr: &Expr,
        left: (Term, Kind),
        right: (Term, Kind),
    ) -> Option<(Term, Kind)> {
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

    pub(super) fn bounded(&mut self, expr: &Expr, unit: NumberUnit, scale: u8, most: i128) -> Option<Kind> {
        if most > i128::from(i64::MAX / 2) || scale > 12 {
            return self.fault(expr, Fault::MayOverflow);
        }
        Some(Kind::Number { unit, scale, most })
    }

    /// Brings two numbers to one scale; gives the scale and the larger bound of their sum.
    pub(super) fn align(
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

    pub(super) fn case_term(
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
}

const PLAIN_ZERO: Kind = Kind::Number { unit: NumberUnit::Plain, scale: 0, most: 0 };

/// Days by which a date can lie from 1970-01-01.
fn extent(date: &Term) -> i128 {
    match date {
        Term::PlusMonths(inner, months) => extent(inner) + i128::from(months.unsigned_abs()) * 31,
        Term::PlusDays(inner, days) => extent(inner) + i128::from(days.unsigned_abs()),
        Term::Case(arms, otherwise) => {
            arms.iter().map(|(_, then)| extent(then)).max().unwrap_or(0).max(extent(otherwise))
        }
        _ => i128::from(Day::LAST.0),
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
