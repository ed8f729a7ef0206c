//! What an authority must be like before anybody is asked about it: the same rules when it is asked and when it is done.

use vigie_model::Moment;
use vigie_model::country::is_country;
use vigie_model::disclosure::{AuthorityKeys, plain_phone_number};
use vigie_seal::note::{Kind, VerifierKey};

use super::NewAuthority;
use crate::{Code, Error, Result};

/// How many domains an authority may have.
const MOST_DOMAINS: usize = 20;

/// The authority with its texts in their one form.
pub(super) fn authority(new: NewAuthority, now: Moment) -> Result<NewAuthority> {
    if !is_country(&new.country) {
        return Err(invalid("a country is two capital letters of ISO 3166-1, like FR"));
    }
    let mut roles = new.roles;
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        return Err(invalid("say what the officials of the authority may be"));
    }
    let mut domains = new.domains.iter().map(|domain| self::domain(domain)).collect::<Result<Vec<_>>>()?;
    domains.sort_unstable();
    domains.dedup();
    if domains.is_empty() || domains.len() > MOST_DOMAINS {
        return Err(invalid(format!("an authority has 1 to {MOST_DOMAINS} domains of mail")));
    }
    Ok(NewAuthority {
        name: line("the name of the authority", &new.name, 200)?,
        country: new.country,
        roles,
        domains,
        call_back: phone_number(&new.call_back)?,
        directory: line("where the number stands", &new.directory, 500)?,
        keys: keys(&new.keys, now)?,
    })
}

/// Keys with their texts in their one form. What was pasted is never repeated: it may be a secret, by mistake.
pub(super) fn keys(keys: &AuthorityKeys, now: Moment) -> Result<AuthorityKeys> {
    let given = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let signing = given(&keys.signing).map(|text| signing_key(&text)).transpose()?;
    let sealing = given(&keys.sealing).map(|text| sealing_key(&text)).transpose()?;
    if keys.valid_until.is_some_and(|until| until <= now) {
        return Err(invalid("keys hold until a moment that is still to come"));
    }
    let valid_until = keys.valid_until.filter(|_| signing.is_some() || sealing.is_some());
    Ok(AuthorityKeys { signing, sealing, valid_until })
}

fn signing_key(text: &str) -> Result<String> {
    let key: VerifierKey =
        text.parse().map_err(|error| unusable(format!("the signing key cannot be used: {error}")))?;
    if key.kind() != Kind::Note {
        return Err(unusable("the signing key is that of a witness: it signs checkpoints, not requests"));
    }
    Ok(key.to_string())
}

fn sealing_key(text: &str) -> Result<String> {
    let recipient: age::x25519::Recipient = text.parse().map_err(|_| {
        unusable("the sealing key is no age recipient: it begins with age1 and is one line without spaces")
    })?;
    Ok(recipient.to_string())
}

/// A text of one line, not empty, without what could not be seen.
pub(crate) fn line(what: &str, text: &str, most: usize) -> Result<String> {
    if text.trim().contains(char::is_control) {
        return Err(invalid(format!("{what} is one line")));
    }
    words(what, text, most)
}

/// A text that is not empty.
pub(crate) fn words(what: &str, text: &str, most: usize) -> Result<String> {
    let text = text.trim();
    if !(1..=most).contains(&text.chars().count()) {
        return Err(invalid(format!("{what} has 1 to {most} characters")));
    }
    Ok(text.to_owned())
}

/// A domain of mail, in small letters.
fn domain(text: &str) -> Result<String> {
    let domain = text.trim().to_ascii_lowercase();
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_domain = domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label);
    if is_domain { Ok(domain) } else { Err(invalid("a domain of mail is like justice.example.org")) }
}

/// A phone number as it is dialled from anywhere: `+`, the country, the rest, with spaces as people write them.
fn phone_number(text: &str) -> Result<String> {
    let number = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if plain_phone_number(&number).is_some() {
        return Ok(number);
    }
    Err(invalid("the number of a call back begins with + and the country, and has 7 to 15 digits"))
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::new(Code::InvalidValue, detail)
}

fn unusable(detail: impl Into<String>) -> Error {
    Error::new(Code::KeyUnusable, detail)
}
