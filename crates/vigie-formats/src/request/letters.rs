//! Letters to authorities, notices to users, cover sheets: from typed values to a [`Paper`](super::paper::Paper), in English and French.
//!
//! What it is: pure functions; the words are written by hand in both languages, in the words of the profession. What it is
//! not: a template that an operator fills, nor a decision. Who may send what, and when, is `vigie-app`'s.
//!
//! Two papers say the same whatever the house knows, because they are given nothing that differs: the acknowledgement, and the
//! statement on an account.
//!
//! To add a letter: a function from what it needs to a paper, both languages beside one another, a snapshot of both in
//! `tests/it/letters.rs`.

mod account;
mod cover_sheet;
mod frame;
mod human_rights;
mod to_authority;
pub mod words;

pub use account::{AccountStatement, UserNotice, account_statement, user_notice};
pub use cover_sheet::{AddressWarning, CoverSheet, CoveredTask, Ports, cover_sheet};
pub use frame::{Frame, House};
pub use human_rights::{HumanRightsConcern, human_rights_questions, human_rights_refusal};
pub use to_authority::{
    Clarification, ConflictObjection, Question, RefusedTask, acknowledgement, clarification,
    conflict_objection, effect, refusal,
};
pub use words::nil_return;
