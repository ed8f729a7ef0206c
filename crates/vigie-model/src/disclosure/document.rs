//! The documents of a request: the one that it is, those that correct it, and those that follow it.

crate::names! {
    /// Where a document of a request stands.
    pub enum DocumentState {
        /// The request is judged by it.
        InForce => "in_force",
        /// It corrects the request and says something else besides: a legal officer decides.
        Waiting => "waiting",
        /// A later one stands in its place.
        Replaced => "replaced",
        /// A legal officer left it aside.
        Declined => "declined",
        /// It followed the request and changed nothing in what is asked.
        Noted => "noted",
    }
}

crate::names! {
    /// What a corrected document says that the one before it did not.
    pub enum Difference {
        /// It is made under another law.
        OtherRegime => "other_regime",
        /// It wants something else: preservation in place of production.
        OtherKind => "other_kind",
        /// It begins or ceases to be an emergency.
        OtherUrgency => "other_urgency",
        /// Its authority gave it another number.
        OtherReference => "other_reference",
        /// It names somebody who was not named.
        IdentifierAdded => "identifier_added",
        /// It asks for data of somebody that was not asked for.
        CategoryAdded => "category_added",
        /// It asks about a time that was not asked about.
        SpanWidened => "span_widened",
        /// It asks about other or more members of a group.
        GroupWidened => "group_widened",
        /// It leaves out the authority that was notified, or names another.
        NotifiedChanged => "notified_changed",
        /// It asks that the user is not told, or for longer.
        SilenceAdded => "silence_added",
        /// It asks that nothing is done to the accounts, or for longer.
        DoNotActAdded => "do_not_act_added",
    }
}

impl Difference {
    /// Whether this makes it another request: other limits of time run, and it is counted elsewhere.
    #[must_use]
    pub fn is_another_request(self) -> bool {
        matches!(self, Self::OtherRegime | Self::OtherKind | Self::OtherUrgency)
    }
}

/// What the envelope of a document that follows a request says it holds.
pub const FOLLOW_UP_TYPE: &str = "application/vnd.vigie.follow-up.v1+json";

crate::names! {
    /// What a document that follows a request says.
    pub enum FollowUpKind {
        /// A request for production was issued: Form 5.
        ProductionAnnounced => "production_announced",
        /// The preservation is extended: Form 6, or a renewed request under 18 USC 2703(f).
        Extension => "extension",
        /// The preservation is needed no more.
        PreservationEnded => "preservation_ended",
        /// The validation, or the order, that was to follow an emergency.
        Validation => "validation",
        /// The validation was refused: nothing that was given may be used.
        ValidationRefused => "validation_refused",
        /// What was asked is answered, with the corrected document where the document was the question.
        Answer => "answer",
        /// The request is taken back.
        Withdrawal => "withdrawal",
        /// The house objected that the law of a third country forbids it, and the order is upheld.
        Upheld => "upheld",
        /// What the enforcing authority that was notified decides.
        EnforcingDecision => "enforcing_decision",
        /// The enforcing authority was asked to enforce.
        EnforcementRequested => "enforcement_requested",
        /// It recognised the order.
        Recognised => "recognised",
        /// The authority sets another time.
        NewDeadline => "new_deadline",
    }
}

crate::names! {
    /// What an enforcing authority decides (Regulation (EU) 2023/1543, Article 12).
    pub enum EnforcingDecision {
        /// It raises no ground.
        NoGrounds => "no_grounds",
        /// It refuses some tasks.
        Partial => "partial",
        /// It refuses the whole.
        Full => "full",
    }
}

impl FollowUpKind {
    /// Whether the authority that issued a request may say this of it. The rest is said by others, or written down by the house.
    #[must_use]
    pub fn is_of_the_issuer(self) -> bool {
        matches!(
            self,
            Self::ProductionAnnounced
                | Self::Extension
                | Self::PreservationEnded
                | Self::Validation
                | Self::ValidationRefused
                | Self::Answer
                | Self::Withdrawal
                | Self::Upheld
        )
    }

    /// Whether the authority that was notified of a request may say this of it.
    #[must_use]
    pub fn is_of_the_notified(self) -> bool {
        self == Self::EnforcingDecision
    }
}
