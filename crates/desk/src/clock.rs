//! The clock that an operator confirms.

use greenlane_ledger::trail::{ClockConfirmed, Deed, Done, TrailBody};
use greenlane_store::{Addition, Entry, Kind, Store, StoreError, When};

/// Says in the log that somebody answers for the clock, which is far from the last entry: entries are added again.
///
/// # Errors
/// The database refuses.
pub async fn confirm_clock(store: &Store, person: &str, at_us: i64) -> Result<(), StoreError> {
    let last_us = store.log_time().await?.last_us;
    let instant = |at_us: i64| {
        let at = jiff::Timestamp::from_microsecond(at_us);
        at.map_or_else(|_| format!("{at_us} µs since 1970-01-01"), |at| at.to_string())
    };
    let (clock, last_entry) = (Some(instant(at_us)), last_us.map(instant));
    let confirmed = Some(ClockConfirmed { person: person.to_owned(), clock, last_entry });
    let done = Done { did: Deed::ConfirmClock, about: "clock".to_owned(), confirmed };
    let body = TrailBody::Done(done).written();
    let entry = Entry { kind: Kind::Audit, at_us, subject: "server".to_owned(), body };
    let addition = Addition { entries: vec![entry], when: When::ClockConfirmed, ..Addition::default() };
    store.append(&[addition], at_us).await.map(|_| ())
}
