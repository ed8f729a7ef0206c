//! Who asks: authorities, their officials, and how sure the house is of them.

use std::time::Duration;

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

/// How long an official is new: until then nothing of theirs is taken for an emergency.
const COOLING: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Why nothing of an authority is accepted at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WhyNot {
    /// Somebody of the house suspended it.
    #[error("the authority is suspended")]
    Suspended,
    /// The time of its keys is over: what they sign counts no more, and nothing is sealed to them.
    #[error("the keys of the authority have lapsed")]
    KeysLapsed,
}

impl AuthorityKeys {
    /// Whether they hold at a moment.
    #[must_use]
    pub fn hold_at(&self, now: Moment) -> bool {
        self.valid_until.is_none_or(|until| now < until)
    }
}

impl Authority {
    /// Whether what it signs is accepted at this moment, and packages are sealed to its key.
    ///
    /// # Errors
    /// They are not; why.
    pub fn accepts(&self, now: Moment) -> Result<(), WhyNot> {
        if self.suspended_at.is_some() {
            return Err(WhyNot::Suspended);
        }
        if self.keys.hold_at(now) { Ok(()) } else { Err(WhyNot::KeysLapsed) }
    }

    /// Whether an address is of a domain of the authority. A domain below one of its own is another.
    #[must_use]
    pub fn has_mail(&self, mail: &str) -> bool {
        let domain = mail.rsplit_once('@').map(|(_, domain)| domain);
        domain.is_some_and(|domain| self.domains.iter().any(|known| known.eq_ignore_ascii_case(domain)))
    }
}

impl Official {
    /// Whether they were enrolled long enough ago: 30 days. An account that was opened, or whose passkey was replaced, a
    /// moment before the first emergency is how forged ones come in.
    #[must_use]
    pub fn is_seasoned(&self, now: Moment) -> bool {
        self.enrolled_at <= now && now.since(self.enrolled_at) >= COOLING
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn authority() -> Authority {
        Authority {
            id: AuthorityId(Uuid::nil()),
            name: "Parquet de Synthèse".into(),
            country: "FR".into(),
            roles: vec![IssuerRole::Prosecutor],
            domains: vec!["justice.example".into()],
            call_back: "+33 1 99 00 00 00".into(),
            directory: "Annuaire, p. 4".into(),
            keys: AuthorityKeys::default(),
            entered_at: Moment(0),
            suspended_at: None,
            suspended_for: None,
        }
    }

    #[test]
    fn nothing_is_accepted_of_a_suspended_authority_nor_under_keys_that_lapsed() {
        let known = authority();
        assert_eq!(known.accepts(Moment(1_000)), Ok(()), "keys without an end");
        let limited = Authority {
            keys: AuthorityKeys { valid_until: Some(Moment(50)), ..AuthorityKeys::default() },
            ..known
        };
        assert_eq!(limited.accepts(Moment(49)), Ok(()));
        assert_eq!(limited.accepts(Moment(50)), Err(WhyNot::KeysLapsed));
        let suspended = Authority { suspended_at: Some(Moment(1)), ..limited };
        assert_eq!(suspended.accepts(Moment(49)), Err(WhyNot::Suspended));
    }

    #[test]
    fn an_address_is_of_the_authority_by_its_whole_domain() {
        let check = |mail: &str, is_of: bool| assert_eq!(authority().has_mail(mail), is_of, "{mail}");
        check("a@justice.example", true);
        check("a@JUSTICE.example", true);
        check("a@mail.justice.example", false);
        check("a@evil-justice.example", false);
        check("a@justice.example.evil.example", false);
        check("a@justice.example@evil.example", false);
        check("justice.example", false);
    }

    #[test]
    fn an_official_is_seasoned_after_thirty_days() {
        let official = Official {
            person: PersonId(Uuid::nil()),
            authority: AuthorityId(Uuid::nil()),
            name: "Claire".into(),
            mail: "claire@justice.example".into(),
            role: IssuerRole::Prosecutor,
            is_administrator: false,
            enrolled_at: Moment::from_unix_seconds(1_000_000),
            ended_at: None,
        };
        let days = |days: u64| official.enrolled_at.after(Duration::from_secs(days * 24 * 60 * 60));
        assert!(official.is_seasoned(days(30)) && official.is_seasoned(days(31)));
        assert!(!official.is_seasoned(days(29)) && !official.is_seasoned(days(0)));
        assert!(!official.is_seasoned(Moment(0)), "not before they were there");
    }
}
