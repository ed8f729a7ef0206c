//! Single words and sentences of letters in both languages: days, categories, grounds, nil returns.

use vigie_model::Moment;
use vigie_model::disclosure::{Category, Field, Identifier, IdentifierKind, NilReturn, RefusalGround, Span};

use super::super::Language;

const MONTHS: [(&str, &str); 12] = [
    ("January", "janvier"),
    ("February", "février"),
    ("March", "mars"),
    ("April", "avril"),
    ("May", "mai"),
    ("June", "juin"),
    ("July", "juillet"),
    ("August", "août"),
    ("September", "septembre"),
    ("October", "octobre"),
    ("November", "novembre"),
    ("December", "décembre"),
];

/// The day in UTC: `26 November 2026`, `26 novembre 2026`, `1er décembre 2026`.
#[must_use]
pub fn day(at: Moment, language: Language) -> String {
    let text = at.day();
    let (rest, number) = text.rsplit_once('-').unwrap_or((&text, ""));
    let (year, month) = rest.rsplit_once('-').unwrap_or((rest, ""));
    let month = month.parse().ok().and_then(|month: usize| MONTHS.get(month.checked_sub(1)?));
    let (english, french) = month.copied().unwrap_or_default();
    let number = number.trim_start_matches('0');
    match language {
        Language::French if number == "1" => format!("1er {french} {year}"),
        _ => format!("{number} {} {year}", language.pick(english, french)),
    }
}

/// The moment with its offset: `26 November 2026, 09:30:00 UTC (+00:00)`.
#[must_use]
pub fn moment(at: Moment, language: Language) -> String {
    let text = at.to_string();
    let (_, time) = text.split_once('T').unwrap_or_default();
    let day = day(at, language);
    let (between, time) = (language.pick(", ", " à "), time.trim_end_matches('Z'));
    format!("{day}{between}{time} UTC (+00:00)")
}

/// The span, and that its end is no longer in it.
#[must_use]
pub fn span(span: &Span, language: Language) -> String {
    let (from, until) = (moment(span.from, language), moment(span.until, language));
    match language {
        Language::English => format!("from {from} until {until}, the latter excluded"),
        Language::French => format!("du {from} au {until}, cette dernière borne exclue"),
    }
}

/// What kind of identifier it is, and its text.
#[must_use]
pub fn identifier(identifier: &Identifier, language: Language) -> String {
    let kind = match identifier.kind {
        IdentifierKind::UserId => language.pick("account number", "numéro de compte"),
        IdentifierKind::Username => language.pick("username", "nom d’utilisateur"),
        IdentifierKind::PhoneNumber => language.pick("phone number", "numéro de téléphone"),
        IdentifierKind::MailAddress => language.pick("mail address", "adresse électronique"),
        IdentifierKind::InviteLink => language.pick("invitation link", "lien d’invitation"),
        IdentifierKind::MessageLink => language.pick("link to a message", "lien vers un message"),
        IdentifierKind::GroupId => language.pick("group number", "numéro de groupe"),
        IdentifierKind::IpAddress => language.pick("IP address", "adresse IP"),
        IdentifierKind::DeviceNumber => language.pick("device number", "numéro d’appareil"),
    };
    match identifier.service.as_str() {
        "" => format!("{kind} {}", identifier.value),
        service => format!("{kind} {} ({service})", identifier.value),
    }
}

/// A category of data.
#[must_use]
pub const fn category(category: Category, language: Language) -> &'static str {
    match category {
        Category::Subscriber => language.pick("subscriber data", "données relatives aux abonnés"),
        Category::Identification => language.pick(
            "data requested for the sole purpose of identifying the user",
            "données demandées à la seule fin d’identifier l’utilisateur",
        ),
        Category::Traffic => language.pick("traffic data", "données relatives au trafic"),
        Category::Content => language.pick("content data", "données relatives au contenu"),
    }
}

/// A field that left.
#[must_use]
pub const fn field(field: Field, language: Language) -> &'static str {
    match field {
        Field::PhoneNumber => language.pick("the phone number", "le numéro de téléphone"),
        Field::Address => language.pick("the addresses of connections", "les adresses IP de connexion"),
        Field::Port => language.pick("the ports of connections", "les ports source de connexion"),
        Field::At => language.pick("the times of connections", "la date et l’heure des connexions"),
    }
}

