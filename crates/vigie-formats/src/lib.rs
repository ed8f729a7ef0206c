//! Importers and exporters: what others hand over becomes records, what is wrong in it becomes diagnostics.
//!
//! What it is: pure functions from bytes to records and back, one format or family a file. What it is not: it opens no
//! file, knows no database and no network, and never loses a whole file over one bad line. Diagnostics name the place and
//! what is wrong there. Those of lists never repeat its content, which may be a hash of material; those of requests show a
//! legal officer what was not read, and show it in no log.
//!
//! To add a format: a file with a reader that yields records and diagnostics as it goes (so that memory stays small), and
//! its writer where we hand it out, too.

pub mod bank_list;
pub mod request;
