//! The clock that an operator confirms.

use greenlane_store::{Addition, Entry, Kind, Store, StoreError, When};
use serde_json::json;

/// Says in the log that somebody answers for the clock, which is far from the last entry: entries are added again.
///
/// # Errors
/// The database refuses.
pub async fn confirm_clock(store: &Store, person: &str, at_us: i64) -> Result<(), StoreError> {
    let last_us = store.log_time().await?.last_us;
    let instant = |at_us: i64| jiff::Timestamp::from_microsecond(at_us).ok().map(|at| at.to_string());
    let body = json!({
        "did": "confirm_clock", "about": "clock", "person": person,
        "clock": instant(at_us), "last_entry": last_us.and_then(instant),
    });
    let body = body.to_string().into_bytes();
    let entry = Entry { kind: Kind::Audit, at_us, subject: "server".to_owned(), body };
    let addition = Addition { entries: vec![entry], when: When::ClockConfirmed, ..Addition::default() };
    store.append(&[addition], at_us).await.map(|_| ())
}
