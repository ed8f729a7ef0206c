//! The forms of Regulation (EU) 2023/1543 as XML: 1 (EPOC), 2 (EPOC-PR), 5 (production announced), 6 (30 days more).
//!
//! What it is: a reader that knows the elements of [`names`], takes them wherever one of the namespaces of the forms has
//! them, and reports every other one with its path; and a writer of the same for the side of the authority and for tests.
//! What it is not: a check against the Commission's schemas, which are not part of this tree, nor of any signature in the
//! document. Which names are certain and which are provisional stands in [`names`], and in `docs/guide/exchange.md`.
//!
//! Nothing outside the document is ever read: a document type is refused, and no entity but the five of XML is resolved.
//!
//! To add an element: its line in [`names`], its reading here, its writing in `write`.

pub mod names;

mod evidence;
mod office;
mod production;
mod read;
mod tree;
mod write;

use super::{Arrived, Diagnostics, FormKind, RequestError};

pub use write::{Unwritable, write};

pub(super) use write::Writer;

/// The namespace of what all forms share, and of what they take from the European Investigation Order.
pub const SHARED: [&str; 2] = ["http://data.europa.eu/edm/1/ns/epoc", "http://data.europa.eu/edm/1/ns/eio"];

/// The namespace of a form.
#[must_use]
pub const fn namespace(form: FormKind) -> &'static str {
    match form {
        FormKind::Form1 => "http://data.europa.eu/edm/1/ns/forms/EPOC-FORM_1#",
        FormKind::Form2 => "http://data.europa.eu/edm/1/ns/forms/EPOC-PR-FORM-2#",
        FormKind::Form5 => "http://data.europa.eu/edm/1/ns/forms/EPOC-PR-FORM-5#",
        FormKind::Form6 => "http://data.europa.eu/edm/1/ns/forms/EPOC-PR-FORM-6#",
    }
}

/// The regime whose rule set judges a form.
#[must_use]
pub const fn regime(form: FormKind) -> &'static str {
    match form {
        FormKind::Form1 => "eu-epoc",
        FormKind::Form2 | FormKind::Form5 | FormKind::Form6 => "eu-epoc-pr",
    }
}

/// Reads a form.
///
/// What could not be read or contradicts itself is a diagnostic: an identifier that can name nobody, a span that ends before
/// it begins, both deadlines of ten days at once. Form 5 and Form 6 name no identifiers; their `earlier` is the request that
/// they continue.
///
/// # Errors
/// It is too long or too deep, not XML in UTF-8, declares a document type or refers to an entity, its root is of another
/// namespace or name, or it lacks the file number, or (Forms 1 and 2) any evidence.
pub fn read(bytes: &[u8]) -> Result<Arrived, RequestError> {
    let root = tree::read(bytes)?;
    let form = FormKind::ALL.iter().copied().find(|form| root.namespace.as_deref() == Some(namespace(*form)));
    let form = form.ok_or(RequestError::WrongNamespace)?;
    if *root.name != *names::root(form).text {
        return Err(RequestError::WrongRoot { form });
    }
    let mut diagnostics = Diagnostics::default();
    let (instrument, form_numbers) = read::instrument(form, &root, &mut diagnostics)?;
    root.report_unread(&mut diagnostics);
    Ok(Arrived { instrument, form: Some(form), form_numbers, diagnostics: diagnostics.end() })
}
