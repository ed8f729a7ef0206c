//! `vigie hash` and `vigie match` on folders.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use vigie_match::Pdq;
use vigie_synth::variants::Edge;
use vigie_synth::{Encoding, Picture, Recipe, Size, Variant};

use vigie_testkit::shared;

use crate::program::{Ran, vigie};

/// A folder with two pictures and three copies of the first, one too flat for a signal, and something that is no picture.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let size = Size::new(320, 240).unwrap();
    let (lake, hill) = (Recipe::original(1, size), Recipe::original(2, size));
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    write("lake.jpg", &lake.render().bytes);
    write("hill.jpg", &hill.render().bytes);
    write("copies/exact.jpg", &lake.render().bytes);
    write("copies/small.jpg", &lake.changed(Variant::Resized(50)).render().bytes);
    write("copies/trimmed.jpg", &lake.changed(Variant::Trimmed(Edge::Right, 1)).render().bytes);
    write("copies/mirrored.jpg", &lake.changed(Variant::Mirrored).render().bytes);
    write("flat.png", &Picture::painted(size, |_, _| [90, 90, 90]).encode(Encoding::Png));
    folder
}

fn hash(folder: &Path, arguments: &[&str]) -> Ran {
    vigie(["hash"].iter().chain(arguments).map(AsRef::as_ref).chain([folder.as_os_str()]))
}

/// A list with the signals of the folder's first picture.
fn list(folder: &Path, signals: &str) -> tempfile::NamedTempFile {
    let ran = hash(&folder.join("lake.jpg"), &["--signal", signals, "--format", "csv"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), ran.out).unwrap();
    file
}

fn find(folder: &Path, list: &Path, arguments: &[&str]) -> Ran {
    let list = ["match".as_ref(), "--bank".as_ref(), list.as_os_str()];
    vigie(list.into_iter().chain(arguments.iter().map(AsRef::as_ref)).chain([folder.as_os_str()]))
}

/// Names of the files that were found, without their folder.
fn names(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["path"].as_str().unwrap().rsplit('/').next().unwrap()).collect()
}

