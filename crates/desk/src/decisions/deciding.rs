//! Completed facts → everything that is kept and answered: decisions, the tasks they make, both cases of items in lots.

use std::collections::HashSet;
use std::sync::Arc;

use greenlane_casework::{Queue, SpotCheckBody, SpotDraw};
use greenlane_evaluate::batch::{BatchOptions, Decider, Draws};
use greenlane_intake::Reject;
use greenlane_policy::matters::Matters;
use greenlane_policy::origin::Origins;
use greenlane_policy::units::Rate;
use greenlane_selection::{Drawer, Epoch};
use greenlane_store::{Alternative, Entry, Kind, LotPlace, MatterAt, NewTask};
use greenlane_terms::calendar::Day;
use greenlane_terms::{Clock, Office, Stage};

use super::encode::{Encoded, Encoder, Records, Told};
use super::line::{Line, lines};
use super::lots::{LotFacts, LotItem, Regime};
use super::tasks::{Made, Opening};
use super::{Answer, DeskError};
use crate::laws::Law;

/// What a call came to.
#[derive(Default)]
pub(super) struct Decided {
    pub answer: Answer,
    /// Matter and record of each decision.
    pub records: Records,
    /// The same of decisions about tasks that these decisions make.
    pub follow_ups: Records,
    pub tasks: Vec<NewTask>,
    /// Items whose decision depends on their place in a lot.
    pub lots: Vec<LotItem>,
    /// The day whose key drew, on which all of it has to be kept; `None` for a dry run, which draws nothing.
    pub epoch: Option<Day>,
    /// What the answer says: not what was drawn as long as the caller is not told.
    pub told: Told,
    /// At which office each matter is decided that the caller names.
    pub matters: Vec<MatterAt>,
}

/// What decides by a law and writes it down; keeps what recurs from call to call.
pub(super) struct Deciding<'l> {
    law: &'l Arc<Law>,
    decider: Decider<'l>,
    encoder: Encoder,
    lots: Option<LotFacts>,
    draws: Option<Draws>,
    clock: Clock,
}

