//! A few videos at a time.

use std::ffi::OsString;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncReadExt as _;
use tokio::process::ChildStdout;
use tokio::sync::Semaphore;
use tokio::time::{Sleep, sleep};
use vigie_match::Vpdq;

use super::frames::{Frames, Stop};
use super::probe::{LONGEST, Probed};
use super::process::{End, Process};
use super::{Container, Ended, Programs, Progress, VideoLimits, Watched, arguments, faststart};
use crate::confinement::Escaped;
use crate::{Cage, Escape, ExceededLimit, MediaError, Reason};

/// Bytes taken at once. Hashing so many takes a small part of a millisecond, and then others have their turn.
const PART: usize = 128 << 10;
/// The signal by which the kernel ends a process that exceeds its CPU time.
const OUT_OF_TIME: i32 = rustix::process::Signal::XCPU.as_raw();

/// How videos are watched.
#[derive(Debug, Clone)]
pub struct VideoSettings {
    /// `ffmpeg` and `ffprobe`.
    pub programs: Programs,
    /// The program whose body is [`launch`](super::launch()).
    pub launcher: PathBuf,
    /// Its arguments, before those of the launch.
    pub launcher_arguments: Vec<OsString>,
    /// How many videos at a time, at least one.
    pub at_once: usize,
    /// How many may wait; further ones are refused with [`MediaError::Busy`].
    pub waiting: usize,
    /// The time between two hashes; zero has every frame hashed.
    pub between: Duration,
    /// What one video may cost.
    pub limits: VideoLimits,
    /// What holds the programs besides their limits.
    pub cage: Cage,
}

impl VideoSettings {
    /// One video for every two cores, 32 waiting, one hash a second, the default limits.
    #[must_use]
    pub fn new(programs: Programs, launcher: impl Into<PathBuf>, launcher_arguments: Vec<OsString>) -> Self {
        Self {
            programs,
            launcher: launcher.into(),
            launcher_arguments,
            at_once: std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2)),
            waiting: 32,
            between: Duration::from_secs(1),
            limits: VideoLimits::default(),
            cage: Cage::default(),
        }
    }
}

/// Watches videos. It keeps no process between two of them, and dropping a future of its kills what worked on it.
#[derive(Debug)]
pub struct VideoPool {
    settings: VideoSettings,
    /// One for each video that is watched or waits.
    seats: Semaphore,
    /// One for each video that is watched.
    slots: Semaphore,
}

impl VideoPool {
    /// A pool of these settings, whose cage was proven to hold: for each [`Escape`] a launcher tries it, and has to fail.
    ///
    /// # Errors
    /// The launcher could not be started, or got out.
    pub async fn start(settings: VideoSettings) -> Result<Self, MediaError> {
        if settings.cage == Cage::Closed
            && let Some(escape) = ways_out(&settings).await?.first()
        {
            return Err(unavailable(io::Error::other(Escaped(*escape))));
        }
        Ok(Self::new(settings))
    }

    /// As [`Self::start`], of settings whose cage was proven before.
    #[must_use]
    pub fn new(mut settings: VideoSettings) -> Self {
        settings.at_once = settings.at_once.max(1);
        Self {
            seats: Semaphore::new(settings.at_once + settings.waiting),
            slots: Semaphore::new(settings.at_once),
            settings,
        }
    }

    /// How it was set up.
    #[must_use]
    pub fn settings(&self) -> &VideoSettings {
        &self.settings
    }

    /// Watches a video. `progress` is told after every frame.
    ///
    /// # Errors
    /// Any [`MediaError`]; it concerns this video alone. Where some frames were hashed before something went wrong or a
    /// limit was met, that is no error: see [`Watched::ended`].
    pub async fn watch(&self, media: Bytes, progress: impl FnMut(Progress)) -> Result<Watched, MediaError> {
        let (limit, bytes) = (self.settings.limits.bytes, media.len() as u64);
        if bytes > limit {
            return Err(MediaError::TooLarge { bytes, limit });
        }
        let container = Container::sniff(&media).ok_or(MediaError::UnknownFormat)?;
        let busy = |_| MediaError::Busy { waiting: self.settings.waiting };
        let _seat = self.seats.try_acquire().map_err(busy)?;
        let _slot = self.slots.acquire().await.map_err(|_| MediaError::Busy { waiting: 0 })?;
        let media = if container.has_boxes() { faststart::streamable(&media) } else { vec![media] };
        Watch { settings: &self.settings, container, media, time: Box::pin(sleep(self.settings.limits.time)) }
            .run(progress)
            .await
    }
}

