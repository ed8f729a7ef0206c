//! One child and the pipes to it.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::PoolSettings;
use crate::frame::{Hello, Reply, ReplyHead, Request};
use crate::{Escape, ExceededLimit, MediaError};

/// A pipe that takes most pictures whole, so that neither side waits for the other half-way.
const PIPE_BYTES: usize = 1 << 20;
/// How long a child that has closed its pipe may take to be gone.
const TIME_TO_DIE: Duration = Duration::from_millis(500);
/// The signal by which the kernel ends a process that exceeds its CPU time.
const OUT_OF_TIME: i32 = rustix::process::Signal::XCPU.as_raw();
/// The signal by which the kernel ends a process that makes a system call it may not make.
const FORBIDDEN: i32 = rustix::process::Signal::SYS.as_raw();

/// A running child. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    jobs: u32,
}

impl Process {
    /// Starts a child and waits until it is ready.
    pub(super) async fn start(settings: &PoolSettings, attempt: Option<Escape>) -> Result<Self, MediaError> {
        let mut process = Self::spawn(settings).map_err(|source| MediaError::Unavailable { source })?;
        let hello = Hello { limits: settings.limits, cage: settings.cage, attempt }.encode();
        let greeting = async {
            process.input.write_all(&hello).await?;
            process.reply().await
        };
        let refused = |source: io::Error| MediaError::Unavailable { source };
        match timeout(settings.limits.time, greeting).await {
            Ok(Ok(Reply::Ready)) => Ok(process),
            Ok(Ok(_)) => Err(refused(io::ErrorKind::InvalidData.into())),
            Ok(Err(source)) => Err(refused(source)),
            Err(_) => Err(refused(io::ErrorKind::TimedOut.into())),
        }
    }

    fn spawn(settings: &PoolSettings) -> io::Result<Self> {
        let mut child = Command::new(&settings.command)
            .args(&settings.arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        // The system may refuse a long pipe to an ordinary user; a short one is slower, no more.
        #[cfg(target_os = "linux")]
        let _shorter = rustix::pipe::fcntl_setpipe_size(&input, PIPE_BYTES);
        Ok(Self { child, input, output, jobs: 0 })
    }

    /// How many jobs it was given.
    pub(super) fn jobs(&self) -> u32 {
        self.jobs
    }

    /// Hands over a job and waits for the answer; `None` when the child is gone or talks nonsense.
    pub(super) async fn ask(&mut self, request: &Request, media: &[u8]) -> Option<Reply> {
        self.jobs += 1;
        self.input.write_all(&request.encode()).await.ok()?;
        self.input.write_all(media).await.ok()?;
        self.reply().await.ok()
    }

    /// Whether the attempt that the child was started for failed: the child says so, or the kernel has ended it.
    pub(super) async fn was_refused(mut self, time: Duration) -> bool {
        match timeout(time, self.reply()).await {
            Ok(Ok(reply)) => matches!(reply, Reply::Failed(_)),
            Ok(Err(_)) => self.ended_by().await == Some(FORBIDDEN),
            Err(_) => false,
        }
    }

    async fn reply(&mut self) -> io::Result<Reply> {
        let mut head = [0; ReplyHead::BYTES];
        self.output.read_exact(&mut head).await?;
        let head = ReplyHead::parse(head).ok_or(io::ErrorKind::InvalidData)?;
        let mut payload = vec![0; head.length];
        self.output.read_exact(&mut payload).await?;
        Reply::parse(head, &payload).ok_or(io::ErrorKind::InvalidData.into())
    }

    /// What ended a child that gave no answer.
    pub(super) async fn cause_of_death(mut self) -> MediaError {
        match self.ended_by().await {
            Some(OUT_OF_TIME) => ExceededLimit::ProcessorTime.error(),
            signal => MediaError::Crashed { signal },
        }
    }

    /// The signal that ended a child that has closed its pipe.
    async fn ended_by(&mut self) -> Option<i32> {
        let status = timeout(TIME_TO_DIE, self.child.wait()).await;
        status.ok().and_then(Result::ok).and_then(|status| status.signal())
    }
}
