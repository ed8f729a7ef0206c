//! A request, and where it stands.

use serde::{Deserialize, Serialize};

use super::{AuthenticationLevel, RequestKind};
use crate::clock::Moment;
use crate::id::{AuthorityId, BlobId, RequestId};

crate::names! {
    /// Through which door a request came.
    pub enum IntakeDoor {
        /// The signed exchange between instances.
        Exchange => "exchange",
        /// The portal, by an enrolled official.
        Portal => "portal",
        /// A clerk entered what came on paper or by mail.
        Clerk => "clerk",
    }
}

/// What is known of a request without opening what is sealed of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its identifier.
    pub id: RequestId,
    /// Its number, for people: consecutive from 1.
    pub number: i64,
    /// The authority of the directory that it is from; none where that is not known.
    pub authority: Option<AuthorityId>,
    /// The authority as the document names it.
    pub authority_name: String,
    /// Its country, as the document says.
    pub country: String,
    /// The regime, by the name of its rule set without the version.
    pub regime: String,
    /// The rule set by which it is judged: `eu-epoc@1`.
    pub rule_set: String,
    /// What it wants.
    pub kind: RequestKind,
    /// The number that its authority gave it.
    pub reference: String,
    /// Through which door it came.
    pub door: IntakeDoor,
    /// Who brought it there, as the ledger names them.
    pub brought_by: String,
    /// How sure it is who asks.
    pub level: AuthenticationLevel,
    /// Where it stands.
    pub state: RequestState,
    /// Where a preservation request stands besides.
    pub preservation: Option<PreservationState>,
    /// Whether it cannot wait.
    pub is_emergency: bool,
    /// Whether it binds.
    pub is_binding: bool,
    /// The document as it came, sealed in the vault.
    pub document: BlobId,
    /// SHA-256 of it.
    pub document_sha256: [u8; 32],
    /// The request that it continues.
    pub earlier: Option<RequestId>,
    /// When it came.
    pub received_at: Moment,
    /// When something last happened to it.
    pub updated_at: Moment,
    /// When its authority was told that it came.
    pub acknowledged_at: Option<Moment>,
    /// When it was over.
    pub closed_at: Option<Moment>,
}

crate::names! {
    /// Where a request stands. Reference: the states of the domain model of requests, and the changes between them.
    pub enum RequestState {
        /// It came in.
        Received => "received",
        /// It is not known well enough who asks.
        Quarantined => "quarantined",
        /// It is known who asks.
        Authenticated => "authenticated",
        /// A legal officer looks at it.
        Validating => "validating",
        /// The authority was asked to clarify.
        Clarification => "clarification",
        /// At least one task of it is valid.
        Accepted => "accepted",
        /// Nothing of it is.
        Refused => "refused",
        /// Data is being taken under its grant.
        Executing => "executing",
        /// It waits for the enforcing authority.
        EnforcingHold => "ea_hold",
        /// It waits for the second person.
        ReadyForApproval => "ready_for_approval",
        /// The second person agreed.
        Approved => "approved",
        /// The package can be fetched.
        Released => "released",
        /// The authority has it.
        Delivered => "delivered",
        /// What was released may not be used: an objection within 96 hours, or a validation that failed.
        UseRestricted => "use_restricted",
        /// Nothing is left to do.
        Closed => "closed",
        /// Only counts are left.
        Archived => "archived",
        /// Its authority took it back.
        Withdrawn => "withdrawn",
        /// It may be forged: everything of it is frozen.
        ForgerySuspected => "forgery_suspected",
        /// A court or a conflict of laws has it wait.
        Suspended => "suspended",
    }
}

