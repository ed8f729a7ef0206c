//! The same picture in every form that is decoded: without loss the hash is the same to the bit.

use jpeg_encoder::{ColorType as Jpeg, SamplingFactor};
use png::{BitDepth, ColorType as Png};
use vigie_match::pdq::{self, PdqResult};
use vigie_media::examine::examine;
use vigie_media::{Examined, Format, Limits};

use crate::pictures::{Picture, palette, png_chunk, png_start, stored};
use crate::reference;

/// Pictures on both sides of 512 pixels, and a reference image where there is one.
fn pictures() -> Vec<Picture> {
    let mut pictures = vec![Picture::new(301, 203, 1), Picture::new(600, 402, 2)];
    if let Some(folder) = reference::folder("the reference image in other formats") {
        let media = std::fs::read(folder.join("images/pen-and-coaster.png")).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(media)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let pixels = pixels
            .as_chunks::<4>()
            .0
            .iter()
            .flat_map(|[red, green, blue, _]| [*red, *green, *blue])
            .collect();
        pictures.push(Picture { width: info.width, height: info.height, pixels });
    }
    pictures
}

fn expected(picture: &Picture) -> PdqResult {
    pdq::hash_rgb(&picture.pixels, picture.width, picture.height)
}

fn decoded(media: &[u8]) -> Examined {
    examine(media, &Limits::default()).unwrap()
}

#[track_caller]
fn same(name: &str, picture: &Picture, media: &[u8]) {
    let (expected, found) = (expected(picture), decoded(media));
    assert_eq!((found.width, found.height), (picture.width, picture.height), "{name}");
    assert_eq!(found.pdq.unwrap().distance(&expected.hash), 0, "{name}");
    assert_eq!(found.quality, expected.quality, "{name}");
}

/// As [`same`], for forms that lose a little.
#[track_caller]
fn near(name: &str, picture: &Picture, media: &[u8]) {
    let distance = decoded(media).pdq.unwrap().distance(&expected(picture).hash);
    assert!(distance <= 10, "{name} lies {distance} bits off");
}

fn with_alpha(samples: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    samples
        .enumerate()
        .flat_map(|(index, mut sample)| {
            sample.push((index * 7 % 256) as u8);
            sample
        })
        .collect()
}

fn doubled(samples: &[u8]) -> Vec<u8> {
    // The lower half of a 16-bit sample is not the upper one: it must make no difference.
    samples.iter().enumerate().flat_map(|(index, value)| [*value, index as u8]).collect()
}

#[test]
fn png_of_every_kind() {
    for picture in pictures() {
        let rgba = with_alpha(picture.colours().map(|colour| colour.to_vec()));
        let make = |kind, depth, samples: &[u8]| picture.png_of(kind, depth, samples, |_| {});
        same("colours", &picture, &picture.png());
        same("transparency", &picture, &make(Png::Rgba, BitDepth::Eight, &rgba));
        same("16 bits", &picture, &make(Png::Rgb, BitDepth::Sixteen, &doubled(&picture.pixels)));
        same("16 bits, transparency", &picture, &make(Png::Rgba, BitDepth::Sixteen, &doubled(&rgba)));
        let keyed = picture.png_of(Png::Rgb, BitDepth::Eight, &picture.pixels, |encoder| {
            encoder.set_trns(picture.pixels[..3].iter().flat_map(|value| [0, *value]).collect::<Vec<u8>>());
        });
        same("a transparent colour", &picture, &keyed);

        let grey = picture.grey();
        let shades: Vec<u8> = grey.colours().map(|[shade, _, _]| shade).collect();
        let shades_alpha = with_alpha(shades.iter().map(|shade| vec![*shade]));
        let make = |kind, depth, samples: &[u8]| grey.png_of(kind, depth, samples, |_| {});
        same("grey", &grey, &make(Png::Grayscale, BitDepth::Eight, &shades));
        same("grey, transparency", &grey, &make(Png::GrayscaleAlpha, BitDepth::Eight, &shades_alpha));
        same("grey, 16 bits", &grey, &make(Png::Grayscale, BitDepth::Sixteen, &doubled(&shades)));
        let sixteen = doubled(&shades_alpha);
        same("grey, transparency, 16 bits", &grey, &make(Png::GrayscaleAlpha, BitDepth::Sixteen, &sixteen));

        for (depth, bits) in [(BitDepth::One, 1), (BitDepth::Two, 2), (BitDepth::Four, 4)] {
            let (few, shades) = picture.few_greys(1 << bits);
            let packed = few.packed(&shades, bits, 1).concat();
            same(&format!("grey, {bits} bits"), &few, &few.png_of(Png::Grayscale, depth, &packed, |_| {}));
        }

        let few = picture.few_colours();
        let indexed = few.png_of(Png::Indexed, BitDepth::Eight, &few.indexes(), |encoder| {
            encoder.set_palette(palette());
        });
        same("palette", &few, &indexed);
        let transparent = few.png_of(Png::Indexed, BitDepth::Eight, &few.indexes(), |encoder| {
            encoder.set_palette(palette());
            encoder.set_trns(vec![0, 128, 7]);
        });
        same("palette, transparency", &few, &transparent);
    }
}

