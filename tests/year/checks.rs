//! What has to hold after each day, and at the end of the year.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_audit::{audit_draws, audit_rates, replay};
use greenlane_casework::{
    AnyState, DisclosureState, LotState, PackagingState, State, TaskState, UndertakingState, WaiverState,
    in_force_on,
};
use greenlane_desk::decisions::is_follow_up;
use greenlane_store::{
    ApplicationFilter, ApplicationOrder, Drafts, Entry, KeptApplication, Kind, LotFilter, TaskFilter,
};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{ApplicationNumber, EntryNumber, LotNumber};
use serde_json::Value;

use super::known::{Known, Told};
use super::life::Life;

/// Rows of a list at most.
const MANY: u32 = 10_000;

impl Life {
    /// What has to hold after each day.
    pub async fn look(&mut self, day: Day) {
        self.decisions_are_kept(day).await;
        self.decisions_are_by_the_law_of_their_day(day).await;
        self.keys_are_on_schedule(day).await;
        self.no_task_is_held_for_ever(day).await;
        self.each_round_of_a_lot_has_one_first(day).await;
        self.applications_are_legal(day).await;
    }

    /// No acknowledged decision is lost, and none was made twice: a sample with the latest.
    async fn decisions_are_kept(&mut self, day: Day) {
        let all = &self.known.decisions;
        let Some(latest) = all.keys().next_back().cloned() else { return };
        let other = self.chance.below(all.len() as u64);
        let other = all.keys().nth(usize::try_from(other).unwrap()).cloned();
        for id in [Some(latest), other].into_iter().flatten() {
            let kept = self.office().store.entries_about(&id, Some(Kind::Decision), 9).await.unwrap();
            let numbers: Vec<EntryNumber> = kept.iter().map(|(number, _)| *number).collect();
            assert_eq!(numbers, [self.known.decisions[&id].entry], "{day}: {id}");
            self.known.looked += 1;
        }
    }

    /// Matters of today were decided by the pack in force today, whatever happened at midnight.
    async fn decisions_are_by_the_law_of_their_day(&mut self, day: Day) {
        let office = self.office.as_ref().unwrap();
        let approved = office.store.approved_packs().await.unwrap();
        let law = in_force_on(&approved, day).unwrap();
        let of_today = |told: &&Told| told.decided_on == day.to_string();
        let mut packs = BTreeSet::new();
        for told in self.known.decisions.values().filter(of_today) {
            packs.insert(told.pack.clone());
            self.known.looked += 1;
        }
        for hash in packs {
            assert_eq!(office.store.pack_number(&hash).await.unwrap(), Some(law.number), "{day}: {hash}");
        }
    }

    /// The key of today was committed to before anybody drew with it; the one whose time has come is told, the ones after it are not.
    async fn keys_are_on_schedule(&mut self, day: Day) {
        let office = self.office.as_ref().unwrap();
        let logged = async |on: Day, kind: Kind| {
            office.store.entries_about(&on.to_string(), Some(kind), 9).await.unwrap().len()
        };
        assert_eq!(logged(day, Kind::Commitment).await, 1, "{day}: its key is not committed to");
        let told = day.plus_days(-office.reveal_after);
        assert_eq!(
            logged(told, Kind::Reveal).await,
            logged(told, Kind::Commitment).await,
            "{told} is not told"
        );
        assert_eq!(logged(told.plus_days(1), Kind::Reveal).await, 0, "{told}: the next one is told early");
        self.known.looked += 3;
    }

    /// Whoever has a task has it until a time; an ended task stays as it is.
    async fn no_task_is_held_for_ever(&mut self, day: Day) {
        let store = &self.office.as_ref().unwrap().store;
        let held = store.tasks(TaskState::Claimed, &TaskFilter::default(), None, MANY).await.unwrap();
        assert!(held.iter().all(|kept| kept.task.lease_until_us.is_some()), "{day}: held without an end");
        self.known.looked += held.len() as u64;
        let Some(ended) = self.known.done.iter().next_back() else { return };
        let ended = store.task(*ended).await.unwrap().unwrap();
        let is_over = matches!(ended.task.state, TaskState::Completed | TaskState::Withdrawn);
        assert!(is_over, "{day}: task {} was ended and is {:?}", ended.number, ended.task.state);
        self.known.looked += 1;
    }

    /// As many rounds as first declarations, and a round that holds has its days.
    async fn each_round_of_a_lot_has_one_first(&mut self, day: Day) {
        let lots = self.office().store.lots(&LotFilter::default(), LotNumber::new(0), MANY).await.unwrap();
        let rounds: BTreeMap<String, u32> =
            lots.iter().map(|kept| (kept.name.clone(), kept.lot.round)).collect();
        assert_eq!(
            rounds, self.known.firsts,
            "{day}: rounds of lots, and goods items inspected as the first"
        );
        for kept in &lots {
            let has_first = kept.lot.first.is_some() == (kept.lot.state != LotState::Untested);
            assert!(has_first, "{day}: {kept:?}");
            self.known.states.insert(format!("lot {}", kept.lot.state.name()));
        }
        self.known.looked += lots.len() as u64;
    }

