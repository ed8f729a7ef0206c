//! The fields of the form of a request at the portal: what they say as a document, and a document as they say it.
//!
//! What it is not: the upload (`uploads.rs`), nor the clerk's form, which asks more and trusts less (`request_form.rs`). To
//! add a field: in `instrument`, in `filled`, in `portal_new.html`.

use vigie_model::Moment;
use vigie_model::disclosure::{
    Category, DoNotAct, Emergency, EmergencyGround, Identifier, IdentifierKind, Instrument, Offence, Office,
    RequestKind, Silence, Span, SubjectRole, Wanted,
};

use super::FormErrors;
use super::bases::day;
use super::request_form::by_network;
use crate::fields::Fields;
use crate::visit::Desk;

/// How many kinds of identifiers one form takes.
pub(crate) const GROUPS: [&str; 3] = ["1", "2", "3"];

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

/// What the form says, as values; what is missing is noted.
pub(super) fn instrument(desk: &Desk, fields: &Fields, errors: &mut FormErrors) -> Instrument {
    let mut form = Reading { desk, fields, errors };
    form.needed();
    Instrument {
        regime: form.text("regime"),
        kind: fields.parsed("kind").next().unwrap_or(RequestKind::Production),
        reference: form.text("reference"),
        issued_at: form.day("issued_at").map(begins),
        issuer: Office {
            role: fields.parsed("post").next(),
            file: form.text("file"),
            post: form.text("service_unit"),
            ..Office::default()
        },
        validator: validator(fields),
        addressee: addressee(desk),
        legal_bases: split(fields.text("legal_bases")),
        offence: offence(fields),
        subject_role: fields.parsed("subject").next().unwrap_or(SubjectRole::Unstated),
        emergency: form.emergency(),
        answer_by: form.answer_by(),
        notified: form.notified(),
        silence: form.silence(),
        do_not_act: form.do_not_act(),
        earlier: some(fields.text("earlier")),
        wanted: form.wanted(),
        facts: form.text("facts"),
        necessity: form.text("necessity"),
        answer_to: None,
        nonce: form.text("nonce"),
    }
}

/// A form that is being read, with what is wrong with it so far.
struct Reading<'a> {
    desk: &'a Desk,
    fields: &'a Fields,
    errors: &'a mut FormErrors,
}

impl Reading<'_> {
    fn text(&self, field: &str) -> String {
        self.fields.text(field).to_owned()
    }

    fn require(&mut self, holds: bool, field: &'static str, key: &str) {
        self.errors.require(holds, field, self.desk.words, key);
    }

    fn needed(&mut self) {
        for (field, key) in [
            ("regime", "portal-regime-missing"),
            ("reference", "portal-reference-missing"),
            ("legal_bases", "portal-bases-missing"),
            ("values-1", "form-nobody"),
        ] {
            self.require(!self.fields.text(field).is_empty(), field, key);
        }
    }

    /// The end of a day, where one is named.
    fn day(&mut self, field: &'static str) -> Option<Moment> {
        let read = day(self.fields.text(field));
        self.require(read.is_ok(), field, "portal-date-wrong");
        read.unwrap_or_default()
    }

    fn emergency(&mut self) -> Option<Emergency> {
        if self.fields.text("emergency") != "yes" {
            return None;
        }
        let text = self.text("emergency_text");
        self.require(!text.is_empty(), "emergency_text", "portal-emergency-missing");
        Some(Emergency {
            ground: self.fields.parsed("ground").next().unwrap_or(EmergencyGround::Life),
            text,
            validation_follows: self.fields.text("validation_follows") == "yes",
        })
    }

    fn answer_by(&mut self) -> Option<Moment> {
        let by = self.day("answer_by");
        self.require(by.is_none_or(|by| by > self.desk.now), "answer_by", "portal-answer-by-past");
        by
    }

    fn notified(&mut self) -> Option<Office> {
        let name = some(self.fields.text("notified"))?;
        let country = self.fields.text("notified_country").to_uppercase();
        let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        self.require(is_country, "notified_country", "portal-country-wrong");
        Some(Office { name, country, ..Office::default() })
    }

    fn silence(&mut self) -> Option<Silence> {
        let until = self.day("silence_until");
        let basis = some(self.fields.text("silence_basis"))?;
        Some(Silence { basis, until, text: self.text("silence_text") })
    }

    fn do_not_act(&mut self) -> Option<DoNotAct> {
        let until = self.day("do_not_act_until");
        let text = some(self.fields.text("do_not_act"))?;
        self.require(until.is_some(), "do_not_act_until", "form-end-missing");
        until.map(|until| DoNotAct { until, text })
    }

    /// Each identifier on a line of its own, with every category and the one span.
    fn wanted(&mut self) -> Vec<Wanted> {
        let categories: Vec<Category> = self.fields.parsed("category").collect();
        self.require(!categories.is_empty(), "category", "portal-categories-missing");
        let span = self.span();
        let ours = &self.desk.console.app.settings.disclosure.services;
        let service = some(self.fields.text("service")).or_else(|| ours.first().cloned()).unwrap_or_default();
        let mut wanted = Vec::new();
        for number in GROUPS {
            let kind = self.fields.parsed(&format!("kind-{number}")).next().unwrap_or(IdentifierKind::UserId);
            let values = self.fields.text(&format!("values-{number}")).lines().map(str::trim);
            wanted.extend(values.filter(|value| !value.is_empty()).map(|value| Wanted {
                identifier: Identifier { kind, value: value.to_owned(), service: service.clone() },
                categories: categories.clone(),
                span,
                criterion: None,
                cap: None,
            }));
        }
        wanted
    }

    fn span(&mut self) -> Option<Span> {
        let (from, until) = (self.day("from"), self.day("until"));
        self.require(from.is_some() == until.is_some(), "from", "form-span-half");
        let span = from.zip(until).map(|(from, until)| Span { from: begins(from), until });
        self.require(span.is_none_or(|span| span.is_possible()), "from", "form-span-wrong");
        span
    }
}

fn offence(fields: &Fields) -> Option<Offence> {
    let (text, provision) = (fields.text("offence"), fields.text("provision"));
    (!text.is_empty() || !provision.is_empty()).then(|| Offence {
        text: text.to_owned(),
        provision: provision.to_owned(),
        listed: some(fields.text("listed")),
        maximum_years: fields.parsed("maximum_years").next(),
        by_network: by_network(fields.text("by_network")),
        country: None,
    })
}

fn validator(fields: &Fields) -> Option<Office> {
    let name = some(fields.text("validator"))?;
    Some(Office { name, role: fields.parsed("validator_role").next(), ..Office::default() })
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
