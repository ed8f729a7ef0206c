//! Wellbeing at the console: what somebody saw, what they are spared, the screen of a pause; deciding without a look, and
//! reading again.

use http::{StatusCode, header};
use vigie_app::wellbeing::{ExposureLimits, ReviewSettings};
use vigie_model::Role;

use crate::house::{House, Page};
use crate::review::{fence, item};
use crate::walks::check_page;

/// Two items in a row, and everything is read again.
async fn strict() -> House {
    let exposure = ExposureLimits { items_in_a_row: 2, ..ExposureLimits::default() };
    House::with_review(ReviewSettings { exposure, reread_percent: 100 }).await
}

/// Asks for a step of an incident's only item.
async fn step(visitor: &mut crate::house::Visitor<'_>, base: &str, item: &str, step: &str) -> Page {
    visitor.post(&format!("{base}/reveal"), &format!("item={item}&step={step}")).await
}

#[tokio::test]
async fn what_somebody_saw_is_theirs_and_the_desk_is_for_seniors() {
    let house = strict().await;
    let (mut rea, mut sam) =
        (house.person("Rea", Role::Reviewer).await, house.person("Sam", Role::SeniorReviewer).await);
    let mut aud = house.person("Aud", Role::Auditor).await;
    let path = format!("/incidents/{}", house.found("ann", b"one").await);
    let only = item(&rea.look(&path).await);
    rea.post(&format!("{path}/claim"), "").await;
    for one in ["shielded", "soft"] {
        assert!(step(&mut rea, &path, &only, one).await.text.contains("data-look"), "{one}");
    }
    for language in ["en", "fr"] {
        (rea.language, sam.language) = (language, language);
        check_page(&rea.look("/wellbeing").await, "/wellbeing", language);
        check_page(&sam.look("/wellbeing/desk").await, "/wellbeing/desk", language);
    }
    (rea.language, sam.language) = ("en", "en");
    let own = rea.look("/wellbeing").await.text;
    assert!(own.contains("<dt>Items seen</dt><dd>1</dd>") && own.contains("<dt>Items left</dt><dd>199</dd>"));
    assert!(!own.contains("/wellbeing/desk"));
    assert_eq!(rea.get("/wellbeing/desk").await.status, StatusCode::FORBIDDEN);
    assert_eq!(aud.get("/wellbeing").await.status, StatusCode::FORBIDDEN);
    let desk = sam.look("/wellbeing/desk").await.text;
    let (first, second) = (desk.find(">Rea</th>").unwrap(), desk.find(">Sam</th>").unwrap());
    assert!(first < second && desk.contains("may go on") && !desk.contains(">Aud</th>"));

    let kept = rea.post("/wellbeing/spared", "label=ncmec:A1&label=x").await;
    assert_eq!(kept.header(header::LOCATION), "/wellbeing?done=spared");
    assert!(rea.look("/wellbeing").await.text.contains(r#"value="ncmec:A1" checked"#));
    assert!(!sam.look("/wellbeing").await.text.contains(r#"value="ncmec:A1" checked"#));
    rea.post("/wellbeing/spared", "").await;
    assert!(!rea.look("/wellbeing").await.text.contains(" checked"));
}

#[tokio::test]
async fn a_pause_has_a_kind_screen_that_says_when_it_ends() {
    let house = strict().await;
    let mut rea = house.person("Rea", Role::Reviewer).await;
    let mut paths = Vec::new();
    for account in ["ann", "bob", "cid", "dan"] {
        paths.push(format!("/incidents/{}", house.found(account, account.as_bytes()).await));
    }
    for path in &paths[..3] {
        rea.post(&format!("{path}/claim"), "").await;
    }
    for path in &paths[..2] {
        let only = item(&rea.look(path).await);
        step(&mut rea, path, &only, "shielded").await;
        step(&mut rea, path, &only, "soft").await;
    }
    let only = item(&rea.look(&paths[2]).await);
    for (language, words) in [("en", "You can go on in 10\u{a0}min"), ("fr", "continuer dans 10\u{a0}min")] {
        rea.language = language;
        let refused = [
            step(&mut rea, &paths[2], &only, "shielded").await,
            rea.post(&format!("{}/claim", paths[3]), "").await,
            rea.post("/queue/next", "").await,
        ];
        for page in refused {
            assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
            check_page(&page, "the pause", language);
            assert!(page.text.contains("on_pause") && page.text.contains("<time"), "{}", page.text);
            assert!(page.text.contains(words), "{}", page.text);
        }
        assert!(rea.look("/wellbeing").await.text.contains(words));
    }
    let raised = rea.post(&format!("{}/alarm", paths[2]), "reason=A+voice").await;
    assert_eq!(raised.status, StatusCode::SEE_OTHER);
    assert!(step(&mut rea, &paths[2], &only, "shielded").await.text.contains("data-look"));
}

#[tokio::test]
async fn what_was_decided_before_is_decided_again_from_its_own_form() {
    let house = strict().await;
    let mut rea = house.person("Rea", Role::Reviewer).await;
    let first = format!("/incidents/{}", house.found("ann", b"the same").await);
    rea.post(&format!("{first}/claim"), "").await;
    let page = rea.look(&first).await;
    let (held, only) = (fence(&page), item(&page));
    assert!(!page.text.contains("decide-as-before"));
    step(&mut rea, &first, &only, "shielded").await;
    step(&mut rea, &first, &only, "soft").await;
    let form =
        format!("fence={held}&outcome=violating&verdict-{only}=violating&label=ncmec:A1&reason=A+lake");
    rea.post(&format!("{first}/decide"), &form).await;

    let second = format!("/incidents/{}", house.found("bob", b"the same").await);
    let offered = rea.look(&second).await.text;
    assert!(offered.contains("nobody has to look") && !offered.contains("decide-as-before"), "not held yet");
    rea.post(&format!("{second}/claim"), "").await;
    let page = rea.look(&second).await;
    assert!(page.text.contains(">A lake</textarea>") && page.text.contains("NCMEC A1"), "{}", page.text);
    assert!(page.text.contains(&format!(r#"<a href="{first}">"#)));
    for language in ["en", "fr"] {
        rea.language = language;
        check_page(&rea.look(&second).await, &second, language);
    }
    rea.language = "en";
    let send = format!("{second}/decide-as-before");
    let held = fence(&page);
    let kept = rea.post(&send, &format!("fence={held}&as-before=yes&reason=")).await;
    assert!(kept.text.contains("invalid_value"), "{}", kept.text);
    let done = rea.post(&send, &format!("fence={held}&as-before=yes&reason=As+before")).await;
    assert_eq!(done.header(header::LOCATION), format!("{second}?done=incident-decided"), "{}", done.text);
    let page = rea.look(&second).await.text;
    assert!(page.contains("as before, without viewing") && page.contains("Nobody has looked yet."));
}

#[tokio::test]
async fn a_decision_is_read_again_and_what_differs_is_settled() {
    let house = strict().await;
    let (mut rea, mut rob) =
        (house.person("Quinn", Role::Reviewer).await, house.person("Rob", Role::Reviewer).await);
    let mut sam = house.person("Sam", Role::SeniorReviewer).await;
    let path = format!("/incidents/{}", house.found("ann", b"one").await);
    rea.post(&format!("{path}/claim"), "").await;
    let page = rea.look(&path).await;
    let (held, only) = (fence(&page), item(&page));
    let form =
        format!("fence={held}&outcome=violating&verdict-{only}=violating&label=ncmec:A1&reason=A+lake");
    rea.post(&format!("{path}/decide"), &form).await;

    assert!(rea.look("/rereadings").await.text.contains("Nothing waits"));
    let none = rea.post("/rereadings/next", "").await;
    assert_eq!(none.header(header::LOCATION), "/rereadings?done=rereading-none");
    let taken = rob.post("/rereadings/next", "").await.header(header::LOCATION).to_owned();
    let blind = rob.look(&taken).await;
    for told in ["A lake", "Quinn", "Something to act on</span></p>", "/decisions/"] {
        assert!(!blind.text.contains(told), "{told}: {}", blind.text);
    }
    let refused = rob.get(&path).await;
    assert!(refused.status == StatusCode::CONFLICT && refused.text.contains("read_again_first"));
    let shown = step(&mut rob, &taken, &only, "shielded").await;
    assert!(shown.text.contains("data-look") && shown.text.contains(&format!("{taken}/reveal")));
    let incomplete = rob.post(&format!("{taken}/conclude"), "outcome=dismissed").await;
    assert!(incomplete.text.contains("invalid_value"), "{}", incomplete.text);
    let second = format!("outcome=dismissed&verdict-{only}=not_violating");
    let done = rob.post(&format!("{taken}/conclude"), &second).await;
    assert_eq!(done.header(header::LOCATION), "/rereadings?done=rereading-concluded", "{}", done.text);
    assert_eq!(rob.get(&taken).await.status, StatusCode::FORBIDDEN);

    assert!(sam.look("/").await.text.contains("concluded differently"));
    assert_eq!(sam.look("/rereadings").await.address("/rereadings/0"), taken);
    for language in ["en", "fr"] {
        (sam.language, rea.language) = (language, language);
        check_page(&sam.look(&taken).await, &taken, language);
        check_page(&sam.look("/rereadings").await, "/rereadings", language);
        check_page(&sam.look("/overview").await, "/overview", language);
    }
    sam.language = "en";
    let both = sam.look(&taken).await.text;
    assert!(
        both.contains("Quinn") && both.contains("Rob") && both.matches(">differs<").count() == 6,
        "{both}"
    );
    let settled = sam.post(&format!("{taken}/settle"), "settlement=first&reason=It+is").await;
    assert_eq!(
        settled.header(header::LOCATION),
        format!("{taken}?done=rereading-settled"),
        "{}",
        settled.text
    );
    assert!(sam.look(&taken).await.text.contains("It is"));
    let overview = sam.look("/overview").await.text;
    assert!(overview.contains("<dt>Same outcome</dt><dd>0 · 0%</dd>") && overview.contains("small number"));
}

#[tokio::test]
async fn the_page_being_read_again_is_whole_in_both_languages() {
    let house = strict().await;
    let (mut rea, mut rob) =
        (house.person("Rea", Role::Reviewer).await, house.person("Rob", Role::Reviewer).await);
    let path = format!("/incidents/{}", house.found("ann", b"one").await);
    rea.post(&format!("{path}/claim"), "").await;
    let page = rea.look(&path).await;
    let form = format!(
        "fence={}&outcome=dismissed&verdict-{}=not_violating&reason=A+lake",
        fence(&page),
        item(&page)
    );
    rea.post(&format!("{path}/decide"), &form).await;
    let taken = rob.post("/rereadings/next", "").await.header(header::LOCATION).to_owned();
    for language in ["en", "fr"] {
        rob.language = language;
        check_page(&rob.look(&taken).await, &taken, language);
    }
    rob.language = "en";
    let back = rob.post(&format!("{taken}/back"), "").await;
    assert_eq!(back.header(header::LOCATION), "/rereadings");
    assert!(rob.look("/rereadings").await.text.contains("1 decision waits"));
}
