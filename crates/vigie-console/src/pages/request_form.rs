//! The fields of a clerk's form, and the document that they say: read from what was sent, and filled in from what a machine
//! wrote. What is not filled in stays unsaid.
//!
//! To add a field: in `instrument`, in `filled`, in `request_new.html`; the test below holds the first two to each other.

use vigie_model::disclosure::{
    Category, DoNotAct, Emergency, Identifier, IdentifierKind, Instrument, IssuerRole, Offence, Office,
    RequestKind, Silence, Span, SubjectRole, Wanted,
};
use vigie_model::{Moment, disclosure};

use super::FormErrors;
use super::roster::moment;
use crate::fields::Fields;
use crate::language::Words;

/// The most identifiers that one form takes by hand; a longer list comes as a document.
pub(super) const MOST_ROWS: usize = 100;

/// How many identifiers the form has room for.
pub(super) fn rows(fields: &Fields) -> usize {
    fields.text("rows").parse().unwrap_or(1).clamp(1, MOST_ROWS)
}

/// The document that the form says.
pub(super) fn instrument(fields: &Fields, words: Words) -> Result<Instrument, FormErrors> {
    let mut form = Reading { fields, words, errors: FormErrors::default() };
    form.needed("regime", "form-regime-missing");
    form.needed("reference", "form-reference-missing");
    form.needed("issuer-name", "form-issuer-missing");
    let said = Instrument {
        regime: form.text("regime"),
        kind: fields.text("kind").parse().unwrap_or(RequestKind::Production),
        reference: form.text("reference"),
        issued_at: form.day("issued"),
        issuer: form.office("issuer").unwrap_or_default(),
        validator: form.office("validator"),
        addressee: form.text("addressee"),
        legal_bases: fields
            .text("bases")
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
        offence: form.offence(),
        subject_role: fields.text("subject").parse().unwrap_or(SubjectRole::Unstated),
        emergency: form.emergency(),
        answer_by: form.moment("answer-by"),
        notified: form.office("notified"),
        silence: form.silence(),
        do_not_act: form.do_not_act(),
        earlier: form.optional("earlier"),
        wanted: (0..rows(fields)).filter_map(|row| form.wanted(row)).collect(),
        facts: form.text("facts"),
        necessity: form.text("necessity"),
        answer_to: None,
        nonce: String::new(),
    };
    form.errors.require(!said.wanted.is_empty() || !form.errors.is_empty(), "value-0", words, "form-nobody");
    if form.errors.is_empty() { Ok(said) } else { Err(form.errors) }
}

/// A form that is being read, with what is wrong with it so far.
struct Reading<'a> {
    fields: &'a Fields,
    words: Words,
    errors: FormErrors,
}

