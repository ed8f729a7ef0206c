//! `vigie doctor`: whether this machine and this configuration are fit for the service.
//!
//! To add a check: a function that returns [`Finding`]s, and its line in [`examine`]. A check changes nothing, except
//! that opening an existing database brings its schema up to date.

mod keys;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use vigie_media::{Cage, DecodePool, Format as MediaFormat, PoolSettings};

use super::operator::{Common, Format};
use crate::output::{Ending, chain};
use crate::service::{Surroundings, desk_key, mail_pager, open_app, policies, provider};
use crate::settings::Settings;
use crate::telemetry;

const EXAMPLES: &str = "\
Examples:
  vigie doctor
  vigie doctor --config /etc/vigie.toml --format json

Exit code 1: something has to be mended before the service is safe to run.";

/// Look whether configuration, data, keys, database and decoder are in order.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    common: Common,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Good,
    Note,
    Bad,
}

/// What a check found.
struct Finding {
    check: &'static str,
    state: State,
    text: String,
}

impl Finding {
    fn new(check: &'static str, state: State, text: impl Into<String>) -> Self {
        Self { check, state, text: text.into() }
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Ending> {
    telemetry::start("error", telemetry::LogFormat::Text)?;
    let settings = arguments.common.place.settings()?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let findings = runtime.block_on(examine(&settings))?;
    for Finding { check, state, text } in &findings {
        match arguments.common.format {
            Format::Text => println!("{} {check}: {text}", mark(*state)),
            Format::Json => println!("{}", json!({ "check": check, "state": state, "text": text })),
        }
    }
    let is_bad = findings.iter().any(|finding| finding.state == State::Bad);
    Ok(if is_bad { Ending::Negative } else { Ending::Fine })
}

fn mark(state: State) -> &'static str {
    match state {
        State::Good => "  ok ",
        State::Note => " note",
        State::Bad => "  BAD",
    }
}

async fn examine(settings: &Settings) -> anyhow::Result<Vec<Finding>> {
    let surroundings = Surroundings::of_this_machine()?;
    let mut findings =
        vec![Finding::new("configuration", State::Good, "every key is known and fits the others")];
    findings.push(access(settings));
    findings.extend(sign_in_service(settings).await);
    if settings.data.is_dir() {
        findings.extend(keys::permissions(&settings.data));
        findings.extend(database(settings, &surroundings).await);
        findings.extend(keys::backup(settings));
    } else {
        let text = format!("{} is not there yet: the first start makes it", settings.data.display());
        findings.push(Finding::new("data folder", State::Note, text));
    }
    findings.push(decoder(settings, surroundings).await);
    findings.push(videos(settings));
    findings.push(outside(
        "messenger",
        settings.messenger.as_ref(),
        "decided actions wait until `[messenger]` is set",
    ));
    findings.push(outside(
        "pager",
        settings.pager.as_ref(),
        "the person on duty is not called: no `[pager]` is set",
    ));
    findings.push(mail(settings.mail.as_ref()));
    findings.push(records(settings));
    Ok(findings)
}

/// Which messengers give records, and by which key they know the grants of this desk.
fn records(settings: &Settings) -> Finding {
    const CHECK: &str = "records";
    let services: Vec<_> = settings.records.iter().map(|one| one.service.as_str()).collect();
    if services.is_empty() {
        return Finding::new(CHECK, State::Note, "no messenger gives records: no `[[records]]` is set");
    }
    if let Some(error) = settings.records.iter().find_map(|one| one.secret().err()) {
        return Finding::new(CHECK, State::Bad, chain(error.as_ref()));
    }
    let services = services.join(", ");
    if !settings.data.is_dir() {
        return Finding::new(
            CHECK,
            State::Note,
            format!("{services}; the first start makes the key of grants"),
        );
    }
    match desk_key(&settings.data) {
        Ok(key) => {
            let text = format!("{services}; grants are signed by the key {}", key.verifier());
            Finding::new(CHECK, State::Good, text)
        }
        Err(error) => Finding::new(CHECK, State::Bad, chain(error.as_ref())),
    }
}

/// Whether the policies hold, the operator's included.
fn access(settings: &Settings) -> Finding {
    let policies = match policies(&settings.access) {
        Ok(policies) => policies,
        Err(error) => return Finding::new("access", State::Bad, chain(error.as_ref())),
    };
    let (all, added) = policies.counts();
    let text = match &settings.access.overlay {
        Some(file) => format!("{all} policies hold; {added} of them, in {}, forbid more", file.display()),
        None => format!("{all} policies hold"),
    };
    Finding::new("access", State::Good, text)
}

/// Asks the sign-in service what it publishes, as every sign-in does. Whether it takes our secret is seen at the first one.
async fn sign_in_service(settings: &Settings) -> Option<Finding> {
    const CHECK: &str = "sign-in service";
    let provider = match provider(settings) {
        Ok(provider) => provider?,
        Err(error) => return Some(Finding::new(CHECK, State::Bad, chain(error.as_ref()))),
    };
    Some(match provider.examine().await {
        Ok(()) => {
            Finding::new(CHECK, State::Good, format!("{} answers at {}", provider.name, provider.issuer))
        }
        Err(error) => Finding::new(CHECK, State::Bad, format!("{}: {}", provider.issuer, chain(&error))),
    })
}

async fn database(settings: &Settings, surroundings: &Surroundings) -> Vec<Finding> {
    let app = match open_app(settings, surroundings).await {
        Ok(app) => app,
        Err(error) => return vec![Finding::new("database", State::Bad, chain(error.as_ref()))],
    };
    let kind = if app.store.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let mut findings =
        vec![Finding::new("database", State::Good, format!("{kind} opens and keeps what it confirms"))];
    findings.push(match app.people(&vigie_model::Caller::operator()).await {
        Ok(people) if people.is_empty() => Finding::new(
            "people",
            State::Note,
            "nobody can sign in yet: vigie person add NAME --role administrator",
        ),
        Ok(people) => administrators(&app, people.len()).await,
        Err(error) => Finding::new("people", State::Bad, chain(&error)),
    });
    findings.push(ledger(&app).await);
    findings.extend(keys::of_periods(&app).await);
    app.store.close().await;
    findings
}

async fn ledger(app: &vigie_app::App) -> Finding {
    let state = match app.ledger_state(&vigie_model::Caller::operator()).await {
        Ok(state) => state,
        Err(error) => return Finding::new("ledger", State::Bad, chain(&error)),
    };
    match state.fork {
        Some(fork) => Finding::new(
            "ledger",
            State::Bad,
            format!("nothing is signed: {fork}; docs/guide/ledger.md says what to do"),
        ),
        None if !state.has_mark && state.witnesses.is_empty() => Finding::new(
            "ledger",
            State::Note,
            "a restored backup would not be noticed: set `ledger.high_water`, or name a witness",
        ),
        None => Finding::new("ledger", State::Good, format!("{} goes on from what was signed", state.origin)),
    }
}

async fn administrators(app: &vigie_app::App, people: usize) -> Finding {
    match app.needs_second_administrator().await {
        Ok(false) => Finding::new("people", State::Good, format!("{people} have been added")),
        Ok(true) => Finding::new(
            "people",
            State::Note,
            "there is a single administrator, whom nobody could stop: let them name a second one",
        ),
        Err(error) => Finding::new("people", State::Bad, chain(&error)),
    }
}

/// Has a child decode a picture, under the limits that are set.
async fn decoder(settings: &Settings, surroundings: Surroundings) -> Finding {
    let (program, arguments) = surroundings.decoder;
    let mut pool = PoolSettings::new(program, arguments);
    pool.children = 1;
    pool.limits = settings.limits.media();
    pool.cage = settings.limits.cage.into();
    let is_caged = pool.cage == Cage::Closed;
    let examined = match DecodePool::start(pool).await {
        Ok(pool) => pool.examine(test_picture().into()).await,
        Err(error) => Err(error),
    };
    match examined {
        Ok(_) if is_caged => {
            Finding::new("decoder", State::Good, "a child decodes, and nothing gets out of its cage")
        }
        Ok(_) => Finding::new(
            "decoder",
            State::Note,
            "a child decodes without a cage: taken over, it reaches what the service reaches",
        ),
        Err(error) => Finding::new("decoder", State::Bad, chain(&error)),
    }
}

/// A bitmap of 64 × 64 grey pixels.
fn test_picture() -> Vec<u8> {
    const SIDE: u32 = 64;
    const HEADERS: u32 = 54;
    let numbers =
        |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>();
    let pixels = vec![0x80; (SIDE * SIDE * 3) as usize];
    let mut file = b"BM".to_vec();
    file.extend(numbers(&[HEADERS + SIDE * SIDE * 3, 0, HEADERS, 40, SIDE, SIDE]));
    // One plane, 24 bits a pixel.
    file.extend([1, 0, 24, 0]);
    file.extend(numbers(&[0, SIDE * SIDE * 3, 2835, 2835, 0, 0]));
    file.extend(pixels);
    debug_assert_eq!(MediaFormat::sniff(&file), Some(MediaFormat::Bmp));
    file
}

fn videos(settings: &Settings) -> Finding {
    match crate::videos::find(&settings.video) {
        Ok(Some(programs)) => {
            let text =
                format!("{} watches them, version {}", programs.ffmpeg().display(), programs.version());
            Finding::new("videos", State::Good, text)
        }
        Ok(None) => Finding::new(
            "videos",
            State::Note,
            "ffmpeg is not here: videos are matched by their digests alone",
        ),
        Err(error) => Finding::new("videos", State::Bad, chain(error.as_ref())),
    }
}

/// Nothing is sent: whether the server takes mail is seen when it is needed, and on the alarm's page.
fn mail(mail: Option<&crate::settings::Mail>) -> Finding {
    let without = "the person on duty gets no mail: no `[mail]` is set";
    let Some(mail) = mail else { return Finding::new("mail", State::Note, without) };
    match mail_pager(mail) {
        Ok(_) => Finding::new("mail", State::Good, format!("goes through {} without content", mail.host)),
        Err(error) => Finding::new("mail", State::Bad, chain(error.as_ref())),
    }
}

fn outside(check: &'static str, outside: Option<&crate::settings::Outside>, without: &str) -> Finding {
    let Some(outside) = outside else { return Finding::new(check, State::Note, without) };
    match outside.secret() {
        Ok(_) => Finding::new(check, State::Good, format!("calls to {} are signed", outside.url)),
        Err(error) => Finding::new(check, State::Bad, chain(error.as_ref())),
    }
}
