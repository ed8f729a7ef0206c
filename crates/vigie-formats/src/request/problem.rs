//! What can be the matter with a part of a document: a closed set, each in both languages.
//!
//! To add one: a line of the table, used where a reader meets it.

use super::{Language, Trouble};

/// Makes the closed set of each line: its stored text, what kind of trouble it is, and its words in English and French.
macro_rules! problems {
    ($($problem:ident => $name:literal, $trouble:ident, $english:literal, $french:literal;)+) => {
        vigie_model::names! {
            /// What is the matter with a part of a document, exactly.
            pub enum Problem {
                $(#[doc = $english] $problem => $name),+
            }
        }

        impl Problem {
            /// Which kind of trouble it is.
            #[must_use]
            pub const fn trouble(self) -> Trouble {
                match self { $(Self::$problem => Trouble::$trouble),+ }
            }

            /// The same in words, for people.
            #[must_use]
            pub const fn said(self, language: Language) -> &'static str {
                match self { $(Self::$problem => language.pick($english, $french)),+ }
            }
        }
    };
}

problems! {
    UnknownMember => "unknown_member", Unknown,
        "nobody knows this member; it was not read", "ce champ est inconnu ; il n’a pas été lu";
    UnknownElement => "unknown_element", Unknown,
        "nobody knows this element; it was not read", "cet élément est inconnu ; il n’a pas été lu";
    UnknownAttribute => "unknown_attribute", Unknown,
        "nobody knows this attribute; it was not read", "cet attribut est inconnu ; il n’a pas été lu";
    ForeignElement => "foreign_element", Unknown,
        "this element is of another namespace; it was not read",
        "cet élément relève d’un autre espace de noms ; il n’a pas été lu";
    SectionM => "section_m", Unknown,
        "section M is for the enforcing authority alone; it was not read",
        "la section M est réservée à l’autorité chargée de la mise en œuvre ; elle n’a pas été lue";
    MoreLeftOut => "more_left_out", Unknown,
        "there are more diagnostics; so many were left out", "d’autres remarques ont été omises, en ce nombre";
    UnknownName => "unknown_name", Unreadable, "nobody knows this name", "cette désignation est inconnue";
    NoMoment => "no_moment", Unreadable,
        "this is no moment in RFC 3339", "ce n’est pas un horodatage au format RFC 3339";
    NoDate => "no_date", Unreadable, "this is no date", "ce n’est pas une date";
    NoBoolean => "no_boolean", Unreadable, "this is neither true nor false", "ce n’est ni vrai ni faux";
    NoYears => "no_years", Unreadable, "this is no number of years", "ce n’est pas un nombre d’années";
    UnknownAuthority => "unknown_authority", Unreadable,
        "nobody knows this kind of authority", "ce type d’autorité est inconnu";
    UnknownPerson => "unknown_person", Unreadable,
        "nobody knows this role of a person", "cette qualité de la personne est inconnue";
    UnknownDeadline => "unknown_deadline", Unreadable, "nobody knows this deadline", "ce délai est inconnu";
    UnknownIdentifier => "unknown_identifier", Unreadable,
        "nobody knows this kind of identifier; it was left out, with what is wanted about it",
        "ce type d’identifiant est inconnu ; il a été omis, avec ce qui est demandé à son sujet";
    EmptyIdentifier => "empty_identifier", Impossible, "the identifier is empty", "l’identifiant est vide";
    SpacedIdentifier => "spaced_identifier", Impossible,
        "the identifier has space around it or several lines",
        "l’identifiant est entouré d’espaces ou comporte plusieurs lignes";
    NoPhoneNumber => "no_phone_number", Impossible,
        "a phone number is + and 7 to 15 digits, the first of them no zero (E.164)",
        "un numéro de téléphone est formé de + et de 7 à 15 chiffres, dont le premier n’est pas zéro (E.164)";
    NoMailAddress => "no_mail_address", Impossible,
        "this is no mail address", "ce n’est pas une adresse électronique";
    NoAddress => "no_address", Impossible,
        "this is no address of the internet, nor a range of them",
        "ce n’est ni une adresse IP ni une plage d’adresses";
    NoDeviceNumber => "no_device_number", Impossible,
        "an IMEI is 14 to 16 digits, a MAC address 12 hexadecimal digits",
        "un IMEI compte 14 à 16 chiffres, une adresse MAC 12 chiffres hexadécimaux";
    NoLink => "no_link", Impossible, "a link has no space in it", "un lien ne contient pas d’espace";
    SpanBackwards => "span_backwards", Impossible,
        "the span ends before it begins", "la période se termine avant de commencer";
    AnswerBeforeIssue => "answer_before_issue", Impossible,
        "the answer is wanted by a time before the document was made",
        "la réponse est demandée pour une date antérieure au document";
    NoCountry => "no_country", Impossible,
        "a country is two capital letters (ISO 3166-1)", "un pays s’écrit en deux lettres capitales (ISO 3166-1)";
    TwoGrounds => "two_grounds", Ambiguous,
        "two grounds of an emergency are named", "deux motifs d’urgence sont indiqués";
    BothDeadlines => "both_deadlines", Ambiguous,
        "both deadlines of ten days are ticked: it is held until the end of them",
        "les deux délais de dix jours sont cochés : les données sont retenues jusqu’à leur terme";
    EmergencyAndDeadline => "emergency_and_deadline", Ambiguous,
        "an emergency and ten days are ticked together", "l’urgence et le délai de dix jours sont cochés à la fois";
    UrgentWithoutGround => "urgent_without_ground", Ambiguous,
        "it says why it cannot wait, but ticks no ground of an emergency",
        "il dit pourquoi il ne peut attendre, mais ne coche aucun motif d’urgence";
    ValidationWithoutEmergency => "validation_without_emergency", Ambiguous,
        "a validation is to follow, but no emergency is claimed",
        "une validation doit suivre, mais aucune urgence n’est invoquée";
    NotifiedWithoutWait => "notified_without_wait", Ambiguous,
        "an enforcing authority was notified, but the deadline does not wait for it",
        "l’autorité chargée de la mise en œuvre a reçu notification, mais le délai ne l’attend pas";
    WaitWithoutNotified => "wait_without_notified", Absent,
        "the deadline waits for an enforcing authority, but none is named",
        "le délai attend une autorité chargée de la mise en œuvre, mais aucune n’est désignée";
    SectionsDiffer => "sections_differ", Ambiguous,
        "section A and the signature differ in this; what was signed is taken",
        "la section A et la signature divergent sur ce point ; ce qui est signé est retenu";
    AddressedAnew => "addressed_anew", Ambiguous,
        "it was addressed anew, because another addressee did not react",
        "le certificat a été réadressé, faute de réaction d’un autre destinataire";
    NoOffset => "no_offset", Ambiguous,
        "the time names no offset: it was taken for UTC", "l’heure n’indique pas de décalage : elle est lue en UTC";
    FewerTicks => "fewer_ticks", Ambiguous,
        "only these of the subscriber data are asked for; information on the user is not among them",
        "seules ces données relatives aux abonnés sont demandées ; les informations sur l’utilisateur n’en font pas partie";
    Unsaid => "unsaid", Absent, "the document does not say it", "le document ne le précise pas";
    NoSilenceBasis => "no_silence_basis", Absent,
        "no provision allows that the user is not told", "aucune disposition ne permet de ne pas informer l’utilisateur";
    NoCategory => "no_category", Absent, "no category of data is named", "aucune catégorie de données n’est indiquée";
    NoDeadline => "no_deadline", Absent, "the form names no deadline", "le formulaire n’indique aucun délai";
    NoSignatureDate => "no_signature_date", Absent,
        "no date of a signature could be read", "aucune date de signature n’a pu être lue";
    NoAddressee => "no_addressee", Absent, "the form names no addressee", "le formulaire n’indique aucun destinataire";
    NoAuthorityType => "no_authority_type", Absent,
        "the form does not say what the authority is", "le formulaire ne précise pas la nature de l’autorité";
    NoIdentifier => "no_identifier", Absent,
        "the evidence names no identifier; it was left out", "la demande n’indique aucun identifiant ; elle a été omise";
    OneEnd => "one_end", Absent,
        "the span has only one end, and was left out", "la période n’a qu’une borne ; elle a été omise";
    UnseenCharacters => "unseen_characters", Hidden,
        "it holds characters that nobody sees", "il contient des caractères invisibles";
}
