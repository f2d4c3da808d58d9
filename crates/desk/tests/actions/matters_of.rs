//! Enterprises, matters that are decided, and the tasks and applications that come of them.

use greenlane_casework::{ApplicationKind, ApplicationStep, Finding, Given, Mode, Outcome, TaskState};
use greenlane_desk::Caller;
use greenlane_desk::actions::applications::{Draft, Word, make_application, move_application};
use greenlane_desk::actions::registry::{self, identifier_of};
use greenlane_store::registry::{Author, NewEnterprise, NewEvent, NewRecord, RecordKind};
use greenlane_store::{Entry, KeptApplication, KeptTask, TaskFilter};
use greenlane_terms::Office;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{ApplicationNumber, EntryNumber};
use serde_json::{Map, Value, json};

use super::world::World;
use crate::office::OFFICE;

/// An AEO, and an enterprise without a credit of its own.
pub const AEO: &str = "3101910012";
pub const REGULAR: &str = "3101910099";

pub fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

pub fn office(text: &str) -> Office {
    Office::parse(text).unwrap()
}

pub fn author(caller: &Caller, ground: &str) -> Author {
    Author { person: caller.person().to_owned(), ground: ground.to_owned() }
}

pub fn record(kind: RecordKind, name: &str, value: &str) -> NewRecord {
    let facts = vec![(name.to_owned(), Some(value.to_owned()))];
    NewRecord { kind, valid_from: day("2020-01-01"), valid_to: None, facts, related: None }
}

pub fn event(enterprise: &str, kind: &str, at: Option<&str>) -> NewEvent {
    NewEvent {
        enterprise: identifier_of(enterprise),
        kind: kind.to_owned(),
        on: day("2025-05-01"),
        amount_fen: 0,
        ground: "〔2025〕1号".to_owned(),
        office: at.map(office),
    }
}

/// A declaration of the office that may be drawn.
pub fn declaration(serial: u64) -> Value {
    json!({
        "matter_id": format!("{OFFICE}2025{serial:010}"), "matter": "import_declaration", "unit": "declaration",
        "office": OFFICE, "consignee_consignor_id": AEO, "lane": "ordinary", "mandatory_inspection": false,
        "declarant_level": "regular", "end_user_level": "regular",
    })
}

/// One that is inspected whatever is drawn.
pub fn ordered(serial: u64) -> Value {
    let mut ordered = declaration(serial);
    ordered["mandatory_inspection"] = true.into();
    ordered
}

/// A matter that is a task by its kind.
pub fn work(kind: &str, id: &str, enterprise: &str) -> Value {
    json!({
        "matter_id": id, "matter": kind, "unit": "declaration", "office": OFFICE,
        "consignee_consignor_id": enterprise, "declarant_level": "regular", "end_user_level": "regular",
    })
}

/// The first item of a lot of hazardous chemicals.
pub fn lot_item(serial: u64, lot: &str) -> Value {
    json!({
        "matter_id": format!("{OFFICE}2025{serial:010}-1"), "matter": "export_declaration", "unit": "item",
        "office": OFFICE, "consignee_consignor_id": AEO, "consignee_consignor_is_producer": true,
        "consignee_consignor_level": "advanced", "declarant_level": "regular", "end_user_level": "regular",
        "lane": "ordinary", "mandatory_inspection": false, "is_hazardous_chemical": true, "is_food": false,
        "is_cosmetics": false, "lot_id": lot,
    })
}

pub fn outcome(codes: &[&str]) -> Outcome {
    let finding = |code: &&str| Finding {
        code: (*code).to_owned(),
        quantity: None,
        measured_in: None,
        text: String::new(),
    };
    let findings = codes.iter().map(finding).collect();
    Outcome { mode: Mode::OnSite, findings, text: String::new(), attachments: Vec::new() }
}

pub fn word(ground: &str) -> Word {
    Word { ground: ground.to_owned(), given: Given::default(), facts: Map::new() }
}

