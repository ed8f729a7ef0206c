//! Papers: a title and paragraphs, as PDF for people and as plain text for mail.
//!
//! What it is: what letters, notices, cover sheets and Form 3 have in common. The same paper gives the same bytes: no clock,
//! no number drawn by chance, no compression. Fonts are the two that every reader of PDF has (Helvetica, its bold), with the
//! encoding of Western Europe, so that French prints as it is written. What it is not: a layout engine. A letter of another
//! alphabet loses its marks where Western Europe knows it without (`ł` becomes `l`), and is printed as `?` otherwise.
//!
//! To add a kind of paragraph: a variant of [`Block`], its lines in `layout.rs`, its text in [`Paper::text`].

mod encoding;
mod layout;
mod pdf;

use super::Language;

/// A paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// Its language.
    pub language: Language,
    /// Who writes, a line each; the first is a name.
    pub sender: Vec<String>,
    /// To whom, a line each.
    pub recipient: Vec<String>,
    /// What stands above the title: references, the date.
    pub particulars: Vec<(String, String)>,
    /// Its title.
    pub title: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A part of what a paper says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph. Ends of lines in it are kept.
    Text(String),
    /// An entry of a list.
    Item(String),
    /// A label and what it is.
    Fact(String, String),
}

impl Paper {
    /// As PDF: A4, as many pages as it takes, numbered.
    #[must_use]
    pub fn pdf(&self) -> Vec<u8> {
        pdf::write(self, &layout::pages(self))
    }

    /// As plain text. Paragraphs are not wrapped.
    #[must_use]
    pub fn text(&self) -> String {
        let mut parts = vec![self.sender.join("\n"), self.recipient.join("\n")];
        let colon = self.language.pick(": ", "\u{a0}: ");
        let particular = |(label, value): &(String, String)| format!("{label}{colon}{value}");
        parts.push(self.particulars.iter().map(particular).collect::<Vec<_>>().join("\n"));
        parts.push(self.title.clone());
        let mut before = None;
        for block in &self.blocks {
            let (text, list) = match block {
                Block::Heading(text) | Block::Text(text) => (text.clone(), None),
                Block::Item(text) => (format!("- {text}"), Some("items")),
                Block::Fact(label, value) => (format!("{label}{colon}{value}"), Some("facts")),
            };
            match parts.last_mut().filter(|_| list.is_some() && list == before) {
                Some(part) => *part = format!("{part}\n{text}"),
                None => parts.push(text),
            }
            before = list;
        }
        parts.retain(|part| !part.is_empty());
        parts.join("\n\n") + "\n"
    }
}
