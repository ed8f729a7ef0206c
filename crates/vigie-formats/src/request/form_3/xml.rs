//! Form 3 as XML.

use super::super::forms::Writer;
use super::super::forms::names::{self, written};
use super::super::letters::words;
use super::{Certificate, Contact, NAMESPACE, NonExecution, Preservation, Reason};
use crate::request::Language;

/// The form, as the machine of the authority takes it. It is not signed here.
#[must_use]
pub fn xml(form: &NonExecution) -> Vec<u8> {
    let mut to = Writer::new(names::ROOT_3, NAMESPACE);
    to.inside(names::SECTION_A, |to| {
        to.leaf(
            names::CERTIFICATE,
            match form.certificate {
                Certificate::Epoc => "EPOC",
                Certificate::EpocPr => "EPOC_PR",
            },
        );
        to.leaf(names::FILE_REFERENCE, &form.reference);
    });
    to.inside(names::SECTION_B, |to| {
        to.leaf(names::ISSUING_STATE, &form.issuer.country);
        to.leaf(names::NAME_OF_AUTHORITY, &form.issuer.name);
        to.leaf(names::FILE_REFERENCE, &form.issuer.file);
    });
    to.inside(names::SECTION_C, |to| to.leaf(names::NAME_OF_AUTHORITY, &form.contact.addressee));
    if !form.reasons.is_empty() {
        to.inside(names::SECTION_D, |to| form.reasons.iter().for_each(|one| reason(to, one)));
    }
    if let Some(conflict) = &form.conflict {
        to.inside(names::SECTION_E, |to| {
            to.leaf(names::CONFLICT_LAW, &conflict.law);
            to.leaf(names::CONFLICT, &conflict.nature);
        });
    }
    if !form.information_required.is_empty() {
        to.inside(names::SECTION_F, |to| to.leaf(names::INFORMATION_REQUIRED, &form.information_required));
    }
    if !form.preservation.is_empty() {
        to.inside(names::SECTION_G, |to| form.preservation.iter().for_each(|one| preservation(to, one)));
    }
    to.inside(names::SECTION_H, |to| {
        contact(to, &form.contact);
        to.inside(names::SIGNATURE_OF_AUTHORITY, |to| to.leaf(names::DATE, &form.at.to_string()));
    });
    to.end()
}

/// Section D, one identifier.
fn reason(to: &mut Writer, reason: &Reason) {
    to.inside(names::NON_EXECUTION, |to| {
        to.leaf(names::NON_EXECUTION_ID, &reason.number);
        let mut words_of_others = Vec::new();
        to.inside(names::REASONS, |to| {
            for ground in &reason.grounds {
                match written(names::REFUSALS, ground) {
                    Some(name) => to.leaf(names::REASON, name),
                    None => words_of_others.push(words::ground(*ground, Language::English)),
                }
            }
            if !words_of_others.is_empty() {
                to.leaf(names::REASON, names::OTHER_REFUSAL);
            }
        });
        let explanation = Some(reason.explanation.as_str()).filter(|text| !text.is_empty());
        let parts: Vec<_> = words_of_others.into_iter().chain(explanation).collect();
        to.leaf(names::EXPLANATION, &parts.join("\n"));
    });
}

/// Section G, one identifier.
fn preservation(to: &mut Writer, preservation: &Preservation) {
    to.inside(names::PRESERVATION, |to| {
        to.leaf(names::NON_EXECUTION_ID, &preservation.number);
        to.leaf(names::IS_PRESERVED, if preservation.preserved { "true" } else { "false" });
        if let Some(until) = preservation.until {
            to.leaf(names::PRESERVED_UNTIL, &until.to_string());
        }
    });
}

fn contact(to: &mut Writer, contact: &Contact) {
    to.leaf(names::NAME_OF_AUTHORITY, &contact.addressee);
    to.leaf(names::NAME_OF_REPRESENTATIVE, &contact.name);
    to.leaf(names::POST_HELD, &contact.post);
    to.leaf(names::ADDRESS, &contact.address.join("\n"));
    to.leaf(names::PHONE, &contact.phone);
    to.leaf(names::MAIL, &contact.mail);
}
