//! The log against heads that others know: files that were kept, and checkpoints that witnesses cosigned.
//!
//! Whoever has the database can cut the log short, and whoever has the log's key too can write another history: nothing
//! inside tells. A head that somebody else has kept does.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_outbound::witnesses::{Client, Witnessed, witnessed};
use greenlane_store::{Hash, KeptCosignature, LogKey, Receipt, Store, StoreError, TreeHead};
use greenlane_witness::{Checkpoint, Head, KeyKind, Note, SignatureLine, VerifierKey, cosignature};

/// What is known from outside, and what is demanded.
#[derive(Clone, Debug, Default)]
pub struct WitnessDemand {
    /// Heads that were kept: where each is from, and its text (a tree head or a receipt as JSON, or a checkpoint).
    pub heads: Vec<(String, String)>,
    /// Addresses of witnesses that are asked for their last checkpoint.
    pub ask: Vec<String>,
    /// Name of the log under which they know it.
    pub origin: String,
    /// Witnesses that count.
    pub witnesses: Vec<VerifierKey>,
    /// How many of them must have cosigned; 0: none.
    pub quorum: usize,
    /// How long ago that may be, in seconds; `None`: ever so long.
    pub within_s: Option<u64>,
}

/// What the heads that others know come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WitnessReport {
    /// Heads of this log that were compared with its entries.
    pub compared: usize,
    /// Of each witness that counts, by name: entries of the largest head of this log that it cosigned, and when (seconds
    /// since 1970-01-01 UTC).
    pub cosigned: BTreeMap<String, (u64, u64)>,
    /// Entries that the quorum has seen.
    pub witnessed: Option<u64>,
    /// What is wrong.
    pub faults: Vec<WitnessFault>,
}

/// One thing that is wrong between the log and what others know of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessFault {
    /// Not a head.
    #[error("{source_name}: neither a tree head or receipt (JSON) nor a checkpoint: {reason}")]
    Unreadable {
        /// Where it is from.
        source_name: String,
        /// Why.
        reason: String,
    },
    /// Signed by another key.
    #[error("{source_name}: its head is not signed by this log's key")]
    NotSigned {
        /// Where it is from.
        source_name: String,
    },
    /// The log has fewer entries than a head that it signed.
    #[error(
        "the log was rolled back: it has {size} entries, and {source_name} has a head of {known} entries that this log \
         signed"
    )]
    RolledBack {
        /// Where the head is from.
        source_name: String,
        /// Its entries.
        known: u64,
        /// Entries of the log.
        size: u64,
    },
    /// The entries lead to another root than a head that the log signed.
    #[error(
        "the history was rewritten: the first {known} entries lead to another root than the head of {source_name}, which \
         this log signed"
    )]
    Rewritten {
        /// Where the head is from.
        source_name: String,
        /// Its entries.
        known: u64,
    },
    /// A cosignature that the database keeps is not one.
    #[error("the cosignature of {witness} of {size} entries in the database does not hold")]
    Unsound {
        /// The witness.
        witness: String,
        /// Entries of the head that it would be of.
        size: u64,
    },
    /// A witness shows nothing.
    #[error("the witness at {url} shows no checkpoint of this log: {reason}")]
    Silent {
        /// Where it was asked.
        url: String,
        /// Why.
        reason: String,
    },
    /// Too few have cosigned a head that the log has.
    #[error(
        "no quorum: {valid} of {witnesses} witnesses have cosigned a head that this log has, {quorum} must have"
    )]
    NoQuorum {
        /// How many have.
        valid: usize,
        /// That count.
        witnesses: usize,
        /// How many must have.
        quorum: usize,
    },
    /// The quorum has not cosigned for too long.
    #[error(
        "no quorum lately: the quorum was last there {hours} h ago, at {size} entries; allowed are {allowed} h"
    )]
    Old {
        /// How long ago.
        hours: u64,
        /// Entries that it has seen.
        size: u64,
        /// How long ago it may be.
        allowed: u64,
    },
}

/// A head that this log signed, as somebody else knows it.
#[derive(Clone, Debug)]
struct Known {
    source_name: String,
    head: Head,
    /// If it is a checkpoint.
    note: Option<Note>,
}

/// Heads from outside, before the log is read.
#[derive(Clone, Debug, Default)]
pub struct KnownHeads {
    known: Vec<Known>,
    faults: Vec<WitnessFault>,
}

/// Gathers what is demanded: reads files, asks witnesses, and takes the cosignatures that the database keeps.
///
/// # Errors
/// The database refuses.
pub async fn known_heads(
    store: &Store,
    key: &LogKey,
    demand: &WitnessDemand,
) -> Result<KnownHeads, StoreError> {
    let mut gathered = KnownHeads::default();
    for (source_name, text) in &demand.heads {
        match read(source_name, text, key) {
            Ok(known) => gathered.known.push(known),
            Err(fault) => gathered.faults.push(fault),
        }
    }
    let client = Client::default();
    for url in &demand.ask {
        let log = VerifierKey::new(&demand.origin, KeyKind::Log, *key.public());
        let shown = match &log {
            Some(log) => client.last(url, log).await,
            None => Err("the origin is not a name".to_owned()),
        };
        match shown {
            Ok((note, checkpoint)) => {
                let source_name = format!("the witness at {url}");
                gathered.known.push(Known { source_name, head: checkpoint.head, note: Some(note) });
            }
            Err(reason) => gathered.faults.push(WitnessFault::Silent { url: url.clone(), reason }),
        }
    }
    // They count towards the quorum like any other; a database that was cut short has none that tell.
    for kept in store.cosignatures().await? {
        match of_database(&kept, &demand.witnesses) {
            Ok(known) => gathered.known.extend(known),
            Err(fault) => gathered.faults.push(fault),
        }
    }
    Ok(gathered)
}

