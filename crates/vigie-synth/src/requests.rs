//! A request of an authority that there is not, about an account that nobody has.
//!
//! What it is: one whole document, a French requisition that is in order, and the parts of which others are made by changing them.
//! What it is not: signed, or a record of a messenger.
//!
//! To make another document: `Instrument { …, ..requisition(…) }`.

use std::time::Duration;

use vigie_model::Moment;
use vigie_model::disclosure::{
    Category, Identifier, IdentifierKind, Instrument, IssuerRole, Offence, Office, RequestKind, Span,
    SubjectRole, Wanted,
};

/// The authority that asks.
pub const AUTHORITY: &str = "Parquet de Synthèse";
/// A day.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A requisition about an account, for its phone number and the addresses of the last ten days.
#[must_use]
pub fn requisition(now: Moment, service: &str, account: &str) -> Instrument {
    Instrument {
        regime: "fr-77-1-1".into(),
        kind: RequestKind::Production,
        reference: "PV 2026/118".into(),
        issued_at: Some(now.before(DAY)),
        issuer: prosecutor(),
        validator: None,
        addressee: "Messenger".into(),
        legal_bases: vec!["77-1-1".into()],
        offence: Some(offence()),
        subject_role: SubjectRole::Suspect,
        emergency: None,
        notified: None,
        silence: None,
        answer_by: None,
        do_not_act: None,
        earlier: None,
        wanted: vec![wanted(now, service, account)],
        facts: String::new(),
        necessity: String::new(),
        answer_to: None,
        nonce: format!("nonce-{account}-0123456789abcdef"),
    }
}

/// The office that issues it.
#[must_use]
pub fn prosecutor() -> Office {
    Office {
        name: AUTHORITY.into(),
        country: "FR".into(),
        role: Some(IssuerRole::Prosecutor),
        ..Office::default()
    }
}

/// What is prosecuted.
#[must_use]
pub fn offence() -> Offence {
    Offence {
        text: "Diffusion d'images".into(),
        provision: "227-23 du code pénal".into(),
        listed: None,
        maximum_years: Some(5),
        by_network: Some(true),
        country: Some("FR".into()),
    }
}

/// What is asked about an account.
#[must_use]
pub fn wanted(now: Moment, service: &str, account: &str) -> Wanted {
    Wanted {
        identifier: Identifier {
            kind: IdentifierKind::UserId,
            value: account.into(),
            service: service.into(),
        },
        categories: vec![Category::Subscriber, Category::Identification],
        span: Some(Span { from: now.before(DAY * 10), until: now }),
        criterion: None,
        cap: None,
    }
}
