//! Questions to the desk, and what came of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use greenlane_access::{Action, Caller, CallerKind, Role};
use greenlane_casework::TaskState;
use greenlane_desk::decisions::{Answer, Deciders, DeskError, Format, Question, RESERVED, Setting};
use greenlane_desk::shares::Shares;
use greenlane_desk::{NotDone, Problem};
use greenlane_store::{Entry, KeptTask, Kind, RequestKey, TaskFilter};
use greenlane_terms::numbers::EntryNumber;
use serde_json::{Value, json};

use crate::office::{OFFICE, Office};

pub fn lines(matters: &[Value]) -> String {
    matters.iter().map(|matter| format!("{matter}\n")).collect()
}

/// A question whose decisions are kept.
pub fn question(caller: &Arc<Caller>, text: impl Into<String>) -> Question {
    Question {
        caller: Arc::clone(caller),
        text: text.into().into(),
        format: Format::Ndjson,
        request: None,
        dry_run: false,
        as_of: None,
        sources: false,
        reserved: RESERVED,
    }
}

/// A question of which nothing is kept.
pub fn dry(caller: &Arc<Caller>, text: impl Into<String>) -> Question {
    Question { dry_run: true, ..question(caller, text) }
}

pub fn request(key: &str, fingerprint: u8) -> Option<RequestKey> {
    Some(RequestKey { caller: "customs".to_owned(), key: key.to_owned(), fingerprint: [fingerprint; 32] })
}

/// Somebody with these roles, at these offices, for these enterprises.
pub fn somebody(kind: CallerKind, roles: &[Role], offices: &[&str], enterprise: &[&str]) -> Arc<Caller> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<_>>();
    Arc::new(Caller {
        account: 70,
        login: "somebody".to_owned(),
        kind,
        roles: roles.iter().copied().collect(),
        offices: owned(offices),
        enterprise: owned(enterprise),
        ..Caller::default()
    })
}

/// The system of a broker: it decides at the office, and cannot state what customs states, nor read what was drawn.
pub fn broker() -> Arc<Caller> {
    let mut caller = Arc::unwrap_or_clone(somebody(CallerKind::Machine, &[Role::Machine], &[OFFICE], &[]));
    caller.scopes = Some([Action::Decide, Action::Try, Action::ReadMatter].into());
    Arc::new(caller)
}

/// The decisions of an answer, as JSON.
pub fn decisions(answer: &Answer) -> Vec<Value> {
    answer.decisions.iter().map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// The only decision of an answer.
pub fn only(answer: &Answer) -> Value {
    let mut all = decisions(answer);
    assert_eq!((all.len(), answer.rejects.len()), (1, 0), "{:?}", answer.rejects);
    all.remove(0)
}

/// Where the facts of an answer come from.
pub fn sources(answer: &Answer) -> Vec<Value> {
    answer.sources.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

/// Kind and words of a refusal.
pub fn refusal<T>(answered: Result<T, DeskError>) -> (Problem, String) {
    let Err(error) = answered else { panic!("it was not refused") };
    let not_done = NotDone::from(error);
    (not_done.problem(), not_done.detail().to_owned())
}

/// The verdict on a measure.
pub fn verdict<'d>(decision: &'d Value, measure: &str) -> &'d str {
    let found = decision["measures"].as_array().unwrap().iter().find(|one| one["id"] == measure);
    found.unwrap()["verdict"].as_str().unwrap()
}

impl Office {
    /// The machine of the office asks about matters that are kept.
    pub async fn decided(&self, matters: &[Value]) -> Answer {
        self.desk.deciders.ask(question(&self.machine().who, lines(matters))).await.unwrap()
    }

    /// The same about one matter: its decision.
    pub async fn decided_one(&self, matter: &Value) -> Value {
        only(&self.decided(std::slice::from_ref(matter)).await)
    }

    /// The machine tries one matter.
    pub async fn tried(&self, matter: &Value) -> Value {
        only(&self.desk.deciders.ask(dry(&self.machine().who, matter.to_string())).await.unwrap())
    }

    /// Tasks that wait, the next one first.
    pub async fn waiting(&self) -> Vec<KeptTask> {
        self.store.tasks(TaskState::Waiting, &TaskFilter::default(), None, 1_000).await.unwrap()
    }

