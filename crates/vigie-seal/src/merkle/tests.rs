//! The tree against a naive one, written from the definitions of RFC 6962 alone.

use proptest::prelude::*;

use super::*;
use crate::ledger::leaf_hash;

/// MTH(D\[n\]) of RFC 6962 section 2.1, by its letter.
fn naive(leaves: &[Hash]) -> Hash {
    match leaves.len() {
        0 => empty_root(),
        1 => leaves[0],
        count => {
            let half = (1..).map(|power| 1 << power).take_while(|half| *half < count).last().unwrap_or(1);
            node_hash(&naive(&leaves[..half]), &naive(&leaves[half..]))
        }
    }
}

/// PATH(m, D\[n\]) of RFC 6962 section 2.1.1.
fn naive_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return vec![];
    }
    let half = split(leaves.len() as u64) as usize;
    let (inside, beside) = if index < half {
        (naive_path(index, &leaves[..half]), naive(&leaves[half..]))
    } else {
        (naive_path(index - half, &leaves[half..]), naive(&leaves[..half]))
    };
    [inside, vec![beside]].concat()
}

/// SUBPROOF(m, D\[n\], b) of RFC 6962 section 2.1.2.
fn naive_subproof(old: usize, leaves: &[Hash], is_known: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if is_known { vec![] } else { vec![naive(leaves)] };
    }
    let half = split(leaves.len() as u64) as usize;
    if old <= half {
        [naive_subproof(old, &leaves[..half], is_known), vec![naive(&leaves[half..])]].concat()
    } else {
        [naive_subproof(old - half, &leaves[half..], false), vec![naive(&leaves[..half])]].concat()
    }
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
}

/// The hashes of spans, from complete subtrees, as a store would give them.
fn hashes(spans: &[Span], leaves: &[Hash]) -> Vec<Hash> {
    let of_node = |node: Node| {
        let first = (node.index << node.height) as usize;
        naive(&leaves[first..first + (1 << node.height)])
    };
    spans.iter().map(|span| fold(&span.nodes().into_iter().map(of_node).collect::<Vec<_>>())).collect()
}

#[test]
fn the_hashes_agree_with_the_published_vectors() {
    assert_eq!(hex::encode(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(
        hex::encode(leaf_hash(b"abc")),
        "609f6e36d2405585188d5cfd761f407c7cc46a7d3f314c88270469dde315fcd1"
    );
}

proptest! {
    #[test]
    fn roots_and_proofs_are_those_of_the_definitions(size in 1_u64..700, index in any::<u64>(), old in any::<u64>()) {
        let leaves = leaves(size);
        let (index, old) = (index % size, 1 + old % size);
        let root = naive(&leaves);
        prop_assert_eq!(root_of(&leaves), root);
        prop_assert_eq!(hashes(&[Span::whole(size)], &leaves), vec![root]);

        let path = hashes(&inclusion(index, size), &leaves);
        prop_assert_eq!(&path, &naive_path(index as usize, &leaves));
        prop_assert!(includes(&leaves[index as usize], index, size, &path, &root));

        let proof = hashes(&consistency(old, size), &leaves);
        prop_assert_eq!(&proof, &naive_subproof(old as usize, &leaves, true));
        let before = Tree { size: old, root: naive(&leaves[..old as usize]) };
        let after = Tree { size, root };
        prop_assert!(extends(&before, &after, &proof));
    }

    #[test]
    fn a_proof_that_was_altered_proves_nothing(
        size in 2_u64..300, index in any::<u64>(), old in any::<u64>(), place in any::<usize>(), bit in 0_usize..256,
    ) {
        let leaves = leaves(size);
        let (index, old) = (index % size, 1 + old % (size - 1));
        let root = naive(&leaves);
        let leaf = &leaves[index as usize];
        let flip = |proof: &[Hash]| {
            let mut altered = proof.to_vec();
            altered[place % proof.len()][bit / 8] ^= 1 << (bit % 8);
            altered
        };

        let path = naive_path(index as usize, &leaves);
        prop_assert!(!includes(leaf, index, size, &flip(&path), &root));
        prop_assert!(!includes(leaf, index, size, &path[1..], &root));
        prop_assert!(!includes(leaf, index, size, &[path.clone(), vec![root]].concat(), &root));
        prop_assert!(!includes(leaf, index + 1, size, &path, &root));

        let proof = naive_subproof(old as usize, &leaves, true);
        let (before, after) = (Tree { size: old, root: naive(&leaves[..old as usize]) }, Tree { size, root });
        prop_assert!(!extends(&before, &after, &flip(&proof)));
        prop_assert!(!extends(&before, &after, &proof[1..]));
        prop_assert!(!extends(&before, &after, &[proof.clone(), vec![root]].concat()));
        let rewritten = Tree { root: after.root, ..before };
        prop_assert!(!extends(&rewritten, &after, &proof));
    }
}

#[test]
fn a_tree_grows_from_nothing_and_from_itself_and_never_backwards() {
    let tree = |size: u64| Tree { size, root: naive(&leaves(size)) };
    assert!(extends(&tree(0), &tree(7), &[]));
    assert!(!extends(&Tree { size: 0, root: [7; 32] }, &tree(7), &[]));
    assert!(!extends(&tree(0), &tree(7), &[[0; 32]]));
    assert!(extends(&tree(7), &tree(7), &[]));
    assert!(!extends(&tree(7), &Tree { size: 7, root: [7; 32] }, &[]));
    assert!(!extends(&tree(7), &tree(6), &[]));
    assert!(consistency(7, 6).is_empty() && inclusion(7, 7).is_empty());
}
