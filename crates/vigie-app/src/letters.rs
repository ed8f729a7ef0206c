//! Letters of the disclosure desk.

use serde::{Deserialize, Serialize};
use vigie_formats::request::Language;
use vigie_formats::request::letters::{self as papers, Frame, House};
use vigie_model::Moment;
use vigie_model::disclosure::Request;

use crate::App;

/// Countries to whose authorities the house writes in French; to all others in English.
const IN_FRENCH: [&str; 3] = ["FR", "LU", "MC"];

/// That a request came. It says nothing of what it names, and is made of nothing that does.
pub(crate) fn acknowledgement(app: &App, request: &Request) -> String {
    let portal = format!("{}/portal", app.settings.public_url);
    let house = House { portal: Some(portal), ..house(app) };
    let is_french = IN_FRENCH.contains(&request.country.as_str());
    let frame = Frame {
        language: if is_french { Language::French } else { Language::English },
        house: &house,
        recipient: vec![request.authority_name.clone()],
        reference: Some(request.reference.clone()),
        ours: request.number.to_string(),
        at: request.received_at,
    };
    papers::acknowledgement(&frame).text()
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BothLanguages {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
}

/// Who writes a letter to a user: the house under the name by which it is addressed.
fn house(app: &App) -> House {
    let name = app.settings.disclosure.addressees.first().unwrap_or(&app.settings.instance);
    House { name: name.clone(), contact: app.settings.public_url.clone(), ..House::default() }
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
