//! A day whose draws can be verified: its key is committed to before they are made, and revealed after them.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use greenlane_selection::{Algorithm, Commitment, Epoch, EpochKey};
use greenlane_server::{Keys, key_file, now_us};
use greenlane_store::{Addition, Entry, Kind, Store};
use serde_json::{Value, json};

/// Day of the matters that are drawn with a key which is committed to before and revealed after them.
pub const DAY: &str = "2024-02-29";

/// The server's own key of a day.
pub fn own(epoch: Epoch, keys: &Keys) -> EpochKey {
    keys.draws.epoch_key(Algorithm::HmacSha256, epoch)
}

/// Adds an entry about the key of [`DAY`] as the server itself does on its schedule, with the server's own keys.
pub fn append(database: &str, file: &Path, entry: impl FnOnce(&Keys, Epoch) -> Entry) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(database, 2).await.unwrap();
        let keys = Keys::open(&store, &key_file(file).unwrap()).await.unwrap();
        let entries = vec![entry(&keys, DAY.parse().unwrap())];
        store.append(&[Addition { entries, ..Addition::default() }], now_us()).await.unwrap();
        store.sign_head(&keys.log, now_us()).await.unwrap();
        store.close().await;
    });
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
