//! What the crate promises, seen from outside.

mod banks;
mod hostile;
mod index;
mod saved;
mod vpdq;
