//! Walks through the pages, in both languages: what a form leads to, what is shown once, what two people do.

use http::{StatusCode, header};
use vigie_model::Role;

use crate::house::{House, Page};

/// What every page keeps, whatever it shows.
pub(crate) fn check_page(page: &Page, path: &str, language: &str) {
    let text = &page.text;
    assert!(text.contains(&format!(r#"<html lang="{language}""#)), "{path} is not in {language}");
    assert_eq!(text.matches("<h1").count(), 1, "{path} has not one heading");
    assert_eq!(text.matches("<main").count(), 1, "{path} has not one main part");
    for inline in ["style=", " onclick", "<style", "javascript:"] {
        assert!(!text.contains(inline), "{path} holds {inline}");
    }
    let ids: Vec<_> = text.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(ids.len(), unique.len(), "{path} has an identifier twice: {ids:?}");
}

#[tokio::test]
async fn every_page_is_whole_in_both_languages() {
    let house = House::open().await;
    let mut ada = house.person("Ada", Role::Administrator).await;
    let mut senior = house.person("Sam", Role::SeniorReviewer).await;
    let mut audit = house.person("Aud", Role::Auditor).await;
    let bank = "name=KNOWN&source=Hotline&legal_ground=Law&kind=known&verdict=review&distance=31&label_scheme=x&reason=New";
    senior.post("/banks", bank).await;
    ada.post("/tokens", "name=bridge&scope=submit&entries_per_hour=10&life=30").await;
    let person = ada.look("/people").await.address("/people/0");
    let token = ada.look("/tokens").await.address("/tokens/0");
    let question = senior.look("/questions").await.address("/questions/0");
    let end = format!("{person}/end");
    let remove = format!("{person}/passkeys/remove");
    for language in ["en", "fr"] {
        ada.language = language;
        senior.language = language;
        audit.language = language;
        check_page(&audit.look("/ledger").await, "/ledger", language);
        check_page(&audit.look("/evidence").await, "/evidence", language);
        let mut stranger = house.stranger();
        stranger.language = language;
        for path in ["/", "/sign-in", "/sign-in/x", "/nowhere"] {
            check_page(&stranger.get(path).await, path, language);
        }
        let of_ada = [
            "/",
            "/keys",
            "/people",
            "/people/new",
            &person,
            &end,
            &remove,
            "/account",
            "/account/passkeys/new",
            "/confirm",
            "/setup",
            "/tokens",
            "/tokens/new",
            &token,
        ];
        for path in of_ada {
            check_page(&ada.look(path).await, path, language);
        }
        let of_senior = [
            "/",
            "/questions",
            &question,
            "/banks",
            "/banks/new",
            "/alarms",
            "/child-at-risk",
            "/check",
            "/waves",
            "/actions?state=failed",
            "/conversations",
            "/overview",
            "/roster",
            "/bases",
            "/bases/private_group",
        ];
        for path in of_senior {
            check_page(&senior.look(path).await, path, language);
        }
    }
}

#[tokio::test]
async fn an_auditor_sees_the_newest_checkpoint_and_has_the_log_verified() {
    let house = House::open().await;
    let mut audit = house.person("Aud", Role::Auditor).await;
    assert!(audit.look("/ledger").await.text.contains("Nothing has been signed yet."));
    let early = audit.post("/ledger/verify", "").await;
    assert_eq!(early.status, StatusCode::SERVICE_UNAVAILABLE, "in a moment");
    house.app.publish_ledger().await.unwrap();
    let page = audit.look("/ledger").await;
    assert!(page.text.contains("data-log-root") && page.text.contains("Signed and public"), "{}", page.text);
    let verified = audit.post("/ledger/verify", "").await;
    check_page(&verified, "/ledger/verify", "en");
    assert!(verified.text.contains("The log holds"), "{}", verified.text);
    assert!(verified.text.contains("The entries add up to the signed root."));

    let mut reviewer = house.person("Rev", Role::Reviewer).await;
    for reply in [reviewer.get("/ledger").await, reviewer.post("/ledger/verify", "").await] {
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_second_administrator_is_asked_for_until_there_is_one() {
    let house = House::open().await;
    let mut ada = house.person("Ada", Role::Administrator).await;
    assert!(ada.look("/").await.text.contains("href=\"/setup\""));
    let form = ada.look("/setup").await;
    assert!(form.text.contains(r#"value="administrator" checked"#));
    let named = ada.post("/people", "setup=yes&name=Ben&role=administrator").await;
    assert_eq!(named.status, StatusCode::OK);
    assert!(!ada.look("/").await.text.contains("href=\"/setup\""));
    assert_eq!(ada.get("/setup").await.header(header::LOCATION), "/people");
}

#[tokio::test]
async fn a_link_is_shown_once_and_signs_the_person_in() {
    let house = House::open().await;
    let mut ada = house.person("Ada", Role::Administrator).await;
    let shown = ada.post("/people", "name=Ben+O%27Neil&role=reviewer&role=auditor").await;
    let link = shown.address("http://localhost:8420/sign-in/");
    assert!(!ada.look("/people").await.text.contains("/sign-in/"));
    let mut ben = house.stranger();
    assert_eq!(
        ben.post(link.strip_prefix("http://localhost:8420").unwrap(), "").await.status,
        StatusCode::SEE_OTHER
    );
    assert!(ben.look("/").await.text.contains("Reviewer, Auditor"));
}

#[tokio::test]
async fn a_form_that_is_refused_keeps_what_was_filled_in() {
    let house = House::open().await;
    let mut ada = house.person("Ada", Role::Administrator).await;
    let refused = ada.post("/people", "name=&role=auditor").await;
    assert!(refused.text.contains("Give a name") && refused.text.contains(r#"value="auditor" checked"#));
    let taken = ada.post("/people", "name=Ada&role=auditor").await;
    assert!(taken.text.contains("name_taken") && taken.text.contains(r#"value="Ada""#));
    let mut senior = house.person("Sam", Role::SeniorReviewer).await;
    let wrong =
        senior.post("/banks", "name=small&source=S&legal_ground=L&distance=99&reason=R&kind=known").await;
    assert!(wrong.text.contains("from 0 to 64") && wrong.text.contains(r#"value="small""#), "{}", wrong.text);
}

#[tokio::test]
async fn changed_roles_end_sessions_and_ended_people_stay_out() {
    let house = House::open().await;
    let mut ada = house.person("Ada", Role::Administrator).await;
    let mut ben = house.person("Ben", Role::Reviewer).await;
    let people = house.app.people(&vigie_model::Caller::operator()).await.unwrap();
    let id = people.iter().find(|person| person.name == "Ben").unwrap().id;
    ben.look("/banks").await;
    let changed = ada.post(&format!("/people/{id}/roles"), "role=auditor").await;
    assert!(changed.header(header::LOCATION).ends_with("?done=roles-changed"));
    assert_eq!(ben.get("/banks").await.status, StatusCode::UNAUTHORIZED);
    let link = ada.post(&format!("/people/{id}/link"), "").await.address("http://localhost:8420/sign-in/");
    ada.post(&format!("/people/{id}/end"), "").await;
    assert!(ada.look("/people?done=person-ended").await.text.contains("The access has ended."));
    let spent = ben.post(link.strip_prefix("http://localhost:8420").unwrap(), "").await;
    assert_eq!(spent.status, StatusCode::GONE);
}

#[tokio::test]
async fn an_address_for_mail_on_duty_is_kept_and_one_that_is_none_is_refused() {
    let house = House::open().await;
    let mut ada = house.person("Ada", Role::Administrator).await;
    let person = ada.look("/people").await.address("/people/0");
    let saved = ada.post(&format!("{person}/mail"), "mail=ada%40example.org").await;
    assert_eq!(saved.header(header::LOCATION), format!("{person}?done=mail-changed"));
    assert!(ada.look(&person).await.text.contains(r#"value="ada@example.org""#));
    for wrong in ["ada", "ada%40", "a%40b%0d%0aBcc:c%40d", "a%40b%2cc%40d", "%3Ca%40b%3E"] {
        let refused = ada.post(&format!("{person}/mail"), &format!("mail={wrong}")).await;
        assert!(refused.text.contains("invalid_value"), "{wrong}: {}", refused.text);
    }
    ada.post(&format!("{person}/mail"), "mail=").await;
    assert!(!ada.look(&person).await.text.contains("ada@example.org"));
}

#[tokio::test]
async fn the_last_administrator_stays_and_is_told_why() {
    let house = House::open().await;
    let mut ada = house.person("Ada", Role::Administrator).await;
    let person = ada.look("/people").await.address("/people/0");
    let refused = ada.post(&format!("{person}/end"), "").await;
    assert!(refused.text.contains("wrong_state"), "{}", refused.text);
    ada.look("/people").await;
}

#[tokio::test]
async fn a_bank_is_proposed_by_one_and_made_by_another_who_sees_every_parameter() {
    let house = House::open().await;
    let mut sam = house.person("Sam", Role::SeniorReviewer).await;
    let mut dee = house.person("Dee", Role::DataProtectionOfficer).await;
    let form = "name=KNOWN&source=Hotline&legal_ground=Article+16&kind=known&verdict=block&distance=30&label_scheme=inhope&reason=Week+one";
    let sent = sam.post("/banks", form).await;
    assert_eq!(sent.header(header::LOCATION), "/questions?done=question-asked");
    let question = dee.look("/questions").await.address("/questions/0");
    let shown = dee.look(&question).await.text;
    for value in ["make_bank", "KNOWN", "Hotline", "Article 16", "block", "30", "inhope", "Week one", "Sam"] {
        assert!(shown.contains(value), "{value} is not shown");
    }
    let own = sam.look(&question).await;
    assert!(!own.text.contains("/approve"), "the asker is offered to agree");
    let refused = sam.post(&format!("{question}/approve"), "").await;
    assert!(refused.text.contains("same_person"));
    dee.post(&format!("{question}/approve"), "").await;
    assert!(sam.look("/banks").await.text.contains("KNOWN"));
    assert!(dee.look(&question).await.text.contains("Agreed and done"));
}

#[tokio::test]
async fn a_token_is_shown_once_works_and_is_revoked() {
    let house = House::open().await;
    let mut ada = house.person("Ada", Role::Administrator).await;
    let made = ada.post("/tokens", "name=bridge&scope=submit&entries_per_hour=10&life=none").await;
    let secret = made.address("vigie_");
    assert!(house.app.token_caller(&secret).await.is_ok());
    let list = ada.look("/tokens").await;
    assert!(!list.text.contains(&secret) && list.text.contains("without end"));
    let revoke = list.address("/tokens/0");
    ada.look(&revoke).await;
    ada.post(&revoke, "").await;
    assert!(house.app.token_caller(&secret).await.is_err());
    assert!(ada.look("/tokens").await.text.contains("revoked"));
}

#[tokio::test]
async fn what_people_typed_is_text_and_never_markup() {
    let house = House::open().await;
    let mut ada = house.person("Ada", Role::Administrator).await;
    let page = ada.post("/people", "name=%3Cscript%3Ealert(1)%3C%2Fscript%3E&role=auditor").await;
    assert!(!page.text.contains("<script>alert"));
    assert!(!ada.look("/people").await.text.contains("<script>alert"));
}

#[tokio::test]
async fn a_basis_is_entered_with_its_ground_and_ends_with_a_reason() {
    let house = House::open().await;
    let mut dee = house.person("Dee", Role::DataProtectionOfficer).await;
    assert!(dee.look("/bases").await.text.contains("Not examined"));
    let wrong = dee.post("/bases/private_group", "legal_ground=&technique=exact_digest&reason=x").await;
    assert!(wrong.text.contains("State the legal ground"), "{}", wrong.text);
    let form = "legal_ground=Article+9&technique=exact_digest&assessment_reference=A-1&reason=Agreed&valid_until=2027-01-31";
    let sent = dee.post("/bases/private_group", form).await;
    assert_eq!(sent.header(header::LOCATION), "/questions?done=question-asked");
    let mut lea = house.person("Lea", Role::LegalOfficer).await;
    let question = lea.look("/questions").await.address("/questions/0");
    assert!(lea.look(&question).await.text.contains("Enter a detection basis"));
    lea.post(&format!("{question}/approve"), "").await;
    let held = dee.look("/bases/private_group").await;
    assert!(held.text.contains("Article 9") && held.text.contains("Holds"));
    dee.post("/bases/private_group/end", "reason=The+agreement+ended").await;
    assert!(dee.look("/bases/private_group").await.text.contains("nothing is examined"));
    assert_eq!(dee.get("/bases/nowhere").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn two_administrators_name_who_is_trusted_with_much() {
    let house = House::open().await;
    let mut ada = house.person("Ada", Role::Administrator).await;
    let mut bo = house.person("Bo", Role::Administrator).await;
    let silent = ada.post("/people", "name=Rea&role=releaser&reason=").await;
    assert!(
        silent.text.contains("invalid_value") && silent.text.contains(r#"value="Rea""#),
        "{}",
        silent.text
    );
    let asked = ada.post("/people", "name=Rea&role=releaser&reason=She+starts+on+Monday").await;
    assert_eq!(asked.header(header::LOCATION), "/questions?done=question-asked");
    let question = bo.look("/questions").await.address("/questions/0");
    let shown = bo.look(&question).await.text;
    for value in ["Rea", "releaser", "She starts on Monday", "Ada"] {
        assert!(shown.contains(value), "{value} is not shown");
    }
    bo.post(&format!("{question}/approve"), "").await;
    assert!(ada.look("/people").await.text.contains("Rea"));

    ada.post("/people", "name=Eve&role=reviewer").await;
    let people = house.app.people(&vigie_model::Caller::operator()).await.unwrap();
    let eve = people.iter().find(|person| person.name == "Eve").unwrap().id;
    let roles = format!("/people/{eve}/roles");
    let silent = ada.post(&roles, "role=reviewer&role=legal_officer&reason=").await;
    assert!(silent.text.contains(r#"value="legal_officer" checked"#), "{}", silent.text);
    let asked = ada.post(&roles, "role=reviewer&role=legal_officer&reason=Leave+of+Dan").await;
    assert_eq!(asked.header(header::LOCATION), "/questions?done=question-asked");
    let question = bo.look("/questions").await.address("/questions/0");
    bo.post(&format!("{question}/approve"), "").await;
    assert!(ada.look(&format!("/people/{eve}")).await.text.contains(r#"value="legal_officer" checked"#));
}

#[tokio::test]
async fn the_roster_shows_who_is_on_duty_and_where_nobody_is() {
    let house = House::open().await;
    let mut sam = house.person("Sam", Role::SeniorReviewer).await;
    let people = house.app.people(&vigie_model::Caller::operator()).await.unwrap();
    let sent = sam
        .post("/roster", &format!("person={}&from=2026-09-21T16:00&until=2026-09-22T16:00", people[0].id))
        .await;
    assert_eq!(sent.header(header::LOCATION), "/roster?done=turn-added", "{}", sent.text);
    let shown = sam.look("/roster").await;
    assert!(
        shown.text.contains("21\u{a0}Sep\u{a0}2026, 16:00 UTC") && shown.text.contains("Nobody"),
        "{}",
        shown.text
    );
    let turn = shown.address("/roster/0");
    sam.post(&turn, "").await;
    assert!(!sam.look("/roster").await.text.contains("/remove"));
    let wrong = sam.post("/roster", &format!("person={}&from=2026-09-22T16:00&until=", people[0].id)).await;
    assert!(wrong.text.contains("invalid_value"));
}

#[tokio::test]
async fn a_list_is_imported_searched_and_taken_out_by_two_people() {
    let house = House::open().await;
    let mut sam = house.person("Sam", Role::SeniorReviewer).await;
    let mut dee = house.person("Dee", Role::DataProtectionOfficer).await;
    let form = "name=KNOWN&source=Hotline&legal_ground=Law&kind=known&verdict=review&distance=31&label_scheme=x&reason=New";
    sam.post("/banks", form).await;
    let question = dee.look("/questions").await.address("/questions/0");
    dee.post(&format!("{question}/approve"), "").await;
    let bank = sam.look("/banks").await.address("/banks/0");

    let digest = "0123456789abcdef0123456789abcdef";
    let faulty = sam.upload(&format!("{bank}/import"), &[("pasted", &format!("{digest}\nnonsense\n"))]).await;
    assert!(
        faulty.text.contains("could not be understood") && faulty.text.contains("Line 2"),
        "{}",
        faulty.text
    );
    let done = sam.upload(&format!("{bank}/import"), &[("list", &format!("{digest}\n"))]).await;
    assert!(done.text.contains("Imported: 1."), "{}", done.text);
    assert!(sam.look(&format!("{bank}?q={digest}")).await.text.contains("01234567\u{2026}cdef"));
    assert!(
        sam.look(&format!("{bank}?q=ffffffffffffffffffffffffffffffff")).await.text.contains("No entry here")
    );
    for language in ["en", "fr"] {
        sam.language = language;
        check_page(&sam.look(&bank).await, &bank, language);
    }
    sam.language = "en";

    sam.post(&format!("{bank}/export"), "format=plain&reason=A+partner").await;
    let question = dee.look("/questions").await.address("/questions/0");
    dee.post(&format!("{question}/approve"), "").await;
    assert!(sam.look(&question).await.text.contains("Fetch the export"));
    let fetched = sam.post(&format!("{question}/export"), "").await;
    assert!(fetched.text.contains(digest) && fetched.header("content-disposition").contains("KNOWN.plain"));
    assert_eq!(dee.post(&format!("{question}/export"), "").await.status, StatusCode::FORBIDDEN);

    let armed = sam.post(&bank, "enabled=yes&verdict=block&distance=31&ratio=100&reason=Verified").await;
    assert_eq!(armed.header(header::LOCATION), "/questions?done=question-asked", "{}", armed.text);
    let off = sam.post(&bank, "verdict=review&distance=20&ratio=50&reason=").await;
    assert_eq!(off.header(header::LOCATION), format!("{bank}?done=bank-changed"), "{}", off.text);
}

#[tokio::test]
async fn a_file_is_checked_its_hashes_are_shown_and_checks_are_few() {
    let house = House::open().await;
    let mut sam = house.person("Sam", Role::SeniorReviewer).await;
    let shown = sam.upload("/check", &[("file", "not a picture")]).await;
    assert!(shown.text.contains("sha256") && shown.text.contains("Nothing resembles it"), "{}", shown.text);
    for _ in 1..vigie_app::check_file::CHECKS_PER_HOUR {
        sam.upload("/check", &[("file", "x")]).await;
    }
    assert!(sam.upload("/check", &[("file", "x")]).await.text.contains("too_many"));
    let mut rea = house.person("Rea", Role::Reviewer).await;
    assert_eq!(rea.upload("/check", &[("file", "x")]).await.status, StatusCode::FORBIDDEN);
}
