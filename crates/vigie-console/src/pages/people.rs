//! People: who works here, with which roles; links by which they sign in, their passkeys and sessions; the naming of a
//! second administrator.

use askama::Template;
use axum::response::Response;
use vigie_app::people::Person;
use vigie_model::Role;
use vigie_model::id::PersonId;

use super::account::{PasskeyRow, SessionRow, passkey_rows, session_rows};
use super::identities::{IdentityRow, identity_rows};
use super::{FormErrors, Id, confirm, go, page};
use crate::door::Door;
use crate::failure::{self, Failure, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::language::Words;
use crate::parts::When;
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/people", list),
        Door::post("/people", add),
        Door::get("/people/new", new),
        Door::get("/people/{id}", person),
        Door::post("/people/{id}/link", make_link),
        Door::post("/people/{id}/roles", change_roles),
        Door::post("/people/{id}/mail", set_mail),
        Door::get("/people/{id}/passkeys/remove", ask_to_remove_passkeys),
        Door::post("/people/{id}/passkeys/remove", remove_passkeys),
        Door::post("/people/{id}/sessions/end", end_sessions),
        Door::get("/people/{id}/end", ask_to_end),
        Door::post("/people/{id}/end", end),
        Door::get("/setup", setup),
    ]
}

/// A person as lists and pages show them.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) roles: Vec<String>,
    pub(crate) mail: String,
    pub(crate) added: When,
    pub(crate) ended: Option<When>,
    pub(crate) is_caller: bool,
}

#[derive(Template)]
#[template(path = "people.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) people: Vec<Row>,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let people = desk.console.app.people(&desk.caller).await?;
    let frame = frame(&desk, "people-title").await.noting(query.text("done"));
    Ok(page(&List { frame, people: people.iter().map(|person| row(&desk, person)).collect() }))
}

/// A role that can be given, with what it means.
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    pub(crate) title: String,
    pub(crate) meaning: String,
    pub(crate) is_chosen: bool,
}

/// Roles as a form offers them.
pub(crate) fn choices(words: Words, chosen: &[Role]) -> Vec<Choice> {
    let choice = |role: &Role| Choice {
        name: role.name(),
        title: words.name("role", role.name()),
        meaning: words.name("role-meaning", role.name()),
        is_chosen: chosen.contains(role),
    };
    Role::ALL.iter().filter(|role| role.is_of_the_house()).map(choice).collect()
}

#[derive(Template)]
#[template(path = "person_new.html")]
pub(crate) struct New {
    pub(crate) frame: Frame,
    pub(crate) is_setup: bool,
    pub(crate) name: String,
    pub(crate) roles: Vec<Choice>,
    pub(crate) reason: String,
    pub(crate) errors: FormErrors,
    pub(crate) problem: Option<Problem>,
}

async fn new(desk: Desk) -> Result<Response> {
    // Asked first, so that the form is not shown to somebody who may not send it.
    desk.console.app.people(&desk.caller).await?;
    Ok(page(&form(&desk, &Fields::default(), FormErrors::default(), None).await))
}

/// The first administrator names a second: one alone could not be stopped by anybody.
async fn setup(desk: Desk) -> Result<Response> {
    desk.console.app.people(&desk.caller).await?;
    if !desk.console.app.needs_second_administrator().await? {
        return Ok(go("/people"));
    }
    let fields = Fields::of(&[("setup", "yes"), ("role", Role::Administrator.name())]);
    Ok(page(&form(&desk, &fields, FormErrors::default(), None).await))
}

async fn form(desk: &Desk, fields: &Fields, errors: FormErrors, problem: Option<Problem>) -> New {
    let is_setup = fields.text("setup") == "yes";
    let title = if is_setup { "setup-title" } else { "person-new-title" };
    let chosen: Vec<Role> = fields.parsed("role").collect();
    New {
        frame: frame(desk, title).await.below("people-title", "/people"),
        is_setup,
        name: fields.text("name").to_owned(),
        roles: choices(desk.words, &chosen),
        reason: fields.text("reason").to_owned(),
        errors,
        problem,
    }
}

