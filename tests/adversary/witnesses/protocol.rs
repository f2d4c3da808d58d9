//! The witness over HTTP: every status of the standard, its memory across `kill -9`, and nobody can race it.

use std::sync::Barrier;

use ed25519_dalek::SigningKey;
use greenlane_store::{Frontier, leaf_hash};
use greenlane_witness::{
    Checkpoint, Head, KeyKind, Note, Origin, Submission, VerifierKey, cosignature, empty_root,
};

use super::process::{Home, Witness, decide, verifier_key, witnessed};
use crate::server::Server;
use crate::support::places::Places;
use crate::support::{greenlane, stderr, text};

/// A log of a test's own.
struct Log {
    key: SigningKey,
    origin: Origin,
}

impl Log {
    fn new() -> Log {
        Log { key: SigningKey::from_bytes(&[3; 32]), origin: "log.example/test".parse().unwrap() }
    }

    fn verifier_key(&self) -> String {
        VerifierKey::new(self.origin.as_str(), KeyKind::Log, self.key.verifying_key()).unwrap().to_string()
    }

    fn body(&self, old: u64, head: Head) -> String {
        self.body_with(old, head, Vec::new())
    }

    fn body_with(&self, old: u64, head: Head, proof: Vec<[u8; 32]>) -> String {
        Submission { old, proof, note: Checkpoint::new(&self.origin, head).sign(&self.key) }.to_string()
    }
}

/// A tree of two entries whose second one is `last`, and the proof from the tree of one.
fn two(last: &str) -> (Head, Vec<[u8; 32]>) {
    let mut tree = Frontier::default();
    let last = leaf_hash(last.as_bytes());
    tree.push(leaf_hash(b"first"), &mut Vec::new());
    tree.push(last, &mut Vec::new());
    (Head { size: 2, root: tree.root() }, vec![last])
}

fn one() -> Head {
    Head { size: 1, root: leaf_hash(b"first") }
}

fn key_of(witness: &Witness) -> VerifierKey {
    witness.key.parse().unwrap()
}

#[test]
fn a_witness_answers_as_the_standard_says_and_remembers_across_kill_9() {
    let (places, log) = (Places::new(), Log::new());
    let home = Home::new(&places, "witness.example");
    let witness = home.start(0, &[&log.verifier_key()]);
    assert_eq!(witness.get("/checkpoint").status, 404);
    assert_eq!(witness.add("hello").status, 400);
    assert_eq!(witness.add(&log.body(2, one())).status, 400);
    let unknown = Log { origin: "log.example/other".parse().unwrap(), key: log.key.clone() };
    assert_eq!(witness.add(&unknown.body(0, one())).status, 404);
    let thief = Log { key: SigningKey::from_bytes(&[4; 32]), origin: log.origin.clone() };
    assert_eq!(witness.add(&thief.body(0, one())).status, 403);
    assert_eq!(witness.add(&log.body_with(0, one(), vec![[1; 32]])).status, 422);

    let answer = witness.add(&log.body(0, one()));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let note = Checkpoint::new(&log.origin, one()).sign(&log.key);
    let cosigned = Note::parse(&format!("{note}{}", answer.body)).unwrap();
    assert!(cosignature::latest(&key_of(&witness), &cosigned).is_some());
    assert_eq!(witness.get("/checkpoint?origin=log.example%2Ftest").body, cosigned.to_string());
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest("log.example/test"));
    assert_eq!(witness.get(&format!("/{hash}/checkpoint")).body, cosigned.to_string());

    let (real, proof) = two("real");
    assert_eq!(witness.add(&log.body_with(1, real, vec![[9; 32]])).status, 422);
    assert_eq!(witness.add(&log.body_with(1, real, proof.clone())).status, 200);
    let conflict = witness.add(&log.body(0, one()));
    assert_eq!((conflict.status, conflict.body.as_str()), (409, "2\n"));
    assert_eq!(conflict.header("content-type"), Some("text/x.tlog.size"));
    assert_eq!(witness.add(&log.body(2, two("forged").0)).status, 409, "another root of the same size");
    assert_eq!(witness.add(&log.body(2, real)).status, 200, "the same head again");

    let second = home.command(0, &[&log.verifier_key()]).output().unwrap();
    assert!(stderr(&second, 4).contains("another witness uses this folder"));
    witness.kill();
    let witness = home.start(0, &[&log.verifier_key()]);
    let conflict = witness.add(&log.body(0, Head { size: 0, root: empty_root() }));
    assert_eq!((conflict.status, conflict.body.as_str()), (409, "2\n"), "it remembers");
    assert_eq!(witness.add(&log.body(2, two("forged").0)).status, 409);
}

