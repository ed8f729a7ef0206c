//! Handing in a request at the portal: the form, and what it makes of it. The document itself is uploaded with it.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Multipart};
use axum::response::Response;
use vigie_app::Code;
use vigie_app::regimes::RuleSet;
use vigie_app::requests::EnteredRequest;
use vigie_model::Moment;
use vigie_model::disclosure::{
    Category, DoNotAct, Emergency, EmergencyGround, Identifier, IdentifierKind, Instrument, IssuerRole,
    Offence, Office, RequestKind, Silence, Span, SubjectRole, Wanted,
};

use super::bases::day;
use super::{FormErrors, go, page};
use crate::door::Door;
use crate::failure::{self, Failure, Problem, Result};
use crate::fields::Fields;
use crate::frame::Frame;
use crate::section::Section;
use crate::visit::Desk;

/// The largest form: the longest document, and what stands around it.
const LARGEST: usize = 21 << 20;
/// How many kinds of identifiers one form takes.
pub(crate) const GROUPS: [&str; 3] = ["1", "2", "3"];

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/portal/requests/new", new),
        Door::post("/portal/requests", hand_in).taking(DefaultBodyLimit::max(LARGEST)),
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
    form(&desk, Fields::default(), FormErrors::default(), None).await
}

async fn form(desk: &Desk, fields: Fields, errors: FormErrors, problem: Option<Problem>) -> Result<Response> {
    let own = desk.console.app.acting_for(&desk.caller).await?;
    let choice = |field: &str, set: &str, name: &str| Choice {
        name: name.to_owned(),
        title: desk.words.name(set, name),
        meaning: String::new(),
        is_chosen: fields.all(field).any(|chosen| chosen == name),
    };
    let group = |number: &'static str| Group {
        number,
        kinds: IdentifierKind::ALL
            .iter()
            .map(|kind| choice(&format!("kind-{number}"), "identifier-kind", kind.name()))
            .collect(),
        values: fields.text(&format!("values-{number}")).to_owned(),
    };
    let regime = |rules: RuleSet| Choice {
        title: format!("{} ({})", desk.words.either(&rules.title), rules.law),
        meaning: String::new(),
        is_chosen: fields.text("regime") == rules.id,
        name: rules.id,
    };
    let category = |category: &Category| Choice {
        meaning: desk.words.name("data-category-meaning", category.name()),
        ..choice("category", "data-category", category.name())
    };
    let posts = own.authority.roles.iter().map(|role| Choice {
        is_chosen: fields.parsed("post").next().unwrap_or(own.official.role) == *role,
        ..choice("post", "issuer-role", role.name())
    });
    Ok(page(&New {
        frame: frame(desk, "portal-new").await.below("portal-requests", super::PORTAL),
        regimes: desk.console.app.regimes_in_force().into_iter().map(regime).collect(),
        kinds: RequestKind::ALL.iter().map(|kind| choice("kind", "request-kind", kind.name())).collect(),
        posts: posts.collect(),
        validators: IssuerRole::ALL
            .iter()
            .map(|role| choice("validator_role", "issuer-role", role.name()))
            .collect(),
        // What the document does not say comes first: nobody is a suspect by default.
        subjects: SubjectRole::ALL
            .iter()
            .rev()
            .map(|role| choice("subject", "subject-role", role.name()))
            .collect(),
        categories: Category::ALL.iter().map(category).collect(),
        grounds: EmergencyGround::ALL
            .iter()
            .map(|ground| choice("ground", "emergency-ground", ground.name()))
            .collect(),
        networks: ["unstated", "yes", "no"].map(|name| choice("by_network", "by-network", name)).into(),
        groups: GROUPS.map(group).into(),
        services: desk.console.app.settings.disclosure.services.clone(),
        fields,
        errors,
        problem,
    }))
}

