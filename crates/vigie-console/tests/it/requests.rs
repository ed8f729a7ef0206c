//! The disclosure desk at the console: one request from the clerk to the package, every act a form, and what stops it.

use http::{StatusCode, header};
use vigie_model::Role;
use vigie_model::disclosure::Wanted;

use crate::desk::{RECIPIENT, requisition};
use crate::house::House;
use crate::walks::check_page;

#[tokio::test]
async fn a_request_is_called_back_accepted_looked_at_and_released_by_two_people() {
    let house = House::open().await;
    let (mut lea, clerk) = house.colleague("Lea", Role::LegalOfficer).await;
    let (mut rui, releaser) = house.colleague("Rui", Role::Releaser).await;
    let (mut dee, officer) = house.colleague("Dee", Role::DataProtectionOfficer).await;
    assert!(lea.look("/requests").await.text.contains("No deadline runs"));
    house.enter_authority((&clerk, &officer)).await;
    let id = house.enter(&clerk, requisition(&house)).await;
    let path = format!("/requests/{id}");

    let board = lea.look("/requests").await.text;
    assert!(
        board.contains("Request 1") && board.contains("fr-77-1-1@1") && board.contains("Not known who asks")
    );
    assert!(board.contains("Parquet de &#60;Synth") || board.contains("Parquet de &lt;Synth"), "{board}");
    let early = lea.post(&format!("{path}/accept"), "").await;
    assert!(early.text.contains("wrong_state"), "{}", early.text);

    lea.post(&format!("{path}/call"), "").await;
    let asker = lea.look(&path).await.text;
    assert!(!asker.contains("call-code") && asker.contains("The code is shown to who calls alone"));
    let caller = rui.look(&path).await.text;
    let code = caller.split(r#"<code class="big">"#).nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(!asker.contains(&code), "who asks for the call sees what is read back");
    let authority = caller.split(r#"<option value=""#).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let report = |code: &str| {
        format!("authority={authority}&spoke_with=The+duty+officer&read_back={code}&outcome=confirmed")
    };
    let wrong = rui.post(&format!("{path}/called"), &report("GUESSED")).await.text;
    assert!(
        wrong.contains("invalid_value")
            && wrong.contains(r#"value="GUESSED""#)
            && wrong.contains("The duty officer")
    );
    rui.post(&format!("{path}/called"), &report(&code)).await;
    house.work().await;

    let page = lea.look(&path).await.text;
    assert!(page.contains("Being validated") && page.contains("<code>u-7</code>"), "{page}");
    assert!(page.contains("Nothing stands against it") && page.contains("nobody knows"));
    assert!(!page.contains("<script>alert") && !page.contains("<a requisition>"));
    let none = lea.post(&format!("{path}/refuse"), "ground=over_broad&explanation=Too+much").await.text;
    assert!(none.contains("choose the tasks") && none.contains(">Too much</textarea>"), "{none}");
    let noted = lea.post(&format!("{path}/note"), "note=Seen+by+me").await;
    assert_eq!(noted.header(header::LOCATION), format!("{path}?done=request-noted"));
    let accepted = lea.post(&format!("{path}/accept"), "").await;
    assert_eq!(accepted.status, StatusCode::SEE_OTHER, "{}", accepted.text);
    house.work().await;

    let release = format!("{path}/release");
    let look = lea.look(&release).await.text;
    for shown in ["203.0.113.9", "40443", "no port", "+00:00", "an address is a connection", &RECIPIENT[..8]]
    {
        assert!(look.contains(shown), "{shown} is not shown: {look}");
    }
    let unsaid =
        lea.post(&format!("{release}/withhold"), "record=1&act=withhold&withheld=&page=0").await.text;
    assert!(unsaid.contains("say why they do not leave"));
    lea.post(&format!("{release}/withhold"), "record=1&act=withhold&withheld=Third+%3Cparty%3E&page=0").await;
    let held = lea.look(&release).await.text;
    assert!(
        held.contains("<strong>2 records</strong>") && held.contains("<strong>1 record</strong>"),
        "{held}"
    );
    assert!(held.contains("held back: 1") && held.contains("Third &#60;party&#62;"), "{held}");
    lea.post(&format!("{release}/withhold"), "record=1&act=again&page=0").await;
    assert!(!lea.look(&release).await.text.contains("held back: 1"));

    lea.post(&format!("{release}/ask"), "reason=Found+valid").await;
    let question = rui.look("/questions").await.address("/questions/0");
    let asked = rui.look(&question).await.text;
    assert!(asked.contains(&format!(r#"href="{release}""#)) && asked.contains("Let a package leave"));
    assert!(rui.look(&release).await.text.contains("40443"), "the second person sees every record");
    let own = lea.post(&format!("{question}/approve"), "").await.text;
    assert!(own.contains("same_person") || own.contains("Not permitted"), "{own}");
    for language in ["en", "fr"] {
        lea.language = language;
        rui.language = language;
        for path in ["/requests", "/requests?list=open", "/requests?list=closed", &path, &release] {
            check_page(&lea.look(path).await, path, language);
        }
        check_page(&rui.look(&question).await, &question, language);
        check_page(&rui.look(&path).await, &path, language);
    }
    lea.language = "en";
    rui.post(&format!("{question}/approve"), "").await;
    house.work().await;
    let left = lea.look(&release).await.text;
    assert!(left.contains("Handed to the way out") && left.contains("Can be fetched"), "{left}");
    let pending = lea.post(&format!("{release}/package"), "").await;
    assert!(pending.text.contains("proof_pending"), "{}", pending.text);
    house.app.publish_ledger().await.unwrap();
    let carried = lea.upload(&format!("{release}/package"), &[]).await;
    assert_eq!(carried.status, StatusCode::OK);
    assert!(carried.header("content-disposition").contains("request-1.vigie-package"));
    assert!(lea.look(&path).await.text.contains("Fetched"));
    let mut dag = house.person("Dag", Role::Reviewer).await;
    for path in ["/requests", &path, &release] {
        assert_eq!(dag.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    drop((dee.look(&path).await, releaser));
}

#[tokio::test]
async fn a_request_is_clarified_suspended_frozen_cleared_and_withdrawn() {
    let house = House::open().await;
    let [(mut lea, clerk), (mut rui, releaser), (mut dee, _)] = house.staffed().await;
    let mut instrument = requisition(&house);
    instrument.wanted = vec![Wanted { span: None, ..instrument.wanted.remove(0) }];
    let id = house.enter(&clerk, instrument).await;
    let path = format!("/requests/{id}");
    let call = house.app.ask_call_back(&clerk, id).await.unwrap();
    let authority = house.app.authorities(&clerk).await.unwrap()[0].id;
    let report = vigie_app::requests::CallReport {
        authority,
        spoke_with: "duty".into(),
        read_back: call.nonce,
        outcome: vigie_app::requests::CallOutcome::Confirmed,
    };
    house.app.report_call_back(&releaser, id, &report).await.unwrap();
    house.work().await;

    let page = lea.look(&path).await.text;
    assert!(page.contains("no time given") && page.contains("Please clarify"), "{page}");
    let unready = lea.post(&format!("{path}/accept"), "").await.text;
    assert!(unready.contains("task_not_ready"), "{unready}");
    lea.post(&format!("{path}/clarify"), "clarification=Of+which+time%3F").await;
    let waits = lea.look(&path).await.text;
    assert!(waits.contains("Authority was asked") && waits.contains("Stands still"), "{waits}");
    assert!(!lead(&waits).contains(" left"), "nothing is due while the authority is asked: {}", lead(&waits));
    assert!(lea.look("/requests").await.text.contains("left once it runs again"));
    lea.post(&format!("{path}/answer"), "answer=Of+May").await;
    assert!(lea.look(&path).await.text.contains("Of May"));
    let silent = lea.post(&format!("{path}/suspend"), "suspend=").await.text;
    assert!(silent.contains("invalid_value"));
    lea.post(&format!("{path}/suspend"), "suspend=A+court+said+so").await;
    assert!(lea.look(&path).await.text.contains("A court said so"));
    lea.post(&format!("{path}/resume"), "resume=It+may+go+on").await;

    lea.post(&format!("{path}/forged"), "forged=The+seal+is+odd").await;
    let frozen = lea.look(&path).await.text;
    assert!(frozen.contains("Frozen: may be forged") && !frozen.contains(r#"/accept""#));
    assert!(dee.look("/").await.text.contains("A request may be forged"), "who settles is told");
    lea.post(&format!("{path}/clear"), "clear=The+seal+is+theirs").await;
    let question = rui.look("/questions").await.address("/questions/0");
    let waits = lea.look(&path).await.text;
    assert!(waits.contains(&format!(r#"href="{question}""#)) && !waits.contains("/clear\""));
    let asked = rui.look(&question).await.text;
    assert!(asked.contains(&format!(r#"href="{path}""#)) && asked.contains("Clear a request of suspicion"));
    rui.post(&format!("{question}/approve"), "").await;
    assert!(lea.look(&path).await.text.contains("Not known who asks"));
    lea.post(&format!("{path}/refuse"), "task=1&ground=not_authenticated&explanation=Nobody+answers").await;
    let refused = lea.look(&path).await.text;
    assert!(
        refused.contains("It was never known well enough who asks") && refused.contains("Nobody answers")
    );
    assert!(lea.look("/requests?list=closed").await.text.contains("Request 1"));
    let late = lea.post(&format!("{path}/withdraw"), "withdrawal=Taken+back").await.text;
    assert!(late.contains("wrong_state"), "{late}");

    let second = house.enter(&clerk, requisition(&house)).await;
    lea.post(&format!("/requests/{second}/withdraw"), "withdrawal=Taken+%3Cback%3E").await;
    let withdrawn = lea.look(&format!("/requests/{second}")).await.text;
    assert!(withdrawn.contains("Withdrawn") && withdrawn.contains("Taken &#60;back&#62;"), "{withdrawn}");
    let document = lea.post(&format!("{path}/document"), "").await;
    assert_eq!(document.text, "%PDF-1.7 <a requisition>");
    assert!(document.header("content-disposition").starts_with("attachment"));
    assert_eq!(document.header("content-type"), "application/octet-stream");
}

const FORM: &[(&str, &str)] = &[
    ("act", "enter"),
    ("rows", "2"),
    ("regime", "fr-77-1-1"),
    ("kind", "production"),
    ("reference", "PV <7>"),
    ("issuer-name", "Parquet"),
    ("issuer-country", "FR"),
    ("issuer-role", "prosecutor"),
    ("kind-0", "user_id"),
    ("value-0", "u-7"),
    ("service-0", "messenger.example"),
    ("category-0", "subscriber"),
    ("category-0", "identification"),
    ("from-0", "2026-09-01T00:00"),
    ("until-0", "2026-09-02T00:00"),
    ("emergency", "life"),
    ("emergency-text", "A <child>"),
    ("original", "%PDF the original"),
];

/// The form of a clerk, with other values for some of its fields.
fn form<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let is_changed = |name: &str| changed.iter().any(|(one, _)| *one == name);
    FORM.iter().copied().filter(|(name, _)| !is_changed(name)).chain(changed.iter().copied()).collect()
}

#[tokio::test]
async fn a_clerk_enters_a_request_and_nothing_is_lost_when_something_is_wrong() {
    let house = House::open().await;
    let (mut lea, _) = house.colleague("Lea", Role::LegalOfficer).await;
    for language in ["en", "fr"] {
        lea.language = language;
        check_page(&lea.look("/requests/new").await, "/requests/new", language);
    }
    lea.language = "en";
    let wrong =
        [("regime", ""), ("issuer-country", "France"), ("until-0", ""), ("value-1", "u-8"), ("from-1", "x")];
    let refused = lea.upload("/requests/new", &form(&wrong)).await.text;
    for said in [
        "Choose the regime",
        "A country is two letters",
        "Give both ends of the period",
        "This is not a date",
        "Choose at least one category",
        "It stays with this form",
        r#"value="u-7""#,
        r#"name="category-0" value="identification" checked"#,
        r#"<option value="life" selected>"#,
        "A &#60;child&#62;",
        "PV &#60;7&#62;",
    ] {
        assert!(refused.contains(said), "{said}: {refused}");
    }
    let carried = refused.split(r#"name="carried" value=""#).nth(1).unwrap().split('"').next().unwrap();
    let unknown = lea.upload("/requests/new", &form(&[("regime", "no-such")])).await.text;
    assert!(unknown.contains("unknown_regime") && unknown.contains(r#"value="u-7""#), "{unknown}");
    let missing = lea.upload("/requests/new", &form(&[("original", "")])).await.text;
    assert!(missing.contains("Choose the original document") && missing.contains(r#"value="u-7""#));
    let more = lea.upload("/requests/new", &form(&[("act", "more")])).await.text;
    assert!(more.contains("Identifier 3") && more.contains(r#"value="u-7""#));

    let again = form(&[
        ("original", ""),
        ("carried", carried),
        ("carried-name", "order.pdf"),
        ("carried-mime", "application/pdf"),
    ]);
    let entered = lea.upload("/requests/new", &again).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let path = entered.header(header::LOCATION).split('?').next().unwrap().to_owned();
    house.work().await;
    let page = lea.look(&path).await.text;
    assert!(
        page.contains("Emergency") && page.contains("Task 2") && page.contains("A &#60;child&#62;"),
        "{page}"
    );
    assert_eq!(lea.post(&format!("{path}/document"), "").await.text, "%PDF the original");
    let mut rea = house.person("Rea", Role::Releaser).await;
    assert_eq!(rea.get("/requests/new").await.status, StatusCode::FORBIDDEN);
    assert_eq!(rea.upload("/requests/new", &form(&[])).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_form_that_a_machine_wrote_fills_in_the_clerks() {
    let house = House::open().await;
    let (mut lea, _) = house.colleague("Lea", Role::LegalOfficer).await;
    let document = r#"{
        "regime": "fr-77-1-1", "kind": "production", "reference": "PV 9", "subject_role": "suspect", "mood": "<urgent>",
        "issuer": {"name": "Parquet", "country": "FR", "role": "prosecutor"},
        "wanted": [{"identifier": {"kind": "username", "value": "heron", "service": "messenger.example"}, "categories": ["subscriber"], "span": null}]
    }"#;
    let read = lea.upload("/requests/new", &[("act", "read"), ("original", document)]).await.text;
    for filled in [
        r#"value="heron""#,
        r#"value="PV 9""#,
        r#"<option value="fr-77-1-1" selected>"#,
        "/mood",
        "&#60;urgent&#62;",
    ] {
        assert!(read.contains(filled), "{filled}: {read}");
    }
    let broken = lea
        .upload("/requests/new", &[("act", "read"), ("original", "<a><b"), ("value-0", "kept")])
        .await
        .text;
    assert!(broken.contains("request_unreadable") && broken.contains(r#"value="kept""#), "{broken}");
    let scan = lea.upload("/requests/new", &[("act", "read"), ("original", "%PDF")]).await.text;
    assert!(scan.contains("no form that a machine wrote"));
}

#[tokio::test]
async fn every_regime_is_a_page_that_says_what_counsel_is_to_confirm() {
    let house = House::open().await;
    let (mut lea, _) = house.colleague("Lea", Role::LegalOfficer).await;
    let names: Vec<_> =
        house.app.settings.disclosure.rules.iter().map(vigie_app::regimes::RuleSet::name).collect();
    for language in ["en", "fr"] {
        lea.language = language;
        let list = lea.look("/regimes").await;
        check_page(&list, "/regimes", language);
        for name in &names {
            assert!(list.text.contains(&format!("/regimes/{name}")));
            let path = format!("/regimes/{name}");
            check_page(&lea.look(&path).await, &path, language);
        }
    }
    let page = lea.look("/regimes/emergency").await.text;
    assert!(page.contains("ordre suit\u{202f}; sinon"), "no line begins with a mark: {page}");
    lea.language = "en";
    let page = lea.look("/regimes/eu-epoc").await.text;
    assert!(
        page.contains("eu-epoc@1")
            && page.contains("to be confirmed by counsel")
            && page.contains("Not reviewed")
    );
    assert!(
        page.contains("Good Friday") && page.contains("2 days before Easter Sunday"),
        "by which days it counts"
    );
    let page = lea.look("/regimes/us-2703f").await.text;
    assert!(!page.contains("Working days"), "it counts none");
    lea.language = "fr";
    let page = lea.look("/regimes/emergency").await.text;
    let like = "choix du jeu de règles, d’après Regulation (EU) 2023/1543, Article 10(4)";
    assert!(
        page.contains(like) && page.contains("choix du jeu de règles<"),
        "what is no law is said in French too"
    );
    assert!(!page.contains("policy"), "{page}");
    assert_eq!(lea.get("/regimes/nowhere").await.status, StatusCode::NOT_FOUND);
    let mut dag = house.person("Dag", Role::Reviewer).await;
    assert_eq!(dag.get("/regimes").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn board_and_request_say_in_words_what_passed_and_what_is_soon_and_the_board_pages_through_the_rest() {
    let house = House::open().await;
    let (mut lea, clerk) = house.colleague("Lea", Role::LegalOfficer).await;
    let id = house.enter(&clerk, requisition(&house)).await;
    let due = house.app.request(&clerk, id).await.unwrap().deadlines[0].due_at;
    let board = lea.look("/requests").await.text;
    assert!(board.contains(&format!(r#"datetime="{due}""#)) && board.contains("UTC"), "{board}");
    assert!(board.contains(&format!(r#"data-local="{due}""#)), "scripts write the local time");
    house.clock.advance(due.since(house.app.now()) - std::time::Duration::from_secs(60 * 60));
    // The session of before has lapsed by then.
    let mut lea = house.person("Lin", Role::LegalOfficer).await;
    let soon = lea.look("/requests").await.text;
    assert!(
        soon.contains("due-soon") && soon.contains(">soon</span>") && soon.contains("1\u{a0}h left"),
        "{soon}"
    );
    let page = lea.look(&format!("/requests/{id}")).await.text;
    assert!(lead(&page).contains("warn-tag") && lead(&page).contains("1\u{a0}h left"), "{}", lead(&page));
    house.clock.advance(std::time::Duration::from_secs(2 * 60 * 60));
    let mut lea = house.person("Lou", Role::LegalOfficer).await;
    let passed = lea.look("/requests").await.text;
    assert!(passed.contains("due-passed") && passed.contains(">passed</span>") && passed.contains("late by"));
    assert!(passed.contains(r#"<span class="waiting">"#), "the rail counts it");
    let page = lea.look(&format!("/requests/{id}")).await.text;
    assert!(lead(&page).contains("danger-tag") && lead(&page).contains("late by"), "{}", lead(&page));
    let beyond = lea.look("/requests?from=100").await.text;
    assert!(beyond.contains("No deadline runs"), "{beyond}");
    assert!(lea.look("/requests?from=nonsense&list=nonsense").await.text.contains("Request 1"));
}

/// What stands under the title of a page.
fn lead(page: &str) -> &str {
    let from = page.find(r#"<p class="lead">"#).expect("the page has a lead");
    &page[from..from + page[from..].find("</p>").expect("the lead ends")]
}
