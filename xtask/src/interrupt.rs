//! Ending well: a Ctrl-C or a termination reaches the running child, and we live on to tidy up.
//!
//! Without this, Ctrl-C would end `xtask` at once and leave its PostgreSQL behind. The terminal sends the interrupt
//! to the whole foreground group, so the child gets it from there; a termination is addressed to us alone, and is
//! handed on.

use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

struct Signals {
    interrupted: Arc<AtomicBool>,
    terminated: Arc<AtomicBool>,
}

static SIGNALS: LazyLock<Signals> = LazyLock::new(|| {
    let signals = Signals { interrupted: Arc::default(), terminated: Arc::default() };
    for (signal, flag) in
        [(SIGINT, &signals.interrupted), (SIGTERM, &signals.terminated), (SIGHUP, &signals.terminated)]
    {
        // Registering fails only for signals that nobody may handle, and these three are not among them.
        drop(signal_hook::flag::register(signal, Arc::clone(flag)));
    }
    signals
});

/// From here on an interrupt is remembered instead of ending this process.
pub(crate) fn watch() {
    LazyLock::force(&SIGNALS);
}

/// Whether somebody asked us to stop.
pub(crate) fn asked_to_stop() -> bool {
    SIGNALS.interrupted.load(Ordering::Relaxed) || SIGNALS.terminated.load(Ordering::Relaxed)
}

/// Waits for the child, handing a termination on to it.
///
/// # Errors
/// When the operating system cannot say how the child ended.
pub(crate) fn wait(child: &mut Child) -> std::io::Result<ExitStatus> {
    let mut handed_on = false;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if SIGNALS.terminated.load(Ordering::Relaxed) && !handed_on {
            signal(child, rustix::process::Signal::TERM);
            handed_on = true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a signal to a child that may already be gone, in which case there is nothing to do.
pub(crate) fn signal(child: &Child, signal: rustix::process::Signal) {
    let _ = rustix::process::kill_process(rustix::process::Pid::from_child(child), signal);
}
