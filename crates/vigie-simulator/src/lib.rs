//! The outside world, simulated over HTTP: what Vigie talks to in the demo, in drills and in tests.
//!
//! What it is: a synthetic [`messenger`] that obeys Vigie's signed orders and visibly loses the content, and a [`feed`]
//! that keeps it busy and asks Vigie about every upload; a sign-in service of an organisation, the [`provider`]. What it is not: part of the service; `serve` never runs it, and
//! nothing here holds real people or real media.
//!
//! To add a party of the outside world: a module beside [`messenger`] with its own router and its own state. It checks
//! the signatures of Vigie with [`signature`], and is made to misbehave with [`faults`].

pub mod faults;
pub mod feed;
pub mod messenger;
mod problem;
pub mod provider;
pub mod signature;

pub use faults::Fault;
pub use feed::{Feed, FeedReport, Pace};
pub use messenger::Messenger;
pub use provider::Provider;
