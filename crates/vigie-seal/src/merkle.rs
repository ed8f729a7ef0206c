//! The tree of RFC 6962: its hashes, and the two proofs.
//!
//! What it is: pure functions over hashes of complete subtrees. A proof is planned first, as [`Span`]s of leaves, and each
//! span is the fold of a few complete subtrees that the caller fetches wherever it keeps them. What it is not: a store; and
//! it reads nothing from tiles, which is [`crate::tile`]'s part.
//!
//! The functions that verify recompute everything from what they are given, by the steps of RFC 9162, section 2.1.3 and
//! 2.1.4. To add a proof: plan it as spans, verify it apart from how it was made, and hold it to the naive tree of the tests.

use sha2::{Digest, Sha256};

/// A hash of the tree: of a leaf, of a subtree, or of all of it.
pub type Hash = [u8; 32];

/// The root of the tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// SHA-256(0x01 ‖ left ‖ right): RFC 6962 section 2.1.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The tree hash over nodes that stand side by side at one height; the last may stand for less than the others.
#[must_use]
pub fn root_of(nodes: &[Hash]) -> Hash {
    match nodes {
        [] => empty_root(),
        [one] => *one,
        _ => {
            let (left, right) = nodes.split_at(split(nodes.len() as u64) as usize);
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}

/// A complete subtree: 2^height leaves, the `index`-th of its height from the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// Its height; leaves have 0.
    pub height: u32,
    /// How many of its height stand left of it.
    pub index: u64,
}

/// Leaves from `start` up to, and without, `end`, that make one subtree of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first leaf.
    pub start: u64,
    /// The leaf after the last.
    pub end: u64,
}

impl Span {
    /// All leaves of a tree.
    #[must_use]
    pub fn whole(size: u64) -> Self {
        Self { start: 0, end: size }
    }

    /// The complete subtrees whose [`fold`] is the hash of this span, from left to right.
    #[must_use]
    pub fn nodes(self) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut start = self.start;
        while start < self.end {
            let fits = u64::BITS - 1 - (self.end - start).leading_zeros();
            let height = fits.min(start.trailing_zeros());
            nodes.push(Node { height, index: start >> height });
            start += 1 << height;
        }
        nodes
    }

    fn halves(self) -> (Self, Self) {
        let middle = self.start + split(self.end - self.start);
        (Self { start: self.start, end: middle }, Self { start: middle, end: self.end })
    }
}

/// The hash of a span, from the hashes of its [`Span::nodes`].
#[must_use]
pub fn fold(nodes: &[Hash]) -> Hash {
    let Some((last, before)) = nodes.split_last() else { return empty_root() };
    before.iter().rev().fold(*last, |right, left| node_hash(left, &right))
}

/// What proves that leaf `index` stands in the tree of `size` leaves: the hashes of these spans, from leaf to root.
/// Nothing proves it where it does not stand there.
#[must_use]
pub fn inclusion(index: u64, size: u64) -> Vec<Span> {
    let mut beside = Vec::new();
    let mut within = Span::whole(size);
    while index < size && within.end - within.start > 1 {
        let (left, right) = within.halves();
        let (inside, outside) = if index < left.end { (left, right) } else { (right, left) };
        beside.push(outside);
        within = inside;
    }
    beside.reverse();
    beside
}

/// What proves that the tree of `size` leaves begins with the tree of `old` leaves: the hashes of these spans.
#[must_use]
pub fn consistency(old: u64, size: u64) -> Vec<Span> {
    let mut spans = Vec::new();
    if old == 0 || old >= size {
        return spans;
    }
    let mut within = Span::whole(size);
    let mut is_left_edge = true;
    while old != within.end {
        let (left, right) = within.halves();
        if old <= left.end {
            spans.push(right);
            within = left;
        } else {
            spans.push(left);
            within = right;
            is_left_edge = false;
        }
    }
    if !is_left_edge {
        spans.push(within);
    }
    spans.reverse();
    spans
}

/// Whether `proof` shows that this leaf stands at `index` in the tree of this size and root.
#[must_use]
pub fn includes(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut from_left, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for beside in proof {
        if last == 0 {
            return false;
        }
        if from_left & 1 == 1 || from_left == last {
            hash = node_hash(beside, &hash);
            while from_left & 1 == 0 && from_left != 0 {
                from_left >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, beside);
        }
        from_left >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// A tree by its size and root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tree {
    /// How many leaves it has.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

/// Whether `proof` shows that the tree `new` begins with the tree `old`.
#[must_use]
pub fn extends(old: &Tree, new: &Tree, proof: &[Hash]) -> bool {
    if old.size == 0 {
        return proof.is_empty() && old.root == empty_root();
    }
    if old.size >= new.size {
        return old.size == new.size && proof.is_empty() && old.root == new.root;
    }
    let mut hashes = proof.iter();
    let first = if old.size.is_power_of_two() { Some(&old.root) } else { hashes.next() };
    let Some(first) = first else { return false };
    let (mut from_left, mut last) = (old.size - 1, new.size - 1);
    let odd = from_left.trailing_ones();
    from_left >>= odd;
    last >>= odd;
    let (mut old_root, mut new_root) = (*first, *first);
    for beside in hashes {
        if last == 0 {
            return false;
        }
        if from_left & 1 == 1 || from_left == last {
            old_root = node_hash(beside, &old_root);
            new_root = node_hash(beside, &new_root);
            while from_left & 1 == 0 && from_left != 0 {
                from_left >>= 1;
                last >>= 1;
            }
        } else {
            new_root = node_hash(&new_root, beside);
        }
        from_left >>= 1;
        last >>= 1;
    }
    last == 0 && old_root == old.root && new_root == new.root
}

#[cfg(test)]
mod tests;
