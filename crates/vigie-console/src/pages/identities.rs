//! The sign-in service of the organisation on the screen: the way there, the way back, and accounts that are parted again.
//!
//! The way there is a page that leads on by itself and has a link for who is not led: a form may not go to another host, and a
//! service sends browsers on to yet others. On the way there the browser gets a cookie, and only with it comes back.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::HeaderMap;
use vigie_app::Code;
use vigie_app::identities::{Arrived, Identity, Leaving, Returned};
use vigie_model::Role;
use vigie_model::id::{IdentityId, PersonId};

use super::public::{agent, service, signed_in};
use super::{Id, go, page, passkeys};
use crate::cookie;
use crate::door::Door;
use crate::failure::Result;
use crate::fields::{Fields, Query};
use crate::frame::Frame;
use crate::parts::When;
use crate::visit::{Desk, Visit};

/// Where a person begins to join themselves to their account.
pub(crate) const JOINING: &str = "/account/identities";

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::post("/sign-in/provider", begin_sign_in).public(),
        Door::get("/sign-in/provider/return", come_back).public(),
        Door::post(JOINING, begin_joining),
        Door::post("/account/identities/{id}/remove", remove_own),
        Door::post("/people/{person}/identities/{identity}/remove", remove_of),
    ]
}

/// An account as lists show it.
pub(crate) struct IdentityRow {
    pub(crate) id: String,
    /// What the service calls it.
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) made: When,
    pub(crate) used: Option<When>,
}

pub(super) fn identity_rows(desk: &Desk, identities: Vec<Identity>) -> Vec<IdentityRow> {
    let when = |moment| When::new(desk.words, moment, desk.now);
    let row = |identity: Identity| IdentityRow {
        id: identity.id.to_string(),
        subject: identity.subject,
        issuer: identity.issuer,
        made: when(identity.created_at),
        used: identity.last_used_at.map(when),
    };
    identities.into_iter().map(row).collect()
}

/// What people call the service, where this person may join themselves to their account there: officials are of another organisation.
pub(super) fn joinable(desk: &Desk) -> Result<Option<String>> {
    let is_official = desk.session()?.person.roles.contains(&Role::Official);
    Ok(service(desk.visit()).filter(|_| !is_official))
}

/// A page on the way to the service.
#[derive(Template)]
#[template(path = "leaving.html")]
pub(crate) struct Away {
    pub(crate) frame: Frame,
    pub(crate) address: String,
    pub(crate) service: String,
}

fn leave(visit: &Visit, leaving: &Leaving) -> Response {
    let console = &visit.console;
    let service = console.app.sign_in_service().unwrap_or_default().to_owned();
    let frame = Frame::bare(visit, visit.words.about("provider-leaving", &service));
    let mut response = page(&Away { frame, address: leaving.address.clone(), service });
    cookie::add(&mut response, cookie::leave(console, &leaving.browser));
    response
}

async fn begin_sign_in(visit: Visit) -> Result<Response> {
    Ok(leave(&visit, &visit.console.app.begin_provider_sign_in().await?))
}

async fn begin_joining(desk: Desk) -> Result<Response> {
    match desk.console.app.begin_joining(desk.session()?).await {
        Ok(leaving) => Ok(leave(desk.visit(), &leaving)),
        Err(error) if error.code() == Code::StepUpNeeded => {
            passkeys::ask_first(&desk, JOINING, &Fields::default(), "/account").await
        }
        Err(error) => Err(error.into()),
    }
}

async fn come_back(visit: Visit, headers: HeaderMap, Query(query): Query) -> Result<Response> {
    let console = &visit.console;
    let returned = Returned {
        state: query.text("state"),
        code: query.text("code"),
        error: query.text("error"),
        issuer: query.text("iss"),
    };
    let browser = cookie::read(&headers, &cookie::away_name(console)).unwrap_or_default();
    let arrived = console.app.arrive(visit.signed_in.as_ref(), returned, browser, agent(&headers)).await?;
    let mut response = match arrived {
        Arrived::SignedIn(session) => signed_in(&visit, "/", &session).await?,
        Arrived::Joined(_) => go("/account?done=identity-joined"),
    };
    cookie::add(&mut response, cookie::come_back(console));
    Ok(response)
}

async fn remove_own(desk: Desk, Id(id): Id<IdentityId>) -> Result<Response> {
    match desk.console.app.remove_own_identity(&desk.caller, id).await {
        Ok(()) => Ok(go("/account?done=identity-removed")),
        Err(error) if error.code() == Code::StepUpNeeded => {
            let path = format!("/account/identities/{id}/remove");
            passkeys::ask_first(&desk, &path, &Fields::default(), "/account").await
        }
        Err(error) => Err(error.into()),
    }
}

async fn remove_of(desk: Desk, Path((person, identity)): Path<(PersonId, IdentityId)>) -> Result<Response> {
    desk.console.app.remove_identity_of(&desk.caller, person, identity).await?;
    Ok(go(format!("/people/{person}?done=identity-of-removed")))
}
