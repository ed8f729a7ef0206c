//! The clerk's form: what came on paper or by mail, with the original beside it. A form of a machine is read and fills it in;
//! one that follows a request is put to that one, and one that is signed is taken in as its authority sent it.
//!
//! Nothing is kept before the form is complete, so the original travels with it: a form that is refused comes back whole.
//!
//! To add something that is done with the original: a value of `act` in `sent`, and its button.

use askama::Template;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vigie_app::requests::{EnteredRequest, FollowUpKind};
use vigie_app::{Code, Error, Resource, authorise};
use vigie_model::Operation;
use vigie_model::disclosure::{
    Category, EmergencyGround, IdentifierKind, IssuerRole, RequestKind, SubjectRole,
};
use vigie_model::id::RequestId;

use super::request_form::{MOST_ROWS, filled, instrument, rows};
use super::request_typed::keep;
use super::{FormErrors, go, page};
use crate::door::Door;
use crate::failure::{self, Failure, Problem, Result};
use crate::fields::{Fields, Query};
use crate::frame::Frame;
use crate::section::Section;
use crate::uploads::{File, Upload, short};
use crate::visit::Desk;

/// The longest original: what the use case takes.
const LONGEST: usize = 20 << 20;
/// The form with it, once it travels as text.
const LARGEST: usize = LONGEST / 3 * 4 + (4 << 20);

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/requests/new", form),
        Door::post("/requests/new", sent).taking(DefaultBodyLimit::max(LARGEST)),
    ]
}

/// A name of a closed set, with its word.
pub(crate) struct Choice {
    pub(crate) name: String,
    pub(crate) title: String,
}

/// One identifier of the form.
pub(crate) struct Wanted {
    pub(crate) row: usize,
    pub(crate) number: String,
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) service: String,
    pub(crate) from: String,
    pub(crate) until: String,
    pub(crate) criterion: String,
    pub(crate) cap: String,
    pub(crate) categories: Vec<(&'static str, bool)>,
    pub(crate) wrong: Vec<String>,
}

#[derive(Template)]
#[template(path = "request_new.html")]
pub(crate) struct New {
    pub(crate) frame: Frame,
    pub(crate) fields: Fields,
    pub(crate) errors: FormErrors,
    pub(crate) problem: Option<Problem>,
    /// What could not be read of the original.
    pub(crate) unread: Vec<String>,
    /// What was typed before, where the original says something else.
    pub(crate) typed: Vec<String>,
    /// Whether the original was read.
    pub(crate) was_read: bool,
    /// What the original says about an earlier request; empty where it is a request of its own.
    pub(crate) follows: &'static str,
    /// Whether it is signed.
    pub(crate) is_signed: bool,
    pub(crate) wanted: Vec<Wanted>,
    pub(crate) may_add: bool,
    pub(crate) regimes: Vec<Choice>,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) roles: Vec<Choice>,
    pub(crate) subjects: Vec<Choice>,
    pub(crate) grounds: Vec<Choice>,
    pub(crate) identifiers: Vec<Choice>,
    /// The original as text, its name and its type; empty before one was sent.
    pub(crate) original: String,
    pub(crate) original_name: String,
    pub(crate) original_mime: String,
    pub(crate) original_size: String,
    /// The request that this clarifies, where it does.
    pub(crate) answers: String,
}

async fn form(desk: Desk, Query(query): Query) -> Result<Response> {
    authorise(&desk.caller, Operation::HandleRequests, Resource::Any)?;
    let fields = match query.text("answers").parse::<RequestId>() {
        Err(_) => Fields::default(),
        Ok(id) => {
            let mut fields = filled(&desk.console.app.request(&desk.caller, id).await?.instrument);
            fields.put("answers", &id.to_string());
            fields
        }
    };
    Ok(show(&desk, fields, File::default(), FormErrors::default(), None).await)
}

async fn sent(desk: Desk, form: Upload) -> Result<Response> {
    authorise(&desk.caller, Operation::HandleRequests, Resource::Any)?;
    let (mut fields, original) = receive(form).await?;
    match fields.text("act") {
        "read" => read(&desk, fields, original).await,
        "follow" => follow(&desk, fields, original).await,
        "signed" => take_signed(&desk, fields, original).await,
        "more" => {
            let more = (rows(&fields) + 1).min(MOST_ROWS);
            fields.put("rows", &more.to_string());
            Ok(show(&desk, fields, original, FormErrors::default(), None).await)
        }
        _ => enter(&desk, fields, original).await,
    }
}

