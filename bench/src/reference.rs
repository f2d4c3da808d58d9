//! The meaning of an exchange file, said as plainly as possible: a naive interpreter that every engine must agree with.

use anyhow::{Context, Result, bail};
use jiff::{Span, civil::Date};

use crate::{
    answers::{Answers, Truth},
    exchange::RuleSet,
    expression::{Arm, Expr},
    facts::CodedRows,
};

/// Decides every row by walking the trees.
pub fn decide(rules: &RuleSet, facts: &CodedRows) -> Result<Answers> {
    let mut answers = Answers::new(facts.rows.len(), rules.width());
    let ranges = rules.condition_ranges();
    for (index, values) in facts.rows.iter().enumerate() {
        let row = Row { facts, values };
        let truths = rules.conditions().map(|c| row.truth(&c.expr)).collect::<Result<Vec<_>>>()?;
        let verdicts = ranges.iter().map(|range| Truth::all(truths[range.clone()].iter().copied()));
        for (column, truth) in truths.iter().copied().chain(verdicts).enumerate() {
            answers.set(index, column, truth);
        }
    }
    Ok(answers)
}

/// A date some calendar months later; past the month's end it is the month's last day.
pub fn months_later(days: i64, months: i64) -> Result<i64> {
    let epoch = Date::constant(1970, 1, 1);
    let date =
        epoch.checked_add(Span::new().try_days(days)?)?.checked_add(Span::new().try_months(months)?)?;
    Ok(i64::from(epoch.until(date)?.get_days()))
}

struct Row<'a> {
    facts: &'a CodedRows,
    values: &'a [Option<i64>],
}

impl Row<'_> {
    fn truth(&self, expr: &Expr) -> Result<Truth> {
        Ok(Truth::from(self.value(expr)?.map(|value| value != 0)))
    }

    /// The value of any expression, truth as 0 and 1, `None` where it is unknown.
    fn value(&self, expr: &Expr) -> Result<Option<i64>> {
        let truth = |truth: Truth| match truth {
            Truth::Unknown => None,
            known => Some(known as i64),
        };
        Ok(match expr {
            Expr::Fact { name } => self.fact(name)?,
            Expr::Int { value } | Expr::Code { value } | Expr::Date { value } => Some(*value),
            Expr::Flag { value } => Some(i64::from(*value)),
            Expr::And { args } => {
                truth(Truth::all(args.iter().map(|a| self.truth(a)).collect::<Result<Vec<_>>>()?))
            }
            Expr::Or { args } => {
                let denied = args.iter().map(|a| self.truth(a).map(not)).collect::<Result<Vec<_>>>()?;
                truth(not(Truth::all(denied)))
            }
            Expr::Not { args: [a] } => truth(not(self.truth(a)?)),
            Expr::Lt { args } => self.two(args, |a, b| i64::from(a < b))?,
            Expr::Le { args } => self.two(args, |a, b| i64::from(a <= b))?,
            Expr::Gt { args } => self.two(args, |a, b| i64::from(a > b))?,
            Expr::Ge { args } => self.two(args, |a, b| i64::from(a >= b))?,
            Expr::Eq { args } => self.two(args, |a, b| i64::from(a == b))?,
            Expr::Ne { args } => self.two(args, |a, b| i64::from(a != b))?,
            Expr::In { args } => self.one_of(args)?,
            Expr::Add { args } | Expr::AddDays { args } => self.two(args, |a, b| a + b)?,
            Expr::Sub { args } => self.two(args, |a, b| a - b)?,
            Expr::Mul { args } => self.two(args, |a, b| a * b)?,
            Expr::AddMonths { args: [date, months] } => match (self.value(date)?, self.value(months)?) {
                (Some(date), Some(months)) => Some(months_later(date, months)?),
                _ => None,
            },
            Expr::Case { whens, otherwise } => self.case(whens, otherwise.as_deref())?,
        })
    }

    fn fact(&self, name: &str) -> Result<Option<i64>> {
        let at = self.facts.facts.iter().position(|fact| fact.name == name);
        Ok(self.values[at.with_context(|| format!("fact `{name}` is not declared"))?])
    }

    fn two(&self, args: &[Box<Expr>; 2], apply: impl Fn(i64, i64) -> i64) -> Result<Option<i64>> {
        let (left, right) = (self.value(&args[0])?, self.value(&args[1])?);
        Ok(left.zip(right).map(|(left, right)| apply(left, right)))
    }

    fn one_of(&self, args: &[Expr]) -> Result<Option<i64>> {
        let Some((subject, list)) = args.split_first() else { bail!("`in` needs a subject") };
        let list = list.iter().map(|literal| self.value(literal)).collect::<Result<Vec<_>>>()?;
        Ok(self.value(subject)?.map(|value| i64::from(list.contains(&Some(value)))))
    }

    fn case(&self, whens: &[Arm], otherwise: Option<&Expr>) -> Result<Option<i64>> {
        for arm in whens {
            match self.truth(&arm.when)? {
                Truth::True => return self.value(&arm.then),
                Truth::Unknown => return Ok(None),
                Truth::False => {}
            }
        }
        otherwise.map_or(Ok(None), |value| self.value(value))
    }
}

fn not(truth: Truth) -> Truth {
    match truth {
        Truth::True => Truth::False,
        Truth::False => Truth::True,
        Truth::Unknown => Truth::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i16, month: i8, day: i8) -> i64 {
        i64::from(Date::constant(1970, 1, 1).until(Date::constant(year, month, day)).unwrap().get_days())
    }

    #[test]
    fn months_end_on_the_last_day_of_a_shorter_month() {
        assert_eq!(months_later(day(2024, 1, 31), 1).unwrap(), day(2024, 2, 29));
        assert_eq!(months_later(day(2024, 2, 29), 12).unwrap(), day(2025, 2, 28));
        assert_eq!(months_later(day(2024, 3, 31), -1).unwrap(), day(2024, 2, 29));
        assert_eq!(months_later(day(2023, 6, 15), 24).unwrap(), day(2025, 6, 15));
    }

    #[test]
    fn an_unknown_when_stops_a_case_before_a_later_match() {
        let flag = |value| Expr::Flag { value };
        let whens = vec![
            Arm { when: Expr::Fact { name: "a".to_owned() }, then: flag(false) },
            Arm { when: flag(true), then: flag(true) },
        ];
        let fact = crate::exchange::Fact {
            name: "a".to_owned(),
            kind: crate::exchange::FactKind::Flag,
            codes: vec![],
            required: false,
        };
        let facts = CodedRows { facts: vec![fact], rows: vec![vec![None], vec![Some(0)], vec![Some(1)]] };
        let case = Expr::Case { whens, otherwise: None };
        let truth = |row: usize| Row { facts: &facts, values: &facts.rows[row] }.truth(&case).unwrap();
        assert_eq!([truth(0), truth(1), truth(2)], [Truth::Unknown, Truth::True, Truth::False]);
    }
}
