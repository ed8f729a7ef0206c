//! The reference's own images against the values that the reference prints.

use std::fs;
use std::path::PathBuf;

use vigie_match::Pdq;
use vigie_media::Limits;
use vigie_media::examine::examine;

/// The folder of reference data, or `None` (after saying so) where it is absent and may be.
pub(crate) fn folder(test: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/pdq"));
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{test}: ../shared is absent");
    println!("skipped: {test}: ../shared is absent");
    None
}

/// Name, hash and quality of every reference image.
pub(crate) fn expected(folder: &std::path::Path) -> Vec<(String, Pdq, i32)> {
    let text = fs::read_to_string(folder.join("expected.csv")).unwrap();
    let rows = text.lines().skip(1).map(|line| {
        let mut fields = line.split(',');
        let mut field = || fields.next().unwrap();
        let (hash, quality) = (field().parse().unwrap(), field().parse().unwrap());
        (field().to_owned(), hash, quality)
    });
    rows.collect()
}

#[test]
fn every_image_lies_within_ten_bits_and_half_of_them_within_two() {
    let Some(folder) = folder("every_image_lies_within_ten_bits_and_half_of_them_within_two") else { return };
    let mut distances = Vec::new();
    for (name, hash, quality) in expected(&folder) {
        let media = fs::read(folder.join("images").join(&name)).unwrap();
        let found = examine(&media, &Limits::default()).unwrap();
        let distance = found.pdq.unwrap().distance(&hash);
        println!(
            "{name}: {distance} bits, quality {} for {quality}, unstable {}",
            found.quality, found.unstable
        );
        assert!(distance <= 10, "{name} lies {distance} bits off");
        assert!((i32::from(found.quality) - quality).abs() <= 2, "{name} has quality {}", found.quality);
        distances.push(distance);
    }
    distances.sort_unstable();
    assert!(distances.len() >= 20, "all the images are there");
    assert!(distances[distances.len() / 2] <= 2, "{distances:?}");
}

#[test]
fn the_eight_positions_are_named_as_the_reference_names_them() {
    let Some(folder) = folder("the_eight_positions_are_named_as_the_reference_names_them") else { return };
    let media = fs::read(folder.join("images/aaa-orig.jpg")).unwrap();
    let found = examine(&media, &Limits::default()).unwrap().dihedral.unwrap();
    let text = fs::read_to_string(folder.join("dihedral.csv")).unwrap();
    for (line, found) in text.lines().skip(1).zip(found) {
        let (name, hash) = line.split_once(',').unwrap();
        let distance = found.distance(&hash.parse().unwrap());
        println!("{name}: {distance}");
        assert!(distance <= 10, "{name} lies {distance} bits off");
    }
}
