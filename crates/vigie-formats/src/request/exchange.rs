//! The document that two instances exchange: the JSON of an [`Instrument`], under a payload type that carries its version.
//!
//! What it is: strict where a reading could mean two things (a member twice, a name of no closed set on which a task depends,
//! a needed member that is missing), lenient where something can be left to a person: a member that nobody knows and a date
//! that is none are reported, a span that ends before it begins is kept as it is. What it is not: signed here; the envelope
//! around it is `vigie-seal`'s.
//!
//! `docs/guide/exchange.md` says it field by field, and a test reads its example.
//!
//! To add a field: in `vigie_model::disclosure::Instrument`, here in `document.rs`, on that page. A field that a reader must
//! not miss gets a new version of the payload type.

mod document;
mod node;

pub use vigie_model::disclosure::INSTRUMENT_TYPE as PAYLOAD_TYPE;
use vigie_model::disclosure::Instrument;

use super::{Arrived, DEEPEST, Diagnostics, LARGEST, RequestError};

/// Reads a document.
///
/// ```
/// use vigie_formats::request::exchange;
/// let document = br#"{
///     "regime": "fr-77-1-1", "kind": "production", "reference": "PV 2026/118", "subject_role": "suspect",
///     "issuer": {"name": "Parquet de Vittel", "country": "FR", "role": "prosecutor"},
///     "wanted": [{
///         "identifier": {"kind": "username", "value": "heron_17", "service": "messenger.example"},
///         "categories": ["subscriber"], "span": null
///     }],
///     "mood": "urgent"
/// }"#;
/// let arrived = exchange::read(document).unwrap();
/// assert_eq!(arrived.instrument.wanted[0].identifier.value, "heron_17");
/// assert_eq!(arrived.diagnostics[0].place, "/mood");
/// ```
///
/// # Errors
/// It is too long or too deep, not JSON in UTF-8, lacks something needed, holds something of a type that it cannot be, says
/// something twice, or names a kind, a category or a ground that is none.
pub fn read(bytes: &[u8]) -> Result<Arrived, RequestError> {
    if bytes.len() > LARGEST {
        return Err(RequestError::TooLarge { limit: LARGEST });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| RequestError::NotUtf8)?;
    if node::is_deeper_than(text, DEEPEST) {
        return Err(RequestError::TooDeep { limit: DEEPEST });
    }
    let root: node::Node = serde_json::from_str(text)
        .map_err(|error| RequestError::NotJson { line: error.line(), column: error.column() })?;
    let mut diagnostics = Diagnostics::default();
    let instrument = document::instrument(root, &mut diagnostics)?;
    Ok(Arrived { instrument, form: None, form_numbers: Vec::new(), diagnostics: diagnostics.end() })
}

/// Writes a document; [`read`] takes it back as it was, if it keeps to the bounds.
#[must_use]
pub fn write(instrument: &Instrument) -> Vec<u8> {
    // A tree of texts, numbers and lists: there is nothing in it that JSON cannot say.
    serde_json::to_vec_pretty(instrument).unwrap_or_default()
}
