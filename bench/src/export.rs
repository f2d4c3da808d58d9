//! The checked pack as an exchange file: the law of the product, in the form that every peer translates.
//!
//! A version of a measure becomes a measure of its own: `in_scope` (matter, unit, dates), its pilot, its conditions.
//! So an answer tells all four verdicts apart: out of scope is a false `in_scope` or a false pilot.

use anyhow::{Context, Result};
use greenlane_engine::Engine;
use greenlane_policy::{
    calendar::{Day, Period},
    facts::{ColumnId, FactType},
    pack::{DerivedRule, Measure as Law, Pack, Pilot, Unit, Version},
};

use crate::{
    exchange::{Condition, Derived, Fact, FactKind, Measure, RuleSet},
    export_terms::Terms,
    expression::{Arm, Expr},
};

/// The condition that says whether a row concerns a measure at all.
pub const IN_SCOPE: &str = "in_scope";
/// The condition that says whether the office takes part.
pub const PILOT: &str = "pilot";

/// The engine with the pack that is built in.
pub fn engine() -> Result<Engine> {
    let pack = Pack::embedded().map_err(|problems| anyhow::anyhow!(problems.lines()))?;
    Ok(Engine::new(pack))
}

/// The rules of an engine's pack, with every fact that its program reads and does not compute.
pub fn rules(engine: &Engine) -> Result<RuleSet> {
    let export = Export { pack: &engine.pack };
    let facts = engine.program.columns_read().iter().copied().filter(|column| !export.computes(*column));
    Ok(RuleSet {
        facts: facts.map(|column| export.fact(column)).collect::<Result<_>>()?,
        derived: export.derived()?,
        measures: export.measures()?,
    })
}

/// The name of a column in the exchange file, a plain word in every peer's language.
pub fn name(pack: &Pack, column: ColumnId) -> String {
    pack.facts.info(column).name.replace('[', "_").replace(']', "")
}

struct Export<'p> {
    pack: &'p Pack,
}

