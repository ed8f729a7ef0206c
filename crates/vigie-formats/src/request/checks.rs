//! What both readers look at: texts, identifiers, spans. What cannot be is kept and reported, for a person to judge.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use vigie_model::Moment;
use vigie_model::disclosure::{Identifier, IdentifierKind, Instrument, Span, is_phone_number};

use super::{Diagnostics, Problem, RequestError};

/// Takes a text: within its bound, without control characters. Characters that nobody sees are reported.
pub(super) fn text(
    text: String,
    limit: usize,
    place: impl Fn() -> String,
    diagnostics: &mut Diagnostics,
) -> Result<String, RequestError> {
    if text.chars().nth(limit).is_some() {
        return Err(RequestError::TooLong { place: place(), limit });
    }
    if text.chars().any(is_forbidden) {
        return Err(RequestError::ControlCharacter { place: place() });
    }
    if text.chars().any(is_unseen) {
        diagnostics.add(place(), Problem::UnseenCharacters);
    }
    Ok(text)
}

/// Control characters but those of lines: no database takes the first of them, and no paper needs the others.
pub(super) fn is_forbidden(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r')
}

/// Characters that turn the direction of text around, or take no room: what one reads is then not what is there.
fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Reports an identifier that can name nobody.
pub(super) fn identifier(identifier: &Identifier, place: impl Fn() -> String, diagnostics: &mut Diagnostics) {
    if let Some(problem) = impossible(identifier.kind, &identifier.value) {
        diagnostics.add(place(), problem);
    }
}

/// Reports a span without a moment in it.
pub(super) fn span(span: Option<&Span>, place: impl Fn() -> String, diagnostics: &mut Diagnostics) {
    if span.is_some_and(|span| !span.is_possible()) {
        diagnostics.add(place(), Problem::SpanBackwards);
    }
}

/// Reports a time for the answer that lies before the document was made.
pub(super) fn answer_by(instrument: &Instrument, place: impl Fn() -> String, diagnostics: &mut Diagnostics) {
    let is_before = |(by, issued): (Moment, Moment)| by <= issued;
    if instrument.answer_by.zip(instrument.issued_at).is_some_and(is_before) {
        diagnostics.add(place(), Problem::AnswerBeforeIssue);
    }
}

/// Why no identifier of the kind can be this text, where that is certain.
fn impossible(kind: IdentifierKind, value: &str) -> Option<Problem> {
    if value.trim().is_empty() {
        return Some(Problem::EmptyIdentifier);
    }
    if value != value.trim() || value.contains(['\n', '\r', '\t']) {
        return Some(Problem::SpacedIdentifier);
    }
    match kind {
        IdentifierKind::PhoneNumber if !is_phone_number(value) => Some(Problem::NoPhoneNumber),
        IdentifierKind::MailAddress if !is_mail_address(value) => Some(Problem::NoMailAddress),
        IdentifierKind::IpAddress if !is_address(value) => Some(Problem::NoAddress),
        IdentifierKind::DeviceNumber if !is_device_number(value) => Some(Problem::NoDeviceNumber),
        IdentifierKind::InviteLink | IdentifierKind::MessageLink if value.contains(' ') => {
            Some(Problem::NoLink)
        }
        _ => None,
    }
}

fn is_mail_address(value: &str) -> bool {
    value.rsplit_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && !value.contains(char::is_whitespace)
    })
}

/// An address, a block (`192.0.2.0/24`) or a range (`192.0.2.1-192.0.2.9`).
fn is_address(value: &str) -> bool {
    if let Some((address, length)) = value.split_once('/') {
        let longest = match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => Ipv4Addr::BITS,
            Ok(IpAddr::V6(_)) => Ipv6Addr::BITS,
            Err(_) => return false,
        };
        return length.parse::<u32>().is_ok_and(|length| length <= longest);
    }
    if let Some((first, last)) = value.split_once('-') {
        return match (first.trim().parse::<IpAddr>(), last.trim().parse::<IpAddr>()) {
            (Ok(first), Ok(last)) => first.is_ipv4() == last.is_ipv4() && first <= last,
            _ => false,
        };
    }
    value.parse::<IpAddr>().is_ok()
}

fn is_device_number(value: &str) -> bool {
    let digits: String =
        value.chars().filter(|character| !matches!(character, ':' | '-' | ' ' | '.')).collect();
    let is_imei = (14..=16).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_imei || (digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::{IdentifierKind as Kind, impossible};

    #[test]
    fn an_identifier_that_can_name_nobody_is_known() {
        let possible = [
            (Kind::UserId, "7001"),
            (Kind::Username, "heron_17"),
            (Kind::PhoneNumber, "+33612345678"),
            (Kind::MailAddress, "a@b.example"),
            (Kind::IpAddress, "192.0.2.1"),
            (Kind::IpAddress, "2001:db8::/32"),
            (Kind::IpAddress, "192.0.2.1-192.0.2.9"),
            (Kind::DeviceNumber, "49-015420-323751-8"),
            (Kind::DeviceNumber, "00:00:5e:00:53:af"),
            (Kind::InviteLink, "https://messenger.example/+abc"),
        ];
        for (kind, value) in possible {
            assert_eq!(impossible(kind, value), None, "{kind} {value}");
        }
        let impossible_ones = [
            (Kind::UserId, " "),
            (Kind::UserId, "7001\n7002"),
            (Kind::PhoneNumber, "0612345678"),
            (Kind::PhoneNumber, "+33 6 12 34"),
            (Kind::MailAddress, "a.example"),
            (Kind::IpAddress, "300.0.2.1"),
            (Kind::IpAddress, "192.0.2.0/33"),
            (Kind::IpAddress, "192.0.2.9-192.0.2.1"),
            (Kind::IpAddress, "192.0.2.9-2001:db8::1"),
            (Kind::DeviceNumber, "12"),
            (Kind::MessageLink, "https://messenger.example/a b"),
        ];
        for (kind, value) in impossible_ones {
            assert!(impossible(kind, value).is_some(), "{kind} {value}");
        }
    }
}
