//! The documents of the fortnight: what each is, when it comes, what the desk does with it, and how it has to end.
//!
//! To add one: a line in a group below. The people of the drill try to give out everything, also what is forged or asks for
//! too much: what stops it has to be the house.

mod honest;
mod hostile;

use std::time::Duration;

use vigie_app::requests::{CallOutcome, FollowUpKind, Objection};
use vigie_model::Moment;
use vigie_model::disclosure::{Emergency, EmergencyGround, Instrument, Offence, RefusalGround, Span, Wanted};
use vigie_synth::requests::{prosecutor, requisition, wanted};

use super::house::{ADDRESSEE, Office};
use super::records::SERVICE;

vigie_model::names! {
    /// What a document is.
    pub enum Class {
        /// It is what it says, and asks for what may be given.
        Honest => "honest",
        /// Whoever sent it is not who they say.
        Forged => "forged",
        /// It asks for more than anybody may.
        OverBroad => "over_broad",
        /// It asks for a time of which nothing can be given.
        WrongPeriod => "wrong_period",
        /// It names a ground that does not hold.
        Pretextual => "pretextual",
        /// It came before.
        Replayed => "replayed",
    }
}

vigie_model::names! {
    /// How it ended, or has to.
    pub enum End {
        /// The authority has all that it asked for.
        Delivered => "delivered",
        /// The authority has a signed answer that there is nothing.
        NilReturn => "nil_return",
        /// The authority has a part.
        PartlyDelivered => "partly_delivered",
        /// What it names is kept for a production that was announced.
        Kept => "kept",
        /// It was refused, with a reason.
        Refused => "refused",
        /// It was not taken in.
        TurnedAway => "turned_away",
        /// It is frozen as one that may be forged.
        Frozen => "frozen",
        /// Its authority took it back, and nothing is left of what was taken.
        Withdrawn => "withdrawn",
        /// It is open still.
        Open => "open",
    }
}

/// Through which door it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Signed by the key of its authority.
    Signed,
    /// Signed by a key that nobody entered.
    Stranger,
    /// Signed, and changed on its way.
    Altered,
    /// On paper, entered by the legal officer.
    Paper,
    /// Signed, and sent once more: the document of this number.
    Again(&'static str),
}

/// What somebody does.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// The document comes.
    Arrive,
    /// One person asks for the call back, another makes it.
    CallBack(CallOutcome),
    /// The data-protection officer settles what should make somebody look twice.
    Settle,
    /// The legal officer accepts what is left.
    Accept,
    /// The legal officer asks to release it.
    Ask,
    /// The releaser agrees.
    Agree,
    /// The authority fetches, verifies and opens it.
    Fetch,
    /// The legal officer refuses what is open.
    Refuse(RefusalGround, &'static str),
    /// The legal officer asks what is meant.
    Clarify(&'static str),
    /// The authority answers with the document as it is now.
    Clarified(Box<Instrument>),
    /// The enforcing authority speaks.
    Object(Objection),
    /// The authority takes it back.
    Withdraw,
    /// The review desk sees a child at risk on this account.
    Alarm(&'static str),
    /// A document of the authority follows.
    Follow(FollowUpKind),
}

impl Step {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Arrive => "arrives",
            Self::CallBack(_) => "called back",
            Self::Settle => "settled",
            Self::Accept => "accepted",
            Self::Ask => "release asked",
            Self::Agree => "release agreed",
            Self::Fetch => "fetched",
            Self::Refuse(..) => "refused",
            Self::Clarify(_) => "clarification asked",
            Self::Clarified(_) => "clarified",
            Self::Object(_) => "objection noted",
            Self::Withdraw => "withdrawn",
            Self::Alarm(_) => "alarm raised beside it",
            Self::Follow(_) => "followed up",
        }
    }
}

/// One document.
pub(super) struct Case {
    pub(super) class: Class,
    pub(super) what: &'static str,
    pub(super) from: Office,
    pub(super) door: Door,
    pub(super) expected: End,
    pub(super) document: Instrument,
    /// How long after the beginning it comes.
    pub(super) at: Duration,
    /// What is done with it, and how long after its arrival.
    pub(super) then: Vec<(Duration, Step)>,
}

impl Case {
    /// What people do with a document that they want to give: within three hours.
    pub(super) fn hurried(mut self) -> Self {
        self.then.extend([
            (minutes(20), Step::Accept),
            (minutes(30), Step::Ask),
            (minutes(60), Step::Agree),
            (minutes(70), Step::Fetch),
        ]);
        self
    }

    pub(super) fn then(mut self, after: Duration, step: Step) -> Self {
        self.then.push((after, step));
        self
    }

    pub(super) fn by(mut self, door: Door) -> Self {
        self.door = door;
        self
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Instrument)) -> Self {
        change(&mut self.document);
        self
    }
}

pub(super) fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

pub(super) fn hours(count: u64) -> Duration {
    minutes(count * 60)
}

pub(super) fn days(count: u64) -> Duration {
    hours(count * 24)
}

/// The documents of the fortnight.
pub(super) fn fortnight(begins: Moment) -> Vec<Case> {
    let make = Maker { begins };
    honest::documents(&make).into_iter().chain(hostile::documents(&make)).collect()
}

/// What makes documents.
struct Maker {
    begins: Moment,
}

impl Maker {
    /// An order that asks for the phone number and the addresses of an account: French, or of the Union.
    fn order(
        &self,
        what: &'static str,
        (from, at): (Office, Duration),
        (number, user): (&str, &str),
    ) -> Case {
        let now = self.begins.after(at);
        let french = from == Office::Paris;
        let document = Instrument {
            regime: if french { "fr-77-1-1" } else { "eu-epoc" }.into(),
            reference: number.into(),
            issuer: issuer(from),
            addressee: ADDRESSEE.into(),
            legal_bases: vec![if french { "article 77-1-1" } else { "Regulation (EU) 2023/1543" }.into()],
            offence: Some(offence(from.country())),
            wanted: vec![Wanted {
                span: Some(Span { from: now.before(days(12)), until: now.before(hours(1)) }),
                ..wanted(now, SERVICE, user)
            }],
            nonce: format!("drill-{}-0123456789abcdef", number.replace([' ', '/'], "-")),
            ..requisition(now, SERVICE, user)
        };
        let class = Class::Honest;
        Case { class, what, from, door: Door::Signed, expected: End::Delivered, document, at, then: vec![] }
    }

    /// The same that cannot wait, under the regime of the Union.
    fn emergency(&self, what: &'static str, when: (Office, Duration), about: (&str, &str)) -> Case {
        self.order(what, when, about).with(|it| {
            it.regime = "eu-epoc".into();
            it.legal_bases = vec!["Regulation (EU) 2023/1543".into()];
            it.emergency = Some(Emergency {
                ground: EmergencyGround::Life,
                text: "a child is missing, and was last heard of in a conversation".into(),
                validation_follows: false,
            });
        })
    }
}

fn issuer(from: Office) -> vigie_model::disclosure::Office {
    vigie_model::disclosure::Office {
        name: from.name().into(),
        country: from.country().into(),
        file: "26/0042".into(),
        ..prosecutor()
    }
}

fn offence(country: &str) -> Offence {
    Offence {
        text: "distribution of child sexual abuse material".into(),
        provision: "227-23 du code pénal".into(),
        listed: Some("Directive 2011/93/EU".into()),
        maximum_years: Some(5),
        by_network: Some(true),
        country: Some(country.into()),
    }
}
