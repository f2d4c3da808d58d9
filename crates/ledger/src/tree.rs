//! The arithmetic of the Merkle log (RFC 6962, section 2.1): hashes, the frontier of a growing tree, and which nodes a
//! proof is made of. No I/O.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Levels of which one node in [`STORED_EVERY`] levels is stored: 256 entries share one stored node.
pub const STORED_EVERY: u8 = 8;

/// Hash of one entry: SHA-256(0x00 ‖ entry).
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

/// Hash of two subtrees: SHA-256(0x01 ‖ left ‖ right).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// A perfect subtree: `2^level` entries from entry `index · 2^level` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// 0 for one entry.
    pub level: u8,
    /// Its number among the nodes of its level.
    pub index: u64,
}

impl Node {
    /// Whether the log stores this node, so that nobody computes it again.
    #[must_use]
    pub fn is_stored(self) -> bool {
        self.level > 0 && self.level.is_multiple_of(STORED_EVERY)
    }

    /// The stored nodes (or entries) that this node is computed from: first one and how many.
    #[must_use]
    pub fn base(self) -> (Node, u64) {
        let above = if self.is_stored() { 0 } else { self.level % STORED_EVERY };
        (Node { level: self.level - above, index: self.index << above }, 1 << above)
    }
}

/// Root of a perfect subtree whose `2^n` lower nodes are given.
#[must_use]
pub fn fold_perfect(mut nodes: Vec<Hash>) -> Option<Hash> {
    if !nodes.len().is_power_of_two() {
        return None;
    }
    while nodes.len() > 1 {
        nodes = nodes.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    nodes.pop()
}

/// Root over the perfect subtrees of a range, in order; the root of nothing is SHA-256 of nothing.
#[must_use]
pub fn fold_peaks(peaks: &[Hash]) -> Hash {
    let Some((last, before)) = peaks.split_last() else { return Sha256::digest([]).into() };
    before.iter().rfold(*last, |right, left| node_hash(left, &right))
}

/// A tree that grows: its size and the roots of the perfect subtrees that cover it, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// From what is stored; `None` if it is no frontier of that size.
    #[must_use]
    pub fn from_parts(size: u64, peaks: &[u8]) -> Option<Frontier> {
        let (peaks, rest) = peaks.as_chunks::<32>();
        let fits = rest.is_empty() && peaks.len() == size.count_ones() as usize;
        fits.then(|| Frontier { size, peaks: peaks.to_vec() })
    }

    /// Entries so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The peaks end to end, 32 bytes each.
    #[must_use]
    pub fn peaks(&self) -> Vec<u8> {
        self.peaks.concat()
    }

    /// Root hash of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold_peaks(&self.peaks)
    }

    /// Adds one entry; nodes to be stored go into `stored`.
    pub fn push(&mut self, leaf: Hash, stored: &mut Vec<(Node, Hash)>) {
        let (mut hash, mut node) = (leaf, Node { level: 0, index: self.size });
        while node.index & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            node = Node { level: node.level + 1, index: node.index >> 1 };
            if node.is_stored() {
                stored.push((node, hash));
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }
}

/// Entries `from .. to` as one part of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First entry.
    pub from: u64,
    /// One past the last entry.
    pub to: u64,
}

impl Span {
    /// The perfect subtrees that cover it, the largest first.
    #[must_use]
    pub fn peaks(self) -> Vec<Node> {
        let mut peaks = Vec::new();
        let mut at = self.from;
        while at < self.to {
            let level = (self.to - at).ilog2();
            // A span of a tree starts at a multiple of its own largest subtree.
            peaks.push(Node { level: level as u8, index: at >> level });
            at += 1 << level;
        }
        peaks
    }

    /// Where its tree is split: before the largest power of two below its length.
    fn split(self) -> u64 {
        let length = self.to - self.from;
        self.from + (1 << (length - 1).ilog2())
    }
}

/// The parts whose roots prove that entry `index` stands in a tree of `size` entries (RFC 6962, 2.1.1), deepest first.
#[must_use]
pub fn inclusion_spans(index: u64, size: u64) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut part = Span { from: 0, to: size };
    while part.to - part.from > 1 {
        let middle = part.split();
        let (left, right) = (Span { to: middle, ..part }, Span { from: middle, ..part });
        let (within, sibling) = if index < middle { (left, right) } else { (right, left) };
        spans.push(sibling);
        part = within;
    }
    spans.reverse();
    spans
}

