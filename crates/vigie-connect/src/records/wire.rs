//! What a messenger answers under `docs/guide/records.md`, read strictly.
//!
//! What it is: pure readers of bytes from outside. A field that nobody agreed on is an error, as is a page without its last
//! line: what was cut off on the way is never taken for the whole. What it is not: the check against the grant.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use vigie_app::records::{Holder, Page, RecordsError};
use vigie_model::disclosure::{Category, Record, Span};

/// The most records of a page.
pub const MOST_RECORDS_A_PAGE: usize = 10_000;

/// The most bytes of a page.
pub const LARGEST_PAGE: usize = 8 * 1024 * 1024;

/// The most bytes of any other answer.
pub const LARGEST_ANSWER: usize = 1024 * 1024;

/// The longest line of a page.
const LONGEST_LINE: usize = 2048;

/// The longest cursor.
const LONGEST_CURSOR: usize = 512;

/// The longest identifier of an account.
const LONGEST_ACCOUNT: usize = 255;

fn malformed(why: impl Into<String>) -> RecordsError {
    RecordsError::Malformed(why.into())
}

/// Who held an identifier: at most so many, each at some moment of the span.
///
/// # Errors
/// It is no such list, there are more, or somebody in it held the identifier at another time.
pub fn holders(body: &[u8], span: &Span, most: usize) -> Result<Vec<Holder>, RecordsError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Answered {
        holders: Vec<Holder>,
    }
    let Answered { holders } = read(body, "the answer is no list of holders")?;
    if holders.len() > most {
        return Err(RecordsError::TooMuch(format!("more than {most} accounts")));
    }
    if holders.iter().any(|holder| !is_account(&holder.account)) {
        return Err(malformed("a holder is no account"));
    }
    let is_of_the_span = |holder: &Holder| {
        holder.from.is_none_or(|from| from < span.until) && holder.until.is_none_or(|until| span.from < until)
    };
    if !holders.iter().all(is_of_the_span) {
        return Err(malformed("a holder is one of another time"));
    }
    Ok(holders)
}

/// The categories that the messenger keeps: some of those that were asked for.
///
/// # Errors
/// It is no such list, or names what was not asked for.
pub fn kept(body: &[u8], asked: &[Category]) -> Result<Vec<Category>, RecordsError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Answered {
        kept: Vec<Category>,
    }
    let Answered { kept } = read(body, "the answer does not say what is kept")?;
    if kept.iter().all(|category| asked.contains(category)) {
        return Ok(kept);
    }
    Err(malformed("a category is kept that nobody asked for"))
}

/// That a reason to keep has ended.
///
/// # Errors
/// It does not say so.
pub fn lifted(body: &[u8]) -> Result<(), RecordsError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Answered {
        lifted: bool,
    }
    match read(body, "the answer does not say that the hold is lifted")? {
        Answered { lifted: true } => Ok(()),
        Answered { lifted: false } => Err(malformed("the hold is not lifted")),
    }
}

/// A page: JSON Lines, a record each, and a last line that counts them and says where the next page begins.
///
/// # Errors
/// A line is no record, or is one that says more than records can; the last line is missing or counts otherwise; or there is
/// more than a page may have.
pub fn page(body: &[u8]) -> Result<Page, RecordsError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct End {
        records: usize,
        next: Option<String>,
    }
    let body = body.strip_suffix(b"\n").ok_or_else(|| malformed("the page does not end in a whole line"))?;
    let start = body.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let (lines, end) = body.split_at(start);
    let end: End = read(end, "the last line of the page is missing")?;
    let mut records = Vec::with_capacity(end.records.min(MOST_RECORDS_A_PAGE));
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        if records.len() == MOST_RECORDS_A_PAGE {
            return Err(RecordsError::TooMuch(format!("a page of more than {MOST_RECORDS_A_PAGE} records")));
        }
        let line = &line[..line.len() - 1];
        let number = records.len() + 1;
        if line.len() > LONGEST_LINE {
            return Err(RecordsError::TooMuch(format!("line {number} of a page is too long")));
        }
        let record: Record = serde_json::from_slice(line)
            .map_err(|_| malformed(format!("line {number} of a page is no record")))?;
        records.push(record);
    }
    if records.len() != end.records {
        return Err(malformed(format!("the page has {} records and says {}", records.len(), end.records)));
    }
    if end.next.as_ref().is_some_and(|next| next.is_empty() || next.len() > LONGEST_CURSOR) {
        return Err(malformed("the cursor is empty or too long"));
    }
    Ok(Page { records, next: end.next })
}

/// An identifier of an account: some text on one line.
fn is_account(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_ACCOUNT && !text.contains(char::is_control)
}

fn read<T: DeserializeOwned>(body: &[u8], otherwise: &'static str) -> Result<T, RecordsError> {
    serde_json::from_slice(body).map_err(|_| malformed(otherwise))
}

#[cfg(test)]
mod tests;
