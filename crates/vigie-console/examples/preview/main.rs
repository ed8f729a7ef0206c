//! Serves the console on a fresh database with a little synthetic house in it, to look at every screen.
//!
//! `cargo run -p vigie-console --example preview` prints one sign-in link for each role. With `-- board 10000` it fills the
//! board of requests with so many open tasks instead, and says how long its page takes. What it is not: a demo of the
//! product; `vigie demo` is.

mod desk;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use vigie_app::banks::NewBank;
use vigie_app::evidence::RetentionSettings;
use vigie_app::heavy::Heavy;
use vigie_app::intake::IntakeSettings;
use vigie_app::ledger::LedgerSettings;
use vigie_app::tokens::NewToken;
use vigie_app::{App, Parts, Settings};
use vigie_console::Console;
use vigie_model::bank::{BankKind, CHILD_SAFETY, Verdict};
use vigie_model::{Caller, ManualClock, Moment, Role, Scope, SequentialIds};
use vigie_store::{Store, StoreSettings};

const ADDRESS: &str = "127.0.0.1:8499";

/// One person for each role, and two senior reviewers.
const PEOPLE: [(&str, Role); 8] = [
    ("Ada Lemoine", Role::Administrator),
    ("Bruno Keller", Role::Reviewer),
    ("Chlo\u{e9} Martin", Role::SeniorReviewer),
    ("Dag Solheim", Role::SeniorReviewer),
    ("Elif Demir", Role::DataProtectionOfficer),
    ("Farid Benali", Role::Auditor),
    ("Greta Nowak", Role::LegalOfficer),
    ("Hugo Marques", Role::Releaser),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = tempfile::tempdir()?;
    let store = Store::open(&StoreSettings { database: None, data: data.path().to_owned() }).await?;
    let clock = Arc::new(ManualClock::at(Moment::from_unix_seconds(1_790_000_000)));
    let app = App::new(Parts {
        store,
        clock: clock.clone(),
        ids: Arc::new(SequentialIds::default()),
        heavy: Heavy::new(NonZeroUsize::MIN),
        media: None,
        messengers: BTreeMap::new(),
        records: BTreeMap::from([(desk::SERVICE.to_owned(), desk::records())]),
        pagers: vec![],
        witnesses: vec![],
        provider: None,
        settings: Settings {
            instance: "preview".into(),
            public_url: format!("http://{ADDRESS}"),
            evidence_url: "http://127.0.0.1:8498".into(),
            ledger: LedgerSettings::unwatched("vigie.example.org/test"),
            intake: IntakeSettings::default(),
            retention: RetentionSettings::default(),
            review: vigie_app::wellbeing::ReviewSettings::default(),
            access: vigie_app::AccessSettings::LINKS_ALONE,
            disclosure: desk::settings(),
        },
    });
    furnish(&app, &clock).await?;
    let officer = signed_in(&app, "Greta Nowak").await?;
    if let (Some("board"), Some(tasks)) = (std::env::args().nth(1).as_deref(), std::env::args().nth(2)) {
        desk::measure(&app, &officer, tasks.parse()?).await?;
        return Ok(());
    }
    let releaser = signed_in(&app, "Hugo Marques").await?;
    let guardian = signed_in(&app, "Elif Demir").await?;
    desk::furnish(&app, &clock, (&officer, &releaser, &guardian)).await?;
    for (name, role) in PEOPLE {
        let person = app.person_named(&Caller::operator(), name).await?;
        println!("{role} {}", app.make_sign_in_link(&Caller::operator(), person.id).await?);
    }
    let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
    println!("ready http://{ADDRESS}");
    axum::serve(listener, vigie_console::router(Console { app })).await?;
    Ok(())
}

/// People, tokens, banks, and questions that wait.
async fn furnish(app: &App, clock: &ManualClock) -> vigie_app::Result<()> {
    let operator = Caller::operator();
    for (name, role) in PEOPLE {
        app.add_person(&operator, name, &[role]).await?;
        clock.advance(std::time::Duration::from_secs(7 * 60));
    }
    let scopes =
        [(vec![Scope::Submit], "messenger, production"), (vec![Scope::Submit, Scope::Receipts], "bridge")];
    for (scopes, name) in scopes {
        let new = NewToken { name: name.into(), scopes, entries_per_hour: 1_000, life: None };
        app.add_token(&operator, new).await?;
    }
    let chloe = signed_in(app, "Chlo\u{e9} Martin").await?;
    let dag = signed_in(app, "Dag Solheim").await?;
    let bank = |name: &str, source: &str, verdict| NewBank {
        name: name.parse().expect("the names below are names"),
        purpose: CHILD_SAFETY.into(),
        overlay: None,
        source: source.into(),
        legal_ground: "Regulation (EU) 2022/2065, Article 16".into(),
        kind: BankKind::Known,
        distance: 31,
        verdict,
        label_scheme: "inhope".into(),
    };
    for (name, source) in [("SYNTHETIC_HOTLINE", "Synthetic hotline"), ("OWN_FINDINGS", "This desk")] {
        let question = app.propose_bank(&chloe, bank(name, source, Verdict::Review), "First list").await?;
        app.approve(&dag, question.id).await?;
    }
    let partner = bank("PARTNER_LIST", "Partner service", Verdict::Review);
    app.propose_bank(&chloe, partner, "The partner shares its verified list from this week on.").await?;
    clock.advance(std::time::Duration::from_secs(71 * 60));
    Ok(())
}

async fn signed_in(app: &App, name: &str) -> vigie_app::Result<Caller> {
    let operator = Caller::operator();
    let person = app.person_named(&operator, name).await?;
    let link = app.make_sign_in_link(&operator, person.id).await?;
    let secret = link.rsplit('/').next().unwrap_or_default();
    let session = app.sign_in(secret, "preview").await?;
    Ok(app.signed_in(&session).await?.caller)
}
