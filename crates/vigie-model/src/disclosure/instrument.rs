//! The legal document of a request, as values: what every door makes of what came in. It is also the payload of the
//! exchange between instances.

use serde::{Deserialize, Serialize};

use super::{Category, Span};
use crate::clock::Moment;

crate::names! {
    /// What a request wants.
    pub enum RequestKind {
        /// Data.
        Production => "production",
        /// That data is not deleted.
        Preservation => "preservation",
        /// That content is acted against.
        Removal => "removal",
    }
}

crate::names! {
    /// Who issued or validated it.
    pub enum IssuerRole {
        /// A judge.
        Judge => "judge",
        /// A court.
        Court => "court",
        /// An investigating judge.
        InvestigatingJudge => "investigating_judge",
        /// A public prosecutor.
        Prosecutor => "prosecutor",
        /// A judicial police officer (officier de police judiciaire).
        JudicialPoliceOfficer => "judicial_police_officer",
        /// An agent of the judicial police (agent de police judiciaire).
        JudicialPoliceAgent => "judicial_police_agent",
        /// A police or other investigating authority.
        Investigator => "investigator",
        /// An administrative authority.
        Administrative => "administrative",
    }
}

crate::names! {
    /// What the person asked about is in the proceedings.
    pub enum SubjectRole {
        /// A suspect.
        Suspect => "suspect",
        /// Convicted.
        Convicted => "convicted",
        /// A victim.
        Victim => "victim",
        /// A witness.
        Witness => "witness",
        /// A missing person.
        Missing => "missing",
        /// The document does not say.
        Unstated => "unstated",
    }
}

crate::names! {
    /// By what somebody or something is named.
    pub enum IdentifierKind {
        /// The messenger's own identifier of an account.
        UserId => "user_id",
        /// A name that users choose, and that changes hands.
        Username => "username",
        /// A phone number in E.164.
        PhoneNumber => "phone_number",
        /// A mail address.
        MailAddress => "mail_address",
        /// A link that invites into a group.
        InviteLink => "invite_link",
        /// A link to a message.
        MessageLink => "message_link",
        /// The messenger's own identifier of a group or channel.
        GroupId => "group_id",
        /// An address of the internet, or a range of them.
        IpAddress => "ip_address",
        /// A number of a device: IMEI, MAC.
        DeviceNumber => "device_number",
    }
}

/// Something by which somebody is named.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// The text.
    pub value: String,
    /// The service on which it names somebody.
    pub service: String,
}

/// An office that issued, validated or is told of a request, and who acted for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Office {
    /// Its name.
    pub name: String,
    /// Its country: two letters, ISO 3166-1.
    pub country: String,
    /// What it is; none where the document does not say.
    pub role: Option<IssuerRole>,
    /// Its file number.
    pub file: String,
    /// Who acted for it.
    pub official: String,
    /// Their post.
    pub post: String,
    /// Their mail address.
    pub mail: String,
    /// Their phone number.
    pub phone: String,
}

/// What is prosecuted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Offence {
    /// As the document says it.
    pub text: String,
    /// The provision, as the document says it: `Art. 227-23 code pénal`.
    pub provision: String,
    /// The code of a list, where it names one: NATINF number, category of Annex IV, listed directive.
    pub listed: Option<String>,
    /// The highest sentence in years, where it is stated.
    pub maximum_years: Option<u32>,
    /// Whether it was committed by means of a network or information system; none where the document does not say.
    pub by_network: Option<bool>,
    /// Where it was committed: two letters, ISO 3166-1.
    pub country: Option<String>,
}

crate::names! {
    /// Why it cannot wait.
    pub enum EmergencyGround {
        /// An imminent threat to life, physical integrity or safety of a person.
        Life => "life",
        /// To critical infrastructure, whose disruption would be such a threat.
        Infrastructure => "infrastructure",
    }
}

/// That it cannot wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    /// Why.
    pub ground: EmergencyGround,
    /// In words.
    pub text: String,
    /// Whether a validation follows: Article 4(5) of Regulation (EU) 2023/1543.
    #[serde(default)]
    pub validation_follows: bool,
}

/// That the user is not told: a gag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silence {
    /// The provision that allows it.
    pub basis: String,
    /// Until when; none where the document gives no end.
    pub until: Option<Moment>,
    /// Why, in words.
    #[serde(default)]
    pub text: String,
}

/// That nothing is done to the accounts asked about: one of them may be an officer's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoNotAct {
    /// Until when.
    pub until: Moment,
    /// Why, in words; no name.
    #[serde(default)]
    pub text: String,
}

/// What is wanted about one identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Who is meant.
    pub identifier: Identifier,
    /// Which data.
    pub categories: Vec<Category>,
    /// Of which time; none where the document gives none.
    pub span: Option<Span>,
    /// Which members of a group: who posted what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criterion: Option<String>,
    /// How many accounts at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<u32>,
}

/// What the envelope of a legal document says it holds. A document that cannot be read as before gets the next number.
pub const INSTRUMENT_TYPE: &str = "application/vnd.vigie.request.v1+json";

/// The legal document of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// The regime under which it is made, by the name of its rule set: `eu-epoc`, `fr-77-1-1`.
    pub regime: String,
    /// What it wants.
    pub kind: RequestKind,
    /// The number that its authority gave it.
    pub reference: String,
    /// The date it bears.
    pub issued_at: Option<Moment>,
    /// Who issued it.
    pub issuer: Office,
    /// Who validated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator: Option<Office>,
    /// To whom it is addressed, as it says.
    #[serde(default)]
    pub addressee: String,
    /// The provisions on which it relies, as it says them.
    #[serde(default)]
    pub legal_bases: Vec<String>,
    /// What is prosecuted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offence: Option<Offence>,
    /// What the person asked about is in the proceedings.
    pub subject_role: SubjectRole,
    /// That it cannot wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Emergency>,
    /// By when the authority wants the answer, where the document sets a time of its own. Whether that makes a deadline shorter is
    /// for the regime to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<Moment>,
    /// The enforcing authority that was notified (Regulation (EU) 2023/1543, Article 8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notified: Option<Office>,
    /// That the user is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence: Option<Silence>,
    /// That nothing is done to the accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub do_not_act: Option<DoNotAct>,
    /// The request that it continues, confirms, extends or withdraws, by the number its authority gave that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<String>,
    /// What is wanted, an identifier each.
    pub wanted: Vec<Wanted>,
    /// The facts in words, as far as the addressee is told them.
    #[serde(default)]
    pub facts: String,
    /// Why it is necessary and proportionate, in words.
    #[serde(default)]
    pub necessity: String,
    /// The key to which the answer is sealed: an age recipient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_to: Option<String>,
    /// Drawn by the authority for this document alone: read back in a call, and never accepted twice.
    #[serde(default)]
    pub nonce: String,
}
