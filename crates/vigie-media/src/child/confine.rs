//! What the child gives up before it reads a byte of media. This is the one place to add to.
//!
//! Memory, files, processes and core dumps are limited by the kernel; the working directory is the root; new programs
//! gain no rights and no other process of the same user may look inside. The environment was emptied by the pool. The
//! cage closes last: it also takes away what was needed to get here.

use std::io;

use rustix::process::{Resource, Rlimit, chdir, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::cage;
use crate::{Cage, Limits};

/// Descriptors: the three standard ones, their duplicates, and one to spare.
const DESCRIPTORS: u64 = 8;

/// Confines this process for good.
pub(super) fn confine(limits: &Limits, cage: Cage) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
        rustix::thread::set_no_new_privs(true)?;
    }
    chdir("/")?;
    limit(Resource::As, limits.memory)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, DESCRIPTORS)?;
    limit(Resource::Nproc, 0)?;
    // How to ask for the time is looked up once, by a call that the cage does not allow.
    let _used = processor_time();
    match cage {
        Cage::Closed => cage::close(),
        Cage::LimitsAlone => Ok(()),
    }
}

/// Allows CPU time for one more job, from now. The kernel ends a child that exceeds it, even an orphan.
pub(super) fn allow_time(limits: &Limits) -> io::Result<()> {
    let used = processor_time();
    // The kernel counts in whole seconds: one for the second that has begun, one for the fraction.
    let current = used.saturating_add(limits.time.as_secs()).saturating_add(2);
    let maximum = getrlimit(Resource::Cpu).maximum;
    Ok(setrlimit(Resource::Cpu, Rlimit { current: Some(current.min(maximum.unwrap_or(u64::MAX))), maximum })?)
}

/// CPU time of this process, in whole seconds.
fn processor_time() -> u64 {
    clock_gettime(ClockId::ProcessCPUTime).tv_sec.unsigned_abs()
}

/// Lowers a limit of the kernel, or leaves it where it is lower.
fn limit(resource: Resource, value: u64) -> io::Result<()> {
    let value = getrlimit(resource).maximum.map_or(value, |maximum| maximum.min(value));
    Ok(setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?)
}
