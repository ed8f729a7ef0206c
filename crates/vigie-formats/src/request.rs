//! Requests of authorities: what came in becomes an [`Instrument`](vigie_model::disclosure::Instrument), what goes back becomes forms, letters and tables.
//!
//! What it is: pure functions between bytes and values. What it is not: it says not whether a request is valid (that is the
//! rule sets' affair), checks no signature, knows no account and no clock. Whoever calls a reader keeps the bytes as they
//! came; a reader never changes them, and what it did not read it reports with its place.
//!
//! | module | what |
//! |---|---|
//! | [`exchange`] | the JSON document between two instances, both ways |
//! | [`forms`] | Forms 1, 2, 5 and 6 of Regulation (EU) 2023/1543 as XML, both ways |
//! | [`form_3`] | Form 3, why something is not carried out: XML, and paper for people |
//! | [`letters`] | letters, notices and cover sheets in English and French |
//! | [`paper`] | titled paragraphs, as PDF and as plain text |
//! | [`article_15`] | the tables of orders for transparency reports, as CSV |
//!
//! To add a way in: a module with `read(bytes) -> Result<Arrived, RequestError>`, its bounds, its hostile tests and its
//! fuzz target.

pub mod article_15;
pub mod exchange;
pub mod form_3;
pub mod forms;
pub mod letters;
pub mod paper;

mod arrived;
mod checks;
mod error;
mod problem;

pub use arrived::{Arrived, Diagnostic, FormKind, Trouble};
pub use error::RequestError;
pub use problem::Problem;

use arrived::Diagnostics;

/// Bytes of the longest document.
pub const LARGEST: usize = 8 << 20;

/// How deep a document may be nested.
pub const DEEPEST: usize = 24;

/// How many identifiers one document may name.
pub const MOST_WANTED: usize = 10_000;

/// Characters of the longest free text: facts, reasons, grounds.
pub const LONGEST_TEXT: usize = 20_000;

/// Characters of anything else: names, numbers, identifiers, provisions.
pub const LONGEST_LINE: usize = 1_000;

vigie_model::names! {
    /// In which language a paper is written.
    pub enum Language {
        /// English.
        English => "en",
        /// French.
        French => "fr",
    }
}

impl Language {
    /// The one of two texts that is in this language.
    #[must_use]
    pub const fn pick<'a>(self, english: &'a str, french: &'a str) -> &'a str {
        match self {
            Self::English => english,
            Self::French => french,
        }
    }
}
