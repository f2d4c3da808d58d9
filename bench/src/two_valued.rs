//! Three-valued rules for two-valued engines: every condition becomes two plain formulas, "surely true" and "surely false".
//!
//! Neither formula ever needs an unknown: each atom names the facts that must be known for it, and a condition is
//! unknown when neither formula holds. A `case` becomes a chain of both, a comparison with a `case` a `case` of comparisons.

use anyhow::{Result, bail};

use crate::{
    exchange::RuleSet,
    expression::{Arm, Expr},
};

/// A two-valued formula over atoms.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// Always true or always false.
    Always(bool),
    /// The flag is known and has this value.
    Flag { fact: String, value: bool },
    /// Both sides are known and compare so.
    Compare { op: Comparison, left: Expr, right: Expr },
    /// The subject is known and is (or is not) among the literals.
    Among { subject: Expr, literals: Vec<i64>, inside: bool },
    /// All hold.
    All(Vec<Formula>),
    /// One holds.
    Any(Vec<Formula>),
}

/// A comparison of two numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Comparison {
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
}

impl Comparison {
    /// The sign that all three languages share.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Eq => "==",
            Self::Ne => "!=",
        }
    }

    fn opposite(self) -> Self {
        match self {
            Self::Lt => Self::Ge,
            Self::Le => Self::Gt,
            Self::Gt => Self::Le,
            Self::Ge => Self::Lt,
            Self::Eq => Self::Ne,
            Self::Ne => Self::Eq,
        }
    }
}

/// The two formulas of one condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Rails {
    /// Holds exactly where the condition is true.
    pub truth: Formula,
    /// Holds exactly where the condition is false.
    pub falsehood: Formula,
}

impl Rails {
    /// Whether the condition is one atom, so that it is false wherever its facts are known and it is not true.
    pub fn is_atom(&self) -> bool {
        let negated = match &self.truth {
            Formula::Flag { fact, value } => Formula::Flag { fact: fact.clone(), value: !value },
            Formula::Compare { op, left, right } => {
                Formula::Compare { op: op.opposite(), left: left.clone(), right: right.clone() }
            }
            Formula::Among { subject, literals, inside } => {
                Formula::Among { subject: subject.clone(), literals: literals.clone(), inside: !inside }
            }
            _ => return false,
        };
        self.falsehood == negated
    }
}

/// The two formulas of a truth-valued expression.
pub fn rails(expr: &Expr, rules: &RuleSet) -> Result<Rails> {
    Ok(match expr {
        Expr::Flag { value } => both(Formula::Always(*value), Formula::Always(!*value)),
        Expr::Fact { name } => {
            let flag = |value| Formula::Flag { fact: name.clone(), value };
            both(flag(true), flag(false))
        }
        Expr::Not { args: [inner] } => swapped(rails(inner, rules)?),
        Expr::And { args } => joined(args, rules)?,
        Expr::Or { args } => {
            let denied: Vec<_> = args.iter().map(|a| Expr::Not { args: [Box::new(a.clone())] }).collect();
            swapped(joined(&denied, rules)?)
        }
        Expr::In { args } => among(args, rules)?,
        Expr::Case { whens, otherwise } => case(whens, otherwise.as_deref(), rules)?,
        other => match comparison(other) {
            Some((op, left, right)) => compared(op, left, right, rules)?,
            None => bail!("not a truth value: {other:?}"),
        },
    })
}

/// All of the formulas, without those that always hold.
pub fn all(formulas: Vec<Formula>) -> Formula {
    if formulas.contains(&Formula::Always(false)) {
        return Formula::Always(false);
    }
    let mut kept = Vec::new();
    for formula in formulas {
        match formula {
            Formula::Always(_) => {}
            Formula::All(inner) => kept.extend(inner),
            other => kept.push(other),
        }
    }
    single_or(kept, true, Formula::All)
}

/// Any of the formulas, without those that never hold.
pub fn any(formulas: Vec<Formula>) -> Formula {
    if formulas.contains(&Formula::Always(true)) {
        return Formula::Always(true);
    }
    let mut kept = Vec::new();
    for formula in formulas {
        match formula {
            Formula::Always(_) => {}
            Formula::Any(inner) => kept.extend(inner),
            other => kept.push(other),
        }
    }
    single_or(kept, false, Formula::Any)
}

fn single_or(mut kept: Vec<Formula>, empty: bool, many: fn(Vec<Formula>) -> Formula) -> Formula {
    match kept.len() {
        0 => Formula::Always(empty),
        1 => kept.remove(0),
        _ => many(kept),
    }
}

fn both(truth: Formula, falsehood: Formula) -> Rails {
    Rails { truth, falsehood }
}

fn swapped(rails: Rails) -> Rails {
    both(rails.falsehood, rails.truth)
}

fn joined(args: &[Expr], rules: &RuleSet) -> Result<Rails> {
    let parts = args.iter().map(|a| rails(a, rules)).collect::<Result<Vec<_>>>()?;
    let (truths, falsehoods) = parts.into_iter().map(|r| (r.truth, r.falsehood)).unzip();
    Ok(both(all(truths), any(falsehoods)))
}

