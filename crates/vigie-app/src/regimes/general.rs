//! What holds under every regime: what a document must say to be carried out, and what the house can answer at all.
//!
//! To add a test: its words in `TEXTS`, and its line in one of the two lists.

use std::time::Duration;

use vigie_model::disclosure::{
    Category, IdentifierKind, Instrument, RefusalGround, RequestKind, Span, Wanted,
};

use super::deadlines::impossible_times;
use super::remedy::Remedy;
use super::rules::{RuleSet, Text};
use super::validate::{Circumstances, Finding, names_a_group};

/// A finding whose words are in the table, resting on what the regime says about clarification.
pub(crate) fn finding(rules: &RuleSet, test: &str, remedy: Remedy) -> Finding {
    Finding {
        test: test.to_owned(),
        law: rules.answer.law.clone(),
        confirm: rules.answer.confirm,
        what: text(test),
        remedy,
    }
}

/// The words of a test.
pub(crate) fn text(test: &str) -> Text {
    TEXTS
        .iter()
        .find(|(name, _, _)| *name == test)
        .map_or_else(|| Text::new(test, test), |(_, en, fr)| Text::new(*en, *fr))
}

/// What concerns the document as a whole. It never asks for the facts or for the reasons of necessity: some authorities may
/// not give them to the house (section M of an EPOC).
pub(crate) fn about_the_document(rules: &RuleSet, it: &Instrument, here: &Circumstances) -> Vec<Finding> {
    let clarify = [
        ("kind", !rules.kinds.contains(&it.kind)),
        ("reference", it.reference.trim().is_empty()),
        ("issuer_named", it.issuer.name.trim().is_empty()),
        ("issuer_country", it.issuer.country.trim().is_empty()),
        ("dated_ahead", it.issued_at.is_some_and(|at| at > here.received_at.after(A_DAY))),
    ];
    let times = impossible_times(it, here.received_at);
    let met = clarify.into_iter().chain(times).filter(|(_, met)| *met);
    met.map(|(test, _)| finding(rules, test, Remedy::Clarify)).collect()
}

/// Dates carry no hour, and the sun rises earlier elsewhere.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What concerns one entry and category.
pub(crate) fn about_what_is_wanted(
    rules: &RuleSet,
    it: &Instrument,
    entry: usize,
    wanted: &Wanted,
    category: Category,
    here: &Circumstances,
) -> Vec<Finding> {
    let contradicted = is_contradicted(it, entry, wanted, category);
    // What is acted against is out in the open: whether it is held, since when and by whom says nothing about an order.
    let removes = it.kind == RequestKind::Removal;
    let about_data =
        about_the_span(wanted, category, here).into_iter().chain(about_the_holders(wanted, here));
    let rows = about_the_identifier(wanted, here)
        .into_iter()
        .chain(about_data.filter(|_| !removes))
        .chain([("contradiction", Remedy::Clarify, contradicted)]);
    let met = rows.filter(|(_, _, met)| *met);
    met.map(|(test, remedy, _)| finding(rules, test, remedy)).collect()
}

