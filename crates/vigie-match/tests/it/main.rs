//! What the crate promises, seen from outside.

mod banks;
mod index;
mod saved;
mod vpdq;
