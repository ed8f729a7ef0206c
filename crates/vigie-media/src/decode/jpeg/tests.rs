//! The decoder of our own against the general one.

use jpeg_encoder::{ColorType, SamplingFactor};
use pictures::Picture;
use vigie_match::pdq::Layout;

use super::*;
use crate::decode::Header;

#[path = "../../../tests/it/pictures.rs"]
#[expect(dead_code, reason = "shared with the integration tests, which use all of it")]
mod pictures;

/// A canvas that keeps the luminance of every row.
#[derive(Default)]
struct Sheet {
    header: Option<Header>,
    pixels: Vec<u8>,
    rows: u32,
}

impl Canvas for Sheet {
    fn wants_colour(&self) -> bool {
        false
    }

    fn begin(&mut self, header: Header) {
        *self = Self { header: Some(header), ..Self::default() };
    }

    fn next_row(&self) -> Option<u32> {
        self.header.filter(|header| self.rows < header.height).map(|_| self.rows)
    }

    fn wants_row(&self, row: u32) -> bool {
        row >= self.rows
    }

    fn row(&mut self, pixels: &[u8]) {
        self.rows += 1;
        match self.header.unwrap().layout {
            Layout::Luma => self.pixels.extend(pixels),
            Layout::Rgb => {
                let luma = |[red, green, blue]: &[u8; 3]| {
                    (0.299 * f32::from(*red) + 0.587 * f32::from(*green) + 0.114 * f32::from(*blue)).round()
                        as u8
                };
                self.pixels.extend(pixels.as_chunks().0.iter().map(luma));
            }
            _ => panic!("no JPEG has transparency"),
        }
    }
}

fn ours(media: &[u8]) -> Vec<u8> {
    let mut sheet = Sheet::default();
    luma::decode(&Headers::read(media).unwrap(), &Limits::default(), &mut sheet).unwrap();
    sheet.pixels
}

fn theirs(media: &[u8]) -> Vec<u8> {
    let mut sheet = Sheet::default();
    general::decode(media, &Limits::default(), &mut sheet, true).unwrap();
    sheet.pixels
}

/// The mean and the largest difference between two sheets.
fn difference(left: &[u8], right: &[u8]) -> (f64, u8) {
    assert_eq!(left.len(), right.len());
    let steps = || left.iter().zip(right).map(|(left, right)| left.abs_diff(*right));
    (steps().map(f64::from).sum::<f64>() / left.len() as f64, steps().max().unwrap())
}

/// The picture with less contrast, so that no colour comes near the edge of what can be shown.
fn mild(width: u32, height: u32) -> Picture {
    let mut picture = Picture::new(width, height, 7);
    picture.pixels.iter_mut().for_each(|value| *value = 96 + *value / 4);
    picture
}

const SAMPLINGS: [SamplingFactor; 4] =
    [SamplingFactor::R_4_4_4, SamplingFactor::R_4_2_0, SamplingFactor::R_4_2_2, SamplingFactor::R_4_4_0];

#[test]
fn luminance_is_that_of_the_general_decoder() {
    for (width, height) in [(97, 61), (16, 16), (8, 200), (5, 5), (333, 129)] {
        let picture = mild(width, height);
        for sampling in SAMPLINGS {
            for interval in [0, 1, 3] {
                let media = picture.jpeg(|encoder| {
                    encoder.set_sampling_factor(sampling);
                    encoder.set_restart_interval(interval);
                });
                let (mean, most) = difference(&ours(&media), &theirs(&media));
                assert!(mean < 0.4 && most <= 2, "{width}×{height} {sampling:?} {interval}: {mean} {most}");
            }
        }
        let shades: Vec<u8> = picture.colours().map(|[_, green, _]| green).collect();
        let media = picture.jpeg_of(ColorType::Luma, &shades, |_| {});
        let (mean, most) = difference(&ours(&media), &theirs(&media));
        assert!(mean < 0.05 && most <= 1, "grey {width}×{height}: {mean} {most}");
    }
}

