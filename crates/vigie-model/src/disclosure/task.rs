//! Tasks: one identifier × one category × one span. Every decision is about one.

use serde::{Deserialize, Serialize};

use super::{Category, Identifier, NilReturn, Span};
use crate::id::{RequestId, TaskId};

crate::names! {
    /// Where a task stands. A grant comes before the extraction, because nothing is extracted without one.
    pub enum TaskState {
        /// Nothing was done yet.
        Pending => "pending",
        /// What it asks for is held.
        Preserved => "preserved",
        /// It was found valid and compiled into a grant.
        Granted => "granted",
        /// Its records were taken under the grant.
        Extracted => "extracted",
        /// A legal officer looks at what would leave.
        InReview => "in_review",
        /// It left.
        Released => "released",
        /// There was nothing to give; that left, signed.
        NoData => "no_data",
        /// The order that wanted no data was given effect.
        ActedOn => "acted_on",
        /// It was refused, on a ground.
        Refused => "refused",
        /// The enforcing authority refused it.
        Blocked => "blocked_by_ea",
        /// Its request was withdrawn.
        Cancelled => "cancelled",
        /// It was not carried out in time, or what was held went.
        Expired => "expired",
    }
}

impl TaskState {
    /// Whether nothing follows.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(
            self,
            Self::Released
                | Self::NoData
                | Self::ActedOn
                | Self::Refused
                | Self::Blocked
                | Self::Cancelled
                | Self::Expired
        )
    }

    /// Whether this state may follow that one.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use TaskState as S;
        match (self, next) {
            (S::Pending, S::Preserved | S::Granted | S::ActedOn)
            | (S::Preserved, S::Granted | S::ActedOn)
            | (S::Granted, S::Extracted)
            | (S::Extracted, S::InReview)
            | (S::InReview, S::Extracted | S::Released | S::NoData)
            // Its grant was taken back, with what was taken under it: it is decided again.
            | (S::Granted | S::Extracted | S::InReview, S::Preserved) => true,
            (_, S::Refused | S::Blocked | S::Cancelled | S::Expired) => !self.is_over(),
            _ => false,
        }
    }
}

crate::names! {
    /// Why a task is refused. The first ten are the reasons of Annex III, section D, of Regulation (EU) 2023/1543; the
    /// first six of those are confirmed, the others (verify).
    pub enum RefusalGround {
        /// The document is not complete.
        Incomplete => "incomplete",
        /// It is manifestly mistaken.
        ManifestError => "manifest_error",
        /// It does not say enough to carry it out.
        InsufficientInformation => "insufficient_information",
        /// The data was not stored by or for the provider when the request came.
        NotStored => "not_stored",
        /// It cannot be done, and the addressee is not the reason.
        Impossible => "impossible",
        /// Whoever issued or validated it may not.
        NotCompetent => "not_competent",
        /// The offence does not reach the threshold of the category.
        OffenceOutOfScope => "offence_out_of_scope",
        /// The service is not covered.
        ServiceNotCovered => "service_not_covered",
        /// Immunities, privileges, or rules on press freedom.
        PrivilegeOrPress => "privilege_or_press",
        /// The law of a third country forbids it.
        ThirdCountryConflict => "third_country_conflict",
        /// More than is necessary is asked.
        OverBroad => "over_broad",
        /// It was never known well enough who asks.
        NotAuthenticated => "not_authenticated",
        /// It is forged.
        Forged => "forged",
        /// The human-rights screen found that it is an abuse.
        HumanRights => "human_rights",
        /// The house policy does not disclose this of its own will. Never of a binding order.
        HousePolicy => "house_policy",
    }
}

/// One identifier × one category × one span of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its identifier.
    pub id: TaskId,
    /// The request.
    pub request: RequestId,
    /// Its number within the request, from 1.
    pub number: i64,
    /// Who is meant.
    pub identifier: Identifier,
    /// Which data.
    pub category: Category,
    /// Of which time; none where the document gave none.
    pub span: Option<Span>,
    /// Which members of a group.
    pub criterion: Option<String>,
    /// How many accounts at most.
    pub cap: Option<u32>,
    /// Where it stands.
    pub state: TaskState,
    /// On which ground it was refused.
    pub ground: Option<RefusalGround>,
    /// Why, in words, for the authority.
    pub explanation: Option<String>,
    /// Why there was nothing to give.
    pub nil: Option<NilReturn>,
}

#[cfg(test)]
mod tests {
    use super::TaskState as S;

    /// Every change there is, by hand. The domain model has the grant after the review; here it comes before anything is taken.
    #[test]
    fn every_pair_of_states_is_as_the_table_says() {
        const STOPS: [S; 4] = [S::Refused, S::Blocked, S::Cancelled, S::Expired];
        let changes: &[(S, &[S], bool)] = &[
            // Acted on: an order to act against content, of which nothing is taken.
            (S::Pending, &[S::Preserved, S::Granted, S::ActedOn], true),
            (S::Preserved, &[S::Granted, S::ActedOn], true),
            (S::Granted, &[S::Preserved, S::Extracted], true),
            (S::Extracted, &[S::Preserved, S::InReview], true),
            // Back: it is taken anew, or its grant was taken back and it is decided again.
            (S::InReview, &[S::Preserved, S::Extracted, S::Released, S::NoData], true),
            (S::Released, &[], false),
            (S::NoData, &[], false),
            (S::ActedOn, &[], false),
            (S::Refused, &[], false),
            (S::Blocked, &[], false),
            (S::Cancelled, &[], false),
            (S::Expired, &[], false),
        ];
        assert_eq!(changes.len(), S::ALL.len());
        for (from, allowed, may_stop) in changes {
            assert_eq!(from.is_over(), !may_stop, "{from}");
            for to in S::ALL {
                let expected = allowed.contains(to) || (*may_stop && STOPS.contains(to));
                assert_eq!(from.may_become(*to), expected, "{from} to {to}");
            }
        }
    }

    #[test]
    fn nothing_is_extracted_or_released_without_a_grant() {
        for (state, next) in S::ALL.iter().flat_map(|state| S::ALL.iter().map(move |next| (*state, *next))) {
            if !state.may_become(next) {
                continue;
            }
            assert!(!state.is_over(), "{state} is over and became {next}");
            match next {
                S::Extracted => assert!(matches!(state, S::Granted | S::InReview), "{state}"),
                S::Released | S::NoData => assert_eq!(state, S::InReview),
                _ => {}
            }
        }
    }
}
