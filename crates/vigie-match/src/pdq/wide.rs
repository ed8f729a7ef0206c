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

/// Sums that are kept side by side in a scalar product.
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
    set => set_body(sums: &mut [u16], bytes: &[u8], weight: u16)
}

dispatched! {
    /// Adds `weight` times the byte of its place to each sum.
    add => add_body(sums: &mut [u16], bytes: &[u8], weight: u16)
}

dispatched! {
    /// For each start, the scalar product of the sums from there with its own weights. There are equally many weights
    /// for each start, a multiple of [`LANES`]; `line` has room for the sums and once more so many.
    products => products_body(
        sums: &[u16], line: &mut [f32], starts: &[usize; SIDE], weights: &[f32]
    ) -> [f32; SIDE]
}

dispatched! {
    /// Adds `weight` times the byte of its place to each sum.
    add_part => add_part_body(sums: &mut [f32], bytes: &[u8], weight: f32)
}

dispatched! {
    /// As [`products`], of sums that are fractions already. There is room behind the last sum for as many as there are
    /// weights for one start.
    fractions => fractions_body(sums: &[f32], starts: &[usize; SIDE], weights: &[f32]) -> [f32; SIDE]
}

dispatched! {
    /// `basis · grid · turned`, where `turned` is `basis` turned.
    transform => transform_body(
        grid: &[[f32; SIDE]; SIDE], basis: &[[f32; SIDE]; KEPT], turned: &[[f32; KEPT]; SIDE]
    ) -> Coefficients
}

#[inline(always)]
fn set_body(sums: &mut [u16], bytes: &[u8], weight: u16) {
    for (sum, &byte) in sums.iter_mut().zip(bytes) {
        *sum = weight * u16::from(byte);
    }
}

#[inline(always)]
fn add_body(sums: &mut [u16], bytes: &[u8], weight: u16) {
    for (sum, &byte) in sums.iter_mut().zip(bytes) {
        *sum += weight * u16::from(byte);
    }
}

#[inline(always)]
fn products_body(sums: &[u16], line: &mut [f32], starts: &[usize; SIDE], weights: &[f32]) -> [f32; SIDE] {
    for (value, &sum) in line.iter_mut().zip(sums) {
        *value = f32::from(sum);
    }
    fractions_body(line, starts, weights)
}

#[inline(always)]
fn fractions_body(sums: &[f32], starts: &[usize; SIDE], weights: &[f32]) -> [f32; SIDE] {
    let taps = weights.len() / SIDE;
    let mut products = [0.0; SIDE];
    for ((product, start), weights) in products.iter_mut().zip(starts).zip(weights.chunks_exact(taps)) {
        *product = dot(&sums[*start..*start + taps], weights);
    }
    products
}

#[inline(always)]
fn add_part_body(sums: &mut [f32], bytes: &[u8], weight: f32) {
    for (sum, &byte) in sums.iter_mut().zip(bytes) {
        *sum += weight * f32::from(byte);
    }
}

#[inline(always)]
fn dot(values: &[f32], weights: &[f32]) -> f32 {
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
            let (mut dispatched, mut portable) = (vec![7; length], vec![9; length]);
            set(&mut dispatched, &bytes, 5);
            set_body(&mut portable, &bytes, 5);
            add(&mut dispatched, &bytes, 11);
            add_body(&mut portable, &bytes, 11);
            assert_eq!(dispatched, portable);
        }
        let (mut dispatched, mut portable) = (vec![0.5; 300], vec![0.5; 300]);
        add_part(&mut dispatched, &sequence(300), 0.3);
        add_part_body(&mut portable, &sequence(300), 0.3);
        assert_eq!(bits(&dispatched), bits(&portable));
        let sums: Vec<u16> = sequence(300).iter().map(|&byte| u16::from(byte) * 48).collect();
        let weights: Vec<f32> = sequence(SIDE * 24).iter().map(|&byte| f32::from(byte) / 7.0).collect();
        let starts = std::array::from_fn(|index| index * 4);
        let [left, right] = [products, products_body]
            .map(|products| bits(&products(&sums, &mut vec![0.0; 324], &starts, &weights)));
        assert_eq!(left, right);
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