#[test]
fn colours_that_cannot_be_shown_count_as_what_is_shown() {
    // Luminance is the same everywhere; the picture is in the colours alone, and partly out of range.
    for level in [0, 12, 128, 243, 255] {
        let picture = Picture::new(160, 128, 1);
        let numbers: Vec<u8> = (0..160 * 128)
            .flat_map(|index| {
                let (column, row) = (index % 160 / 32, index / 160 / 32);
                [level, if (column + row) % 2 == 0 { 20 } else { 230 }, if row % 2 == 0 { 240 } else { 110 }]
            })
            .collect();
        for sampling in SAMPLINGS {
            let media =
                picture.jpeg_of(ColorType::Ycbcr, &numbers, |encoder| encoder.set_sampling_factor(sampling));
            let (ours, theirs) = (ours(&media), theirs(&media));
            let (mean, _) = difference(&ours, &theirs);
            // Between two fields the general decoder blends colours, ours does not.
            assert!(mean < 1.5, "{level} {sampling:?}: {mean}");
            let uncorrected = difference(&theirs, &vec![level; ours.len()]).0;
            assert!(level == 128 || uncorrected > 10.0, "the picture would be lost: {uncorrected}");
        }
    }
}

#[test]
fn only_wanted_rows_are_right_and_enough() {
    // The hash wants some rows of a large picture; they must be what all rows together are.
    let picture = Picture::new(900, 1300, 3);
    let media = picture.jpeg(|encoder| encoder.set_sampling_factor(SamplingFactor::R_4_2_0));
    let all = ours(&media);
    let whole = vigie_match::pdq::hash_luma(&all, 900, 1300);
    let found = crate::examine::examine(&media, &Limits::default()).unwrap();
    assert_eq!(found.pdq.unwrap().distance(&whole.hash), 0);
    assert_eq!(found.quality, whole.quality);
}

#[test]
fn the_dispatched_loop_equals_the_portable_one() {
    for sampling in SAMPLINGS {
        let media = Picture::new(333, 129, 5).jpeg(|encoder| encoder.set_sampling_factor(sampling));
        let headers = Headers::read(&media).unwrap();
        assert_eq!(luma::pixels(&headers, wide::read_line), luma::pixels(&headers, wide::portable));
    }
}

#[test]
fn means_are_those_of_the_decoded_blocks() {
    let picture = mild(97, 61);
    for sampling in SAMPLINGS {
        for interval in [0, 3] {
            let media = picture.jpeg(|encoder| {
                encoder.set_sampling_factor(sampling);
                encoder.set_restart_interval(interval);
            });
            let found = means::read(&Headers::read_either(&media).unwrap()).unwrap();
            let pixels = ours(&media);
            assert_eq!((found.width, found.height, found.values.len()), (97, 61, 13 * 8));
            for (row, column) in (0..7).flat_map(|row| (0..12).map(move |column| (row, column))) {
                let block = (0..64).map(|index| pixels[(row * 8 + index / 8) * 97 + column * 8 + index % 8]);
                let mean = block.map(f32::from).sum::<f32>() / 64.0;
                let off = (found.values[row * 13 + column] - mean).abs();
                assert!(off < 0.6, "{sampling:?}: block {column} of row {row} is {off} off");
            }
        }
    }
}

#[test]
fn files_of_another_kind_are_left_to_the_general_decoder() {
    let picture = mild(64, 64);
    assert!(Headers::read(&picture.jpeg(|_| {})).is_some());
    assert!(Headers::read(&picture.jpeg(|encoder| encoder.set_progressive(true))).is_none());
    // These the encoder writes in one scan for each component.
    assert!(Headers::read(&picture.jpeg(|encoder| encoder.set_optimized_huffman_tables(true))).is_none());
    assert!(
        Headers::read(&picture.jpeg(|encoder| encoder.set_sampling_factor(SamplingFactor::R_4_1_1)))
            .is_none()
    );
    let inks = vec![90; 64 * 64 * 4];
    assert!(Headers::read(&picture.jpeg_of(ColorType::Cmyk, &inks, |_| {})).is_none());
    assert!(Headers::read(&picture.jpeg_of(ColorType::CmykAsYcck, &inks, |_| {})).is_none());

    // The encoder marks its file as JFIF; without that, components named R, G and B are colours.
    let mut colours = picture.jpeg(|_| {});
    let jfif = colours.windows(4).position(|bytes| bytes == b"JFIF").unwrap();
    colours[jfif] = b'X';
    assert!(Headers::read(&colours).is_some());
    for (mark, at) in [(0xC0, 10), (0xDA, 5)] {
        let start = colours.windows(2).position(|pair| pair == [0xFF, mark]).unwrap() + at;
        let step = if mark == 0xC0 { 3 } else { 2 };
        b"RGB".iter().enumerate().for_each(|(index, name)| colours[start + index * step] = *name);
    }
    assert!(Headers::read(&colours).is_none());
}
