//! What happens at an office from day to day, and what has to hold after each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use greenlane_access::{CallerKind, Role};
use greenlane_audit::{audit_draws, audit_rates};
use greenlane_casework::{Finding, Mode, Outcome, Queue, TaskState};
use greenlane_desk::Caller;
use greenlane_desk::actions::tasks::{self, Lease};
use greenlane_desk::decisions::{Format, Question, RESERVED};
use greenlane_store::{Kind, StoreError, TaskFilter, TimeFault};
use greenlane_terms::calendar::Day;
use greenlane_terms::time::{HOUR_US, begins_us};
use serde_json::{Value, json};

use super::chance::Chance;
use super::office::{OFFICE, Office};

const MINUTE_US: i64 = HOUR_US / 60;

/// Enterprises that declare.
const ENTERPRISES: u64 = 8;

/// Officers of the office.
const OFFICERS: [&str; 3] = ["li", "wang", "zhao"];

/// A year as far as it was lived.
pub struct Life {
    office: Office,
    url: String,
    folder: PathBuf,
    chance: Chance,
    /// Decisions that were acknowledged: id of the matter, and its entry.
    acknowledged: BTreeMap<String, u64>,
    /// Tasks that were seen to be done, each once.
    done: BTreeSet<u64>,
    declared: u64,
    faults: BTreeMap<&'static str, u64>,
    begun: Instant,
    days: u32,
}

impl Life {
    pub async fn begin(url: &str, folder: &Path, first: Day, chance: Chance) -> Life {
        let office = Office::open(url, folder, begins_us(first)).await;
        Life {
            office,
            url: url.to_owned(),
            folder: folder.to_owned(),
            chance,
            acknowledged: BTreeMap::new(),
            done: BTreeSet::new(),
            declared: 0,
            faults: BTreeMap::new(),
            begun: Instant::now(),
            days: 0,
        }
    }

    fn machine(&self) -> Caller {
        self.office.caller(1, "customs", CallerKind::Machine, &[Role::Machine])
    }

    fn officer(&self, at: usize) -> Caller {
        self.office.caller(10 + at as u64, OFFICERS[at], CallerKind::Person, &[Role::Officer])
    }

    fn note(&mut self, fault: &'static str) {
        *self.faults.entry(fault).or_insert(0) += 1;
    }

    /// One day: from nine in the morning, with what goes wrong on it; then what has to hold.
    pub async fn live(&mut self, day: Day) {
        let nine = begins_us(day) + 9 * HOUR_US;
        self.office.hand.move_to(nine);
        if self.chance.happens(20) {
            self.start_again(nine).await;
        }
        self.office.epochs.keep_up().await.unwrap();
        for hour in 0..3 {
            let now_us = nine + hour * HOUR_US;
            self.office.hand.move_to(now_us);
            if self.chance.happens(10) {
                self.the_clock_jumps_back(now_us).await;
            }
            self.declare(day).await;
            self.work(now_us).await;
        }
        self.days += 1;
        self.look(day).await;
    }

    /// The program ends and is started again.
    async fn start_again(&mut self, at_us: i64) {
        self.note("restart");
        let next = Office::open(&self.url, &self.folder, at_us).await;
        std::mem::replace(&mut self.office, next).close().await;
    }

    /// The clock goes back by an hour: nothing is kept until it is right again.
    async fn the_clock_jumps_back(&mut self, now_us: i64) {
        if self.acknowledged.is_empty() {
            return;
        }
        self.note("clock an hour back");
        // Something stands in the log at this time.
        let matter = self.matter();
        self.ask(vec![matter]).await.unwrap();
        let size = self.office.store.frontier().await.unwrap().size();
        self.office.hand.move_to(now_us - HOUR_US);
        let kept = self.office.store.append(&[], now_us - HOUR_US).await;
        let stamp = self.office.store.log_time().await.unwrap().stamp(now_us - HOUR_US);
        assert!(matches!(stamp, Err(TimeFault::ClockBehind { .. })), "{stamp:?}");
        let matter = self.matter();
        let refused = self.ask(vec![matter]).await;
        assert!(refused.is_err(), "kept although the clock is behind");
        assert!(!matches!(kept, Err(StoreError::Damaged { .. })));
        assert_eq!(self.office.store.frontier().await.unwrap().size(), size, "something was kept");
        self.office.hand.move_to(now_us);
    }

    /// The next declaration.
    fn matter(&mut self) -> Value {
        self.declared += 1;
        let year = 2028;
        json!({
            "matter_id": format!("{OFFICE}{year}{:010}", self.declared), "matter": "import_declaration", "office": OFFICE,
            "unit": "declaration", "lane": "ordinary",
            "consignee_consignor_id": format!("3101{:06}", 910_000 + self.chance.below(ENTERPRISES)),
            "consignee_consignor_level": "advanced", "declarant_level": "regular", "end_user_level": "regular",
            "mandatory_inspection": self.chance.happens(150),
        })
    }

