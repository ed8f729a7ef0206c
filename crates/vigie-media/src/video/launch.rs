//! The launcher: confines itself, and becomes `ffmpeg` or `ffprobe`.
//!
//! It is the body of a hidden command of ours, so that everything is given up in safe code before a program that is not
//! ours begins. What `exec` keeps is in force then: limits, no new privileges, the working directory, the emptied
//! environment, the cage (`cage.rs`). Instead of becoming a program it may be told to try a way out, and says by its exit
//! code how that went.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use rustix::process::{Resource, Rlimit, chdir, getrlimit, setrlimit};

use super::cage;
use crate::child::escape::{self, Tools};
use crate::{Cage, Escape};

/// Descriptors: the three standard ones, and what loading shared libraries takes, one at a time.
const DESCRIPTORS: u64 = 16;

/// The exit code of a launcher that did not become the program.
pub(super) const NOT_LAUNCHED: u8 = 127;
/// The exit code of a launcher whose way out was shut.
pub(super) const REFUSED: u8 = 120;

/// What the launcher is to do when it is confined.
const BECOME: &str = "become";
const TRY: &str = "try";

/// Bounds that the kernel is to hold a program to, as arguments of the launcher.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Address space, in bytes.
    pub(super) memory: u64,
    /// CPU time, in seconds.
    pub(super) seconds: u64,
    /// What holds it besides these.
    pub(super) cage: Cage,
}

impl Bounds {
    /// The arguments of a launcher that becomes this program.
    pub(super) fn arguments(self, program: &Path) -> [OsString; 5] {
        let [memory, seconds, cage] = self.words();
        [memory, seconds, cage, BECOME.into(), program.into()]
    }

    /// The arguments of a launcher that tries a way out, confined as for this program.
    pub(super) fn attempt(self, escape: Escape, program: &Path) -> [OsString; 6] {
        let [memory, seconds, cage] = self.words();
        [memory, seconds, cage, TRY.into(), program.into(), (escape as u8).to_string().into()]
    }

    fn words(self) -> [OsString; 3] {
        let cage = u8::from(self.cage == Cage::Closed);
        [self.memory.to_string().into(), self.seconds.to_string().into(), cage.to_string().into()]
    }

    fn read(arguments: &mut impl Iterator<Item = OsString>) -> Option<Self> {
        let mut number = || arguments.next()?.to_str()?.parse().ok();
        let (memory, seconds, cage) = (number()?, number()?, number()?);
        Some(Self { memory, seconds, cage: if cage == 0 { Cage::LimitsAlone } else { Cage::Closed } })
    }
}

/// Confines this process and becomes the program that the arguments name, or tries a way out; `Bounds` makes the
/// arguments. It returns only when it did not become another program.
pub fn launch(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    launched(&mut arguments).unwrap_or(ExitCode::from(NOT_LAUNCHED))
}

fn launched(arguments: &mut impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let (bounds, task, program) = (Bounds::read(arguments)?, arguments.next()?, arguments.next()?);
    let tools = Tools::gather();
    confine(bounds, Path::new(&program)).ok()?;
    if task == TRY {
        let number = arguments.next()?.to_str()?.parse::<u8>().ok()?;
        let escape = Escape::ALL.into_iter().find(|escape| *escape as u8 == number)?;
        let got_out = escape::gets_out(escape, &tools);
        return Some(if got_out { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) });
    }
    let _not_started = Command::new(program).args(arguments).env_clear().exec();
    None
}

/// Gives up what can be given up; see the module.
fn confine(bounds: Bounds, program: &Path) -> io::Result<()> {
    chdir("/")?;
    limit(Resource::As, bounds.memory)?;
    limit(Resource::Cpu, bounds.seconds)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Core, 0)?;
    // The number of processes is not limited here: it counts threads of every process of the user, and newer versions of
    // ffmpeg start a few of their own.
    limit(Resource::Nofile, DESCRIPTORS)?;
    #[cfg(target_os = "linux")]
    rustix::thread::set_no_new_privs(true)?;
    match bounds.cage {
        Cage::Closed => cage::close(program),
        Cage::LimitsAlone => Ok(()),
    }
}

/// Lowers a limit of the kernel, or leaves it where it is lower.
fn limit(resource: Resource, value: u64) -> io::Result<()> {
    let value = getrlimit(resource).maximum.map_or(value, |maximum| maximum.min(value));
    Ok(setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?)
}
