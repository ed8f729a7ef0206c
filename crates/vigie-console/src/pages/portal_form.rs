//! The fields of the form of a request at the portal: what they say as a document, and a document as they say it.

use axum::body::Bytes;
use axum::extract::Multipart;
use vigie_app::Code;
use vigie_model::Moment;
use vigie_model::disclosure::{
    Category, DoNotAct, Emergency, EmergencyGround, Identifier, IdentifierKind, Instrument, Offence, Office,
    RequestKind, Silence, Span, SubjectRole, Wanted,
};

use super::FormErrors;
use super::bases::day;
use crate::failure::{Failure, Result};
use crate::fields::Fields;
use crate::visit::Desk;

/// How many kinds of identifiers one form takes.
pub(crate) const GROUPS: [&str; 3] = ["1", "2", "3"];

/// The fields of the form, and the document.
pub(super) async fn read(mut sent: Multipart) -> Result<(Fields, Bytes)> {
    let unreadable = |_| Failure::new(Code::BadRequest, "the form did not arrive whole");
    let (mut pairs, mut document) = (Vec::new(), Bytes::new());
    while let Some(field) = sent.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "document" {
            let too_large = |_| Failure::new(Code::MediaTooLarge, "the document is over 20 MB");
            document = field.bytes().await.map_err(too_large)?;
        } else {
            pairs.push((name, field.text().await.map_err(unreadable)?));
        }
    }
    Ok((Fields::from(pairs), document))
}

/// What a document is, by how it begins: PDF or XML, and nothing else.
pub(super) fn mime(document: &[u8]) -> Option<&'static str> {
    let text = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        Some(_) if document.starts_with(b"%PDF-") => Some("application/pdf"),
        Some(b'<') => Some("application/xml"),
        _ => None,
    }
}

/// What the form says, as values; nothing where something is missing, which is noted.
pub(super) fn instrument(desk: &Desk, fields: &Fields, errors: &mut FormErrors) -> Option<Instrument> {
    for (field, key) in [
        ("regime", "portal-regime-missing"),
        ("reference", "portal-reference-missing"),
        ("legal_bases", "portal-bases-missing"),
        ("values-1", "portal-identifiers-missing"),
    ] {
        errors.require(!fields.text(field).is_empty(), field, desk.words, key);
    }
    let country = fields.text("notified_country");
    let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
    errors.require(
        fields.text("notified").is_empty() || is_country,
        "notified_country",
        desk.words,
        "portal-country-wrong",
    );
    let categories: Vec<Category> = fields.parsed("category").collect();
    errors.require(!categories.is_empty(), "category", desk.words, "portal-categories-missing");
    let [issued_at, from, until, answer_by, silent_until, still_until] =
        ["issued_at", "from", "until", "answer_by", "silence_until", "do_not_act_until"].map(|field| {
            let date = day(fields.text(field));
            errors.require(date.is_ok(), field, desk.words, "portal-date-wrong");
            date.unwrap_or_default()
        });
    let is_ahead = answer_by.is_none_or(|by| by > desk.now);
    errors.require(is_ahead, "answer_by", desk.words, "portal-answer-by-past");
    let span = from.zip(until).map(|(from, until)| Span { from: begins(from), until });
    errors.require(span.is_none_or(|span| span.from < span.until), "from", desk.words, "portal-span-wrong");
    errors.require(from.is_some() == until.is_some(), "from", desk.words, "portal-span-half");
    let wants_stillness = !fields.text("do_not_act").is_empty();
    errors.require(
        !wants_stillness || still_until.is_some(),
        "do_not_act_until",
        desk.words,
        "portal-until-missing",
    );
    let do_not_act = still_until
        .filter(|_| wants_stillness)
        .map(|until| DoNotAct { until, text: fields.text("do_not_act").to_owned() });
    let emergency = (fields.text("emergency") == "yes").then(|| Emergency {
        ground: fields.parsed("ground").next().unwrap_or(EmergencyGround::Life),
        text: fields.text("emergency_text").to_owned(),
        validation_follows: fields.text("validation_follows") == "yes",
    });
    let says_why = emergency.as_ref().is_none_or(|emergency| !emergency.text.is_empty());
    errors.require(says_why, "emergency_text", desk.words, "portal-emergency-missing");
    Some(Instrument {
        regime: fields.text("regime").to_owned(),
        kind: fields.parsed("kind").next().unwrap_or(RequestKind::Production),
        reference: fields.text("reference").to_owned(),
        issued_at: issued_at.map(begins),
        issuer: Office {
            role: fields.parsed("post").next(),
            file: fields.text("file").to_owned(),
            post: fields.text("service_unit").to_owned(),
            ..Office::default()
        },
        validator: validator(fields),
        addressee: addressee(desk),
        legal_bases: split(fields.text("legal_bases")),
        offence: offence(fields),
        subject_role: fields.parsed("subject").next().unwrap_or(SubjectRole::Unstated),
        emergency,
        answer_by,
        notified: notified(fields),
        silence: silence(fields, silent_until),
        do_not_act,
        earlier: some(fields.text("earlier")),
        wanted: wanted(desk, fields, &categories, span),
        facts: fields.text("facts").to_owned(),
        necessity: fields.text("necessity").to_owned(),
        answer_to: None,
        nonce: fields.text("nonce").to_owned(),
    })
}

