//! What the authority asks: a requisition that follows from its number alone.

use std::time::Duration;

use vigie_model::Moment;
use vigie_model::disclosure::{
    Category, Identifier, IdentifierKind, Instrument, IssuerRole, Offence, Office, RequestKind, Span,
    SubjectRole, Wanted,
};

use super::authority::{Number, reference};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A requisition about this account of a service: its phone numbers, and its connections of the last month.
pub(super) fn about((account, service): (&str, &str), number: Number, now: Moment) -> Instrument {
    let wanted = Wanted {
        identifier: Identifier {
            kind: IdentifierKind::UserId,
            value: account.to_owned(),
            service: service.to_owned(),
        },
        categories: vec![Category::Subscriber, Category::Identification],
        span: Some(Span { from: now.before(DAY * 30), until: now }),
        criterion: None,
        cap: None,
    };
    Instrument {
        regime: "fr-77-1-1".into(),
        kind: RequestKind::Production,
        reference: reference(number),
        issued_at: Some(now.before(DAY)),
        issuer: Office {
            name: "Parquet de Synthèse".into(),
            country: "FR".into(),
            role: Some(IssuerRole::Prosecutor),
            ..Office::default()
        },
        validator: None,
        addressee: "Messenger".into(),
        legal_bases: vec!["77-1-1".into()],
        offence: Some(Offence {
            text: "Diffusion d'images".into(),
            provision: "227-23 du code pénal".into(),
            maximum_years: Some(5),
            by_network: Some(true),
            country: Some("FR".into()),
            listed: None,
        }),
        subject_role: SubjectRole::Suspect,
        emergency: None,
        notified: None,
        silence: None,
        answer_by: None,
        do_not_act: None,
        earlier: None,
        wanted: vec![wanted],
        facts: String::new(),
        necessity: String::new(),
        answer_to: None,
        nonce: format!("nonce-of-request-{number:012}"),
    }
}