impl Export<'_> {
    fn computes(&self, column: ColumnId) -> bool {
        self.pack.derived.iter().any(|derived| derived.column == column)
            || self.pack.pilots.iter().any(|pilot| pilot.flag == column)
    }

    fn fact(&self, column: ColumnId) -> Result<Fact> {
        let fact_type = self.pack.facts.info(column).fact_type;
        let kind =
            kind(fact_type).with_context(|| format!("{} is no condition's fact", name(self.pack, column)))?;
        let codes = match fact_type {
            FactType::Code(list) => {
                self.pack.facts.code_list(list).codes.iter().map(|(code, _)| code.clone()).collect()
            }
            _ => Vec::new(),
        };
        let core = self.pack.core;
        let required = [core.matter, core.decided_on, core.unit].contains(&column);
        Ok(Fact { name: name(self.pack, column), kind, codes, required })
    }

    /// Pilots first, since the facts of the pack read them.
    fn derived(&self) -> Result<Vec<Derived>> {
        let pilots = self.pack.pilots.iter().map(|pilot| (pilot.flag, Ok(self.takes_part(pilot))));
        let facts = self.pack.derived.iter().map(|derived| {
            let terms = Terms { pack: self.pack };
            let expr = match &derived.rule {
                DerivedRule::Flag(proposition) => terms.proposition(proposition),
                DerivedRule::Value(term) => terms.term(term),
            };
            (derived.column, expr)
        });
        pilots
            .chain(facts)
            .map(|(column, expr)| Ok(Derived { fact: self.fact(column)?, expr: expr? }))
            .collect()
    }

    /// Unknown where the office is, else whether one entry of the list holds.
    fn takes_part(&self, pilot: &Pilot) -> Expr {
        let office = || Expr::Fact { name: name(self.pack, self.pack.core.office) };
        let entry = |listed: &greenlane_policy::pack::PilotOffice| {
            let (first, last) = (i64::from(listed.first), i64::from(listed.last));
            let mut parts = match first == last {
                true => vec![compare("eq", office(), first)],
                false => vec![compare("ge", office(), first), compare("le", office(), last)],
            };
            parts.extend(self.period(listed.period));
            Expr::And { args: parts }
        };
        let known = compare("ge", office(), 0); // the day always is
        let listed = match pilot.offices.is_empty() {
            true => Expr::Flag { value: false },
            false => Expr::Or { args: pilot.offices.iter().map(entry).collect() },
        };
        Expr::Case { whens: vec![Arm { when: known, then: listed }], otherwise: None }
    }

    fn period(&self, period: Period) -> Vec<Expr> {
        let to = period.to.map(|to| self.decided("le", to));
        std::iter::once(self.decided("ge", period.from)).chain(to).collect()
    }

    fn decided(&self, op: &str, day: Day) -> Expr {
        let decided_on = Expr::Fact { name: name(self.pack, self.pack.core.decided_on) };
        let day = Expr::Date { value: i64::from(day.0) };
        comparison(op, decided_on, day)
    }

    fn measures(&self) -> Result<Vec<Measure>> {
        let mut measures = Vec::new();
        for law in self.pack.deciding() {
            for (at, version) in law.versions.iter().enumerate() {
                let id =
                    if law.versions.len() == 1 { law.id.clone() } else { format!("{}/{}", law.id, at + 1) };
                measures.push(Measure { id, conditions: self.conditions(law, version)? });
            }
        }
        Ok(measures)
    }

    fn conditions(&self, law: &Law, version: &Version) -> Result<Vec<Condition>> {
        let mut conditions = vec![Condition { name: IN_SCOPE.to_owned(), expr: self.scope(law, version) }];
        let pilot = law.pilot.map(|flag| Expr::Fact { name: name(self.pack, flag) });
        conditions.extend(pilot.map(|expr| Condition { name: PILOT.to_owned(), expr }));
        let terms = Terms { pack: self.pack };
        for condition in &version.conditions {
            conditions.push(Condition {
                name: condition.name.clone(),
                expr: terms.proposition(&condition.proposition)?,
            });
        }
        Ok(conditions)
    }

    fn scope(&self, law: &Law, version: &Version) -> Expr {
        let core = self.pack.core;
        let matter = Expr::Fact { name: name(self.pack, core.matter) };
        let mut parts = vec![among(matter, law.matters.iter().map(|code| i64::from(*code)))];
        if let FactType::Code(list) = self.pack.facts.info(core.unit).fact_type {
            let stated = match law.unit {
                Unit::Declaration => "declaration",
                Unit::Item => "item",
                Unit::Application => "application",
            };
            let list = self.pack.facts.code_list(list);
            let codes = [stated, "single"].into_iter().filter_map(|code| list.position(code)).map(i64::from);
            parts.push(among(Expr::Fact { name: name(self.pack, core.unit) }, codes));
        }
        parts.extend(self.period(version.in_force));
        Expr::And { args: parts }
    }
}

fn kind(fact_type: FactType) -> Option<FactKind> {
    Some(match fact_type {
        FactType::Flag => FactKind::Flag,
        FactType::Count | FactType::Office => FactKind::Count,
        FactType::Date => FactKind::Date,
        FactType::Money => FactKind::Money,
        FactType::Ratio => FactKind::Ratio,
        FactType::Code(_) => FactKind::Code,
        FactType::Id => return None,
    })
}

/// A subject that is one of some codes.
pub fn among(subject: Expr, codes: impl Iterator<Item = i64>) -> Expr {
    let codes = codes.map(|value| Expr::Code { value });
    Expr::In { args: std::iter::once(subject).chain(codes).collect() }
}

fn compare(op: &str, left: Expr, value: i64) -> Expr {
    comparison(op, left, Expr::Int { value })
}

fn comparison(op: &str, left: Expr, right: Expr) -> Expr {
    let args = [Box::new(left), Box::new(right)];
    match op {
        "eq" => Expr::Eq { args },
        "le" => Expr::Le { args },
        _ => Expr::Ge { args },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_of_every_deciding_measure_is_exported_with_all_its_conditions() {
        let engine = engine().unwrap();
        let rules = rules(&engine).unwrap();
        let versions: usize = engine.pack.deciding().map(|law| law.versions.len()).sum();
        assert_eq!(rules.measures.len(), versions);
        let named = rules.conditions().filter(|c| c.name != IN_SCOPE && c.name != PILOT).count();
        assert_eq!(named, engine.program.conditions().len());
    }
}
