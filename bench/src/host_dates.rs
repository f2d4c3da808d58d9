//! A favour to engines without calendar months: the host computes every `fact + n months` beforehand, as one more fact.

use anyhow::{Result, bail};

use crate::{
    exchange::{Fact, FactKind, RuleSet},
    expression::Expr,
    facts::CodedRows,
    lifting::lift_cases,
    reference::months_later,
};

/// The rules and facts with `add_months` replaced by facts of their own; only `add_months(fact, literal)` can be.
pub fn precompute(rules: &RuleSet, rows: CodedRows) -> Result<(RuleSet, CodedRows)> {
    let (mut rules, mut rows) = (rules.clone(), rows);
    let mut made: Vec<Derived> = Vec::new();
    for condition in rules.measures.iter_mut().flat_map(|measure| &mut measure.conditions) {
        lift_cases(&mut condition.expr);
        replace(&mut condition.expr, &mut made)?;
    }
    for derived in made {
        let source = rows.facts.iter().position(|fact| fact.name == derived.source);
        let Some(source) = source else { bail!("fact `{}` is not declared", derived.source) };
        for row in &mut rows.rows {
            let later = row[source].map(|days| months_later(days, derived.months)).transpose()?;
            row.push(later);
        }
        rows.facts.push(Fact {
            name: derived.name,
            kind: FactKind::Date,
            codes: Vec::new(),
            required: false,
        });
    }
    rules.facts.clone_from(&rows.facts);
    Ok((rules, rows))
}

#[derive(PartialEq)]
struct Derived {
    name: String,
    source: String,
    months: i64,
}

fn replace(expr: &mut Expr, made: &mut Vec<Derived>) -> Result<()> {
    if let Expr::AddMonths { args: [date, months] } = expr {
        let (Expr::Fact { name: source }, Expr::Int { value: months }) = (&**date, &**months) else {
            bail!("only a fact plus literal months can be computed by the host");
        };
        let side = if *months < 0 { "before" } else { "after" };
        let name = format!("{source}_{}_months_{side}", months.abs());
        let derived = Derived { name: name.clone(), source: source.clone(), months: *months };
        if !made.contains(&derived) {
            made.push(derived);
        }
        *expr = Expr::Fact { name };
        return Ok(());
    }
    expr.children_mut().into_iter().try_for_each(|child| replace(child, made))
}
