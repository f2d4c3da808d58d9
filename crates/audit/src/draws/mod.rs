//! The draws of a log, checked as a stranger does: with the keys that were committed before and revealed after, and by the times
//! of entries.

mod fault;
mod keys;

use greenlane_casework::{CaseworkBody, OfficerDraw, SpotCheckBody};
use greenlane_desk::statements::not_theirs;
use greenlane_engine::Program;
use greenlane_policy::matters::MattersBuilder;
use greenlane_policy::origin::Origin;
use greenlane_policy::pack::Pack;
use greenlane_policy::units::Rate;
use greenlane_selection::{DrawClaim, Epoch, OpenedEpoch};
use greenlane_store::{Entry, Kind, RecordFormat, RecordHead, Store, record};
use greenlane_terms::Stage;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EntryNumber, PackNumber};
use greenlane_terms::time::day_of;

use self::keys::{DayKey, Keys};
use crate::replay::{Engines, ReplayError, load_engines, number_of};
pub use fault::DrawFault;

/// Entries that are read at a time.
const PAGE: u64 = 8_192;

/// What the draws of a log came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditedDraws {
    /// Draws of days whose key is revealed: all of them were made again.
    pub checked: u64,
    /// Draws of days whose key is not revealed yet.
    pub sealed: u64,
    /// Draws made before any commitment to the key of their day, such as those of matters of the past.
    pub uncommitted: u64,
    /// What is wrong, in the order of the entries.
    pub faults: Vec<DrawFault>,
    /// The first decision whose record says with which key it was drawn: from there on all rules hold.
    second_form: Option<EntryNumber>,
}

/// The times of entries. Before records said with which key they were drawn, times were those of the servers' clocks.
#[derive(Default)]
struct Times {
    last_us: Option<i64>,
    /// The first decision of the second form.
    second_form: Option<EntryNumber>,
    faults: Vec<DrawFault>,
}

impl Times {
    fn hear(&mut self, entry: EntryNumber, kept: &Entry) {
        if self.last_us.replace(kept.at_us).is_some_and(|last_us| kept.at_us < last_us) {
            self.faults.push(DrawFault::Backwards { entry });
        }
        if kept.kind != Kind::Decision {
            return;
        }
        match (record::format_of(&kept.body), self.second_form) {
            (Some(RecordFormat::First), None) => self.faults.clear(),
            (Some(RecordFormat::First), Some(_)) => {
                self.faults.push(DrawFault::OldForm { entry, matter: kept.subject.clone() });
            }
            (Some(RecordFormat::Second { .. }), None) => self.second_form = Some(entry),
            _ => {}
        }
    }
}

/// Makes every draw of a log again whose key is revealed; `progress` hears how many entries were read.
///
/// # Errors
/// The database refuses, or a pack that decided has problems. What is wrong with draws or keys is no error but a fault.
pub async fn audit_draws(store: &Store, mut progress: impl FnMut(u64)) -> Result<AuditedDraws, ReplayError> {
    let mut audited = AuditedDraws::default();
    let keys = Keys::read(store, &mut audited.faults).await?;
    let (mut engines, mut times) = (Engines::default(), Times::default());
    let mut page = store.entries(0, PAGE).await?;
    while let Some((last, _)) = page.last() {
        let next = last.get() + 1;
        let packs: Vec<Option<PackNumber>> = page.iter().map(|(_, entry)| number_of(entry)).collect();
        load_engines(store, &page, &packs, &mut engines).await?;
        page.iter().for_each(|(number, entry)| times.hear(*number, entry));
        audited.second_form = times.second_form;
        for (number, engine) in &engines {
            let decided = page.iter().zip(&packs).filter(|(_, pack)| **pack == Some(*number));
            let decided: Vec<&(EntryNumber, Entry)> = decided.map(|(entry, _)| entry).collect();
            decided.chunks(Program::BLOCK).for_each(|block| audited.check(block, &engine.pack, &keys));
        }
        page.iter().for_each(|(number, entry)| audited.check_casework(*number, entry, &keys));
        progress(next);
        page = store.entries(next, PAGE).await?;
    }
    audited.faults.extend(times.faults);
    audited.faults.sort_by_key(DrawFault::entry);
    // Both draws of a decision may say the same.
    audited.faults.dedup();
    Ok(audited)
}