/// What was sent. An original that was chosen now takes the place of one that travelled with the form.
async fn receive(form: Upload) -> Result<(Fields, File)> {
    let (mut fields, chosen) = form.read("original").await?;
    let broken = |_| Failure::new(Code::BadRequest, "the original did not arrive whole");
    let carried = File {
        bytes: STANDARD.decode(fields.text("carried")).map_err(broken)?.into(),
        name: short(fields.text("carried-name"), 200),
        mime: short(fields.text("carried-mime"), 100),
    };
    for name in ["carried", "carried-name", "carried-mime"] {
        fields.remove(name);
    }
    if chosen.bytes.is_empty() {
        return Ok((fields, carried));
    }
    // What was read was read of another document.
    for name in OF_ORIGINAL {
        fields.remove(name);
    }
    Ok((fields, chosen))
}

/// Fields that say something about the original that travels with the form.
const OF_ORIGINAL: [&str; 5] = ["unread", "typed", "read", "follows", "signed"];

/// Fills the form in from the original, where a machine wrote that.
async fn read(desk: &Desk, fields: Fields, original: File) -> Result<Response> {
    if original.bytes.is_empty() {
        return Ok(without_original(desk, fields).await);
    }
    match desk.console.app.read_form(&desk.caller, &original.bytes) {
        Ok(Some(form)) => {
            let mut read = filled(&form.instrument);
            for line in keep(&mut read, &fields, desk.words) {
                read.add("typed", &line);
            }
            for line in &form.diagnostics {
                read.add("unread", line);
            }
            read.put("read", "yes");
            read.put("follows", form.follows.map_or("", FollowUpKind::name));
            read.put("signed", if form.is_signed { "yes" } else { "" });
            for kept in ["answers", "answer"] {
                read.put(kept, fields.text(kept));
            }
            Ok(show(desk, read, original, FormErrors::default(), None).await)
        }
        Ok(None) => {
            let error = Error::new(Code::RequestUnreadable, "it is no form that a machine wrote");
            let problem = Problem::of(&error, desk.visit());
            Ok(show(desk, fields, original, FormErrors::default(), Some(problem)).await)
        }
        Err(error) => refused(desk, fields, original, error).await,
    }
}

async fn without_original(desk: &Desk, fields: Fields) -> Response {
    let mut errors = FormErrors::default();
    errors.require(false, "original", desk.words, "form-original-missing");
    show(desk, fields, File::default(), errors, None).await
}

/// Puts a form that is no request of its own to the request that it continues.
async fn follow(desk: &Desk, fields: Fields, original: File) -> Result<Response> {
    if original.bytes.is_empty() {
        return Ok(without_original(desk, fields).await);
    }
    match desk.console.app.enter_form(&desk.caller, &original.bytes).await {
        Ok(id) => Ok(go(format!("/requests/{id}?done=request-followed"))),
        Err(error) => refused(desk, fields, original, error).await,
    }
}

/// Takes in a signed document as its authority sent it.
async fn take_signed(desk: &Desk, fields: Fields, original: File) -> Result<Response> {
    if original.bytes.is_empty() {
        return Ok(without_original(desk, fields).await);
    }
    match desk.console.app.enter_signed(&desk.caller, original.bytes.clone()).await {
        Ok(id) => Ok(go(format!("/requests/{id}?done=request-entered"))),
        Err(error) => refused(desk, fields, original, error).await,
    }
}

