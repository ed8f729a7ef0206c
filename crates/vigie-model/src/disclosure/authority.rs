//! Who asks: authorities, their officials, and how sure the house is of them.

use serde::{Deserialize, Serialize};

use super::IssuerRole;
use crate::clock::Moment;
use crate::id::{AuthorityId, PersonId};

crate::names! {
    /// How sure it is who asks. Ordered: the later, the surer.
    pub enum AuthenticationLevel {
        /// Unauthenticated mail or paper.
        L0 => "L0",
        /// Mail of an official domain, and a link that came back from it.
        L1 => "L1",
        /// A passkey of an official for whom the authority's administrator vouched.
        L2 => "L2",
        /// A call back, by a second person, to a number of an independent directory.
        L3 => "L3",
        /// A signature or seal that the authority's registered key made.
        L4 => "L4",
    }
}

/// Keys of an authority, registered by two people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityKeys {
    /// What checks its signatures: a verifier key, `name+hash+base64`.
    pub signing: Option<String>,
    /// To what its packages are sealed: an age recipient.
    pub sealing: Option<String>,
    /// Until when both hold.
    pub valid_until: Option<Moment>,
}

/// An authority that may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Its identifier.
    pub id: AuthorityId,
    /// Its name.
    pub name: String,
    /// Its country: two letters, ISO 3166-1.
    pub country: String,
    /// What its officials may be.
    pub roles: Vec<IssuerRole>,
    /// Domains of its mail.
    pub domains: Vec<String>,
    /// The number under which it is called back, from a directory that the request did not bring.
    pub call_back: String,
    /// Where that number stands.
    pub directory: String,
    /// Its keys.
    pub keys: AuthorityKeys,
    /// When it was entered.
    pub entered_at: Moment,
    /// Since when nothing of it is accepted.
    pub suspended_at: Option<Moment>,
    /// Why.
    pub suspended_for: Option<String>,
}

/// Somebody who acts for an authority at the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Official {
    /// The person they are when they sign in.
    pub person: PersonId,
    /// Their authority.
    pub authority: AuthorityId,
    /// Their name.
    pub name: String,
    /// Their mail address, of a domain of the authority.
    pub mail: String,
    /// What they are.
    pub role: IssuerRole,
    /// Whether they may invite others of their authority.
    pub is_administrator: bool,
    /// When they were enrolled.
    pub enrolled_at: Moment,
    /// Since when they may not come in any more.
    pub ended_at: Option<Moment>,
}