async fn hand_in(desk: Desk, sent: Multipart) -> Result<Response> {
    // Asked first: nobody else's document is read to its end.
    desk.console.app.acting_for(&desk.caller).await?;
    let (fields, document) = read(sent).await?;
    let mut errors = FormErrors::default();
    let mime = mime(&document);
    errors.require(mime.is_some(), "document", desk.words, "portal-document-wrong");
    let instrument = instrument(&desk, &fields, &mut errors);
    let (Some(instrument), Some(mime)) = (instrument.filter(|_| errors.is_empty()), mime) else {
        return form(&desk, fields, errors, None).await;
    };
    let entered = EnteredRequest { document, mime: mime.to_owned(), instrument, diagnostics: vec![] };
    match desk.console.app.hand_in(&desk.caller, entered).await {
        Ok(request) => Ok(go(format!("/portal/requests/{}?done=portal-handed-in", request.id))),
        Err(error)
            if failure::can_be_mended(&error)
                || matches!(error.code(), Code::RequestReplayed | Code::UnknownRegime) =>
        {
            let problem = Problem::of(&error, desk.visit());
            form(&desk, fields, FormErrors::default(), Some(problem)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The fields of the form, and the document.
async fn read(mut sent: Multipart) -> Result<(Fields, Bytes)> {
    let unreadable = |_| Failure::new(Code::BadRequest, "the form did not arrive whole");
    let (mut pairs, mut document) = (Vec::new(), Bytes::new());
    while let Some(field) = sent.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "document" {
            let too_large = |_| Failure::new(Code::MediaTooLarge, "the document is over 20 MB");
            document = field.bytes().await.map_err(too_large)?;
        } else {
            pairs.push((name, field.text().await.map_err(unreadable)?));
        }
    }
    Ok((Fields::from(pairs), document))
}

/// What a document is, by how it begins: PDF or XML, and nothing else.
fn mime(document: &[u8]) -> Option<&'static str> {
    let text = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        Some(_) if document.starts_with(b"%PDF-") => Some("application/pdf"),
        Some(b'<') => Some("application/xml"),
        _ => None,
    }
}

/// What the form says, as values; nothing where something is missing, which is noted.
fn instrument(desk: &Desk, fields: &Fields, errors: &mut FormErrors) -> Option<Instrument> {
    for (field, key) in [
        ("regime", "portal-regime-missing"),
        ("reference", "portal-reference-missing"),
        ("legal_bases", "portal-bases-missing"),
        ("values-1", "portal-identifiers-missing"),
    ] {
        errors.require(!fields.text(field).is_empty(), field, desk.words, key);
    }
    let categories: Vec<Category> = fields.parsed("category").collect();
    errors.require(!categories.is_empty(), "category", desk.words, "portal-categories-missing");
    let [issued_at, from, until, answer_by, silent_until, still_until] =
        ["issued_at", "from", "until", "answer_by", "silence_until", "do_not_act_until"].map(|field| {
            let date = day(fields.text(field));
            errors.require(date.is_ok(), field, desk.words, "portal-date-wrong");
            date.unwrap_or_default()
        });
    let is_ahead = answer_by.is_none_or(|by| by > desk.now);
    errors.require(is_ahead, "answer_by", desk.words, "portal-answer-by-past");
    let span = from.zip(until).map(|(from, until)| Span { from: begins(from), until });
    errors.require(span.is_none_or(|span| span.from < span.until), "from", desk.words, "portal-span-wrong");
    errors.require(from.is_some() == until.is_some(), "from", desk.words, "portal-span-half");
    let wants_stillness = !fields.text("do_not_act").is_empty();
    errors.require(
        !wants_stillness || still_until.is_some(),
        "do_not_act_until",
        desk.words,
        "portal-until-missing",
    );
    let do_not_act = still_until
        .filter(|_| wants_stillness)
        .map(|until| DoNotAct { until, text: fields.text("do_not_act").to_owned() });
    let emergency = (fields.text("emergency") == "yes").then(|| Emergency {
        ground: fields.parsed("ground").next().unwrap_or(EmergencyGround::Life),
        text: fields.text("emergency_text").to_owned(),
        validation_follows: fields.text("validation_follows") == "yes",
    });
    let says_why = emergency.as_ref().is_none_or(|emergency| !emergency.text.is_empty());
    errors.require(says_why, "emergency_text", desk.words, "portal-emergency-missing");
    Some(Instrument {
        regime: fields.text("regime").to_owned(),
        kind: fields.parsed("kind").next().unwrap_or(RequestKind::Production),
        reference: fields.text("reference").to_owned(),
        issued_at: issued_at.map(begins),
        issuer: Office {
            role: fields.parsed("post").next(),
            file: fields.text("file").to_owned(),
            post: fields.text("service_unit").to_owned(),
            ..Office::default()
        },
        validator: validator(fields),
        addressee: addressee(desk),
        legal_bases: split(fields.text("legal_bases")),
        offence: offence(fields),
        subject_role: fields.parsed("subject").next().unwrap_or(SubjectRole::Unstated),
        emergency,
        answer_by,
        notified: None,
        silence: silence(fields, silent_until),
        do_not_act,
        earlier: some(fields.text("earlier")),
        wanted: wanted(desk, fields, &categories, span),
        facts: fields.text("facts").to_owned(),
        necessity: fields.text("necessity").to_owned(),
        answer_to: None,
        nonce: fields.text("nonce").to_owned(),
    })
}

/// Each identifier on a line of its own, with every category and the one span.
fn wanted(desk: &Desk, fields: &Fields, categories: &[Category], span: Option<Span>) -> Vec<Wanted> {
    let service = some(fields.text("service")).unwrap_or_else(|| {
        desk.console.app.settings.disclosure.services.first().cloned().unwrap_or_default()
    });
    let mut wanted = Vec::new();
    for number in GROUPS {
        let kind = fields.parsed(&format!("kind-{number}")).next().unwrap_or(IdentifierKind::UserId);
        let values = fields.text(&format!("values-{number}")).lines().map(str::trim);
        wanted.extend(values.filter(|value| !value.is_empty()).map(|value| Wanted {
            identifier: Identifier { kind, value: value.to_owned(), service: service.clone() },
            categories: categories.to_vec(),
            span,
            criterion: None,
            cap: None,
        }));
    }
    wanted
}

fn offence(fields: &Fields) -> Option<Offence> {
    let (text, provision) = (fields.text("offence"), fields.text("provision"));
    (!text.is_empty() || !provision.is_empty()).then(|| Offence {
        text: text.to_owned(),
        provision: provision.to_owned(),
        listed: some(fields.text("listed")),
        maximum_years: fields.parsed("maximum_years").next(),
        by_network: match fields.text("by_network") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        country: None,
    })
}

fn silence(fields: &Fields, until: Option<Moment>) -> Option<Silence> {
    let basis = some(fields.text("silence_basis"))?;
    Some(Silence { basis, until, text: fields.text("silence_text").to_owned() })
}

fn validator(fields: &Fields) -> Option<Office> {
    let name = some(fields.text("validator"))?;
    Some(Office { name, role: fields.parsed("validator_role").next(), ..Office::default() })
}

fn addressee(desk: &Desk) -> String {
    let settings = &desk.console.app.settings;
    settings.disclosure.addressees.first().unwrap_or(&settings.instance).clone()
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn split(text: &str) -> Vec<String> {
    text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The first moment of a day of which [`day`] gives the end.
fn begins(end: Moment) -> Moment {
    end.before(std::time::Duration::from_secs(24 * 60 * 60))
}

async fn frame(desk: &Desk, title: &str) -> Frame {
    Frame::of(desk.visit(), Section::None, desk.words.say(title)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_pdf_or_xml_by_how_it_begins() {
        let check = |document: &[u8], is: Option<&str>| assert_eq!(mime(document), is, "{document:?}");
        check(b"%PDF-1.7 ...", Some("application/pdf"));
        check(b"<?xml version=\"1.0\"?>", Some("application/xml"));
        check(b"\xef\xbb\xbf\n <form/>", Some("application/xml"));
        check(b"", None);
        check(b"PK\x03\x04", None);
        check(b"MZ%PDF-", None);
    }
}