fn case(whens: &[Arm], otherwise: Option<&Expr>, rules: &RuleSet) -> Result<Rails> {
    let mut rest = match otherwise {
        Some(value) => rails(value, rules)?,
        None => both(Formula::Always(false), Formula::Always(false)),
    };
    for arm in whens.iter().rev() {
        let (when, then) = (rails(&arm.when, rules)?, rails(&arm.then, rules)?);
        let chain = |then, rest| {
            any(vec![all(vec![when.truth.clone(), then]), all(vec![when.falsehood.clone(), rest])])
        };
        rest = both(chain(then.truth, rest.truth), chain(then.falsehood, rest.falsehood));
    }
    Ok(rest)
}

fn compared(op: Comparison, left: &Expr, right: &Expr, rules: &RuleSet) -> Result<Rails> {
    if rules.is_truth(left) {
        return same_flag(op, left, right, rules);
    }
    if let Expr::Case { whens, otherwise } = left {
        return lifted(whens, otherwise.as_deref(), rules, |value| remade(op, value, right));
    }
    if let Expr::Case { whens, otherwise } = right {
        return lifted(whens, otherwise.as_deref(), rules, |value| remade(op, left, value));
    }
    if let (Some(a), Some(b)) = (literal(left), literal(right)) {
        let value = op.holds(a, b);
        return Ok(both(Formula::Always(value), Formula::Always(!value)));
    }
    let compare = |op| Formula::Compare { op, left: left.clone(), right: right.clone() };
    Ok(both(compare(op), compare(op.opposite())))
}

impl Comparison {
    fn holds(self, a: i64, b: i64) -> bool {
        match self {
            Self::Lt => a < b,
            Self::Le => a <= b,
            Self::Gt => a > b,
            Self::Ge => a >= b,
            Self::Eq => a == b,
            Self::Ne => a != b,
        }
    }
}

fn same_flag(op: Comparison, left: &Expr, right: &Expr, rules: &RuleSet) -> Result<Rails> {
    let (a, b) = (rails(left, rules)?, rails(right, rules)?);
    let pair = |x: &Formula, y: &Formula| all(vec![x.clone(), y.clone()]);
    let same = any(vec![pair(&a.truth, &b.truth), pair(&a.falsehood, &b.falsehood)]);
    let differ = any(vec![pair(&a.truth, &b.falsehood), pair(&a.falsehood, &b.truth)]);
    match op {
        Comparison::Eq => Ok(both(same, differ)),
        Comparison::Ne => Ok(both(differ, same)),
        _ => bail!("flags have no order"),
    }
}

fn among(args: &[Expr], rules: &RuleSet) -> Result<Rails> {
    let Some((subject, list)) = args.split_first() else { bail!("`in` needs a subject") };
    if let Expr::Case { whens, otherwise } = subject {
        let remade = |value: &Expr| Expr::In { args: [&[value.clone()], list].concat() };
        return lifted(whens, otherwise.as_deref(), rules, remade);
    }
    let Some(literals) = list.iter().map(literal).collect::<Option<Vec<_>>>() else {
        bail!("`in` lists literals")
    };
    if let Some(value) = literal(subject) {
        let inside = literals.contains(&value);
        return Ok(both(Formula::Always(inside), Formula::Always(!inside)));
    }
    let side = |inside| Formula::Among { subject: subject.clone(), literals: literals.clone(), inside };
    Ok(both(side(true), side(false)))
}

/// A `case` of numbers inside a comparison is the `case` of the comparisons.
fn lifted(
    whens: &[Arm],
    otherwise: Option<&Expr>,
    rules: &RuleSet,
    remade: impl Fn(&Expr) -> Expr,
) -> Result<Rails> {
    let arms: Vec<_> = whens.iter().map(|a| Arm { when: a.when.clone(), then: remade(&a.then) }).collect();
    case(&arms, otherwise.map(&remade).as_ref(), rules)
}

fn remade(op: Comparison, left: &Expr, right: &Expr) -> Expr {
    let args = [Box::new(left.clone()), Box::new(right.clone())];
    match op {
        Comparison::Lt => Expr::Lt { args },
        Comparison::Le => Expr::Le { args },
        Comparison::Gt => Expr::Gt { args },
        Comparison::Ge => Expr::Ge { args },
        Comparison::Eq => Expr::Eq { args },
        Comparison::Ne => Expr::Ne { args },
    }
}

fn comparison(expr: &Expr) -> Option<(Comparison, &Expr, &Expr)> {
    let (op, args) = match expr {
        Expr::Lt { args } => (Comparison::Lt, args),
        Expr::Le { args } => (Comparison::Le, args),
        Expr::Gt { args } => (Comparison::Gt, args),
        Expr::Ge { args } => (Comparison::Ge, args),
        Expr::Eq { args } => (Comparison::Eq, args),
        Expr::Ne { args } => (Comparison::Ne, args),
        _ => return None,
    };
    Some((op, &args[0], &args[1]))
}

fn literal(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Int { value } | Expr::Code { value } | Expr::Date { value } => Some(*value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_atom_whose_other_side_is_narrower_is_not_taken_for_a_plain_comparison() {
        let flag = |value| Formula::Flag { fact: "a".to_owned(), value };
        assert!(both(flag(true), flag(false)).is_atom());
        let narrower = all(vec![flag(false), Formula::Flag { fact: "b".to_owned(), value: false }]);
        assert!(!both(flag(true), narrower).is_atom());
    }
}
