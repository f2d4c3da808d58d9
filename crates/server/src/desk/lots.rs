//! Goods items of inspection lots (article 2): whether one is the first of its lot is settled when it is written down, so it
//! is decided for both cases.
//!
//! An item that names a lot (`lot_id`) and does not state `lot_first` is answered by the register of lots, if the law treats
//! it by lot. Two servers that have two items of one lot at the same instant write one after the other: one is the first.

use greenlane_engine::Decided as DecidedRow;
use greenlane_evaluate::batch::Block;
use greenlane_policy::calendar::Day;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::{Column, Matters, MattersBuilder};
use greenlane_policy::pack::{Effect, Pack, ParameterType, Verdict};
use greenlane_store::LotPlace;

/// An item for which both cases were decided.
#[derive(Debug)]
pub(super) struct LotItem {
    /// What is kept in each case.
    pub place: LotPlace,
    /// The answers: if it is the first, if it comes later.
    pub lines: [String; 2],
}

/// What the pack calls the things that lots are made of.
#[derive(Clone, Debug)]
pub(super) struct LotFacts {
    lot: ColumnId,
    first: ColumnId,
    /// Identifier of each enterprise of a matter, and whether it is a producer.
    parties: Vec<(ColumnId, ColumnId)>,
}

impl LotFacts {
    /// `None` if the pack knows no lots.
    pub(super) fn of(pack: &Pack) -> Option<LotFacts> {
        let column = |name: &str| pack.facts.column(name);
        let party = |(role, _): &(String, _)| {
            Some((column(&format!("{role}_id"))?, column(&format!("{role}_is_producer"))?))
        };
        let parties = pack.facts.roles.iter().filter_map(party).collect();
        Some(LotFacts { lot: column("lot_id")?, first: column("lot_first")?, parties })
    }

    /// Items whose place in a lot is asked for.
    pub(super) fn rows(&self, matters: &Matters) -> Vec<usize> {
        match matters.column(self.lot) {
            Column::Absent => Vec::new(),
            lots => {
                let asked = |row: &usize| lots.text(*row).is_some() && !matters.knows(self.first, *row);
                (0..matters.rows()).filter(asked).collect()
            }
        }
    }

    /// One item by itself, as the first of its lot or as a later one.
    pub(super) fn item(&self, pack: &Pack, matters: &Matters, row: usize, is_first: bool) -> Matters {
        let mut item = MattersBuilder::new(&pack.facts);
        for (at, column) in (0..).map(ColumnId).zip(matters.columns()) {
            if let Some(text) = column.text(row) {
                item.set_text(at, text);
            } else if let Some(value) = column.value(row) {
                item.set_coded(at, value);
            }
        }
        item.set_coded(self.first, i64::from(is_first));
        item.end_row();
        item.finish()
    }

    /// The lot of an item: its producer and the producer's name of it.
    pub(super) fn lot<'m>(&self, matters: &'m Matters, row: usize) -> Option<(&'m str, &'m str)> {
        let producer = |(id, is_producer): &(ColumnId, ColumnId)| {
            matters.text(*id, row).filter(|_| matters.value(*is_producer, row) == Some(1))
        };
        Some((self.parties.iter().find_map(producer)?, matters.text(self.lot, row)?))
    }
}

/// Whether the law treats a decided item by lot: `Some` with the last day of a round that begins with it.
pub(super) fn regime(block: &Block<'_>, at: usize) -> Option<Option<Day>> {
    let decided = block.row(at);
    let validity = (0..decided.measures())
        .filter(|measure| decided.verdict(*measure) == Verdict::Granted)
        .find_map(|measure| lot_effect(&decided, measure))?;
    let last = validity.zip(decided.row.decided_on()).and_then(|((kind, length), day)| {
        let length = i32::try_from(length).ok()?;
        Some(if kind == ParameterType::Months { day.plus_months(length) } else { day.plus_days(length) })
    });
    Some(last)
}

/// Validity of the lot regime of a measure; `None` if it has no such effect.
fn lot_effect(decided: &DecidedRow<'_>, measure: usize) -> Option<Option<(ParameterType, i64)>> {
    decided.version(measure)?.effects.iter().find_map(|effect| match effect {
        Effect::LotRegime { validity, .. } => Some(validity.and_then(|id| {
            let kind = decided.row.pack.parameter(id).parameter_type;
            Some((kind, decided.row.parameter(id)?))
        })),
        _ => None,
    })
}
