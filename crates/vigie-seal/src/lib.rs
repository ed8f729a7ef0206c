//! What makes acts provable afterwards.
//!
//! What it is: the mathematics of the ledger. Canonical details, salted entries, leaf hashes; later tiles, signed notes,
//! franking, grants and packages. What it is not: it stores nothing, and takes salts and keys from its caller.
//!
//! To add a sealed thing: a module of its own, pure functions, with the public test vectors of its standard.

pub mod canonical;
pub mod ledger;
