//! A visit: who is looking, in which language, with which looks. Opened once for each request.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, Method, header};
use vigie_app::asker::Asker;
use vigie_app::sessions::SignedIn;
use vigie_app::{Code, Error};
use vigie_model::{Caller, Moment};

use crate::failure::{self, Failure};
use crate::language::{Language, Words};
use crate::{Console, cookie};

/// How the screens look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the browser prefers.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The text in the cookie and in the page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

/// A request with its person and their choices. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Visit(Arc<Visited>);

/// What is known of a visit.
pub(crate) struct Visited {
    /// The console.
    pub(crate) console: Console,
    /// Says things in the person's language.
    pub(crate) words: Words,
    /// How the screens look.
    pub(crate) theme: Theme,
    /// Whether single letters act as shortcuts; a person may switch them off (WCAG 2.1.4).
    pub(crate) single_keys: bool,
    /// The person, if somebody is signed in.
    pub(crate) signed_in: Option<SignedIn>,
    /// The page to come back to: path and query of a page that was looked at, `/` after a form.
    pub(crate) here: String,
    /// The moment of the request.
    pub(crate) now: Moment,
}

impl Deref for Visit {
    type Target = Visited;

    fn deref(&self) -> &Visited {
        &self.0
    }
}

impl Visit {
    /// The person who is signed in.
    ///
    /// # Errors
    /// [`Code::NotSignedIn`].
    pub(crate) fn caller(&self) -> Result<&Caller, Failure> {
        let caller = self.signed_in.as_ref().map(|signed_in| &signed_in.caller);
        caller.ok_or_else(|| Failure::new(Code::NotSignedIn, "nobody is signed in"))
    }

    fn of(console: Console, parts: &Parts, signed_in: Option<SignedIn>) -> Self {
        let choice = |name| cookie::read(&parts.headers, &cookie::choice_name(&console, name));
        let language = choice("language").and_then(Language::from_tag);
        let language =
            language.or_else(|| signed_in.as_ref()?.person.language.as_deref().and_then(Language::from_tag));
        let language = language.or_else(|| accepted_language(&parts.headers)).unwrap_or(Language::English);
        let theme = choice("theme").and_then(Theme::from_name).unwrap_or(Theme::System);
        let single_keys = choice("keys") != Some("off");
        let here = match parts.method {
            Method::GET => parts.uri.path_and_query().map_or("/", |path| path.as_str()),
            _ => "/",
        };
        let here = here.to_owned();
        let now = console.app.now();
        Self(Arc::new(Visited { words: Words(language), theme, single_keys, signed_in, here, now, console }))
    }
}

fn accepted_language(headers: &HeaderMap) -> Option<Language> {
    headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok().and_then(Language::accepted)
}

/// Opens the visit of a request, and gives its page to whatever failed within.
pub(crate) async fn open(State(console): State<Console>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let (signed_in, trouble) = match recognise(&console, &parts.headers).await {
        Ok(signed_in) => (signed_in, None),
        Err(error) => (None, Some(error)),
    };
    if let (Some(asker), Some(signed_in)) = (parts.extensions.get::<Asker>(), &signed_in) {
        asker.is(&signed_in.caller);
    }
    let visit = Visit::of(console, &parts, signed_in);
    parts.extensions.insert(visit.clone());
    let headers = parts.headers.clone();
    let mut response = match trouble {
        Some(error) => Failure::from(error).into_response(),
        None => next.run(Request::from_parts(parts, body)).await,
    };
    match response.extensions_mut().remove::<Failure>() {
        Some(failure) => failure::show(&failure, &visit, &headers).await,
        None => response,
    }
}

/// Who carries the session of this request; nobody is an answer, a failure of ours is not.
async fn recognise(console: &Console, headers: &HeaderMap) -> Result<Option<SignedIn>, Error> {
    let Some(secret) =
        cookie::read(headers, &cookie::session_name(console)).filter(|secret| !secret.is_empty())
    else {
        return Ok(None);
    };
    match console.app.signed_in(secret).await {
        Ok(signed_in) => Ok(Some(signed_in)),
        Err(error) if error.code() == Code::NotSignedIn => Ok(None),
        Err(error) => Err(error),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let visit = parts.extensions.get::<Self>().cloned();
        visit.ok_or_else(|| Failure::new(Code::Internal, "the visit was not opened"))
    }
}

/// The visit of somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Desk {
    /// The person, for the use cases.
    pub(crate) caller: Caller,
    visit: Visit,
}

impl Desk {
    /// The visit.
    pub(crate) fn visit(&self) -> &Visit {
        &self.visit
    }

    /// The person with their session.
    ///
    /// # Errors
    /// [`Code::NotSignedIn`].
    pub(crate) fn session(&self) -> Result<&SignedIn, Failure> {
        let signed_in = self.visit.signed_in.as_ref();
        signed_in.ok_or_else(|| Failure::new(Code::NotSignedIn, "nobody is signed in"))
    }
}

impl Deref for Desk {
    type Target = Visited;

    fn deref(&self) -> &Visited {
        &self.visit
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Desk {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let visit = Visit::from_request_parts(parts, state).await?;
        Ok(Self { caller: visit.caller()?.clone(), visit })
    }
}
