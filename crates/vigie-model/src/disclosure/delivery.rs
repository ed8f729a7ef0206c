//! How a package left, and what leaves when there is nothing to give.

crate::names! {
    /// Evidence of delivery: the nine types of the e-CODEX connector.
    pub enum DeliveryEvidence {
        /// The way out took it.
        SubmissionAcceptance => "submission_acceptance",
        /// The way out refused it.
        SubmissionRejection => "submission_rejection",
        /// The gateway of the other side took it.
        RelayAcceptance => "relay_remmd_acceptance",
        /// The gateway of the other side refused it.
        RelayRejection => "relay_remmd_rejection",
        /// The gateway of the other side was not reached.
        RelayFailure => "relay_remmd_failure",
        /// The recipient's system has it.
        Delivery => "delivery",
        /// The recipient's system did not get it.
        NonDelivery => "non_delivery",
        /// A person of the recipient fetched it.
        Retrieval => "retrieval",
        /// Nobody fetched it in time.
        NonRetrieval => "non_retrieval",
    }
}

crate::names! {
    /// Why there is nothing to give. It leaves signed, as data would.
    pub enum NilReturn {
        /// Nobody had the identifier in the span asked.
        NoSuchAccount => "no_such_account",
        /// What was there is kept no more.
        Expired => "expired",
        /// The account was there, and nothing of the category was recorded in the span.
        NothingRecorded => "nothing_recorded",
        /// The house does not hold this category at all.
        NotHeld => "not_held",
    }
}
