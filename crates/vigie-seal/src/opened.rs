//! What opens an entry of the ledger to whoever is handed it: its salt and its details, in the `extra` of a proof.
//!
//! The log shows a salted hash alone. With the opening, anybody computes the entry and its leaf again, and the proof shows that this leaf
//! stands in the log. So who was handed something can check what the ledger says of it, without us and without the log.
//!
//! ```text
//! {"details":"{\"action\":…}","salt":"64 hexadecimal digits","v":1}
//! ```
//! The details are the very text that was hashed, so that nothing depends on how somebody writes JSON. What it is not: an opening of an
//! entry that opened an epoch; what that says stands in public.

use serde::{Deserialize, Serialize};

use crate::ledger::{Details, entry_of, leaf_hash};

/// The longest opening that is read.
const LARGEST: usize = 64 * 1024;

/// The opening of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    salt: [u8; 32],
    details: String,
}

/// As it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    details: String,
    salt: String,
    v: u8,
}

/// Why it is no opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it opens no entry: it is not salt and details as version 1 has them")]
pub struct NotOpened;

impl Opened {
    /// The opening of the entry with this salt and this canonical text of details.
    #[must_use]
    pub fn new(salt: [u8; 32], details: String) -> Self {
        Self { salt, details }
    }

    /// Reads what a proof carries. Nothing is proven by that.
    ///
    /// # Errors
    /// It is none.
    pub fn read(bytes: &[u8]) -> Result<Self, NotOpened> {
        if bytes.len() > LARGEST {
            return Err(NotOpened);
        }
        let written: Written = serde_json::from_slice(bytes).map_err(|_| NotOpened)?;
        let mut salt = [0; 32];
        hex::decode_to_slice(&written.salt, &mut salt).map_err(|_| NotOpened)?;
        let opened = Self { salt, details: written.details };
        if written.v == 1 && opened.details().is_some() { Ok(opened) } else { Err(NotOpened) }
    }

    /// As a proof carries it.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let written = Written { details: self.details.clone(), salt: hex::encode(self.salt), v: 1 };
        // Texts and a number: there is nothing in it that could not be written.
        serde_json::to_vec(&written).unwrap_or_default()
    }

    /// The leaf hash of the entry that it opens.
    #[must_use]
    pub fn leaf(&self) -> [u8; 32] {
        leaf_hash(&entry_of(&self.salt, &self.details))
    }

    /// What happened.
    #[must_use]
    pub fn details(&self) -> Option<Details> {
        serde_json::from_str(&self.details).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vigie_model::{Caller, Moment};

    use super::*;
    use crate::ledger::seal;

    #[test]
    fn an_opening_leads_to_the_very_leaf_and_another_word_of_it_to_another() {
        let details = Details::new(&Caller::operator(), "bank.exported", "bank:1", Moment(1_000_000));
        let details = details.with(json!({ "sha256": "ab" }));
        let sealed = seal(&details, &[3; 32]).unwrap();
        let opened = Opened::new([3; 32], sealed.details);
        let read = Opened::read(&opened.bytes()).unwrap();
        assert_eq!((&read, read.leaf(), read.details()), (&opened, sealed.leaf, Some(details)));
        let other = String::from_utf8(opened.bytes()).unwrap().replace("\\\"ab\\\"", "\\\"ac\\\"");
        assert_ne!(Opened::read(other.as_bytes()).unwrap().leaf(), sealed.leaf);
        let resalted = Opened::new([4; 32], opened.details.clone());
        assert_ne!(resalted.leaf(), sealed.leaf);
    }

    #[test]
    fn what_is_no_opening_is_refused() {
        let salt = "00".repeat(32);
        let details = r#"{\"action\":\"a\",\"actor\":\"operator\",\"at\":\"1970-01-01T00:00:01Z\",\"object\":\"b\",\"parameters\":{}}"#;
        let good = format!(r#"{{"details":"{details}","salt":"{salt}","v":1}}"#);
        assert!(Opened::read(good.as_bytes()).is_ok());
        for bad in [
            "",
            "package 7",
            &good.replace("\"v\":1", "\"v\":2"),
            &good.replace(&salt, "00"),
            &good.replace(details, "nothing that happened"),
            &good.replace("\"v\":1", "\"v\":1,\"more\":1"),
            &good.replace(details, &" ".repeat(LARGEST)),
        ] {
            assert_eq!(Opened::read(bad.as_bytes()), Err(NotOpened), "{bad:.60}");
        }
    }
}
