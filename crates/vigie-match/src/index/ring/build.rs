//! Building a ring: one pass over the hashes for each table.

use super::{BUCKETS, CHUNKS, Chunks, Places, Ring, following};
use crate::index::machine::LANES;
use crate::index::pages;

/// A ring of hashes that are sorted.
pub(super) fn ring(sorted: &[Chunks]) -> Ring {
    let (starts, largest) = starts(sorted);
    let words = CHUNKS * sorted.len();
    let mut next = pages::zeroed(words + LANES);
    let places = if largest as usize <= BUCKETS {
        let mut places = pages::zeroed(words);
        scatter(sorted, &starts, &mut next, &mut places, |place| place as u16);
        Places::Narrow(places)
    } else {
        let mut places = pages::zeroed(words);
        scatter(sorted, &starts, &mut next, &mut places, |place| place);
        Places::Wide(places)
    };
    Ring { count: sorted.len(), starts, next, places }
}

/// Where each bucket of each table begins, and the size of the largest.
fn starts(hashes: &[Chunks]) -> (Vec<u32>, u32) {
    let mut starts = pages::zeroed(CHUNKS * (BUCKETS + 1));
    for chunks in hashes {
        for (table, &chunk) in chunks.iter().enumerate() {
            starts[table * (BUCKETS + 1) + chunk as usize + 1] += 1;
        }
    }
    let mut largest = 0;
    for starts in starts.chunks_exact_mut(BUCKETS + 1) {
        for bucket in 0..BUCKETS {
            largest = largest.max(starts[bucket + 1]);
            starts[bucket + 1] += starts[bucket];
        }
    }
    (starts, largest)
}

/// Writes the chunks of the next table and the places there, in the order of each table.
///
/// Every table takes the hashes in the same order, so that a count of those that came before is the place of each.
fn scatter<P>(
    hashes: &[Chunks],
    starts: &[u32],
    next: &mut [u16],
    places: &mut [P],
    narrowed: impl Fn(u32) -> P,
) {
    for table in 0..CHUNKS {
        let mut cursors = starts[table * (BUCKETS + 1)..][..BUCKETS].to_vec();
        let mut counts = vec![0_u32; BUCKETS];
        let next = &mut next[table * hashes.len()..][..hashes.len()];
        let places = &mut places[table * hashes.len()..][..hashes.len()];
        for chunks in hashes {
            let next_chunk = chunks[following(table)];
            let position = &mut cursors[chunks[table] as usize];
            let place = &mut counts[next_chunk as usize];
            next[*position as usize] = next_chunk;
            places[*position as usize] = narrowed(*place);
            *position += 1;
            *place += 1;
        }
    }
}