impl World {
    /// Makes [`AEO`] and [`REGULAR`] known.
    pub async fn registry(&self) {
        let registrar = self.office.supervisor(0);
        let (desk, author) = (self.desk(), author(&registrar, "备案"));
        let new = [AEO, REGULAR].map(|id| NewEnterprise {
            identifiers: vec![identifier_of(id)],
            name: Some(format!("样例公司{id}")),
        });
        registry::register(desk, &registrar, &new, &author, None).await.unwrap();
        for (id, level) in [(AEO, "advanced"), (REGULAR, "regular")] {
            let record = record(RecordKind::Level, "level", level);
            registry::record(desk, &registrar, (id, None), record, &author, None).await.unwrap();
        }
    }

    /// Decides a matter and keeps the decision: its id, its entry, and what it says.
    pub async fn decides(&self, matter: &Value) -> (String, EntryNumber, Value) {
        let id = matter["matter_id"].as_str().unwrap().to_owned();
        let answer = self.office.ask(std::slice::from_ref(matter), &format!("key of {id}")).await.unwrap();
        assert!(answer.rejects.is_empty(), "{:?}", answer.rejects);
        let decision = serde_json::from_slice(&answer.decisions[0]).unwrap();
        (id, EntryNumber::new(answer.first_entry.unwrap()), decision)
    }

    /// The first declaration from a number on that is drawn for nothing.
    pub async fn spared(&self, from: u64) -> (String, EntryNumber) {
        for serial in from.. {
            let (id, entry, decision) = self.decides(&declaration(serial)).await;
            if decision["draw"]["selected"] == false {
                return (id, entry);
            }
        }
        unreachable!("the rate is below 100 %")
    }

    /// The tasks that wait, in the order of their numbers.
    pub async fn waiting(&self) -> Vec<KeptTask> {
        let filter = TaskFilter::default();
        let mut found = self.office.store.tasks(TaskState::Waiting, &filter, None, 100).await.unwrap();
        found.sort_by_key(|task| task.number);
        found
    }

    /// Decides a matter that makes one task, and gives the task.
    pub async fn task_of(&self, matter: &Value) -> KeptTask {
        let before = self.waiting().await;
        self.decides(matter).await;
        let mut found = self.waiting().await;
        found.retain(|task| before.iter().all(|known| known.number != task.number));
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    pub async fn entry(&self, number: EntryNumber) -> Entry {
        self.office.store.entries(number.get(), 1).await.unwrap().remove(0).1
    }

    pub async fn last_entry(&self) -> (EntryNumber, Entry) {
        let last = self.size().await - 1;
        self.office.store.entries(last, 1).await.unwrap().remove(0)
    }

    /// A draft of an application of [`AEO`] at the office.
    pub async fn draft(&self, by: &Caller, kind: ApplicationKind, facts: Value) -> KeptApplication {
        self.draft_of(by, kind, AEO, facts).await
    }

    pub async fn draft_of(
        &self,
        by: &Caller,
        kind: ApplicationKind,
        applicant: &str,
        facts: Value,
    ) -> KeptApplication {
        let facts = facts.as_object().unwrap().clone();
        let draft = Draft { kind, applicant: applicant.to_owned(), office: office(OFFICE), facts };
        make_application(self.desk(), by, draft, None).await.unwrap().application
    }

    /// Moves an application and gives the name of the state that it comes to.
    pub async fn moves(&self, by: &Caller, number: ApplicationNumber, step: ApplicationStep) -> &'static str {
        self.moves_with(by, number, step, word("依申请")).await
    }

    pub async fn moves_with(
        &self,
        by: &Caller,
        number: ApplicationNumber,
        step: ApplicationStep,
        word: Word,
    ) -> &'static str {
        let moved = move_application(self.desk(), by, number, step, word).await.unwrap();
        moved.application.state().name()
    }
}

/// What a disclosure states.
pub fn violation() -> Value {
    json!({
        "violation_on": "2025-08-01", "violation_kind": "tax", "found_by_customs_before": false,
        "corrected_in_time": true, "tax_short": "5000000.00", "tax_due": "10000000.00",
    })
}
