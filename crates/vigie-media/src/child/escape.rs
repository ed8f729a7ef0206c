//! What a child does that is started only to prove that nothing gets out: it confines itself as any other, and tries.
//!
//! It says that it is ready, then tries once. It is ended by the kernel, or says that it was refused, or says that it got
//! out. To add an attempt: a variant of [`Escape`] and its line here.

use std::fs::File;
use std::io::{self, Write};
use std::net::UdpSocket;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::{Pid, getppid, test_kill_process};

use crate::frame::{Failure, Reply};
use crate::{Escape, Reason};

/// What everybody may read, write and run: where it is refused, the cage refused it.
const FILE: &str = "/etc/passwd";
const DEVICE: &str = "/dev/null";
const PROGRAM: &str = "/bin/true";

/// What an attempt needs and has to be found out before the cage closes, so that it fails for no other reason.
pub(crate) struct Tools {
    parent: Option<Pid>,
}

impl Tools {
    pub(crate) fn gather() -> Self {
        Self { parent: getppid() }
    }
}

/// Tries to get out, and says how it went.
pub(super) fn attempt(escape: Escape, tools: &Tools, output: &mut impl Write) -> io::Result<()> {
    output.write_all(&Reply::Ready.encode())?;
    let refused = Reply::Failed(Failure::Undecodable(Reason::Unsupported));
    let said = if gets_out(escape, tools) { Reply::Ready } else { refused };
    output.write_all(&said.encode())
}

/// Whether this process gets out that way, if it is still there to tell.
pub(crate) fn gets_out(escape: Escape, tools: &Tools) -> bool {
    match escape {
        Escape::Read => File::open(FILE).is_ok(),
        Escape::Write => File::options().write(true).open(DEVICE).is_ok(),
        Escape::Connect => UdpSocket::bind(("127.0.0.1", 0)).is_ok(),
        Escape::Fork => Command::new(PROGRAM).spawn().is_ok(),
        // What comes back from here is always an error; what does not, got out.
        Escape::Execute => Command::new(PROGRAM).exec().raw_os_error().is_none(),
        Escape::Signal => tools.parent.is_some_and(|parent| test_kill_process(parent).is_ok()),
    }
}
