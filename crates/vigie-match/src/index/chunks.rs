//! A PDQ hash as sixteen chunks of sixteen bits, in an order that spreads what belongs together.
//!
//! The hash is a grid of 16 × 16 bits, one for each coefficient of a cosine transform: near coefficients follow each
//! other, and the low ones of natural pictures change less than the high ones. A chunk is a diagonal of the grid, one
//! bit from each row and each column, so that every chunk has its share of all frequencies and none is crowded.
//!
//! The bits of neighbouring diagonals are neighbours in the grid, and hang together. A search looks at chunks that follow
//! each other and drops what differs too much in the second, which tells little when the first told it already. So chunks
//! that follow each other are [`STRIDE`] diagonals apart, and the ones after these far apart as well.

use crate::signal::Pdq;

/// How many chunks there are, and how many bits each has.
pub(super) const CHUNKS: usize = 16;

/// How many diagonals on the next chunk is. Without a common divisor with their number, it meets each of them once.
const STRIDE: usize = 5;

/// Sixteen chunks; ordered by the first, then the second, and so on.
pub(super) type Chunks = [u16; CHUNKS];

/// The chunks of a hash.
pub(super) fn chunks_of(hash: &Pdq) -> Chunks {
    let mut grid: Chunks = std::array::from_fn(|row| {
        u16::from_be_bytes([hash.0[row * 2], hash.0[row * 2 + 1]]).rotate_left(row as u32)
    });
    turn(&mut grid);
    std::array::from_fn(|chunk| grid[chunk * STRIDE % CHUNKS])
}

/// The hash that has these chunks.
pub(super) fn hash_of(chunks: &Chunks) -> Pdq {
    let mut grid = [0; CHUNKS];
    chunks.iter().enumerate().for_each(|(chunk, &bits)| grid[chunk * STRIDE % CHUNKS] = bits);
    turn(&mut grid);
    let mut bytes = [0; 32];
    for (row, (word, two)) in grid.iter().zip(bytes.as_chunks_mut::<2>().0).enumerate() {
        *two = word.rotate_right(row as u32).to_be_bytes();
    }
    Pdq(bytes)
}

/// Turns rows into columns, in four rounds that each swap blocks of half the size of the round before.
fn turn(grid: &mut Chunks) {
    for (block, kept) in [(8, 0x00ff), (4, 0x0f0f), (2, 0x3333), (1, 0x5555)] {
        for row in (0..CHUNKS).filter(|row| row & block == 0) {
            let swapped = (grid[row] >> block ^ grid[row + block]) & kept;
            grid[row] ^= swapped << block;
            grid[row + block] ^= swapped;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bit_of_a_row_goes_to_another_chunk_and_comes_back() {
        for row in 0..16 {
            let mut seen = [false; CHUNKS];
            for bit in 0..16 {
                let mut hash = Pdq([0; 32]);
                hash.0[row * 2 + bit / 8] = 1 << (bit % 8);
                let chunks = chunks_of(&hash);
                let place = chunks.iter().position(|chunk| chunk.count_ones() == 1).expect("one bit is on");
                assert_eq!(chunks.iter().map(|chunk| chunk.count_ones()).sum::<u32>(), 1);
                assert!(!std::mem::replace(&mut seen[place], true));
                assert_eq!(hash_of(&chunks), hash);
            }
        }
        let hash = Pdq(std::array::from_fn(|byte| (byte * 37 + 11) as u8));
        assert_eq!(hash_of(&chunks_of(&hash)), hash);
    }
}
