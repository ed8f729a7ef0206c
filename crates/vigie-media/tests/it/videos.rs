//! Videos through the real `ffmpeg`.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use vigie_match::Vpdq;
use vigie_match::vpdq::compare;
use vigie_media::video::{Programs, Progress};
use vigie_media::{
    Cage, Container, Ended, ExceededLimit, MediaError, Reason, VideoLimits, VideoPool, VideoSettings, Watched,
};

/// The programs, or none (after saying so) where they are absent and may be.
pub(crate) fn programs(test: &str) -> Option<Programs> {
    match Programs::find(None, std::env::var_os("PATH").as_deref()) {
        Ok(programs) => Some(programs),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{test}: {error}");
            println!("skipped: {test}: ffmpeg is absent");
            None
        }
    }
}

pub(crate) fn settings(programs: Programs) -> VideoSettings {
    let launcher = env!("CARGO_BIN_EXE_vigie-decode-child");
    VideoSettings { at_once: 1, ..VideoSettings::new(programs, launcher, vec![OsString::from("__launch")]) }
}

/// A video that `ffmpeg` draws: a test picture that moves.
fn drawn(programs: &Programs, source: &str, options: &[&str]) -> Bytes {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("video.{}", options.last().unwrap()));
    let mut command = Command::new(programs.ffmpeg());
    command.args(["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", source]);
    command.args(&options[..options.len() - 1]).arg(&file).stdin(Stdio::null());
    assert!(command.status().unwrap().success(), "{source} {options:?}");
    fs::read(file).unwrap().into()
}

const MOVING: &str = "testsrc2=size=320x240:rate=10:duration=3";

async fn watch(settings: VideoSettings, media: Bytes) -> Result<Watched, MediaError> {
    VideoPool::new(settings).watch(media, |_| {}).await
}

fn every_frame(programs: Programs) -> VideoSettings {
    VideoSettings { between: Duration::ZERO, ..settings(programs) }
}

fn reference(test: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/vpdq"));
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{test}: ../shared is absent");
    println!("skipped: {test}: ../shared is absent");
    None
}

#[tokio::test]
async fn the_reference_videos_hash_as_the_reference_says() {
    let test = "the_reference_videos_hash_as_the_reference_says";
    let (Some(folder), Some(programs)) = (reference(test), programs(test)) else { return };
    for name in ["chair-19-sd-bar", "doorknob-hd-no-bar"] {
        let media: Bytes = fs::read(folder.join(name).with_extension("mp4")).unwrap().into();
        let expected: Vpdq =
            fs::read_to_string(folder.join(name).with_extension("txt")).unwrap().parse().unwrap();
        let all = watch(every_frame(programs.clone()), media.clone()).await.unwrap();
        let (mut distances, mut poor) = (vec![], 0);
        assert_eq!(all.vpdq.frames().len(), expected.frames().len());
        for (ours, theirs) in all.vpdq.frames().iter().zip(expected.frames()) {
            assert_eq!((ours.number, ours.milliseconds), (theirs.number, theirs.milliseconds));
            assert!(ours.quality.abs_diff(theirs.quality) <= 2, "{ours} {theirs}");
            if theirs.quality < 50 { poor += 1 } else { distances.push(ours.hash.distance(&theirs.hash)) }
        }
        distances.sort_unstable();
        let (middle, most) = (distances[distances.len() / 2], distances[distances.len() - 1]);
        println!("{name}: median {middle}, at most {most} bits off; {poor} of quality under 50");
        assert!(middle == 0 && most <= 4, "{distances:?}");
        let sampled = watch(settings(programs.clone()), media).await.unwrap();
        assert!(sampled.vpdq.frames().iter().all(|frame| frame == &all.vpdq.frames()[frame.number as usize]));
        assert_eq!(sampled.vpdq.frames().len(), expected.frames().len().div_ceil(30));
        let share = compare(&sampled.vpdq, &expected, 31);
        assert_eq!(share.query_percent(), 100);
    }
}

