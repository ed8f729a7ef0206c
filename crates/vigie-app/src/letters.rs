//! Letters of the disclosure desk.

use serde::{Deserialize, Serialize};
use vigie_formats::request::Language;
use vigie_formats::request::letters::{self as papers, Frame, House, HumanRightsConcern};
use vigie_formats::request::paper::Paper;
use vigie_model::Moment;
use vigie_model::disclosure::{RefusalGround, Request};

use crate::App;

/// Countries to whose authorities the house writes in French; to all others in English.
const IN_FRENCH: [&str; 3] = ["FR", "LU", "MC"];

/// The language in which the house writes to an authority of this country.
pub(crate) fn language_of(country: &str) -> Language {
    if IN_FRENCH.contains(&country) { Language::French } else { Language::English }
}

/// That a request came. It says nothing of what it names, and is made of nothing that does.
pub(crate) fn acknowledgement(app: &App, request: &Request) -> String {
    let portal = format!("{}/portal", app.settings.public_url);
    let house = House { portal: Some(portal), ..house(app) };
    papers::acknowledgement(&to_authority(&house, request, request.received_at)).text()
}

/// That tasks of a request are refused, each on its ground; one where nothing is carried out because of fundamental rights says so
/// in words of its own.
pub(crate) fn refusal(app: &App, request: &Request, tasks: &[papers::RefusedTask]) -> Paper {
    let house = house(app);
    let frame = to_authority(&house, request, app.now());
    let of_rights = |task: &papers::RefusedTask| task.ground == RefusalGround::HumanRights;
    match tasks.first().filter(|_| tasks.iter().all(of_rights)) {
        Some(one) => papers::human_rights_refusal(&frame, &[], &one.explanation),
        None => papers::refusal(&frame, tasks),
    }
}

/// Which effect an order to act was given.
pub(crate) fn effect(app: &App, request: &Request, text: &str) -> Paper {
    let house = house(app);
    papers::effect(&to_authority(&house, request, app.now()), text)
}

/// That the law of a third country forbids to carry out tasks of a request: the objection of the house, with its reasons.
pub(crate) fn conflict_objection(
    app: &App,
    request: &Request,
    objection: &papers::ConflictObjection,
) -> Paper {
    let house = house(app);
    papers::conflict_objection(&to_authority(&house, request, app.now()), objection)
}

/// What an authority is asked where the screen for human rights found something, and what it is told where that is refused: both for
/// a legal officer to go over.
pub(crate) fn about_rights(app: &App, request: &Request, concerns: &[HumanRightsConcern]) -> RightsDrafts {
    let house = house(app);
    let frame = to_authority(&house, request, app.now());
    let reasons = concerns.iter().map(|concern| concern.concern(frame.language));
    RightsDrafts {
        ask: papers::human_rights_questions(&frame, concerns).text(),
        refuse: reasons.collect::<Vec<_>>().join("\n"),
    }
}

/// Letters that are ready where the screen for human rights found something, in the language of the authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsDrafts {
    /// The questions to the authority.
    pub ask: String,
    /// Why it is refused.
    pub refuse: String,
}

/// What stands around a letter to the authority of a request.
pub(crate) fn to_authority<'a>(house: &'a House, request: &Request, at: Moment) -> Frame<'a> {
    Frame {
        language: language_of(&request.country),
        house,
        recipient: vec![request.authority_name.clone()],
        reference: Some(request.reference.clone()),
        ours: request.number.to_string(),
        at,
    }
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BothLanguages {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
}

/// Who writes: the house under the name by which it is addressed. It is reached at its address of the web, and by mail where the
/// operator named one.
pub(crate) fn house(app: &App) -> House {
    let settings = &app.settings.disclosure;
    let ways = settings.contact.mail().into_iter().chain([app.settings.public_url.as_str()]);
    House {
        name: settings.addressees.first().unwrap_or(&app.settings.instance).clone(),
        address: settings.contact.address().to_vec(),
        contact: ways.collect::<Vec<_>>().join(", "),
        portal: None,
    }
}

fn in_both(
    app: &App,
    (account, ours): (&str, &str),
    at: Moment,
    write: impl Fn(&Frame<'_>) -> String,
) -> BothLanguages {
    let house = house(app);
    let frame = |language| Frame {
        language,
        house: &house,
        recipient: vec![account.to_owned()],
        reference: None,
        ours: ours.to_owned(),
        at,
    };
    BothLanguages { en: write(&frame(Language::English)), fr: write(&frame(Language::French)) }
}

/// Tells a user that data of the account was given to an authority.
pub(crate) fn user_notice(app: &App, request: &Request, notice: &papers::UserNotice) -> BothLanguages {
    let ours = format!("{}", request.number);
    in_both(app, (&notice.account, &ours), app.now(), |frame| papers::user_notice(frame, notice).text())
}

/// States that nothing was disclosed of an account that may be told.
pub(crate) fn account_statement(
    app: &App,
    statement: &papers::AccountStatement,
    at: Moment,
) -> BothLanguages {
    let size = statement.ledger_size.to_string();
    in_both(app, (&statement.account, &size), at, |frame| papers::account_statement(frame, statement).text())
}