    /// Two people, days of validity, days on which something is due, and what rests: as the states say.
    async fn applications_are_legal(&mut self, day: Day) {
        let filter = ApplicationFilter { drafts: Drafts::Own, ..ApplicationFilter::default() };
        let store = &self.office.as_ref().unwrap().store;
        let all = store
            .applications(&filter, ApplicationOrder::Number(ApplicationNumber::new(0)), MANY)
            .await
            .unwrap();
        let numbers: BTreeSet<ApplicationNumber> = all.iter().map(|kept| kept.number).collect();
        assert_eq!(numbers, self.known.applications, "{day}: applications");
        all.iter().for_each(|kept| is_legal(day, kept));
        let states = all.iter().map(|kept| format!("{} {}", kept.of.kind.name(), kept.state().name()));
        self.known.states.extend(states);
        self.known.looked += all.len() as u64;
    }

    /// What has to hold at the end of the year, and what was lived.
    pub async fn end(mut self) -> Known {
        let office = self.office.as_ref().unwrap();
        let store = &office.store;
        store.sign_head(&office.desk.keys.log, office.clock.now_us()).await.unwrap();
        assert_eq!(store.verify(&office.log_key, |_| ()).await.unwrap(), []);
        let draws = audit_draws(store, |_| ()).await.unwrap();
        assert!(draws.faults.is_empty() && draws.checked > 0, "{draws:?}");
        assert_eq!(audit_rates(store, |_| ()).await.unwrap(), []);
        let state = store.audit_state(|_| ()).await.unwrap();
        assert!(state.faults.is_empty(), "{:?}", state.faults);
        let replayed = replay(store, &office.desk.draws, |_| ()).await.unwrap();
        assert_eq!(replayed.differences, []);
        self.every_decision_was_told(replayed.decisions).await;
        println!("{}; {} draws and {} decisions made again", self.told(), draws.checked, replayed.decisions);
        self.close().await;
        self.known
    }

    /// The log has each acknowledged decision at its entry, and besides them only what the office decided itself.
    async fn every_decision_was_told(&mut self, decisions: u64) {
        let store = self.office().store.clone();
        let size = store.frontier().await.unwrap().size();
        let (mut from, mut found, mut last_us) = (0, 0, i64::MIN);
        while from < size {
            for (number, entry) in store.entries(from, u64::from(MANY)).await.unwrap() {
                from = number.get() + 1;
                assert!(entry.at_us >= last_us, "entry {number} is earlier than the one before it");
                last_us = entry.at_us;
                self.known.states.extend(move_of_lot(&entry));
                let is_own =
                    is_follow_up(&entry.subject).is_some() || entry.subject.starts_with("application/");
                if entry.kind != Kind::Decision || is_own {
                    found += u64::from(entry.kind == Kind::Decision);
                    continue;
                }
                found += 1;
                assert_eq!(self.known.decisions[&entry.subject].entry, number, "{}", entry.subject);
            }
        }
        assert_eq!(found, decisions);
    }
}

/// Last day on which the office is in the pilot of article 7.
const LAST_OF_PILOT: &str = "2026-03-31";

/// What an entry says was done with a lot.
fn move_of_lot(entry: &Entry) -> Option<String> {
    let is_of_lot = entry.kind == Kind::Casework && entry.subject.starts_with("lot/");
    let body: Value = is_of_lot.then(|| serde_json::from_slice(&entry.body).unwrap())?;
    Some(format!("lot {}", body["move"].as_str().unwrap()))
}

fn is_legal(day: Day, kept: &KeptApplication) {
    let one = &kept.application;
    let people = (one.reviewed_by.as_deref(), one.approved_by.as_deref());
    assert!(people.1.is_none() || people.0 != people.1, "{day}: reviewed and approved by one: {kept:?}");
    let has_begun = one.from.is_some_and(|from| from <= day);
    let holds = has_begun && one.to.is_some_and(|to| day <= to);
    let is_legal = match one.state {
        AnyState::GuaranteeWaiver(WaiverState::InForce) => {
            let is_pilot = Day::parse(LAST_OF_PILOT).is_some_and(|last| day <= last);
            holds && is_pilot && people.0.is_some() && people.1.is_some()
        }
        AnyState::GuaranteeWaiver(WaiverState::Approved) => !has_begun,
        AnyState::CarrierUndertaking(UndertakingState::InForce) => holds && kept.record.is_some(),
        AnyState::CarrierUndertaking(UndertakingState::Signed) => !has_begun && kept.record.is_some(),
        AnyState::PackagingTest(PackagingState::Current | PackagingState::Due) => {
            one.due.is_none_or(|due| day <= due)
        }
        AnyState::VoluntaryDisclosure(DisclosureState::Accepted) => one.due.is_some_and(|due| day <= due),
        state => !state.is_over() || one.due.is_none(),
    };
    assert!(is_legal, "{day}: {kept:?}");
}