impl AuditedDraws {
    /// Checks decisions of one pack.
    fn check(&mut self, decided: &[&(EntryNumber, Entry)], pack: &Pack, keys: &Keys) {
        let Some(heads) = heads(decided, pack) else {
            // One of them cannot be read: which?
            return match decided {
                [(entry, kept)] => {
                    self.faults.push(DrawFault::Unreadable { entry: *entry, matter: kept.subject.clone() });
                }
                many => many.iter().for_each(|one| self.check(&[*one], pack, keys)),
            };
        };
        for ((entry, kept), (head, epoch, not_theirs)) in decided.iter().zip(heads) {
            if !not_theirs.is_empty() {
                let (matter, facts) = (kept.subject.clone(), not_theirs.join(", "));
                self.faults.push(DrawFault::Statement { entry: *entry, matter, facts });
            }
            if head.format != RecordFormat::First {
                self.check_day(*entry, kept, epoch, &kept.subject);
            }
            if let Some(epoch) = epoch {
                let key = keys.of(epoch);
                self.check_draws(*entry, kept, &head, &pack.hash, (epoch, key));
            }
        }
    }

    /// Checks what an entry of casework says was drawn: an officer, or whether a later item of a lot was to be inspected.
    fn check_casework(&mut self, entry: EntryNumber, kept: &Entry, keys: &Keys) {
        if kept.kind != Kind::Casework {
            return;
        }
        match CaseworkBody::read(&kept.subject, &kept.body) {
            Ok(CaseworkBody::SpotCheck(body)) => self.check_spot(entry, kept, &body, keys),
            Ok(CaseworkBody::Task(body)) => {
                if let Some(draw) = &body.draw {
                    self.check_pick(entry, kept, (&body.matter, draw), keys);
                }
            }
            Ok(_) => {}
            Err(error) => {
                let (subject, why) = (kept.subject.clone(), error.to_string());
                self.faults.push(DrawFault::Work { entry, subject, why });
            }
        }
    }

    /// Checks that something stands on the day whose key drew.
    fn check_day(&mut self, entry: EntryNumber, kept: &Entry, epoch: Option<Epoch>, matter: &str) {
        let on = Epoch::new(day_of(kept.at_us).date());
        if let Some(day) = epoch.filter(|epoch| *epoch != on) {
            self.faults.push(DrawFault::AnotherDay { entry, matter: matter.to_owned(), day, on });
        }
    }

    /// Whether the rules of the second form hold for an entry.
    fn is_strict(&self, entry: EntryNumber) -> bool {
        self.second_form.is_some_and(|first| entry >= first)
    }

    /// Checks the draw of an officer. Who was eligible is not known here: that takes the office's roster.
    fn check_pick(
        &mut self,
        entry: EntryNumber,
        kept: &Entry,
        (matter, draw): (&str, &OfficerDraw),
        keys: &Keys,
    ) {
        if self.is_strict(entry) {
            self.check_day(entry, kept, Some(draw.epoch), matter);
        }
        let Some(opened) = self.opened(entry, matter, (draw.epoch, keys.of(draw.epoch))) else { return };
        let candidates = draw.pick.candidates.iter();
        let listed: Vec<&str> = candidates.map(|candidate| candidate.officer.as_str()).collect();
        let fault = opened.verify_pick(&draw.basis, matter, &listed, &draw.pick).err();
        self.faults.extend(fault.map(|fault| DrawFault::Pick { entry, fault }));
    }

