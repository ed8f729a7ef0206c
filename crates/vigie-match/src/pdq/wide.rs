//! The loops that take the time, compiled twice: for any machine, and for one with AVX2.
//!
//! The bodies are plain Rust that the compiler turns into vector instructions. Both forms add in the same order and
//! fuse nothing, so their results are equal to the last bit; a test holds that.
#![expect(
    unsafe_code,
    reason = "calling a function compiled for AVX2 is unsafe; the check stands beside each call"
)]

use super::axis::SIDE;
use super::transform::{Coefficients, KEPT};

/// Sums that are kept side by side in [`dot`].
pub(super) const LANES: usize = 8;

/// Defines a function that runs `body` compiled for AVX2 where the machine has it.
macro_rules! dispatched {
    ($(#[$doc:meta])* $name:ident => $body:ident ( $($argument:ident : $kind:ty),* ) $(-> $result:ty)?) => {
        $(#[$doc])*
        pub(super) fn $name($($argument: $kind),*) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn wide($($argument: $kind),*) $(-> $result)? {
                    $body($($argument),*)
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: the one requirement of `wide` is AVX2, which the line above found.
                    return unsafe { wide($($argument),*) };
                }
            }
            $body($($argument),*)
        }
    };
}

dispatched! {
    /// Sets each sum to `weight` times the byte of its place.
    set => set_body(sums: &mut [f32], bytes: &[u8], weight: f32)
}

dispatched! {
    /// Adds `weight` times the byte of its place to each sum.
    add => add_body(sums: &mut [f32], bytes: &[u8], weight: f32)
}

dispatched! {
    /// The scalar product; both lengths are equal and a multiple of [`LANES`].
    dot => dot_body(values: &[f32], weights: &[f32]) -> f32
}

dispatched! {
    /// `basis · grid · turned`, where `turned` is `basis` turned.
    transform => transform_body(
        grid: &[[f32; SIDE]; SIDE], basis: &[[f32; SIDE]; KEPT], turned: &[[f32; KEPT]; SIDE]
    ) -> Coefficients
}

#[inline(always)]
fn set_body(sums: &mut [f32], bytes: &[u8], weight: f32) {
    for (sum, &byte) in sums.iter_mut().zip(bytes) {
        *sum = weight * f32::from(byte);
    }
}

#[inline(always)]
fn add_body(sums: &mut [f32], bytes: &[u8], weight: f32) {
    for (sum, &byte) in sums.iter_mut().zip(bytes) {
        *sum += weight * f32::from(byte);
    }
}

#[inline(always)]
fn dot_body(values: &[f32], weights: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    for (values, weights) in values.as_chunks::<LANES>().0.iter().zip(weights.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            lanes[lane] += values[lane] * weights[lane];
        }
    }
    let fours: [f32; 4] = std::array::from_fn(|lane| lanes[lane] + lanes[lane + 4]);
    (fours[0] + fours[2]) + (fours[1] + fours[3])
}

#[inline(always)]
fn transform_body(
    grid: &[[f32; SIDE]; SIDE],
    basis: &[[f32; SIDE]; KEPT],
    turned: &[[f32; KEPT]; SIDE],
) -> Coefficients {
    let mut coefficients = [[0.0; KEPT]; KEPT];
    for (row, waves) in coefficients.iter_mut().zip(basis) {
        let mut half = [0.0; SIDE];
        for (wave, line) in waves.iter().zip(grid) {
            for (sum, value) in half.iter_mut().zip(line) {
                *sum += wave * value;
            }
        }
        for (value, waves) in half.iter().zip(turned) {
            for (sum, wave) in row.iter_mut().zip(waves) {
                *sum += value * wave;
            }
        }
    }
    coefficients
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes and numbers that repeat on every machine.
    fn sequence(length: usize) -> Vec<u8> {
        (0..length as u64).map(|index| (index.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as u8).collect()
    }

    fn bits(values: &[f32]) -> Vec<u32> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    #[test]
    fn the_dispatched_loops_equal_the_portable_ones_to_the_last_bit() {
        for length in [0, 1, 7, 8, 9, 31, 32, 33, 1536] {
            let bytes = sequence(length);
            let (mut dispatched, mut portable) = (vec![1.5; length], vec![1.5; length]);
            set(&mut dispatched, &bytes, 0.1);
            set_body(&mut portable, &bytes, 0.1);
            add(&mut dispatched, &bytes, 1.0 / 3.0);
            add_body(&mut portable, &bytes, 1.0 / 3.0);
            assert_eq!(bits(&dispatched), bits(&portable));

            let whole = length / LANES * LANES;
            let weights: Vec<f32> = sequence(whole).iter().map(|&byte| f32::from(byte) / 7.0).collect();
            let [left, right] = [dot, dot_body].map(|dot| dot(&dispatched[..whole], &weights).to_bits());
            assert_eq!(left, right);
        }
    }

    #[test]
    fn the_dispatched_transform_equals_the_portable_one_to_the_last_bit() {
        let value =
            |seed: usize, row: usize, column: usize| (seed + row * 31 + column * 17) as f32 % 255.0 / 3.0;
        let grid = std::array::from_fn(|row| std::array::from_fn(|column| value(1, row, column)));
        let basis = std::array::from_fn(|row| std::array::from_fn(|column| value(2, row, column)));
        let turned = std::array::from_fn(|row| std::array::from_fn(|column| value(3, row, column)));
        let [left, right] = [transform, transform_body].map(|transform| transform(&grid, &basis, &turned));
        assert_eq!(bits(left.as_flattened()), bits(right.as_flattened()));
    }
}
