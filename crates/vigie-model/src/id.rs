//! Identifiers: 16 bytes, ordered by time, one type each, so that none is taken for another.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// Makes identifiers. A parameter everywhere, so that runs can be repeated.
pub trait IdGen: Send + Sync {
    /// A fresh identifier, ordered by time where the generator knows the time (UUID version 7, RFC 9562).
    fn uuid(&self) -> Uuid;
}

/// Counts up from one: for tests and repeatable runs.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl IdGen for SequentialIds {
    fn uuid(&self) -> Uuid {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | u128::from(number))
    }
}

macro_rules! identifiers {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh one.
            #[must_use]
            pub fn fresh(ids: &dyn IdGen) -> Self {
                Self(ids.uuid())
            }
        }

        impl Identifier for $name {
            fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            fn uuid(&self) -> Uuid { self.0 }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidIdentifier;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self).map_err(|source| InvalidIdentifier { what: stringify!($name), source })
            }
        }
    )+};
}

/// What every identifier can do; the store reads and writes them through it.
pub trait Identifier: Copy {
    /// Wraps the sixteen bytes.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The sixteen bytes.
    fn uuid(&self) -> Uuid;
}

identifiers! {
    /// A person who signs in.
    PersonId,
    /// An API token of a machine.
    TokenId,
    /// A signed-in browser.
    SessionId,
    /// A bank of known signals.
    BankId,
    /// A submission that left a trace.
    SubmissionId,
    /// A participant's complaint.
    UserReportId,
    /// The unit of review.
    IncidentId,
    /// One thing gathered in an incident.
    ItemId,
    /// Incidents that share one item.
    WaveId,
    /// What a reviewer concluded.
    DecisionId,
    /// What is done on the messenger.
    ActionId,
    /// A question to a second person.
    ApprovalId,
    /// A child-at-risk alarm.
    AlarmId,
    /// A legal or internal time limit.
    DeadlineId,
    /// A turn on the duty roster.
    TurnId,
    /// Something a person should know.
    NoticeId,
    /// A conversation on a messenger.
    ConversationId,
    /// A sealed object of the vault.
    BlobId,
    /// A piece of background work.
    JobId,
    /// A version of a detection basis.
    BasisId,
    /// One look at shielded media.
    RevealId,
    /// A retro-hunt through history.
    HuntId,
    /// A decision that is read again.
    RereadingId,
    /// A passkey of a person.
    PasskeyId,
    /// An authority that may ask for data.
    AuthorityId,
    /// What an authority asks.
    RequestId,
    /// One identifier, one category and one span of a request.
    TaskId,
    /// The permission that a validated request becomes.
    GrantId,
    /// What leaves under a grant.
    PackageId,
    /// A letter about a request, ours or the authority's.
    LetterId,
    /// An account of a person at the sign-in service of their organisation.
    IdentityId,
}

/// A text that is no identifier.
#[derive(Debug, thiserror::Error)]
#[error("not a {what}")]
pub struct InvalidIdentifier {
    /// Which identifier was meant.
    pub what: &'static str,
    /// What is wrong with the text.
    #[source]
    pub source: uuid::Error,
}

/// A text outside a closed set of names.
#[derive(Debug, thiserror::Error)]
#[error("no {what} is named {text:?}: {known} are known")]
pub struct UnknownName {
    /// The set.
    pub what: &'static str,
    /// Its names.
    pub known: String,
    /// The text that is not among them.
    pub text: String,
}
