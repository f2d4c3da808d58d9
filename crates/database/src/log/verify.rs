//! Checking a log against itself and against what was given away, entry by entry.

use std::collections::{BTreeMap, BTreeSet};

use ct_merkle::ConsistencyProof;
use greenlane_ledger::{Frontier, Hash, LogKey, Node, TreeHead, root_hash};
use sqlx::Row;

use super::append::mark_of;
use super::read;
use crate::error::StoreError;
use crate::pool::Database;
use crate::reading;

/// Entries that are read at a time.
const PAGE: u64 = 4_096;

/// One thing that is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogFault {
    /// There are more or fewer entries than the log counted.
    #[error("the log has counted {counted} entries, but entry {entry} is missing")]
    Missing {
        /// What the frontier says.
        counted: u64,
        /// The first one that is not there.
        entry: u64,
    },
    /// One entry is not what it was.
    #[error("entry {entry} ({subject}) is not what it was when it was logged")]
    Entry {
        /// Its number.
        entry: u64,
        /// What it is about.
        subject: String,
    },
    /// Some of 256 entries are not what they were, though each has the mark that belongs to it.
    #[error("entries {from} to {to} are not what they were when they were logged (node {level}/{index})")]
    Changed {
        /// First entry of the subtree.
        from: u64,
        /// Last entry of the subtree.
        to: u64,
        /// Level of the stored node.
        level: u8,
        /// Index of the stored node.
        index: u64,
    },
    /// The entries do not lead to the root that the log has.
    #[error("entries from {from} on are not what they were when they were logged: they lead to another root")]
    Root {
        /// First entry that no stored node covers.
        from: u64,
    },
    /// A tree head that was given away is not signed by this log's key.
    #[error("the tree head of {size} entries is not signed by this log's key")]
    Signature {
        /// Its size.
        size: u64,
    },
    /// A tree head that was given away has another root than the entries.
    #[error(
        "the tree head of {size} entries that was given away has another root than the first {size} entries"
    )]
    Head {
        /// Its size.
        size: u64,
    },
    /// There is an entry that the log never counted.
    #[error("entry {entry} stands after the end of the log, which has counted {counted}")]
    Added {
        /// What the frontier says.
        counted: u64,
        /// The entry.
        entry: u64,
    },
}

/// What reading a whole log came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifiedLog {
    /// Everything that is wrong with it.
    pub faults: Vec<LogFault>,
    /// Roots of the first so many entries, made from the entries alone, at the sizes that were asked for and that the log
    /// has. What the database says its nodes are plays no part.
    pub roots: BTreeMap<u64, Hash>,
}

/// Whether the tree of `new` begins with the tree of `old`.
#[must_use]
pub fn is_consistent(old: (u64, Hash), new: (u64, Hash), proof: &[u8]) -> bool {
    if old == new {
        return proof.is_empty();
    }
    let Ok(proof) = ConsistencyProof::try_from_bytes(proof.to_vec()) else { return false };
    root_hash(new.1, new.0).verify_consistency(&root_hash(old.1, old.0), &proof).is_ok()
}

/// Reads the whole log and says everything that is wrong with it.
pub async fn verify(
    database: &Database,
    key: &LogKey,
    sizes: &BTreeSet<u64>,
    mut progress: impl FnMut(u64),
) -> Result<VerifiedLog, StoreError> {
    let (mut faults, counted) = (Vec::new(), read::frontier(database).await?);
    let mut roots = BTreeMap::new();
    let heads = heads(database).await?;
    let mut waiting = heads.iter().peekable();
    // `made` are the nodes that the entries lead to.
    let (mut tree, mut made, mut at) = (Frontier::default(), Vec::new(), 0);
    let mut damaged_before = 0;
    loop {
        let page = read::entries(database, at, PAGE).await?;
        let marks = read::marks(database, at, PAGE).await?;
        for ((number, entry), mark) in page.iter().zip(marks) {
            let number = number.get();
            if number >= counted.size() {
                faults.push(LogFault::Added { counted: counted.size(), entry: number });
                continue;
            }
            while tree.size() < number {
                faults.push(LogFault::Missing { counted: counted.size(), entry: tree.size() });
                tree.push([0; 32], &mut made);
            }
            let hash = entry.hash();
            if mark_of(number, &hash) != mark {
                faults.push(LogFault::Entry { entry: number, subject: entry.subject.clone() });
            }
            tree.push(hash, &mut made);
            if sizes.contains(&tree.size()) {
                roots.insert(tree.size(), tree.root());
            }
            while let Some(head) = waiting.next_if(|head| head.size <= tree.size()) {
                check_head(head, &tree, key, &mut faults);
            }
        }
        for (node, hash) in made.drain(..).filter(|(node, _)| node.level == greenlane_ledger::STORED_EVERY) {
            if stored(database, node).await? != Some(hash) {
                let (from, to) = (node.index << node.level, ((node.index + 1) << node.level) - 1);
                faults.push(LogFault::Changed { from, to, level: node.level, index: node.index });
                damaged_before = to + 1;
            }
        }
        let Some((last, _)) = page.last() else { break };
        at = last.get() + 1;
        progress(at);
    }
    while tree.size() < counted.size() {
        faults.push(LogFault::Missing { counted: counted.size(), entry: tree.size() });
        tree.push([0; 32], &mut made);
    }
    if tree.root() != counted.root() && faults.is_empty() {
        faults.push(LogFault::Root { from: damaged_before.max(counted.size() & !0xff) });
    }
    faults.extend(waiting.map(|head| LogFault::Head { size: head.size }));
    Ok(VerifiedLog { faults, roots })
}

fn check_head(head: &TreeHead, tree: &Frontier, key: &LogKey, faults: &mut Vec<LogFault>) {
    if !head.is_signed_by(key) {
        faults.push(LogFault::Signature { size: head.size });
    }
    if head.size == tree.size() && head.root != tree.root() {
        faults.push(LogFault::Head { size: head.size });
    }
}

async fn stored(database: &Database, node: Node) -> Result<Option<Hash>, StoreError> {
    let sql = "SELECT hash FROM log_node WHERE level = $1 AND idx = $2";
    let (level, index) = (i32::from(node.level), i64::try_from(node.index).unwrap_or(i64::MAX));
    let hash: Option<Vec<u8>> = reading!(database, db => {
        let row = sqlx::query(sql).bind(level).bind(index).fetch_optional(db).await?;
        row.map(|row| row.try_get(0)).transpose()?
    });
    Ok(hash.and_then(|hash| hash.try_into().ok()))
}

/// Tree heads that were given away, the smallest first.
async fn heads(database: &Database) -> Result<Vec<TreeHead>, StoreError> {
    let sql = "SELECT size, at_us, root, signature FROM log_head ORDER BY size";
    let rows: Vec<(i64, i64, Vec<u8>, Vec<u8>)> =
        reading!(database, db => sqlx::query_as(sql).fetch_all(db).await?);
    let one = |(size, at_us, root, signature): (i64, i64, Vec<u8>, Vec<u8>)| {
        let size = u64::try_from(size).ok()?;
        Some(TreeHead { size, at_us, root: root.try_into().ok()?, signature: signature.try_into().ok()? })
    };
    let damaged = || StoreError::damaged("a tree head in the store cannot be read");
    rows.into_iter().map(|row| one(row).ok_or_else(damaged)).collect()
}
