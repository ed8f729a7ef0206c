//! Errors of the use cases: one table from code to HTTP status and title.
//!
//! The code is part of the contract with clients: never change or reuse one. Each is documented in `docs/errors.md`,
//! and a test holds that page to this table.

use std::error::Error as StdError;
use std::fmt;

use vigie_store::StoreError;

/// What a use case answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! codes {
    ($($(#[$meta:meta])* $variant:ident => $status:literal $text:literal $title:literal),+ $(,)?) => {
        /// The stable code of an error.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$meta])* $variant),+ }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text in problem documents.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// A short title that does not change from case to case.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }
        }
    };
}

codes! {
    /// Nobody is signed in, or the token is unknown, ended or revoked.
    NotSignedIn => 401 "not_signed_in" "Sign in first",
    /// The caller may not do this.
    Forbidden => 403 "forbidden" "Not permitted",
    /// The thing does not exist, or the caller may not know of it.
    NotFound => 404 "not_found" "Not found",
    /// The path exists, but not with this method.
    MethodNotAllowed => 405 "method_not_allowed" "Method not allowed",
    /// The request cannot be read.
    BadRequest => 400 "bad_request" "The request cannot be read",
    /// A value is outside what is allowed.
    InvalidValue => 422 "invalid_value" "A value is not allowed",
    /// A one-time link was used before, or its time is over.
    LinkSpent => 410 "link_spent" "This link has been used or has ended",
    /// The name is taken.
    NameTaken => 409 "name_taken" "The name is taken",
    /// The thing is in a state in which this cannot be done.
    WrongState => 409 "wrong_state" "Not possible in this state",
    /// The asker of a question cannot be its second person.
    SamePerson => 403 "same_person" "A second person is needed",
    /// The question to a second person has lapsed.
    ApprovalExpired => 410 "approval_expired" "The question has lapsed",
    /// The parameters of the question are not those that were asked.
    ApprovalAltered => 409 "approval_altered" "The question was altered",
    /// It takes a second person, whom the caller has not asked.
    SecondPersonNeeded => 409 "second_person_needed" "A second person has to agree",
    /// The hourly limit is used up.
    TooMany => 429 "too_many" "Too many in an hour",
    /// The media is larger than one may be.
    MediaTooLarge => 413 "media_too_large" "The media is too large",
    /// The media is of no type that can be decoded. Its digests were compared all the same.
    UnknownMediaType => 415 "unknown_media_type" "The type of the media is not known",
    /// The media is of a known type and cannot be decoded. Its digests were compared all the same.
    Undecodable => 422 "undecodable" "The media cannot be decoded",
    /// The idempotency key was used for another request.
    KeyReused => 422 "idempotency_key_reused" "The idempotency key belongs to another request",
    /// All room is taken: try again in a moment.
    Busy => 503 "busy" "Busy, try again in a moment",
    /// No messenger of that name is connected.
    NoMessenger => 409 "no_messenger" "No messenger is connected for this service",
    /// The messenger has no such action.
    MessengerCannot => 409 "messenger_cannot" "The messenger cannot do this",
    /// Somebody else holds the incident.
    HeldByAnother => 409 "held_by_another" "Somebody else holds it",
    /// The caller's lease has lapsed, or the incident is in other hands by now.
    LeaseLost => 409 "lease_lost" "You do not hold it any more",
    /// There is nothing that could be shown: no media was kept, or it cannot be decoded.
    NotPreviewable => 422 "not_previewable" "Nothing can be shown",
    /// A wave is decided after enough of its items were looked at.
    SampleTooSmall => 409 "sample_too_small" "Look at more of it first",
    /// The ledger is not the one that was signed: a backup was restored, or rows were altered.
    LedgerForked => 409 "ledger_forked" "The ledger is a fork and is not signed",
    /// The caller saw enough in a row: a pause without looking comes first.
    OnPause => 429 "on_pause" "A pause comes first",
    /// The caller saw as much today as one person sees in a day.
    ExposureSpent => 429 "exposure_spent" "Enough seen for today",
    /// The caller reads this again and may not see yet what others concluded.
    ReadAgainFirst => 409 "read_again_first" "Read it again first",
    /// The person has to confirm first, by a passkey, that it is them.
    StepUpNeeded => 403 "step_up_needed" "Confirm that it is you",
    /// The passkey was not accepted. It is not told why.
    PasskeyRefused => 403 "passkey_refused" "The passkey was not accepted",
    /// The disk is full or may not be written to: nothing was kept, and it may be asked again.
    StorageFull => 507 "storage_full" "Nothing more can be kept",
    /// The failure is ours.
    Internal => 500 "internal" "Something failed on our side",
    /// The caller may see material, and has no need to see this.
    NoNeed => 403 "no_need" "Only for who works on it",
    /// A key of an authority cannot be read, or is somebody else's.
    KeyUnusable => 422 "key_unusable" "A key cannot be used",
    /// No rule set of that name is in force.
    UnknownRegime => 422 "unknown_regime" "No such regime is in force",
    /// The document of a request cannot be read.
    RequestUnreadable => 422 "request_unreadable" "The request cannot be read",
    /// The document came before.
    RequestReplayed => 409 "request_replayed" "The request came before",
    /// Nobody of the directory of authorities signed it.
    UnknownAuthority => 401 "unknown_authority" "The authority is not known",
    /// Nothing of this authority is accepted at the moment: it is suspended, or its keys have expired.
    AuthoritySuspended => 403 "authority_suspended" "Nothing of this authority is accepted",
    /// It is not known well enough who asks.
    NotAuthenticated => 409 "not_authenticated" "It is not known well enough who asks",
    /// A task of the request still has something against it.
    TaskNotReady => 409 "task_not_ready" "A task still has something against it",
    /// What should make somebody look twice was not looked at twice.
    WarningNotSettled => 409 "warning_not_settled" "A warning is not settled",
    /// No key is known to which the package could be sealed.
    NoSealingKey => 409 "no_sealing_key" "No key of the authority is known",
    /// Nothing was released for the request yet.
    NothingReleased => 404 "nothing_released" "Nothing was released yet",
    /// The package can be fetched no more.
    PackageExpired => 410 "package_expired" "The package can be fetched no more",
    /// No published checkpoint covers the entry yet.
    ProofPending => 503 "proof_pending" "The proof is made in a moment",
    /// A sign-in at the service of the organisation does not count here.
    IdentityRefused => 403 "identity_refused" "The sign-in does not count",
    /// Who signed in at the service of the organisation is joined to nobody here.
    IdentityUnknown => 403 "identity_unknown" "Nobody here has this account",
    /// The sign-in service of the organisation does not answer as it should.
    ProviderUnavailable => 503 "provider_unavailable" "The sign-in service does not answer",
    /// What is agreed to waits for senior review first.
    SeniorReviewFirst => 409 "senior_review_first" "Senior review comes first",
    /// A preservation is extended once.
    ExtendedBefore => 409 "extended_before" "It was extended before",
    /// A corrected document would be another request.
    OtherRequest => 409 "other_request" "It would be another request",
    /// A corrected document that says more than the one before it is not decided about.
    DocumentUndecided => 409 "document_undecided" "A corrected document is not decided about",
    /// The sender of a document may not say this of a request.
    NotTheirsToSay => 403 "not_theirs_to_say" "The sender may not say this",
    // The next code goes here.
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Why a use case did not do what was asked.
#[derive(Debug)]
pub struct Error {
    code: Code,
    detail: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error that the caller can understand and mend.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), source: None }
    }

    /// With the cause, which is logged and never shown.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// A failure that is ours.
    #[must_use]
    pub fn internal(attempt: &str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Code::Internal, format!("cannot {attempt}")).because(source)
    }

    /// The thing does not exist.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("no such {what}"))
    }

    /// Whether an operator has to hear of it: the log gets its causes, the caller a name to find them by.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(self.code, Code::Internal | Code::StorageFull)
    }

    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// What was attempted or what is wrong, for the caller to read.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<StoreError> for Error {
    /// A failure of the store is ours, whatever was asked. What the caller can mend is told apart before, but for what every
    /// text may hold.
    fn from(source: StoreError) -> Self {
        if matches!(source, StoreError::PeriodClosed(_)) {
            return Self::new(Code::Busy, "a retention period was closed meanwhile: try again")
                .because(source);
        }
        if source.is_storage_full() {
            let detail = "there is no room left to keep what was asked; nothing of it was done";
            return Self::new(Code::StorageFull, detail).because(source);
        }
        if source.is_unkeepable_text() {
            let detail = "a text holds the character of number zero, which cannot be kept";
            return Self::new(Code::InvalidValue, detail).because(source);
        }
        Self::internal("keep or find what was asked", source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> String {
        let mut text = String::from(
            "# Errors\n\nEvery error is a problem document (RFC 9457) with one of these codes in `code`. Codes never change \
             and are never reused.\n\n| code | status | title |\n|---|---|---|\n",
        );
        for code in Code::ALL {
            text.push_str(&format!("| `{code}` | {} | {} |\n", code.status(), code.title()));
        }
        text
    }

    /// Run with `UPDATE_EXPECT=1` after a change that is meant.
    #[test]
    fn the_page_of_errors_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(path, page()).unwrap();
        }
        let checked_in = std::fs::read_to_string(path).unwrap_or_default();
        assert!(checked_in == page(), "docs/errors.md is old: run this test with UPDATE_EXPECT=1");
    }

    #[test]
    fn no_code_stands_twice() {
        let texts: std::collections::HashSet<_> = Code::ALL.iter().map(|code| code.text()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
    }
}
