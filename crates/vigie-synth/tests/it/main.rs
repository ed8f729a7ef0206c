//! What the rest of the house relies on: pictures that hash well, copies that stay recognisable, an operation whose
//! ground truth is true.

mod copies;
mod operation;