/// A test, what follows, and whether it does.
type Row = (&'static str, Remedy, bool);

fn about_the_identifier(wanted: &Wanted, here: &Circumstances) -> [Row; 4] {
    let kind = wanted.identifier.kind;
    let not_covered = Remedy::Refuse(RefusalGround::ServiceNotCovered);
    let is_address = kind == IdentifierKind::IpAddress;
    [
        ("identifier_empty", Remedy::Clarify, wanted.identifier.value.trim().is_empty()),
        ("service", not_covered, !here.serves(&wanted.identifier)),
        ("identifier_names_nobody", Remedy::Clarify, kind == IdentifierKind::DeviceNumber),
        ("address_without_span", Remedy::Clarify, is_address && wanted.span.is_none()),
    ]
}

fn about_the_span(wanted: &Wanted, category: Category, here: &Circumstances) -> [Row; 5] {
    let not_stored = Remedy::Refuse(RefusalGround::NotStored);
    let received = here.received_at;
    let possible = wanted.span.filter(Span::is_possible);
    let held = here.held.iter().find(|held| held.category == category);
    let days = held.and_then(|held| held.days);
    let gone =
        |span: Span| days.is_some_and(|days| span.until <= received.before(A_DAY.saturating_mul(days)));
    let reaches_ahead = |span: Span| span.from < received && span.until > received;
    [
        ("span_impossible", Remedy::Clarify, wanted.span.is_some() && possible.is_none()),
        ("span_ahead", not_stored, possible.is_some_and(|span| span.from >= received)),
        ("span_reaches_ahead", Remedy::Clarify, possible.is_some_and(reaches_ahead)),
        ("not_held", not_stored, held.is_none()),
        ("no_longer_held", not_stored, possible.is_some_and(gone)),
    ]
}

fn about_the_holders(wanted: &Wanted, here: &Circumstances) -> [Row; 4] {
    let group = names_a_group(wanted);
    let over = |cap: u32| here.holders.is_some_and(|holders| holders > cap);
    [
        ("group_unbounded", Remedy::Clarify, group && !is_bounded(wanted)),
        ("group", Remedy::Senior, group),
        ("holders", Remedy::Clarify, !group && over(1)),
        ("more_than_cap", Remedy::Clarify, group && wanted.cap.is_some_and(over)),
    ]
}

fn is_bounded(wanted: &Wanted) -> bool {
    wanted.criterion.as_deref().is_some_and(|criterion| !criterion.trim().is_empty())
        && wanted.cap.is_some_and(|cap| cap > 0)
}

/// Whether another entry asks the same of the same identifier otherwise, for a time that both name.
fn is_contradicted(it: &Instrument, entry: usize, wanted: &Wanted, category: Category) -> bool {
    let others = it.wanted.iter().enumerate().filter(|(number, _)| *number != entry).map(|(_, other)| other);
    others.filter(|other| other.identifier == wanted.identifier && other.categories.contains(&category)).any(
        |other| match (other.span, wanted.span) {
            (Some(one), Some(two)) if !one.meets(&two) => false,
            (one, two) => one != two || other.criterion != wanted.criterion || other.cap != wanted.cap,
        },
    )
}

/// What people read, in both languages.
const TEXTS: &[(&str, &str, &str)] = &[
    ("not_asked", "The document does not ask for this.", "Le document ne demande pas cela."),
    (
        "category_of_regime",
        "Nobody may ask for this category under this regime.",
        "Nul ne peut demander cette catégorie sous ce régime.",
    ),
    (
        "issuer_stated",
        "The document does not say what its issuer is.",
        "Le document ne dit pas la qualité de l'autorité d'émission.",
    ),
    (
        "issuer",
        "Its issuer may not ask for this category.",
        "L'autorité d'émission ne peut pas demander cette catégorie.",
    ),
    (
        "validator_stated",
        "The document does not say what its validator is.",
        "Le document ne dit pas la qualité de l'autorité de validation.",
    ),
    (
        "validator",
        "Its validator may not validate a request for this category.",
        "L'autorité de validation ne peut pas valider une demande de cette catégorie.",
    ),
    (
        "validation",
        "It needs the validation or authorisation of another authority, and shows none.",
        "Il lui faut la validation ou l'autorisation d'une autre autorité, et il n'en montre pas.",
    ),
    (
        "validation_follows",
        "It relies on an emergency without validation and does not say that the validation follows.",
        "Il invoque l'urgence sans validation et ne dit pas que la validation suivra.",
    ),
    (
        "threshold",
        "The offence does not reach what the law asks for this category.",
        "L'infraction n'atteint pas le seuil que la loi fixe pour cette catégorie.",
    ),
    (
        "threshold_stated",
        "The document does not say enough about the offence to see whether it reaches what the law asks.",
        "Le document n'en dit pas assez sur l'infraction pour voir si elle atteint le seuil légal.",
    ),
    (
        "kind",
        "This regime does not provide for what is wanted.",
        "Ce régime ne prévoit pas ce qui est demandé.",
    ),
    ("reference", "The document bears no number.", "Le document ne porte pas de numéro."),
    (
        "issuer_named",
        "The document does not name its issuer.",
        "Le document ne nomme pas l'autorité d'émission.",
    ),
    (
        "issuer_country",
        "The document does not say the country of its issuer.",
        "Le document ne dit pas le pays de l'autorité d'émission.",
    ),
    (
        "dated_ahead",
        "The document bears a date that is still to come.",
        "Le document porte une date à venir.",
    ),
    (
        "answer_before_issue",
        "The answer is wanted by a time before the document was made.",
        "La réponse est demandée pour une date antérieure au document.",
    ),
    (
        "answer_in_the_past",
        "The time by which the answer is wanted had passed when the document came in.",
        "La date demandée pour la réponse était passée à la réception du document.",
    ),
    (
        "answer_after_the_hold",
        "The answer is wanted more than a year after the receipt: what is held for it is let go by then.",
        "La réponse est demandée plus d'un an après la réception : ce qui est gelé pour elle est alors libéré.",
    ),
    ("identifier_empty", "The identifier is empty.", "L'identifiant est vide."),
    (
        "service",
        "The identifier is one of a service that is not ours.",
        "L'identifiant relève d'un service qui n'est pas le nôtre.",
    ),
    (
        "identifier_names_nobody",
        "An identifier of this kind names nobody here: numbers of devices are not kept.",
        "Un identifiant de ce type ne désigne personne ici : les numéros d'appareils ne sont pas conservés.",
    ),
    (
        "address_without_span",
        "An address of the internet names somebody only at a time, and none is given.",
        "Une adresse internet ne désigne quelqu'un qu'à un moment donné, et aucun n'est indiqué.",
    ),
    (
        "span_impossible",
        "The time asked for ends before it begins.",
        "La période demandée finit avant de commencer.",
    ),
    (
        "span_ahead",
        "The time asked for lies after the receipt: only what is stored then can be given.",
        "La période demandée est postérieure à la réception : seul ce qui est alors conservé peut être remis.",
    ),
    (
        "span_reaches_ahead",
        "The time asked for ends after the receipt: only what is stored then can be given.",
        "La période demandée finit après la réception : seul ce qui est alors conservé peut être remis.",
    ),
    ("not_held", "The house does not hold this category.", "La maison ne conserve pas cette catégorie."),
    (
        "no_longer_held",
        "What is asked for is older than what is kept, and no hold kept it.",
        "Ce qui est demandé est plus ancien que ce qui est conservé, et aucun gel ne l'a gardé.",
    ),
    (
        "group_unbounded",
        "It names a group: it must say which members are meant, and how many at most.",
        "Il désigne un groupe : il doit dire quels membres sont visés, et combien au plus.",
    ),
    (
        "group",
        "It names a group: a senior legal officer decides.",
        "Il désigne un groupe : un juriste principal décide.",
    ),
    (
        "holders",
        "More than one account had this identifier in the time asked for.",
        "Plus d'un compte a porté cet identifiant pendant la période demandée.",
    ),
    (
        "more_than_cap",
        "More accounts answer to the criterion than the document allows.",
        "Plus de comptes répondent au critère que le document n'en permet.",
    ),
    (
        "contradiction",
        "Two entries ask for the same of the same identifier, and differ.",
        "Deux entrées demandent la même chose du même identifiant, et diffèrent.",
    ),
];

/// The names of all tests here.
#[cfg(test)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TEXTS.iter().map(|(name, _, _)| *name)
}
