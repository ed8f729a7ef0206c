//! A disclosure desk to look at: a messenger that holds records, an authority, and requests in many states; or a board as
//! long as wanted, and how long its page takes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use http::{Request, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use vigie_app::App;
use vigie_app::authorities::NewAuthority;
use vigie_app::ports::AccountRecords;
use vigie_app::records::{Holdings, InProcess};
use vigie_app::regimes::Held;
use vigie_app::requests::{
    CallOutcome, CallReport, Clarification, DisclosureSettings, EnteredRequest, Refusal,
};
use vigie_console::Console;
use vigie_model::disclosure::{
    AuthorityKeys, Category, DoNotAct, Emergency, EmergencyGround, GrantedTask, Identifier, IdentifierKind,
    Instrument, IssuerRole, Offence, Office, Record, RefusalGround, RequestKind, Silence, Wanted,
};
use vigie_model::id::RequestId;
use vigie_model::{Caller, ManualClock, Moment, Role};
use vigie_synth::requests::{DAY, offence, prosecutor};

/// The service whose records these are.
pub(crate) const SERVICE: &str = "messenger.example";
/// The account whose records the messenger gives, whoever is asked about.
const ACCOUNT: &str = "u-771204";
/// To what packages are sealed; nobody has the key that opens them.
const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

/// A messenger with some connections of one account.
struct Messenger;

impl Holdings for Messenger {
    fn identifiers(&self) -> &[IdentifierKind] {
        IdentifierKind::ALL
    }

    fn holders(&self, _: &Identifier) -> Vec<String> {
        vec![ACCOUNT.into()]
    }

    fn records(&self, _: &GrantedTask, now: Moment) -> Vec<Record> {
        let connection = |number: u64| Record::Connection {
            account: ACCOUNT.into(),
            address: if number.is_multiple_of(3) {
                "2001:db8:51::9f".to_owned()
            } else {
                format!("100.64.{}.{}", number % 7, number)
            },
            port: (!number.is_multiple_of(4)).then_some(40_000 + u16::try_from(number).unwrap_or(0)),
            at: now.before(DAY * 2 + Duration::from_secs(number * 4_321)),
        };
        (0..124).map(connection).collect()
    }
}

/// The records of the house.
pub(crate) fn records() -> Arc<dyn AccountRecords> {
    Arc::new(InProcess(Messenger))
}

/// What the operator set about the desk.
pub(crate) fn settings() -> DisclosureSettings {
    DisclosureSettings {
        services: vec![SERVICE.into()],
        addressees: vec!["Messenger".into()],
        held: vec![Held { category: Category::Identification, days: Some(365) }],
        ..DisclosureSettings::default()
    }
}

fn requisition(app: &App, reference: &str) -> Instrument {
    Instrument {
        reference: reference.into(),
        issuer: Office {
            name: "Parquet de Lun\u{e9}ville".into(),
            file: "26/118/004".into(),
            official: "C. Delaunay".into(),
            post: "Procureure adjointe".into(),
            ..prosecutor()
        },
        offence: Some(Offence {
            text: "Diffusion d\u{2019}images \u{e0} caract\u{e8}re p\u{e9}dopornographique".into(),
            ..offence()
        }),
        wanted: vec![wanted(app, ACCOUNT, vec![Category::Identification])],
        nonce: String::new(),
        ..vigie_synth::requests::requisition(app.now(), SERVICE, ACCOUNT)
    }
}

fn wanted(app: &App, account: &str, categories: Vec<Category>) -> Wanted {
    Wanted { categories, ..vigie_synth::requests::wanted(app.now(), SERVICE, account) }
}

async fn enter(
    app: &App,
    clerk: &Caller,
    instrument: Instrument,
    diagnostics: Vec<String>,
) -> vigie_app::Result<RequestId> {
    let entered = EnteredRequest {
        document: Bytes::from(format!("%PDF-1.7 {}", instrument.reference)),
        mime: "application/pdf".into(),
        instrument,
        diagnostics,
    };
    Ok(app.enter_request(clerk, entered).await?.id)
}