#[test]
fn interlaced_png() {
    let picture = Picture::new(301, 203, 5);
    let (width, height) = (picture.width as usize, picture.height as usize);
    let mut rows = Vec::new();
    for (left, top, across, down) in
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    {
        for row in (top..height).step_by(down) {
            rows.push(0);
            for column in (left..width).step_by(across) {
                rows.extend(&picture.pixels[(row * width + column) * 3..][..3]);
            }
        }
    }
    let mut media = png_start(picture.width, picture.height, 8, 2, true);
    media.extend(png_chunk(b"IDAT", &stored(&rows)));
    media.extend(png_chunk(b"IEND", b""));
    same("interlaced", &picture, &media);
}

#[test]
fn gif_shows_its_first_frame() {
    for picture in pictures() {
        let few = picture.few_colours();
        let (width, height) = (few.width as u16, few.height as u16);
        for interlaced in [false, true] {
            let mut media = Vec::new();
            let mut encoder = gif::Encoder::new(&mut media, width, height, &palette()).unwrap();
            let mut frame = gif::Frame::from_indexed_pixels(width, height, few.indexes(), Some(3));
            if interlaced {
                frame.interlaced = true;
                let indexes = few.indexes();
                let rows: Vec<&[u8]> = indexes.chunks(few.width as usize).collect();
                let order = [(0, 8), (4, 8), (2, 4), (1, 2)];
                let rows = order.iter().flat_map(|(first, step)| rows.iter().skip(*first).step_by(*step));
                frame.buffer = rows.copied().flatten().copied().collect();
            }
            encoder.write_frame(&frame).unwrap();
            let black = vec![0; few.indexes().len()];
            encoder.write_frame(&gif::Frame::from_indexed_pixels(width, height, black, None)).unwrap();
            drop(encoder);
            same(if interlaced { "interlaced" } else { "animation" }, &few, &media);
        }
    }
}

#[test]
fn gif_lays_a_small_frame_on_its_screen() {
    let few = Picture::new(200, 150, 4).few_colours();
    let (left, top, inner_width, inner_height) = (31, 17, 120, 100);
    let index = |row: usize, column: usize| few.indexes()[row * 200 + column];
    let buffer =
        (0..inner_height).flat_map(|row| (0..inner_width).map(move |column| (row + top, column + left)));
    let mut frame = gif::Frame::from_indexed_pixels(
        inner_width as u16,
        inner_height as u16,
        buffer.map(|(row, column)| index(row, column)).collect::<Vec<u8>>(),
        Some(215),
    );
    (frame.left, frame.top) = (left as u16, top as u16);
    let mut media = Vec::new();
    gif::Encoder::new(&mut media, 200, 150, &palette()).unwrap().write_frame(&frame).unwrap();

    let mut shown = few.clone();
    for (place, pixel) in shown.pixels.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        let (row, column) = (place / 200, place % 200);
        if !(top..top + inner_height).contains(&row) || !(left..left + inner_width).contains(&column) {
            *pixel = [255; 3];
        }
    }
    same("a small frame", &shown, &media);
}

