//! Rules in words, in both languages: what a page shows of a predicate, a role, a length.
//!
//! To add a word: its line in the `match` of its set.

use vigie_model::disclosure::{
    Category, EmergencyGround, IdentifierKind, IssuerRole, RequestKind, SubjectRole,
};

use super::length::Length;
use super::predicate::Predicate;
use super::rows::{KeptBy, Satisfaction, Trigger};
use super::rules::{Informant, Notification, Text};

/// A text that knows its words in both languages.
pub trait Words {
    /// In English and in French.
    fn words(&self) -> Text;
}

/// Gives closed sets their words.
macro_rules! words {
    ($set:ident { $($one:ident => $en:literal, $fr:literal;)+ }) => {
        impl Words for $set {
            fn words(&self) -> Text {
                match self { $(Self::$one => Text::new($en, $fr)),+ }
            }
        }
    };
}

words!(IssuerRole {
    Judge => "judge", "juge";
    Court => "court", "tribunal";
    InvestigatingJudge => "investigating judge", "juge d'instruction";
    Prosecutor => "public prosecutor", "procureur";
    JudicialPoliceOfficer => "judicial police officer", "officier de police judiciaire";
    JudicialPoliceAgent => "judicial police agent", "agent de police judiciaire";
    Investigator => "investigating authority", "autorité d'enquête";
    Administrative => "administrative authority", "autorité administrative";
});

words!(Category {
    Subscriber => "subscriber", "abonné";
    Identification => "identification", "identification";
    Traffic => "traffic", "trafic";
    Content => "content", "contenu";
});

words!(RequestKind {
    Production => "production", "production";
    Preservation => "preservation", "conservation";
    Removal => "removal", "retrait";
});

words!(SubjectRole {
    Suspect => "a suspect", "suspecte";
    Convicted => "convicted", "condamnée";
    Victim => "a victim", "victime";
    Witness => "a witness", "témoin";
    Missing => "missing", "disparue";
    Unstated => "not described", "non décrite";
});

words!(IdentifierKind {
    UserId => "identifier of an account", "identifiant de compte";
    Username => "user name", "nom d'utilisateur";
    PhoneNumber => "phone number", "numéro de téléphone";
    MailAddress => "mail address", "adresse de courriel";
    InviteLink => "link into a group", "lien d'invitation";
    MessageLink => "link to a message", "lien vers un message";
    GroupId => "identifier of a group", "identifiant de groupe";
    IpAddress => "internet address", "adresse internet";
    DeviceNumber => "number of a device", "numéro d'appareil";
});

words!(EmergencyGround {
    Life => "a danger to life, body or safety", "un danger pour la vie, l'intégrité ou la sécurité";
    Infrastructure => "a danger to critical infrastructure", "un danger pour une infrastructure critique";
});

words!(Informant {
    Authority => "the authority", "l'autorité";
    Provider => "the house", "la maison";
    ProviderUnlessGagged => "the house, unless it is forbidden", "la maison, sauf interdiction";
    AtTimeSet => "the house, when effect is given or at the time set", "la maison, à l'exécution ou au moment fixé";
});

words!(Notification {
    None => "none", "aucune";
    SuspendsUnlessEmergency => "the answer waits for it, except in an emergency", "la réponse l'attend, sauf urgence";
});

words!(Trigger {
    Received => "receipt", "réception";
    Notified => "receipt of the notification", "réception de la notification";
    ClarificationAsked => "question to the authority", "question à l'autorité";
    Preserved => "preservation", "conservation";
    Extended => "end of the hold that is extended", "fin de la conservation prolongée";
    Refused => "refusal of the whole", "refus de l'ensemble";
    Disclosed => "disclosure", "remise";
    EnforcementRequested => "request for enforcement", "demande de mise en œuvre";
    ReportFiled => "filing of the report", "dépôt du signalement";
    PeriodEnded => "end of the reporting period", "fin de la période de rapport";
});

words!(KeptBy {
    House => "the house", "la maison";
    Authority => "the authority", "l'autorité";
    EnforcingAuthority => "the enforcing authority", "l'autorité chargée de la mise en œuvre";
});

words!(Satisfaction {
    Acknowledged => "acknowledgement", "accusé de réception";
    Transmitted => "answer", "réponse";
    EnforcingAuthorityAnswered => "answer of the enforcing authority", "réponse de l'autorité chargée de la mise en œuvre";
    Clarified => "clarification", "éclaircissements";
    Validated => "validation or order", "validation ou ordre";
    ObjectionSent => "objection", "objection";
    HoldSettled => "extension, announcement or end", "prolongation, annonce ou fin";
    Removed => "removal", "retrait";
    Recognised => "recognition", "reconnaissance";
    Published => "publication", "publication";
});

impl Words for Length {
    fn words(&self) -> Text {
        let parts = self.parts();
        let plural = |count: i64, one: &str, many: &str| {
            if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
        };
        let say = |words: [(&str, &str); 4]| {
            let said = parts.iter().zip(words).filter(|(count, _)| **count > 0);
            said.map(|(count, (one, many))| plural(*count, one, many)).collect::<Vec<_>>().join(" ")
        };
        Text::new(
            say([("month", "months"), ("day", "days"), ("hour", "hours"), ("minute", "minutes")]),
            say([("mois", "mois"), ("jour", "jours"), ("heure", "heures"), ("minute", "minutes")]),
        )
    }
}

