//! Writing forms: for the side of the authority, and for tests. What the reader takes, and nothing else.

use vigie_model::disclosure::{Identifier, IdentifierKind, Instrument, Office, Wanted};

use super::names::{self, Home, Name, written};
use super::{SHARED, namespace};
use crate::request::{FormKind, checks};

/// Why an instrument cannot be put into a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The forms know no such kind of identifier.
    #[error("the forms know no identifier of the kind {0}")]
    Identifier(IdentifierKind),
    /// It continues no earlier request, as Forms 5 and 6 must.
    #[error("{0} continues an earlier request, and none is named")]
    Earlier(FormKind),
}

/// Writes an instrument as a form. What the form has no place for is left out: limits on members of a group, the key of the
/// answer, the nonce.
///
/// # Errors
/// It names an identifier of a kind that the forms do not know, or Form 5 or 6 is to continue no request.
pub fn write(form: FormKind, instrument: &Instrument) -> Result<Vec<u8>, Unwritable> {
    let continues = matches!(form, FormKind::Form5 | FormKind::Form6);
    if continues && instrument.earlier.is_none() {
        return Err(Unwritable::Earlier(form));
    }
    let mut to = Writer::new(names::root(form), namespace(form));
    to.inside(names::SECTION_A, |to| {
        to.leaf(names::ISSUING_STATE, &instrument.issuer.country);
        to.leaf(names::FILE_REFERENCE, &instrument.reference);
    });
    addressee(&mut to, instrument);
    match form {
        FormKind::Form1 => production(&mut to, instrument)?,
        FormKind::Form2 => preservation(&mut to, instrument)?,
        FormKind::Form5 | FormKind::Form6 => {
            earlier(&mut to, names::SECTION_C, instrument);
            issuer(&mut to, names::SECTION_D, instrument);
        }
    }
    Ok(to.end())
}

fn addressee(to: &mut Writer, instrument: &Instrument) {
    let service = instrument.wanted.first().map_or("", |wanted| wanted.identifier.service.as_str());
    to.inside(names::SECTION_B, |to| {
        to.inside(names::ADDRESSEE, |to| {
            to.inside(names::AUTHORITY, |to| to.leaf(names::NAME_OF_AUTHORITY, &instrument.addressee));
            to.inside(names::SERVICE_PROVIDER, |to| to.leaf(names::SERVICE_PROVIDER_NAME, service));
        });
    });
}

fn production(to: &mut Writer, instrument: &Instrument) -> Result<(), Unwritable> {
    to.inside(names::SECTION_C, |to| {
        to.inside(names::DEADLINE, |to| {
            match &instrument.emergency {
                Some(emergency) => {
                    let ground = written(names::EMERGENCIES, &emergency.ground).unwrap_or_default();
                    to.leaf(names::DEADLINE_VALUE, ground);
                    to.leaf(names::JUSTIFICATION, &emergency.text);
                }
                None => {
                    let waits = instrument.notified.is_some();
                    to.leaf(names::WITHIN_TEN_DAYS, if waits { names::AT_THE_END } else { names::AT_ONCE });
                }
            }
            if let Some(by) = instrument.answer_by {
                to.leaf(names::OTHER_DEADLINE, &by.to_string());
            }
        });
    });
    earlier(to, names::SECTION_D, instrument);
    evidence(to, names::SECTION_E_TO_F, instrument)?;
    conditions(to, names::SECTION_G, instrument);
    if let Some(silence) = &instrument.silence {
        to.inside(names::SECTION_H, |to| {
            to.inside(names::DELAY_CONDITIONS, |to| {
                to.leaf(
                    names::DELAY_REASON,
                    if silence.text.is_empty() { &silence.basis } else { &silence.text },
                );
            });
        });
    }
    issuer(to, names::SECTION_I, instrument);
    validator(to, names::SECTION_J, instrument);
    if let Some(notified) = &instrument.notified {
        to.inside(names::SECTION_K, |to| to.inside(names::ENFORCING_AUTHORITY, |to| office(to, notified)));
    }
    Ok(())
}

