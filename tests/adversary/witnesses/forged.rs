//! What somebody with the database, and even with the log's key, can do to it without a trace inside.

use greenlane_desk::keys::{Keys, key_file};
use greenlane_store::{Entry, Frontier, Hash, Kind, Store, TreeHead};
use greenlane_terms::numbers::EntryNumber;

use crate::support::sql;

/// Bytes in a statement of either database.
fn bytes(database: &str, bytes: &[u8]) -> String {
    let digits = hex::encode(bytes);
    if database.starts_with("sqlite") { format!("x'{digits}'") } else { format!("'\\x{digits}'") }
}

/// The statements that make a database have these entries, with everything of the tree, and no head.
struct Forged {
    database: String,
    statements: String,
    frontier: Frontier,
}

impl Forged {
    fn new(database: &str) -> Forged {
        let statements = "DELETE FROM log_node; DELETE FROM log_cosignature;".to_owned();
        Forged { database: database.to_owned(), statements, frontier: Frontier::default() }
    }

    fn push(&mut self, hash: Hash) {
        let mut nodes = Vec::new();
        self.frontier.push(hash, &mut nodes);
        for (node, hash) in nodes {
            let (level, index, hash) = (node.level, node.index, bytes(&self.database, &hash));
            self.statements +=
                &format!("INSERT INTO log_node (level, idx, hash) VALUES ({level}, {index}, {hash});");
        }
    }

    fn end(mut self) {
        let (size, peaks) = (self.frontier.size(), bytes(&self.database, &self.frontier.peaks()));
        self.statements += &format!(
            "UPDATE log_frontier SET size = {size}, peaks = {peaks}, last_at_us = (SELECT max(at_us) FROM log);"
        );
        sql::run(&self.database, &self.statements);
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn entries(database: &str) -> Vec<(EntryNumber, Entry)> {
    runtime().block_on(async {
        let store = Store::open(database, 2).await.unwrap();
        let all = store.entries(0, 1_000_000).await.unwrap();
        store.close().await;
        all
    })
}

/// Cuts the last entries off, with their heads and nodes. It takes no key.
pub fn cut_off(database: &str, last: usize) {
    let all = entries(database);
    let size = all.len() - last;
    let mut forged = Forged::new(database);
    all[..size].iter().for_each(|(_, entry)| forged.push(entry.hash()));
    forged.statements +=
        &format!("DELETE FROM log WHERE seq >= {size}; DELETE FROM log_head WHERE size > {size};");
    forged.end();
}

/// Changes an entry, rebuilds the tree and signs its heads again, with the key file of the server; the changed entry.
pub fn rewrite(database: &str, sealing: &std::path::Path) -> u64 {
    let mut all = entries(database);
    let (number, entry) = all.iter_mut().find(|(_, entry)| entry.kind == Kind::Audit).unwrap();
    // JSON that says the same: nobody who reads it wonders.
    entry.body.push(b' ');
    let number = number.get();
    let mark = i64::from_be_bytes(*entry.hash().first_chunk().unwrap()) ^ i64::try_from(number).unwrap();
    let body = bytes(database, &entry.body);
    let mut forged = Forged::new(database);
    forged.statements += &format!("UPDATE log SET body = {body}, mark = {mark} WHERE seq = {number};");
    all.iter().for_each(|(_, entry)| forged.push(entry.hash()));
    let (size, root) = (forged.frontier.size(), forged.frontier.root());
    let head = runtime().block_on(async {
        let store = Store::open(database, 2).await.unwrap();
        let keys = Keys::open(&store, &key_file(sealing).unwrap()).await.unwrap();
        store.close().await;
        TreeHead::sign(&keys.log, size, crate::support::now_us(), root)
    });
    let (at_us, root, signature) =
        (head.at_us, bytes(database, &head.root), bytes(database, &head.signature));
    forged.statements += &format!(
        "DELETE FROM log_head; INSERT INTO log_head (size, at_us, root, signature) \
         VALUES ({size}, {at_us}, {root}, {signature});"
    );
    forged.end();
    number
}
