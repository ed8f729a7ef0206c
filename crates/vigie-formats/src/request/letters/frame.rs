//! What every letter has around it: who writes, to whom, under which numbers, when.

use vigie_model::Moment;

use super::super::Language;
use super::super::paper::{Block, Paper};
use super::words::day;

/// The house that writes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct House {
    /// Its name.
    pub name: String,
    /// Its address, a line each.
    pub address: Vec<String>,
    /// How to reach the people who answer: a mail address, a phone number.
    pub contact: String,
    /// The address of its portal for authorities, where it has one.
    pub portal: Option<String>,
}

/// What stands around a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The language of the letter.
    pub language: Language,
    /// Who writes.
    pub house: &'a House,
    /// To whom, a line each.
    pub recipient: Vec<String>,
    /// The number that the recipient gave the matter; none where there is none.
    pub reference: Option<String>,
    /// The number that the house gave it.
    pub ours: String,
    /// The date of the letter.
    pub at: Moment,
}

impl Frame<'_> {
    /// The one of two texts that is in the language of the letter.
    pub(super) fn pick<'b>(&self, english: &'b str, french: &'b str) -> &'b str {
        self.language.pick(english, french)
    }

    /// The letter.
    pub(super) fn paper(&self, title: &str, mut blocks: Vec<Block>) -> Paper {
        let mut sender = vec![self.house.name.clone()];
        sender.extend(self.house.address.iter().cloned());
        let mut particulars = Vec::new();
        if let Some(reference) = &self.reference {
            particulars.push((self.pick("Your reference", "Votre référence").to_owned(), reference.clone()));
        }
        particulars.push((self.pick("Our reference", "Notre référence").to_owned(), self.ours.clone()));
        particulars.push((self.pick("Date", "Date").to_owned(), day(self.at, self.language)));
        blocks.push(Block::Fact(self.pick("Contact", "Contact").to_owned(), self.house.contact.clone()));
        Paper {
            language: self.language,
            sender,
            recipient: self.recipient.clone(),
            particulars,
            title: title.to_owned(),
            blocks,
        }
    }
}

pub(in crate::request) fn text(text: impl Into<String>) -> Block {
    Block::Text(text.into())
}

pub(in crate::request) fn heading(text: impl Into<String>) -> Block {
    Block::Heading(text.into())
}

pub(in crate::request) fn item(text: impl Into<String>) -> Block {
    Block::Item(text.into())
}

pub(in crate::request) fn fact(label: &str, value: impl Into<String>) -> Block {
    Block::Fact(label.to_owned(), value.into())
}
