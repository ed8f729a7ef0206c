//! Handing in a request at the portal: the form, and what it makes of it. The document itself is uploaded with it.
//!
//! To add a choice: a list of `New`, by `Offered`.

use askama::Template;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use vigie_app::Code;
use vigie_app::regimes::RuleSet;
use vigie_app::requests::EnteredRequest;
use vigie_model::disclosure::{
    Category, EmergencyGround, IdentifierKind, IssuerRole, RequestKind, SubjectRole,
};
use vigie_model::id::RequestId;

use super::portal_form::{GROUPS, filled, instrument, mime};
use super::{FormErrors, Id, go, page};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::Fields;
use crate::frame::Frame;
use crate::section::Section;
use crate::uploads::{File, Upload};
use crate::visit::Desk;

/// The largest form: the longest document, and what stands around it.
pub(super) const LARGEST: usize = 21 << 20;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/portal/requests/new", new),
        Door::post("/portal/requests", hand_in).taking(DefaultBodyLimit::max(LARGEST)),
        Door::get("/portal/requests/{id}/correct", correct),
        Door::post("/portal/requests/{id}/correct", corrected).taking(DefaultBodyLimit::max(LARGEST)),
    ]
}

/// One of what a form lets choose.
pub(crate) struct Choice {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) meaning: String,
    pub(crate) is_chosen: bool,
}

#[derive(Template)]
#[template(path = "portal_new.html")]
pub(crate) struct New {
    pub(crate) frame: Frame,
    pub(crate) regimes: Vec<Choice>,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) posts: Vec<Choice>,
    pub(crate) validators: Vec<Choice>,
    pub(crate) subjects: Vec<Choice>,
    pub(crate) categories: Vec<Choice>,
    pub(crate) grounds: Vec<Choice>,
    pub(crate) networks: Vec<Choice>,
    pub(crate) groups: Vec<Group>,
    pub(crate) services: Vec<String>,
    /// The request that the document corrects; empty where it is a new one.
    pub(crate) corrects: String,
    pub(crate) fields: Fields,
    pub(crate) errors: FormErrors,
    pub(crate) problem: Option<Problem>,
}

/// Identifiers of one kind.
pub(crate) struct Group {
    pub(crate) number: &'static str,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) values: String,
}

async fn new(desk: Desk) -> Result<Response> {
    form(&desk, None, Fields::default(), (FormErrors::default(), None)).await
}

async fn form(
    desk: &Desk,
    corrects: Option<RequestId>,
    fields: Fields,
    (errors, problem): (FormErrors, Option<Problem>),
) -> Result<Response> {
    let own = desk.console.app.acting_for(&desk.caller).await?;
    let of = Offered { desk, fields: &fields };
    let regime = |rules: RuleSet| Choice {
        title: format!("{} ({})", desk.words.either(&rules.title), rules.law),
        meaning: String::new(),
        is_chosen: fields.text("regime") == rules.id,
        name: rules.id,
    };
    let category = |category: &Category| Choice {
        meaning: desk.words.name("data-category-meaning", category.name()),
        ..of.one("category", "data-category", category.name())
    };
    let posts = own.authority.roles.iter().map(|role| Choice {
        is_chosen: fields.parsed("post").next().unwrap_or(own.official.role) == *role,
        ..of.one("post", "issuer-role", role.name())
    });
    Ok(page(&New {
        frame: frame(desk, if corrects.is_some() { "portal-correct" } else { "portal-new" })
            .await
            .below("portal-requests", super::PORTAL),
        corrects: corrects.map(|id| id.to_string()).unwrap_or_default(),
        regimes: desk.console.app.regimes_in_force().into_iter().map(regime).collect(),
        kinds: of.all("kind", "request-kind", RequestKind::ALL.iter().map(|one| one.name())),
        posts: posts.collect(),
        validators: of.all("validator_role", "issuer-role", IssuerRole::ALL.iter().map(|one| one.name())),
        // What the document does not say comes first: nobody is a suspect by default.
        subjects: of.all("subject", "subject-role", SubjectRole::ALL.iter().rev().map(|one| one.name())),
        categories: Category::ALL.iter().map(category).collect(),
        grounds: of.all("ground", "emergency-ground", EmergencyGround::ALL.iter().map(|one| one.name())),
        networks: of.all("by_network", "by-network", ["unstated", "yes", "no"].into_iter()),
        groups: GROUPS.map(|number| of.group(number)).into(),
        services: desk.console.app.settings.disclosure.services.clone(),
        fields,
        errors,
        problem,
    }))
}