    async fn ask(&mut self, matters: Vec<Value>) -> Result<Vec<Value>, greenlane_desk::decisions::DeskError> {
        let text: String = matters.iter().map(|matter| format!("{matter}\n")).collect();
        let question = Question {
            caller: self.machine().who,
            text: text.into(),
            format: Format::Ndjson,
            request: None,
            dry_run: false,
            as_of: None,
            sources: false,
            reserved: RESERVED,
        };
        let answer = self.office.desk.deciders.ask(question).await?;
        assert!(answer.rejects.is_empty(), "{:?}", answer.rejects);
        let first = answer.first_entry.unwrap();
        for (at, matter) in matters.iter().enumerate() {
            let id = matter["matter_id"].as_str().unwrap().to_owned();
            assert!(self.acknowledged.insert(id, first + at as u64).is_none(), "decided twice");
        }
        Ok(matters)
    }

    /// Declarations of an hour, in one or two calls.
    async fn declare(&mut self, _day: Day) {
        for _ in 0..=self.chance.below(2) {
            let matters = (0..=self.chance.below(4)).map(|_| self.matter()).collect();
            self.ask(matters).await.unwrap();
        }
    }

    /// Officers take tasks and end them, give them back, or leave them until their lease runs out.
    async fn work(&mut self, now_us: i64) {
        for (at, login) in OFFICERS.into_iter().enumerate() {
            let officer = self.officer(at);
            let lease = Lease { seconds: Some(600) };
            let Some(claimed) =
                tasks::claim_next(&self.office.desk, &officer, Vec::new(), &[], lease).await.unwrap()
            else {
                return;
            };
            let task = claimed.task;
            assert_eq!(task.task.officer.as_deref(), Some(login));
            match self.chance.below(10) {
                0 => drop(tasks::release(&self.office.desk, &officer, task.number, "改派").await.unwrap()),
                1 => {
                    // Eleven minutes later it is nobody's: another officer can take it.
                    self.note("lease run out");
                    self.office.hand.move_to(now_us + 11 * MINUTE_US);
                }
                _ => {
                    let is_finding = task.of.queue != Queue::Amendment && self.chance.happens(200);
                    let finding = Finding {
                        code: "quantity".to_owned(),
                        quantity: Some("2".to_owned()),
                        measured_in: Some("kg".to_owned()),
                        text: String::new(),
                    };
                    let outcome = Outcome {
                        mode: Mode::OnSite,
                        findings: if is_finding { vec![finding] } else { Vec::new() },
                        text: String::new(),
                        attachments: Vec::new(),
                    };
                    tasks::complete(&self.office.desk, &officer, &task, outcome, None).await.unwrap();
                    assert!(self.done.insert(task.number), "task {} was done twice", task.number);
                }
            }
        }
    }

    /// What has to hold after each day.
    async fn look(&mut self, day: Day) {
        // No acknowledged decision is lost: a sample, with the latest.
        let latest = self.acknowledged.iter().next_back().map(|(id, entry)| (id.clone(), *entry));
        let sample = self.chance.below(self.acknowledged.len() as u64);
        let other = self
            .acknowledged
            .iter()
            .nth(usize::try_from(sample).unwrap())
            .map(|(id, entry)| (id.clone(), *entry));
        for (id, entry) in latest.into_iter().chain(other) {
            let kept = self.office.store.entries_about(&id, Some(Kind::Decision), 9).await.unwrap();
            let numbers: Vec<u64> = kept.iter().map(|(number, _)| *number).collect();
            assert_eq!(numbers, [entry], "{day}: {id}");
        }
        // No task is held for ever: whoever has one has it until a time that is not long past.
        let filter = TaskFilter::default();
        let held = self.office.store.tasks(TaskState::Claimed, &filter, None, 1_000).await.unwrap();
        assert!(held.iter().all(|kept| kept.task.lease_until_us.is_some()), "{day}: held without an end");
    }

    /// What has to hold at the end of the year, and what was lived, in one line.
    pub async fn end(self) -> String {
        let store = &self.office.store;
        store.sign_head(&self.office.desk.keys.log, self.office.clock.now_us()).await.unwrap();
        assert_eq!(store.verify(&self.office.log_key, |_| ()).await.unwrap(), []);
        let draws = audit_draws(store, |_| ()).await.unwrap();
        assert!(draws.faults.is_empty() && draws.checked > 0, "{draws:?}");
        assert!(audit_rates(store, |_| ()).await.unwrap().is_empty());
        let state = store.audit_state(|_| ()).await.unwrap();
        assert!(state.faults.is_empty(), "{:?}", state.faults);
        let decided = store.entries_of_kind(Kind::Decision, None, 1_000_000).await.unwrap().len();
        // Each acknowledged matter, and the tasks that are matters of their own.
        assert!(
            decided >= self.acknowledged.len(),
            "{decided} decisions, {} acknowledged",
            self.acknowledged.len()
        );
        let seconds = self.begun.elapsed().as_secs_f32();
        let line = format!(
            "{} days in {seconds:.1} s; {} decisions, {} tasks done, draws made again {}; faults injected {:?}",
            self.days,
            self.acknowledged.len(),
            self.done.len(),
            draws.checked,
            self.faults
        );
        self.office.close().await;
        line
    }
}
