//! What follows from a finding, and how files write it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use vigie_model::disclosure::RefusalGround;

/// What follows from a finding. A person decides; this is what the law or the house proposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// The authority is asked.
    Clarify,
    /// The task is refused, on this ground.
    Refuse(RefusalGround),
    /// A senior legal officer decides.
    Senior,
}

/// Why a text is no remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} follows from nothing: it is clarify, senior, or refuse(GROUND) with a known ground")]
pub struct NoRemedy(pub String);

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clarify => f.write_str("clarify"),
            Self::Senior => f.write_str("senior"),
            Self::Refuse(ground) => write!(f, "refuse({ground})"),
        }
    }
}

impl FromStr for Remedy {
    type Err = NoRemedy;

    fn from_str(text: &str) -> Result<Self, NoRemedy> {
        let no = || NoRemedy(text.to_owned());
        match text {
            "clarify" => Ok(Self::Clarify),
            "senior" => Ok(Self::Senior),
            other => {
                let ground = other.strip_prefix("refuse(").and_then(|rest| rest.strip_suffix(')'));
                ground.and_then(|ground| ground.parse().ok()).map(Self::Refuse).ok_or_else(no)
            }
        }
    }
}

impl Serialize for Remedy {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Remedy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
