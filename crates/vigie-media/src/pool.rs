//! A few decoding children, one picture each at a time.
//!
//! What it is: the only way from a serving process to a decoder, and the only part of this crate that knows tokio. It
//! starts no task of its own: a job runs in the future that asked for it, and dropping that future kills the child that
//! worked on it. What it is not: it retries nothing; the caller knows whether that makes sense.
//!
//! Media goes through a pipe and touches no file. A child is handed on to the next job only after a whole, honest
//! answer, and to no more jobs than [`PoolSettings::recycle_after`].

mod process;
mod proof;

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::frame::{Job, Reply, Request};
use crate::{Cage, Examined, Format, Limits, MediaError, Pass, Preview, PreviewSettings};
use process::Process;
pub use proof::ways_out;

/// How a pool is set up.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// The program whose body is [`crate::child::main`].
    pub command: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// How many children, at least one.
    pub children: usize,
    /// How many jobs may wait for a child; further ones are refused with [`MediaError::Busy`].
    pub waiting: usize,
    /// What one job may cost.
    pub limits: Limits,
    /// What confines a child besides its limits.
    pub cage: Cage,
    /// After so many jobs a child is replaced.
    pub recycle_after: u32,
}

impl PoolSettings {
    /// One child for each core, 256 jobs waiting, replaced after 200 jobs, with the default limits.
    #[must_use]
    pub fn new(command: impl Into<PathBuf>, arguments: Vec<OsString>) -> Self {
        Self {
            command: command.into(),
            arguments,
            children: std::thread::available_parallelism().map_or(1, usize::from),
            waiting: 256,
            limits: Limits::default(),
            cage: Cage::default(),
            recycle_after: 200,
        }
    }
}

/// The pool. Dropping it kills its children.
#[derive(Debug)]
pub struct DecodePool {
    settings: PoolSettings,
    /// One for each job that runs or waits.
    seats: Semaphore,
    /// One for each job that runs.
    slots: Semaphore,
    idle: Mutex<VecDeque<Process>>,
}

impl DecodePool {
    /// Starts every child and waits until all of them have confined themselves. Before that it proves that the cage
    /// holds: for each [`Escape`](crate::Escape) a child tries it, and has to fail.
    ///
    /// # Errors
    /// A child could not be started, did not say that it is ready, or got out.
    pub async fn start(settings: PoolSettings) -> Result<Self, MediaError> {
        if settings.cage == Cage::Closed {
            proof::prove(&settings).await?;
        }
        Self::start_unproven(settings).await
    }

    /// As [`Self::start`], of settings whose cage was proven before.
    ///
    /// # Errors
    /// A child could not be started, or did not say that it is ready.
    pub async fn start_unproven(mut settings: PoolSettings) -> Result<Self, MediaError> {
        settings.children = settings.children.max(1);
        let mut idle = VecDeque::with_capacity(settings.children);
        for _ in 0..settings.children {
            idle.push_back(Process::start(&settings, None).await?);
        }
        Ok(Self {
            seats: Semaphore::new(settings.children + settings.waiting),
            slots: Semaphore::new(settings.children),
            idle: Mutex::new(idle),
            settings,
        })
    }

    /// Decodes and hashes a picture.
    ///
    /// # Errors
    /// Any [`MediaError`]; it concerns this job alone.
    pub async fn examine(&self, media: Bytes) -> Result<Examined, MediaError> {
        self.examine_by(Pass::Exact, &media).await
    }

    /// As [`Self::examine`], but by the first pass where it does; see [`crate::examine`]. [`Examined::pass`] tells.
    ///
    /// # Errors
    /// Any [`MediaError`]; it concerns this job alone.
    pub async fn first_pass(&self, media: Bytes) -> Result<Examined, MediaError> {
        self.examine_by(Pass::First, &media).await
    }

    async fn examine_by(&self, pass: Pass, media: &[u8]) -> Result<Examined, MediaError> {
        match self.run(Job::Examine(pass), media).await? {
            Reply::Examined(examined) => Ok(*examined),
            _ => Err(MediaError::Crashed { signal: None }),
        }
    }

    /// Draws a preview of a picture.
    ///
    /// # Errors
    /// Any [`MediaError`]; it concerns this job alone.
    pub async fn preview(&self, media: Bytes, settings: PreviewSettings) -> Result<Preview, MediaError> {
        match self.run(Job::Preview(settings), &media).await? {
            Reply::Preview(preview) => Ok(preview),
            _ => Err(MediaError::Crashed { signal: None }),
        }
    }

    /// The limits of a job.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    async fn run(&self, job: Job, media: &[u8]) -> Result<Reply, MediaError> {
        let limits = &self.settings.limits;
        let length = media.len() as u64;
        if length > limits.bytes {
            return Err(MediaError::TooLarge { bytes: length, limit: limits.bytes });
        }
        // Comparing a few bytes is no parsing, and spares the children what they would refuse.
        Format::sniff(media).ok_or(MediaError::UnknownFormat)?;

        let busy = |_| MediaError::Busy { waiting: self.settings.waiting };
        let _seat = self.seats.try_acquire().map_err(busy)?;
        let _slot = self.slots.acquire().await.map_err(|_| MediaError::Busy { waiting: 0 })?;
        let idle = self.idle().pop_back();
        let mut process = match idle {
            Some(process) => process,
            None => Process::start(&self.settings, None).await?,
        };
        let request = Request { job, length };
        // On any error the child is dropped here, and with that killed: what it would say next is not to be trusted.
        match timeout(limits.time, process.ask(&request, media)).await {
            Err(_) => Err(MediaError::TimedOut),
            Ok(None) => Err(process.cause_of_death().await),
            Ok(Some(reply)) => {
                if process.jobs() < self.settings.recycle_after {
                    self.idle().push_back(process);
                }
                checked(reply, limits)
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<Process>> {
        // Nothing that holds this lock can panic half-way.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that is possible within the limits, or an error.
fn checked(reply: Reply, limits: &Limits) -> Result<Reply, MediaError> {
    match reply {
        Reply::Failed(failure) => Err(failure.into()),
        Reply::Examined(examined) if examined.pixels() > limits.pixels => {
            Err(MediaError::Crashed { signal: None })
        }
        honest => Ok(honest),
    }
}
