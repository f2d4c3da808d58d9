//! Goods items of inspection lots (article 2): whether one is the first of its lot is settled when it is written down, so it
//! is decided for both cases.
//!
//! An item that names a lot (`lot_id`) and does not state `lot_first` is answered by the register of lots, if the law treats
//! it by lot. Two servers that have two items of one lot at the same instant write one after the other: one is the first.

use greenlane_engine::Decided as DecidedRow;
use greenlane_evaluate::batch::Block;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::{Column, Matters, MattersBuilder};
use greenlane_policy::pack::{Effect, Pack, ParameterType, Verdict};
use greenlane_policy::units::{Rate, Ratio};
use greenlane_store::LotPlace;
use greenlane_terms::calendar::Day;

use super::line::Line;

/// An item for which both cases were decided.
#[derive(Debug)]
pub(super) struct LotItem {
    /// What is kept in each case.
    pub place: LotPlace,
    /// The answers: if it is the first, if it comes later.
    pub lines: [Line; 2],
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
        let facts = &pack.facts;
        let party = |(role, _): &(String, _)| {
            Some((facts.party_column(role, "id")?, facts.party_column(role, "is_producer")?))
        };
        let parties = facts.roles.iter().filter_map(party).collect();
        Some(LotFacts { lot: facts.column("lot_id")?, first: facts.column("lot_first")?, parties })
    }

    /// Whether an item is the first of its lot.
    pub(super) fn first(&self) -> ColumnId {
        self.first
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

/// How the law treats an item of a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Regime {
    /// Last day of a round that begins with the item.
    pub last: Option<Day>,
    /// How many of the later items are inspected on site all the same.
    pub spot_check: Option<Rate>,
}

/// How the law treats a decided item; `None` if not by lot.
pub(super) fn regime(block: &Block<'_>, at: usize) -> Option<Regime> {
    let decided = block.row(at);
    let (validity, spot_check) = (0..decided.measures())
        .filter(|measure| decided.verdict(*measure) == Verdict::Granted)
        .find_map(|measure| lot_effect(&decided, measure))?;
    let last = validity.zip(decided.row.decided_on()).and_then(|((kind, length), day)| {
        let length = i32::try_from(length).ok()?;
        Some(if kind == ParameterType::Months { day.plus_months(length) } else { day.plus_days(length) })
    });
    Some(Regime { last, spot_check })
}

/// Validity of a lot and rate of spot checks.
type LotEffect = (Option<(ParameterType, i64)>, Option<Rate>);

/// The lot regime of a measure; `None` if it has no such effect.
fn lot_effect(decided: &DecidedRow<'_>, measure: usize) -> Option<LotEffect> {
    decided.version(measure)?.effects.iter().find_map(|effect| match effect {
        Effect::LotRegime { validity, spot_check, .. } => {
            let validity = validity.and_then(|id| {
                let kind = decided.row.pack.parameter(id).parameter_type;
                Some((kind, decided.row.parameter(id)?))
            });
            let rate = |id| Rate::from_ratio(Ratio(decided.row.parameter(id)?));
            Some((validity, spot_check.and_then(rate).filter(|rate| *rate > Rate::NEVER)))
        }
        _ => None,
    })
}
