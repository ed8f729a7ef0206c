//! From the tree of a form to the [`Instrument`], section by section.

use jiff::civil;
use vigie_model::Moment;
use vigie_model::disclosure::{Instrument, Offence, Office, RequestKind, SubjectRole};

use super::names::{self, Name, meaning};
use super::office::{child_text, line, office, role, signed_at};
use super::tree::Element;
use super::{evidence, production, regime};
use crate::request::{Diagnostics, FormKind, LONGEST_TEXT, Problem, RequestError};

/// An element, and the path that leads to it.
#[derive(Clone)]
pub(super) struct Place<'a> {
    pub(super) element: &'a Element,
    path: String,
}

impl<'a> Place<'a> {
    fn root(element: &'a Element) -> Self {
        Self { element, path: element.step() }
    }

    /// A child of this element.
    pub(super) fn below(&self, child: &'a Element) -> Self {
        Self { element: child, path: self.to(child) }
    }

    /// The path of a child.
    pub(super) fn to(&self, child: &Element) -> String {
        format!("{}{}", self.path, child.step())
    }

    /// The path that a child of that name has, or would have.
    pub(super) fn at(&self, name: Name) -> String {
        format!("{}/{}", self.path, name.text)
    }

    /// The child of that name.
    pub(super) fn child(&self, name: Name) -> Option<Self> {
        self.element.child(name).map(|child| self.below(child))
    }

    pub(super) fn path(&self) -> String {
        self.path.clone()
    }
}

/// In which sections of a form what stands.
struct Sections {
    issuing: Name,
    validating: Option<Name>,
    conditions: Option<Name>,
    evidence: Option<Name>,
    earlier: Name,
}

const fn sections(form: FormKind) -> Sections {
    match form {
        FormKind::Form1 => Sections {
            issuing: names::SECTION_I,
            validating: Some(names::SECTION_J),
            conditions: Some(names::SECTION_G),
            evidence: Some(names::SECTION_E_TO_F),
            earlier: names::SECTION_D,
        },
        FormKind::Form2 => Sections {
            issuing: names::SECTION_F,
            validating: Some(names::SECTION_G),
            conditions: Some(names::SECTION_E),
            evidence: Some(names::SECTION_C),
            earlier: names::SECTION_D,
        },
        FormKind::Form5 | FormKind::Form6 => Sections {
            issuing: names::SECTION_D,
            validating: None,
            conditions: None,
            evidence: None,
            earlier: names::SECTION_C,
        },
    }
}

pub(super) fn instrument(
    form: FormKind,
    root: &Element,
    d: &mut Diagnostics,
) -> Result<(Instrument, Vec<String>), RequestError> {
    let root = Place::root(root);
    let sections = sections(form);
    let (issuer, issued_at) = issuer(&root, &sections, d)?;
    let (addressee, service) = addressee(&root, d)?;
    let evidence = match sections.evidence {
        Some(section) => evidence::all(&root, section, &service, d)?,
        None => Vec::new(),
    };
    let (numbers, wanted) = evidence.into_iter().unzip();
    let mut instrument = Instrument {
        regime: regime(form).to_owned(),
        kind: if form == FormKind::Form1 { RequestKind::Production } else { RequestKind::Preservation },
        reference: issuer.file.clone(),
        issued_at,
        issuer,
        validator: validator(&root, &sections, d)?,
        addressee,
        legal_bases: Vec::new(),
        offence: None,
        subject_role: SubjectRole::Unstated,
        emergency: None,
        notified: None,
        silence: None,
        answer_by: None,
        do_not_act: None,
        earlier: earlier(&root, &sections, d)?,
        wanted,
        facts: String::new(),
        necessity: String::new(),
        answer_to: None,
        nonce: String::new(),
    };
    if let Some(section) = sections.conditions.and_then(|section| root.child(section)) {
        conditions(&section, &mut instrument, d)?;
    }
    if form == FormKind::Form1 {
        production::read(&root, &mut instrument, d)?;
    }
    if instrument.earlier.is_none() && matches!(form, FormKind::Form5 | FormKind::Form6) {
        return Err(RequestError::Missing {
            place: format!("{}/{}", root.at(sections.earlier), names::EARLIER_REFERENCE.text),
        });
    }
    Ok((instrument, numbers))
}

