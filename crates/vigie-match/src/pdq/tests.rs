//! The kernel against the step-by-step oracle.

use super::*;
use crate::Pdq;

/// A picture with structure at every scale: soft waves, edges, and noise that repeats on every machine.
fn picture(width: u32, height: u32, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(747_796_405).wrapping_add(1);
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let waves: Vec<_> = (0..24)
        .map(|_| {
            let mut part = || (random() % 10_000) as f32 / 10_000.0;
            (part() * 40.0, part() * 40.0, part() * 6.3, part() * 24.0, [part(), part(), part()])
        })
        .collect();
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    for row in 0..height {
        for column in 0..width {
            let (x, y) = (column as f32 / width as f32, row as f32 / height as f32);
            let mut colour = [128.0; 3];
            for (across, down, phase, size, tint) in &waves {
                let wave = (across * x + down * y + phase).sin() * size;
                colour.iter_mut().zip(tint).for_each(|(sum, part)| *sum += wave * part);
            }
            let noise = (random() % 16) as f32;
            pixels.extend(colour.map(|value| (value + noise) as u8));
        }
    }
    pixels
}

/// Whether the kernel calls the image stable. Its quality is the oracle's, and where it is stable so is its hash.
#[track_caller]
fn check(pixels: &[u8], width: u32, height: u32) -> bool {
    let ours = hash_rgb(pixels, width, height);
    let (expected, quality) = oracle::hash_rgb(pixels, width as usize, height as usize);
    if ours.stable {
        assert_eq!(ours.hash.distance(&Pdq(expected)), 0, "hash of {width}×{height}");
    }
    assert_eq!(i32::from(ours.quality), quality, "quality of {width}×{height}");
    ours.stable
}

#[test]
fn pictures_of_every_kind_of_size_equal_the_reference() {
    let sides =
        [5, 6, 63, 64, 65, 100, 127, 128, 129, 200, 256, 257, 300, 384, 385, 511, 512, 513, 640, 1000];
    let (mut stable, mut all) = (0, 0);
    for (index, width) in sides.into_iter().enumerate() {
        for (step, height) in sides.into_iter().enumerate().filter(|(step, _)| (step + index) % 3 == 0) {
            stable += u32::from(check(&picture(width, height, (index * 31 + step) as u32), width, height));
            all += 1;
        }
    }
    assert!(stable * 10 > all * 8, "pictures are stable as a rule, here {stable} of {all}");
}

#[test]
fn drawn_patterns_equal_the_reference_or_say_that_they_are_unstable() {
    type Pattern = fn(u32, u32, u32, u32) -> [u8; 3];
    let patterns: [Pattern; 9] = [
        |_, _, _, _| [255; 3],
        |_, _, _, _| [10, 200, 30],
        |x, y, _, _| [if (x / 8 + y / 8) % 2 == 0 { 255 } else { 0 }; 3],
        |x, y, _, _| if (x / 16 + y / 16) % 2 == 0 { [200, 30, 30] } else { [30, 30, 200] },
        |x, _, width, _| [(x * 255 / width) as u8; 3],
        |x, y, width, height| [(y * 255 / height) as u8, (x * 255 / width) as u8, 0],
        |x, y, _, _| [if (x + y) % 2 == 0 { 255 } else { 0 }; 3],
        |x, y, _, _| [((x / 40 * 37 + y / 40 * 91) % 256) as u8; 3],
        |x, y, width, height| [if x * x + y * y < width * height / 2 { 255 } else { 0 }; 3],
    ];
    let mut unstable = 0;
    for (width, height) in
        [(64, 64), (100, 100), (128, 128), (129, 130), (300, 200), (512, 512), (600, 400), (77, 33)]
    {
        for pattern in patterns {
            let pixels: Vec<u8> = (0..height)
                .flat_map(|y| (0..width).map(move |x| (x, y)))
                .flat_map(|(x, y)| pattern(x, y, width, height))
                .collect();
            unstable += u32::from(!check(&pixels, width, height));
        }
    }
    assert!(unstable > 0, "the patterns were chosen because rounding decides some of them");
}

#[test]
fn layouts_agree_on_the_same_luminance() {
    let pixels = picture(600, 300, 7);
    let rgba: Vec<u8> =
        pixels.chunks_exact(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], rgb[0] ^ 90]).collect();
    assert_eq!(hash(&rgba, 600, 300, Layout::Rgba).hash, hash_rgb(&pixels, 600, 300).hash);

    let grey: Vec<u8> = pixels.chunks_exact(3).map(|rgb| rgb[1]).collect();
    let with_alpha: Vec<u8> = grey.iter().flat_map(|&value| [value, value ^ 90]).collect();
    let tripled: Vec<u8> = grey.iter().flat_map(|&value| [value; 3]).collect();
    let expected = hash_luma(&grey, 600, 300);
    assert_eq!(hash(&with_alpha, 600, 300, Layout::LumaAlpha).hash, expected.hash);
    assert_eq!(hash_rgb(&tripled, 600, 300).hash, expected.hash);
}

