//! The pages, one module each, and the list of all doors.

mod account;
mod actions;
mod alarms;
mod authorities;
mod authority;
mod bank;
mod banks;
mod bases;
mod check;
mod confirm;
mod conversations;
mod evidence;
mod gags;
mod home;
mod hunts;
mod identities;
mod incident;
mod ledger;
mod notices;
mod overview;
mod passkeys;
mod people;
mod portal;
mod portal_follow;
mod portal_form;
mod portal_new;
mod portal_requests;
mod public;
mod quality;
mod questions;
mod queue;
mod regimes;
mod release;
mod request;
mod request_acts;
mod request_after;
mod request_beside;
mod request_documents;
mod request_form;
mod request_new;
mod request_parts;
mod request_typed;
mod requests;
mod rereadings;
mod roster;
mod tokens;
mod transparency;
mod user_notices;
mod waves;
pub(crate) mod wellbeing;

use std::borrow::Cow;

use askama::Template;
use axum::extract::{FromRequestParts, Path};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::request::Parts;
use vigie_app::Code;

use crate::door::Door;
use crate::failure::Failure;
use crate::language::Words;

#[cfg(test)]
pub(crate) use request_parts::LETTERS;

/// The page on which a person makes a passkey.
pub(crate) const ENROLMENT: &str = "/account/passkeys/new";

/// Where the portal for officials begins.
pub(crate) const PORTAL: &str = "/portal";
pub(crate) use identities::JOINING;

/// Every door of the console, assets apart.
pub(crate) fn doors() -> Vec<Door> {
    let doors = [
        public::doors(),
        account::doors(),
        actions::doors(),
        alarms::doors(),
        authorities::doors(),
        authority::doors(),
        bank::doors(),
        banks::doors(),
        check::doors(),
        bases::doors(),
        conversations::doors(),
        evidence::doors(),
        gags::doors(),
        hunts::doors(),
        identities::doors(),
        incident::doors(),
        ledger::doors(),
        notices::doors(),
        overview::doors(),
        passkeys::doors(),
        people::doors(),
        portal::doors(),
        portal_follow::doors(),
        portal_new::doors(),
        portal_requests::doors(),
        questions::doors(),
        queue::doors(),
        regimes::doors(),
        release::doors(),
        request::doors(),
        request_acts::doors(),
        request_after::doors(),
        request_documents::doors(),
        request_new::doors(),
        requests::doors(),
        rereadings::doors(),
        roster::doors(),
        tokens::doors(),
        transparency::doors(),
        user_notices::doors(),
        waves::doors(),
        wellbeing::doors(),
    ];
    doors.into_iter().flatten().collect()
}

/// Renders a page.
pub(crate) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => Failure::from(error).into_response(),
    }
}

/// Sends the browser on after a form, so that a reload does not send it again.
pub(crate) fn go(path: impl AsRef<str>) -> Response {
    Redirect::to(path.as_ref()).into_response()
}

/// An identifier in the path. What is none leads nowhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id<T>(pub(crate) T);

impl<S: Send + Sync, T: std::str::FromStr + Send> FromRequestParts<S> for Id<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let nowhere = || Failure::new(Code::NotFound, "no such page");
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| nowhere())?;
        text.parse().map(Self).map_err(|_| nowhere())
    }
}

/// What is wrong with a form, by field, in the person's language.
#[derive(Debug, Default)]
pub(crate) struct FormErrors(Vec<(Cow<'static, str>, String)>);

impl FormErrors {
    /// Notes the text `key` on a field, where the condition is broken.
    pub(crate) fn require(
        &mut self,
        holds: bool,
        field: impl Into<Cow<'static, str>>,
        words: Words,
        key: &str,
    ) {
        if !holds {
            self.0.push((field.into(), words.say(key)));
        }
    }

    /// With what else is wrong.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with this field; empty when nothing is.
    pub(crate) fn on(&self, field: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == field).map_or("", |(_, text)| text)
    }

    /// All of it, for the summary above the form.
    pub(crate) fn all(&self) -> &[(Cow<'static, str>, String)] {
        &self.0
    }
}