#[test]
fn webp_without_loss() {
    for picture in pictures() {
        let rgba = with_alpha(picture.colours().map(|colour| colour.to_vec()));
        same("colours", &picture, &picture.webp(image_webp::ColorType::Rgb8, &picture.pixels));
        same("transparency", &picture, &picture.webp(image_webp::ColorType::Rgba8, &rgba));
        let grey = picture.grey();
        let shades: Vec<u8> = grey.colours().map(|[shade, _, _]| shade).collect();
        same("grey", &grey, &grey.webp(image_webp::ColorType::L8, &shades));
    }
}

#[test]
fn bmp_of_every_depth() {
    for picture in pictures() {
        let align = |mut row: Vec<u8>| {
            row.resize(row.len().next_multiple_of(4), 0);
            row
        };
        let rows = |picture: &Picture, pixel: &dyn Fn([u8; 3]) -> Vec<u8>| -> Vec<Vec<u8>> {
            let colours: Vec<[u8; 3]> = picture.colours().collect();
            colours
                .chunks(picture.width as usize)
                .map(|row| align(row.iter().copied().flat_map(pixel).collect()))
                .collect()
        };
        let blue_first = rows(&picture, &|[red, green, blue]| vec![blue, green, red]);
        same("24 bits", &picture, &picture.bmp(24, 0, &[], &blue_first, false));
        same("24 bits, top down", &picture, &picture.bmp(24, 0, &[], &blue_first, true));
        let with_room = rows(&picture, &|[red, green, blue]| vec![blue, green, red, 77]);
        same("32 bits", &picture, &picture.bmp(32, 0, &[], &with_room, false));
        let masks: Vec<u8> =
            [0xFF_u32 << 16, 0xFF << 8, 0xFF].iter().flat_map(|mask| mask.to_le_bytes()).collect();
        same("32 bits, masks", &picture, &picture.bmp(32, 3, &masks, &with_room, false));

        let few = picture.few_colours();
        let colours: Vec<u8> = palette()
            .as_chunks::<3>()
            .0
            .iter()
            .flat_map(|[red, green, blue]| [*blue, *green, *red, 0])
            .collect();
        let indexes = few.packed(&few.indexes(), 8, 4);
        same("8 bits", &few, &few.bmp(8, 0, &colours, &indexes, false));
        same("8 bits, top down", &few, &few.bmp(8, 0, &colours, &indexes, true));
        for bits in [1, 4] {
            let (few, shades) = picture.few_greys(1 << bits);
            let shade = |index: u32| (index * 255 / ((1 << bits) - 1)) as u8;
            let colours: Vec<u8> =
                (0..1 << bits).flat_map(|index| [shade(index), shade(index), shade(index), 0]).collect();
            same(
                &format!("{bits} bits"),
                &few,
                &few.bmp(bits, 0, &colours, &few.packed(&shades, bits.into(), 4), false),
            );
        }
        let runs: Vec<Vec<u8>> = few
            .indexes()
            .chunks(few.width as usize)
            .map(|row| {
                let mut runs: Vec<u8> = row
                    .chunk_by(|left, right| left == right)
                    .flat_map(|run| run.chunks(255))
                    .flat_map(|run| [run.len() as u8, run[0]])
                    .collect();
                runs.extend([0, 0]);
                runs
            })
            .collect();
        let mut runs = runs;
        runs[0].extend([0, 1]);
        same("8 bits, runs", &few, &few.bmp(8, 1, &colours, &runs, false));

        let halves: Vec<Vec<u8>> = picture
            .few_greys(16)
            .1
            .chunks(picture.width as usize)
            .map(|row| {
                // All of a row as literals of at most 254 indexes, then its end.
                let mut codes: Vec<u8> = row
                    .chunks(254)
                    .flat_map(|part| {
                        let mut codes = if part.len() < 3 { vec![] } else { vec![0, part.len() as u8] };
                        if part.len() < 3 {
                            codes.extend(part.iter().flat_map(|index| [1, index << 4]));
                        } else {
                            let padded = part.iter().copied().chain([0; 3]).collect::<Vec<u8>>();
                            let bytes = part.len().div_ceil(2).next_multiple_of(2);
                            codes.extend((0..bytes).map(|at| {
                                padded.get(at * 2).unwrap_or(&0) << 4 | padded.get(at * 2 + 1).unwrap_or(&0)
                            }));
                        }
                        codes
                    })
                    .collect();
                codes.extend([0, 0]);
                codes
            })
            .collect();
        let mut halves = halves;
        halves[0].extend([0, 1]);
        let (few, _) = picture.few_greys(16);
        let greys: Vec<u8> = (0..16).flat_map(|index: u8| [index * 17, index * 17, index * 17, 0]).collect();
        same("4 bits, runs", &few, &few.bmp(4, 2, &greys, &halves, false));

        // Five bits for each colour, spread over eight as decoders spread them.
        let five = |value: u8| u16::from(value >> 3);
        let spread = |value: u16| ((value * 255 + 15) / 31) as u8;
        let coarse = Picture {
            pixels: picture.pixels.iter().map(|value| spread(five(*value))).collect(),
            ..picture.clone()
        };
        let sixteen = rows(&picture, &|[red, green, blue]| {
            (five(red) << 10 | five(green) << 5 | five(blue)).to_le_bytes().to_vec()
        });
        same("16 bits", &coarse, &picture.bmp(16, 0, &[], &sixteen, false));
    }
}

