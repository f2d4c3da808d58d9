//! What would change it: the smallest changes of facts that would grant a measure.

use greenlane_policy::expression::{Comparison, Proposition, Term};
use greenlane_policy::facts::{CodeListId, ColumnId};
use greenlane_policy::pack::{DerivedRule, Measure, Version};

use crate::row::Row;
use crate::truth::Truth;

/// What a fact would have to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A flag.
    Flag(bool),
    /// One of some codes.
    OneOf(CodeListId, Vec<u8>),
    /// None of some codes.
    NoneOf(CodeListId, Vec<u8>),
    /// A value in this relation to a coded bound of the fact's own type.
    Bound(Comparison, i64),
    /// Known and in a relation that cannot be solved for this fact alone.
    Related,
}

/// One fact that would have to be otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The fact.
    pub column: ColumnId,
    /// Its present value; `None` when unknown.
    pub from: Option<i64>,
    /// What it would have to be.
    pub to: Target,
}

/// Facts to change together.
pub type Changes = Vec<Change>;

const MOST_ALTERNATIVES: usize = 32;

/// The alternatives that would grant a measure, those with the fewest changes first.
///
/// Only those of the least number of changes are given. Empty when no change of facts would grant it.
#[must_use]
pub fn changes(row: &Row<'_>, measure: &Measure, version: &Version) -> Vec<Changes> {
    let pilot = measure.pilot.map(Proposition::Flag);
    let parts = version.conditions.iter().map(|condition| &condition.proposition).chain(&pilot);
    let mut all = every(parts.map(|part| ways(row, part, true)));
    let least = all.iter().map(Vec::len).min().unwrap_or(0);
    all.retain(|changes| changes.len() == least);
    all
}