fn preservation(to: &mut Writer, instrument: &Instrument) -> Result<(), Unwritable> {
    evidence(to, names::SECTION_C, instrument)?;
    earlier(to, names::SECTION_D, instrument);
    conditions(to, names::SECTION_E, instrument);
    issuer(to, names::SECTION_F, instrument);
    validator(to, names::SECTION_G, instrument);
    Ok(())
}

fn earlier(to: &mut Writer, section: Name, instrument: &Instrument) {
    if let Some(earlier) = &instrument.earlier {
        to.inside(section, |to| to.leaf(names::EARLIER_REFERENCE, earlier));
    }
}

fn evidence(to: &mut Writer, section: Name, instrument: &Instrument) -> Result<(), Unwritable> {
    let unknown = |wanted: &&Wanted| identifier_kind(&wanted.identifier).is_none();
    if let Some(wanted) = instrument.wanted.iter().find(unknown) {
        return Err(Unwritable::Identifier(wanted.identifier.kind));
    }
    to.inside(section, |to| {
        for (number, wanted) in instrument.wanted.iter().enumerate() {
            to.inside(names::EVIDENCE, |to| one_evidence(to, number + 1, wanted));
        }
    });
    Ok(())
}

fn one_evidence(to: &mut Writer, number: usize, wanted: &Wanted) {
    to.inside(names::IDENTIFIER, |to| {
        to.leaf(names::IDENTIFIER_ID, &number.to_string());
        to.leaf(names::IDENTIFIER_TYPE, identifier_kind(&wanted.identifier).unwrap_or_default());
        to.leaf(names::IDENTIFIER_VALUE, &wanted.identifier.value);
        to.leaf(names::SERVICE_NAME, &wanted.identifier.service);
        if let Some(span) = &wanted.span {
            to.inside(names::DATE_TIME_RANGE, |to| {
                to.leaf(names::START, &span.from.to_string());
                to.leaf(names::END, &span.until.to_string());
            });
        }
    });
    to.inside(names::DATA_CATEGORIES, |to| {
        for category in &wanted.categories {
            to.inside(names::category(*category), |_| {});
        }
    });
}

/// How the forms call the kind of an identifier: addresses by their form, devices by their length.
fn identifier_kind(identifier: &Identifier) -> Option<&'static str> {
    let value = identifier.value.as_str();
    Some(match identifier.kind {
        IdentifierKind::IpAddress if value.contains('/') => "IP_BLOCKS",
        IdentifierKind::IpAddress if value.contains('-') => "IP_ADDRESS_RANGE",
        IdentifierKind::IpAddress if value.contains(':') => "IPV_6",
        IdentifierKind::DeviceNumber if value.chars().filter(char::is_ascii_alphanumeric).count() == 12 => {
            "MAC_ADDRESS"
        }
        kind => return written(names::IDENTIFIERS, &kind),
    })
}

fn conditions(to: &mut Writer, section: Name, instrument: &Instrument) {
    to.inside(section, |to| {
        for basis in &instrument.legal_bases {
            to.leaf(names::LEGAL_BASIS, basis);
        }
        if let Some(offence) = &instrument.offence {
            to.leaf(names::OFFENCE_TEXT, &offence.text);
            to.leaf(names::LEGAL_CLASSIFICATION, &offence.provision);
            to.leaf(names::LISTED_OFFENCE, offence.listed.as_deref().unwrap_or_default());
            let years = offence.maximum_years.map(|years| years.to_string());
            to.leaf(names::MAXIMUM_YEARS, &years.unwrap_or_default());
            let by_network = offence.by_network.map(|by_network| by_network.to_string());
            to.leaf(names::BY_INFORMATION_SYSTEM, &by_network.unwrap_or_default());
            to.leaf(names::OFFENCE_COUNTRY, offence.country.as_deref().unwrap_or_default());
        }
        to.leaf(names::PERSON_ROLE, written(names::PERSONS, &instrument.subject_role).unwrap_or_default());
        to.leaf(names::SUMMARY, &instrument.facts);
        to.leaf(names::NECESSITY, &instrument.necessity);
    });
}

