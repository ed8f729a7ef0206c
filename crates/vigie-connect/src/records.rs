//! What messengers hold about accounts: adapters of `vigie_app::ports::AccountRecords`.
//!
//! What it is: the [`SignedPull`], by which a messenger serves its own records and checks the grant itself, and [`Synapse`],
//! which reads a Matrix server through its administration and narrows to the grant here. What it is not: the guard. What an
//! adapter gives passes through `vigie_app::records::admitted` whoever it is from.
//!
//! To add a messenger: a module beside [`signed_pull`] that implements the port, and checks the grant itself where the
//! messenger cannot.

pub mod signed_pull;
pub mod synapse;
pub mod synapse_wire;
pub mod wire;

pub use signed_pull::SignedPull;
pub use synapse::Synapse;
