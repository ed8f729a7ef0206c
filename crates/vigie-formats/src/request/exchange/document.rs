//! From the tree of a document to the [`Instrument`], field by field.

use std::str::FromStr;

use vigie_model::Moment;
use vigie_model::disclosure::{
    Category, DoNotAct, Emergency, EmergencyGround, Identifier, IdentifierKind, Instrument, Offence, Office,
    RequestKind, Silence, Span, SubjectRole, Wanted,
};

use super::super::checks;
use super::node::{Members, Node, below};
use crate::request::{
    Diagnostics, LONGEST_LINE as LINE, LONGEST_TEXT as TEXT, MOST_WANTED, Problem, RequestError,
};

/// Provisions of one document, and categories of one identifier.
const MOST_NAMES: usize = 100;

type Read<T> = Result<T, RequestError>;

pub(super) fn instrument(root: Node, diagnostics: &mut Diagnostics) -> Read<Instrument> {
    let d = diagnostics;
    let mut members = Members::of(root, String::new())?;
    let instrument = Instrument {
        regime: needed_text(&mut members, "regime", d)?,
        kind: needed_name::<RequestKind>(&mut members, "kind", RequestKind::ALL)?,
        reference: needed_text(&mut members, "reference", d)?,
        issued_at: moment(&mut members, "issued_at", d)?,
        issuer: {
            let node = members.need("issuer")?;
            office(node, members.at("issuer"), d)?
        },
        validator: optional(&mut members, "validator", d, office)?,
        addressee: members.text("addressee", LINE, d)?.unwrap_or_default(),
        legal_bases: legal_bases(&mut members, d)?,
        offence: optional(&mut members, "offence", d, offence)?,
        subject_role: subject_role(&mut members, d)?,
        emergency: optional(&mut members, "emergency", d, emergency)?,
        answer_by: moment(&mut members, "answer_by", d)?,
        notified: optional(&mut members, "notified", d, office)?,
        silence: optional(&mut members, "silence", d, silence)?,
        do_not_act: optional(&mut members, "do_not_act", d, do_not_act)?,
        earlier: members.text("earlier", LINE, d)?,
        wanted: all_wanted(&mut members, d)?,
        facts: members.text("facts", TEXT, d)?.unwrap_or_default(),
        necessity: members.text("necessity", TEXT, d)?.unwrap_or_default(),
        answer_to: members.text("answer_to", LINE, d)?,
        nonce: members.text("nonce", LINE, d)?.unwrap_or_default(),
    };
    checks::answer_by(&instrument, || members.at("answer_by"), d);
    members.end(d);
    Ok(instrument)
}

/// Takes a member that is an object, and reads it.
fn optional<T>(
    members: &mut Members,
    name: &str,
    diagnostics: &mut Diagnostics,
    read: impl FnOnce(Node, String, &mut Diagnostics) -> Read<T>,
) -> Read<Option<T>> {
    let Some(node) = members.take(name) else { return Ok(None) };
    read(node, members.at(name), diagnostics).map(Some)
}

fn needed_text(members: &mut Members, name: &str, diagnostics: &mut Diagnostics) -> Read<String> {
    let text = members.text(name, LINE, diagnostics)?.filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| RequestError::Missing { place: members.at(name) })
}

/// A name without which the request would mean something else.
fn needed_name<T: FromStr + std::fmt::Display>(members: &mut Members, name: &str, all: &[T]) -> Read<T> {
    let place = members.at(name);
    known(members.need(name)?, &place, all)
}

fn known<T: FromStr + std::fmt::Display>(node: Node, place: &str, all: &[T]) -> Read<T> {
    let text = node.text(place)?;
    text.parse().map_err(|_| RequestError::UnknownName {
        place: place.to_owned(),
        known: all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    })
}

