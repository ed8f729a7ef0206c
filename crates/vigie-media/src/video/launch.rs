//! The launcher: confines itself, and becomes `ffmpeg` or `ffprobe`.
//!
//! It is the body of a hidden command of ours, so that everything is given up in safe code before a program that is not
//! ours begins: limits first, and then the way is clear for what else shall hold it. What `exec` keeps is in force: limits,
//! no new privileges, the working directory, the emptied environment. A filter of file access or of system calls belongs
//! into [`confine`], as its last lines; it has to leave `exec` and the reading of shared libraries.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use rustix::process::{Resource, Rlimit, chdir, getrlimit, setrlimit};

/// Descriptors: the three standard ones, and what loading shared libraries takes, one at a time.
const DESCRIPTORS: u64 = 16;

/// The exit code of a launcher that did not become the program.
pub(super) const NOT_LAUNCHED: u8 = 127;

/// Bounds that the kernel is to hold a program to, as arguments of the launcher.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Address space, in bytes.
    pub(super) memory: u64,
    /// CPU time, in seconds.
    pub(super) seconds: u64,
}

impl Bounds {
    pub(super) fn arguments(self) -> [OsString; 2] {
        [self.memory.to_string().into(), self.seconds.to_string().into()]
    }

    fn read(arguments: &mut impl Iterator<Item = OsString>) -> Option<Self> {
        let mut number = || arguments.next()?.to_str()?.parse().ok();
        Some(Self { memory: number()?, seconds: number()? })
    }
}

/// Confines this process and becomes the program that the arguments name: memory in bytes, seconds of CPU time, the
/// program, its arguments. It returns only when that failed.
pub fn launch(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let (Some(bounds), Some(program)) = (Bounds::read(&mut arguments), arguments.next()) else {
        return ExitCode::from(NOT_LAUNCHED);
    };
    if confine(bounds).is_err() {
        return ExitCode::from(NOT_LAUNCHED);
    }
    let _not_started = Command::new(program).args(arguments).env_clear().exec();
    ExitCode::from(NOT_LAUNCHED)
}

/// Gives up what can be given up; see the module.
fn confine(bounds: Bounds) -> io::Result<()> {
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
    Ok(())
}

/// Lowers a limit of the kernel, or leaves it where it is lower.
fn limit(resource: Resource, value: u64) -> io::Result<()> {
    let value = getrlimit(resource).maximum.map_or(value, |maximum| maximum.min(value));
    Ok(setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?)
}
