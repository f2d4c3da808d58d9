//! Random bytes of the operating system.

use crate::not_done::NotDone;

/// The operating system gives none.
#[derive(Debug, thiserror::Error)]
#[error("no random bytes from the operating system: {0}")]
pub struct NoRandom(getrandom::Error);

/// So many bytes.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandom> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(NoRandom)?;
    Ok(bytes)
}

impl From<NoRandom> for NotDone {
    fn from(error: NoRandom) -> NotDone {
        NotDone::internal(error.to_string())
    }
}
