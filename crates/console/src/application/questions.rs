//! Which facts a form asks for: those that could count for a measure about the matter, and that only the applicant can say.

use std::collections::BTreeSet;

use greenlane_casework::ApplicationKind;
use greenlane_desk::applications::{APPLICANT, OWN, Occasion, said_by};
use greenlane_engine::Decided;
use greenlane_engine::needs::needs;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::pack::{Condition, Measure, Version};

/// Facts to ask for.
pub(super) struct Asked {
    /// Facts of which there is one, in the order of the pack.
    pub(super) single: Vec<ColumnId>,
    /// Facts of which there is one for each of several days, condition by condition.
    pub(super) tables: Vec<Table>,
}

/// What one condition compares at several days.
pub(super) struct Table {
    /// The condition in the words of the reader.
    pub(super) caption: String,
    /// Its facts: the first column of each.
    pub(super) families: Vec<ColumnId>,
    /// The columns that are asked for; what is known of the others is shown beside them.
    pub(super) open: BTreeSet<ColumnId>,
}

impl Asked {
    /// Those that are not known in a matter. Facts about the applicant are left out while nobody knows what the registry has, and
    /// what an officer assesses is asked only then.
    pub(super) fn of(
        decided: &Decided<'_>,
        kind: ApplicationKind,
        is_applicant_known: bool,
        occasion: Occasion,
        language: &str,
    ) -> Asked {
        let facts = &decided.row.pack.facts;
        let conditions = || scoped(decided).flat_map(|(_, version)| &version.conditions);
        let needed = scoped(decided).flat_map(|(measure, version)| needs(&decided.row, measure, version));
        let besides = besides(kind).iter().filter_map(|name| facts.column(name));
        let open: BTreeSet<ColumnId> = needed
            .flatten()
            .chain(conditions().flat_map(read))
            .chain(besides)
            .filter(|column| is_stated(decided, *column, is_applicant_known, occasion))
            .collect();
        let mut placed: Vec<ColumnId> = Vec::new();
        let mut tables = Vec::new();
        for condition in conditions() {
            let mut families: Vec<ColumnId> = Vec::new();
            for column in read(condition) {
                let family = facts.fact_of(column).column;
                let is_placed = placed.contains(&family) || families.contains(&family);
                if facts.info(column).member.is_some() && !is_placed {
                    families.push(family);
                }
            }
            let is_of = |column: &ColumnId| families.contains(&facts.fact_of(*column).column);
            let open: BTreeSet<ColumnId> = open.iter().copied().filter(is_of).collect();
            if !open.is_empty() {
                placed.extend(&families);
                tables.push(Table { caption: condition.text.get(language).to_owned(), families, open });
            }
        }
        let single = open.into_iter().filter(|column| facts.info(*column).member.is_none()).collect();
        Asked { single, tables }
    }

    /// Without a fact that is settled.
    pub(super) fn without(mut self, settled: Option<ColumnId>) -> Asked {
        self.single.retain(|column| Some(*column) != settled);
        self
    }
}

/// Measures about the matter, with the version of the day.
fn scoped<'d>(decided: &Decided<'d>) -> impl Iterator<Item = (&'d Measure, &'d Version)> + use<'d> {
    let code = decided.row.value(decided.row.pack.core.matter);
    let versions: Vec<_> = (0..decided.measures())
        .filter_map(|at| Some((decided.measure(at), decided.version(at)?)))
        .filter(|(measure, _)| measure.matters.iter().any(|one| Some(i64::from(*one)) == code))
        .collect();
    versions.into_iter()
}

/// Facts that a condition reads: one that could settle nothing by itself may still count later. In its order, members apart.
fn read(condition: &Condition) -> Vec<ColumnId> {
    let mut columns = Vec::new();
    condition.proposition.each_fact(&mut |column| columns.push(column));
    columns
}

/// Facts that no condition reads: of these the day of the next test is worked out.
const fn besides(kind: ApplicationKind) -> &'static [&'static str] {
    match kind {
        ApplicationKind::PackagingTest => &["packaging_class", "packaging_last_test"],
        _ => &[],
    }
}

/// Whether it is for the application to state a fact.
fn is_stated(decided: &Decided<'_>, column: ColumnId, is_applicant_known: bool, occasion: Occasion) -> bool {
    let pack = decided.row.pack;
    let fact = pack.facts.fact_of(column);
    let is_about_applicant = match &fact.party {
        None => true,
        Some((role, _)) => role == APPLICANT && is_applicant_known,
    };
    is_about_applicant
        && !OWN.contains(&fact.name.as_str())
        && said_by(pack, column, occasion).is_none()
        && decided.row.value(column).is_none()
}
