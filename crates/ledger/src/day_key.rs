//! What the log says about the key of a day's draws: a commitment before it, the key after it. Written and read by the same types.

use greenlane_selection::{Algorithm, Epoch};
use serde::{Deserialize, Serialize};

/// Body of an entry of kind `commitment`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitmentBody {
    /// The day.
    pub epoch: Epoch,
    /// The keyed hash.
    pub algorithm: Algorithm,
    /// 64 hexadecimal digits.
    pub commitment: String,
}

/// Body of an entry of kind `reveal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevealBody {
    /// The day.
    pub epoch: Epoch,
    /// The keyed hash.
    pub algorithm: Algorithm,
    /// The key, as 64 hexadecimal digits.
    pub key: String,
}
