//! A store with something in every table, made as a server makes it.

use std::collections::BTreeSet;

use ed25519_dalek::SigningKey;
use greenlane_casework::{
    Actor, ApplicationKind, Finding, Given, Mode, OfficerDraw, Outcome, Queue, Rank, stands_at,
};
use greenlane_policy::load::PackFiles;
use greenlane_selection::{Algorithm, DrawCounts, Epoch, OfficerPick};
use greenlane_store::registry::{
    Author, Identifier, IdentifierKind, NewEnterprise, NewEvent, NewRecord, RecordKind,
};
use greenlane_store::{
    AccountChange, Addition, Alternative, ApplicationMove, At, DeadLetter, Decisions, Entry, Hold, Kind,
    LotPlace, Mover, NewAccount, NewApplication, NewTask, NewToken, RateAlarm, RateKey, RequestKey, Store,
    TaskCommand, TaskFilter, Webhook,
};
pub use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{
    AccountNumber, ApplicationNumber, EnterpriseNumber, EventNumber, RecordNumber, TaskNumber, TokenNumber,
};
use greenlane_terms::{Office, RateStage};
use serde_json::Map;

const TODAY: Day = Day(20_000);

const FIRST: EnterpriseNumber = EnterpriseNumber::new(1);
const ADMIN: AccountNumber = AccountNumber::new(1);
const LI: AccountNumber = AccountNumber::new(2);

fn office(number: u16) -> Office {
    Office::of_number(number).unwrap()
}

pub fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn by(person: &str) -> Author {
    Author { person: person.to_owned(), ground: "ground".to_owned() }
}

/// The proof of a draw that nobody looks at.
fn nobody_drawn() -> OfficerDraw {
    OfficerDraw {
        epoch: Epoch::try_from("2024-11-25".to_owned()).unwrap(),
        algorithm: Algorithm::HmacSha256,
        basis: String::new(),
        except: BTreeSet::new(),
        pick: OfficerPick { chosen: "li".to_owned(), candidates: Vec::new() },
    }
}

fn entry(subject: &str) -> Entry {
    Entry { kind: Kind::Audit, at_us: 5, subject: subject.to_owned(), body: b"done".to_vec() }
}

pub async fn used(url: &str) -> Store {
    let store = Store::open(url, 4).await.unwrap();
    law(&store).await;
    people(&store).await;
    registry(&store).await;
    work(&store).await;
    told(&store).await;
    store
}

async fn law(store: &Store) {
    let pack = |text: &str| PackFiles::new(vec![("pack.toml".into(), text.into())]);
    let by = Mover { person: "li".into(), at_us: 5, today: TODAY, reason: Some("why not".into()) };
    assert!(store.first_pack(&pack("first"), "law", &by).await.unwrap());
    store.upload_pack(&pack("second"), "law", &by).await.unwrap();
    store.keep_secret("draw-master-key", &[7; 40]).await.unwrap();
}

async fn people(store: &Store) {
    let account = |login: &str, machine: bool, role: &str| NewAccount {
        login: login.into(),
        name: login.to_uppercase(),
        machine,
        roles: vec![role.into()],
        offices: vec!["5301".into()],
        enterprise: if machine { vec!["3101910001".into()] } else { Vec::new() },
        subject: None,
    };
    for (login, machine, role) in [
        ("admin", false, "administrator"),
        ("li", false, "officer"),
        ("broker", true, "declarant"),
        ("gone", false, "officer"),
    ] {
        store.create_account(&account(login, machine, role), 5, &entry(login)).await.unwrap();
    }
    let off = AccountChange { disabled: Some(true), ..AccountChange::default() };
    store.change_account(AccountNumber::new(4), &off, Some(ADMIN), 6, &entry("gone")).await.unwrap();
    store.bind_subject(LI, "https://id.example|li", 6, &entry("li")).await.unwrap();
    store.invite(ADMIN, &[1; 32], 1_000, None, 6, &entry("admin")).await.unwrap();
    store.accept_invitation((&[1; 32], None), "$argon2id$x", 7, &entry("admin")).await.unwrap();
    store.invite(LI, &[2; 32], 1_000, Some(ADMIN), 6, &entry("li")).await.unwrap();
    store.open_session(ADMIN, (&[8; 32], 1_000), 8, &entry("admin"), &entry("lone")).await.unwrap();
    store.use_sign_in(&[9; 32], 1_000, 8).await.unwrap();
    for hash in [3, 4] {
        let new = NewToken {
            account: AccountNumber::new(3),
            name: "t".into(),
            hash: [hash; 32],
            scopes: vec!["decide".into()],
            expires_at_us: 1_000,
            parent: None,
        };
        store.create_token(&new, 8, &entry("broker")).await.unwrap();
    }
    assert!(store.revoke_token(TokenNumber::new(2), 9, &entry("broker")).await.unwrap());
}

fn id(number: u64) -> Identifier {
    Identifier { kind: IdentifierKind::CustomsCode, id: format!("310191{number:04}") }
}

