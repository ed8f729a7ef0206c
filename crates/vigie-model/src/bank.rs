//! Banks: named sets of known signals, each for one stated purpose.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::BankId;

crate::names! {
    /// What the service answers about a submission.
    pub enum Verdict {
        /// Publish it. (With a note where a bank asks for one.)
        Allow => "allow",
        /// Hold it back until a person looked.
        Review => "review",
        /// Do not publish it.
        Block => "block",
    }
}

crate::names! {
    /// What the entries of a bank are.
    pub enum BankKind {
        /// Known material.
        Known => "known",
        /// Material somebody found not to be illegal. Never suppresses an exact digest of a bank of known material.
        Negative => "negative",
    }
}

crate::names! {
    /// Where a bank comes from.
    pub enum BankOrigin {
        /// Made by two people at the desk.
        Desk => "desk",
        /// Made by a client of the HMA-compatible API: it answers there and notes at the desk, until two people adopt it.
        Hma => "hma",
    }
}

crate::names! {
    /// State of an entry.
    pub enum EntryState {
        /// It matches.
        Active => "active",
        /// It came past the hourly limit of its token and waits for a person.
        Quarantined => "quarantined",
        /// It was taken out; the row stays so that old receipts can be read.
        Removed => "removed",
    }
}

/// The purpose every bank serves unless an operator signed an overlay.
pub const CHILD_SAFETY: &str = "child_sexual_abuse_material";

/// A bank: a named set of known signals with purpose, source, legal ground, labels, distance and on/off state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bank {
    /// Its identifier.
    pub id: BankId,
    /// Its name.
    pub name: BankName,
    /// What it is for: [`CHILD_SAFETY`], or the purpose of an operator's signed overlay.
    pub purpose: String,
    /// The overlay that permits another purpose: who signed and where it is kept. Shown on every screen.
    pub overlay: Option<String>,
    /// Who hands out the list.
    pub source: String,
    /// The legal ground on which it is held.
    pub legal_ground: String,
    /// Known material, or known not to be.
    pub kind: BankKind,
    /// Made at the desk, or through the HMA-compatible API.
    pub origin: BankOrigin,
    /// Greatest PDQ distance that is a match, 0 to 255.
    pub distance: u32,
    /// What a match in it asks for.
    pub verdict: Verdict,
    /// The vocabulary of its labels.
    pub label_scheme: String,
    /// Share of lookups, 0.0 to 1.0, in which it takes part: for gradual roll-out.
    pub ratio: f64,
    /// Whether it takes part at all.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Moment,
}

/// A name as HMA demands it: `[A-Z_][A-Z0-9_]*`, at most 255 characters. Upper case keeps it apart from error keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BankName(String);

impl BankName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BankName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BankName {
    type Err = InvalidBankName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let first = text.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
        let rest = text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        if first && rest && text.len() <= 255 {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidBankName)
    }
}

impl TryFrom<String> for BankName {
    type Error = InvalidBankName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<BankName> for String {
    fn from(name: BankName) -> Self {
        name.0
    }
}

/// A text that cannot name a bank.
#[derive(Debug, thiserror::Error)]
#[error("a bank's name starts with A–Z or _ and holds only A–Z, 0–9 and _, at most 255 of them")]
pub struct InvalidBankName;

/// What an entry is about: a code within a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Label {
    /// The vocabulary, for example `inhope` or `ncmec`.
    pub scheme: String,
    /// The code within it, for example `A1`.
    pub code: String,
}

impl fmt::Display for Label {
    /// `SCHEME:CODE`, as forms and the database write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme, self.code)
    }
}

impl FromStr for Label {
    type Err = InvalidLabel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, code) = text.split_once(':').ok_or(InvalidLabel)?;
        if scheme.is_empty() || code.is_empty() {
            return Err(InvalidLabel);
        }
        Ok(Self { scheme: scheme.to_owned(), code: code.to_owned() })
    }
}

/// A text that is no label.
#[derive(Debug, thiserror::Error)]
#[error("a label is written SCHEME:CODE")]
pub struct InvalidLabel;

/// An entry of a bank, without its signals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BankEntry {
    /// Its number: consecutive from 1 over all banks, as HMA's clients expect.
    pub id: i64,
    /// The bank it belongs to.
    pub bank: BankId,
    /// Who vouches for it.
    pub source: String,
    /// What it is about.
    pub labels: Vec<Label>,
    /// A free note, at most 255 characters.
    pub note: Option<String>,
    /// Where the original is kept by the source.
    pub original_reference: Option<String>,
    /// Metadata an HMA client sent along, unread.
    pub metadata: Option<serde_json::Value>,
    /// Until when it does not match; [`Moment`] of the far future means for good.
    pub disabled_until: Option<Moment>,
    /// Active, quarantined or removed.
    pub state: EntryState,
    /// When it was added.
    pub created_at: Moment,
}

impl BankEntry {
    /// Whether it matches at this moment.
    #[must_use]
    pub fn matches_at(&self, moment: Moment) -> bool {
        self.state == EntryState::Active && self.disabled_until.is_none_or(|until| until <= moment)
    }
}