/// A cosignature of the database; `None` if it is of no witness that counts.
fn of_database(kept: &KeptCosignature, witnesses: &[VerifierKey]) -> Result<Option<Known>, WitnessFault> {
    let Some(key) = witnesses.iter().find(|key| key.to_string() == kept.witness) else { return Ok(None) };
    let head = Head { size: kept.size, root: kept.root };
    let note = held(kept, head, key);
    let unsound = || WitnessFault::Unsound { witness: key.name().to_owned(), size: kept.size };
    let source_name = format!("a cosignature of {} in the database", key.name());
    Ok(Some(Known { source_name, head, note: Some(note.ok_or_else(unsound)?) }))
}

/// The checkpoint that a witness cosigned; `None` if its signature does not hold.
fn held(kept: &KeptCosignature, head: Head, key: &VerifierKey) -> Option<Note> {
    let checkpoint = Checkpoint::new(&kept.origin.parse().ok()?, head);
    let line = SignatureLine::parse(kept.line.trim_end())?;
    cosignature::time_of(key, &checkpoint.to_string(), &line)?;
    Note::parse(&format!("{checkpoint}\n{line}")).ok()
}

/// Reads a head that this log signed: a tree head or a receipt as JSON, or a checkpoint under whatever name.
fn read(source_name: &str, text: &str, key: &LogKey) -> Result<Known, WitnessFault> {
    let of = source_name.to_owned();
    let unreadable =
        |reason: String| WitnessFault::Unreadable { source_name: source_name.to_owned(), reason };
    let not_signed = || WitnessFault::NotSigned { source_name: source_name.to_owned() };
    if text.trim_start().starts_with('{') {
        let head: Result<TreeHead, _> = serde_json::from_str(text);
        let head = head.or_else(|_| serde_json::from_str::<Receipt>(text).map(|receipt| receipt.head));
        let head = head.map_err(|error| unreadable(error.to_string()))?;
        if !head.is_signed_by(key) {
            return Err(not_signed());
        }
        let head = Head { size: head.size, root: head.root };
        return Ok(Known { source_name: of, head, note: None });
    }
    let note = Note::parse(text).map_err(|fault| unreadable(fault.to_string()))?;
    let named = Checkpoint::parse(note.text()).map_err(|fault| unreadable(fault.to_string()))?;
    let log = VerifierKey::new(&named.origin, KeyKind::Log, *key.public()).ok_or_else(not_signed)?;
    let checkpoint = Checkpoint::of_note(&note, &[log]).map_err(|_| not_signed())?;
    Ok(Known { source_name: of, head: checkpoint.head, note: Some(note) })
}

impl KnownHeads {
    /// Sizes at which the root of the entries is needed.
    #[must_use]
    pub fn sizes(&self) -> BTreeSet<u64> {
        self.known.iter().map(|known| known.head.size).collect()
    }

    /// Compares with a log of `size` entries that lead to these roots; `now_s` is the time in seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn judge(
        self,
        demand: &WitnessDemand,
        size: u64,
        roots: &BTreeMap<u64, Hash>,
        now_s: u64,
    ) -> WitnessReport {
        let mut report =
            WitnessReport { compared: self.known.len(), faults: self.faults, ..WitnessReport::default() };
        for Known { source_name, head, note } in self.known {
            let known = head.size;
            let is_there = known == 0 || roots.get(&known) == Some(&head.root);
            match (known > size, is_there) {
                (true, _) => report.faults.push(WitnessFault::RolledBack { source_name, known, size }),
                (false, false) => report.faults.push(WitnessFault::Rewritten { source_name, known }),
                (false, true) => report.count(note.as_ref(), known, &demand.witnesses),
            }
        }
        report.demand(demand, now_s);
        report
    }
}

impl WitnessReport {
    /// Counts the cosignatures of a checkpoint that the log has.
    fn count(&mut self, note: Option<&Note>, size: u64, witnesses: &[VerifierKey]) {
        let Some(note) = note else { return };
        for witness in witnesses {
            let Some(at_s) = cosignature::latest(witness, note) else { continue };
            let best = self.cosigned.entry(witness.name().to_owned()).or_default();
            *best = (*best).max((size, at_s));
        }
    }