async fn registry(store: &Store) {
    let known = [
        NewEnterprise { identifiers: vec![id(1), id(2)], name: Some("first".into()) },
        NewEnterprise { identifiers: vec![id(3)], name: None },
    ];
    store.register(&known, &by("li"), None, 10).await.unwrap();
    let record = |level: &str| NewRecord {
        kind: RecordKind::Level,
        valid_from: Day(19_000),
        valid_to: None,
        facts: vec![("level".into(), Some(level.into()))],
        related: None,
    };
    store.record(FIRST, &record("regular"), &by("li"), None, 11).await.unwrap();
    store.record(FIRST, &record("advanced"), &by("li"), None, 12).await.unwrap();
    store.withdraw_record(FIRST, RecordNumber::new(2), &by("li"), None, 13).await.unwrap();
    let event = |kind: &str, amount_fen: i64, ground: &str| NewEvent {
        enterprise: id(1),
        kind: kind.into(),
        on: Day(19_500),
        amount_fen,
        ground: ground.into(),
        office: None,
    };
    let all = [event("finding", 0, "a"), event("late_payment", 700, "b"), event("late_payment", 1, "c")];
    store.post_events(&all, &by("li"), None, 14).await.unwrap();
    store.withdraw_event(EventNumber::new(3), &by("li"), None, 15).await.unwrap();
    // More than an entry has in full.
    let many: Vec<NewEvent> = (0..40).map(|at| event("audit", at, "")).collect();
    store.post_events(&many, &by("li"), None, 16).await.unwrap();
}

pub fn task(number: u64) -> NewTask {
    NewTask {
        matter: format!("53012024{number:010}.port_inspection"),
        follows: Some(format!("53012024{number:010}")),
        queue: Queue::PortInspection,
        office: office(5301),
        enterprise: Some("3101910001".to_owned()),
        lot: None,
        rank: Rank::Ordinary,
        due_us: 100 + number as i64,
        stands_at: stands_at(Rank::Ordinary, 100 + number as i64, 100),
    }
}

async fn work(store: &Store) {
    let request = RequestKey { caller: "broker".into(), key: "k1".into(), fingerprint: [1; 32] };
    let tasks: Vec<NewTask> = (1..=3).map(task).collect();
    let addition = Addition {
        entries: tasks.iter().map(|task| entry(&task.matter)).collect(),
        request: Some(request),
        ..Addition::default()
    };
    store.append_decisions(&[Decisions { addition, tasks, ..Decisions::default() }], 20).await.unwrap();
    let hold = Hold { lease_us: 1_000, visit_us: 0 };
    store.claim_task(&TaskFilter::default(), hold, &by("li"), 21).await.unwrap().unwrap();
    let finding: Finding = serde_json::from_str(r#"{"code": "quantity"}"#).unwrap();
    let outcome =
        Outcome { mode: Mode::OnSite, findings: vec![finding], text: String::new(), attachments: Vec::new() };
    let events = vec![NewEvent {
        enterprise: id(1),
        kind: "finding".into(),
        on: Day(19_600),
        amount_fen: 0,
        ground: "t".into(),
        office: None,
    }];
    store
        .move_task(TaskNumber::new(1), &TaskCommand::Complete { outcome, events }, &by("li"), None, 22)
        .await
        .unwrap();
    let drawn = TaskCommand::Draw {
        officer: "li".into(),
        proof: nobody_drawn(),
        on: greenlane_terms::time::day_of(23),
    };
    store.move_task(TaskNumber::new(2), &drawn, &by("sun"), None, 23).await.unwrap();
    let alternative = Alternative { entries: vec![entry("item")], follow_ups: Vec::new(), tasks: Vec::new() };
    let lot = LotPlace {
        at: 0,
        producer: "3101910001".into(),
        name: "lot 1".into(),
        office: office(5301),
        matter: "item".into(),
        on: Day(19_900),
        valid_to: Some(Day(20_100)),
        first: alternative.clone(),
        later: alternative,
    };
    let addition = Addition { entries: vec![entry("item")], ..Addition::default() };
    let item = Decisions { addition, lots: vec![lot], ..Decisions::default() };
    store.append_decisions(&[item], 24).await.unwrap();
    let new = NewApplication {
        kind: ApplicationKind::Admission,
        office: office(5301),
        applicant: id(1).id,
        enterprise: FIRST,
        programme: Some("lot_inspection".into()),
        facts: Map::new(),
    };
    store.create_application(new, &by("acme"), [7; 32], None, 25).await.unwrap();
    let submit = ApplicationMove {
        step: greenlane_casework::ApplicationStep::Submit,
        actor: Actor::Applicant,
        given: Given::default(),
        facts: Map::new(),
        places: None,
    };
    let at = At { today: TODAY, notice_days: 7, us: 26 };
    store.move_application(ApplicationNumber::new(1), &submit, &by("acme"), at).await.unwrap();
}

async fn told(store: &Store) {
    let webhook = Webhook {
        id: "a".into(),
        url: "https://broker.example/".into(),
        filter: "{}".into(),
        secrets: vec![1, 2, 3],
        active: true,
        note: None,
        person: "li".into(),
        at_us: 30,
        next_entry: 0,
        pending_to: None,
        attempts: 0,
        retry_at_us: 0,
    };
    store.add_webhook(&webhook, entry("webhook")).await.unwrap();
    let held = store.take_webhook("a", "one", 31, 99).await.unwrap().unwrap();
    let dead =
        DeadLetter { from: 0, to: 5, attempts: 9, at_us: 32, reason: "no".into(), delivered_at_us: None };
    assert!(store.settle_webhook(&held, "one", 0, Some(&dead)).await.unwrap());
    let alarm = RateAlarm {
        name: "2024/3101/cap".into(),
        year: 2024,
        office: Some(office(3101)),
        body: b"{}".to_vec(),
    };
    store.raise_alarms(&[alarm], 33).await.unwrap();
    let key = RateKey {
        month: 2024 * 12,
        office: office(3101),
        stage: RateStage::Inspection,
        class: String::new(),
        level: String::new(),
        measures: String::new(),
    };
    let one = DrawCounts { trials: 1, ..DrawCounts::default() };
    assert!(store.count_rates((0, 5), &[(key, one)].into()).await.unwrap());
}
