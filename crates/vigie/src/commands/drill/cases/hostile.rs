//! Documents that must give nothing: forged, over-broad, of a wrong period, under a pretext.
//!
//! Whoever handles them in the drill tries to give them out as any other, and refuses them only after the house said no.

use vigie_app::requests::CallOutcome;
use vigie_model::disclosure::{
    Category, EmergencyGround, IdentifierKind, IssuerRole, RefusalGround, Span, SubjectRole,
};

use super::{Case, Class, Door, End, Maker, Step, days, hours, minutes};
use crate::commands::drill::house::{DECOY, LAWYER, Office};

pub(super) fn documents(make: &Maker) -> Vec<Case> {
    let mut all = forged(make);
    all.extend(over_broad(make));
    all.extend(wrong_period(make));
    all.extend(pretextual(make));
    all
}

fn forged(make: &Maker) -> Vec<Case> {
    use Office::{Berlin, Newcomer, Paris};
    let emergency = |what, from, at, about, (door, expected)| {
        let case = make.emergency(what, (from, at), about);
        Case { class: Class::Forged, expected, ..case.by(door) }
    };
    let away = |door| (door, End::TurnedAway);
    let denied = emergency(
        "an emergency on paper that its authority denies",
        Paris,
        days(3) + hours(6),
        ("F 3", "u-32"),
        (Door::Paper, End::Frozen),
    );
    let first = emergency(
        "the first that is heard of a new authority, by a role that it has not",
        Newcomer,
        days(5) + hours(4),
        ("F 4", "u-33"),
        (Door::Signed, End::Frozen),
    );
    let decoy = emergency(
        "an emergency that names a decoy",
        Berlin,
        days(8) + hours(5),
        ("F 5", DECOY),
        (Door::Signed, End::Frozen),
    );
    vec![
        emergency("signed by nobody that is known", Paris, hours(6), ("F 1", "u-30"), away(Door::Stranger))
            .hurried(),
        emergency(
            "changed after it was signed",
            Berlin,
            days(2) + hours(7),
            ("F 2", "u-31"),
            away(Door::Altered),
        )
        .hurried(),
        denied
            .then(minutes(10), Step::CallBack(CallOutcome::Denied))
            .then(minutes(15), Step::Settle)
            .hurried(),
        first.then(minutes(15), Step::Settle).hurried(),
        decoy.then(minutes(15), Step::Settle).hurried(),
    ]
}