/// Who issued it, and the date of their signature. Section A names them too; where the two differ, a person has to look.
fn issuer(
    root: &Place<'_>,
    sections: &Sections,
    d: &mut Diagnostics,
) -> Result<(Office, Option<Moment>), RequestError> {
    let first = root.child(names::SECTION_A);
    let mut named = match &first {
        Some(section) => Office { country: line(section, names::ISSUING_STATE, d)?, ..office(section, d)? },
        None => Office::default(),
    };
    let section = root.child(sections.issuing);
    let mut issued_at = None;
    if let Some(section) = &section {
        let inner = section.child(names::ISSUING_AND_CONTACT);
        let inner = inner.and_then(|both| both.child(names::ISSUING_AUTHORITY));
        let mut signed = inner.map(|place| office(&place, d)).transpose()?.unwrap_or_default();
        signed.role = role(section, d)?;
        issued_at = signed_at(section, names::SIGNATURE_OF_AUTHORITY, d);
        named = merged(named, signed, root, d);
    }
    if issued_at.is_none() {
        d.add(root.at(sections.issuing), Problem::NoSignatureDate);
    }
    if named.file.is_empty() {
        let place = format!("{}/{}", root.at(names::SECTION_A), names::FILE_REFERENCE.text);
        return Err(RequestError::Missing { place });
    }
    let is_country = named.country.len() == 2 && named.country.bytes().all(|byte| byte.is_ascii_uppercase());
    if !is_country {
        d.add(root.at(names::SECTION_A), Problem::NoCountry);
    }
    Ok((named, issued_at))
}

/// What the signature says goes before what section A says; differences are reported.
fn merged(first: Office, signed: Office, root: &Place<'_>, d: &mut Diagnostics) -> Office {
    let mut pick = |name: Name, one: String, other: String| {
        if !one.is_empty() && !other.is_empty() && one != other {
            d.add(format!("{}/{}", root.at(names::SECTION_A), name.text), Problem::SectionsDiffer);
        }
        if other.is_empty() { one } else { other }
    };
    Office {
        name: pick(names::NAME_OF_AUTHORITY, first.name, signed.name),
        country: pick(names::ISSUING_STATE, first.country, signed.country),
        file: pick(names::FILE_REFERENCE, first.file, signed.file),
        official: pick(names::NAME_OF_REPRESENTATIVE, first.official, signed.official),
        post: pick(names::POST_HELD, first.post, signed.post),
        mail: pick(names::MAIL, first.mail, signed.mail),
        phone: pick(names::PHONE, first.phone, signed.phone),
        role: signed.role.or(first.role),
    }
}

fn validator(
    root: &Place<'_>,
    sections: &Sections,
    d: &mut Diagnostics,
) -> Result<Option<Office>, RequestError> {
    let Some(section) = sections.validating.and_then(|section| root.child(section)) else { return Ok(None) };
    let details =
        section.child(names::DETAILS).map(|place| office(&place, d)).transpose()?.unwrap_or_default();
    let role = role(&section, d)?;
    if signed_at(&section, names::SIGNATURE, d).is_none() {
        d.add(section.at(names::SIGNATURE), Problem::NoSignatureDate);
    }
    Ok(Some(Office { role, ..details }))
}

/// To whom it is addressed, and the name of the provider.
fn addressee(root: &Place<'_>, d: &mut Diagnostics) -> Result<(String, String), RequestError> {
    let Some(section) = root.child(names::SECTION_B) else {
        d.add(root.at(names::SECTION_B), Problem::NoAddressee);
        return Ok((String::new(), String::new()));
    };
    if boolean(&section, names::EMERGENCY_CASE, d) == Some(true) {
        let place = section.at(names::EMERGENCY_CASE);
        d.add(place, Problem::AddressedAnew);
    }
    let Some(addressee) = section.child(names::ADDRESSEE) else { return Ok((String::new(), String::new())) };
    let name = match addressee.child(names::AUTHORITY) {
        Some(authority) => line(&authority, names::NAME_OF_AUTHORITY, d)?,
        None => String::new(),
    };
    let service = match addressee.child(names::SERVICE_PROVIDER) {
        Some(provider) => line(&provider, names::SERVICE_PROVIDER_NAME, d)?,
        None => String::new(),
    };
    Ok((name, service))
}

