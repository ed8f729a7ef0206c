//! API tokens of machines: made, shown once, revoked.

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use vigie_app::Code;
use vigie_app::tokens::{NewToken, Token};
use vigie_model::Scope;
use vigie_model::id::TokenId;

use super::{FormErrors, Id, confirm, go, page};
use crate::door::Door;
use crate::failure::{Failure, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::parts::When;
use crate::section::Section;
use crate::visit::Desk;

/// How many entries a token may add in an hour unless somebody says otherwise.
const ENTRIES_PER_HOUR: &str = "1000";

/// Lives that the form offers, in days; none is a life without end.
const LIVES: [&str; 4] = ["30", "90", "365", "none"];

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/tokens", list),
        Door::post("/tokens", add),
        Door::get("/tokens/new", new),
        Door::get("/tokens/{id}/revoke", ask_to_revoke),
        Door::post("/tokens/{id}/revoke", revoke),
    ]
}

/// A token as the list shows it.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) entries_per_hour: String,
    pub(crate) made: When,
    pub(crate) ends: Option<String>,
    pub(crate) state: &'static str,
}

#[derive(Template)]
#[template(path = "tokens.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) tokens: Vec<Row>,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let tokens = desk.console.app.tokens(&desk.caller).await?;
    let frame = frame(&desk, desk.words.say("tokens-title")).await.noting(query.text("done"));
    Ok(page(&List { frame, tokens: tokens.iter().map(|token| row(&desk, token)).collect() }))
}

fn row(desk: &Desk, token: &Token) -> Row {
    let has_ended = token.expires_at.is_some_and(|end| end <= desk.now);
    Row {
        id: token.id.to_string(),
        name: token.name.clone(),
        scopes: token.scopes.iter().map(|scope| desk.words.name("scope", scope.name())).collect(),
        entries_per_hour: desk.words.number(token.entries_per_hour),
        made: When::new(desk.words, token.created_at, desk.now),
        ends: token.expires_at.map(|end| desk.words.day(end)),
        state: match token.revoked_at {
            Some(_) => "revoked",
            None if has_ended => "ended",
            None => "living",
        },
    }
}

/// A scope that can be given, with what it permits.
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    pub(crate) title: String,
    pub(crate) meaning: String,
    pub(crate) is_chosen: bool,
}

#[derive(Template)]
#[template(path = "token_new.html")]
pub(crate) struct New {
    pub(crate) frame: Frame,
    pub(crate) name: String,
    pub(crate) scopes: Vec<Choice>,
    pub(crate) entries_per_hour: String,
    pub(crate) lives: [&'static str; 4],
    pub(crate) life: String,
    pub(crate) errors: FormErrors,
}

async fn new(desk: Desk) -> Result<Response> {
    // Asked first, so that the form is not shown to somebody who may not send it.
    desk.console.app.tokens(&desk.caller).await?;
    let fields = Fields::of(&[("entries_per_hour", ENTRIES_PER_HOUR), ("life", "365")]);
    Ok(page(&form(&desk, &fields, FormErrors::default()).await))
}

async fn form(desk: &Desk, fields: &Fields, errors: FormErrors) -> New {
    let chosen: Vec<Scope> = fields.parsed("scope").collect();
    let choice = |scope: &Scope| Choice {
        name: scope.name(),
        title: desk.words.name("scope", scope.name()),
        meaning: desk.words.name("scope-meaning", scope.name()),
        is_chosen: chosen.contains(scope),
    };
    New {
        frame: frame(desk, desk.words.say("token-new-title")).await.below("tokens-title", "/tokens"),
        name: fields.text("name").to_owned(),
        scopes: Scope::ALL.iter().map(choice).collect(),
        entries_per_hour: fields.text("entries_per_hour").to_owned(),
        lives: LIVES,
        life: fields.text("life").to_owned(),
        errors,
    }
}

#[derive(Template)]
#[template(path = "token_secret.html")]
pub(crate) struct Secret {
    pub(crate) frame: Frame,
    pub(crate) secret: String,
}

async fn add(desk: Desk, Form(fields): Form) -> Result<Response> {
    let scopes: Vec<Scope> = fields.parsed("scope").collect();
    let entries_per_hour: Option<i64> =
        fields.text("entries_per_hour").parse().ok().filter(|limit| *limit >= 0);
    let mut errors = FormErrors::default();
    errors.require(!fields.text("name").is_empty(), "name", desk.words, "token-name-missing");
    errors.require(!scopes.is_empty(), "scope", desk.words, "token-scope-missing");
    errors.require(entries_per_hour.is_some(), "entries_per_hour", desk.words, "token-limit-wrong");
    let Some(entries_per_hour) = entries_per_hour.filter(|_| errors.is_empty()) else {
        return Ok(page(&form(&desk, &fields, errors).await));
    };
    let days: Option<u64> = fields.text("life").parse().ok();
    let new = NewToken {
        name: fields.text("name").to_owned(),
        scopes,
        entries_per_hour,
        life: days.map(|days| Duration::from_secs(days.saturating_mul(24 * 60 * 60))),
    };
    let (token, secret) = desk.console.app.add_token(&desk.caller, new).await?;
    let frame = frame(&desk, desk.words.about("token-secret-title", &token.name)).await;
    // Shown in the answer to the form itself: the secret exists nowhere else.
    Ok(page(&Secret { frame: frame.below("tokens-title", "/tokens"), secret }))
}

async fn ask_to_revoke(desk: Desk, Id(id): Id<TokenId>) -> Result<Response> {
    let tokens = desk.console.app.tokens(&desk.caller).await?;
    let token = tokens.into_iter().find(|token| token.id == id && token.revoked_at.is_none());
    let token = token.ok_or_else(|| Failure::new(Code::NotFound, "no such living token"))?;
    let frame = frame(&desk, desk.words.about("token-revoke-title", &token.name)).await;
    Ok(page(&confirm::Confirm {
        frame: frame.below("tokens-title", "/tokens"),
        consequences: ["token-revoke-now", "token-revoke-for-good"].map(|key| desk.words.say(key)).to_vec(),
        button: desk.words.say("token-revoke"),
        back: "/tokens".into(),
        action: format!("/tokens/{id}/revoke"),
    }))
}

async fn revoke(desk: Desk, Id(id): Id<TokenId>) -> Result<Response> {
    desk.console.app.revoke_token(&desk.caller, id).await?;
    Ok(go("/tokens?done=token-revoked"))
}

async fn frame(desk: &Desk, title: String) -> Frame {
    Frame::of(desk.visit(), Section::Tokens, title).await
}
