//! What is known of the witnesses: which head each of them cosigned, when, and what is wrong.

use greenlane_store::{Hash, KeptCosignature};
use greenlane_witness::{Head, SignatureLine};

/// A head that a witness cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    pub head: Head,
    /// Seconds since 1970-01-01 UTC, as the witness says.
    pub at_s: u64,
    pub line: SignatureLine,
}

/// A witness knows another history of this log than the database has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Entries of the head that the witness knows, as far as it said.
    pub size: u64,
    /// Its root, where there is a checkpoint signed with this log's own key that proves it. A witness that only says so may
    /// be wrong, or lie; a checkpoint that it shows cannot.
    pub proof: Option<Hash>,
    /// Entries of the log when it was found.
    pub log_size: u64,
}

impl Doubt {
    /// What has happened to the log, in words.
    pub fn words(&self, witness: &str) -> String {
        let Doubt { size, proof, log_size } = self;
        let knows = match proof {
            Some(_) => {
                format!("witness {witness} has a checkpoint of {size} entries, signed with this log's key")
            }
            None => format!(
                "witness {witness} says that it cosigned a checkpoint of {size} entries, and does not show it"
            ),
        };
        match size > log_size {
            true => format!("the log was rolled back: {knows}; the log has {log_size}"),
            false => format!(
                "the log was rewritten: {knows}; the first {size} entries of the log have another root"
            ),
        }
    }
}

/// One witness.
#[derive(Clone, Debug, Default)]
pub struct WitnessSeen {
    /// Heads that it cosigned, the largest first.
    pub cosigned: Vec<Cosigned>,
    /// Why the last attempt failed, if it did.
    pub trouble: Option<String>,
    /// What it knows otherwise, if it does.
    pub doubt: Option<Doubt>,
    /// Attempts that failed one after the other.
    pub failures: u32,
    /// Not to be asked before, in microseconds since 1970-01-01 UTC.
    pub next_us: i64,
}

/// Heads of one witness that are remembered.
const MOST: usize = 64;

impl WitnessSeen {
    /// The largest head that it cosigned.
    pub fn last(&self) -> Option<&Cosigned> {
        self.cosigned.first()
    }

    /// Remembers a cosignature; whether it says more than what is remembered.
    pub fn add(&mut self, cosigned: Cosigned) {
        self.cosigned.retain(|one| one.head.size != cosigned.head.size || one.at_s > cosigned.at_s);
        let at = self.cosigned.partition_point(|one| one.head.size > cosigned.head.size);
        if self.cosigned.get(at).is_none_or(|one| one.head.size != cosigned.head.size) {
            self.cosigned.insert(at, cosigned);
            self.cosigned.truncate(MOST);
        }
    }
}

/// The head up to which a quorum of witnesses has seen the log. A witness that cosigned a larger head has seen the smaller
/// one too, so this is the smallest of the quorum's largest heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witnessed {
    /// Entries up to there.
    pub size: u64,
    /// When the quorum was there, in seconds since 1970-01-01 UTC.
    pub at_s: u64,
}

/// The quorum's head, of the largest head of each witness; `None` as long as there are not enough.
pub fn witnessed(last: impl Iterator<Item = (u64, u64)>, quorum: usize) -> Option<Witnessed> {
    let mut last: Vec<(u64, u64)> = last.collect();
    // Freshness first: a quorum that was there lately on the same size is the better one.
    last.sort_unstable_by_key(|(size, at_s)| (std::cmp::Reverse(*size), std::cmp::Reverse(*at_s)));
    let quorum = last.get(..quorum).filter(|quorum| !quorum.is_empty())?;
    let size = quorum.iter().map(|(size, _)| *size).min()?;
    Some(Witnessed { size, at_s: quorum.iter().map(|(_, at_s)| *at_s).min()? })
}

/// A cosignature as the store keeps it.
pub fn kept(origin: &str, witness: &str, cosigned: &Cosigned) -> KeptCosignature {
    let Cosigned { head: Head { size, root }, at_s, line } = cosigned;
    KeptCosignature {
        origin: origin.to_owned(),
        witness: witness.to_owned(),
        size: *size,
        root: *root,
        at_s: *at_s,
        line: line.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quorum_has_seen_what_its_slowest_witness_has_seen() {
        let of = |last: &[(u64, u64)], quorum| witnessed(last.iter().copied(), quorum);
        assert_eq!(of(&[], 1), None);
        assert_eq!(of(&[(9, 100)], 2), None);
        assert_eq!(of(&[(9, 100), (20, 90), (5, 300)], 2), Some(Witnessed { size: 9, at_s: 90 }));
        assert_eq!(of(&[(9, 100), (9, 300), (9, 200)], 2), Some(Witnessed { size: 9, at_s: 200 }));
        assert_eq!(of(&[(9, 100)], 0), None);
    }
}