#[tokio::test]
async fn every_container_gives_the_same_frames() {
    let Some(programs) = programs("every_container_gives_the_same_frames") else { return };
    let lossless = ["-c:v", "mpeg4", "-q:v", "2", "-bitexact"];
    let ways: [(&[&str], Container); 5] = [
        (&["-movflags", "+faststart", "mp4"], Container::Mp4),
        (&["mp4"], Container::Mp4),
        (&["mov"], Container::QuickTime),
        (&["mkv"], Container::Matroska),
        (&["avi"], Container::Avi),
    ];
    let mut first: Option<Vpdq> = None;
    for (options, container) in ways {
        let media = drawn(&programs, MOVING, &[&lossless[..], options].concat());
        let watched = watch(every_frame(programs.clone()), media).await.unwrap();
        assert_eq!((watched.container, watched.width, watched.height), (container, 320, 240));
        assert_eq!((watched.ended, watched.vpdq.frames().len()), (Ended::AtItsEnd, 30), "{options:?}");
        assert_eq!(watched.vpdq, *first.get_or_insert(watched.vpdq.clone()), "{options:?}");
    }
    let webm = drawn(&programs, MOVING, &["-c:v", "libvpx", "-b:v", "1M", "webm"]);
    let watched = watch(every_frame(programs), webm).await.unwrap();
    assert_eq!(watched.container, Container::WebM);
    assert!(compare(&watched.vpdq, &first.unwrap(), 31).query_percent() > 90);
}

#[tokio::test]
async fn progress_is_told_frame_by_frame() {
    let Some(programs) = programs("progress_is_told_frame_by_frame") else { return };
    let media = drawn(&programs, MOVING, &["mp4"]);
    let mut told: Vec<Progress> = Vec::new();
    VideoPool::new(settings(programs)).watch(media, |progress| told.push(progress)).await.unwrap();
    let positions: Vec<_> =
        told.iter().map(|progress| (progress.frames, progress.position.as_secs())).collect();
    assert_eq!(positions, [(1, 0), (2, 1), (3, 2)]);
    assert_eq!(told[0].duration, Some(Duration::from_secs(3)));
}

#[tokio::test]
async fn a_video_that_is_cut_gives_what_is_there() {
    let Some(programs) = programs("a_video_that_is_cut_gives_what_is_there") else { return };
    let media =
        drawn(&programs, "testsrc2=size=640x480:rate=10:duration=6", &["-movflags", "+faststart", "mp4"]);
    let whole = watch(settings(programs.clone()), media.clone()).await.unwrap();
    let cut = watch(settings(programs.clone()), media.slice(..media.len() / 2)).await.unwrap();
    let frames = cut.vpdq.frames().len();
    assert!((1..6).contains(&frames), "{frames} frames");
    assert_eq!(cut.vpdq.frames()[..frames - 1], whole.vpdq.frames()[..frames - 1]);
    // Cut before the data begins, or without its table of contents.
    let last = drawn(&programs, MOVING, &["mp4"]);
    for media in [media.slice(..2000), last.slice(..last.len() / 2)] {
        let error = watch(settings(programs.clone()), media).await.unwrap_err();
        assert!(matches!(error, MediaError::Undecodable { reason: Reason::Malformed }), "{error}");
    }
}