async fn add(desk: Desk, Form(fields): Form) -> Result<Response> {
    let roles: Vec<Role> = fields.parsed("role").collect();
    let name = fields.text("name");
    let mut errors = FormErrors::default();
    errors.require((1..=100).contains(&name.chars().count()), "name", desk.words, "person-name-missing");
    errors.require(!roles.is_empty(), "role", desk.words, "person-role-missing");
    if !errors.is_empty() {
        return Ok(page(&form(&desk, &fields, errors, None).await));
    }
    let app = &desk.console.app;
    let added = if app.takes_second_administrator(&[], &roles).await? {
        app.ask_to_add_person(&desk.caller, name, &roles, fields.text("reason")).await.map(|_| None)
    } else {
        app.add_person(&desk.caller, name, &roles).await.map(Some)
    };
    match added {
        Ok(Some(person)) => show_link(&desk, person.id, &person.name).await,
        Ok(None) => Ok(go("/questions?done=question-asked")),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            Ok(page(&form(&desk, &fields, FormErrors::default(), Some(problem)).await))
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "person.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) person: Row,
    pub(crate) roles: Vec<Choice>,
    pub(crate) reason: String,
    pub(crate) passkeys: Vec<PasskeyRow>,
    pub(crate) identities: Vec<IdentityRow>,
    pub(crate) sessions: Vec<SessionRow>,
    pub(crate) problem: Option<Problem>,
}

async fn person(desk: Desk, Id(id): Id<PersonId>, Query(query): Query) -> Result<Response> {
    let person = find(&desk, id).await?;
    let page_of_one = one(&desk, &person, &person.roles, None).await?;
    Ok(page(&One { frame: page_of_one.frame.noting(query.text("done")), ..page_of_one }))
}

async fn one(desk: &Desk, person: &Person, chosen: &[Role], problem: Option<Problem>) -> Result<One> {
    let app = &desk.console.app;
    let frame = Frame::of(desk.visit(), Section::People, person.name.clone()).await;
    Ok(One {
        frame: frame.below("people-title", "/people"),
        person: row(desk, person),
        roles: choices(desk.words, chosen),
        reason: String::new(),
        passkeys: passkey_rows(desk, app.passkeys_of(&desk.caller, person.id).await?),
        identities: identity_rows(desk, app.identities_of(&desk.caller, person.id).await?),
        sessions: session_rows(desk, app.sessions_of(&desk.caller, person.id).await?),
        problem,
    })
}

async fn ask_to_remove_passkeys(desk: Desk, Id(id): Id<PersonId>) -> Result<Response> {
    let person = find(&desk, id).await?;
    let title = desk.words.about("person-passkeys-remove-title", &person.name);
    let frame = Frame::of(desk.visit(), Section::People, title).await;
    let consequences =
        ["person-passkeys-remove-sessions", "person-passkeys-remove-link", "person-passkeys-remove-trace"];
    Ok(page(&confirm::Confirm {
        frame: frame.below("people-title", "/people"),
        consequences: consequences.map(|key| desk.words.say(key)).to_vec(),
        button: desk.words.say("person-passkeys-remove"),
        back: format!("/people/{id}"),
        action: format!("/people/{id}/passkeys/remove"),
    }))
}

async fn remove_passkeys(desk: Desk, Id(id): Id<PersonId>) -> Result<Response> {
    desk.console.app.remove_passkeys_of(&desk.caller, id).await?;
    Ok(go(format!("/people/{id}?done=passkeys-removed")))
}

/// Ends the session that is named, or all of them.
async fn end_sessions(desk: Desk, Id(id): Id<PersonId>, Form(fields): Form) -> Result<Response> {
    let app = &desk.console.app;
    match fields.text("session") {
        "" => app.revoke_sessions_of(&desk.caller, id).await?,
        named => {
            let session = named.parse().map_err(|_| vigie_app::Error::not_found("session"))?;
            app.revoke_session_of(&desk.caller, id, session).await?;
        }
    }
    Ok(go(format!("/people/{id}?done=sessions-of-ended")))
}

async fn change_roles(desk: Desk, Id(id): Id<PersonId>, Form(fields): Form) -> Result<Response> {
    let roles: Vec<Role> = fields.parsed("role").collect();
    let (app, reason) = (&desk.console.app, fields.text("reason"));
    let person = find(&desk, id).await?;
    let takes_two = app.takes_second_administrator(&person.roles, &roles).await?;
    let changed = if takes_two {
        app.ask_to_change_roles(&desk.caller, id, &roles, reason).await.map(drop)
    } else {
        app.change_roles(&desk.caller, id, &roles).await
    };
    match changed {
        Ok(()) if takes_two => Ok(go("/questions?done=question-asked")),
        Ok(()) => Ok(go(format!("/people/{id}?done=roles-changed"))),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            let reason = reason.to_owned();
            Ok(page(&One { reason, ..one(&desk, &person, &roles, Some(problem)).await? }))
        }
        Err(error) => Err(error.into()),
    }
}

