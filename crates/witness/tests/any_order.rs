//! Whatever a log sends, in whatever order: what a witness has cosigned is one history that only grew.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ed25519_dalek::SigningKey;
use greenlane_witness::{
    Checkpoint, Hash, Head, KeyKind, Origin, Refusal, Submission, VerifierKey, Witness, WitnessKey,
    cosignature, empty_root,
};
use proptest::prelude::*;
use sha2::Sha256;

/// Histories of a log: all begin alike, the second differs from entry 3 on, the third from entry 17 on.
const FORKS: [u64; 3] = [u64::MAX, 3, 17];

const LONGEST: u64 = 40;

fn tree(fork: usize, size: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    (0..size).for_each(|at| {
        let history = if at < FORKS[fork] { 0 } else { fork };
        tree.push(format!("{history}/{at}").into_bytes());
    });
    tree
}

fn head(fork: usize, size: u64) -> Head {
    let root = if size == 0 {
        empty_root()
    } else {
        Hash::try_from(tree(fork, size).root().as_bytes().as_slice()).unwrap()
    };
    Head { size, root }
}

fn proof(fork: usize, old: u64, size: u64) -> Vec<Hash> {
    if old == 0 || old >= size {
        return Vec::new();
    }
    let proof = tree(fork, size).prove_consistency(usize::try_from(size - old).unwrap());
    proof.as_bytes().as_chunks::<32>().0.to_vec()
}

/// A call: which log and history, from what size to what size, and what is wrong with it.
#[derive(Clone, Debug)]
struct Call {
    log: usize,
    fork: usize,
    /// `None`: the size that the witness last cosigned, as an honest log would know it.
    old: Option<u64>,
    size: u64,
    /// History that the proof is of.
    proof_of: usize,
    wrong_key: bool,
    /// A bit of the body that is flipped.
    flipped: Option<usize>,
}

fn call() -> impl Strategy<Value = Call> {
    let old = prop::option::weighted(0.3, 0..LONGEST);
    let flipped = prop::option::weighted(0.1, any::<usize>());
    let fork = prop_oneof![4 => Just(0usize), 1 => Just(1usize), 1 => Just(2usize)];
    (
        0usize..2,
        fork,
        old,
        0..LONGEST,
        0usize..3,
        prop::bool::weighted(0.05),
        flipped,
        prop::bool::weighted(0.8),
    )
        .prop_map(|(log, fork, old, size, other, wrong_key, flipped, own_proof)| {
            let proof_of = if own_proof { fork } else { other };
            Call { log, fork, old, size, proof_of, wrong_key, flipped }
        })
}

struct Log {
    key: SigningKey,
    origin: Origin,
}

fn logs() -> [Log; 2] {
    [1, 2].map(|at| Log {
        key: SigningKey::from_bytes(&[at; 32]),
        origin: format!("log.example/{at}").parse().unwrap(),
    })
}

fn witness() -> Witness {
    let keys = logs()
        .map(|log| VerifierKey::new(log.origin.as_str(), KeyKind::Log, log.key.verifying_key()).unwrap());
    Witness::new(WitnessKey::new("witness.example/w1", &[9; 32]).unwrap(), keys)
}

fn body(call: &Call, last: Option<Head>) -> String {
    let log = &logs()[call.log];
    let old = call.old.unwrap_or_else(|| last.map_or(0, |last| last.size));
    let key = if call.wrong_key { SigningKey::from_bytes(&[77; 32]) } else { log.key.clone() };
    let note = Checkpoint::new(&log.origin, head(call.fork, call.size)).sign(&key);
    let body = Submission { old, proof: proof(call.proof_of, old, call.size), note }.to_string();
    let Some(bit) = call.flipped else { return body };
    let mut bytes = body.into_bytes();
    let at = bit % (bytes.len() * 7);
    bytes[at / 7] ^= 1 << (at % 7);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether some history has both heads.
fn are_of_one_history(one: Head, other: Head) -> bool {
    (0..FORKS.len()).any(|fork| head(fork, one.size) == one && head(fork, other.size) == other)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn what_was_cosigned_is_one_history_that_only_grew(calls in prop::collection::vec(call(), 1..40)) {
        let (witness, public) = (witness(), witness().public());
        let mut kept: BTreeMap<String, Head> = BTreeMap::new();
        let mut cosigned: BTreeMap<String, Vec<Head>> = BTreeMap::new();
        for call in &calls {
            let origin = logs()[call.log].origin.to_string();
            let Ok(submitted) = witness.read(&body(call, kept.get(&origin).copied())) else { continue };
            let origin = submitted.origin().to_owned();
            let Ok(accepted) = submitted.judge(kept.get(&origin).copied()) else { continue };
            let (note, line) = witness.cosign(&accepted, 1_700_000_000);
            prop_assert_eq!(cosignature::time_of(&public, note.text(), &line), Some(1_700_000_000));
            kept.insert(origin.clone(), accepted.head());
            cosigned.entry(origin).or_default().push(accepted.head());
        }
        for heads in cosigned.values() {
            prop_assert!(heads.is_sorted_by_key(|head| head.size));
            for (at, one) in heads.iter().enumerate() {
                prop_assert!(heads[at..].iter().all(|later| are_of_one_history(*one, *later)), "{:?}", heads);
            }
        }
    }

    #[test]
    fn an_honest_log_is_always_cosigned(sizes in prop::collection::vec(0..LONGEST, 1..20)) {
        let (witness, mut sizes, mut last) = (witness(), sizes, None);
        sizes.sort_unstable();
        for size in sizes {
            let call = Call { log: 0, fork: 0, old: None, size, proof_of: 0, wrong_key: false, flipped: None };
            let accepted = witness.read(&body(&call, last)).unwrap().judge(last);
            last = Some(accepted.unwrap().head());
        }
    }
}

#[test]
fn each_refusal_has_the_status_of_the_standard() {
    let witness = witness();
    let good =
        Call { log: 0, fork: 0, old: Some(10), size: 20, proof_of: 0, wrong_key: false, flipped: None };
    let kept = Some(head(0, 10));
    let answer = |call: &Call| witness.read(&body(call, kept)).and_then(|read| read.judge(kept));
    assert_eq!(answer(&good).unwrap().head(), head(0, 20));
    let cases = [
        (Call { old: Some(21), ..good.clone() }, Refusal::OldSize, 400),
        (Call { wrong_key: true, ..good.clone() }, Refusal::NotSigned, 403),
        (Call { old: Some(9), ..good.clone() }, Refusal::Conflict { size: 10 }, 409),
        (Call { old: Some(0), ..good.clone() }, Refusal::Conflict { size: 10 }, 409),
        (Call { size: 5, old: Some(5), ..good.clone() }, Refusal::Conflict { size: 10 }, 409),
        (Call { size: 10, fork: 1, proof_of: 1, ..good.clone() }, Refusal::OtherRoot { size: 10 }, 409),
        (Call { fork: 1, proof_of: 1, ..good.clone() }, Refusal::Proof, 422),
        (Call { proof_of: 1, ..good.clone() }, Refusal::Proof, 422),
    ];
    for (call, refusal, status) in cases {
        assert_eq!(answer(&call).unwrap_err(), refusal, "{call:?}");
        assert_eq!(refusal.status(), status);
    }
    assert_eq!(witness.read("old 1\n").unwrap_err(), Refusal::Malformed);
    let unknown = body(&good, kept).replace("log.example/1", "log.example/3");
    assert_eq!(witness.read(&unknown).unwrap_err(), Refusal::UnknownLog);
}
