//! What a reader makes of a document, and what it could not make of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use vigie_model::disclosure::Instrument;

use super::{Language, Problem};

/// How many diagnostics one document can have; one more then says how many were left out.
const MOST: usize = 1_000;

/// Characters of what stood there that a diagnostic repeats.
const SHOWN: usize = 2_000;

vigie_model::names! {
    /// Which form of Regulation (EU) 2023/1543 a document is.
    pub enum FormKind {
        /// The European Production Order Certificate: Annex I.
        Form1 => "form_1",
        /// The European Preservation Order Certificate: Annex II.
        Form2 => "form_2",
        /// That a request for production was issued: Annex V.
        Form5 => "form_5",
        /// That a preservation is extended by 30 days: Annex VI.
        Form6 => "form_6",
    }
}

vigie_model::names! {
    /// What is the matter with a part of a document.
    pub enum Trouble {
        /// Nobody knows what this is; it was not read.
        Unknown => "unknown",
        /// It is known what this is, but what stands there could not be read; it was left out.
        Unreadable => "unreadable",
        /// It was read and kept, but cannot be: a span that ends before it begins, a phone number of letters.
        Impossible => "impossible",
        /// It was read and kept, and contradicts something else, or can be understood two ways.
        Ambiguous => "ambiguous",
        /// It is expected of such a document, and is not there.
        Absent => "absent",
        /// It was read and kept, and holds characters that nobody sees.
        Hidden => "hidden",
    }
}

/// Something about a document that a legal officer should see.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnostic {
    /// Where: a JSON pointer (RFC 6901), or the path of an element.
    pub place: String,
    /// What is the matter.
    pub trouble: Trouble,
    /// The same exactly: [`Diagnostic::said`] has it in both languages.
    pub code: Problem,
    /// The same in English.
    pub problem: String,
    /// What stands there, shortened, where it was not read. The whole is in the bytes that the caller kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

impl fmt::Debug for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What stood there may name a person, and is not for logs.
        let shown = if self.content.is_some() { " (…)" } else { "" };
        write!(f, "{}: {} ({}){shown}", self.place, self.problem, self.trouble)
    }
}

/// What a reader made of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// What it says.
    pub instrument: Instrument,
    /// Which form it is, where it is one of Regulation (EU) 2023/1543.
    pub form: Option<FormKind>,
    /// What the form calls each entry of `wanted`, in the same order: Form 3 answers by these numbers. Empty elsewhere.
    pub form_numbers: Vec<String>,
    /// What could not be read in it, or was not known.
    pub diagnostics: Vec<Diagnostic>,
}

/// Diagnostics as they come up, up to a bound.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    list: Vec<Diagnostic>,
    left_out: usize,
}

impl Diagnostics {
    pub(super) fn add(&mut self, place: impl Into<String>, problem: Problem) {
        self.push(place, problem, None);
    }

    /// One that shows what was not read.
    pub(super) fn show(&mut self, place: impl Into<String>, problem: Problem, content: &str) {
        self.push(place, problem, Some(content));
    }

    fn push(&mut self, place: impl Into<String>, problem: Problem, content: Option<&str>) {
        if self.list.len() < MOST {
            self.list.push(Diagnostic::of(place.into(), problem, content.map(shortened)));
        } else {
            self.left_out += 1;
        }
    }

    pub(super) fn end(mut self) -> Vec<Diagnostic> {
        if self.left_out > 0 {
            let count = self.left_out.to_string();
            self.list.push(Diagnostic::of(String::new(), Problem::MoreLeftOut, Some(count)));
        }
        self.list
    }
}

impl Diagnostic {
    fn of(place: String, code: Problem, content: Option<String>) -> Self {
        let problem = code.said(Language::English).to_owned();
        Self { place, trouble: code.trouble(), code, problem, content }
    }

    /// What is the matter, in a language.
    #[must_use]
    pub const fn said(&self, language: Language) -> &'static str {
        self.code.said(language)
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
