//! Enterprises and what they declare. A matter follows from seed and number alone, so that a process that is started anew asks the same.

use greenlane_desk::Caller;
use greenlane_desk::actions::registry;
use greenlane_store::registry::{Author, NewEnterprise, NewEvent, NewRecord, RecordKind};
use greenlane_terms::calendar::Day;
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::office::{OFFICE, Office};

/// Enterprises that declare; the first ones are AEO for long.
pub const ENTERPRISES: u64 = 8;

/// Customs code of an enterprise.
pub fn enterprise(at: u64) -> String {
    format!("3101{:06}", 910_000 + at)
}

/// A matter of that number; its id names seed and number.
pub fn matter(seed: u64, number: u64) -> Value {
    let mut chance = Chance::of(seed ^ (number << 20));
    match chance.below(8) {
        0 | 1 => lot_item(number, &mut chance),
        2 => amendment(number, &mut chance),
        _ => declaration(number, &mut chance),
    }
}

fn declaration(number: u64, chance: &mut Chance) -> Value {
    let level =
        if chance.happens(500) { json!({}) } else { json!({ "consignee_consignor_level": "advanced" }) };
    let mut matter = json!({
        "matter_id": format!("{OFFICE}2024{number:010}"), "matter": "import_declaration", "unit": "declaration", "office": OFFICE,
        "consignee_consignor_id": enterprise(chance.below(ENTERPRISES)), "lane": "ordinary",
        "declarant_level": "regular", "end_user_level": "regular", "mandatory_inspection": chance.happens(150),
        "two_step": chance.happens(300),
    });
    matter.as_object_mut().unwrap().extend(level.as_object().unwrap().clone());
    matter
}

/// A goods item of a lot of hazardous chemicals, exported by its producer.
fn lot_item(number: u64, chance: &mut Chance) -> Value {
    let lot = number % 5;
    json!({
        "matter_id": format!("{OFFICE}2024{number:010}-1"), "matter": "export_declaration", "unit": "item", "office": OFFICE,
        "consignee_consignor_id": enterprise(lot % 3), "consignee_consignor_is_producer": true,
        "consignee_consignor_level": "advanced", "declarant_level": "regular", "end_user_level": "regular", "lane": "ordinary",
        "mandatory_inspection": chance.happens(30), "is_hazardous_chemical": true, "is_food": false, "is_cosmetics": false,
        "lot_id": format!("LOT-{lot}"),
    })
}

/// The lot of an item by its id.
pub fn lot_of(matter: &str) -> String {
    let number: u64 = matter[8..18].parse().unwrap();
    format!("LOT-{}", number % 5)
}

fn amendment(number: u64, chance: &mut Chance) -> Value {
    json!({
        "matter_id": format!("AMEND-{number}"), "matter": "amendment", "unit": "declaration", "office": OFFICE,
        "consignee_consignor_id": enterprise(chance.below(ENTERPRISES)), "applicant_level": "advanced",
        "declarant_level": "regular", "end_user_level": "regular",
    })
}

/// Makes the enterprises known: the first five are AEO and producers with good figures; of each kind of event one is known.
pub async fn register(office: &Office, registrar: &Caller, today: Day) {
    let author = Author { person: registrar.person().to_owned(), ground: "备案".to_owned() };
    let desk = &office.desk;
    let all: Vec<NewEnterprise> = (0..ENTERPRISES)
        .map(|at| NewEnterprise {
            identifiers: vec![registry::identifier_of(&enterprise(at))],
            name: Some(format!("样例公司{at}")),
        })
        .collect();
    registry::register(desk, registrar, &all, &author, None).await.unwrap();
    for at in 0..ENTERPRISES {
        let record = statement(at, today.plus_days(-4_000));
        registry::record(desk, registrar, (&enterprise(at), None), record, &author, None).await.unwrap();
    }
    let one_of_each: Vec<NewEvent> = ["late_payment", "downgrade", "suspension", "penalty"]
        .map(|kind| event(7, kind, today.plus_days(-500), 0))
        .into();
    registry::post_events(desk, registrar, &one_of_each, &author, None).await.unwrap();
}

/// What the registry says of an enterprise from a day on.
fn statement(at: u64, from: Day) -> NewRecord {
    let level = if at < 5 { "advanced" } else { "regular" };
    let mut facts = vec![
        ("level".to_owned(), Some(level.to_owned())),
        ("is_producer".to_owned(), Some("true".to_owned())),
        ("grain_processor".to_owned(), Some("true".to_owned())),
    ];
    if at < 5 {
        facts.push(("advanced_since".to_owned(), Some(from.to_string())));
    }
    for year in 1..=5 {
        facts.push((format!("tax_paid[y{year}]"), Some("25000000.00".to_owned())));
    }
    for date in ["y1", "y2", "y3", "y4", "y5", "last_month"] {
        facts.push((format!("debt_ratio[{date}]"), Some("0.3500".to_owned())));
        facts.push((format!("cash_ratio[{date}]"), Some("0.4100".to_owned())));
    }
    NewRecord { kind: RecordKind::Statement, valid_from: from, valid_to: None, facts, related: None }
}

/// A change of the level of an enterprise.
pub fn level(level: &str, from: Day) -> NewRecord {
    let facts = vec![("level".to_owned(), Some(level.to_owned()))];
    NewRecord { kind: RecordKind::Level, valid_from: from, valid_to: None, facts, related: None }
}

/// Something that happened with an enterprise.
pub fn event(at: u64, kind: &str, on: Day, amount_fen: i64) -> NewEvent {
    NewEvent {
        enterprise: registry::identifier_of(&enterprise(at)),
        kind: kind.to_owned(),
        on,
        amount_fen,
        ground: "〔2026〕1号".to_owned(),
        office: None,
    }
}