impl Reading<'_> {
    fn text(&self, name: &str) -> String {
        self.fields.text(name).to_owned()
    }

    fn optional(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    fn needed(&mut self, name: &'static str, key: &str) {
        self.errors.require(!self.fields.text(name).is_empty(), name, self.words, key);
    }

    fn wrong(&mut self, name: String, key: &str) {
        self.errors.require(false, name, self.words, key);
    }

    fn moment(&mut self, name: &str) -> Option<Moment> {
        let text = self.fields.text(name);
        let read = moment(text);
        if read.is_none() && !text.is_empty() {
            self.wrong(name.to_owned(), "form-time-wrong");
        }
        read
    }

    fn day(&mut self, name: &str) -> Option<Moment> {
        let text = self.fields.text(name);
        let read = format!("{text}T00:00:00Z").parse().ok();
        if read.is_none() && !text.is_empty() {
            self.wrong(name.to_owned(), "form-time-wrong");
        }
        read
    }

    fn country(&mut self, name: String) -> String {
        let text = self.fields.text(&name).to_uppercase();
        let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if !text.is_empty() && !is_code {
            self.wrong(name, "form-country-wrong");
        }
        text
    }

    /// An office, where anything is said of it. Who issued it, in which country, is always needed.
    fn office(&mut self, which: &str) -> Option<Office> {
        let field = |name: &str| self.fields.text(&format!("{which}-{name}")).to_owned();
        let office = Office {
            name: field("name"),
            country: String::new(),
            role: field("role").parse::<IssuerRole>().ok(),
            file: field("file"),
            official: field("official"),
            post: field("post"),
            mail: field("mail"),
            phone: field("phone"),
        };
        let country = self.country(format!("{which}-country"));
        let office = Office { country, ..office };
        if which == "issuer" && office.country.is_empty() {
            self.wrong("issuer-country".to_owned(), "form-country-missing");
        }
        (office != Office::default()).then_some(office)
    }

    fn offence(&mut self) -> Option<Offence> {
        let years = self.fields.text("offence-years");
        let maximum_years = years.parse().ok();
        if maximum_years.is_none() && !years.is_empty() {
            self.wrong("offence-years".to_owned(), "form-years-wrong");
        }
        let offence = Offence {
            text: self.text("offence-text"),
            provision: self.text("offence-provision"),
            listed: self.optional("offence-listed"),
            maximum_years,
            by_network: by_network(self.fields.text("offence-network")),
            country: Some(self.country("offence-country".to_owned())).filter(|text| !text.is_empty()),
        };
        (offence != Offence::default()).then_some(offence)
    }

    fn emergency(&mut self) -> Option<Emergency> {
        let ground = self.fields.text("emergency").parse().ok()?;
        let validation_follows = self.fields.text("emergency-follows") == "yes";
        Some(Emergency { ground, text: self.text("emergency-text"), validation_follows })
    }

    fn silence(&mut self) -> Option<Silence> {
        let until = self.moment("silence-until");
        let is_said = self.fields.text("silence") == "yes";
        is_said.then(|| Silence { basis: self.text("silence-basis"), until, text: self.text("silence-text") })
    }

    fn do_not_act(&mut self) -> Option<DoNotAct> {
        if self.fields.text("spare") != "yes" {
            return None;
        }
        if self.fields.text("spare-until").is_empty() {
            self.wrong("spare-until".to_owned(), "form-end-missing");
        }
        let until = self.moment("spare-until")?;
        Some(DoNotAct { until, text: self.text("spare-text") })
    }

    /// One identifier with what is wanted about it; none of a row that is empty.
    fn wanted(&mut self, row: usize) -> Option<Wanted> {
        let name = |field: &str| format!("{field}-{row}");
        let value = self.text(&name("value"));
        let categories: Vec<Category> = self.fields.parsed(&name("category")).collect();
        let is_empty = value.is_empty() && self.fields.text(&name("from")).is_empty();
        if is_empty {
            return None;
        }
        if value.is_empty() {
            self.wrong(name("value"), "form-value-missing");
        }
        if categories.is_empty() {
            self.wrong(name("category"), "form-category-missing");
        }
        let (from, until) = (self.moment(&name("from")), self.moment(&name("until")));
        let span = match (from, until) {
            (Some(from), Some(until)) => Some(Span { from, until }),
            (None, None) => None,
            _ => {
                self.wrong(name("from"), "form-span-half");
                None
            }
        };
        if span.is_some_and(|span| !span.is_possible()) {
            self.wrong(name("from"), "form-span-wrong");
        }
        let cap = self.fields.text(&name("cap")).to_owned();
        if !cap.is_empty() && cap.parse::<u32>().is_err() {
            self.wrong(name("cap"), "form-cap-wrong");
        }
        Some(Wanted {
            identifier: Identifier {
                kind: self.fields.text(&name("kind")).parse().unwrap_or(IdentifierKind::UserId),
                value,
                service: self.text(&name("service")),
            },
            categories,
            span,
            criterion: self.optional(&name("criterion")),
            cap: cap.parse().ok(),
        })
    }
}

