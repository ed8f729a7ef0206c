//! Form 3: for the machine of the authority, and for people.

use vigie_formats::request::form_3::{
    self, Certificate, Conflict, Contact, NonExecution, Preservation, Reason,
};
use vigie_formats::request::{Language, forms};
use vigie_model::disclosure::{IdentifierKind, IssuerRole, RefusalGround};

use crate::expected;
use crate::instruments::{at, office, wanted};

pub(crate) fn form() -> NonExecution {
    let reason = |number: &str, value: &str, grounds: &[RefusalGround], explanation: &str| Reason {
        number: number.to_owned(),
        identifier: wanted(IdentifierKind::UserId, value).identifier,
        grounds: grounds.to_vec(),
        explanation: explanation.to_owned(),
    };
    NonExecution {
        certificate: Certificate::Epoc,
        reference: "2026/118-A".to_owned(),
        issuer: office("Parquet de Lunéville", IssuerRole::Prosecutor),
        reasons: vec![
            reason("1", "7001", &[RefusalGround::NotStored], "Ports are kept for <90 days & no longer."),
            reason(
                "2",
                "7002",
                &[RefusalGround::InsufficientInformation, RefusalGround::OverBroad],
                "The period is five years.",
            ),
        ],
        conflict: Some(Conflict {
            law: "18 USC 2702".to_owned(),
            nature: "It forbids the disclosure of content to a foreign authority.".to_owned(),
        }),
        information_required: "Please name the period for identifier 2.".to_owned(),
        preservation: vec![
            Preservation { number: "1".to_owned(), preserved: false, until: None },
            Preservation { number: "2".to_owned(), preserved: true, until: Some(at("2027-01-20T00:00:00Z")) },
        ],
        contact: Contact {
            addressee: "Messenger Europe SARL".to_owned(),
            address: vec!["4, quai des Tilleuls".to_owned(), "L-0000 Luxembourg".to_owned()],
            name: "A. Saule".to_owned(),
            post: "legal officer".to_owned(),
            mail: "disclosure@messenger.example".to_owned(),
            phone: "+352000000".to_owned(),
        },
        at: at("2026-11-21T10:00:00Z"),
    }
}

#[test]
fn it_is_written_for_machines() {
    let xml = String::from_utf8(form_3::xml(&form())).unwrap();
    expected::check("form-3.xml", &xml);
    // It is no form that comes in, and is well-formed all the same.
    assert_eq!(forms::read(xml.as_bytes()).unwrap_err().name(), "wrong_namespace");
}

#[test]
fn it_is_written_for_people() {
    for language in Language::ALL {
        expected::check(&format!("form-3.{language}.txt"), &form_3::paper(&form(), *language).text());
    }
}

#[test]
fn a_ground_of_the_house_is_another_reason_in_words() {
    let mut form = form();
    form.reasons.truncate(1);
    for ground in RefusalGround::ALL {
        form.reasons[0].grounds = vec![*ground];
        let xml = String::from_utf8(form_3::xml(&form)).unwrap();
        let is_other = xml.contains("<Reason>OTHER</Reason>");
        let position = RefusalGround::ALL.iter().position(|one| one == ground).unwrap();
        assert_eq!(is_other, position >= 10, "{ground}: section D has ten reasons");
        assert_eq!(xml.matches("<Reason>").count(), 1, "{ground}");
    }
}
