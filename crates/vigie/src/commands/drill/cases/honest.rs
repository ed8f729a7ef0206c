//! Documents that are what they say: most are answered, one is taken back, one is stopped by another authority.

use vigie_app::requests::{FollowUpKind, Objection};
use vigie_model::disclosure::{DoNotAct, Instrument, Office as Named, RequestKind, Span};

use super::{Case, Class, Door, End, Maker, Step, days, hours, minutes};
use crate::commands::drill::house::Office;
use crate::commands::drill::records::NOBODY;

pub(super) fn documents(make: &Maker) -> Vec<Case> {
    let mut all = plain(make);
    all.extend(questions(make));
    all.extend(enforcing(make));
    all.extend(kept(make));
    all.push(at_risk(make));
    all
}

fn plain(make: &Maker) -> Vec<Case> {
    use Office::{Berlin, Paris};
    let order = |what, from, at, about| make.order(what, (from, at), about).hurried();
    let nil = order("an account that nobody has", Berlin, days(2) + hours(2), ("D 3", NOBODY));
    let emergency =
        make.emergency("a child is missing: eight hours", (Berlin, days(1) + hours(9)), ("D 2", "u-12"));
    let withdrawn = make
        .order("taken back after the records were taken", (Paris, days(6)), ("P 4", "u-16"))
        .then(hours(1), Step::Accept)
        .then(hours(3), Step::Withdraw);
    vec![
        order("a requisition", Paris, hours(1), ("P 1", "u-10")),
        order("a European order", Berlin, hours(3), ("D 1", "u-11")),
        emergency.hurried(),
        order("another requisition", Paris, days(2), ("P 2", "u-13")),
        Case { expected: End::NilReturn, ..nil },
        order("a third requisition", Paris, days(4) + hours(1), ("P 3", "u-14")),
        order("another European order", Berlin, days(5), ("D 4", "u-15")),
        Case { expected: End::Withdrawn, ..withdrawn },
        order("two accounts of one person", Berlin, days(8), ("D 5", "u-17"))
            .with(|it| it.wanted.push(it.wanted[0].clone()))
            .with(|it| it.wanted[1].identifier.value = "u-18".into()),
        order("the last requisition", Paris, days(11), ("P 5", "u-19")),
        Case {
            class: Class::Replayed,
            expected: End::TurnedAway,
            ..order("the first requisition, sent again", Paris, days(3), ("P 1", "u-10"))
        }
        .by(Door::Again("P 1")),
    ]
}

/// One is asked what it means, one is looked at by a second person, one is called back.
fn questions(make: &Maker) -> Vec<Case> {
    let whole = make.order("it names no time until it is asked", (Office::Paris, days(3)), ("P 6", "u-20"));
    let clarified = Box::new(whole.document.clone());
    let asked = whole
        .with(|it| it.wanted[0].span = None)
        .then(minutes(30), Step::Clarify("Of which time? An address names somebody at a time only."))
        .then(days(1), Step::Clarified(clarified));
    let long = make.order("more than a year, found necessary", (Office::Berlin, days(9)), ("D 6", "u-21"));
    let long = long.with(|it| {
        it.wanted[0].span = it.wanted[0].span.map(|span| Span { from: span.until.before(days(400)), ..span });
    });
    let paper = make.order("on paper, and confirmed by a call", (Office::Paris, days(7)), ("P 7", "u-22"));
    vec![
        asked.later(days(1)),
        long.then(minutes(10), Step::Settle).hurried(),
        paper
            .by(Door::Paper)
            .then(minutes(10), Step::CallBack(vigie_app::requests::CallOutcome::Confirmed))
            .hurried(),
    ]
}

/// Orders of which an enforcing authority was told.
fn enforcing(make: &Maker) -> Vec<Case> {
    let order = |what, at, about, expected| {
        let case = make.order(what, (Office::Berlin, at), about).with(|it| {
            it.notified =
                Some(Named { name: "Enforcing Office".into(), country: "FR".into(), ..Named::default() });
        });
        Case { expected, ..case }.then(hours(1), Step::Accept)
    };
    let wholly = order("the enforcing authority refuses it", days(1), ("D 7", "u-23"), End::Refused);
    let partly = order("it refuses the addresses", days(2), ("D 8", "u-24"), End::PartlyDelivered);
    let silent = order("it says nothing for ten days", hours(5), ("D 9", "u-25"), End::Delivered);
    vec![
        wholly.then(days(4), Step::Object(Objection::Full)),
        partly
            .then(days(3), Step::Object(Objection::Partial([2].into())))
            .then(days(3) + hours(1), Step::Ask)
            .then(days(3) + hours(2), Step::Agree)
            .then(days(3) + hours(3), Step::Fetch),
        silent
            .then(days(9), Step::Ask)
            .then(days(9) + hours(1), Step::Agree)
            .then(days(10) + hours(1), Step::Fetch),
    ]
}

/// Nothing is to be done to the account, until a child is at risk.
fn at_risk(make: &Maker) -> Case {
    let from = (Office::Paris, days(12));
    let order = make.order("a child at risk is seen on the account asked about", from, ("P 8", "u-27"));
    let until = order.document.issued_at.map(|issued| issued.after(days(20)));
    let asking = order.with(|it| {
        it.do_not_act = until.map(|until| DoNotAct { until, text: "an inquiry".into() });
    });
    asking.then(minutes(10), Step::Alarm("u-27")).hurried()
}

/// A preservation, its Form 6, and the production that it was for.
fn kept(make: &Maker) -> Vec<Case> {
    let preserving = |it: &mut Instrument| {
        it.regime = "eu-epoc-pr".into();
        it.kind = RequestKind::Preservation;
    };
    let kept = make.order("kept, and kept for longer (Form 6)", (Office::Berlin, hours(8)), ("D 10", "u-26"));
    let kept = Case { expected: End::Kept, ..kept.with(preserving) };
    let produced =
        make.order("the production of what was kept", (Office::Berlin, days(10)), ("D 11", "u-26"));
    vec![
        kept.then(days(5), Step::Follow(FollowUpKind::Extension)),
        produced.with(|it| it.earlier = Some("D 10".into())).hurried(),
    ]
}

impl Case {
    /// What is done with a document whose question was answered by then.
    fn later(self, after: std::time::Duration) -> Self {
        self.then(after + hours(1), Step::Accept)
            .then(after + hours(2), Step::Ask)
            .then(after + hours(3), Step::Agree)
            .then(after + hours(4), Step::Fetch)
    }
}
