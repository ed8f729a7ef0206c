//! The cage around `ffmpeg` and `ffprobe`: closed by the launcher, kept through `exec`.
//!
//! Landlock leaves reading and executing the program and the folders of shared libraries, and nothing else of the file
//! system. Seccomp leaves the system calls that such a program makes to load its libraries, compute in several threads,
//! and talk over pipes that are open. Any other call is answered as if the kernel did not know it: newer versions try a
//! few that they can do without, and the C library then falls back from `clone3` to `clone`, whose flags can be looked at.
//! What it is not: it does not bound memory and time, `launch.rs` does.
//!
//! To let a version of `ffmpeg` do more: a line in `FREELY` or `LIBRARIES`, with the reason.

use std::io;
use std::path::Path;

/// Closes the cage around this process and the program it is about to become.
#[cfg(not(target_os = "linux"))]
pub(super) fn close(_program: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Closes the cage around this process and the program it is about to become.
#[cfg(target_os = "linux")]
pub(super) fn close(program: &Path) -> io::Result<()> {
    linux::leave_libraries(program)?;
    linux::forbid_calls()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::path::Path;

    use landlock::{
        ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, Scope,
        path_beneath_rules,
    };
    use seccompiler::SeccompCmpArgLen::{Dword, Qword};
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, apply_filter,
    };

    /// The newest rules that are asked for; an older kernel enforces those it knows.
    const RULES: ABI = ABI::V6;

    /// Where shared libraries and the program that loads them lie; folders that are not there are passed over.
    const LIBRARIES: [&str; 6] = ["/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"];
    /// Where the list of them lies.
    const LIST_OF_LIBRARIES: &str = "/etc/ld.so.cache";

    pub(super) fn leave_libraries(program: &Path) -> io::Result<()> {
        let execute = AccessFs::ReadFile | AccessFs::Execute;
        let ruleset = Ruleset::default()
            .handle_access(AccessFs::from_all(RULES))
            .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(RULES)))
            .and_then(|ruleset| ruleset.scope(Scope::from_all(RULES)))
            .and_then(landlock::Ruleset::create)
            .and_then(|rules| rules.add_rules(path_beneath_rules(LIBRARIES, execute)))
            .and_then(|rules| rules.add_rules(path_beneath_rules([program], execute)))
            .and_then(|rules| rules.add_rules(path_beneath_rules([LIST_OF_LIBRARIES], AccessFs::ReadFile)));
        ruleset.and_then(landlock::RulesetCreated::restrict_self).map(drop).map_err(io::Error::other)
    }

    /// What is allowed with any argument. Memory may be made executable here: that is how libraries are loaded.
    const FREELY: &[i64] = &[
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_lseek,
        libc::SYS_fstat,
        libc::SYS_newfstatat,
        libc::SYS_statx,
        libc::SYS_openat,
        libc::SYS_faccessat,
        libc::SYS_readlinkat,
        libc::SYS_getdents64,
        libc::SYS_pread64,
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_futex,
        libc::SYS_set_robust_list,
        libc::SYS_set_tid_address,
        libc::SYS_rseq,
        libc::SYS_sched_getaffinity,
        libc::SYS_sched_yield,
        libc::SYS_sigaltstack,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_getrandom,
        libc::SYS_getrusage,
        libc::SYS_sysinfo,
        libc::SYS_uname,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_execve,
        libc::SYS_exit,
        libc::SYS_exit_group,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_arch_prctl,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_access,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_open,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_stat,
    ];

    pub(super) fn forbid_calls() -> io::Result<()> {
        let filter = filter().map_err(io::Error::other)?;
        apply_filter(&filter).map_err(io::Error::other)
    }

    fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
        let thread = libc::CLONE_THREAD.unsigned_abs().into();
        let is_thread = SeccompCondition::new(0, Qword, SeccompCmpOp::MaskedEq(thread), thread)?;
        let is_own = SeccompCondition::new(0, Dword, SeccompCmpOp::Eq, 0)?;
        let sets_nothing = SeccompCondition::new(2, Qword, SeccompCmpOp::Eq, 0)?;
        let rules = FREELY.iter().map(|call| (*call, vec![])).chain([
            // Threads, and no process.
            (libc::SYS_clone, vec![SeccompRule::new(vec![is_thread])?]),
            // Its own limits, to look at.
            (libc::SYS_prlimit64, vec![SeccompRule::new(vec![is_own, sets_nothing])?]),
        ]);
        let unknown = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
        let architecture = std::env::consts::ARCH.try_into()?;
        SeccompFilter::new(rules.collect(), unknown, SeccompAction::Allow, architecture)?.try_into()
    }
}
