//! Good files with changes that chance chose: every decoder of ours answers or names an error, and never panics.
//!
//! In this process and not in a child, so that a panic, an overflow or an index out of range fails the test by itself.
//! The number of cases is bounded, not the time; `PROPTEST_CASES` asks for more.

use jpeg_encoder::{ColorType, SamplingFactor};
use proptest::prelude::*;
use vigie_media::examine::{examine, first_pass};
use vigie_media::{Format, Limits};

use crate::pictures::{Picture, palette};

/// Small files, and large ones for the first pass, which leaves small ones alone.
fn files() -> Vec<Vec<u8>> {
    let small = Picture::new(90, 70, 3);
    let soft = Picture { width: 520, height: 512, pixels: soft(520, 512) };
    let grey: Vec<u8> = soft.colours().map(|[_, green, _]| green).collect();
    let few = small.few_colours();
    let rows = |bits, align| small.packed(&small.pixels[..90 * 70], bits, align);
    vec![
        small.jpeg(|_| {}),
        small.jpeg(|encoder| {
            encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
            encoder.set_restart_interval(2);
        }),
        soft.jpeg(|encoder| encoder.set_quality(30)),
        soft.jpeg_of(ColorType::Luma, &grey, |encoder| encoder.set_progressive(true)),
        include_bytes!("progressive.jpg").to_vec(),
        small.bmp(8, 0, &palette(), &rows(8, 4), false),
        small.bmp(1, 0, &[0, 0, 0, 0, 9, 200, 7, 0], &rows(1, 4), true),
        few.bmp(8, 1, &palette(), &[vec![90, 5, 0, 0], vec![0, 2, 3, 1, 4, 7, 0, 1]], false),
    ]
}

/// Waves so soft that the file is short.
fn soft(width: u32, height: u32) -> Vec<u8> {
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x as f32, y as f32)));
    places
        .flat_map(|(x, y)| {
            [0.011, 0.013, 0.017].map(|step| (128.0 + 100.0 * (x * step).sin() * (y * step).cos()) as u8)
        })
        .collect()
}

/// One change: where, as a part of the reach; what.
#[derive(Debug, Clone)]
enum Change {
    Set(f64, u8),
    Flip(f64, u8),
    Remove(f64, usize),
    Double(f64, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let telling = prop::sample::select(vec![
        0, 1, 0x7F, 0x80, 0xC0, 0xC2, 0xC4, 0xD0, 0xD9, 0xDA, 0xDB, 0xDD, 0xFE, 0xFF,
    ]);
    prop_oneof![
        (0.0..1.0, prop_oneof![any::<u8>(), telling]).prop_map(|(at, value)| Change::Set(at, value)),
        (0.0..1.0, 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (0.0..1.0, 1..40_usize).prop_map(|(at, length)| Change::Remove(at, length)),
        (0.0..1.0, 1..40_usize).prop_map(|(at, length)| Change::Double(at, length)),
    ]
}

/// `front`: within the headers and tables.
fn apply(media: &mut Vec<u8>, change: &Change, front: bool) {
    let reach = if front { media.len().min(700) } else { media.len() };
    let place = |at: f64| ((at * reach as f64) as usize).min(reach - 1);
    match *change {
        Change::Set(at, value) => media[place(at)] = value,
        Change::Flip(at, bit) => media[place(at)] ^= 1 << bit,
        Change::Remove(at, length) if media.len() > length + 2 => {
            let from = place(at).min(media.len() - length);
            media.drain(from..from + length);
        }
        Change::Remove(..) => {}
        Change::Double(at, length) => {
            let from = place(at);
            let part = media[from..(from + length).min(media.len())].to_vec();
            media.splice(from..from, part);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_decoder_survives(
        file in 0..8_usize,
        changes in prop::collection::vec((change(), any::<bool>()), 1..6),
    ) {
        static FILES: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(files);
        let mut media = FILES[file].clone();
        changes.iter().for_each(|(change, front)| apply(&mut media, change, *front));
        // Sides of a changed header may be anything; what they may cost is bounded as in the child.
        let limits = Limits { pixels: 4_000_000, memory: 64 << 20, ..Limits::default() };
        let (exact, first) = (examine(&media, &limits), first_pass(&media, &limits));
        if let (Ok(exact), Ok(first)) = (&exact, &first) {
            prop_assert_eq!((exact.format, exact.width, exact.height), (first.format, first.width, first.height));
        }
        prop_assert!(exact.is_err() || Format::sniff(&media).is_some());
        // What the first pass does not do itself is the exact pass's outcome.
        prop_assert!(first.is_ok() || exact.is_err());
    }
}