#[tokio::test]
async fn garbage_behind_a_good_beginning_is_an_error_of_its_own() {
    let Some(programs) = programs("garbage_behind_a_good_beginning_is_an_error_of_its_own") else { return };
    let noise: Vec<u8> = (0..200_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let heads: [&[u8]; 4] = [
        b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2",
        b"\x1A\x45\xDF\xA3\x9F\x42\x82\x84webm",
        b"RIFF\xFF\xFF\0\0AVI LIST",
        b"\0\0\x04\0moov",
    ];
    for head in heads {
        let error = watch(settings(programs.clone()), [head, &noise].concat().into()).await.unwrap_err();
        assert!(matches!(error, MediaError::Undecodable { .. } | MediaError::UnknownFormat), "{error}");
    }
    let pool = VideoPool::new(settings(programs));
    assert!(matches!(pool.watch(noise.into(), |_| {}).await.unwrap_err(), MediaError::UnknownFormat));
}

#[tokio::test]
async fn other_files_are_not_reached_from_within_a_video() {
    let Some(programs) = programs("other_files_are_not_reached_from_within_a_video") else { return };
    // Playlists are what ffmpeg is talked into reading files and addresses with. The container is told by its bytes.
    for text in ["#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", "ffconcat version 1.0\nfile /etc/hostname\n"]
    {
        let pool = VideoPool::new(settings(programs.clone()));
        assert!(matches!(pool.watch(text.into(), |_| {}).await.unwrap_err(), MediaError::UnknownFormat));
        let dressed = [b"\0\0\0\x14ftypisom\0\0\0\0isom", text.as_bytes()].concat();
        assert!(watch(settings(programs.clone()), dressed.into()).await.is_err());
    }
}

#[tokio::test]
async fn frames_larger_than_allowed_are_refused_before_they_are_decoded() {
    let Some(programs) = programs("frames_larger_than_allowed_are_refused_before_they_are_decoded") else {
        return;
    };
    let media = drawn(&programs, "color=size=8000x8000:rate=1:duration=1", &["-c:v", "mjpeg", "mov"]);
    let limits = VideoLimits { time: Duration::from_secs(30), ..VideoLimits::default() };
    let error = watch(VideoSettings { limits, ..settings(programs) }, media).await.unwrap_err();
    assert!(matches!(error, MediaError::LimitExceeded { limit: ExceededLimit::Pixels }), "{error}");
}

#[tokio::test]
async fn thousands_of_tiny_frames_end_at_the_limit() {
    let Some(programs) = programs("thousands_of_tiny_frames_end_at_the_limit") else { return };
    let media = drawn(&programs, "testsrc2=size=16x16:rate=200:duration=40", &["-c:v", "mpeg4", "mp4"]);
    let mut settings = every_frame(programs);
    settings.limits.frames = 1000;
    let watched = watch(settings.clone(), media.clone()).await.unwrap();
    assert_eq!((watched.ended, watched.vpdq.frames().len()), (Ended::OutOfFrames, 1000));
    settings.limits.raw_bytes = 100_000;
    let watched = watch(settings.clone(), media.clone()).await.unwrap();
    assert_eq!(watched.ended, Ended::OutOfFrames);
    assert!((1..1000).contains(&watched.vpdq.frames().len()));
    // A tiny frame still says nothing: none of them counts.
    assert!(watched.vpdq.frames().len() > 100 && watched.width == 16);
}

#[tokio::test]
async fn a_stated_length_and_rate_are_not_believed() {
    let Some(programs) = programs("a_stated_length_and_rate_are_not_believed") else { return };
    let media = drawn(&programs, MOVING, &["-movflags", "+faststart", "-video_track_timescale", "10", "mp4"]);
    // A year in the movie header, the track header and the media header.
    let mut long = media.to_vec();
    let year = (365 * 24 * 3600_u32).to_be_bytes();
    for (kind, at) in [(b"mvhd", 20), (b"tkhd", 24), (b"mdhd", 20)] {
        let place = long.windows(4).position(|found| found == kind).unwrap();
        long[place + at..place + at + 4].copy_from_slice(&year);
    }
    let watched = watch(settings(programs.clone()), long.into()).await.unwrap();
    assert_eq!((watched.ended, watched.vpdq.frames().len()), (Ended::AtItsEnd, 3));
    // Frames so short that one hash a second would be one in a hundred thousand.
    let mut fast = media.to_vec();
    let place = fast.windows(4).position(|found| found == b"mdhd").unwrap();
    fast[place + 16..place + 20].copy_from_slice(&1_000_000_u32.to_be_bytes());
    let watched = watch(every_frame(programs), fast.into()).await.unwrap();
    assert_eq!(watched.vpdq.frames().len(), 30);
}

#[tokio::test]
async fn a_video_that_takes_too_long_gives_what_was_seen_and_leaves_no_process() {
    let Some(programs) = programs("a_video_that_takes_too_long_gives_what_was_seen_and_leaves_no_process")
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("ffmpeg");
    let is_running = || {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
        lines
            .map(|line| String::from_utf8_lossy(&line).into_owned())
            .any(|line| line.contains(program.to_str().unwrap()))
    };
    // A program in the place of ffmpeg that says one frame and then nothing.
    let frame = r#"printf 'P6\n8 8\n255\n'; head -c 192 /dev/zero"#;
    for (script, frames) in [(frame, 1), (":", 0)] {
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = -version ] && echo ffmpeg version 5.1.2 && exit\n{script}\nread -r _\nsleep 600\n"
        );
        fs::write(&program, script).unwrap();
        Command::new("chmod").arg("755").arg(&program).status().unwrap();
        let impostor = Programs::find(Some(&program), std::env::var_os("PATH").as_deref()).unwrap();
        // A shell and its programs would not live in the cage.
        let mut settings = VideoSettings { cage: Cage::LimitsAlone, ..every_frame(impostor) };
        // Long enough for a shell to start on a machine that does much else.
        settings.limits.time = Duration::from_secs(4);
        let watching = watch(settings, drawn(&programs, MOVING, &["mp4"]));
        let (outcome, was_running) = tokio::join!(watching, async {
            let began = std::time::Instant::now();
            while !is_running() && began.elapsed() < Duration::from_secs(60) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            began.elapsed() < Duration::from_secs(60)
        });
        assert!(was_running);
        match frames {
            1 => assert_eq!(outcome.unwrap().ended, Ended::OutOfTime),
            _ => assert!(matches!(outcome.unwrap_err(), MediaError::TimedOut)),
        }
        let gone = async {
            while is_running() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), gone).await.expect("the child is gone");
    }
}
