//! Videos: CPU time of a vPDQ beside the reference's own library, and beside `ffmpeg` that decodes and does no more.
//!
//! CPU seconds, not time on the clock: our side is several processes, each of which counts with its start. Both sides'
//! hashes are compared, since a side that hashes other frames has nothing to win.
//!
//! To add a video that is drawn: change [`DRAWN`]. To add a setting: a line in [`SETTINGS`].

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::machine;
use super::request::Request;
use crate::bench::python;
use crate::{environment, interrupt, step};

const RIVAL: &str = include_str!("video/vpdq.py");
const METERED: &str = include_str!("video/metered.py");
/// The reference, built from its sources.
const PACKAGE: &str = "vpdq==0.2.5";
/// A video that is heavy to decode, beside the ones of the reference.
const DRAWN: &str = "mandelbrot=size=1280x720:rate=30";
const DRAWN_SECONDS: &str = "10";
/// How far apart the hashes of both sides may lie, in the middle.
const TOLERANCE: u32 = 10;

/// How often frames are hashed.
struct Setting {
    name: &'static str,
    /// Seconds between two hashes.
    between: &'static str,
    /// What part of the reference's CPU time it may take.
    goal: f64,
    goal_name: &'static str,
}

const SETTINGS: [Setting; 2] = [
    Setting { name: "one hash a second", between: "1", goal: 1.0, goal_name: "≤ 1" },
    Setting { name: "every frame", between: "0", goal: 1.0 / 3.0, goal_name: "≤ 1/3" },
];

/// The commands of the sides.
struct Sides {
    python: PathBuf,
    ours: PathBuf,
}

/// The fastest turn of a side, and what it said.
struct Turn {
    seconds: f64,
    frames: Vec<String>,
}

/// See the module.
///
/// # Errors
/// The reference cannot be had or built, a video is not hashed, or the hashes of the sides do not agree.
pub(super) fn measure(request: &Request) -> anyhow::Result<String> {
    let turns = request.number("--turns", 3)?.max(1);
    let build = ["build", "--release", "-p", "vigie-media", "--example", "hash_video"];
    step::run("build our side", &mut step::cargo(build))?;
    let python = python::with(request.folder, &[PACKAGE]).context(
        "it takes CMake, a C++ compiler and the headers of ffmpeg (Debian: cmake, g++, pkg-config, libavcodec-dev, \
         libavformat-dev, libavdevice-dev, libavfilter-dev, libswscale-dev, libswresample-dev, libavutil-dev)",
    )?;
    let sides = Sides { python, ours: step::target_directory()?.join("release/examples/hash_video") };
    let version = step::output(&mut step::command("ffmpeg", ["-version"]))?;
    let version = version.split_whitespace().nth(2).unwrap_or_default();
    let mut text = format!(
        "{}. CPU seconds, of each side the fastest of {turns} turns, each asked for one thread. The reference is `vpdq` 0.2.5 of \
         PyPI, built here with the libraries of ffmpeg {version}; only its call counts, not the interpreter. Ours is \
         all processes of one video: our own, and `ffprobe` and `ffmpeg` {version}, each started in its cage; not the \
         search for the two programs, which a service makes once. Decoding is one `ffmpeg` \
         that decodes every frame and drops it, with its start. Bits apart: between both sides' hashes of the same frames whose quality \
         is 50 and more.\n\n\
         | | decoding | reference | ours | ours / reference | goal | met | bits apart: median, most |\n\
         |---|---|---|---|---|---|---|---|\n",
        machine::name()?
    );
    for (name, video) in videos(request.folder)? {
        sides.rows(&mut text, &name, &video, turns)?;
    }
    Ok(text)
}

/// The reference's own videos where they are at hand, and one that is drawn.
fn videos(folder: &Path) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let mut videos = Vec::new();
    for name in ["chair-19-sd-bar", "doorknob-hd-no-bar"] {
        let file = environment::workspace_root().join("../shared/data/vpdq").join(name).with_extension("mp4");
        if file.is_file() {
            videos.push((format!("`{name}`"), file));
        }
    }
    let file = folder.join("drawn.mp4");
    let mut draw = step::command("ffmpeg", ["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", DRAWN]);
    draw.args(["-t", DRAWN_SECONDS, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]);
    step::run("draw a video", draw.arg(&file))?;
    videos.push((format!("drawn (`{DRAWN}`, {DRAWN_SECONDS} s)"), file));
    Ok(videos)
}

