//! What the log says about a draft that is private: that something was kept, and nothing else until it is submitted.

use greenlane_casework::Application;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::KeptApplication;

const LABEL: &[u8] = b"greenlane/sealed-draft/v1";

/// The body of an entry about an application: as it is, or, while the application is private, its number and SHA-256 of
/// `greenlane/sealed-draft/v1` ‖ seal ‖ the body.
pub(super) fn sealed(kept: &KeptApplication, body: Value) -> Value {
    match kept.seal.filter(|_| kept.application.is_private()) {
        None => body,
        Some(seal) => json!({ "application": kept.number, "sealed": digest(&seal, &body) }),
    }
}

/// What the entry of the submission says besides, so that anybody can check what had been sealed: the seal, and the body that
/// the entry of its making would have had. `None` if nothing was sealed.
pub(super) fn opened(
    before: &KeptApplication,
    created: impl FnOnce(&KeptApplication) -> Value,
) -> Option<Value> {
    let seal = before.seal.filter(|_| before.application.is_private())?;
    let draft = KeptApplication { application: Application::draft(before.of.kind), ..before.clone() };
    Some(json!({ "seal": hex::encode(seal), "created": created(&draft) }))
}

fn digest(seal: &[u8; 32], body: &Value) -> String {
    let hash = Sha256::new().chain_update(LABEL).chain_update(seal).chain_update(body.to_string());
    hex::encode(hash.finalize())
}
