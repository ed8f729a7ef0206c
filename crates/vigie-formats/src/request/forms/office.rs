//! Authorities as the forms describe them.

use vigie_model::Moment;
use vigie_model::disclosure::{IssuerRole, Office};

use super::names::{self, Name, meaning};
use super::read::{Place, date};
use super::tree::Element;
use crate::request::{Diagnostics, LONGEST_LINE, Problem, RequestError};

/// The text of a child, within the bound of a line.
pub(super) fn line(place: &Place<'_>, name: Name, d: &mut Diagnostics) -> Result<String, RequestError> {
    let Some(child) = place.element.child(name) else { return Ok(String::new()) };
    child_text(place, child, LONGEST_LINE, d)
}

/// The text of an element below this place, within a bound.
pub(super) fn child_text(
    place: &Place<'_>,
    child: &Element,
    limit: usize,
    d: &mut Diagnostics,
) -> Result<String, RequestError> {
    let text = child.said().unwrap_or_default().to_owned();
    super::super::checks::text(text, limit, || place.to(child), d)
}

/// An authority: its name, its file number, who acted for it.
pub(super) fn office(place: &Place<'_>, d: &mut Diagnostics) -> Result<Office, RequestError> {
    let identifier = place.element.child(names::AUTHORITY_IDENTIFIER);
    let country = match identifier.map(|identifier| place.below(identifier)) {
        Some(place) => {
            // The number says nothing that the name does not, and the system knows it.
            let _ = place.element.child(names::NATIONAL_ID);
            line(&place, names::COUNTRY, d)?
        }
        None => String::new(),
    };
    Ok(Office {
        name: line(place, names::NAME_OF_AUTHORITY, d)?,
        country,
        role: None,
        file: line(place, names::FILE_REFERENCE, d)?,
        official: line(place, names::NAME_OF_REPRESENTATIVE, d)?,
        post: line(place, names::POST_HELD, d)?,
        mail: line(place, names::MAIL, d)?,
        phone: line(place, names::PHONE, d)?,
    })
}

/// What an authority is, by the element beside it.
pub(super) fn role(place: &Place<'_>, d: &mut Diagnostics) -> Result<Option<IssuerRole>, RequestError> {
    let text = line(place, names::AUTHORITY_TYPE, d)?;
    let role = meaning(names::AUTHORITIES, &text);
    if text.is_empty() {
        d.add(place.at(names::AUTHORITY_TYPE), Problem::NoAuthorityType);
    } else if role.is_none() {
        d.show(place.at(names::AUTHORITY_TYPE), Problem::UnknownAuthority, &text);
    }
    Ok(role)
}

/// The date of a signature below this place.
pub(super) fn signed_at(place: &Place<'_>, signature: Name, d: &mut Diagnostics) -> Option<Moment> {
    let signature = place.below(place.element.child(signature)?);
    let text = signature.element.child(names::DATE)?.said()?;
    date(text, signature.at(names::DATE), d)
}
