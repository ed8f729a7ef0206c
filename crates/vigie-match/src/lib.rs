//! Recognising known media: signals and how they are compared.
//!
//! What it is: the fingerprints (PDQ, vPDQ, MD5, SHA-1, SHA-256) and the index that finds every entry of a bank within a
//! distance, exactly. What it is not: it decodes no file, and knows no database, clock, socket or environment.
//!
//! To add a signal: give it a variant in [`Signal`], its text form in `signal.rs`, and a place in the index.

pub mod digest;
pub mod index;
pub mod pdq;
pub mod signal;
pub mod vpdq;

pub use digest::{Digester, Digests};
pub use index::{Candidate, Known, Pass, PastError, PastRow, PastWriter, Sweep, Swept};
pub use index::{DihedralHit, Frozen, Hit, Index, LoadError, Radii, Row, SaveError, Tuning};
pub use signal::{Pdq, Signal, SignalKind};
pub use vpdq::Vpdq;
