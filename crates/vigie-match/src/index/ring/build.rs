//! Building a ring: one pass over the hashes for each table.

use super::{BUCKETS, CHUNKS, Chunks, Places, Ring, following};
use crate::index::machine::LANES;
use crate::index::pages;

/// A ring of hashes that are sorted.
pub(super) fn ring(sorted: &[Chunks]) -> Ring {
    // Columns, because a pass needs two of the sixteen chunks.
    let columns: [Vec<u16>; CHUNKS] =
        std::array::from_fn(|chunk| sorted.iter().map(|chunks| chunks[chunk]).collect());
    let (starts, largest) = starts(&columns);
    let words = CHUNKS * sorted.len();
    let mut next = pages::zeroed(words + LANES);
    let places = if largest as usize <= BUCKETS {
        let mut places = pages::zeroed(words);
        scatter(&columns, &starts, &mut next, &mut places, |place| place as u16);
        Places::Narrow(places)
    } else {
        let mut places = pages::zeroed(words);
        scatter(&columns, &starts, &mut next, &mut places, |place| place);
        Places::Wide(places)
    };
    Ring { count: sorted.len(), starts, next, places }
}

/// Where each bucket of each table begins, and the size of the largest.
fn starts(columns: &[Vec<u16>; CHUNKS]) -> (Vec<u32>, u32) {
    let mut starts = pages::zeroed(CHUNKS * (BUCKETS + 1));
    let mut largest = 0;
    for (column, starts) in columns.iter().zip(starts.chunks_exact_mut(BUCKETS + 1)) {
        for &chunk in column {
            starts[chunk as usize + 1] += 1;
        }
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
    columns: &[Vec<u16>; CHUNKS],
    starts: &[u32],
    next: &mut [u16],
    places: &mut [P],
    narrowed: impl Fn(u32) -> P,
) {
    let count = columns[0].len();
    for table in 0..CHUNKS {
        let mut cursors = starts[table * (BUCKETS + 1)..][..BUCKETS].to_vec();
        let mut counts = vec![0_u32; BUCKETS];
        let next = &mut next[table * count..][..count];
        let places = &mut places[table * count..][..count];
        for (&chunk, &next_chunk) in columns[table].iter().zip(&columns[following(table)]) {
            let position = &mut cursors[chunk as usize];
            let place = &mut counts[next_chunk as usize];
            next[*position as usize] = next_chunk;
            places[*position as usize] = narrowed(*place);
            *position += 1;
            *place += 1;
        }
    }
}
