//! The service as a process of its own: for tests that kill it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long a service may take to be ready before the test gives up on it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running process that has said it is ready. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// What it printed when it was ready: its first line.
    pub first_line: String,
}

impl Process {
    /// Starts a program of ours and waits for its first line. None of our variables reaches it but those given here.
    pub fn start<'a>(
        program: &Path,
        arguments: impl IntoIterator<Item = &'a str>,
        variables: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Self {
        let started = Self::start_or_end(program, arguments, variables);
        started.unwrap_or_else(|status| panic!("{} did not get ready: {status}", program.display()))
    }

    /// Starts a program of ours that may end by itself before its first line: how it ended then.
    pub fn start_or_end<'a>(
        program: &Path,
        arguments: impl IntoIterator<Item = &'a str>,
        variables: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Result<Self, ExitStatus> {
        let mut child = spawn(program, arguments, variables);
        let output = child.stdout.take().expect("standard output was asked for");
        let (sender, first) = mpsc::channel();
        std::thread::spawn(move || {
            // Reading on keeps the process from waiting for a full pipe.
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                drop(sender.send(line));
            }
        });
        match first.recv_timeout(PATIENCE) {
            Ok(first_line) => Ok(Self { child, first_line }),
            Err(RecvTimeoutError::Disconnected) => Err(child.wait().expect("a child can be waited for")),
            Err(RecvTimeoutError::Timeout) => {
                drop(child.kill());
                drop(child.wait());
                panic!("{} neither got ready nor ended", program.display())
            }
        }
    }

    /// Starts a program of ours and kills it so long afterwards, ready or not.
    pub fn kill_while_starting<'a>(
        program: &Path,
        arguments: impl IntoIterator<Item = &'a str>,
        variables: impl IntoIterator<Item = (&'a str, String)>,
        life: Duration,
    ) {
        let child = spawn(program, arguments, variables);
        std::thread::sleep(life);
        Self { child, first_line: String::new() }.kill();
    }

    /// The address in the line `ready http://…`, without a slash at its end.
    #[must_use]
    pub fn address(&self) -> String {
        let address = self.first_line.strip_prefix("ready ");
        address.unwrap_or_else(|| panic!("not ready: {}", self.first_line)).trim_end_matches('/').to_owned()
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut would, as far as a process can feel one: `SIGKILL`.
    pub fn kill(mut self) {
        self.child.kill().expect("a child that was not waited for can be killed");
        drop(self.child.wait());
    }

    /// Waits until it ends by itself; whether it did in that time.
    #[must_use]
    pub fn ends_within(&mut self, patience: Duration) -> bool {
        let began = Instant::now();
        while began.elapsed() < patience {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    /// Asks it to end, and gives its exit code; none where a signal ended it.
    pub fn interrupt(mut self) -> Option<i32> {
        let interrupted = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        assert!(interrupted.is_ok_and(|status| status.success()), "the process cannot be interrupted");
        self.child.wait().expect("a child can be waited for").code()
    }
}

/// A program of ours, without any of our variables but those given here.
fn spawn<'a>(
    program: &Path,
    arguments: impl IntoIterator<Item = &'a str>,
    variables: impl IntoIterator<Item = (&'a str, String)>,
) -> Child {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("VIGIE_")) {
        command.env_remove(name);
    }
    command.args(arguments).envs(variables).stdin(Stdio::null()).stdout(Stdio::piped());
    command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.display()))
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
