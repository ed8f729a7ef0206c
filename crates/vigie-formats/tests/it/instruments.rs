//! Instruments to write and read: one that says everything, and arbitrary ones.

use proptest::prelude::*;
use vigie_model::Moment;
use vigie_model::disclosure::{
    Category, DoNotAct, Emergency, EmergencyGround, Identifier, IdentifierKind, Instrument, IssuerRole,
    Offence, Office, RequestKind, Silence, Span, SubjectRole, Wanted,
};

pub(crate) fn at(text: &str) -> Moment {
    text.parse().expect("a moment")
}

pub(crate) fn office(name: &str, role: IssuerRole) -> Office {
    Office {
        name: name.to_owned(),
        country: "FR".to_owned(),
        role: Some(role),
        file: "2026/118-A".to_owned(),
        official: "C. Hêtre".to_owned(),
        post: "vice-procureure".to_owned(),
        mail: "c.hetre@tribunal.example".to_owned(),
        phone: "+33100000000".to_owned(),
    }
}

pub(crate) fn wanted(kind: IdentifierKind, value: &str) -> Wanted {
    Wanted {
        identifier: Identifier { kind, value: value.to_owned(), service: "messenger.example".to_owned() },
        categories: vec![Category::Subscriber, Category::Identification],
        span: Some(Span { from: at("2026-10-01T00:00:00Z"), until: at("2026-11-01T00:00:00Z") }),
        criterion: None,
        cap: None,
    }
}

/// A production order that says everything a form has room for.
pub(crate) fn full() -> Instrument {
    Instrument {
        regime: "eu-epoc".to_owned(),
        kind: RequestKind::Production,
        reference: "2026/118-A".to_owned(),
        issued_at: Some(at("2026-11-20T09:30:00Z")),
        issuer: office("Parquet de Lunéville", IssuerRole::Prosecutor),
        validator: Some(office("Tribunal judiciaire de Lunéville", IssuerRole::Judge)),
        addressee: "Messenger Europe SARL <legal & compliance>".to_owned(),
        legal_bases: vec!["Règlement (UE) 2023/1543, art. 5".to_owned(), "CPP, art. 77-1-1".to_owned()],
        offence: Some(Offence {
            text: "Detention and distribution of child sexual abuse material".to_owned(),
            provision: "Art. 227-23 code pénal".to_owned(),
            listed: Some("2011/93:5".to_owned()),
            maximum_years: Some(5),
            by_network: Some(true),
            country: Some("FR".to_owned()),
        }),
        subject_role: SubjectRole::Suspect,
        emergency: Some(Emergency {
            ground: EmergencyGround::Life,
            text: "A child is believed to be with the user now.".to_owned(),
            validation_follows: true,
        }),
        notified: None,
        silence: Some(Silence {
            basis: "Regulation (EU) 2023/1543, Article 13(2); Directive (EU) 2016/680, Article 13(3)"
                .to_owned(),
            until: None,
            text: "Information would defeat the enquiry.".to_owned(),
        }),
        answer_by: Some(at("2026-11-24T16:00:00Z")),
        do_not_act: None,
        earlier: Some("2026/090-P".to_owned()),
        wanted: vec![
            wanted(IdentifierKind::UserId, "7001"),
            wanted(IdentifierKind::PhoneNumber, "+33612345678"),
            wanted(IdentifierKind::IpAddress, "2001:db8::/48"),
            wanted(IdentifierKind::DeviceNumber, "490154203237518"),
        ],
        facts: "An item was offered in a group.\nThe account answered.".to_owned(),
        necessity: "No other means would identify the user.".to_owned(),
        answer_to: None,
        nonce: String::new(),
    }
}

/// The same, with what only the exchange carries.
pub(crate) fn exchanged() -> Instrument {
    let mut instrument = full();
    instrument.wanted[0].criterion = Some("who posted the item of entry 12".to_owned());
    instrument.wanted[0].cap = Some(25);
    instrument.do_not_act =
        Some(DoNotAct { until: at("2026-12-24T00:00:00Z"), text: "An operation is under way.".to_owned() });
    instrument.silence = Some(Silence {
        basis: "CPP, art. 11".to_owned(),
        until: Some(at("2027-05-20T00:00:00Z")),
        text: String::new(),
    });
    instrument.notified =
        Some(Office { role: None, ..office("Staatsanwaltschaft Ahorn", IssuerRole::Judge) });
    instrument.answer_to = Some("age1synthetic".to_owned());
    instrument.nonce = "5f1c-77ad".to_owned();
    instrument
}

prop_compose! {
    fn span()(from in 0..4_000_000_000_i64, length in -1_000_000..1_000_000_000_i64) -> Span {
        let from = Moment::from_unix_seconds(from);
        Span { from, until: Moment(from.0.saturating_add(length)) }
    }
}

fn of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

/// Text as people type it, and as nobody does.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Zéèçœ0-9 .,<>&\"'/-]{0,30}", "\\PC{0,30}"]
}

prop_compose! {
    fn any_office()(
        texts in prop::array::uniform7(text()),
        role in prop::option::of(of(IssuerRole::ALL)),
    ) -> Office {
        let [name, country, file, official, post, mail, phone] = texts;
        Office { name, country, role, file, official, post, mail, phone }
    }
}

prop_compose! {
    fn any_wanted()(
        kind in of(IdentifierKind::ALL), value in text(), service in text(),
        categories in prop::collection::vec(of(Category::ALL), 0..4),
        span in prop::option::of(span()), criterion in prop::option::of(text()), cap in any::<Option<u32>>(),
    ) -> Wanted {
        Wanted { identifier: Identifier { kind, value, service }, categories, span, criterion, cap }
    }
}

prop_compose! {
    /// Any instrument within the bounds.
    pub(crate) fn any_instrument()(
        kind in of(RequestKind::ALL), texts in prop::array::uniform6(text()).boxed(), regime in "[a-z0-9-]{1,12}",
        reference in "[a-zA-Z0-9/]{1,20}", subject_role in of(SubjectRole::ALL),
        issuer in any_office().boxed(), validator in prop::option::of(any_office()).boxed(), notified in prop::option::of(any_office()).boxed(),
        legal_bases in prop::collection::vec(text(), 0..3).boxed(), earlier in prop::option::of(text()).boxed(),
        emergency in prop::option::of((of(EmergencyGround::ALL), text(), any::<bool>())),
        (silence, issued_at, until) in (prop::option::of(text()), prop::option::of(0..5_000_000_000_000_000_i64), 0..5_000_000_000_000_000_i64),
        maximum_years in any::<Option<u32>>(), by_network in any::<Option<bool>>(),
        wanted in prop::collection::vec(any_wanted(), 0..5).boxed(),
    ) -> Instrument {
        let [addressee, facts, necessity, offence, provision, nonce] = texts;
        Instrument {
            regime, kind, reference, issued_at: issued_at.map(Moment), issuer, validator, addressee, legal_bases,
            offence: Some(Offence {
                text: offence, provision, listed: None, maximum_years, by_network, country: None,
            }),
            subject_role,
            emergency: emergency.map(|(ground, text, validation_follows)| Emergency { ground, text, validation_follows }),
            answer_by: None, notified,
            silence: silence.map(|text| Silence { basis: text, until: Some(Moment(until)), text: String::new() }),
            do_not_act: Some(DoNotAct { until: Moment(until), text: String::new() }),
            earlier, wanted, facts, necessity, answer_to: None, nonce,
        }
    }
}