impl RequestState {
    /// Whether nothing follows but the archive.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Refused | Self::Closed | Self::Archived | Self::Withdrawn)
    }

    /// Whether it may be withdrawn, suspended or frozen: it is neither over, nor frozen already.
    #[must_use]
    pub fn is_interruptible(self) -> bool {
        !self.is_over() && !matches!(self, Self::ForgerySuspected)
    }

    /// Whether something has it stand still until people decide: a suspicion, a court.
    #[must_use]
    pub fn is_stopped(self) -> bool {
        matches!(self, Self::ForgerySuspected | Self::Suspended)
    }

    /// Whether its package had left the desk: nothing of that is decided again once a stop ends.
    #[must_use]
    pub fn has_left(self) -> bool {
        matches!(self, Self::Released | Self::Delivered | Self::UseRestricted)
    }

    /// Whether deadlines of the authority's do not run meanwhile.
    #[must_use]
    pub fn pauses_deadlines(self) -> bool {
        matches!(self, Self::Clarification | Self::Suspended)
    }

    /// Whether this state may follow that one.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use RequestState as S;
        match (self, next) {
            // What a stop ends in: it is looked at again from the beginning, or where its package had left, stands as it stood.
            (S::Suspended, S::Quarantined | S::Validating | S::Released) => true,
            // A suspicion was found right, or by two people unfounded.
            (S::ForgerySuspected, S::Refused | S::Quarantined) => true,
            (S::ForgerySuspected, next) if next.has_left() => true,
            (_, S::Withdrawn | S::ForgerySuspected) => self.is_interruptible() && self != next,
            // Nothing waits that was not examined: what looks odd about it is found first.
            (S::Received | S::Suspended | S::Delivered | S::UseRestricted, S::Suspended) => false,
            (_, S::Suspended) => self.is_interruptible(),
            (S::Received, S::Quarantined | S::Authenticated)
            | (S::Quarantined, S::Authenticated | S::Refused)
            | (S::Authenticated, S::Validating)
            | (S::Validating, S::Clarification | S::Accepted | S::Refused | S::Closed)
            | (S::Clarification, S::Validating | S::Refused)
            | (S::Accepted, S::Executing | S::Closed)
            | (S::Executing, S::EnforcingHold | S::ReadyForApproval)
            | (S::EnforcingHold, S::ReadyForApproval | S::Refused)
            | (S::ReadyForApproval, S::Approved | S::Executing | S::EnforcingHold)
            // What was granted and has not left can be decided again.
            | (S::Accepted | S::Executing | S::EnforcingHold | S::ReadyForApproval | S::Approved, S::Validating)
            // What was agreed to is not what would leave by now: it is agreed to anew.
            | (S::Approved, S::ReadyForApproval | S::Released)
            | (S::Released, S::Delivered | S::UseRestricted | S::Closed)
            | (S::Delivered, S::UseRestricted | S::Closed)
            | (S::UseRestricted, S::Closed)
            | (S::Closed | S::Refused | S::Withdrawn, S::Archived) => true,
            _ => false,
        }
    }
}

crate::names! {
    /// Where a preservation request stands.
    pub enum PreservationState {
        /// It came in.
        Received => "received",
        /// The data is held.
        Preserved => "preserved",
        /// It is held for longer: 30 days (Regulation (EU) 2023/1543, Article 11(1)).
        Extended => "extended",
        /// A request for production was announced: it is held for as long as that takes (Article 11(2)).
        ProductionAnnounced => "production_announced",
        /// It is needed no more, its authority said.
        Ended => "ended",
        /// Nobody confirmed it in time.
        Expired => "expired",
    }
}

