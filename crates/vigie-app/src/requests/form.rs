//! Documents that a machine wrote, read for a clerk: the form is filled in from them, and the clerk still answers for it.

use vigie_formats::request::{Arrived, exchange, forms};
use vigie_model::disclosure::Instrument;
use vigie_model::{Caller, Operation};

use crate::{App, Code, Error, Resource, Result, authorise};

/// What a document says, as far as it could be read.
#[derive(Debug, Clone)]
pub struct ReadForm {
    /// The document as values.
    pub instrument: Instrument,
    /// What could not be read of it, a line each.
    pub diagnostics: Vec<String>,
}

impl App {
    /// Reads a document of a request that a machine wrote: a form of Regulation (EU) 2023/1543 as XML, or the document of the
    /// exchange. None where it is neither: a scan, a mail. Nothing of it is kept.
    ///
    /// # Errors
    /// Not permitted, or it is such a document and cannot be read.
    pub fn read_form(&self, caller: &Caller, bytes: &[u8]) -> Result<Option<ReadForm>> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let first =
            bytes.trim_ascii_start().strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes.trim_ascii_start());
        let read = match first.first() {
            Some(b'<') if !is_a_page(first) => forms::read(bytes),
            Some(b'{') => exchange::read(bytes),
            _ => return Ok(None),
        };
        let Arrived { instrument, diagnostics, .. } = read.map_err(|error| {
            Error::new(Code::RequestUnreadable, format!("the document cannot be read: {error}"))
        })?;
        let line = |one: vigie_formats::request::Diagnostic| match one.content {
            Some(content) => format!("{}: {}: {content}", one.place, one.problem),
            None => format!("{}: {}", one.place, one.problem),
        };
        Ok(Some(ReadForm { instrument, diagnostics: diagnostics.into_iter().map(line).collect() }))
    }
}

/// A page of the web, such as a mail that was saved, is no form.
fn is_a_page(text: &[u8]) -> bool {
    let head = text.get(..512).unwrap_or(text).to_ascii_lowercase();
    head.windows(5).any(|word| word == b"<html") || head.windows(14).any(|word| word == b"<!doctype html")
}