/// A name that only claims something; one that nobody knows is left to a person.
fn claimed_name<T: FromStr>(
    members: &mut Members,
    name: &str,
    diagnostics: &mut Diagnostics,
) -> Read<Option<T>> {
    let Some(text) = members.text(name, LINE, diagnostics)? else { return Ok(None) };
    match text.parse() {
        Ok(known) => Ok(Some(known)),
        Err(_) => {
            diagnostics.show(members.at(name), Problem::UnknownName, &text);
            Ok(None)
        }
    }
}

fn subject_role(members: &mut Members, diagnostics: &mut Diagnostics) -> Read<SubjectRole> {
    if !members.has("subject_role") {
        diagnostics.add(members.at("subject_role"), Problem::Unsaid);
    }
    Ok(claimed_name(members, "subject_role", diagnostics)?.unwrap_or(SubjectRole::Unstated))
}

/// A moment; one that cannot be read is left out and reported.
fn moment(members: &mut Members, name: &str, diagnostics: &mut Diagnostics) -> Read<Option<Moment>> {
    let Some(node) = members.take(name) else { return Ok(None) };
    let place = members.at(name);
    let text = node.text(&place)?;
    let read = text.parse();
    if read.is_err() {
        diagnostics.show(place, Problem::NoMoment, &text);
    }
    Ok(read.ok())
}

fn needed_moment(members: &mut Members, name: &str) -> Read<Moment> {
    let place = members.at(name);
    let text = members.need(name)?.text(&place)?;
    text.parse().map_err(|_| RequestError::WrongType { place, expected: "a moment in RFC 3339" })
}

fn office(node: Node, place: String, d: &mut Diagnostics) -> Read<Office> {
    let mut members = Members::of(node, place)?;
    let line = |members: &mut Members, name: &str, d: &mut Diagnostics| {
        members.text(name, LINE, d).map(Option::unwrap_or_default)
    };
    let mut office = Office {
        name: line(&mut members, "name", d)?,
        country: line(&mut members, "country", d)?,
        role: None,
        file: line(&mut members, "file", d)?,
        official: line(&mut members, "official", d)?,
        post: line(&mut members, "post", d)?,
        mail: line(&mut members, "mail", d)?,
        phone: line(&mut members, "phone", d)?,
    };
    office.role = claimed_name(&mut members, "role", d)?;
    country(&office.country, || members.at("country"), d);
    members.end(d);
    Ok(office)
}

fn country(text: &str, place: impl Fn() -> String, diagnostics: &mut Diagnostics) {
    let is_country = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if !is_country && !text.is_empty() {
        diagnostics.add(place(), Problem::NoCountry);
    }
}

fn legal_bases(members: &mut Members, d: &mut Diagnostics) -> Read<Vec<String>> {
    let Some(node) = members.take("legal_bases") else { return Ok(Vec::new()) };
    let place = members.at("legal_bases");
    let list = node.list(&place, MOST_NAMES)?;
    let read = |(number, node): (usize, Node)| {
        let place = format!("{place}/{number}");
        checks::text(node.text(&place)?, LINE, || place.clone(), d)
    };
    list.into_iter().enumerate().map(read).collect()
}

fn offence(node: Node, place: String, d: &mut Diagnostics) -> Read<Offence> {
    let mut members = Members::of(node, place)?;
    let offence = Offence {
        text: members.text("text", TEXT, d)?.unwrap_or_default(),
        provision: members.text("provision", LINE, d)?.unwrap_or_default(),
        listed: members.text("listed", LINE, d)?,
        maximum_years: read_member(&mut members, "maximum_years", Node::count)?,
        by_network: read_member(&mut members, "by_network", Node::bool)?,
        country: members.text("country", LINE, d)?,
    };
    country(offence.country.as_deref().unwrap_or_default(), || members.at("country"), d);
    members.end(d);
    Ok(offence)
}

fn read_member<T>(
    members: &mut Members,
    name: &str,
    read: impl FnOnce(Node, &str) -> Read<T>,
) -> Read<Option<T>> {
    let Some(node) = members.take(name) else { return Ok(None) };
    read(node, &members.at(name)).map(Some)
}

