//! What stands beside a request: silence and what users are told, accounts to which nothing is done, documents that follow,
//! and its end. Each for those alone who may see it.

use vigie_app::gags::Gag;
use vigie_app::requests::RequestView;
use vigie_app::{Resource, permits};
use vigie_model::disclosure::RequestState;
use vigie_model::{Moment, Operation};

use super::user_notices::Row as Notice;
use crate::failure::Result;
use crate::language::Words;
use crate::parts::{Exact, TimeLeft, When};
use crate::visit::Desk;

/// Silence about the request, whether it stands or has ended.
pub(crate) struct Silence {
    pub(crate) basis: String,
    pub(crate) issuer: String,
    pub(crate) began: When,
    /// How long it lasts still; none where nobody gave an end.
    pub(crate) left: Option<(TimeLeft, Exact)>,
    pub(crate) review: Exact,
    pub(crate) is_review_due: bool,
    pub(crate) ended: Option<When>,
    /// Whether this person renews and ends it.
    pub(crate) may_change: bool,
}

/// Accounts to which nothing is done.
pub(crate) struct Spared {
    /// Until when; none where nothing of it stands.
    pub(crate) until: Option<(TimeLeft, Exact)>,
    /// Until when the document asks for it.
    pub(crate) asked_until: String,
    pub(crate) asked_by: String,
    pub(crate) why: String,
    /// The question to a second person that waits.
    pub(crate) question: Option<String>,
}

/// Everything that stands beside it.
pub(crate) struct Beside {
    pub(crate) silence: Option<Silence>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) spared: Option<Spared>,
    pub(crate) follows: Vec<&'static str>,
    pub(crate) is_deadline_set: bool,
    pub(crate) may_close: bool,
}

pub(super) async fn beside(desk: &Desk, view: &RequestView) -> Result<Beside> {
    let (app, caller, id) = (&desk.console.app, &desk.caller, view.request.id);
    let handles = permits(caller, Operation::HandleRequests, Resource::Any);
    let silence = app.gag(caller, id).await?.map(|gag| silence(desk, &gag, handles));
    let notices = app.user_notices_of(caller, id).await?;
    let follows: Vec<_> = view.may_follow.iter().map(|kind| kind.name()).collect();
    Ok(Beside {
        silence,
        notices: notices.iter().map(|notice| Notice::of(desk, notice)).collect(),
        spared: spared(desk, view).await?,
        is_deadline_set: follows.contains(&"new_deadline"),
        follows,
        may_close: handles && may_close(view, desk.now),
    })
}

fn silence(desk: &Desk, gag: &Gag, handles: bool) -> Silence {
    let (words, now) = (desk.words, desk.now);
    Silence {
        basis: gag.basis.clone(),
        issuer: gag.issuer.clone(),
        began: When::new(words, gag.began_at, now),
        left: gag.until.map(|until| end(words, until, now)),
        review: Exact::new(words, gag.review_at),
        is_review_due: gag.ended_at.is_none() && gag.review_at <= now,
        ended: gag.ended_at.map(|moment| When::new(words, moment, now)),
        may_change: handles && gag.ended_at.is_none(),
    }
}

fn end(words: Words, until: Moment, now: Moment) -> (TimeLeft, Exact) {
    (TimeLeft::new(words, until, now), Exact::new(words, until))
}

/// What was asked about accounts, for who may lift it. It is asked about by this request, never by account.
async fn spared(desk: &Desk, view: &RequestView) -> Result<Option<Spared>> {
    let may_see = permits(&desk.caller, Operation::LiftDoNotAct, Resource::Any);
    let Some(asked) = view.instrument.do_not_act.as_ref().filter(|_| may_see) else { return Ok(None) };
    let (app, id, words) = (&desk.console.app, view.request.id, desk.words);
    let until = app.do_not_act_until(&desk.caller, id).await?;
    let question = match until {
        None => None,
        Some(_) => {
            let about = format!("do_not_act:{id}");
            let waiting = app.waiting_questions(&desk.caller).await?;
            waiting.iter().find(|one| one.subject == about).map(|one| one.id.to_string())
        }
    };
    let office = &view.instrument.issuer;
    let asked_by = [view.request.authority_name.as_str(), &office.official, &office.post];
    let asked_by: Vec<_> = asked_by.into_iter().filter(|text| !text.is_empty()).collect();
    Ok(Some(Spared {
        until: until.map(|until| end(words, until, desk.now)),
        asked_until: words.to_the_minute(asked.until),
        asked_by: asked_by.join(" \u{b7} "),
        why: asked.text.clone(),
        question,
    }))
}

/// Whether nothing more is expected: as the use case asks once more.
fn may_close(view: &RequestView, now: Moment) -> bool {
    let is_there = matches!(view.request.state, RequestState::Delivered | RequestState::UseRestricted);
    is_there && view.deadlines.iter().all(|one| one.satisfied_at.is_some() || one.due_at <= now)
}