fn issuer(to: &mut Writer, section: Name, instrument: &Instrument) {
    to.inside(section, |to| {
        role(to, &instrument.issuer);
        to.inside(names::ISSUING_AND_CONTACT, |to| {
            // The number of the request is the one that counts, wherever a form repeats it.
            let issuer = Office { file: instrument.reference.clone(), ..instrument.issuer.clone() };
            to.inside(names::ISSUING_AUTHORITY, |to| office(to, &issuer));
        });
        if let Some(at) = instrument.issued_at {
            to.inside(names::SIGNATURE_OF_AUTHORITY, |to| to.leaf(names::DATE, &at.to_string()));
        }
        if instrument.emergency.as_ref().is_some_and(|emergency| emergency.validation_follows) {
            to.leaf(names::CASE_WITHOUT_VALIDATION, "true");
        }
    });
}

fn validator(to: &mut Writer, section: Name, instrument: &Instrument) {
    let Some(validator) = &instrument.validator else { return };
    to.inside(section, |to| {
        role(to, validator);
        to.inside(names::DETAILS, |to| office(to, validator));
        if let Some(at) = instrument.issued_at {
            to.inside(names::SIGNATURE, |to| to.leaf(names::DATE, &at.to_string()));
        }
    });
}

fn role(to: &mut Writer, office: &Office) {
    let role = office.role.and_then(|role| written(names::AUTHORITIES, &role));
    to.leaf(names::AUTHORITY_TYPE, role.unwrap_or_default());
}

fn office(to: &mut Writer, office: &Office) {
    if !office.country.is_empty() {
        to.inside(names::AUTHORITY_IDENTIFIER, |to| to.leaf(names::COUNTRY, &office.country));
    }
    to.leaf(names::NAME_OF_AUTHORITY, &office.name);
    to.leaf(names::FILE_REFERENCE, &office.file);
    to.leaf(names::NAME_OF_REPRESENTATIVE, &office.official);
    to.leaf(names::POST_HELD, &office.post);
    to.leaf(names::PHONE, &office.phone);
    to.leaf(names::MAIL, &office.mail);
}

/// XML as it is written: indented, every text escaped, characters that XML cannot hold left out.
pub(in crate::request) struct Writer {
    text: String,
    depth: usize,
    root: Name,
}

impl Writer {
    pub(in crate::request) fn new(root: Name, namespace: &str) -> Self {
        let [epoc, eio] = SHARED;
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <{} xmlns=\"{namespace}\" xmlns:epoc=\"{epoc}\" xmlns:eio=\"{eio}\">\n",
            root.text
        );
        Self { text, depth: 1, root }
    }

    /// An element around what `write` writes.
    pub(in crate::request) fn inside(&mut self, name: Name, write: impl FnOnce(&mut Self)) {
        let name = prefixed(name);
        self.line(&format!("<{name}>"));
        self.depth += 1;
        write(self);
        self.depth -= 1;
        self.line(&format!("</{name}>"));
    }

    /// An element with a text; none where there is none.
    pub(in crate::request) fn leaf(&mut self, name: Name, text: &str) {
        if !text.is_empty() {
            let name = prefixed(name);
            self.line(&format!("<{name}>{}</{name}>", escaped(text)));
        }
    }

    fn line(&mut self, text: &str) {
        self.text.extend(std::iter::repeat_n("  ", self.depth));
        self.text.push_str(text);
        self.text.push('\n');
    }

    pub(in crate::request) fn end(mut self) -> Vec<u8> {
        self.text.push_str(&format!("</{}>\n", self.root.text));
        self.text.into_bytes()
    }
}

fn prefixed(name: Name) -> String {
    match name.home {
        Home::Form => name.text.to_owned(),
        Home::Epoc => format!("epoc:{}", name.text),
        Home::Eio => format!("eio:{}", name.text),
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // As it is, a reader would take it for the end of a line.
            '\r' => escaped.push_str("&#13;"),
            other if checks::is_forbidden(other) || matches!(other, '\u{fffe}' | '\u{ffff}') => {}
            other => escaped.push(other),
        }
    }
    escaped
}
