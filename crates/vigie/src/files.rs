//! Many files at once: walked in order, looked at on all cores, told in order.
//!
//! What it is: what `hash` and `match` share. Pictures are decoded in children only; digests are computed while a file
//! streams in, so that a film of any length costs no memory. What it is not: it prints nothing but a progress bar, and
//! that only where a person sees it.

mod progress;
mod reader;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use vigie_match::Digests;
use vigie_match::vpdq;
use vigie_media::folder::{self, WalkError};
use vigie_media::{Cage, DecodePool, Examined, Format, MediaError, PoolSettings, VideoPool, Watched};

use crate::settings::Video;
pub(crate) use progress::{Progress, bar};
use reader::Reader;

/// Bytes of a video that are taken into memory.
const LONGEST_VIDEO: u64 = 1 << 30;

/// How far the walk may be ahead. It is far, because the bar's length is what the walk has found.
const WALKED_AHEAD: usize = 65_536;

/// What is to be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The perceptual hash, which takes a decoder.
    pub(crate) pdq: bool,
    /// The frames of videos, one in so much time; zero is every frame.
    pub(crate) vpdq: Option<Duration>,
    /// The digests.
    pub(crate) digests: bool,
}

/// What became of a path.
#[derive(Debug)]
pub(crate) struct Looked {
    /// The path, as walked.
    pub(crate) path: PathBuf,
    /// What was found in the file, or why it could not be read.
    pub(crate) found: Result<Found, ReadError>,
}

/// What was found in a file that could be read.
#[derive(Debug)]
pub(crate) struct Found {
    /// The format its first bytes announce.
    pub(crate) format: Option<Format>,
    /// The digests, where wanted.
    pub(crate) digests: Option<Digests>,
    /// What decoding a picture told, or why it told nothing; none where it was not wanted.
    pub(crate) examined: Option<Result<Examined, MediaError>>,
    /// What watching a video told, or why it told nothing; none where it was not wanted, or is no video.
    pub(crate) watched: Option<Result<Watched, MediaError>>,
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The walk did not reach it.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// It could not be opened or read to its end.
    #[error("cannot read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// A step of the walk with its place in the order.
type Step = (usize, Result<PathBuf, WalkError>);

/// Looks at every file named by or below the paths, on all cores, and hands what it finds to `tell` in the order of the
/// walk. When `tell` fails, everything stops.
pub(crate) fn look_at(
    paths: &[PathBuf],
    wanted: Wanted,
    progress: &Progress,
    tell: impl FnMut(Looked) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let pool = if wanted.pdq { Some(start_pool(&runtime)?) } else { None };
    let videos = match wanted.vpdq {
        Some(between) => start_videos(&runtime, between)?,
        None => None,
    };
    let reader =
        Reader { wanted, runtime: runtime.handle(), pool: pool.as_ref(), videos: videos.as_ref(), progress };

    thread::scope(|scope| {
        let (found, steps) = mpsc::sync_channel::<Step>(WALKED_AHEAD);
        let walk = folder::walk(paths.to_vec());
        scope.spawn(move || {
            for step in walk.enumerate() {
                progress.found_one();
                if found.send(step).is_err() {
                    return;
                }
            }
        });
        let steps = Arc::new(Mutex::new(steps));
        let (looked, results) = mpsc::channel();
        // Twice the cores: while a child decodes one picture, the next one is read and digested.
        for _ in 0..cores * 2 {
            let (steps, looked, reader) = (Arc::clone(&steps), looked.clone(), &reader);
            scope.spawn(move || work(&steps, &looked, reader));
        }
        // Ours must go, or the threads would wait for each other for ever.
        drop((steps, looked));
        in_order(results, progress, tell)
    })
}

fn start_pool(runtime: &tokio::runtime::Runtime) -> anyhow::Result<DecodePool> {
    let program =
        std::env::current_exe().context("cannot find this program to start its decoding children")?;
    let settings = PoolSettings::new(program, vec![crate::DECODE.into()]);
    runtime.block_on(DecodePool::start(settings)).context("cannot start decoding")
}

/// Videos on a command line may be long and take as long as they are: nobody waits for an answer.
fn start_videos(runtime: &tokio::runtime::Runtime, between: Duration) -> anyhow::Result<Option<VideoPool>> {
    let program = std::env::current_exe().context("cannot find this program to start ffmpeg by")?;
    let settings = Video {
        seconds_per_hash: between.as_secs_f64(),
        seconds: 4 * 3600,
        frames: vpdq::MOST_FRAMES as u32,
        at_once: thread::available_parallelism().map_or(1, usize::from),
        ..Video::default()
    };
    runtime.block_on(crate::videos::pool(&settings, LONGEST_VIDEO, program, Cage::default()))
}

fn work(steps: &Mutex<Receiver<Step>>, looked: &Sender<(usize, Looked)>, reader: &Reader<'_>) {
    loop {
        let step = steps.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((place, step)) = step else { return };
        let one = match step {
            Ok(path) => reader.look_at(path),
            Err(error) => Looked { path: error.path.clone(), found: Err(error.into()) },
        };
        if looked.send((place, one)).is_err() {
            return;
        }
    }
}

/// Hands on what comes in any order in the order of its places.
fn in_order(
    results: Receiver<(usize, Looked)>,
    progress: &Progress,
    mut tell: impl FnMut(Looked) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    for (place, looked) in results {
        progress.did_one();
        early.insert(place, looked);
        while let Some(looked) = early.remove(&next) {
            next += 1;
            tell(looked)?;
        }
    }
    Ok(())
}