fn emergency(node: Node, place: String, d: &mut Diagnostics) -> Read<Emergency> {
    let mut members = Members::of(node, place)?;
    let emergency = Emergency {
        ground: needed_name(&mut members, "ground", EmergencyGround::ALL)?,
        text: members.text("text", TEXT, d)?.unwrap_or_default(),
        validation_follows: read_member(&mut members, "validation_follows", Node::bool)?.unwrap_or_default(),
    };
    members.end(d);
    Ok(emergency)
}

fn silence(node: Node, place: String, d: &mut Diagnostics) -> Read<Silence> {
    let mut members = Members::of(node, place)?;
    let silence = Silence {
        basis: members.text("basis", LINE, d)?.unwrap_or_default(),
        until: moment(&mut members, "until", d)?,
        text: members.text("text", TEXT, d)?.unwrap_or_default(),
    };
    if silence.basis.trim().is_empty() {
        d.add(members.at("basis"), Problem::NoSilenceBasis);
    }
    members.end(d);
    Ok(silence)
}

fn do_not_act(node: Node, place: String, d: &mut Diagnostics) -> Read<DoNotAct> {
    let mut members = Members::of(node, place)?;
    let do_not_act = DoNotAct {
        until: needed_moment(&mut members, "until")?,
        text: members.text("text", TEXT, d)?.unwrap_or_default(),
    };
    members.end(d);
    Ok(do_not_act)
}

fn all_wanted(members: &mut Members, d: &mut Diagnostics) -> Read<Vec<Wanted>> {
    let place = members.at("wanted");
    let list = members.need("wanted")?.list(&place, MOST_WANTED)?;
    list.into_iter().enumerate().map(|(number, node)| wanted(node, format!("{place}/{number}"), d)).collect()
}

fn wanted(node: Node, place: String, d: &mut Diagnostics) -> Read<Wanted> {
    let mut members = Members::of(node, place)?;
    let identifier = {
        let node = members.need("identifier")?;
        identifier(node, members.at("identifier"), d)?
    };
    let categories = {
        let place = members.at("categories");
        let list = members.need("categories")?.list(&place, MOST_NAMES)?;
        let read = |(number, node)| known(node, &below(&place, &format!("{number}")), Category::ALL);
        list.into_iter().enumerate().map(read).collect::<Read<Vec<Category>>>()?
    };
    if categories.is_empty() {
        d.add(members.at("categories"), Problem::NoCategory);
    }
    let wanted = Wanted {
        identifier,
        categories,
        span: optional(&mut members, "span", d, span)?.flatten(),
        criterion: members.text("criterion", TEXT, d)?,
        cap: read_member(&mut members, "cap", Node::count)?,
    };
    members.end(d);
    Ok(wanted)
}

fn identifier(node: Node, place: String, d: &mut Diagnostics) -> Read<Identifier> {
    let mut members = Members::of(node, place)?;
    let identifier = Identifier {
        kind: needed_name(&mut members, "kind", IdentifierKind::ALL)?,
        value: {
            let place = members.at("value");
            let text = members.need("value")?.text(&place)?;
            checks::text(text, LINE, || place.clone(), d)?
        },
        service: members.text("service", LINE, d)?.unwrap_or_default(),
    };
    checks::identifier(&identifier, || members.at("value"), d);
    members.end(d);
    Ok(identifier)
}

/// A span; none where one of its ends could not be read, which is reported.
fn span(node: Node, place: String, d: &mut Diagnostics) -> Read<Option<Span>> {
    let mut members = Members::of(node, place)?;
    for name in ["from", "until"] {
        if !members.has(name) {
            return Err(RequestError::Missing { place: members.at(name) });
        }
    }
    let (from, until) = (moment(&mut members, "from", d)?, moment(&mut members, "until", d)?);
    let span = from.zip(until).map(|(from, until)| Span { from, until });
    checks::span(span.as_ref(), || members.place.clone(), d);
    members.end(d);
    Ok(span)
}