/// Each identifier on a line of its own, with every category and the one span.
fn wanted(desk: &Desk, fields: &Fields, categories: &[Category], span: Option<Span>) -> Vec<Wanted> {
    let service = some(fields.text("service")).unwrap_or_else(|| {
        desk.console.app.settings.disclosure.services.first().cloned().unwrap_or_default()
    });
    let mut wanted = Vec::new();
    for number in GROUPS {
        let kind = fields.parsed(&format!("kind-{number}")).next().unwrap_or(IdentifierKind::UserId);
        let values = fields.text(&format!("values-{number}")).lines().map(str::trim);
        wanted.extend(values.filter(|value| !value.is_empty()).map(|value| Wanted {
            identifier: Identifier { kind, value: value.to_owned(), service: service.clone() },
            categories: categories.to_vec(),
            span,
            criterion: None,
            cap: None,
        }));
    }
    wanted
}

fn offence(fields: &Fields) -> Option<Offence> {
    let (text, provision) = (fields.text("offence"), fields.text("provision"));
    (!text.is_empty() || !provision.is_empty()).then(|| Offence {
        text: text.to_owned(),
        provision: provision.to_owned(),
        listed: some(fields.text("listed")),
        maximum_years: fields.parsed("maximum_years").next(),
        by_network: match fields.text("by_network") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        country: None,
    })
}

fn silence(fields: &Fields, until: Option<Moment>) -> Option<Silence> {
    let basis = some(fields.text("silence_basis"))?;
    Some(Silence { basis, until, text: fields.text("silence_text").to_owned() })
}

fn validator(fields: &Fields) -> Option<Office> {
    let name = some(fields.text("validator"))?;
    Some(Office { name, role: fields.parsed("validator_role").next(), ..Office::default() })
}

fn notified(fields: &Fields) -> Option<Office> {
    let name = some(fields.text("notified"))?;
    Some(Office { name, country: fields.text("notified_country").to_uppercase(), ..Office::default() })
}

