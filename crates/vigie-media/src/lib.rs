//! Hostile media: decoded in a child process that holds nothing worth stealing.
//!
//! What it is: the one place of Vigie where the bytes of a picture or a video are parsed. A [`pool::DecodePool`] keeps a few
//! children, hands each one picture at a time, and gets back small, bounded answers: the PDQ signal, or a preview for
//! a reviewer. A child that crashes, hangs or eats memory costs its own job a named error and nothing else.
//!
//! What it is not: it computes no digests. Whoever takes the bytes in streams them through
//! [`vigie_match::Digester`], so that digests exist for every upload, whether it can be decoded or not.
//!
//! The walk of one picture: [`pool`] → `frame` (pipe) → [`child`] → `decode` → rows → [`examine`] or [`preview`]. Only
//! [`pool`] knows tokio. The functions of [`examine`] and [`preview`] decode in the calling process: they are for the
//! child, benches and fuzzing, never for a process that serves.
//!
//! Videos go another way, through `ffmpeg`: see [`video`].
//!
//! To add a format, give [`Format`] a variant with its magic bytes and write one file under `decode/`. The list is
//! closed on purpose: what is not on it is refused.
//!
//! **Invariant:** no media reaches a file, a log or an error message.

pub mod child;
mod confinement;
mod decode;
mod error;
pub mod examine;
pub mod folder;
mod format;
mod frame;
#[doc(hidden)]
pub mod hostile;
mod limits;
pub mod pool;
pub mod preview;
pub mod video;

pub use confinement::{Cage, Escape};
pub use error::{ExceededLimit, MediaError, Reason};
pub use examine::{DRIFT, Examined, Pass};
pub use format::Format;
pub use limits::Limits;
pub use pool::{DecodePool, PoolSettings};
pub use preview::{Blur, Preview, PreviewSettings};
pub use video::{Container, Ended, VideoLimits, VideoPool, VideoSettings, Watched};
