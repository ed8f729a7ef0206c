//! Exact, found when equal: sorted by their first bits, with a table of where each value of these bits begins.
//!
//! A digest is as good as random, so its first bits spread the rows evenly: a bucket holds about one. Memory is the
//! digest and at most four bytes for the table. Exact that somebody made to share their first bits only make that
//! bucket longer.

use super::shelf::Segment;

/// Exact of `N` bytes.
pub(super) struct Exact<const N: usize> {
    /// How many first bits name a bucket, 0 to 32.
    bits: u32,
    /// Where each bucket begins, and behind the last the number of digests.
    starts: Vec<u32>,
    digests: Vec<[u8; N]>,
}

impl<const N: usize> Segment for Exact<N> {
    type Key = [u8; N];

    fn build(keys: &[[u8; N]]) -> (Self, Vec<u32>) {
        let bits = keys.len().max(1).ilog2().min(32);
        let mut starts = vec![0_u32; (1 << bits) + 1];
        for key in keys {
            starts[bucket(key, bits) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut order = vec![0; keys.len()];
        for (number, key) in (0..).zip(keys) {
            let place = &mut next[bucket(key, bits)];
            order[*place as usize] = number;
            *place += 1;
        }
        let digests = order.iter().map(|&number: &u32| keys[number as usize]).collect();
        (Self { bits, starts, digests }, order)
    }

    fn key(&self, at: u32) -> [u8; N] {
        self.digests[at as usize]
    }

    fn keys(&self) -> Vec<[u8; N]> {
        self.digests.clone()
    }

    fn equal(&self, key: &[u8; N], found: &mut dyn FnMut(u32)) {
        let bucket = bucket(key, self.bits);
        let (start, end) = (self.starts[bucket], self.starts[bucket + 1]);
        for at in start..end {
            if self.digests[at as usize] == *key {
                found(at);
            }
        }
    }

    fn bytes(&self) -> usize {
        self.starts.capacity() * size_of::<u32>() + self.digests.capacity() * N
    }
}

fn bucket<const N: usize>(key: &[u8; N], bits: u32) -> usize {
    let first = key.iter().take(4).fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
    (first >> (32 - bits)) as usize
}