fn ways(row: &Row<'_>, proposition: &Proposition, wanted: bool) -> Vec<Changes> {
    if row.truth(proposition) == Truth::of(Some(wanted)) {
        return vec![Vec::new()];
    }
    match proposition {
        Proposition::Constant(_) | Proposition::Parameter(_) => Vec::new(),
        Proposition::Flag(column) => flag_ways(row, *column, wanted),
        Proposition::Compare(comparison, left, right) => {
            let comparison = if wanted { *comparison } else { comparison.negated() };
            compare_ways(row, comparison, left, right)
        }
        Proposition::OneOf(term, list, codes) => code_ways(row, term, *list, codes, wanted),
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

fn flag_ways(row: &Row<'_>, column: ColumnId, wanted: bool) -> Vec<Changes> {
    // The office is where it is: nobody moves a matter into a pilot.
    if row.pilot(column).is_some() && row.value(column).is_some() {
        return Vec::new();
    }
    match row.derivation(column).map(|derived| &derived.rule) {
        Some(DerivedRule::Flag(rule)) => ways(row, rule, wanted),
        _ => vec![vec![Change { column, from: row.value(column), to: Target::Flag(wanted) }]],
    }
}

fn code_ways(row: &Row<'_>, term: &Term, list: CodeListId, codes: &[u8], wanted: bool) -> Vec<Changes> {
    let inside = row.term(term).map(|code| codes.iter().any(|one| i64::from(*one) == code));
    if inside == Some(wanted) {
        return vec![Vec::new()];
    }
    match term {
        Term::Fact(column) => match row.derivation(*column).map(|derived| &derived.rule) {
            Some(DerivedRule::Value(rule)) => code_ways(row, rule, list, codes, wanted),
            // The matter is what it is: nobody turns an application into a declaration.
            _ if *column == row.pack.core.matter => Vec::new(),
            _ => {
                let codes = codes.to_vec();
                let to = if wanted { Target::OneOf(list, codes) } else { Target::NoneOf(list, codes) };
                vec![vec![Change { column: *column, from: row.value(*column), to }]]
            }
        },
        Term::Case(arms, otherwise) => case_ways(
            row,
            arms,
            &|then| code_ways(row, then, list, codes, wanted),
            code_ways(row, otherwise, list, codes, wanted),
        ),
        _ => Vec::new(),
    }
}

fn case_ways<T>(
    row: &Row<'_>,
    arms: &[(Proposition, T)],
    result: &dyn Fn(&T) -> Vec<Changes>,
    otherwise: Vec<Changes>,
) -> Vec<Changes> {
    let mut alternatives = Vec::new();
    let mut before = vec![Vec::new()];
    for (when, then) in arms {
        alternatives.extend(every([before.clone(), ways(row, when, true), result(then)].into_iter()));
        before = every([before, ways(row, when, false)].into_iter());
    }
    alternatives.extend(every([before, otherwise].into_iter()));
    smallest(alternatives)
}

/// Solves a comparison for a fact on the left, or else for one on the right.
fn compare_ways(row: &Row<'_>, comparison: Comparison, left: &Term, right: &Term) -> Vec<Changes> {
    let mut found = Vec::new();
    found.extend(solve(row, comparison, left, right));
    found.extend(solve(row, comparison.mirrored(), right, left));
    if found.is_empty() {
        let mut columns = Vec::new();
        left.each_fact(&mut |column| columns.push(column));
        right.each_fact(&mut |column| columns.push(column));
        columns.retain(|column| *column != row.pack.core.decided_on && !is_reference(row, *column));
        columns.sort_unstable();
        columns.dedup();
        let related =
            |column: &ColumnId| Change { column: *column, from: row.value(*column), to: Target::Related };
        found.extend(columns.iter().map(|column| vec![related(column)]));
    }
    smallest(found)
}

fn solve(row: &Row<'_>, comparison: Comparison, term: &Term, other: &Term) -> Option<Changes> {
    let bound = row.term(other)?;
    match term {
        Term::Fact(column) => {
            if let Some(DerivedRule::Value(rule)) = row.derivation(*column).map(|derived| &derived.rule) {
                return solve(row, comparison, rule, other);
            }
            let change =
                Change { column: *column, from: row.value(*column), to: Target::Bound(comparison, bound) };
            (!is_reference(row, *column)).then(|| vec![change])
        }
        Term::Widen(inner, places) => {
            let factor = 10i64.checked_pow(u32::from(*places))?;
            let exact = bound % factor == 0;
            let bound = Term::Decimal { value: bound.div_euclid(factor), scale: 0 };
            exact.then(|| solve(row, comparison, inner, &bound)).flatten()
        }
        _ => None,
    }
}

/// Standard values are what they are: no enterprise changes its industry's.
fn is_reference(row: &Row<'_>, column: ColumnId) -> bool {
    row.pack.facts.fact_of(column).source == greenlane_policy::facts::FactSource::Reference
}

fn every(parts: impl Iterator<Item = Vec<Changes>>) -> Vec<Changes> {
    let mut joined = vec![Vec::new()];
    for part in parts {
        let pairs =
            joined.iter().flat_map(|left: &Changes| part.iter().filter_map(move |right| join(left, right)));
        joined = smallest(pairs.collect());
    }
    joined
}

/// Both; `None` when they want other things of one fact.
fn join(left: &Changes, right: &Changes) -> Option<Changes> {
    let mut joined = left.clone();
    for change in right {
        match joined.iter().find(|other| other.column == change.column) {
            Some(other) if other.to == change.to => {}
            Some(other) => match (&other.to, &change.to) {
                (Target::OneOf(_, wanted), Target::NoneOf(_, barred))
                    if wanted.iter().all(|c| !barred.contains(c)) => {}
                (Target::Bound(..), Target::Bound(..)) => joined.push(change.clone()),
                _ => return None,
            },
            None => joined.push(change.clone()),
        }
    }
    Some(joined)
}

fn either(parts: impl Iterator<Item = Vec<Changes>>) -> Vec<Changes> {
    smallest(parts.flatten().collect())
}

fn smallest(mut alternatives: Vec<Changes>) -> Vec<Changes> {
    alternatives.sort_by_key(Vec::len);
    let mut kept: Vec<Changes> = Vec::new();
    for changes in alternatives {
        let covered = kept.iter().any(|other| other.iter().all(|change| changes.contains(change)));
        if kept.len() < MOST_ALTERNATIVES && !covered {
            kept.push(changes);
        }
    }
    kept
}
