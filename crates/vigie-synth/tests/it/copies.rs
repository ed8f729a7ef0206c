//! Landscapes and their copies, judged by the real perceptual hash on the decoded files.

use vigie_match::pdq::{self, PdqResult};
use vigie_synth::landscape::landscape;
use vigie_synth::{Encoding, Recipe, Size, Variant};

const SIZES: [(u32, u32); 4] = [(512, 512), (640, 480), (480, 640), (320, 240)];

fn recipe(seed: u64) -> Recipe {
    let (width, height) = SIZES[seed as usize % SIZES.len()];
    Recipe::original(seed, Size::new(width, height).expect("a legal size"))
}

/// The perceptual hash of a file, decoded as anybody would.
fn hash(recipe: Recipe) -> PdqResult {
    let file = recipe.render();
    let mut decoder = zune_jpeg::JpegDecoder::new(zune_core::bytestream::ZCursor::new(&file.bytes));
    let pixels = decoder.decode().expect("a JPEG file");
    let info = decoder.info().expect("a decoded file");
    assert_eq!(file.media_type, "image/jpeg");
    pdq::hash_rgb(&pixels, info.width.into(), info.height.into())
}

#[test]
fn landscapes_hash_with_high_quality_and_far_from_each_other() {
    let hashes: Vec<PdqResult> = (0..60).map(|seed| hash(recipe(seed))).collect();
    for (seed, hashed) in hashes.iter().enumerate() {
        assert!(hashed.quality >= 80, "landscape {seed} has quality {}", hashed.quality);
    }
    for (left, first) in hashes.iter().enumerate() {
        for second in &hashes[left + 1..] {
            let distance = first.hash.distance(&second.hash);
            assert!(distance > 70, "landscape {left} is at distance {distance} from another");
        }
    }
}

#[test]
fn gentle_copies_stay_within_distance_31() {
    for seed in 100..130 {
        let original = hash(recipe(seed));
        for variant in Variant::GENTLE {
            let distance = original.hash.distance(&hash(recipe(seed).changed(variant)).hash);
            assert!(distance <= 31, "landscape {seed} {variant:?} is at distance {distance}");
        }
    }
}

#[test]
fn turned_copies_are_found_only_by_the_dihedral_variants() {
    for seed in 200..210 {
        let original = hash(recipe(seed));
        for variant in Variant::TURNED {
            let copy = hash(recipe(seed).changed(variant)).hash;
            let upright = original.hash.distance(&copy);
            let nearest = original.dihedral().iter().map(|turned| turned.distance(&copy)).min().unwrap();
            assert!(upright > 70, "landscape {seed} {variant:?} is at distance {upright}");
            assert!(nearest <= 31, "landscape {seed} {variant:?} is at distance {nearest} at best");
        }
    }
}

/// Recorded from a first run: another machine or another version of the painter must not change anybody's data unseen.
#[test]
fn a_seed_gives_the_same_pixels_everywhere() {
    let picture = landscape(42, Size::new(200, 150).unwrap());
    assert_eq!(
        vigie_match::Digests::of(picture.rgb()).signals()[0].hex(),
        "a754a33f69306f3050f1a871144f43bb"
    );
}

#[test]
fn an_exact_copy_is_the_same_file_and_every_other_copy_is_not() {
    let original = recipe(7).render();
    assert_eq!(recipe(7).changed(Variant::Exact).render(), original);
    for variant in Variant::GENTLE.into_iter().chain(Variant::TURNED).filter(|one| *one != Variant::Exact) {
        assert_ne!(recipe(7).changed(variant).render().bytes, original.bytes, "{variant:?}");
    }
}

#[test]
fn a_png_gives_back_every_pixel() {
    let picture = landscape(3, Size::new(97, 61).unwrap());
    let bytes = picture.encode(Encoding::Png);
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((frame.width, frame.height), (97, 61));
    assert_eq!(pixels, picture.rgb());
}

#[test]
fn turns_move_the_corners_where_they_belong() {
    let picture = landscape(5, Size::new(64, 40).unwrap());
    let corner = picture.at(0, 0);
    assert_eq!(Variant::Mirrored.apply(&picture).at(63, 0), corner);
    assert_eq!(Variant::QuarterTurn.apply(&picture).at(39, 0), corner);
    assert_eq!(Variant::HalfTurn.apply(&picture).at(63, 39), corner);
}

#[test]
fn the_smallest_and_the_oddest_sizes_can_be_painted_and_changed() {
    for (width, height) in [(16, 16), (16, 300), (300, 16), (33, 17)] {
        let picture = landscape(1, Size::new(width, height).unwrap());
        for variant in Variant::GENTLE.into_iter().chain(Variant::TURNED) {
            let copy = variant.apply(&picture);
            assert!(!copy.encode(Encoding::Jpeg(80)).is_empty(), "{width}×{height} {variant:?}");
        }
    }
    assert!(Size::new(15, 100).is_err() && Size::new(100, 8193).is_err());
}