    /// Entries of the log about a subject.
    pub async fn about(&self, subject: &str, kind: Kind) -> Vec<(EntryNumber, Entry)> {
        self.store.entries_about(subject, Some(kind), 100).await.unwrap()
    }

    pub async fn log_size(&self) -> u64 {
        self.store.frontier().await.unwrap().size()
    }

    /// What deciders work with, as this office has it.
    pub fn setting(&self) -> Setting {
        let desk = &self.desk;
        Setting {
            clock: self.clock.clone(),
            rules: desk.rules.clone(),
            laws: desk.laws.clone(),
            draws: desk.draws.clone(),
            epochs: desk.epochs.clone(),
            store: self.store.clone(),
            parties: desk.parties.clone(),
            standards: None,
            pace: desk.pace.clone(),
            draws_told: desk.draws_told,
            reveal_after: 7,
            shares: desk.shares.clone(),
        }
    }

    /// Other deciders of the same office, in another setting.
    pub fn others(&self, change: impl FnOnce(&mut Setting)) -> Deciders {
        let mut setting = self.setting();
        change(&mut setting);
        Deciders::open(&setting, 1).unwrap().0
    }
}

/// Shares as configured by these keys.
pub fn shares(keys: &[(&'static str, &str)]) -> Arc<Shares> {
    let flags = keys.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
    let given = greenlane_configuration::Given { flags, ..Default::default() };
    Shares::of(&greenlane_configuration::read(&given).unwrap())
}

/// Number of a declaration of the office, or of one of its items.
pub fn numbered(serial: u32) -> String {
    format!("{OFFICE}2024{serial:010}")
}

/// A matter with other facts.
pub fn with(mut matter: Value, facts: Value) -> Value {
    matter.as_object_mut().unwrap().extend(facts.as_object().unwrap().clone());
    matter
}

/// An import of a regular enterprise, whose levels customs states itself.
pub fn declaration(serial: u32) -> Value {
    json!({
        "matter_id": numbered(serial), "matter": "import_declaration", "unit": "declaration", "office": OFFICE,
        "consignee_consignor_level": "regular", "declarant_level": "regular", "end_user_level": "regular",
        "lane": "ordinary", "mandatory_inspection": false,
    })
}

/// One that an order selects for inspection.
pub fn ordered(serial: u32) -> Value {
    with(declaration(serial), json!({ "mandatory_inspection": true }))
}

/// What a broker knows of an import.
pub fn declared(serial: u32, enterprise: &str) -> Value {
    json!({
        "matter_id": numbered(serial), "matter": "import_declaration", "unit": "declaration", "office": OFFICE,
        "consignee_consignor_id": enterprise, "declarant_id": enterprise, "end_user_id": enterprise,
    })
}

/// A goods item of a lot of hazardous chemicals, exported by its producer.
pub fn item(serial: u32, lot: &str) -> Value {
    json!({
        "matter_id": format!("{}-1", numbered(serial)), "matter": "export_declaration", "unit": "item", "office": OFFICE,
        "consignee_consignor_id": super::known::AEO, "consignee_consignor_is_producer": true,
        "consignee_consignor_level": "advanced", "declarant_level": "regular", "end_user_level": "regular",
        "mandatory_inspection": false, "is_hazardous_chemical": true, "is_food": false, "is_cosmetics": false,
        "lot_id": lot,
    })
}

/// A declaration of the WCO Data Model with so many goods items.
pub fn wco(id: &str, items: usize) -> String {
    let item = |at| {
        format!(
            "<GovernmentAgencyGoodsItem><SequenceNumeric>{at}</SequenceNumeric></GovernmentAgencyGoodsItem>"
        )
    };
    let items: String = (1..=items).map(item).collect();
    format!(
        "<MetaData><WCOTypeName>DEC</WCOTypeName><Declaration><FunctionCode>9</FunctionCode>\
         <FunctionalReferenceID>{id}</FunctionalReferenceID><TypeCode>IMA</TypeCode>\
         <AcceptanceDateTime><DateTimeString formatCode='304'>20250903090000Z</DateTimeString></AcceptanceDateTime>\
         <PresentationOffice><ID>{OFFICE}</ID></PresentationOffice><GoodsShipment>{items}</GoodsShipment></Declaration></MetaData>"
    )
}