impl PreservationState {
    /// Whether this state may follow that one.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use PreservationState as S;
        matches!(
            (self, next),
            (S::Received, S::Preserved)
                | (S::Preserved, S::Extended | S::ProductionAnnounced | S::Ended | S::Expired)
                | (S::Extended, S::ProductionAnnounced | S::Ended | S::Expired)
                | (S::ProductionAnnounced, S::Ended)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{PreservationState, RequestState as S};

    fn reaches(from: S) -> Vec<S> {
        let mut seen = vec![from];
        let mut at = 0;
        while let Some(state) = seen.get(at).copied() {
            seen.extend(
                S::ALL
                    .iter()
                    .copied()
                    .filter(|next| state.may_become(*next) && !seen.contains(next))
                    .collect::<Vec<_>>(),
            );
            at += 1;
        }
        seen
    }

    /// Every change there is, by hand. The way and the interruptions are those of the domain model of requests; what it leaves open
    /// is marked.
    #[rustfmt::skip]
    const CHANGES: &[(S, &[S])] = &[
        // It is examined before anything has it wait.
        (S::Received, &[S::Quarantined, S::Authenticated, S::Withdrawn, S::ForgerySuspected]),
        // Refused: nobody ever found out who asks.
        (S::Quarantined, &[S::Authenticated, S::Refused, S::Withdrawn, S::ForgerySuspected, S::Suspended]),
        (S::Authenticated, &[S::Validating, S::Withdrawn, S::ForgerySuspected, S::Suspended]),
        // Closed: a preservation request gives nothing and ends.
        (S::Validating, &[S::Clarification, S::Accepted, S::Refused, S::Closed, S::Withdrawn, S::ForgerySuspected, S::Suspended]),
        (S::Clarification, &[S::Validating, S::Refused, S::Withdrawn, S::ForgerySuspected, S::Suspended]),
        // From here to the release, back to the decision: it was wrong, the messenger gives what it may not, the grant lapsed.
        (S::Accepted, &[S::Validating, S::Executing, S::Closed, S::Withdrawn, S::ForgerySuspected, S::Suspended]),
        (S::Refused, &[S::Archived]),
        (S::Executing, &[S::Validating, S::EnforcingHold, S::ReadyForApproval, S::Withdrawn, S::ForgerySuspected, S::Suspended]),
        (S::EnforcingHold, &[S::Validating, S::ReadyForApproval, S::Refused, S::Withdrawn, S::ForgerySuspected, S::Suspended]),
        // Back: what was taken is taken anew, or the enforcing authority was notified meanwhile.
        (S::ReadyForApproval, &[S::Validating, S::Approved, S::Executing, S::EnforcingHold, S::Withdrawn, S::ForgerySuspected, S::Suspended]),
        // Back: what would leave is not what was agreed to any more.
        (S::Approved, &[S::Validating, S::ReadyForApproval, S::Released, S::Withdrawn, S::ForgerySuspected, S::Suspended]),
        // Closed: nobody fetched it in time. Restricted: the enforcing authority objected before anybody did.
        (S::Released, &[S::Delivered, S::UseRestricted, S::Closed, S::Withdrawn, S::ForgerySuspected, S::Suspended]),
        // What the authority has cannot be suspended any more; its use can be restricted.
        (S::Delivered, &[S::UseRestricted, S::Closed, S::Withdrawn, S::ForgerySuspected]),
        (S::UseRestricted, &[S::Closed, S::Withdrawn, S::ForgerySuspected]),
        (S::Closed, &[S::Archived]),
        (S::Archived, &[]),
        (S::Withdrawn, &[S::Archived]),
        // Two people found it unfounded, or it is forged. What had left stands as it stood.
        (S::ForgerySuspected, &[S::Quarantined, S::Refused, S::Released, S::Delivered, S::UseRestricted]),
        (S::Suspended, &[S::Quarantined, S::Validating, S::Released, S::Withdrawn, S::ForgerySuspected]),
    ];

    #[test]
    fn every_pair_of_states_is_as_the_table_says() {
        assert_eq!(CHANGES.len(), S::ALL.len());
        for from in S::ALL {
            let (_, allowed) = CHANGES.iter().find(|(state, _)| state == from).expect("each state has a row");
            for to in S::ALL {
                assert_eq!(from.may_become(*to), allowed.contains(to), "{from} to {to}");
            }
        }
    }

    #[test]
    fn time_stands_still_in_two_states_and_an_end_is_one_of_four() {
        let of =
            |holds: fn(S) -> bool| S::ALL.iter().copied().filter(|state| holds(*state)).collect::<Vec<_>>();
        assert_eq!(of(S::pauses_deadlines), [S::Clarification, S::Suspended]);
        assert_eq!(of(S::is_over), [S::Refused, S::Closed, S::Archived, S::Withdrawn]);
        assert_eq!(
            of(|state| !state.is_interruptible()),
            [S::Refused, S::Closed, S::Archived, S::Withdrawn, S::ForgerySuspected]
        );
    }

    #[test]
    fn every_state_is_reached_and_every_one_leads_to_the_archive() {
        assert_eq!(reaches(S::Received).len(), S::ALL.len());
        for state in S::ALL {
            assert!(reaches(*state).contains(&S::Archived), "{state}");
        }
    }

    #[test]
    fn what_is_over_only_goes_to_the_archive_and_nothing_becomes_itself() {
        for state in S::ALL {
            assert!(!state.may_become(*state), "{state}");
            if state.is_over() {
                let next: Vec<_> = S::ALL.iter().filter(|next| state.may_become(**next)).collect();
                assert!(next.iter().all(|next| **next == S::Archived), "{state}: {next:?}");
            } else if *state != S::ForgerySuspected {
                assert!(state.may_become(S::Withdrawn) && state.may_become(S::ForgerySuspected), "{state}");
            }
        }
    }

    #[test]
    fn nothing_is_released_that_nobody_approved() {
        // Without the approved state, no way leads to what leaves. What a stop ends in is where it stood before: a way back
        // and none on.
        let mut seen = vec![S::Received];
        let mut at = 0;
        while let Some(state) = seen.get(at).copied() {
            let leads_on = |next: &S| state.may_become(*next) && !(state.is_stopped() && next.has_left());
            let next = S::ALL.iter().copied().filter(|next| leads_on(next) && *next != S::Approved);
            let new: Vec<_> = next.filter(|next| !seen.contains(next)).collect();
            seen.extend(new);
            at += 1;
        }
        assert!(!seen.contains(&S::Released) && !seen.contains(&S::Delivered));
    }

    #[test]
    fn every_pair_of_states_of_a_preservation_is_as_the_table_says() {
        use PreservationState as P;
        let changes: &[(P, &[P])] = &[
            (P::Received, &[P::Preserved]),
            (P::Preserved, &[P::Extended, P::ProductionAnnounced, P::Ended, P::Expired]),
            // After it was extended production may still be announced: Article 11(2) sets no order.
            (P::Extended, &[P::ProductionAnnounced, P::Ended, P::Expired]),
            // It is held for as long as the production takes: nothing expires.
            (P::ProductionAnnounced, &[P::Ended]),
            (P::Ended, &[]),
            (P::Expired, &[]),
        ];
        assert_eq!(changes.len(), P::ALL.len());
        for (from, allowed) in changes {
            for to in P::ALL {
                assert_eq!(from.may_become(*to), allowed.contains(to), "{from} to {to}");
            }
        }
    }
}