/// The ways out of the cage of these settings that stand open.
///
/// # Errors
/// The launcher could not be started.
pub async fn ways_out(settings: &VideoSettings) -> Result<Vec<Escape>, MediaError> {
    let mut open = Vec::new();
    for escape in Escape::ALL {
        let mut process = Process::attempt(settings, escape).map_err(unavailable)?;
        process.answer(&[], 0).await;
        match process.end().await {
            End::Refused => {}
            End::NotLaunched => return Err(not_launched()),
            End::Content | End::Unhappy | End::Killed(_) | End::Never => open.push(escape),
        }
    }
    Ok(open)
}

/// One video that is being watched.
struct Watch<'a> {
    settings: &'a VideoSettings,
    container: Container,
    media: Vec<Bytes>,
    time: std::pin::Pin<Box<Sleep>>,
}

impl Watch<'_> {
    async fn run(mut self, progress: impl FnMut(Progress)) -> Result<Watched, MediaError> {
        let probed = self.probe().await?;
        let limits = self.settings.limits;
        let step = probed.rate.step(self.settings.between);
        let mut frames = Frames::new(limits, probed.rate, step);
        let ended = self.decode(&mut frames, step, probed.duration, progress).await?;
        let vpdq = Vpdq::new(frames.hashed).map_err(|_| Reason::Malformed.error())?;
        let Probed { width, height, duration, .. } = probed;
        Ok(Watched { container: self.container, width, height, duration, vpdq, ended })
    }

    fn start(&self, program: &std::path::Path, arguments: &[String]) -> Result<Process, MediaError> {
        Process::start(self.settings, program, arguments).map_err(unavailable)
    }

    async fn probe(&mut self) -> Result<Probed, MediaError> {
        let arguments = arguments::probe(self.container);
        let mut process = self.start(&self.settings.programs.ffprobe, &arguments)?;
        let answer = tokio::select! {
            () = &mut self.time => return Err(MediaError::TimedOut),
            answer = process.answer(&self.media, LONGEST) => answer,
        };
        match process.end().await {
            End::Killed(signal) => Err(killed(signal)),
            End::NotLaunched => Err(not_launched()),
            End::Content | End::Unhappy | End::Refused | End::Never => {
                Probed::read(&answer, self.settings.limits.pixels)
            }
        }
    }

    async fn decode(
        &mut self,
        frames: &mut Frames,
        step: u32,
        duration: Option<Duration>,
        mut progress: impl FnMut(Progress),
    ) -> Result<Ended, MediaError> {
        let programs = &self.settings.programs;
        let arguments =
            arguments::frames(self.container, &self.settings.limits, step, programs.sync_option());
        let mut process = self.start(&programs.ffmpeg, &arguments)?;
        let take =
            async |output: &mut ChildStdout| take_frames(output, frames, duration, &mut progress).await;
        let stopped = tokio::select! {
            () = &mut self.time => None,
            stopped = process.talk(&self.media, take) => Some(stopped),
        };
        let none = frames.hashed.is_empty();
        match stopped {
            None if none => Err(MediaError::TimedOut),
            None => Ok(Ended::OutOfTime),
            Some(ControlFlow::Break(Stop::Full)) => Ok(Ended::OutOfFrames),
            Some(ControlFlow::Break(Stop::Nonsense)) => Err(MediaError::Crashed { signal: None }),
            Some(ControlFlow::Continue(())) => match process.end().await {
                End::Content => Ok(Ended::AtItsEnd),
                End::NotLaunched => Err(not_launched()),
                End::Killed(signal) if none => Err(killed(signal)),
                End::Killed(OUT_OF_TIME) => Ok(Ended::OutOfTime),
                End::Killed(_) | End::Unhappy | End::Refused | End::Never => Ok(Ended::Broken),
            },
        }
    }
}

/// Hashes what comes, until no more comes or is wanted.
async fn take_frames(
    output: &mut ChildStdout,
    frames: &mut Frames,
    duration: Option<Duration>,
    progress: &mut impl FnMut(Progress),
) -> ControlFlow<Stop> {
    let mut part = vec![0; PART];
    loop {
        let read = match output.read(&mut part).await {
            Ok(0) | Err(_) => return ControlFlow::Continue(()),
            Ok(read) => read,
        };
        let before = frames.hashed.len();
        let taken = frames.push(&part[..read]);
        if let Some(last) = frames.hashed.last().filter(|_| frames.hashed.len() > before) {
            let position = Duration::from_millis(last.milliseconds.into());
            progress(Progress { frames: frames.hashed.len() as u32, position, duration });
        }
        taken?;
    }
}

fn killed(signal: i32) -> MediaError {
    match signal {
        OUT_OF_TIME => ExceededLimit::ProcessorTime.error(),
        signal => MediaError::Crashed { signal: Some(signal) },
    }
}

/// The program was here when the pool was set up.
fn not_launched() -> MediaError {
    unavailable(io::ErrorKind::NotFound.into())
}

fn unavailable(source: io::Error) -> MediaError {
    MediaError::Unavailable { source }
}
