//! Silence, what users are told, and accounts to which nothing is done: each act at the console, who sees it, and that who works
//! on content does not.

use std::time::Duration;

use http::{StatusCode, header};
use vigie_model::Role;
use vigie_model::disclosure::{DoNotAct, Instrument, Silence};
use vigie_model::id::RequestId;

use crate::desk::{SERVICE, requisition};
use crate::house::{House, Page};
use crate::walks::check_page;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn silent(house: &House, days: Option<u32>) -> Instrument {
    let until = days.map(|days| house.app.now().after(DAY * days));
    let silence = Silence { basis: "article <11> CPP".into(), until, text: String::new() };
    Instrument { silence: Some(silence), ..requisition(house) }
}

#[tokio::test]
async fn silence_is_listed_renewed_and_ended_and_then_its_user_is_told() {
    let house = House::open().await;
    let [(mut lea, clerk), (mut rui, releaser), _] = house.staffed().await;
    assert!(lea.look("/gags").await.text.contains("No silence stands"));
    assert!(lea.look("/user-notices").await.text.contains("No notice waits"));
    let endless = house.enter(&clerk, silent(&house, None)).await;
    house.clock.advance(Duration::from_secs(60));
    let other = Instrument { reference: "PV 2".into(), ..silent(&house, Some(5)) };
    let ends = house.enter(&clerk, other).await;
    house.release(endless, (&clerk, &releaser)).await;

    let list = lea.look("/gags").await.text;
    let at = |id: RequestId| list.find(&format!("/requests/{id}")).expect("it is listed");
    assert!(at(endless) < at(ends), "the oldest stands first");
    for shown in
        ["article &#60;11&#62; CPP", "Parquet de &#60;Synth", ">no end<", "5\u{a0}d", "Without an end"]
    {
        assert!(list.contains(shown), "{shown}: {list}");
    }
    assert!(!list.contains("look at it again"), "ninety days have not passed");
    assert!(lea.look("/user-notices").await.text.contains("No notice waits"), "silence stands");
    let path = format!("/requests/{endless}");
    let page = lea.look(&path).await.text;
    assert!(page.contains("The user is not told") && page.contains(r#"/gag/renew""#), "{page}");
    let seen = rui.look(&path).await.text;
    assert!(seen.contains("The user is not told") && !seen.contains("/gag/"), "a releaser reads it alone");

    let renewal = |until: &str, text: &str| {
        format!("gag-basis=art.+11-2&gag-issuer=Juge+%3Cd%27instruction%3E&gag-until={until}&gag-text={text}")
    };
    for (form, why) in [
        (renewal("soon", "Ordonnance"), "no date"),
        (renewal("2020-01-01T00:00", "Ordonnance"), "passed already"),
        (renewal("", ""), "what the document says"),
    ] {
        let refused = lea.post(&format!("{path}/gag/renew"), &form).await.text;
        assert!(refused.contains("invalid_value") && refused.contains(why), "{why}: {refused}");
        assert!(refused.contains(r#"value="art. 11-2""#), "what was written stays: {refused}");
    }
    let renewed = lea.post(&format!("{path}/gag/renew"), &renewal("2027-05-01T12:00", "Ordonnance")).await;
    assert_eq!(renewed.header(header::LOCATION), format!("{path}?done=gag-renewed"), "{}", renewed.text);
    let page = lea.look(&format!("{path}?done=gag-renewed")).await.text;
    for shown in [
        "The silence is renewed",
        "Juge &#60;d&#39;instruction&#62;",
        "1\u{a0}May\u{a0}2027",
        ">Ordonnance</p>",
        "gag.renewed",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }

    let unsaid = lea.post(&format!("{path}/gag/end"), "gag-end=+").await.text;
    assert!(unsaid.contains("invalid_value") && unsaid.contains("by what the silence ends"), "{unsaid}");
    let ended = lea.post(&format!("{path}/gag/end"), "gag-end=Main+lev%C3%A9e").await;
    assert_eq!(ended.header(header::LOCATION), format!("{path}?done=gag-ended"), "{}", ended.text);
    let again = lea.post(&format!("{path}/gag/end"), "gag-end=again").await.text;
    assert!(again.contains("wrong_state"), "{again}");
    let page = lea.look(&path).await;
    assert!(page.text.contains("Waits to be sent") && !page.text.contains("/gag/"), "{}", page.text);
    let notice = page.address("/user-notices/0");
    assert!(!lea.look("/gags").await.text.contains(&path), "what has ended is not listed");

    for language in ["en", "fr"] {
        lea.language = language;
        for path in ["/gags", "/user-notices", &path, &notice] {
            check_page(&lea.look(path).await, path, language);
        }
    }
}

#[tokio::test]
async fn a_notice_is_read_in_both_languages_copied_and_noted_as_sent_by_a_person() {
    let house = House::open().await;
    let [(mut lea, clerk), (mut rui, releaser), _] = house.staffed().await;
    let id = house.enter(&clerk, requisition(&house)).await;
    house.release(id, (&clerk, &releaser)).await;
    let list = lea.look("/user-notices").await;
    assert!(
        list.text.contains("Notice on request 1") && !list.text.contains("u-7"),
        "whom it is for is sealed"
    );
    assert!(list.text.contains(r#"<span class="waiting">"#), "the rail counts it: {}", list.text);
    let path = list.address("/user-notices/0");
    let page = lea.look(&path).await.text;
    for shown in ["u-7", SERVICE, r#"lang="en""#, r#"lang="fr""#, "communiqu", "data-copy=\"", "I sent it"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(page.contains(&format!(r#"href="/requests/{id}""#)));
    let seen = rui.look(&path).await.text;
    assert!(seen.contains("u-7") && !seen.contains("/told"), "a releaser reads it alone");
    assert_eq!(rui.post(&format!("{path}/told"), "").await.status, StatusCode::FORBIDDEN);
    let told = lea.post(&format!("{path}/told"), "").await;
    assert_eq!(told.header(header::LOCATION), "/user-notices?done=user-told", "{}", told.text);
    let list = lea.look("/user-notices?done=user-told").await.text;
    assert!(list.contains("It is noted that the user was told") && list.contains("No notice waits"));
    let again = lea.post(&format!("{path}/told"), "").await.text;
    assert!(again.contains("wrong_state") && again.contains("sent before"), "{again}");
    let request = lea.look(&format!("/requests/{id}")).await.text;
    assert!(request.contains("user_notice.viewed") && request.contains("user_notice.sent"), "{request}");
    assert_eq!(lea.get("/user-notices/nowhere").await.status, StatusCode::NOT_FOUND);
}

fn sparing(house: &House) -> Instrument {
    let until = house.app.now().after(DAY * 20);
    let do_not_act = DoNotAct { until, text: "An <inquiry> is under way".into() };
    Instrument { do_not_act: Some(do_not_act), ..requisition(house) }
}

#[tokio::test]
async fn that_nothing_is_done_to_accounts_is_seen_and_lifted_by_who_may_with_a_second_person() {
    let house = House::open().await;
    let [(mut lea, clerk), (mut rui, releaser), (mut dee, _)] = house.staffed().await;
    let id = house.enter(&clerk, sparing(&house)).await;
    let path = format!("/requests/{id}");
    let early = lea.look(&path).await.text;
    assert!(early.contains("Does not bind") && !early.contains("/spare/lift"), "{early}");
    let nothing = lea.post(&format!("{path}/spare/lift"), "spare-lift=why").await.text;
    assert!(nothing.contains("wrong_state"), "{nothing}");
    house.call_back(id, (&clerk, &releaser)).await;

    let page = lea.look(&path).await.text;
    for shown in
        ["Nothing is done to them", "20\u{a0}d", "An &#60;inquiry&#62;", "Parquet de &#60;Synth", ">L3<"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let seen = rui.look(&path).await.text;
    assert!(
        !seen.contains("Accounts are left alone") && !seen.contains("/spare/"),
        "a releaser does not lift"
    );
    assert_eq!(rui.post(&format!("{path}/spare/lift"), "spare-lift=why").await.status, StatusCode::FORBIDDEN);
    let unsaid = dee.post(&format!("{path}/spare/lift"), "spare-lift=").await.text;
    assert!(unsaid.contains("invalid_value") && unsaid.contains("may be done again"), "{unsaid}");
    let asked = dee.post(&format!("{path}/spare/lift"), "spare-lift=It+is+no+officer").await;
    assert_eq!(asked.header(header::LOCATION), format!("{path}?done=question-asked"), "{}", asked.text);
    let question = lea.look("/questions").await.address("/questions/0");
    let waits = dee.look(&path).await.text;
    assert!(waits.contains(&format!(r#"href="{question}""#)) && !waits.contains("/spare/lift"), "{waits}");
    lea.post(&format!("{question}/approve"), "").await;
    let lifted = lea.look(&path).await.text;
    assert!(lifted.contains("Does not bind") && !lifted.contains("/spare/lift"), "{lifted}");
    for language in ["en", "fr"] {
        dee.language = language;
        check_page(&dee.look(&path).await, &path, language);
    }
}

#[tokio::test]
async fn while_a_child_is_at_risk_one_person_lifts_it_and_what_may_be_forged_binds_nobody() {
    let house = House::open().await;
    let [(mut lea, clerk), (_, releaser), (mut dee, _)] = house.staffed().await;
    let id = house.enter(&clerk, sparing(&house)).await;
    house.call_back(id, (&clerk, &releaser)).await;
    let path = format!("/requests/{id}");
    let incident = house.reported_on(SERVICE, "u-7").await;
    let (_, ada) = house.colleague("Ada", Role::Reviewer).await;
    house.app.raise_alarm(&ada, incident, "a child in the picture").await.unwrap();
    let lifted = dee.post(&format!("{path}/spare/lift"), "spare-lift=A+child").await;
    assert_eq!(
        lifted.header(header::LOCATION),
        format!("{path}?done=request-acts-allowed"),
        "{}",
        lifted.text
    );
    let page = dee.look(&format!("{path}?done=request-acts-allowed")).await.text;
    assert!(page.contains("It is lifted: a child-at-risk alarm") && page.contains("Does not bind"), "{page}");

    let second = Instrument { reference: "PV 2".into(), ..sparing(&house) };
    let second = house.enter(&clerk, second).await;
    house.call_back(second, (&clerk, &releaser)).await;
    let path = format!("/requests/{second}");
    assert!(lea.look(&path).await.text.contains("Nothing is done to them"));
    lea.post(&format!("{path}/forged"), "forged=The+seal+is+odd").await;
    assert!(lea.look(&path).await.text.contains("Does not bind"));
}

/// Everything that differs between two things of a kind anyway, taken out.
fn plain(page: &Page, account: &str) -> String {
    let numbered = page.text.replace("no. 1", "no. N").replace("no. 2", "no. N");
    let text = numbered.replace(account, "ACCOUNT");
    let is_id = |word: &str| word.len() == 36 && word.matches('-').count() == 4;
    text.split(|letter: char| !letter.is_ascii_hexdigit() && letter != '-')
        .filter(|word| is_id(word))
        .fold(text.clone(), |text, id| text.replace(id, "ID"))
}

/// Whoever works on content is refused at every door of this, and an account to which nothing is done looks to them like any other.
#[tokio::test]
async fn who_works_on_content_is_refused_and_finds_no_trace() {
    let house = House::open().await;
    let [(_, clerk), (_, releaser), _] = house.staffed().await;
    let spared = Instrument { silence: silent(&house, None).silence, ..sparing(&house) };
    let id = house.enter(&clerk, spared).await;
    house.call_back(id, (&clerk, &releaser)).await;
    let until = house.app.do_not_act_until(&clerk, id).await.unwrap();
    assert!(until.is_some(), "it binds, so that there is something to see");
    house.app.lift_do_not_act(&clerk, id, "it is no officer").await.unwrap();
    let officer = house.reported_on(SERVICE, "u-7").await;
    let ordinary = house.reported_on(SERVICE, "u-8").await;
    let nobody = uuid::Uuid::nil();
    for role in [Role::Reviewer, Role::SeniorReviewer, Role::Administrator] {
        let mut visitor = house.person(&format!("Of {role}"), role).await;
        for door in [
            "/gags",
            "/user-notices",
            &format!("/user-notices/{nobody}"),
            &format!("/requests/{id}"),
            &format!("/requests/{id}/close"),
        ] {
            let page = visitor.get(door).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{role} at {door}");
            assert!(!page.text.contains("Parquet"), "{role} at {door}: {}", page.text);
        }
        for act in ["gag/renew", "gag/end", "spare/lift", "follow", "close"] {
            let form = "spare-lift=why&gag-end=why&follow=extension&follow-text=why";
            let page = visitor.post(&format!("/requests/{id}/{act}"), form).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{role}: {act}");
        }
        let told = visitor.post(&format!("/user-notices/{nobody}/told"), "").await;
        assert_eq!(told.status, StatusCode::FORBIDDEN, "{role}");
        let mut pages =
            vec!["/".to_owned(), "/questions".to_owned(), "/overview".to_owned(), "/keys".to_owned()];
        if role != Role::Administrator {
            pages.extend(["/queue", "/actions", "/alarms"].map(str::to_owned));
            pages.extend([officer, ordinary].map(|incident| format!("/incidents/{incident}")));
        }
        for path in &pages {
            let text = visitor.look(path).await.text;
            let request = id.to_string();
            for trace in [
                &request,
                "Parquet",
                "PV &#60;2026",
                "/gags",
                "user-notices",
                "left alone",
                "do_not_act",
                "do not act",
                "inquiry",
            ] {
                assert!(!text.contains(trace), "{role} finds {trace} at {path}: {text}");
            }
        }
        if role != Role::Administrator {
            let one = plain(&visitor.look(&format!("/incidents/{officer}")).await, "u-7");
            let other = plain(&visitor.look(&format!("/incidents/{ordinary}")).await, "u-8");
            assert_eq!(one, other, "the two accounts look different to {role}");
        }
    }
}
