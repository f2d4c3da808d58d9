//! An enterprise that may have a guarantee waiver, as the registry knows it.

use greenlane_desk::actions::registry::{post_events, record};
use greenlane_store::registry::{NewRecord, RecordKind};
use serde_json::{Value, json};

use super::matters_of::{AEO, REGULAR, author, day, event};
use super::world::World;

const DATES: [&str; 6] = ["y1", "y2", "y3", "y4", "y5", "last_month"];

/// States figures of [`AEO`] that meet every condition; of another enterprise one event of each kind is known.
pub async fn good_figures(world: &World) {
    let registrar = world.office.supervisor(0);
    let by = author(&registrar, "报表");
    let mut facts: Vec<(String, Option<String>)> =
        ["is_producer", "grain_processor"].map(|name| (name.to_owned(), Some("true".to_owned()))).into();
    facts.push(("advanced_since".to_owned(), Some("2014-09-01".to_owned())));
    for date in DATES {
        facts.push((format!("debt_ratio[{date}]"), Some("0.3500".to_owned())));
        facts.push((format!("cash_ratio[{date}]"), Some("0.4100".to_owned())));
    }
    for year in &DATES[..5] {
        facts.push((format!("tax_paid[{year}]"), Some("25000000.00".to_owned())));
    }
    let (valid_from, kind) = (day("2014-09-01"), RecordKind::Statement);
    let new = NewRecord { kind, valid_from, valid_to: None, facts, related: None };
    record(world.desk(), &registrar, (AEO, None), new, &by, None).await.unwrap();
    let events =
        ["late_payment", "downgrade", "suspension", "penalty"].map(|kind| event(REGULAR, kind, None));
    post_events(world.desk(), &registrar, &events, &by, None).await.unwrap();
}

/// Excellent values that those figures are better than.
pub fn excellent() -> Value {
    let all = |value: &str| -> Value {
        DATES.iter().map(|date| ((*date).to_owned(), json!(value))).collect::<serde_json::Map<_, _>>().into()
    };
    json!({ "debt_ratio_excellent": all("0.4820"), "cash_ratio_excellent": all("0.2410") })
}