async fn set_mail(desk: Desk, Id(id): Id<PersonId>, Form(fields): Form) -> Result<Response> {
    match desk.console.app.set_mail(&desk.caller, id, Some(fields.text("mail"))).await {
        Ok(()) => Ok(go(format!("/people/{id}?done=mail-changed"))),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            let mut person = find(&desk, id).await?;
            person.mail = Some(fields.text("mail").to_owned());
            Ok(page(&one(&desk, &person, &person.roles, Some(problem)).await?))
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "person_link.html")]
pub(crate) struct Link {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) link: String,
}

async fn make_link(desk: Desk, Id(id): Id<PersonId>) -> Result<Response> {
    let person = find(&desk, id).await?;
    show_link(&desk, id, &person.name).await
}

/// Shown in the answer to the form itself: the link exists nowhere else, and is never asked for again.
async fn show_link(desk: &Desk, id: PersonId, name: &str) -> Result<Response> {
    let link = desk.console.app.make_sign_in_link(&desk.caller, id).await?;
    let title = desk.words.about("person-link-title", name);
    let frame = Frame::of(desk.visit(), Section::People, title).await.below("people-title", "/people");
    Ok(page(&Link { frame, id: id.to_string(), name: name.to_owned(), link }))
}

async fn ask_to_end(desk: Desk, Id(id): Id<PersonId>) -> Result<Response> {
    let person = find(&desk, id).await?;
    let frame =
        Frame::of(desk.visit(), Section::People, desk.words.about("person-end-title", &person.name)).await;
    Ok(page(&confirm::Confirm {
        frame: frame.below("people-title", "/people"),
        consequences: ["person-end-sessions", "person-end-trace", "person-end-again"]
            .map(|key| desk.words.say(key))
            .to_vec(),
        button: desk.words.say("person-end"),
        back: format!("/people/{id}"),
        action: format!("/people/{id}/end"),
    }))
}

async fn end(desk: Desk, Id(id): Id<PersonId>) -> Result<Response> {
    match desk.console.app.end_person(&desk.caller, id).await {
        Ok(()) => Ok(go("/people?done=person-ended")),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            let person = find(&desk, id).await?;
            Ok(page(&one(&desk, &person, &person.roles, Some(problem)).await?))
        }
        Err(error) => Err(error.into()),
    }
}

async fn find(desk: &Desk, id: PersonId) -> Result<Person> {
    let people = desk.console.app.people(&desk.caller).await?;
    let found = people.into_iter().find(|person| person.id == id);
    found.ok_or_else(|| Failure::new(vigie_app::Code::NotFound, "no such person"))
}

fn row(desk: &Desk, person: &Person) -> Row {
    let when = |moment| When::new(desk.words, moment, desk.now);
    Row {
        id: person.id.to_string(),
        name: person.name.clone(),
        roles: person.roles.iter().map(|role| desk.words.name("role", role.name())).collect(),
        mail: person.mail.clone().unwrap_or_default(),
        added: when(person.created_at),
        ended: person.ended_at.map(when),
        is_caller: Some(person.id) == desk.caller.person(),
    }
}

async fn frame(desk: &Desk, title: &str) -> Frame {
    Frame::of(desk.visit(), Section::People, desk.words.say(title)).await
}
