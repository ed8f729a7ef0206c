//! What confines a decoding child, as far as others choose it or are told of it.

/// What confines a child besides its [`Limits`](crate::Limits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cage {
    /// No file, no socket, no process: Landlock and seccomp. Proven at every start.
    Closed,
    /// The limits of the kernel alone. A decoder that is taken over reaches whatever the user of the service reaches.
    LimitsAlone,
}

impl Default for Cage {
    /// Closed where the system can close it.
    fn default() -> Self {
        if cfg!(target_os = "linux") { Self::Closed } else { Self::LimitsAlone }
    }
}

/// A way out that must be shut. The number is part of the child's protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Escape {
    /// Open a file that is there.
    Read = 1,
    /// Open a file for writing.
    Write = 2,
    /// Open a socket.
    Connect = 3,
    /// Start a process.
    Fork = 4,
    /// Become another program.
    Execute = 5,
    /// Send a signal to the pool.
    Signal = 6,
}

impl Escape {
    /// Each of them.
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Write, Self::Connect, Self::Fork, Self::Execute, Self::Signal];
}

impl std::fmt::Display for Escape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Read => "read a file",
            Self::Write => "write to a file",
            Self::Connect => "open a socket",
            Self::Fork => "start a process",
            Self::Execute => "become another program",
            Self::Signal => "send a signal",
        })
    }
}

/// A child got out of its cage, or gave no sign that it was refused.
#[derive(Debug, thiserror::Error)]
#[error("the cage of the decoding child does not hold: a child could {0}")]
pub(crate) struct Escaped(pub(crate) Escape);