impl Sides {
    /// A row for each setting.
    fn rows(&self, text: &mut String, name: &str, video: &Path, turns: u64) -> anyhow::Result<()> {
        let mut decode = self.metered(OsStr::new("ffmpeg"));
        decode.args(["-nostdin", "-loglevel", "error", "-threads", "1", "-i"]).arg(video);
        let decoding = best(decode.args(["-map", "0:V:0", "-f", "null", "-"]), turns)?.seconds;
        let once = best(&mut self.metered(self.ours.as_os_str()), turns)?.seconds;
        for setting in &SETTINGS {
            let mut rival = step::command(&self.python, ["-c", RIVAL]);
            let theirs = best(rival.arg(video).arg(setting.between), turns)?;
            let mut ours = best(self.metered(self.ours.as_os_str()).arg(video).arg(setting.between), turns)?;
            ours.seconds -= once;
            let (middle, most) = apart(&ours.frames, &theirs.frames)
                .with_context(|| format!("{name}: the sides hash other frames"))?;
            if middle > TOLERANCE {
                bail!("{name}: our hashes are not within {TOLERANCE} bits of the reference's");
            }
            let share = ours.seconds / theirs.seconds;
            writeln!(
                text,
                "| {name}, {} | {decoding:.2} s | {:.2} s | {:.2} s | {share:.2} | {} | {} | {middle}, {most} |",
                setting.name,
                theirs.seconds,
                ours.seconds,
                setting.goal_name,
                if share <= setting.goal { "yes" } else { "no" }
            )?;
        }
        Ok(())
    }

    fn metered(&self, program: &OsStr) -> Command {
        let mut command = step::command(&self.python, ["-c", METERED]);
        command.arg(program);
        command
    }
}

/// The fastest of so many turns.
fn best(command: &mut Command, turns: u64) -> anyhow::Result<Turn> {
    let mut best: Option<Turn> = None;
    for _ in 0..turns {
        if interrupt::asked_to_stop() {
            bail!("interrupted");
        }
        let output = step::output(command)?;
        let mut frames: Vec<String> = output.lines().map(str::to_owned).collect();
        let seconds = frames.pop().context("a side said nothing")?.parse()?;
        if best.as_ref().is_none_or(|best| seconds < best.seconds) {
            best = Some(Turn { seconds, frames });
        }
    }
    best.context("there was no turn")
}

/// How many bits lie between the hashes of the same frames that say enough: in the middle, and at most. None where the
/// sides hashed other frames.
fn apart(ours: &[String], theirs: &[String]) -> Option<(u32, u32)> {
    if ours.len() != theirs.len() {
        return None;
    }
    let mut bits = Vec::new();
    for (our, their) in ours.iter().zip(theirs) {
        let (our, their): (Vec<_>, Vec<_>) = (our.split(',').collect(), their.split(',').collect());
        let ([number, _, left, _], [same, quality, right, _]) = (our.as_slice(), their.as_slice()) else {
            return None;
        };
        if number != same || left.len() != right.len() {
            return None;
        }
        if quality.parse::<u32>().ok()? >= 50 {
            bits.push(distance(left, right));
        }
    }
    bits.sort_unstable();
    Some((*bits.get(bits.len() / 2)?, *bits.last()?))
}

/// How many bits differ between two hashes in hexadecimal.
fn distance(left: &str, right: &str) -> u32 {
    let digit = |letter: char| letter.to_digit(16).unwrap_or_default();
    left.chars().zip(right.chars()).map(|(left, right)| (digit(left) ^ digit(right)).count_ones()).sum()
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn frames_that_say_too_little_do_not_count_and_other_frames_are_no_comparison() {
        let lines = |lines: [&str; 3]| lines.map(str::to_owned);
        let ours = lines(["0,100,00ff,0.000", "30,20,ffff,1.000", "60,90,0f0f,2.000"]);
        let theirs = lines(["0,100,00fe,0.0", "30,20,0000,1.0", "60,90,0f00,2.0"]);
        assert_eq!(apart(&ours, &theirs), Some((4, 4)));
        assert_eq!(apart(&ours[..1], &theirs[..1]), Some((1, 1)));
        assert_eq!(apart(&ours[1..2], &theirs[1..2]), None);
        assert_eq!(apart(&ours[..2], &theirs), None);
        assert_eq!(apart(&ours[..1], &theirs[2..]), None);
    }
}
