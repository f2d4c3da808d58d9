//! A receipt: one entry, its path to a signed tree head. Whoever has the log's public key checks it offline.

use ct_merkle::{InclusionProof, RootHash};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::entry::Entry;
use crate::head::{LogKey, TreeHead};
use crate::tree::Hash;

/// What a stranger needs to check that an entry stands in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Number of the entry.
    pub entry: u64,
    /// The bytes of the entry in the tree ([`Entry::leaf`]).
    #[serde(with = "hex::serde")]
    pub leaf: Vec<u8>,
    /// Hashes from the entry up to the root (RFC 6962, 2.1.1), end to end.
    #[serde(with = "hex::serde")]
    pub path: Vec<u8>,
    /// The tree head the path leads to.
    pub head: TreeHead,
}

/// Why a receipt proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFault {
    /// Another key signed the head, or it was changed.
    #[error("the tree head is not signed by this log's key")]
    Signature,
    /// The path does not lead from the entry to the head.
    #[error(
        "the path does not lead from the entry to the tree head: the entry, its number or the path was changed"
    )]
    Path,
    /// The bytes are no entry.
    #[error("the bytes of the entry cannot be read")]
    Entry,
}

impl Receipt {
    /// Checks signature and path; gives the entry.
    ///
    /// # Errors
    /// What does not hold.
    pub fn verify(&self, key: &LogKey) -> Result<Entry, ReceiptFault> {
        if !self.head.is_signed_by(key) {
            return Err(ReceiptFault::Signature);
        }
        let proof = InclusionProof::<Sha256>::try_from_bytes(self.path.clone());
        let proof = proof.map_err(|_| ReceiptFault::Path)?;
        let root = root_hash(self.head.root, self.head.size);
        root.verify_inclusion(&self.leaf, self.entry, &proof).map_err(|_| ReceiptFault::Path)?;
        Entry::from_leaf(&self.leaf).ok_or(ReceiptFault::Entry)
    }
}

/// A root as the other implementation of RFC 6962 has it.
#[must_use]
pub fn root_hash(root: Hash, size: u64) -> RootHash<Sha256> {
    RootHash::new(root.into(), size)
}
