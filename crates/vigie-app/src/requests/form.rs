//! Documents that a machine wrote, read for a clerk: the form is filled in from them, and the clerk still answers for it.
//!
//! What it is not: a decision about what the document says. To add a form: its reader in `vigie_formats::request`.

use bytes::Bytes;
use vigie_formats::request::{Arrived, Diagnostic, RequestError, exchange, forms};
use vigie_model::disclosure::Instrument;
use vigie_model::id::RequestId;
use vigie_model::{Caller, Operation};
use vigie_seal::envelope::Envelope;
use vigie_seal::ledger::Details;

use super::follow_up::of_form;
use super::{FollowUpKind, object};
use crate::{App, Code, Error, Resource, Result, authorise};

/// What a document says, as far as it could be read.
#[derive(Debug, Clone)]
pub struct ReadForm {
    /// The document as values.
    pub instrument: Instrument,
    /// What could not be read of it, a line each.
    pub diagnostics: Vec<String>,
    /// What it says about a request that was made before, where it is no request of its own: Forms 5 and 6.
    pub follows: Option<FollowUpKind>,
    /// Whether it is signed. By whom is found out when it is taken in.
    pub is_signed: bool,
}

impl App {
    /// Reads a document of a request that a machine wrote: a form of Regulation (EU) 2023/1543 as XML, or the document of the
    /// exchange, signed or not. None where it is neither: a scan, a mail. Nothing of it is kept, and no signature is looked at.
    ///
    /// # Errors
    /// Not permitted, or it is such a document and cannot be read.
    pub fn read_form(&self, caller: &Caller, bytes: &[u8]) -> Result<Option<ReadForm>> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let first =
            bytes.trim_ascii_start().strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes.trim_ascii_start());
        let signed = Envelope::read(bytes).ok();
        let text = signed.as_ref().map_or(bytes, Envelope::payload);
        let read = match first.first() {
            Some(b'<') if !is_a_page(first) => forms::read(bytes),
            Some(b'{') => exchange::read(text),
            _ => return Ok(None),
        };
        let Arrived { instrument, diagnostics, form, .. } = read.map_err(|error| unreadable(text, error))?;
        Ok(Some(ReadForm {
            instrument,
            diagnostics: lines(diagnostics),
            follows: form.and_then(of_form),
            is_signed: signed.is_some(),
        }))
    }

    /// Takes in a signed document that somebody carried here, as if its authority had sent it. The signature says who asks. That a
    /// person of the house brought it is written down besides.
    ///
    /// # Errors
    /// Not permitted, or as [`App::receive_signed`].
    pub async fn enter_signed(&self, caller: &Caller, bytes: Bytes) -> Result<RequestId> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let id = self.receive_signed(bytes).await?.request;
        let tx = self.store.begin().await?;
        tx.commit(&Details::new(caller, "request.carried_in", object(id), self.now())).await?;
        Ok(id)
    }
}

/// Why a document cannot be read, and in which line that shows.
pub(super) fn unreadable(bytes: &[u8], error: RequestError) -> Error {
    let detail = match error.line_in(bytes) {
        Some((line, column)) => format!("the document cannot be read: {error}: line {line}, column {column}"),
        None => format!("the document cannot be read: {error}"),
    };
    Error::new(Code::RequestUnreadable, detail).because(error)
}

/// What could not be read, a line each.
pub(super) fn lines(diagnostics: Vec<Diagnostic>) -> Vec<String> {
    let line = |one: Diagnostic| match one.content {
        Some(content) => format!("{}: {}: {content}", one.place, one.problem),
        None => format!("{}: {}", one.place, one.problem),
    };
    diagnostics.into_iter().map(line).collect()
}

/// A page of the web, such as a mail that was saved, is no form.
fn is_a_page(text: &[u8]) -> bool {
    let head = text.get(..512).unwrap_or(text).to_ascii_lowercase();
    head.windows(5).any(|word| word == b"<html") || head.windows(14).any(|word| word == b"<!doctype html")
}
