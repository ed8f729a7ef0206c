//! `vigie hash` and `vigie match` on videos.

use std::fs;
use std::path::Path;
use std::process::Command;

use vigie_match::Vpdq;
use vigie_match::vpdq::compare;
use vigie_testkit::{shared, skipped};

use crate::program::{command, vigie};

/// Whether ffmpeg is here; says so where it is not.
fn has_ffmpeg(test: &str) -> bool {
    let found = Command::new("ffmpeg").arg("-version").output().is_ok_and(|output| output.status.success());
    if !found {
        skipped(test, "ffmpeg is absent");
    }
    found
}

#[test]
fn a_reference_video_is_hashed_as_vpdq_writes_it_and_found_again() {
    let test = "a_reference_video_is_hashed_as_vpdq_writes_it_and_found_again";
    let Some(data) = shared(test, "data/vpdq").filter(|_| has_ffmpeg(test)) else { return };
    let (clip, known) = (data.join("doorknob-hd-no-bar.mp4"), data.join("doorknob-hd-no-bar.txt"));
    let hash = |more: &[&str]| {
        let clip = clip.to_str().unwrap();
        vigie(["hash"].iter().chain(more).chain([&clip]))
    };
    let ran = hash(&["--signal", "vpdq"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let ours: Vpdq = ran.out.parse().unwrap();
    assert_eq!(ours.frames().iter().map(|frame| frame.number).collect::<Vec<_>>(), [0, 30, 60, 90]);
    let all: Vpdq = hash(&["--signal", "vpdq", "--seconds-per-hash", "0"]).out.parse().unwrap();
    let expected: Vpdq = fs::read_to_string(&known).unwrap().parse().unwrap();
    assert_eq!(all.frames().len(), expected.frames().len());
    assert!(compare(&all, &expected, 10).query_percent() == 100);
    let seen = &hash(&["--format", "json"]).json_lines()[0];
    assert_eq!((seen["mime"].as_str(), seen["width"].as_u64()), (Some("video/mp4"), Some(1280)));
    assert_eq!(seen["signals"]["vpdq"].as_str().unwrap().parse::<Vpdq>().unwrap(), ours);
    assert!(hash(&[]).out.contains("4 frames, "));

    let found = vigie([
        "match".as_ref(),
        "--bank".as_ref(),
        known.as_os_str(),
        "--format".as_ref(),
        "json".as_ref(),
        data.as_os_str(),
    ]);
    let lines = found.json_lines();
    let videos: Vec<_> = lines.iter().filter(|line| line["error"].is_null()).collect();
    assert_eq!(videos.len(), 1, "{}", found.out);
    assert!(videos[0]["path"].as_str().unwrap().ends_with("doorknob-hd-no-bar.mp4"));
    assert_eq!(
        (videos[0]["signal"].as_str(), videos[0]["query_percent"].as_u64()),
        (Some("vpdq"), Some(100))
    );
}

#[test]
fn without_ffmpeg_a_video_has_its_digests_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("clip.mp4");
    fs::write(&clip, b"\0\0\0\x18ftypisom a clip").unwrap();
    let run = |arguments: &[&str], path: &Path| {
        let output = command().args(arguments).arg(path).env("PATH", folder.path()).output().unwrap();
        (output.status.code(), [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()))
    };
    let (code, [out, err]) = run(&["hash"], &clip);
    assert_eq!(code, Some(2));
    assert!(out.contains("md5") && err.contains("ffmpeg is not here"), "{out}{err}");
    let (_, [out, _]) = run(&["doctor", "--format", "json", "--data"], folder.path());
    assert!(out.contains("videos are matched by their digests alone"), "{out}");
}
