//! What is still needed: the smallest sets of unknown facts that would settle a measure in favour.

use std::collections::BTreeSet;

use greenlane_policy::expression::{Proposition, Term};
use greenlane_policy::facts::ColumnId;
use greenlane_policy::pack::{DerivedRule, Measure, Version};

use crate::row::Row;
use crate::truth::Truth;

/// A set of facts.
pub type FactSet = BTreeSet<ColumnId>;

/// More alternatives than this are cut off, the largest first.
const MOST_ALTERNATIVES: usize = 64;

/// The smallest sets of unknown facts with which a measure could be granted, smallest first, none inside another.
///
/// Empty when no reply could grant it: it is refused by what is known. One empty set when it is granted already.
#[must_use]
pub fn needs(row: &Row<'_>, measure: &Measure, version: &Version) -> Vec<FactSet> {
    let pilot = measure.pilot.map(Proposition::Flag);
    let parts = version.conditions.iter().map(|condition| &condition.proposition).chain(&pilot);
    every(parts.map(|part| ways(row, part, true)))
}

/// Every fact in one of the smallest sets of [`needs`].
#[must_use]
pub fn facts_needed(row: &Row<'_>, measure: &Measure, version: &Version) -> FactSet {
    let sets = needs(row, measure, version);
    let least = sets.iter().map(BTreeSet::len).min().unwrap_or(0);
    sets.into_iter().filter(|set| set.len() == least).flatten().collect()
}

/// Sets of unknown facts that could make a proposition `wanted`.
fn ways(row: &Row<'_>, proposition: &Proposition, wanted: bool) -> Vec<FactSet> {
    match row.truth(proposition) {
        Truth::True if wanted => return vec![FactSet::new()],
        Truth::False if !wanted => return vec![FactSet::new()],
        Truth::True | Truth::False => return Vec::new(),
        Truth::Unknown => {}
    }
    match proposition {
        Proposition::Constant(_) | Proposition::Parameter(_) => Vec::new(),
        Proposition::Flag(column) => flag_ways(row, *column, wanted),
        Proposition::Compare(_, left, right) => {
            let mut facts = FactSet::new();
            unknown_facts(row, left, &mut facts);
            unknown_facts(row, right, &mut facts);
            vec![facts]
        }
        Proposition::OneOf(term, _, codes) => code_ways(row, term, codes, wanted),
        Proposition::All(parts) if wanted => every(parts.iter().map(|part| ways(row, part, true))),
        Proposition::All(parts) => either(parts.iter().map(|part| ways(row, part, false))),
        Proposition::Any(parts) if wanted => either(parts.iter().map(|part| ways(row, part, true))),
        Proposition::Any(parts) => every(parts.iter().map(|part| ways(row, part, false))),
        Proposition::Not(inner) => ways(row, inner, !wanted),
        Proposition::Case(arms, otherwise) => {
            case_ways(row, arms, &|then| ways(row, then, wanted), ways(row, otherwise, wanted))
        }
        Proposition::Each(members) if wanted => every(members.iter().map(|(_, part)| ways(row, part, true))),
        Proposition::Each(members) => either(members.iter().map(|(_, part)| ways(row, part, false))),
    }
}

fn flag_ways(row: &Row<'_>, column: ColumnId, wanted: bool) -> Vec<FactSet> {
    if row.pilot(column).is_some() {
        return vec![FactSet::from([row.pack.core.office])];
    }
    match row.derivation(column).map(|derived| &derived.rule) {
        Some(DerivedRule::Flag(rule)) => ways(row, rule, wanted),
        _ => vec![FactSet::from([column])],
    }
}

fn code_ways(row: &Row<'_>, term: &Term, codes: &[u8], wanted: bool) -> Vec<FactSet> {
    if let Some(code) = row.term(term) {
        let inside = codes.iter().any(|one| i64::from(*one) == code);
        return if inside == wanted { vec![FactSet::new()] } else { Vec::new() };
    }
    match term {
        Term::Fact(column) => match row.derivation(*column).map(|derived| &derived.rule) {
            Some(DerivedRule::Value(rule)) => code_ways(row, rule, codes, wanted),
            _ => vec![FactSet::from([*column])],
        },
        Term::Case(arms, otherwise) => case_ways(
            row,
            arms,
            &|then| code_ways(row, then, codes, wanted),
            code_ways(row, otherwise, codes, wanted),
        ),
        other => {
            let mut facts = FactSet::new();
            unknown_facts(row, other, &mut facts);
            vec![facts]
        }
    }
}

/// One alternative an arm: its condition true, those before it false, and its result as wanted.
fn case_ways<T>(
    row: &Row<'_>,
    arms: &[(Proposition, T)],
    result: &dyn Fn(&T) -> Vec<FactSet>,
    otherwise: Vec<FactSet>,
) -> Vec<FactSet> {
    let mut alternatives = Vec::new();
    let mut before = vec![FactSet::new()];
    for (when, then) in arms {
        let taken = every([before.clone(), ways(row, when, true), result(then)].into_iter());
        alternatives.push(taken);
        before = every([before, ways(row, when, false)].into_iter());
    }
    alternatives.push(every([before, otherwise].into_iter()));
    either(alternatives.into_iter())
}

/// Unknown reported facts that a term reads.
fn unknown_facts(row: &Row<'_>, term: &Term, into: &mut FactSet) {
    let mut columns = Vec::new();
    term.each_fact(&mut |column| columns.push(column));
    for column in columns.into_iter().filter(|column| row.value(*column).is_none()) {
        unknown_column(row, column, into);
    }
}

fn unknown_column(row: &Row<'_>, column: ColumnId, into: &mut FactSet) {
    match row.derivation(column).map(|derived| &derived.rule) {
        Some(DerivedRule::Value(term)) => unknown_facts(row, term, into),
        Some(DerivedRule::Flag(proposition)) => {
            let mut columns = Vec::new();
            proposition.each_fact(&mut |column| columns.push(column));
            for column in columns.into_iter().filter(|column| row.value(*column).is_none()) {
                unknown_column(row, column, into);
            }
        }
        None => drop(into.insert(column)),
    }
}

/// All of the parts: one choice of each, joined.
fn every(parts: impl Iterator<Item = Vec<FactSet>>) -> Vec<FactSet> {
    let mut joined = vec![FactSet::new()];
    for part in parts {
        let pairs = joined.iter().flat_map(|left| part.iter().map(move |right| left | right));
        joined = smallest(pairs.collect());
    }
    joined
}

/// Any of the parts.
fn either(parts: impl Iterator<Item = Vec<FactSet>>) -> Vec<FactSet> {
    smallest(parts.flatten().collect())
}

/// Smallest first, without those that contain another.
fn smallest(mut sets: Vec<FactSet>) -> Vec<FactSet> {
    sets.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    let mut kept: Vec<FactSet> = Vec::new();
    for set in sets {
        if kept.len() < MOST_ALTERNATIVES && !kept.iter().any(|other| other.is_subset(&set)) {
            kept.push(set);
        }
    }
    kept
}