/// What is tried with a document that is refused in the end.
fn refused(case: Case, class: Class, (ground, why): (RefusalGround, &'static str)) -> Case {
    Case { class, expected: End::Refused, ..case }.hurried().then(hours(3), Step::Refuse(ground, why))
}

fn over_broad(make: &Maker) -> Vec<Case> {
    let order = |what, at, about| make.order(what, (Office::Paris, at), about);
    let group = order("everybody of a group, by no criterion", days(1) + hours(2), ("B 1", "g-1"));
    let group = group.with(|it| it.wanted[0].identifier.kind = IdentifierKind::GroupId);
    let timeless = order("of all times", days(4) + hours(5), ("B 2", "u-34"));
    let timeless = timeless.with(|it| it.wanted[0].span = None);
    let traffic = order("whom somebody wrote to", days(9) + hours(1), ("B 3", "u-35"));
    let traffic = traffic.with(|it| it.wanted[0].categories = vec![Category::Traffic]);
    let broad = Class::OverBroad;
    vec![
        refused(
            group,
            broad,
            (RefusalGround::OverBroad, "a group without a criterion is no request about somebody"),
        ),
        refused(timeless, broad, (RefusalGround::OverBroad, "It does not say of which time")),
        refused(traffic, broad, (RefusalGround::NotStored, "the house holds nothing of this category")),
    ]
}

fn wrong_period(make: &Maker) -> Vec<Case> {
    let order = |what, at, about| make.order(what, (Office::Berlin, at), about);
    let reversed = order("a time that ends before it begins", days(3) + hours(2), ("W 1", "u-36"));
    let reversed = reversed.by(Door::Paper).then(minutes(10), Step::CallBack(CallOutcome::Confirmed));
    let reversed = reversed.with(|it| {
        it.wanted[0].span = it.wanted[0].span.map(|span| Span { from: span.until, until: span.from });
    });
    let gone = order("a time of which nothing is kept", days(6) + hours(3), ("W 2", "u-37"));
    let gone = gone.with(|it| {
        it.wanted[0].categories = vec![Category::Identification];
        let long_ago =
            |span: Span| Span { from: span.from.before(days(500)), until: span.until.before(days(500)) };
        it.wanted[0].span = it.wanted[0].span.map(long_ago);
    });
    let ahead = order("a time that is still to come", days(10) + hours(3), ("W 3", "u-38"));
    let ahead = ahead.with(|it| {
        let later = |span: Span| Span { from: span.until.after(days(5)), until: span.until.after(days(9)) };
        it.wanted[0].span = it.wanted[0].span.map(later);
    });
    let wrong = Class::WrongPeriod;
    vec![
        refused(reversed, wrong, (RefusalGround::ManifestError, "the time ends before it begins")),
        refused(gone, wrong, (RefusalGround::NotStored, "what was there is kept no more")),
        refused(ahead, wrong, (RefusalGround::NotStored, "nothing is recorded ahead")),
    ]
}

fn pretextual(make: &Maker) -> Vec<Case> {
    use Office::{Berlin, Elsewhere, Paris};
    let order = |what, from, at, about| make.order(what, (from, at), about);
    let state = order("a state that tries people for what they write", Elsewhere, days(4), ("X 1", "u-39"));
    let other = order("an insult, prosecuted as something else", Paris, days(5) + hours(2), ("X 2", "u-40"));
    let other = other.with(|it| {
        it.offence = it.offence.take().map(|offence| vigie_model::disclosure::Offence {
            text: "outrage".into(),
            provision: "433-5 du code pénal".into(),
            listed: None,
            ..offence
        });
    });
    let witness = order("a witness, without an order", Paris, days(7) + hours(2), ("X 3", "u-41"));
    let witness = witness.with(|it| {
        (it.regime, it.subject_role) = ("emergency".into(), SubjectRole::Witness);
        it.legal_bases = vec!["Regulation (EU) 2016/679, emergency".into()];
    });
    let no_danger = make.emergency(
        "an emergency without a danger to anybody",
        (Paris, days(8) + hours(2)),
        ("X 4", "u-42"),
    );
    let no_danger = no_danger.with(|it| {
        it.regime = "us-2702-emergency".into();
        it.legal_bases = vec!["18 USC 2702(b)(8)".into()];
        it.emergency.iter_mut().for_each(|emergency| emergency.ground = EmergencyGround::Infrastructure);
    });
    let lawyer = order("a lawyer, known as one", Berlin, days(9) + hours(4), ("X 5", LAWYER));
    let alone = order("an investigator whom nobody validated", Berlin, days(11) + hours(2), ("X 6", "u-43"));
    let alone = alone.with(|it| it.issuer.role = Some(IssuerRole::Investigator));
    let why = Class::Pretextual;
    vec![
        refused(state, why, (RefusalGround::HumanRights, "the grave concern about the issuing state stands")),
        refused(
            other,
            why,
            (RefusalGround::OffenceOutOfScope, "none of the offences for which the house discloses"),
        ),
        refused(witness, why, (RefusalGround::HousePolicy, "nothing of our own will about a witness")),
        refused(no_danger, why, (RefusalGround::HousePolicy, "no danger to a person is named")),
        refused(lawyer, why, (RefusalGround::PrivilegeOrPress, "what a lawyer holds is protected")),
        refused(
            alone,
            why,
            (RefusalGround::NotCompetent, "an investigator needs the validation of a prosecutor"),
        ),
    ]
}