/// Words joined in both languages.
pub(crate) fn joined<T: Words>(all: &[T], en: &str, fr: &str) -> Text {
    let texts: Vec<Text> = all.iter().map(Words::words).collect();
    let join = |by: &str, take: fn(&Text) -> &str| texts.iter().map(take).collect::<Vec<_>>().join(by);
    Text::new(join(en, |text| &text.en), join(fr, |text| &text.fr))
}

impl Words for Predicate {
    fn words(&self) -> Text {
        match self {
            Self::AnyOf(group) => bracketed(group, " or ", " ou "),
            Self::AllOf(group) => bracketed(group, " and ", " et "),
            Self::NoneOf(group) => around(&bracketed(group, " or ", " ou "), ("not: ", ""), ("non : ", "")),
            Self::IssuerRoleIn(roles) => around(&or(roles), ("issued by ", ""), ("émis par : ", "")),
            Self::ValidatedByIn(roles) => around(&or(roles), ("validated by ", ""), ("validé par : ", "")),
            Self::IssuerCountryIn(countries) => {
                let list = countries.join(", ");
                Text::new(format!("issued in one of: {list}"), format!("émis dans l'un de : {list}"))
            }
            Self::KindIn(kinds) => around(&or(kinds), ("", " is wanted"), ("", " est demandée")),
            Self::SubjectIs(roles) => around(&or(roles), ("the person is ", ""), ("la personne est ", "")),
            Self::SpanAtMost(length) => {
                around(&length.words(), ("for no longer than ", ""), ("pour au plus ", ""))
            }
            Self::IdentifierKindIn(kinds) => around(&or(kinds), ("named by ", ""), ("désigné par : ", "")),
            Self::EmergencyGroundIn(grounds) => {
                around(&or(grounds), ("cannot wait for ", ""), ("ne peut attendre en raison de : ", ""))
            }
            Self::OffenceAtLeastYears(years) => Text::new(
                format!("a highest sentence of at least {years} years"),
                format!("un maximum d'au moins {years} ans"),
            ),
            Self::OffenceListed(lists) => {
                let list = lists.join(", ");
                Text::new(format!("an offence of {list}"), format!("une infraction de {list}"))
            }
            other => said_or_not(other),
        }
    }
}

fn or<T: Words>(all: &[T]) -> Text {
    joined(all, " or ", " ou ")
}

fn around(text: &Text, en: (&str, &str), fr: (&str, &str)) -> Text {
    Text::new(format!("{}{}{}", en.0, text.en, en.1), format!("{}{}{}", fr.0, text.fr, fr.1))
}

fn bracketed(group: &[Predicate], en: &str, fr: &str) -> Text {
    let part = |one: &Predicate| match one {
        Predicate::AnyOf(_) | Predicate::AllOf(_) | Predicate::NoneOf(_) => {
            around(&one.words(), ("(", ")"), ("(", ")"))
        }
        _ => one.words(),
    };
    let parts: Vec<Text> = group.iter().map(part).collect();
    let join = |by: &str, take: fn(&Text) -> &str| parts.iter().map(take).collect::<Vec<_>>().join(by);
    Text::new(join(en, |text| &text.en), join(fr, |text| &text.fr))
}

fn said_or_not(predicate: &Predicate) -> Text {
    use Predicate as P;
    let (holds, en, fr) = match predicate {
        P::OffenceStated(holds) => (holds, "it names the offence", "il nomme l'infraction"),
        P::OffenceInIssuingState(holds) => (
            holds,
            "the offence was committed in the issuing state",
            "l'infraction fut commise dans l'État d'émission",
        ),
        P::ByNetwork(holds) => (holds, "committed by network", "commise par réseau"),
        P::SpanPresent(holds) => (holds, "it says of which time", "il dit pour quelle période"),
        P::SolePurposeIdentification(holds) => {
            (holds, "nothing is wanted but who it is", "seule l'identité est demandée")
        }
        P::LegalBasisKnown(holds) => {
            (holds, "it relies on a provision of this regime", "il se fonde sur une disposition de ce régime")
        }
        P::EmergencyStated(holds) => (holds, "it says that it cannot wait", "il invoque l'urgence"),
        P::ValidationFollows(holds) => (holds, "its validation follows", "sa validation suit"),
        P::NotifiedStated(holds) => (
            holds,
            "an enforcing authority was notified",
            "une autorité chargée de la mise en œuvre fut notifiée",
        ),
        P::SilenceStated(holds) => {
            (holds, "the user is not to be told", "l'utilisateur ne doit pas être informé")
        }
        P::NecessityStated(holds) => {
            (holds, "it says why it is necessary", "il dit pourquoi c'est nécessaire")
        }
        P::DateStated(holds) => (holds, "it bears a date", "il porte une date"),
        P::EarlierStated(holds) => (holds, "it names an earlier request", "il nomme une demande antérieure"),
        P::ServiceIsOurs(holds) => (holds, "the service is ours", "le service est le nôtre"),
        P::AddresseeIsOurs(holds) => (holds, "it is addressed to the house", "il est adressé à la maison"),
        _ => (&true, "", ""),
    };
    if *holds { Text::new(en, fr) } else { Text::new(format!("not: {en}"), format!("non : {fr}")) }
}
