//! Few PDQ hashes, compared one after the other.
//!
//! The four words of each hash lie in four planes, so that the first half of all hashes is read in one stream and the
//! rest only where the first half is near enough. They are sorted, so that an equal one is found without reading all.

use super::shelf::Segment;
use crate::signal::Pdq;

/// Sorted PDQ hashes.
pub(super) struct Scan {
    planes: [Vec<u64>; 4],
}

impl Scan {
    /// Reports every hash within `radius` of `hash`, and its distance.
    pub(super) fn within(&self, hash: &Pdq, radius: u32, found: &mut impl FnMut(u32, u32)) {
        let words = hash.words();
        let [first, second, third, fourth] = &self.planes;
        for (at, (one, two)) in first.iter().zip(second).enumerate() {
            let half = (one ^ words[0]).count_ones() + (two ^ words[1]).count_ones();
            if half > radius {
                continue;
            }
            let distance = half + (third[at] ^ words[2]).count_ones() + (fourth[at] ^ words[3]).count_ones();
            if distance <= radius {
                found(at as u32, distance);
            }
        }
    }
}

impl Segment for Scan {
    type Key = Pdq;

    fn build(keys: &[Pdq]) -> (Self, Vec<u32>) {
        let mut order: Vec<u32> = (0..keys.len() as u32).collect();
        order.sort_unstable_by_key(|&number| keys[number as usize]);
        let plane = |plane| order.iter().map(|&number| keys[number as usize].words()[plane]).collect();
        (Self { planes: std::array::from_fn(plane) }, order)
    }

    fn key(&self, at: u32) -> Pdq {
        let mut bytes = [0; 32];
        for (plane, eight) in self.planes.iter().zip(bytes.chunks_exact_mut(8)) {
            eight.copy_from_slice(&plane[at as usize].to_be_bytes());
        }
        Pdq(bytes)
    }

    fn keys(&self) -> Vec<Pdq> {
        (0..self.planes[0].len() as u32).map(|at| self.key(at)).collect()
    }

    fn equal(&self, key: &Pdq, found: &mut dyn FnMut(u32)) {
        let words = key.words();
        let first = self.planes[0].partition_point(|&word| word < words[0]);
        for (at, &word) in self.planes[0].iter().enumerate().skip(first) {
            if word != words[0] {
                return;
            }
            if self.key(at as u32) == *key {
                found(at as u32);
            }
        }
    }

    fn bytes(&self) -> usize {
        self.planes.iter().map(|plane| plane.capacity() * size_of::<u64>()).sum()
    }
}
