//! The signals of an entry, and how they are written.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vigie_match::{Signal, SignalKind};

use crate::{Code, Error, Result};

/// The signals of an entry, one of each kind at most. As JSON an object of kind and hexadecimal digits.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EntrySignals(pub Vec<Signal>);

impl EntrySignals {
    /// By kind, in hexadecimal digits.
    #[must_use]
    pub fn by_kind(&self) -> BTreeMap<&'static str, String> {
        self.0.iter().map(|signal| (signal.kind().name(), signal.hex())).collect()
    }

    /// Reads them by kind.
    ///
    /// # Errors
    /// A kind is not known, or digits are not those of a signal.
    pub fn read(by_kind: &BTreeMap<String, String>) -> Result<Self> {
        let read = |(kind, digits): (&String, &String)| {
            let kind: SignalKind = kind.parse().map_err(|error| unreadable(&error))?;
            Signal::parse(kind, digits).map_err(|error| unreadable(&error))
        };
        by_kind.iter().map(read).collect::<Result<_>>().map(Self)
    }
}

fn unreadable(error: &dyn std::error::Error) -> Error {
    Error::new(Code::InvalidValue, error.to_string())
}

impl fmt::Debug for EntrySignals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A hash of material is not for logs.
        f.debug_list().entries(self.0.iter().map(Signal::kind)).finish()
    }
}

impl Serialize for EntrySignals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.by_kind().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EntrySignals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let by_kind = BTreeMap::deserialize(deserializer)?;
        Self::read(&by_kind).map_err(serde::de::Error::custom)
    }
}