fn earlier(
    root: &Place<'_>,
    sections: &Sections,
    d: &mut Diagnostics,
) -> Result<Option<String>, RequestError> {
    let Some(section) = root.child(sections.earlier) else { return Ok(None) };
    let reference = line(&section, names::EARLIER_REFERENCE, d)?;
    Ok(Some(reference).filter(|reference| !reference.is_empty()))
}

/// What is prosecuted, and what the person is in it.
fn conditions(
    section: &Place<'_>,
    instrument: &mut Instrument,
    d: &mut Diagnostics,
) -> Result<(), RequestError> {
    let optional = |text: String| Some(text).filter(|text| !text.is_empty());
    for basis in section.element.all(names::LEGAL_BASIS) {
        instrument.legal_bases.push(child_text(section, basis, crate::request::LONGEST_LINE, d)?);
    }
    let offence = Offence {
        text: long(section, names::OFFENCE_TEXT, d)?,
        provision: line(section, names::LEGAL_CLASSIFICATION, d)?,
        listed: optional(line(section, names::LISTED_OFFENCE, d)?),
        maximum_years: years(section, d)?,
        by_network: boolean(section, names::BY_INFORMATION_SYSTEM, d),
        country: optional(line(section, names::OFFENCE_COUNTRY, d)?),
    };
    instrument.offence = Some(offence).filter(|offence| *offence != Offence::default());
    let person = line(section, names::PERSON_ROLE, d)?;
    if let Some(known) = meaning(names::PERSONS, &person) {
        instrument.subject_role = known;
    } else if !person.is_empty() {
        let problem = Problem::UnknownPerson;
        d.show(section.at(names::PERSON_ROLE), problem, &person);
    }
    instrument.facts = long(section, names::SUMMARY, d)?;
    instrument.necessity = long(section, names::NECESSITY, d)?;
    Ok(())
}

fn years(section: &Place<'_>, d: &mut Diagnostics) -> Result<Option<u32>, RequestError> {
    let text = line(section, names::MAXIMUM_YEARS, d)?;
    let years = text.parse().ok();
    if years.is_none() && !text.is_empty() {
        d.show(section.at(names::MAXIMUM_YEARS), Problem::NoYears, &text);
    }
    Ok(years)
}

pub(super) fn long(place: &Place<'_>, name: Name, d: &mut Diagnostics) -> Result<String, RequestError> {
    let Some(child) = place.element.child(name) else { return Ok(String::new()) };
    child_text(place, child, LONGEST_TEXT, d)
}

/// True or false, as XML says it.
pub(super) fn boolean(place: &Place<'_>, name: Name, d: &mut Diagnostics) -> Option<bool> {
    let text = place.element.child(name)?.said()?;
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        other => {
            d.show(place.at(name), Problem::NoBoolean, other);
            None
        }
    }
}

/// A moment: `xs:dateTime`, or `xs:date` for its first moment.
pub(super) fn date(text: &str, place: String, d: &mut Diagnostics) -> Option<Moment> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    if let Some(moment) = of_day(text) {
        return Some(moment);
    }
    let Ok(without_offset) = text.parse::<civil::DateTime>() else {
        d.show(place, Problem::NoDate, text);
        return None;
    };
    d.add(place, Problem::NoOffset);
    format!("{without_offset}Z").parse().ok()
}

/// The first moment of an `xs:date`, which may carry an offset: `2026-11-20+01:00`.
pub(super) fn of_day(text: &str) -> Option<Moment> {
    let (day, offset) = text.split_at_checked(10)?;
    day.parse::<civil::Date>().ok()?;
    let offset = if offset.is_empty() { "Z" } else { offset };
    format!("{day}T00:00:00{offset}").parse().ok()
}
