//! A day whose draws can be verified: today, whose key the server committed to before it drew, and whose key is revealed by an
//! entry of tomorrow, as the server itself will make it.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use greenlane_desk::keys::{Keys, key_file};
use greenlane_selection::{Algorithm, Commitment, Epoch, EpochKey};
use greenlane_store::{Addition, Entry, Kind, Store};
use greenlane_terms::calendar::Day;
use greenlane_terms::time::{begins_us, day_of};
use serde_json::{Value, json};

use crate::support::now_us;

/// The day on which the server draws.
pub fn today() -> Day {
    day_of(now_us())
}

/// Its epoch.
pub fn epoch() -> Epoch {
    Epoch::new(today().date())
}

/// The first instant of the day after it.
pub fn tomorrow_us() -> i64 {
    begins_us(today().plus_days(1))
}

/// The server's own key of a day.
pub fn own(epoch: Epoch, keys: &Keys) -> EpochKey {
    keys.draws.epoch_key(Algorithm::HmacSha256, epoch)
}

/// Adds an entry now, with the server's own keys.
pub fn append(database: &str, file: &Path, entry: impl FnOnce(&Keys, Epoch) -> Entry) {
    append_at(database, file, now_us(), |keys, epoch| vec![entry(keys, epoch)]);
}

/// Adds entries at that time, which goes on where the log's time is, with the server's own keys; the number of the first one.
pub fn append_at(
    database: &str,
    file: &Path,
    at_us: i64,
    entries: impl FnOnce(&Keys, Epoch) -> Vec<Entry>,
) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(database, 2).await.unwrap();
        let keys = Keys::open(&store, &key_file(file).unwrap()).await.unwrap();
        let first = store.frontier().await.unwrap().size();
        let entries = entries(&keys, epoch());
        store.append(&[Addition { entries, ..Addition::default() }], at_us).await.unwrap();
        store.sign_head(&keys.log, at_us).await.unwrap();
        store.close().await;
        first
    })
}

/// Tells the key of today, by an entry of tomorrow.
pub fn reveal_tomorrow(database: &str, file: &Path) {
    append_at(database, file, tomorrow_us(), |keys, epoch| vec![reveal(epoch, &own(epoch, keys))]);
}

pub fn commitment(epoch: Epoch, key: &EpochKey) -> Entry {
    let commitment = Commitment::of(epoch, key).to_string();
    of_key(
        Kind::Commitment,
        epoch,
        &json!({ "epoch": epoch, "algorithm": "hmac-sha256", "commitment": commitment }),
    )
}

pub fn reveal(epoch: Epoch, key: &EpochKey) -> Entry {
    of_key(
        Kind::Reveal,
        epoch,
        &json!({ "epoch": epoch, "algorithm": "hmac-sha256", "key": key.reveal_hex() }),
    )
}

pub fn of_key(kind: Kind, epoch: Epoch, body: &Value) -> Entry {
    Entry { kind, at_us: now_us(), subject: epoch.to_string(), body: body.to_string().into_bytes() }
}