/// What the form lets choose, and what of it was chosen.
struct Offered<'a> {
    desk: &'a Desk,
    fields: &'a Fields,
}

impl Offered<'_> {
    fn one(&self, field: &str, set: &str, name: &str) -> Choice {
        Choice {
            name: name.to_owned(),
            title: self.desk.words.name(set, name),
            meaning: String::new(),
            is_chosen: self.fields.all(field).any(|chosen| chosen == name),
        }
    }

    fn all(&self, field: &str, set: &str, names: impl Iterator<Item = &'static str>) -> Vec<Choice> {
        names.map(|name| self.one(field, set, name)).collect()
    }

    fn group(&self, number: &'static str) -> Group {
        let kinds = IdentifierKind::ALL.iter().map(|kind| kind.name());
        Group {
            number,
            kinds: self.all(&format!("kind-{number}"), "identifier-kind", kinds),
            values: self.fields.text(&format!("values-{number}")).to_owned(),
        }
    }
}

async fn hand_in(desk: Desk, sent: Upload) -> Result<Response> {
    // Asked first: nobody else's document is read to its end.
    desk.console.app.acting_for(&desk.caller).await?;
    let (fields, document) = sent.read("document").await?;
    let mut errors = FormErrors::default();
    let Some(entered) = entered(&desk, &fields, document, &mut errors) else {
        return form(&desk, None, fields, (errors, None)).await;
    };
    match desk.console.app.hand_in(&desk.caller, entered).await {
        Ok(request) => Ok(go(format!("/portal/requests/{}?done=portal-handed-in", request.id))),
        Err(error) => refused(&desk, None, fields, error).await,
    }
}

/// The form of a corrected document, filled in as the document says that stands.
async fn correct(desk: Desk, Id(id): Id<RequestId>) -> Result<Response> {
    let said = desk.console.app.own_document(&desk.caller, id).await?;
    form(&desk, Some(id), filled(&said), (FormErrors::default(), None)).await
}

async fn corrected(desk: Desk, Id(id): Id<RequestId>, sent: Upload) -> Result<Response> {
    // Asked first: nobody reads the document of a request that is not theirs.
    desk.console.app.own_request(&desk.caller, id).await?;
    let (fields, document) = sent.read("document").await?;
    let mut errors = FormErrors::default();
    errors.require(!fields.text("answer").is_empty(), "answer", desk.words, "portal-answer-missing");
    let Some(entered) = entered(&desk, &fields, document, &mut errors) else {
        return form(&desk, Some(id), fields, (errors, None)).await;
    };
    match desk.console.app.correct_own(&desk.caller, id, (fields.text("answer"), entered)).await {
        Ok(()) => Ok(go(format!("/portal/requests/{id}?done=portal-corrected"))),
        Err(error) => refused(&desk, Some(id), fields, error).await,
    }
}

/// What was sent, where it is whole; what is missing is noted.
fn entered(desk: &Desk, fields: &Fields, file: File, errors: &mut FormErrors) -> Option<EnteredRequest> {
    let mime = mime(&file.bytes);
    errors.require(mime.is_some(), "document", desk.words, "portal-document-wrong");
    let instrument = instrument(desk, fields, errors);
    let mime = mime.filter(|_| errors.is_empty())?.to_owned();
    Some(EnteredRequest { document: file.bytes, mime, instrument, diagnostics: vec![] })
}

/// Shows the form again where that mends it.
async fn refused(
    desk: &Desk,
    corrects: Option<RequestId>,
    fields: Fields,
    error: vigie_app::Error,
) -> Result<Response> {
    if failure::can_be_mended(&error) || matches!(error.code(), Code::RequestReplayed | Code::UnknownRegime) {
        let problem = Problem::of(&error, desk.visit());
        return form(desk, corrects, fields, (FormErrors::default(), Some(problem))).await;
    }
    Err(error.into())
}

async fn frame(desk: &Desk, title: &str) -> Frame {
    Frame::of(desk.visit(), Section::None, desk.words.say(title)).await
}