#[test]
fn jpeg_of_every_kind() {
    for picture in pictures() {
        for sampling in [
            SamplingFactor::R_4_4_4,
            SamplingFactor::R_4_2_0,
            SamplingFactor::R_4_2_2,
            SamplingFactor::R_4_4_0,
            SamplingFactor::R_4_1_1,
        ] {
            for progressive in [false, true] {
                let media = picture.jpeg(|encoder| {
                    encoder.set_sampling_factor(sampling);
                    encoder.set_progressive(progressive);
                });
                near(&format!("{sampling:?}, progressive {progressive}"), &picture, &media);
            }
        }
        near("restarts", &picture, &picture.jpeg(|encoder| encoder.set_restart_interval(5)));
        near("own tables", &picture, &picture.jpeg(|encoder| encoder.set_optimized_huffman_tables(true)));

        let grey = picture.grey();
        let shades: Vec<u8> = grey.colours().map(|[shade, _, _]| shade).collect();
        near("grey", &grey, &grey.jpeg_of(Jpeg::Luma, &shades, |_| {}));
        let inks: Vec<u8> = picture
            .colours()
            .flat_map(|[red, green, blue]| [255 - red, 255 - green, 255 - blue, 0])
            .collect();
        near("inks", &picture, &picture.jpeg_of(Jpeg::Cmyk, &inks, |_| {}));
        near("inks, transformed", &picture, &picture.jpeg_of(Jpeg::CmykAsYcck, &inks, |_| {}));
    }
}

#[test]
fn the_format_is_told_by_the_content() {
    let picture = Picture::new(64, 48, 9);
    let found = decoded(&picture.png());
    assert_eq!((found.format, found.mime()), (Format::Png, "image/png"));
    assert_eq!(decoded(&picture.jpeg(|_| {})).mime(), "image/jpeg");
    assert_eq!(decoded(&picture.webp(image_webp::ColorType::Rgb8, &picture.pixels)).mime(), "image/webp");
}

#[test]
fn a_flat_picture_has_no_signal() {
    let flat = Picture { width: 100, height: 80, pixels: vec![90; 100 * 80 * 3] };
    for media in [flat.png(), flat.jpeg(|_| {})] {
        let found = decoded(&media);
        assert_eq!((found.quality, found.pdq, found.dihedral), (0, None, None));
    }
}