impl<'l> Deciding<'l> {
    pub(super) fn by(
        law: &'l Arc<Law>,
        options: &BatchOptions,
        clock: Clock,
    ) -> Result<Deciding<'l>, DeskError> {
        let encoder = Encoder::new(&law.engine, law.number)?;
        let lots = LotFacts::of(&law.engine.pack);
        let draws = options.draws.clone();
        Ok(Deciding { law, decider: Decider::new(&law.engine, options), encoder, lots, draws, clock })
    }

    /// Decides matters, and draws with the key of a day. Without one it is a dry run, which makes no work.
    pub(super) fn decide(
        &mut self,
        origins: &Origins,
        matters: &Matters,
        rejects: Vec<Reject>,
        epoch: Option<Day>,
        told: Told,
    ) -> Result<Decided, DeskError> {
        self.decider.draw_as(epoch, None);
        self.encoder.tell(told);
        let Encoded { lines: decided, records, mut openings, sources, .. } =
            self.encoded(matters, origins.clone())?;
        let answer = Answer { decisions: lines(decided), sources, rejects, ..Answer::default() };
        let Some(epoch) = epoch else {
            return Ok(Decided { answer, records, told, ..Decided::default() });
        };
        let lots = self.lot_items(matters, origins, epoch)?;
        let in_lots: HashSet<usize> = lots.iter().map(|item| item.place.at).collect();
        openings.retain(|opening| !in_lots.contains(&opening.row));
        let (follow_ups, tasks) = self.open(matters, origins, &openings)?;
        let epoch = Some(epoch);
        Ok(Decided { answer, records, follow_ups, tasks, lots, epoch, told, matters: Vec::new() })
    }

    fn encoded(&mut self, matters: &Matters, origins: Origins) -> Result<Encoded, DeskError> {
        use greenlane_evaluate::batch::Encode;
        self.encoder.set_origins(origins);
        self.decider.decide(matters, &mut self.encoder)?;
        Ok(self.encoder.finish()?)
    }

    /// The tasks that decisions make, and the decisions about those tasks that are matters of their own.
    fn open(
        &mut self,
        matters: &Matters,
        origins: &Origins,
        openings: &[Opening],
    ) -> Result<(Records, Vec<NewTask>), DeskError> {
        if openings.is_empty() {
            return Ok(Default::default());
        }
        let pack = &self.law.engine.pack;
        let (own, others): (Vec<&Opening>, Vec<&Opening>) =
            openings.iter().partition(|opening| opening.made != Made::Decided);
        let follow_ups = self.encoder.tasks().follow_ups(pack, matters, openings);
        let own_facts = [pack.core.matter_id, pack.core.matter, pack.core.unit];
        let mut follow_origins = Origins::default();
        for opening in &others {
            follow_origins.push(origins, opening.row, &own_facts);
        }
        let decided = self.encoded(&follow_ups, follow_origins)?;
        let (facts, now_us) = (self.encoder.tasks(), self.clock.now_us());
        let own = own.into_iter().filter_map(|opening| facts.task(pack, matters, opening, None, now_us));
        let others = decided.openings.iter().zip(others).filter_map(|(opening, made_by)| {
            let follows = matters.text(pack.core.matter_id, made_by.row).map(str::to_owned);
            facts.task(pack, &follow_ups, opening, follows, now_us)
        });
        let tasks = own.chain(others).collect();
        Ok((decided.records, tasks))
    }

    /// Items that the law treats by lot, decided for both cases.
    fn lot_items(
        &mut self,
        matters: &Matters,
        origins: &Origins,
        epoch: Day,
    ) -> Result<Vec<LotItem>, DeskError> {
        let Some(lots) = self.lots.clone() else { return Ok(Vec::new()) };
        let mut items = Vec::new();
        for row in lots.rows(matters) {
            items.extend(self.lot_item(&lots, matters, origins, row, epoch)?);
        }
        Ok(items)
    }

    /// One of them; `None` if the law does not treat it by lot.
    fn lot_item(
        &mut self,
        lots: &LotFacts,
        matters: &Matters,
        origins: &Origins,
        row: usize,
        epoch: Day,
    ) -> Result<Option<LotItem>, DeskError> {
        let pack = &self.law.engine.pack;
        let Some((producer, name)) = lots.lot(matters, row) else { return Ok(None) };
        let mut of_item = Origins::default();
        of_item.push(origins, row, &[lots.first()]);
        let item = lots.item(pack, matters, row, true);
        let first = self.encoded(&item, of_item.clone())?;
        let [Some(Regime { last: valid_to, spot_check })] = first.regimes[..] else { return Ok(None) };
        let (first, first_line) = self.alternative(&item, &of_item, first)?;
        let item = lots.item(pack, matters, row, false);
        let mut later = self.encoded(&item, of_item.clone())?;
        let drawn = spot_check.and_then(|rate| self.spot_check(&item, rate, epoch));
        if drawn.as_ref().is_some_and(|(selected, _)| *selected) {
            later.openings.push(self.encoder.tasks().following(0, Queue::LocalInspection));
        }
        let (mut later, later_line) = self.alternative(&item, &of_item, later)?;
        later.follow_ups.extend(drawn.map(|(_, entry)| entry));
        let core = &pack.core;
        let day = matters.value(core.decided_on, row).and_then(|day| i32::try_from(day).ok());
        let office = Office::try_from(matters.value(core.office, row).unwrap_or(0)).ok();
        let (Some(on), Some(office)) = (day.map(Day), office) else {
            return Ok(None);
        };
        let place = LotPlace {
            at: row,
            producer: producer.to_owned(),
            name: name.to_owned(),
            office,
            matter: matters.text(core.matter_id, row).unwrap_or("").to_owned(),
            on,
            valid_to,
            first,
            later,
        };
        Ok(Some(LotItem { place, lines: [first_line, later_line] }))
    }

    /// Whether a later item is inspected on site all the same, and the entry with which that can be checked.
    fn spot_check(&self, item: &Matters, rate: Rate, epoch: Day) -> Option<(bool, Entry)> {
        let (pack, draws) = (&self.law.engine.pack, self.draws.as_ref()?);
        let matter = item.text(pack.core.matter_id, 0)?;
        let epoch = Epoch::new(epoch.date());
        let basis = draws.basis.as_deref().unwrap_or(&pack.hash);
        let key = draws.master.epoch_key(draws.algorithm, epoch);
        let draw = Drawer::new(&key, basis, Stage::OnSiteLot).draw(matter);
        let selected = draw.selects(rate);
        let draw = SpotDraw {
            epoch,
            algorithm: draws.algorithm,
            basis: basis.to_owned(),
            stage: Stage::OnSiteLot,
            rate: rate.to_string(),
            u: draw,
            selected,
        };
        let body = SpotCheckBody::of(matter, draw).written();
        let subject = format!("{}{matter}", SpotCheckBody::SUBJECT);
        Some((selected, Entry { kind: Kind::Casework, at_us: 0, subject, body }))
    }

    /// What is kept, and answered, of one item that was decided by itself.
    fn alternative(
        &mut self,
        item: &Matters,
        origins: &Origins,
        decided: Encoded,
    ) -> Result<(Alternative, Line), DeskError> {
        let (follow_ups, tasks) = self.open(item, origins, &decided.openings)?;
        let none = || DeskError::Failed("an item of a lot has no decision".to_owned());
        let line = lines(decided.lines).pop().ok_or_else(none)?;
        let (entries, follow_ups) = (entries(decided.records, 0), entries(follow_ups, 0));
        Ok((Alternative { entries, follow_ups, tasks }, line))
    }
}

/// Decisions as entries of the log.
pub(super) fn entries(records: Records, at_us: i64) -> Vec<Entry> {
    let entry = |(subject, body)| Entry { kind: Kind::Decision, at_us, subject, body };
    records.into_iter().map(entry).collect()
}
