//! What the log says about a draft that is private: that something was kept, and nothing else until it is submitted.

use greenlane_casework::{Application, ApplicationBody, Opened, SealedBody};
use sha2::{Digest, Sha256};

use super::KeptApplication;

const LABEL: &[u8] = b"greenlane/sealed-draft/v1";

/// The body of an entry about an application: as it is, or, while the application is private, its number and SHA-256 of
/// `greenlane/sealed-draft/v1` ‖ seal ‖ the body.
pub(crate) fn sealed(kept: &KeptApplication, body: &ApplicationBody) -> Vec<u8> {
    match kept.seal.filter(|_| kept.application.is_private()) {
        None => body.written(),
        Some(seal) => SealedBody { application: kept.number, sealed: digest(&seal, body) }.written(),
    }
}

/// What the entry of the submission says besides, so that anybody can check what had been sealed: the seal, and the body that
/// the entry of its making would have had. `None` if nothing was sealed.
pub(crate) fn opened(
    before: &KeptApplication,
    created: impl FnOnce(&KeptApplication) -> ApplicationBody,
) -> Option<Opened> {
    let seal = before.seal.filter(|_| before.application.is_private())?;
    let draft = KeptApplication { application: Application::draft(before.of.kind), ..before.clone() };
    Some(Opened { seal: hex::encode(seal), created: Box::new(created(&draft)) })
}

fn digest(seal: &[u8; 32], body: &ApplicationBody) -> String {
    let hash = Sha256::new().chain_update(LABEL).chain_update(seal).chain_update(body.written());
    hex::encode(hash.finalize())
}