fn addressee(desk: &Desk) -> String {
    let settings = &desk.console.app.settings;
    settings.disclosure.addressees.first().unwrap_or(&settings.instance).clone()
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn split(text: &str) -> Vec<String> {
    text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The first moment of a day of which [`day`] gives the end.
fn begins(end: Moment) -> Moment {
    end.before(std::time::Duration::from_secs(24 * 60 * 60))
}

/// The form as a document fills it in, for who corrects it. The code that was drawn for that document is not drawn for another.
pub(super) fn filled(said: &Instrument) -> Fields {
    let mut fields = Fields::default();
    let mut put = |name: &str, value: &str| fields.add(name, value);
    put("regime", &said.regime);
    put("kind", said.kind.name());
    put("reference", &said.reference);
    put("issued_at", &said.issued_at.map(date).unwrap_or_default());
    put("answer_by", &said.answer_by.map(|by| date(begins(by))).unwrap_or_default());
    put("post", said.issuer.role.map_or("", |role| role.name()));
    put("file", &said.issuer.file);
    put("service_unit", &said.issuer.post);
    if let Some(validator) = &said.validator {
        put("validator", &validator.name);
        put("validator_role", validator.role.map_or("", |role| role.name()));
    }
    if let Some(notified) = &said.notified {
        put("notified", &notified.name);
        put("notified_country", &notified.country);
    }
    put("legal_bases", &said.legal_bases.join(", "));
    put("earlier", said.earlier.as_deref().unwrap_or_default());
    if let Some(offence) = &said.offence {
        put("offence", &offence.text);
        put("provision", &offence.provision);
        put("listed", offence.listed.as_deref().unwrap_or_default());
        put("maximum_years", &offence.maximum_years.map(|years| years.to_string()).unwrap_or_default());
        put("by_network", offence.by_network.map_or("unstated", |by| if by { "yes" } else { "no" }));
    }
    put("subject", said.subject_role.name());
    put("facts", &said.facts);
    put("necessity", &said.necessity);
    fill_wanted(said, &mut fields);
    fill_special(said, &mut fields);
    fields
}

fn fill_wanted(said: &Instrument, fields: &mut Fields) {
    let mut kinds: Vec<IdentifierKind> = Vec::new();
    for wanted in &said.wanted {
        if !kinds.contains(&wanted.identifier.kind) {
            kinds.push(wanted.identifier.kind);
        }
    }
    for (number, kind) in GROUPS.iter().zip(&kinds) {
        let of_kind = said.wanted.iter().filter(|wanted| wanted.identifier.kind == *kind);
        let values: Vec<_> = of_kind.map(|wanted| wanted.identifier.value.as_str()).collect();
        fields.add(&format!("kind-{number}"), kind.name());
        fields.add(&format!("values-{number}"), &values.join("\n"));
    }
    let Some(first) = said.wanted.first() else { return };
    fields.add("service", &first.identifier.service);
    for category in &first.categories {
        fields.add("category", category.name());
    }
    if let Some(span) = first.span {
        fields.add("from", &date(span.from));
        fields.add("until", &date(begins(span.until)));
    }
}

fn fill_special(said: &Instrument, fields: &mut Fields) {
    if let Some(emergency) = &said.emergency {
        fields.add("emergency", "yes");
        fields.add("ground", emergency.ground.name());
        fields.add("emergency_text", &emergency.text);
        fields.add("validation_follows", if emergency.validation_follows { "yes" } else { "" });
    }
    if let Some(silence) = &said.silence {
        fields.add("silence_basis", &silence.basis);
        fields.add("silence_until", &silence.until.map(|until| date(begins(until))).unwrap_or_default());
        fields.add("silence_text", &silence.text);
    }
    if let Some(still) = &said.do_not_act {
        fields.add("do_not_act", &still.text);
        fields.add("do_not_act_until", &date(begins(still.until)));
    }
}

/// A day as a field for a date takes it.
fn date(moment: Moment) -> String {
    moment.timestamp().strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_pdf_or_xml_by_how_it_begins() {
        let check = |document: &[u8], is: Option<&str>| assert_eq!(mime(document), is, "{document:?}");
        check(b"%PDF-1.7 ...", Some("application/pdf"));
        check(b"<?xml version=\"1.0\"?>", Some("application/xml"));
        check(b"\xef\xbb\xbf\n <form/>", Some("application/xml"));
        check(b"", None);
        check(b"PK\x03\x04", None);
        check(b"MZ%PDF-", None);
    }
}