/// An authority, and requests: one that waits for a call, one to decide, one to clarify, one to release, one refused, one frozen.
pub(crate) async fn furnish(
    app: &App,
    clock: &ManualClock,
    (officer, releaser, guardian): (&Caller, &Caller, &Caller),
) -> vigie_app::Result<()> {
    let new = NewAuthority {
        name: "Parquet de Lun\u{e9}ville".into(),
        country: "FR".into(),
        roles: vec![IssuerRole::Prosecutor],
        domains: vec!["parquet.example".into()],
        call_back: "+33 1 99 00 12 34".into(),
        directory: "Annuaire synth\u{e9}tique, p. 4".into(),
        keys: AuthorityKeys { signing: None, sealing: Some(RECIPIENT.into()), valid_until: None },
    };
    let question = app.ask_to_enter_authority(officer, new, "Known for years").await?;
    app.approve(guardian, question.id).await?;
    let authority = app.authorities(officer).await?[0].id;
    let known = async |id| -> vigie_app::Result<()> {
        app.carry_out_all().await?;
        let call = app.ask_call_back(officer, id).await?;
        let report = CallReport {
            authority,
            spoke_with: "the duty officer".into(),
            read_back: call.nonce,
            outcome: CallOutcome::Confirmed,
        };
        app.report_call_back(releaser, id, &report).await?;
        app.carry_out_all().await
    };

    let release = enter(app, officer, requisition(app, "PV 2026/104"), vec![]).await?;
    known(release).await?;
    app.accept_request(officer, release).await?;
    app.carry_out_all().await?;
    app.withhold_records(officer, release, (&[2, 3], Some("Of a person who is not asked about"))).await?;
    clock.advance(DAY * 2);

    let refused = enter(app, officer, requisition(app, "PV 2026/109"), vec![]).await?;
    app.carry_out_all().await?;
    let refusal = Refusal {
        tasks: [1].into(),
        ground: RefusalGround::NotAuthenticated,
        explanation: "Nobody at the authority knows of it.".into(),
    };
    app.refuse_tasks(officer, refused, &refusal).await?;

    let mut unclear = requisition(app, "PV 2026/112");
    unclear.wanted.push(Wanted { span: None, ..wanted(app, "u-88", vec![Category::Identification]) });
    let asked = enter(app, officer, unclear.clone(), vec![]).await?;
    known(asked).await?;
    let letter = Clarification { text: "Of which time are the connections of u-88?".into() };
    app.ask_clarification(officer, asked, &letter).await?;

    unclear.reference = "PV 2026/118".into();
    unclear.wanted.push(wanted(app, "u-90", vec![Category::Subscriber]));
    unclear.facts = "Between 12 and 14 September the account posted into three groups.".into();
    let unread =
        vec!["EPOC/SectionM/Summary: nobody knows what this is; it was not read: see annex".to_owned()];
    let open = enter(app, officer, unclear, unread).await?;
    known(open).await?;

    let frozen = enter(app, officer, requisition(app, "PV 2026/119"), vec![]).await?;
    app.carry_out_all().await?;
    app.suspect_forgery(officer, frozen, "The seal is that of another court.").await?;
    clock.advance(DAY * 2);

    quiet(app, officer, releaser, &known).await?;
    let emergency = Instrument {
        regime: "emergency".into(),
        legal_bases: vec![],
        emergency: Some(Emergency {
            ground: EmergencyGround::Life,
            text: "A child was taken this morning.".into(),
            validation_follows: true,
        }),
        ..requisition(app, "URG 2026/7")
    };
    enter(app, officer, emergency, vec![]).await?;
    app.carry_out_all().await?;
    clock.advance(Duration::from_secs(5 * 60 * 60));
    Ok(())
}

/// Requests about which silence stands, one that was answered and whose user is told, and a preservation.
async fn quiet(
    app: &App,
    officer: &Caller,
    releaser: &Caller,
    known: &impl AsyncFn(RequestId) -> vigie_app::Result<()>,
) -> vigie_app::Result<()> {
    let (now, day) = (app.now(), DAY);
    let silence = |until| Silence {
        basis: "article 11 du code de proc\u{e9}dure p\u{e9}nale".into(),
        until,
        text: String::new(),
    };
    let endless = Instrument {
        silence: Some(silence(None)),
        do_not_act: Some(DoNotAct {
            until: now.after(day * 20),
            text: "Une enqu\u{ea}te sous pseudonyme est en cours.".into(),
        }),
        ..requisition(app, "PV 2026/087")
    };
    let endless = enter(app, officer, endless, vec![]).await?;
    known(endless).await?;
    let ends =
        Instrument { silence: Some(silence(Some(now.after(day * 45)))), ..requisition(app, "PV 2026/091") };
    enter(app, officer, ends, vec![]).await?;
    let kept = Instrument {
        regime: "eu-epoc-pr".into(),
        kind: RequestKind::Preservation,
        legal_bases: vec!["2023/1543".into()],
        ..requisition(app, "2026/090-P")
    };
    known(enter(app, officer, kept, vec![]).await?).await?;
    let told = enter(app, officer, requisition(app, "PV 2026/079"), vec![]).await?;
    known(told).await?;
    app.accept_request(officer, told).await?;
    app.carry_out_all().await?;
    let question = app.ask_release(officer, told, "Found valid").await?;
    app.approve(releaser, question.id).await?;
    app.carry_out_all().await?;
    app.publish_ledger().await?;
    app.carry_package(officer, told).await?;
    Ok(())
}

/// Fills the board with so many open tasks, ten a request, and says how long its page takes.
pub(crate) async fn measure(app: &App, officer: &Caller, tasks: usize) -> vigie_app::Result<()> {
    let filling = Instant::now();
    for request in 0..tasks.div_ceil(10) {
        let mut instrument = requisition(app, &format!("PV 2026/{request}"));
        let about = |task: usize| wanted(app, &format!("u-{request}-{task}"), vec![Category::Identification]);
        instrument.wanted = (0..10).map(about).collect();
        enter(app, officer, instrument, vec![]).await?;
    }
    println!("filled in {} s", filling.elapsed().as_secs());
    let operator = Caller::operator();
    let person = app.add_person(&operator, "Hana Ito", &[Role::LegalOfficer]).await?;
    let link = app.make_sign_in_link(&operator, person.id).await?;
    let session = app.sign_in(link.rsplit('/').next().unwrap_or_default(), "measure").await?;
    let router = vigie_console::router(Console { app: app.clone() });
    let page = async |path: &str| {
        let mut taken = Vec::new();
        let mut size = 0;
        for _ in 0..21 {
            let cookie = format!("vigie-preview={session}");
            let request =
                Request::get(path).header(header::COOKIE, cookie).header(header::ACCEPT, "text/html");
            let begun = Instant::now();
            let response = router.clone().oneshot(request.body(Body::empty()).unwrap_or_default()).await;
            let Ok(response) = response;
            let status = response.status();
            size = response.into_body().collect().await.map_or(0, |body| body.to_bytes().len());
            taken.push(begun.elapsed());
            if status != http::StatusCode::OK {
                println!("{path} answered {status}");
                return;
            }
        }
        taken.sort_unstable();
        println!("{path}: median {:?}, slowest {:?}, {size} bytes", taken[10], taken[20]);
    };
    page("/requests").await;
    page("/requests?from=900").await;
    page("/requests?list=open").await;
    Ok(())
}
