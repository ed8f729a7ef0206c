//! The signals of an entry, and how they are written.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vigie_match::{Signal, SignalKind, Vpdq};
use vigie_store::bank_entries::StoredSignal;

use crate::matching::{read_signal, stored_signal, stored_video};
use crate::{Code, Error, Result};

/// The signals of an entry, one of each kind at most. As JSON an object of kind and hexadecimal digits; of a video, of
/// kind and vPDQ's text form.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EntrySignals {
    /// Those of one hash.
    pub single: Vec<Signal>,
    /// That of a video.
    pub video: Option<Arc<Vpdq>>,
}

impl EntrySignals {
    /// By kind, as text.
    #[must_use]
    pub fn by_kind(&self) -> BTreeMap<&'static str, String> {
        let video = self.video.as_ref().map(|video| (SignalKind::Vpdq.name(), video.field()));
        self.single.iter().map(|signal| (signal.kind().name(), signal.hex())).chain(video).collect()
    }

    /// Reads them by kind.
    ///
    /// # Errors
    /// A kind is not known, or a text is not that of a signal.
    pub fn read(by_kind: &BTreeMap<String, String>) -> Result<Self> {
        let mut signals = Self::default();
        for (kind, text) in by_kind {
            match kind.parse().map_err(|error| unreadable(&error))? {
                SignalKind::Vpdq => {
                    signals.video = Some(Arc::new(text.parse().map_err(|error| unreadable(&error))?));
                }
                kind => signals.single.push(Signal::parse(kind, text).map_err(|error| unreadable(&error))?),
            }
        }
        Ok(signals)
    }

    /// The kinds that are there.
    pub(crate) fn kinds(&self) -> Vec<SignalKind> {
        let video = self.video.as_ref().map(|_| SignalKind::Vpdq);
        self.single.iter().map(Signal::kind).chain(video).collect()
    }

    /// As the store keeps them.
    pub(crate) fn stored(&self) -> Vec<StoredSignal> {
        self.single.iter().map(stored_signal).chain(self.video.as_deref().map(stored_video)).collect()
    }

    /// Reads what the store keeps; what it cannot read is left out.
    pub(crate) fn from_stored(stored: &[StoredSignal]) -> Self {
        let is_video = |one: &&StoredSignal| one.kind == i64::from(SignalKind::Vpdq as u8);
        let video = stored.iter().find(is_video).and_then(|one| Vpdq::from_bytes(&one.value).ok());
        Self { single: stored.iter().filter_map(read_signal).collect(), video: video.map(Arc::new) }
    }
}

impl From<Vec<Signal>> for EntrySignals {
    fn from(single: Vec<Signal>) -> Self {
        Self { single, video: None }
    }
}

fn unreadable(error: &dyn std::error::Error) -> Error {
    Error::new(Code::InvalidValue, error.to_string())
}

impl fmt::Debug for EntrySignals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A hash of material is not for logs.
        f.debug_list().entries(self.kinds()).finish()
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
