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

/// A file that everybody may read, and a program that everybody may run: where they are refused, the cage refused them.
const FILE: &str = "/etc/passwd";
const PROGRAM: &str = "/bin/true";

/// What an attempt needs and has to be found out before the cage closes, so that it fails for no other reason.
pub(super) struct Tools {
    parent: Option<Pid>,
}

impl Tools {
    pub(super) fn gather() -> Self {
        Self { parent: getppid() }
    }
}

/// Tries to get out, and says how it went.
pub(super) fn attempt(escape: Escape, tools: &Tools, output: &mut impl Write) -> io::Result<()> {
    output.write_all(&Reply::Ready.encode())?;
    let got_out = match escape {
        Escape::Read => File::open(FILE).is_ok(),
        Escape::Write => File::create(std::env::temp_dir().join("vigie-escape")).is_ok(),
        Escape::Connect => UdpSocket::bind(("127.0.0.1", 0)).is_ok(),
        Escape::Fork => std::thread::Builder::new().spawn(|| {}).is_ok(),
        // What comes back from here is always an error; what does not, got out.
        Escape::Execute => Command::new(PROGRAM).exec().raw_os_error().is_none(),
        Escape::Signal => tools.parent.is_some_and(|parent| test_kill_process(parent).is_ok()),
    };
    let said = if got_out { Reply::Ready } else { Reply::Failed(Failure::Undecodable(Reason::Unsupported)) };
    output.write_all(&said.encode())
}
