//! How the person signs in: their own passkeys and sessions, each of which they can take away.
//!
//! The rows are shared with the page of a person, on which an administrator does the same.

use askama::Template;
use axum::response::Response;
use vigie_app::Code;
use vigie_app::passkeys::Passkey;
use vigie_app::sessions::Session;
use vigie_model::access::{CallerKind, OpenedBy};
use vigie_model::id::{PasskeyId, SessionId};

use super::identities::{IdentityRow, identity_rows, joinable};
use super::{Id, go, page, passkeys};
use crate::agent::brief;
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Query};
use crate::frame::Frame;
use crate::parts::When;
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/account", account),
        Door::post("/account/passkeys/{id}/remove", remove_passkey),
        Door::post("/account/sessions/{id}/end", end_session),
        Door::post("/account/sessions/end-others", end_others),
    ]
}

/// A passkey as lists show it.
pub(crate) struct PasskeyRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) made: When,
    pub(crate) used: Option<When>,
}

/// A session as lists show it.
pub(crate) struct SessionRow {
    pub(crate) id: String,
    pub(crate) browser: String,
    /// Everything that the browser says of itself.
    pub(crate) agent: String,
    pub(crate) opened_by: OpenedBy,
    pub(crate) opened: When,
    pub(crate) used: When,
    pub(crate) is_this: bool,
}

pub(super) fn passkey_rows(desk: &Desk, passkeys: Vec<Passkey>) -> Vec<PasskeyRow> {
    let when = |moment| When::new(desk.words, moment, desk.now);
    let row = |passkey: Passkey| PasskeyRow {
        id: passkey.id.to_string(),
        name: passkey.name,
        made: when(passkey.created_at),
        used: passkey.last_used_at.map(when),
    };
    passkeys.into_iter().map(row).collect()
}

pub(super) fn session_rows(desk: &Desk, sessions: Vec<Session>) -> Vec<SessionRow> {
    let when = |moment| When::new(desk.words, moment, desk.now);
    let is_this = |id| matches!(desk.caller.kind, CallerKind::Person { session, .. } if session == id);
    let row = |session: Session| {
        let known = brief(&session.agent);
        SessionRow {
            id: session.id.to_string(),
            browser: if known.is_empty() { desk.words.say("session-browser-unknown") } else { known },
            agent: session.agent,
            opened_by: session.opened_by,
            opened: when(session.created_at),
            used: when(session.last_seen_at),
            is_this: is_this(session.id),
        }
    };
    sessions.into_iter().map(row).collect()
}

#[derive(Template)]
#[template(path = "account.html")]
pub(crate) struct Account {
    pub(crate) frame: Frame,
    pub(crate) can_have_passkeys: bool,
    pub(crate) passkeys: Vec<PasskeyRow>,
    /// The sign-in service of the organisation, where there is one.
    pub(crate) service: Option<String>,
    pub(crate) identities: Vec<IdentityRow>,
    pub(crate) sessions: Vec<SessionRow>,
    pub(crate) problem: Option<Problem>,
}

async fn account(desk: Desk, Query(query): Query) -> Result<Response> {
    show(&desk, query.text("done"), None).await
}

async fn show(desk: &Desk, done: &str, problem: Option<Problem>) -> Result<Response> {
    let app = &desk.console.app;
    let frame = Frame::of(desk.visit(), Section::None, desk.words.say("account-title")).await;
    Ok(page(&Account {
        frame: frame.noting(done),
        can_have_passkeys: app.can_have_passkeys(),
        passkeys: passkey_rows(desk, app.own_passkeys(&desk.caller).await?),
        service: joinable(desk)?,
        identities: identity_rows(desk, app.own_identities(&desk.caller).await?),
        sessions: session_rows(desk, app.own_sessions(&desk.caller).await?),
        problem,
    }))
}

async fn remove_passkey(desk: Desk, Id(id): Id<PasskeyId>) -> Result<Response> {
    match desk.console.app.remove_own_passkey(&desk.caller, id).await {
        Ok(()) => Ok(go("/account?done=passkey-removed")),
        Err(error) if error.code() == Code::StepUpNeeded => {
            let path = format!("/account/passkeys/{id}/remove");
            passkeys::ask_first(&desk, &path, &Fields::default(), "/account").await
        }
        Err(error) if failure::can_be_mended(&error) => {
            show(&desk, "", Some(Problem::of(&error, desk.visit()))).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn end_session(desk: Desk, Id(id): Id<SessionId>) -> Result<Response> {
    desk.console.app.revoke_own_session(&desk.caller, id).await?;
    Ok(go("/account?done=session-ended"))
}

async fn end_others(desk: Desk) -> Result<Response> {
    desk.console.app.revoke_other_sessions(&desk.caller).await?;
    Ok(go("/account?done=sessions-ended"))
}