/// Why there is nothing to give: the sentence of the cover.
#[must_use]
pub const fn nil_return(nil: NilReturn, language: Language) -> &'static str {
    match nil {
        NilReturn::NoSuchAccount => language.pick(
            "Nobody had this identifier on the service within the period requested.",
            "Cet identifiant n’était attribué à personne sur le service pendant la période demandée.",
        ),
        NilReturn::Expired => language.pick(
            "Data of this kind existed, but its retention period had ended when the request was received.",
            "Des données de cette nature ont existé, mais leur durée de conservation était échue à la réception de la demande.",
        ),
        NilReturn::NothingRecorded => language.pick(
            "The account existed, and nothing of this category was recorded within the period requested.",
            "Le compte existait, mais rien de cette catégorie n’a été enregistré pendant la période demandée.",
        ),
        NilReturn::NotHeld => language.pick(
            "The service does not hold data of this category for any account.",
            "Le service ne détient de données de cette catégorie pour aucun compte.",
        ),
    }
}

/// Why a task is refused.
#[must_use]
pub const fn ground(ground: RefusalGround, language: Language) -> &'static str {
    match ground {
        RefusalGround::Incomplete => language.pick("the document is incomplete", "le document est incomplet"),
        RefusalGround::ManifestError => {
            language.pick("the document contains manifest errors", "le document comporte des erreurs manifestes")
        }
        RefusalGround::InsufficientInformation => language.pick(
            "the document does not contain sufficient information to be carried out",
            "le document ne contient pas suffisamment d’informations pour être exécuté",
        ),
        RefusalGround::NotStored => language.pick(
            "the data was not stored by or for the service when the document was received",
            "les données n’étaient pas stockées par le service ou pour son compte à la réception du document",
        ),
        RefusalGround::Impossible => language.pick(
            "it is de facto impossible to carry it out, for reasons not attributable to us",
            "l’exécution est impossible de fait, pour des raisons qui ne nous sont pas imputables",
        ),
        RefusalGround::NotCompetent => language.pick(
            "it was not issued or validated by a competent authority",
            "il n’a pas été émis ou validé par une autorité compétente",
        ),
        RefusalGround::OffenceOutOfScope => language.pick(
            "the offence does not reach the threshold required for this category of data",
            "l’infraction n’atteint pas le seuil exigé pour cette catégorie de données",
        ),
        RefusalGround::ServiceNotCovered => language.pick(
            "the service is not covered by the provisions relied on",
            "le service n’entre pas dans le champ des dispositions invoquées",
        ),
        RefusalGround::PrivilegeOrPress => language.pick(
            "the data is protected by immunities, privileges or rules on the freedom of the press",
            "les données sont protégées par des immunités, des privilèges ou des règles relatives à la liberté de la presse",
        ),
        RefusalGround::ThirdCountryConflict => language.pick(
            "carrying it out would breach the law of a third country",
            "son exécution serait contraire au droit d’un pays tiers",
        ),
        RefusalGround::OverBroad => language.pick(
            "it asks for more than is necessary and proportionate",
            "il demande plus que ce qui est nécessaire et proportionné",
        ),
        RefusalGround::NotAuthenticated => language.pick(
            "it could not be verified who sent it",
            "l’identité de son expéditeur n’a pas pu être vérifiée",
        ),
        RefusalGround::Forged => {
            language.pick("the document is not authentic", "le document n’est pas authentique")
        }
        RefusalGround::HumanRights => language.pick(
            "carrying it out would infringe fundamental rights",
            "son exécution porterait atteinte aux droits fondamentaux",
        ),
        RefusalGround::HousePolicy => language.pick(
            "the service discloses such data only where it is obliged to",
            "le service ne communique de telles données que s’il y est tenu",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Language, day, moment};

    #[test]
    fn days_are_written_as_people_of_the_language_write_them() {
        let check = |text: &str, english: &str, french: &str| {
            let at = text.parse().unwrap();
            assert_eq!(
                (day(at, Language::English).as_str(), day(at, Language::French).as_str()),
                (english, french)
            );
        };
        check("2026-12-01T23:59:59Z", "1 December 2026", "1er décembre 2026");
        check("2026-08-31T00:00:00+02:00", "30 August 2026", "30 août 2026");
        let at = "2026-02-09T08:05:00Z".parse().unwrap();
        assert_eq!(moment(at, Language::French), "9 février 2026 à 08:05:00 UTC (+00:00)");
    }
}