    /// Checks whether a later item of a lot was to be inspected.
    fn check_spot(&mut self, entry: EntryNumber, kept: &Entry, spot_check: &SpotCheckBody, keys: &Keys) {
        let SpotCheckBody { matter, draw: spot, .. } = spot_check;
        if self.is_strict(entry) {
            self.check_day(entry, kept, Some(spot.epoch), matter);
        }
        let Some(opened) = self.opened(entry, matter, (spot.epoch, keys.of(spot.epoch))) else { return };
        let Some(rate) = Rate::parse(&spot.rate) else {
            let (subject, why) = (kept.subject.clone(), format!("`{}` is no rate", spot.rate));
            return self.faults.push(DrawFault::Work { entry, subject, why });
        };
        let (basis, stage, selected) = (spot.basis.as_str(), Stage::OnSiteLot, spot.selected);
        let claim = DrawClaim { basis, stage, matter_id: matter, rate, draw: spot.u, selected };
        let fault = opened.verify_draw(&claim).err();
        self.faults.extend(fault.map(|fault| DrawFault::Draw { entry, fault }));
    }

    /// Checks both draws of a decision.
    fn check_draws(
        &mut self,
        entry: EntryNumber,
        kept: &Entry,
        head: &RecordHead,
        basis: &str,
        key: (Epoch, Option<&DayKey>),
    ) {
        let matter_id = kept.subject.as_str();
        for (stage, found) in [(Stage::Inspection, head.inspection), (Stage::Sampling, head.sampling)] {
            let Some((found, (draw, selected))) = found.and_then(|found| Some((found, found.draw?))) else {
                continue;
            };
            let Some(opened) = self.opened(entry, matter_id, key) else { continue };
            let claim = DrawClaim { basis, stage, matter_id, rate: found.rate, draw, selected };
            let fault = opened.verify_draw(&claim).err();
            self.faults.extend(fault.map(|fault| DrawFault::Draw { entry, fault }));
        }
    }

    /// The key by which a draw of an entry can be made again, if it is revealed; counts the draw either way.
    fn opened<'k>(
        &mut self,
        entry: EntryNumber,
        matter: &str,
        (day, key): (Epoch, Option<&'k DayKey>),
    ) -> Option<&'k OpenedEpoch> {
        let Some(key) = key.filter(|key| key.committed < entry) else {
            self.uncommitted += 1;
            if self.is_strict(entry) {
                self.faults.push(DrawFault::Uncommitted { entry, matter: matter.to_owned(), day });
            }
            return None;
        };
        let Some((reveal, opened)) = &key.opened else {
            self.sealed += 1;
            return None;
        };
        self.checked += 1;
        if *reveal < entry {
            let matter = matter.to_owned();
            self.faults.push(DrawFault::AfterReveal { entry, matter, day, reveal: *reveal });
        }
        Some(opened)
    }
}

/// What decisions of a pack say besides their facts, and the epochs of their draws; `None` if one cannot be read.
fn heads<'p>(decided: &[&(EntryNumber, Entry)], pack: &'p Pack) -> Option<Vec<Head<'p>>> {
    let mut rows = MattersBuilder::new(&pack.facts);
    let read = decided
        .iter()
        .map(|(_, kept)| record::decode_facts_with_origins(&kept.body, &kept.subject, pack, &mut rows));
    let heads: Vec<(RecordHead, Vec<Origin>)> = read.collect::<Option<_>>()?;
    let logged_us = decided.iter().map(|(_, kept)| kept.at_us);
    let matters = rows.finish();
    let days = matters.column(pack.core.decided_on);
    let decided_on = |row| Some(Day(i32::try_from(days.value(row)?).ok()?));
    let epoch = |row, head: &RecordHead| head.format.epoch().or_else(|| decided_on(row));
    let mut found = Vec::with_capacity(heads.len());
    for ((row, (head, origins)), at_us) in heads.into_iter().enumerate().zip(logged_us) {
        let faults = not_theirs(pack, &origins, days.value(row), at_us);
        let epoch = epoch(row, &head).map(|day| Epoch::new(day.date()));
        found.push((head, epoch, faults));
    }
    Some(found)
}

/// What a record says besides its facts, the epoch of its draws, and which facts its stater could not state.
type Head<'p> = (RecordHead, Option<Epoch>, Vec<&'p str>);
