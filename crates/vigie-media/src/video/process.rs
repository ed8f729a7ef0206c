//! One child that became `ffprobe` or `ffmpeg`, and the pipes to it.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::launch::{Bounds, NOT_LAUNCHED, REFUSED};
use super::pool::VideoSettings;
use crate::Escape;

/// Pipes that take a good part of a frame, so that the two sides wait for each other less often.
const PIPE_BYTES: usize = 1 << 20;
/// How long a child that has closed its pipe may take to be gone.
const TIME_TO_DIE: Duration = Duration::from_millis(500);

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With success.
    Content,
    /// With an error of its own.
    Unhappy,
    /// By a signal.
    Killed(i32),
    /// It did not end by itself.
    Never,
    /// It never became the program.
    NotLaunched,
    /// It tried a way out, and that was shut.
    Refused,
}

fn launcher(settings: &VideoSettings) -> Command {
    let mut command = Command::new(&settings.launcher);
    command.args(&settings.launcher_arguments);
    command
}

fn bounds(settings: &VideoSettings) -> Bounds {
    let limits = &settings.limits;
    // The kernel counts in whole seconds: one for the fraction.
    let seconds = limits.time.as_secs().saturating_add(1);
    Bounds { memory: limits.memory, seconds, cage: settings.cage }
}

/// A running child, in a process group of its own. Dropping it kills the group.
pub(super) struct Process {
    child: Child,
    pub(super) output: ChildStdout,
    input: Option<ChildStdin>,
}

impl Process {
    /// Starts the launcher, which becomes the program.
    pub(super) fn start(settings: &VideoSettings, program: &Path, arguments: &[String]) -> io::Result<Self> {
        let mut command = launcher(settings);
        Self::spawn(command.args(bounds(settings).arguments(program)).args(arguments))
    }

    /// Starts the launcher, which tries a way out that it has to find shut.
    pub(super) fn attempt(settings: &VideoSettings, escape: Escape) -> io::Result<Self> {
        let mut command = launcher(settings);
        Self::spawn(command.args(bounds(settings).attempt(escape, &settings.programs.ffmpeg)))
    }

    fn spawn(command: &mut Command) -> io::Result<Self> {
        let mut child = command
            .env_clear()
            .process_group(0)
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
        let _shorter = (
            rustix::pipe::fcntl_setpipe_size(&input, PIPE_BYTES),
            rustix::pipe::fcntl_setpipe_size(&output, PIPE_BYTES),
        );
        Ok(Self { child, output, input: Some(input) })
    }

    /// Hands the media over, and meanwhile has `take` read what comes back, until it is done with that. That the child
    /// takes no more is no error: it may have seen enough.
    pub(super) async fn talk<T>(
        &mut self,
        media: &[Bytes],
        take: impl AsyncFnOnce(&mut ChildStdout) -> T,
    ) -> T {
        let input = self.input.take();
        let feed = async move {
            let Some(mut input) = input else { return };
            for part in media {
                if input.write_all(part).await.is_err() {
                    return;
                }
            }
        };
        let mut taken = std::pin::pin!(take(&mut self.output));
        tokio::select! {
            biased;
            taken = &mut taken => taken,
            () = feed => taken.await,
        }
    }

    /// All that it writes, at most `most` bytes.
    pub(super) async fn answer(&mut self, media: &[Bytes], most: u64) -> Vec<u8> {
        let read = async |output: &mut ChildStdout| {
            let mut answer = Vec::new();
            // What was read before an error is as good as what was read before an end.
            let _broken = output.take(most).read_to_end(&mut answer).await;
            answer
        };
        self.talk(media, read).await
    }

    /// How it ended, when it has nothing more to say.
    pub(super) async fn end(&mut self) -> End {
        let Ok(Ok(status)) = timeout(TIME_TO_DIE, self.child.wait()).await else { return End::Never };
        match (status.code(), status.signal()) {
            (Some(0), _) => End::Content,
            (Some(code), _) if code == i32::from(NOT_LAUNCHED) => End::NotLaunched,
            (Some(code), _) if code == i32::from(REFUSED) => End::Refused,
            (_, Some(signal)) => End::Killed(signal),
            _ => End::Unhappy,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A child that was waited for has no number any more, and its group none either.
        let number = self.child.id().and_then(|number| i32::try_from(number).ok()).and_then(Pid::from_raw);
        if let Some(group) = number {
            // It may have gone this very moment.
            let _gone = kill_process_group(group, Signal::KILL);
        }
    }
}
