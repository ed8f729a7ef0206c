//! The cage around a child: no file, no socket, no process, no signal, whatever a decoder is made to do.
//!
//! Landlock without a single rule takes the file system away, as far as the kernel knows Landlock. Seccomp then leaves
//! the system calls of computing on memory and talking over pipes that are open; any other one ends the child. Source of
//! the list: what glibc and the standard library call for memory, locks, time and their own end. What it is not: it does
//! not bound memory and time, `confine.rs` does.
//!
//! To allow a system call: a line in `allowed`, with the reason. The pool proves at every start that nothing gets out.

use std::io;

/// Closes the cage around this process for good.
#[cfg(not(target_os = "linux"))]
pub(super) fn close() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Closes the cage around this process for good.
#[cfg(target_os = "linux")]
pub(super) fn close() -> io::Result<()> {
    linux::forget_files()?;
    linux::forbid_calls()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::io;

    use landlock::{ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, Scope};
    use rustix::process::getpid;
    use seccompiler::SeccompCmpArgLen::Dword;
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, apply_filter,
    };

    /// The newest rules that are asked for; an older kernel enforces those it knows.
    const RULES: ABI = ABI::V6;

    /// No rule that allows anything. A kernel without Landlock leaves it all to the calls that are forbidden.
    pub(super) fn forget_files() -> io::Result<()> {
        let ruleset = Ruleset::default()
            .handle_access(AccessFs::from_all(RULES))
            .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(RULES)))
            .and_then(|ruleset| ruleset.scope(Scope::from_all(RULES)))
            .and_then(landlock::Ruleset::create);
        ruleset.and_then(landlock::RulesetCreated::restrict_self).map(drop).map_err(io::Error::other)
    }

    /// Every call that is not allowed ends the process.
    pub(super) fn forbid_calls() -> io::Result<()> {
        let architecture = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
        let filter = SeccompFilter::new(
            allowed().map_err(io::Error::other)?,
            SeccompAction::KillProcess,
            SeccompAction::Allow,
            architecture,
        );
        let filter: BpfProgram = filter.and_then(TryInto::try_into).map_err(io::Error::other)?;
        apply_filter(&filter).map_err(io::Error::other)
    }

    type Rules = BTreeMap<i64, Vec<SeccompRule>>;

    fn allowed() -> Result<Rules, seccompiler::BackendError> {
        let freely: [i64; 14] = [
            libc::SYS_read,
            libc::SYS_write,
            libc::SYS_close,
            libc::SYS_munmap,
            libc::SYS_mremap,
            libc::SYS_madvise,
            libc::SYS_brk,
            libc::SYS_futex,
            libc::SYS_sigaltstack,
            libc::SYS_rt_sigreturn,
            libc::SYS_clock_gettime,
            libc::SYS_getrandom,
            libc::SYS_exit,
            libc::SYS_exit_group,
        ];
        // How a program aborts itself, so that a failed allocation is told from a forbidden call.
        let abort: [i64; 3] = [libc::SYS_rt_sigprocmask, libc::SYS_getpid, libc::SYS_gettid];
        let own = u64::from(getpid().as_raw_nonzero().get().unsigned_abs());
        let is = |argument, value| SeccompCondition::new(argument, Dword, SeccompCmpOp::Eq, value);
        let no_code = |argument| {
            let executable = SeccompCmpOp::MaskedEq(libc::PROT_EXEC.unsigned_abs().into());
            SeccompCondition::new(argument, Dword, executable, 0)
        };
        let mut rules: Rules = freely.into_iter().chain(abort).map(|call| (call, vec![])).collect();
        // Memory, but none that runs.
        rules.insert(libc::SYS_mmap, vec![SeccompRule::new(vec![no_code(2)?])?]);
        rules.insert(libc::SYS_mprotect, vec![SeccompRule::new(vec![no_code(2)?])?]);
        // The standard library looks, in debug builds, whether what it closes is open.
        let flags = u64::from(libc::F_GETFD.unsigned_abs());
        rules.insert(libc::SYS_fcntl, vec![SeccompRule::new(vec![is(1, flags)?])?]);
        // The time of its next job, of its own alone.
        let cpu = u64::from(libc::RLIMIT_CPU);
        rules.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![is(0, 0)?, is(1, cpu)?])?]);
        let abort = libc::SIGABRT.unsigned_abs().into();
        rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![is(0, own)?, is(2, abort)?])?]);
        Ok(rules)
    }
}
