//! Facts computed from facts: written out in every expression that reads them, for engines that take one row at a time.
//!
//! The vector engines compute each derived fact once, as a column. Here conditions that become equal are still decided
//! once, and a comparison with a derived code folds to the few comparisons behind it, so little is lost.

use anyhow::{Result, ensure};

use crate::{exchange::RuleSet, expression::Expr};

/// The rule set without derived facts.
pub fn write_out(mut rules: RuleSet) -> Result<RuleSet> {
    let mut known: Vec<(String, Expr)> = Vec::new();
    for mut derived in std::mem::take(&mut rules.derived) {
        let name = derived.fact.name;
        let twice = rules.facts.iter().any(|f| f.name == name) || known.iter().any(|(k, _)| *k == name);
        ensure!(!twice, "fact `{name}` is declared twice");
        replace(&mut derived.expr, &known);
        known.push((name, derived.expr));
    }
    for condition in rules.measures.iter_mut().flat_map(|measure| &mut measure.conditions) {
        replace(&mut condition.expr, &known);
    }
    Ok(rules)
}

fn replace(expr: &mut Expr, known: &[(String, Expr)]) {
    if let Expr::Fact { name } = expr {
        if let Some((_, written)) = known.iter().find(|(fact, _)| fact == name) {
            *expr = written.clone();
        }
        return;
    }
    for child in expr.children_mut() {
        replace(child, known);
    }
}
