//! Whether one tree is the beginning of another one (RFC 6962, 2.1.2; checked as RFC 9162, 2.1.4.2, describes).

use sha2::{Digest, Sha256};

use crate::Hash;
use crate::checkpoint::Head;

/// Root of the empty tree.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Whether a proof shows that the tree of `new` begins with the tree of `old`.
#[must_use]
pub fn is_consistent(old: Head, new: Head, proof: &[Hash]) -> bool {
    if old.size > new.size {
        return false;
    }
    if old.size == new.size {
        return proof.is_empty() && old.root == new.root;
    }
    if old.size == 0 {
        return proof.is_empty() && old.root == empty_root();
    }
    // The old root itself is the first node where it is one of the new tree.
    let first = if old.size.is_power_of_two() { Some((old.root, proof)) } else { None };
    let Some((start, rest)) = first.or_else(|| proof.split_first().map(|(start, rest)| (*start, rest)))
    else {
        return false;
    };
    let (mut at_old, mut at_new) = (old.size - 1, new.size - 1);
    let shift = at_old.trailing_ones();
    (at_old, at_new) = (at_old.checked_shr(shift).unwrap_or(0), at_new.checked_shr(shift).unwrap_or(0));
    let (mut of_old, mut of_new) = (start, start);
    for hash in rest {
        if at_new == 0 {
            return false;
        }
        if at_old & 1 == 1 || at_old == at_new {
            (of_old, of_new) = (node(hash, &of_old), node(hash, &of_new));
            while at_old & 1 == 0 && at_old != 0 {
                (at_old, at_new) = (at_old >> 1, at_new >> 1);
            }
        } else {
            of_new = node(&of_new, hash);
        }
        (at_old, at_new) = (at_old >> 1, at_new >> 1);
    }
    of_old == old.root && of_new == new.root && at_new == 0
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    use super::*;

    /// Another implementation of RFC 6962.
    fn tree(size: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
        let mut tree = MemoryBackedTree::new();
        (0..size).for_each(|at| tree.push(at.to_be_bytes().to_vec()));
        tree
    }

    fn head(size: u64) -> Head {
        let root = if size == 0 {
            empty_root()
        } else {
            Hash::try_from(tree(size).root().as_bytes().as_slice()).unwrap()
        };
        Head { size, root }
    }

    fn proof(old: u64, new: u64) -> Vec<Hash> {
        if old == 0 || old == new {
            return Vec::new();
        }
        let proof = tree(new).prove_consistency(usize::try_from(new - old).unwrap());
        proof.as_bytes().as_chunks::<32>().0.to_vec()
    }

    #[test]
    fn every_pair_of_small_trees_is_proved_as_another_implementation_proves_it() {
        for new in 0..40 {
            for old in 0..=new {
                let (from, to, proof) = (head(old), head(new), proof(old, new));
                assert!(is_consistent(from, to, &proof), "{old} {new}");
                let other = Head { root: [7; 32], ..to };
                assert!(old == 0 || !is_consistent(from, other, &proof), "{old} {new}");
                assert!(!is_consistent(Head { root: [7; 32], ..from }, to, &proof), "{old} {new}");
                assert!(old == new || !is_consistent(to, from, &proof), "{old} {new}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_changed_proof_proves_nothing(new in 2u64..200, at in any::<prop::sample::Index>(), bit in 0usize..256, part in any::<prop::sample::Index>()) {
            let old = 1 + at.index(new as usize - 1) as u64;
            let good = proof(old, new);
            prop_assert!(is_consistent(head(old), head(new), &good));
            let mut changed = good.clone();
            let changed_at = part.index(changed.len());
            changed[changed_at][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!is_consistent(head(old), head(new), &changed));
            let mut longer = good.clone();
            longer.push([1; 32]);
            prop_assert!(!is_consistent(head(old), head(new), &longer));
            prop_assert!(!is_consistent(head(old), head(new), &good[..good.len() - 1]));
        }

        #[test]
        fn no_bytes_make_it_panic(old in any::<u64>(), new in any::<u64>(), hashes in prop::collection::vec(any::<[u8; 32]>(), 0..70)) {
            let (from, to) = (Head { size: old, root: [1; 32] }, Head { size: new, root: [2; 32] });
            prop_assert!(!is_consistent(from, to, &hashes));
        }
    }
}