async fn enter(desk: &Desk, fields: Fields, original: File) -> Result<Response> {
    let mut missing = FormErrors::default();
    missing.require(!original.bytes.is_empty(), "original", desk.words, "form-original-missing");
    let said = match instrument(&fields, desk.words) {
        Ok(said) if missing.is_empty() => said,
        Ok(_) => return Ok(show(desk, fields, original, missing, None).await),
        Err(errors) => {
            missing.extend(errors);
            return Ok(show(desk, fields, original, missing, None).await);
        }
    };
    let mime = if original.mime.is_empty() { "application/octet-stream" } else { &original.mime };
    let entered = EnteredRequest {
        document: original.bytes.clone(),
        mime: mime.to_owned(),
        instrument: said,
        diagnostics: fields.all("unread").map(str::to_owned).collect(),
    };
    let app = &desk.console.app;
    let outcome = match fields.text("answers").parse::<RequestId>() {
        Ok(id) => {
            let answer = (fields.text("answer"), Some(entered));
            app.take_clarification(&desk.caller, id, answer).await.map(|()| (id, "request-answered"))
        }
        Err(_) => {
            app.enter_request(&desk.caller, entered).await.map(|request| (request.id, "request-entered"))
        }
    };
    match outcome {
        Ok((id, done)) => Ok(go(format!("/requests/{id}?done={done}"))),
        Err(error) => refused(desk, fields, original, error).await,
    }
}

async fn refused(desk: &Desk, fields: Fields, original: File, error: Error) -> Result<Response> {
    if !failure::can_be_mended(&error) {
        return Err(error.into());
    }
    let problem = Problem::of(&error, desk.visit());
    Ok(show(desk, fields, original, FormErrors::default(), Some(problem)).await)
}

async fn show(
    desk: &Desk,
    fields: Fields,
    original: File,
    errors: FormErrors,
    problem: Option<Problem>,
) -> Response {
    let words = desk.words;
    let names = |set: &str, names: &mut dyn Iterator<Item = &'static str>| {
        names.map(|name| Choice { name: name.to_owned(), title: words.name(set, name) }).collect()
    };
    let rules = &desk.console.app.settings.disclosure.rules;
    let regimes = rules
        .in_force(desk.now)
        .filter(|rules| !rules.own_duty)
        .map(|rules| Choice { name: rules.id.clone(), title: words.either(&rules.title) });
    let title = words.say("form-title");
    let frame = Frame::of(desk.visit(), Section::Requests, title).await.below("requests-title", "/requests");
    page(&New {
        frame,
        unread: fields.all("unread").map(str::to_owned).collect(),
        typed: fields.all("typed").map(str::to_owned).collect(),
        was_read: fields.text("read") == "yes",
        follows: fields.text("follows").parse().map_or("", FollowUpKind::name),
        is_signed: fields.text("signed") == "yes",
        wanted: (0..rows(&fields)).map(|row| wanted(desk, &fields, &errors, row)).collect(),
        may_add: rows(&fields) < MOST_ROWS,
        regimes: regimes.collect(),
        kinds: names("request-kind", &mut RequestKind::ALL.iter().map(|one| one.name())),
        roles: names("issuer-role", &mut IssuerRole::ALL.iter().map(|one| one.name())),
        subjects: names("subject-role", &mut SubjectRole::ALL.iter().map(|one| one.name())),
        grounds: names("emergency-ground", &mut EmergencyGround::ALL.iter().map(|one| one.name())),
        identifiers: names("identifier-kind", &mut IdentifierKind::ALL.iter().map(|one| one.name())),
        original: STANDARD.encode(&original.bytes),
        original_size: words.number(i64::try_from(original.bytes.len().div_ceil(1024)).unwrap_or(0)),
        original_name: original.name,
        original_mime: original.mime,
        answers: fields.text("answers").to_owned(),
        fields,
        errors,
        problem,
    })
}

fn wanted(desk: &Desk, fields: &Fields, errors: &FormErrors, row: usize) -> Wanted {
    let name = |field: &str| format!("{field}-{row}");
    let text = |field: &str| fields.text(&name(field)).to_owned();
    let only = &desk.console.app.settings.disclosure.services;
    // A house with one service asks about that one.
    let service = match (text("service"), only.as_slice()) {
        (service, [one]) if service.is_empty() => one.clone(),
        (service, _) => service,
    };
    let wrong = ["value", "category", "from", "until", "cap"].map(|field| errors.on(&name(field)).to_owned());
    Wanted {
        row,
        number: desk.words.number(row + 1),
        kind: text("kind"),
        value: text("value"),
        service,
        from: text("from"),
        until: text("until"),
        criterion: text("criterion"),
        cap: text("cap"),
        categories: Category::ALL
            .iter()
            .map(|one| (one.name(), fields.has(&name("category"), one.name())))
            .collect(),
        wrong: wrong.into_iter().filter(|text| !text.is_empty()).collect(),
    }
}