#[test]
fn of_many_histories_that_are_sent_at_once_a_witness_cosigns_one() {
    let (places, log) = (Places::new(), Log::new());
    let witness = Home::new(&places, "witness.example").start(0, &[&log.verifier_key()]);
    assert_eq!(witness.add(&log.body(0, one())).status, 200);
    let start = Barrier::new(16);
    let send = |at: usize| {
        let (head, proof) = two(&format!("history {at}"));
        let body = log.body_with(1, head, proof);
        start.wait();
        witness.add(&body).status
    };
    let send = &send;
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|at| scope.spawn(move || send(at))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 409).count(), 15, "{answers:?}");
}

#[test]
fn two_servers_of_one_database_are_cosigned_by_a_quorum_without_a_false_alarm() {
    let places = Places::new();
    let (database, key_file) = (places.postgres(), places.key_file());
    let verifier_key = verifier_key(&database, &key_file);
    let witnesses = ["one", "two", "three"].map(|name| Home::new(&places, name).start(0, &[&verifier_key]));
    let listed = witnesses.each_ref().map(Witness::listed).join(", ");
    let more = ["--witnesses", listed.as_str()];
    let servers = [(); 2].map(|()| Server::start_with(&database, &key_file, &more));
    for round in 0..3 {
        servers.iter().enumerate().for_each(|(at, server)| decide(server, &format!("M{round}-{at}-"), 20));
        for server in &servers {
            witnessed(server);
        }
    }
    for server in &servers {
        let said = server.get("/v1/log/witnesses").json();
        assert_eq!((said["quorum"].as_u64(), said["is_stale"].as_bool()), (Some(2), Some(false)), "{said}");
        assert!(
            said["witnesses"].as_array().unwrap().iter().all(|one| one["disagreement"].is_null()),
            "{said}"
        );
    }
    // What is shown to everybody is checked with the keys alone.
    let shown = servers[0].get("/v1/log/checkpoint").body;
    let note = Note::parse(&shown).unwrap();
    Checkpoint::of_note(&note, &[verifier_key.parse().unwrap()]).unwrap();
    let cosigned = witnesses.iter().filter(|witness| cosignature::latest(&key_of(witness), &note).is_some());
    assert!(cosigned.count() >= 1, "{shown}");
}

#[test]
fn wrong_witnesses_are_named_before_a_server_starts() {
    let places = Places::new();
    let (database, key_file) = (places.sqlite(), places.key_file());
    let home = Home::new(&places, "witness.example");
    let key = std::fs::read_to_string(&home.key_file).unwrap();
    assert!(key.starts_with("PRIVATE+KEY+witness.example+"));
    let again = greenlane(&["witness", "new-key", "--name", "witness.example", text(&home.key_file)]);
    assert!(stderr(&again, 4).contains("exists"), "a key is never overwritten");
    let log = verifier_key(&database, &key_file);
    let listed = format!("http://127.0.0.1:9 {log}");
    let started = Server::command(&database, &key_file, &["--witnesses", &listed]).output().unwrap();
    assert!(stderr(&started, 4).contains("`witnesses` is "), "the key of a log is not that of a witness");
    let witness = home.start(0, &[&log]);
    let more = ["--witnesses", &witness.listed(), "--witness-quorum", "2"];
    let started = Server::command(&database, &key_file, &more).output().unwrap();
    assert!(stderr(&started, 4).contains("`witness_quorum` is 2, and there are 1 witnesses"));
}