    /// Whether enough have cosigned, and lately enough.
    fn demand(&mut self, demand: &WitnessDemand, now_s: u64) {
        let WitnessDemand { quorum, within_s, .. } = *demand;
        let Some(Witnessed { size, at_s }) = witnessed(self.cosigned.values().copied(), quorum) else {
            if quorum > 0 {
                let (valid, witnesses) = (self.cosigned.len(), demand.witnesses.len());
                self.faults.push(WitnessFault::NoQuorum { valid, witnesses, quorum });
            }
            return;
        };
        self.witnessed = Some(size);
        let ago_s = now_s.saturating_sub(at_s);
        if let Some(within_s) = within_s.filter(|within_s| ago_s > *within_s) {
            let (hours, allowed) = (ago_s / 3_600, within_s / 3_600);
            self.faults.push(WitnessFault::Old { hours, size, allowed });
        }
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use greenlane_witness::{Origin, Submission, Witness, WitnessKey};

    use super::*;

    const ROOT: Hash = [7; 32];

    fn log() -> (SigningKey, Origin) {
        (SigningKey::from_bytes(&[2; 32]), "log.example".parse().unwrap())
    }

    /// A checkpoint of ten entries that a witness cosigned at second 1,000.
    fn cosigned(witness: &WitnessKey) -> String {
        let (key, origin) = log();
        let head = Head { size: 10, root: ROOT };
        let of_log = VerifierKey::new(origin.as_str(), KeyKind::Log, key.verifying_key()).unwrap();
        let note = Checkpoint::new(&origin, head).sign(&key);
        let witness = Witness::new(witness.clone(), [of_log]);
        let body = Submission { old: 0, proof: Vec::new(), note }.to_string();
        let accepted = witness.read(&body).unwrap().judge(None).unwrap();
        witness.cosign(&accepted, 1_000).0.to_string()
    }

    fn judged(demand: &WitnessDemand, text: &str, size: u64, root: Hash) -> WitnessReport {
        let known = read("a.txt", text, &LogKey::of(&log().0)).unwrap();
        let known = KnownHeads { known: vec![known], faults: Vec::new() };
        known.judge(demand, size, &BTreeMap::from([(10, root)]), 1_000 + 7_200)
    }

    #[test]
    fn each_fault_has_its_own_words() {
        let key = WitnessKey::new("w.example", &[1; 32]).unwrap();
        let (text, witnesses) = (cosigned(&key), vec![key.public()]);
        let demand = WitnessDemand { witnesses, quorum: 1, ..WitnessDemand::default() };
        let sound = judged(&demand, &text, 12, ROOT);
        assert_eq!((sound.witnessed, sound.faults.len()), (Some(10), 0));
        let late = WitnessDemand { within_s: Some(3_600), ..demand.clone() };
        assert_eq!(
            judged(&late, &text, 12, ROOT).faults,
            [WitnessFault::Old { hours: 2, size: 10, allowed: 1 }]
        );
        let source_name = || "a.txt".to_owned();
        let none = WitnessFault::NoQuorum { valid: 0, witnesses: 1, quorum: 1 };
        let back = WitnessFault::RolledBack { source_name: source_name(), known: 10, size: 9 };
        assert_eq!(judged(&demand, &text, 9, ROOT).faults, [back, none.clone()]);
        let rewritten = WitnessFault::Rewritten { source_name: source_name(), known: 10 };
        assert_eq!(judged(&demand, &text, 12, [8; 32]).faults, [rewritten, none]);
    }

    #[test]
    fn a_cosignature_of_the_database_that_does_not_hold_is_told() {
        let key = WitnessKey::new("w.example", &[1; 32]).unwrap();
        let text = cosigned(&key);
        let line = format!("{}\n", text.lines().last().unwrap());
        let (origin, witness) = ("log.example".to_owned(), key.public().to_string());
        let kept = KeptCosignature { origin, witness, size: 10, root: ROOT, at_s: 1_000, line };
        let of = |kept: &KeptCosignature| of_database(kept, &[key.public()]).map(|known| known.is_some());
        assert_eq!(of(&kept), Ok(true));
        assert_eq!(
            of(&KeptCosignature { witness: String::new(), ..kept.clone() }),
            Ok(false),
            "it does not count"
        );
        for changed in [
            KeptCosignature { size: 11, ..kept.clone() },
            KeptCosignature { root: [8; 32], ..kept.clone() },
            KeptCosignature { origin: "other.example".to_owned(), ..kept.clone() },
            KeptCosignature { origin: String::new(), ..kept.clone() },
            KeptCosignature { line: "— w.example AAAA\n".to_owned(), ..kept.clone() },
            KeptCosignature { line: String::new(), ..kept },
        ] {
            let (witness, size) = ("w.example".to_owned(), changed.size);
            assert_eq!(of(&changed), Err(WitnessFault::Unsound { witness, size }), "{changed:?}");
        }
    }

    #[test]
    fn a_head_of_another_log_is_not_taken() {
        let text = cosigned(&WitnessKey::new("w.example", &[1; 32]).unwrap());
        let other = LogKey::of(&SigningKey::from_bytes(&[3; 32]));
        let fault = WitnessFault::NotSigned { source_name: "a.txt".to_owned() };
        assert_eq!(read("a.txt", &text, &other).unwrap_err(), fault);
    }
}