#[test]
fn half_of_the_bits_are_set() {
    for seed in 0..8 {
        let hash = hash_rgb(&picture(200, 160, seed), 200, 160);
        for variant in hash.dihedral() {
            assert_eq!(variant.words().iter().map(|word| word.count_ones()).sum::<u32>(), 128);
        }
    }
}

#[test]
fn dihedral_variants_are_the_hashes_of_the_turned_image() {
    type Turn = fn(usize, usize) -> (usize, usize);
    // At 64×64 nothing is filtered, so a turned image has the turned coefficients but for rounding.
    const LAST: usize = 63;
    let from: [Turn; 8] = [
        |row, column| (row, column),
        |row, column| (column, LAST - row),
        |row, column| (LAST - row, LAST - column),
        |row, column| (LAST - column, row),
        |row, column| (LAST - row, column),
        |row, column| (row, LAST - column),
        |row, column| (column, row),
        |row, column| (LAST - column, LAST - row),
    ];
    let pixels = picture(64, 64, 11);
    let variants = hash_rgb(&pixels, 64, 64).dihedral();
    for ((variant, expected), from) in Variant::ALL.into_iter().zip(variants).zip(from) {
        let turned: Vec<u8> = (0..64 * 64)
            .map(|index| from(index / 64, index % 64))
            .flat_map(|(row, column)| pixels[(row * 64 + column) * 3..][..3].to_vec())
            .collect();
        let distance = hash_rgb(&turned, 64, 64).hash.distance(&expected);
        assert!(distance <= 2, "{variant:?} lies {distance} off");
    }
}

#[test]
fn an_image_under_five_pixels_has_no_quality() {
    for (width, height) in [(0, 0), (0, 100), (4, 100), (100, 4)] {
        let result = hash_luma(&vec![9; (width * height) as usize], width, height);
        assert_eq!((result.quality, result.hash), (0, Pdq([0; 32])));
    }
}

#[test]
fn whole_frames_of_every_kind_of_size_equal_the_reference_without_its_resize() {
    let sides =
        [(5, 900), (64, 64), (300, 200), (513, 64), (720, 480), (1280, 720), (641, 1279), (1920, 1080)];
    let (mut stable, mut quality_off) = (0, 0);
    for (seed, (width, height)) in (0..).zip(sides) {
        let mut frames = WholeFrame::new(width, height, Layout::Rgb);
        // The second frame must not remember the first.
        for seed in [seed, seed + 100] {
            let pixels = picture(width, height, seed);
            pixels.chunks_exact(width as usize * 3).for_each(|row| frames.push(row));
            let ours = frames.finish();
            let luma = pixels
                .chunks_exact(3)
                .map(|rgb| 0.299 * f32::from(rgb[0]) + 0.587 * f32::from(rgb[1]) + 0.114 * f32::from(rgb[2]));
            let (expected, quality) = oracle::hash_float(luma.collect(), width as usize, height as usize);
            let distance = ours.hash.distance(&Pdq(expected));
            assert!(distance <= 2, "{width}×{height}: {distance}");
            stable += u32::from(distance == 0);
            quality_off += (i32::from(ours.quality) - quality).abs();
        }
    }
    assert!(stable >= 14, "the same hash as a rule, here {stable} of 16");
    assert!(quality_off <= 1, "the same quality as a rule, here {quality_off} off");
}

#[test]
fn a_whole_frame_that_is_cut_or_too_small_is_hashed_all_the_same() {
    let row = |number: u32| (0..100).map(|column| (number * 7 + column * 5 % 91) as u8).collect::<Vec<_>>();
    let [mut cut, mut black] = [(); 2].map(|()| WholeFrame::new(100, 100, Layout::Luma));
    (0..50).for_each(|number| cut.push(&row(number)));
    (0..100).for_each(|number| black.push(&if number < 50 { row(number) } else { vec![0; 100] }));
    // The few outputs around the cut differ: their sums were not finished.
    assert!(cut.finish().hash.distance(&black.finish().hash) < 31);
    for (width, height) in [(0, 0), (0, 100), (4, 100), (100, 4)] {
        let mut small = WholeFrame::new(width, height, Layout::Luma);
        (0..height).for_each(|_| small.push(&vec![9; width as usize]));
        assert_eq!((small.finish().quality, small.finish().hash), (0, Pdq([0; 32])));
    }
}