/// The parts whose roots prove that the tree of `old` entries is the beginning of the one of `size` (RFC 6962, 2.1.2).
#[must_use]
pub fn consistency_spans(old: u64, size: u64) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut part = Span { from: 0, to: size };
    // Whether the part's own left edge has been the old tree's so far: then its root is known to the asker.
    let mut known = true;
    while part.to > old {
        let middle = part.split();
        let (left, right) = (Span { to: middle, ..part }, Span { from: middle, ..part });
        if old <= middle {
            spans.push(right);
            part = left;
        } else {
            spans.push(left);
            part = right;
            known = false;
        }
    }
    if !known {
        spans.push(part);
    }
    spans.reverse();
    spans
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    use super::*;

    fn leaf(at: u64) -> Vec<u8> {
        format!("entry {at}").into_bytes()
    }

    /// Another implementation of RFC 6962.
    fn tree(size: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
        let mut tree = MemoryBackedTree::new();
        (0..size).for_each(|at| tree.push(leaf(at)));
        tree
    }

    fn root_of(span: Span) -> Hash {
        let root = |node: Node| {
            let entries = (node.index << node.level)..(node.index + 1) << node.level;
            fold_perfect(entries.map(|at| leaf_hash(&leaf(at))).collect()).unwrap()
        };
        fold_peaks(&span.peaks().into_iter().map(root).collect::<Vec<_>>())
    }

    fn roots(spans: Vec<Span>) -> Vec<u8> {
        spans.into_iter().flat_map(root_of).collect()
    }

    #[test]
    fn the_root_of_a_growing_tree_is_that_of_another_implementation() {
        let (mut frontier, mut stored) = (Frontier::default(), Vec::new());
        assert_eq!(frontier.root()[..4], [0xe3, 0xb0, 0xc4, 0x42]);
        for at in 0..700 {
            frontier.push(leaf_hash(&leaf(at)), &mut stored);
            if at % 37 == 0 || at > 690 {
                assert_eq!(frontier.root(), **tree(at + 1).root().as_bytes(), "{at}");
                let again = Frontier::from_parts(frontier.size(), &frontier.peaks()).unwrap();
                assert_eq!(again, frontier);
            }
        }
        let nodes: Vec<Node> = stored.iter().map(|(node, _)| *node).collect();
        assert_eq!(nodes, [Node { level: 8, index: 0 }, Node { level: 8, index: 1 }]);
        assert_eq!(stored[1].1, root_of(Span { from: 256, to: 512 }));
    }

    #[test]
    fn a_frontier_of_another_size_is_none() {
        assert_eq!(Frontier::from_parts(3, &[0; 32]), None);
        assert_eq!(Frontier::from_parts(1, &[0; 33]), None);
        assert_eq!(Frontier::from_parts(0, &[]), Some(Frontier::default()));
    }

    #[test]
    fn a_node_is_computed_from_the_stored_ones_below() {
        assert_eq!(Node { level: 0, index: 5 }.base(), (Node { level: 0, index: 5 }, 1));
        assert_eq!(Node { level: 3, index: 1 }.base(), (Node { level: 0, index: 8 }, 8));
        assert_eq!(Node { level: 8, index: 7 }.base(), (Node { level: 8, index: 7 }, 1));
        assert_eq!(Node { level: 10, index: 1 }.base(), (Node { level: 8, index: 4 }, 4));
    }

    proptest! {
        #[test]
        fn proofs_are_those_of_another_implementation(size in 1u64..300, at in any::<prop::sample::Index>()) {
            let index = at.index(size as usize) as u64;
            let tree = tree(size);
            let inclusion = tree.prove_inclusion(index as usize);
            prop_assert_eq!(inclusion.as_bytes(), &roots(inclusion_spans(index, size))[..]);
            let old = index + 1;
            let consistency = tree.prove_consistency((size - old) as usize);
            prop_assert_eq!(consistency.as_bytes(), &roots(consistency_spans(old, size))[..]);
        }
    }
}
