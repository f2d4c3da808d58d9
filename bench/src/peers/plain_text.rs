//! Two-valued formulas as text, for ZEN and CEL, whose expressions differ only in a few words.

use anyhow::{Result, bail};

use crate::{
    expression::Expr,
    two_valued::{Formula, Rails},
};

/// The words of one expression language.
pub struct Words {
    /// Infix and.
    pub and: &'static str,
    /// Infix or.
    pub or: &'static str,
    /// Whether `x in [1, 2]` is cheaper than a chain of equalities.
    pub lists: bool,
}

impl Words {
    /// A condition as one expression that gives true, false or null.
    pub fn condition(&self, rails: &Rails) -> Result<String> {
        if rails.is_atom() {
            if let Formula::Flag { fact, value: true } = &rails.truth {
                return Ok(fact.clone());
            }
            if let Some(known) = self.known(&rails.truth)? {
                return Ok(format!("({known}) ? ({}) : null", self.bare(&rails.truth)?));
            }
        }
        Ok(format!(
            "({}) ? true : (({}) ? false : null)",
            self.formula(&rails.truth)?,
            self.formula(&rails.falsehood)?
        ))
    }

    /// A formula that is safe where facts are null.
    fn formula(&self, formula: &Formula) -> Result<String> {
        Ok(match formula {
            Formula::All(parts) => self.joined(parts, self.and)?,
            Formula::Any(parts) => self.joined(parts, self.or)?,
            atom => match self.known(atom)? {
                Some(known) => format!("({known} {} {})", self.and, self.bare(atom)?),
                None => self.bare(atom)?,
            },
        })
    }

    fn joined(&self, parts: &[Formula], word: &str) -> Result<String> {
        let parts = parts.iter().map(|p| self.formula(p)).collect::<Result<Vec<_>>>()?;
        Ok(format!("({})", parts.join(&format!(" {word} "))))
    }

    /// The facts of a comparison that must not be null, if there are any.
    fn known(&self, atom: &Formula) -> Result<Option<String>> {
        let facts = match atom {
            Formula::Compare { left, right, .. } => [left.facts(), right.facts()].concat(),
            Formula::Among { subject, .. } => subject.facts(),
            _ => return Ok(None),
        };
        let tests: Vec<_> = facts.iter().map(|fact| format!("{fact} != null")).collect();
        Ok((!tests.is_empty()).then(|| tests.join(&format!(" {} ", self.and))))
    }

    /// An atom without its tests for null.
    fn bare(&self, atom: &Formula) -> Result<String> {
        Ok(match atom {
            Formula::Always(value) => value.to_string(),
            Formula::Flag { fact, value } => format!("{fact} == {value}"),
            Formula::Compare { op, left, right } => {
                format!("{} {} {}", number(left)?, op.sign(), number(right)?)
            }
            Formula::Among { subject, literals, inside } => self.among(&number(subject)?, literals, *inside),
            Formula::All(_) | Formula::Any(_) => bail!("not an atom"),
        })
    }

    fn among(&self, subject: &str, literals: &[i64], inside: bool) -> String {
        if self.lists && inside {
            let list: Vec<_> = literals.iter().map(i64::to_string).collect();
            return format!("{subject} in [{}]", list.join(", "));
        }
        let (sign, word) = if inside { ("==", self.or) } else { ("!=", self.and) };
        let tests: Vec<_> = literals.iter().map(|value| format!("{subject} {sign} {value}")).collect();
        format!("({})", tests.join(&format!(" {word} ")))
    }
}

/// A number as text, in the notation that ZEN, CEL and Rego share.
pub fn number(expr: &Expr) -> Result<String> {
    number_with(expr, "")
}

/// The same with a prefix before each fact's name.
pub fn number_with(expr: &Expr, prefix: &str) -> Result<String> {
    let (sign, args) = match expr {
        Expr::Fact { name } => return Ok(format!("{prefix}{name}")),
        Expr::Int { value } | Expr::Code { value } | Expr::Date { value } => return Ok(value.to_string()),
        Expr::Add { args } | Expr::AddDays { args } => ("+", args),
        Expr::Sub { args } => ("-", args),
        Expr::Mul { args } => ("*", args),
        other => bail!("no number in a two-valued language: {other:?}"),
    };
    Ok(format!("({} {sign} {})", number_with(&args[0], prefix)?, number_with(&args[1], prefix)?))
}