/// Whether it was committed by means of a network; none where that is not said.
pub(super) fn by_network(said: &str) -> Option<bool> {
    match said {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// The form as a document fills it in.
pub(super) fn filled(said: &Instrument) -> Fields {
    let mut fields = Fields::default();
    let mut put = |name: &str, value: &str| fields.add(name, value);
    put("regime", &said.regime);
    put("kind", said.kind.name());
    put("reference", &said.reference);
    put("issued", &said.issued_at.map(day).unwrap_or_default());
    for (which, office) in [
        ("issuer", Some(&said.issuer)),
        ("validator", said.validator.as_ref()),
        ("notified", said.notified.as_ref()),
    ] {
        for (name, value) in office.into_iter().flat_map(office_fields) {
            put(&format!("{which}-{name}"), &value);
        }
    }
    put("answer-by", &said.answer_by.map(minute).unwrap_or_default());
    put("addressee", &said.addressee);
    put("bases", &said.legal_bases.join("\n"));
    put("subject", said.subject_role.name());
    if let Some(offence) = &said.offence {
        put("offence-text", &offence.text);
        put("offence-provision", &offence.provision);
        put("offence-listed", offence.listed.as_deref().unwrap_or_default());
        put("offence-years", &offence.maximum_years.map(|years| years.to_string()).unwrap_or_default());
        put("offence-network", offence.by_network.map_or("", |by| if by { "yes" } else { "no" }));
        put("offence-country", offence.country.as_deref().unwrap_or_default());
    }
    if let Some(emergency) = &said.emergency {
        put("emergency", emergency.ground.name());
        put("emergency-text", &emergency.text);
        put("emergency-follows", if emergency.validation_follows { "yes" } else { "" });
    }
    if let Some(silence) = &said.silence {
        put("silence", "yes");
        put("silence-basis", &silence.basis);
        put("silence-until", &silence.until.map(minute).unwrap_or_default());
        put("silence-text", &silence.text);
    }
    if let Some(spared) = &said.do_not_act {
        put("spare", "yes");
        put("spare-until", &minute(spared.until));
        put("spare-text", &spared.text);
    }
    put("earlier", said.earlier.as_deref().unwrap_or_default());
    put("facts", &said.facts);
    put("necessity", &said.necessity);
    put("rows", &said.wanted.len().clamp(1, MOST_ROWS).to_string());
    for (row, wanted) in said.wanted.iter().take(MOST_ROWS).enumerate() {
        for (name, value) in wanted_fields(wanted) {
            put(&format!("{name}-{row}"), &value);
        }
    }
    fields
}

fn office_fields(office: &disclosure::Office) -> [(&'static str, String); 8] {
    [
        ("name", office.name.clone()),
        ("country", office.country.clone()),
        ("role", office.role.map(|role| role.name().to_owned()).unwrap_or_default()),
        ("file", office.file.clone()),
        ("official", office.official.clone()),
        ("post", office.post.clone()),
        ("mail", office.mail.clone()),
        ("phone", office.phone.clone()),
    ]
}

fn wanted_fields(wanted: &Wanted) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("kind", wanted.identifier.kind.name().to_owned()),
        ("value", wanted.identifier.value.clone()),
        ("service", wanted.identifier.service.clone()),
        ("criterion", wanted.criterion.clone().unwrap_or_default()),
        ("cap", wanted.cap.map(|cap| cap.to_string()).unwrap_or_default()),
    ];
    if let Some(span) = wanted.span {
        fields.extend([("from", minute(span.from)), ("until", minute(span.until))]);
    }
    fields.extend(wanted.categories.iter().map(|category| ("category", category.name().to_owned())));
    fields
}

fn day(moment: Moment) -> String {
    moment.timestamp().strftime("%Y-%m-%d").to_string()
}

/// As a field for date and time takes it, in UTC.
fn minute(moment: Moment) -> String {
    moment.timestamp().strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn what_a_document_says_comes_back_from_the_form_that_it_filled_in() {
        let document = br#"{
            "regime": "fr-77-1-1", "kind": "preservation", "reference": "PV 2026/118", "subject_role": "victim",
            "issued_at": "2026-05-01T00:00:00Z", "addressee": "Messenger", "legal_bases": ["77-1-1", "60-2"],
            "issuer": {"name": "Parquet", "country": "FR", "role": "prosecutor", "mail": "a@parquet.example"},
            "validator": {"name": "Tribunal", "country": "FR", "role": "judge"},
            "offence": {"text": "Images", "provision": "227-23", "listed": "7872", "maximum_years": 5, "by_network": false, "country": "FR"},
            "emergency": {"ground": "life", "text": "Now", "validation_follows": true},
            "silence": {"basis": "11", "until": "2026-12-01T00:00:00Z", "text": "Secret"},
            "answer_by": "2026-06-01T12:00:00Z", "do_not_act": {"until": "2026-12-02T00:00:00Z", "text": "Under way"},
            "earlier": "PV 1", "facts": "Facts", "necessity": "Needed",
            "wanted": [
                {"identifier": {"kind": "username", "value": "heron", "service": "m"}, "categories": ["subscriber", "traffic"], "span": null},
                {"identifier": {"kind": "group_id", "value": "g", "service": "m"}, "categories": ["identification"],
                 "span": {"from": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}, "criterion": "posted", "cap": 4}
            ]
        }"#;
        let said: Instrument = serde_json::from_slice(document).unwrap();
        let read =
            instrument(&filled(&said), Words(Language::English)).map_err(|errors| format!("{errors:?}"));
        assert_eq!(read.unwrap(), said);
    }
}