#[test]
fn the_reference_images_have_their_reference_hashes() {
    let Some(data) = shared("the_reference_images_have_their_reference_hashes", "data/pdq") else { return };
    let expected = fs::read_to_string(data.join("expected.csv")).unwrap();
    let ran = hash(&data.join("images"), &["--signal", "pdq", "--format", "csv"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let mut distances = Vec::new();
    for line in expected.lines().skip(1) {
        let [hash, quality, file]: [&str; 3] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
        let found = ran.out.lines().find(|line| line.ends_with(&format!("/{file}"))).unwrap();
        let mut fields = found.split(',');
        let found: Pdq = fields.next().unwrap().parse().unwrap();
        distances.push(found.distance(&hash.parse().unwrap()));
        let off = quality.parse::<i32>().unwrap() - fields.next().unwrap().parse::<i32>().unwrap();
        assert!(off.abs() <= 2, "the quality of {file} is {off} off");
    }
    distances.sort_unstable();
    assert_eq!(distances.len(), ran.out.lines().count());
    assert!(distances[distances.len() / 2] <= 2 && distances[distances.len() - 1] <= 10, "{distances:?}");
}

#[test]
fn files_are_told_in_the_order_of_the_walk() {
    let folder = folder();
    let ran = hash(folder.path(), &["--format", "json"]);
    let expected =
        ["exact.jpg", "mirrored.jpg", "small.jpg", "trimmed.jpg", "flat.png", "hill.jpg", "lake.jpg"];
    assert_eq!(names(&ran.json_lines()), expected);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "no bar where nobody watches");
}

#[test]
fn a_picture_that_is_too_flat_has_no_pdq_signal_and_says_so() {
    let folder = folder();
    let flat = folder.path().join("flat.png");
    let line = &hash(&flat, &["--signal", "sha1,pdq", "--format", "json"]).json_lines()[0];
    assert_eq!(line["signals"]["pdq"], Value::Null);
    assert_eq!(line["signals"]["sha1"].as_str().unwrap().len(), 40);
    let facts = [&line["quality"], &line["mime"], &line["width"], &line["height"]];
    assert_eq!(facts, [&json!(0), &json!("image/png"), &json!(320), &json!(240)]);
    let csv = hash(&flat, &["--signal", "pdq", "--format", "csv"]).out;
    assert_eq!(csv, format!(",0,{}\n", flat.display()));
    assert_eq!(line["unstable"], true, "of a picture without structure every bit hangs on rounding");
    assert!(hash(&flat, &["--signal", "pdq"]).out.contains("none: its quality is 0, under 50"));
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_done() {
    let folder = folder();
    fs::write(folder.path().join("notes.txt"), "no picture").unwrap();
    let broken = fs::read(folder.path().join("hill.jpg")).unwrap();
    fs::write(folder.path().join("half.jpg"), &broken[..600]).unwrap();
    let gone = folder.path().join("gone.jpg");
    let ran = vigie(["hash".as_ref(), "--format=json".as_ref(), gone.as_os_str(), folder.path().as_os_str()]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err.lines().filter(|line| line.starts_with("error: ")).count(), 3, "{}", ran.err);
    let lines = ran.json_lines();
    let failed: Vec<_> = lines.iter().filter(|line| line.get("error").is_some()).cloned().collect();
    assert_eq!(names(&failed), ["gone.jpg", "half.jpg", "notes.txt"]);
    assert_eq!(lines.len(), 10);
    // Digests exist of whatever can be read, so that exact matching does not depend on a decoder.
    assert_eq!(failed[2]["signals"]["md5"], "52b8497c36cfa26b2af4345a99d95e6c");
    assert_eq!(hash(folder.path(), &["--signal", "sha256"]).code, 0, "digests alone need no decoder");
}

#[test]
fn copies_are_found_and_others_are_not() {
    let folder = folder();
    let list = list(folder.path(), "pdq");
    let ran = find(folder.path(), list.path(), &["--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(names(&ran.json_lines()), ["exact.jpg", "small.jpg", "trimmed.jpg", "lake.jpg"]);
    let lake = &ran.json_lines()[3];
    assert_eq!([&lake["signal"], &lake["distance"], &lake["line"]], [&json!("pdq"), &json!(0), &json!(1)]);
    assert!(lake["entry"].as_str().unwrap().ends_with("lake.jpg"));

    let turned = find(folder.path(), list.path(), &["--format", "json", "--dihedral"]).json_lines();
    let mirrored = turned.iter().find(|line| names(&[(*line).clone()]) == ["mirrored.jpg"]).unwrap();
    assert_eq!(mirrored["variant"], "flipy");

    let none = find(folder.path(), list.path(), &["--distance", "0", "--format", "json"]);
    assert_eq!(names(&none.json_lines()), ["exact.jpg", "lake.jpg"]);
}

#[test]
fn digests_match_files_of_any_kind_without_a_decoder() {
    let folder = folder();
    let film = folder.path().join("film.mp4");
    fs::write(&film, vec![7; 3_000_000]).unwrap();
    let list = tempfile::NamedTempFile::new().unwrap();
    let digest =
        hash(&film, &["--signal", "md5", "--format", "json"]).json_lines()[0]["signals"]["md5"].clone();
    fs::write(list.path(), format!("{}\n", digest.as_str().unwrap().to_uppercase())).unwrap();
    let ran = find(folder.path(), list.path(), &[]);
    assert_eq!((ran.code, ran.out), (0, format!("{}: md5, distance 0: line 1 \n", film.display())));
}

#[test]
fn nothing_known_is_exit_code_1_and_a_faulty_list_2() {
    let folder = folder();
    let list = list(folder.path(), "pdq");
    let hill = folder.path().join("hill.jpg");
    assert_eq!(find(&hill, list.path(), &[]).code, 1);

    let lines = fs::read_to_string(list.path()).unwrap();
    fs::write(list.path(), format!("nonsense,1,x\n{lines}")).unwrap();
    let ran = find(folder.path(), list.path(), &["--format", "csv"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("line 1 of ") && !ran.err.contains("nonsense"), "{}", ran.err);
    assert_eq!(ran.out.lines().count(), 5, "the rest is still done: {}", ran.out);

    fs::write(list.path(), "").unwrap();
    let ran = find(folder.path(), list.path(), &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("hint: "), "{}", ran.err);
}

#[test]
fn somebody_who_stops_reading_is_no_error() {
    let folder = folder();
    let mut child = crate::program::command()
        .args(["hash".as_ref(), folder.path().as_os_str()])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}
