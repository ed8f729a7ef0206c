//! Letters of the disclosure desk.

use serde::{Deserialize, Serialize};
use vigie_model::Moment;
use vigie_model::disclosure::{Field, Request, Span};

/// That a request came. It says nothing of what it names.
pub(crate) fn acknowledgement(request: &Request) -> String {
    format!("Your request {} was received on {}.", request.reference, request.received_at)
}

/// What a user is told of a disclosure, once it may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserNotice {
    /// The account, as the messenger names it.
    pub(crate) account: String,
    /// The authority.
    pub(crate) authority: String,
    /// The number that the authority gave its request.
    pub(crate) reference: String,
    /// On which provisions the request relied.
    pub(crate) legal_bases: Vec<String>,
    /// When the data left.
    pub(crate) disclosed_at: Moment,
    /// What left.
    pub(crate) fields: Vec<Field>,
    /// Of which time.
    pub(crate) span: Option<Span>,
    /// Under which provision nothing could be said, since when and until when; none where nothing forbade it.
    pub(crate) silence: Option<(String, Moment, Moment)>,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BothLanguages {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
}

/// Tells a user that data of the account was given to an authority.
pub(crate) fn user_notice(notice: &UserNotice) -> BothLanguages {
    BothLanguages { en: in_english(notice), fr: in_french(notice) }
}

fn in_english(notice: &UserNotice) -> String {
    let mut text = format!(
        "Data of your account {} was given to an authority on {}.\nAuthority: {}\nIts reference: {}\n",
        notice.account, notice.disclosed_at, notice.authority, notice.reference
    );
    if !notice.legal_bases.is_empty() {
        text.push_str(&format!("It relied on: {}\n", notice.legal_bases.join("; ")));
    }
    text.push_str(&format!("What was given: {}\n", named(&notice.fields, english)));
    if let Some(span) = &notice.span {
        text.push_str(&format!("Of the time from {} until {}\n", span.from, span.until));
    }
    if let Some((basis, from, until)) = &notice.silence {
        text.push_str(&format!("From {from} until {until} we were not allowed to tell you ({basis}).\n"));
    }
    text.push_str(
        "The request alone does not mean that you are suspected of anything. You can ask a court or the data protection authority \
         whether it was lawful.",
    );
    text
}

fn in_french(notice: &UserNotice) -> String {
    let mut text = format!(
        "Des données de votre compte {} ont été communiquées à une autorité le {}.\nAutorité : {}\nSa référence : {}\n",
        notice.account, notice.disclosed_at, notice.authority, notice.reference
    );
    if !notice.legal_bases.is_empty() {
        text.push_str(&format!("Fondement juridique : {}\n", notice.legal_bases.join(" ; ")));
    }
    text.push_str(&format!("Données communiquées : {}\n", named(&notice.fields, french)));
    if let Some(span) = &notice.span {
        text.push_str(&format!("Période : du {} au {}\n", span.from, span.until));
    }
    if let Some((basis, from, until)) = &notice.silence {
        text.push_str(&format!(
            "Du {from} au {until}, il nous était interdit de vous en informer ({basis}).\n"
        ));
    }
    text.push_str(
        "Cette demande ne signifie pas à elle seule que vous soyez soupçonné de quoi que ce soit. Vous pouvez en faire apprécier la \
         légalité par un juge ou par l’autorité de protection des données.",
    );
    text
}

fn named(fields: &[Field], name: fn(Field) -> &'static str) -> String {
    fields.iter().map(|field| name(*field)).collect::<Vec<_>>().join(", ")
}

const fn english(field: Field) -> &'static str {
    match field {
        Field::PhoneNumber => "phone number",
        Field::Address => "addresses from which the account connected",
        Field::Port => "ports of these connections",
        Field::At => "times of these connections",
    }
}

const fn french(field: Field) -> &'static str {
    match field {
        Field::PhoneNumber => "numéro de téléphone",
        Field::Address => "adresses depuis lesquelles le compte s’est connecté",
        Field::Port => "ports de ces connexions",
        Field::At => "dates et heures de ces connexions",
    }
}
