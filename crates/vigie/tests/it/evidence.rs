//! Evidence in a house from before there were retention periods, and what `vigie doctor` says of its keys.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use vigie_model::{ManualClock, Moment, Period, Role, Scope};
use vigie_store::blobs;
use vigie_store::vault::Vault;
use vigie_synth::{Recipe, Size};
use vigie_testkit::{House, Plan};

use crate::program::vigie;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn report(house: &House, message: u64) {
    let messenger = house.machine(&[Scope::Submit]).await;
    let picture = Recipe::original(message, Size::clamped(320, 240)).render().bytes;
    let told = serde_json::json!({
        "service": "synthetic", "account_id": "a1", "message_id": format!("m{message}"), "reason": "child_safety",
    });
    let form = Form::new()
        .part("report", Part::text(told.to_string()))
        .part("media", Part::bytes(picture).file_name("f1"));
    let reply = messenger.send(messenger.request(Method::POST, "/api/v1/user-reports").multipart(form)).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
}

async fn change(house: &House, statement: &str) {
    house.database.rows(house.data(), &format!("{statement} RETURNING 1")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sealed_under_the_one_key_of_before_ends_with_its_time() {
    let clock = Arc::new(ManualClock::at(Moment::from_unix_seconds(1_790_000_000)));
    let house = House::of(Plan { clock: Some(clock.clone()), ..Plan::default() }).await;
    let (app, vault) = (house.app().clone(), house.app().store.vault().clone());
    let key = vault.key_file(Period::Legacy);
    assert!(!key.exists(), "a new house never has it");
    for message in [1, 2] {
        report(&house, message).await;
    }
    // As a house from before has them.
    let placed = blobs::living(&mut app.store.read().await.unwrap()).await.unwrap();
    let [(free, period), (held, _)] = placed[..] else { panic!("two objects were kept: {placed:?}") };
    fs::rename(vault.key_file(period), &key).unwrap();
    for id in [free, held] {
        let place = |period| house.data().join(Vault::file(id, period));
        fs::rename(place(period), place(Period::Legacy)).unwrap();
    }
    change(&house, "UPDATE blobs SET period = NULL, retain_until = NULL").await;
    let id = hex::encode(free.0.as_bytes());
    change(&house, &format!("DELETE FROM holds WHERE blob = X'{id}'")).await;

    clock.advance(2 * DAY);
    app.keep_house().await.unwrap();
    assert!(vault.get(free, Period::Legacy).is_ok() && key.exists());
    clock.advance(365 * DAY);
    app.keep_house().await.unwrap();
    assert!(!key.exists());
    assert!(vault.list().unwrap().iter().all(|stored| stored.id == held));
    let placed = blobs::living(&mut app.store.read().await.unwrap()).await.unwrap();
    assert!(matches!(placed[..], [(id, Period::Month(_))] if id == held), "{placed:?}");
    assert!(vault.get(held, placed[0].1).is_ok());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_periods_and_holds_and_both_forms_ask_a_second_person() {
    let house = House::open().await;
    let dee = house.person("Dee", &[Role::DataProtectionOfficer]).await;
    let lea = house.person("Lea", &[Role::LegalOfficer]).await;
    let aud = house.person("Aud", &[Role::Auditor]).await;
    assert!(dee.get("/evidence").await.body.contains("Nothing is sealed yet"));
    report(&house, 1).await;
    let (_, period) = blobs::living(&mut house.app().store.read().await.unwrap()).await.unwrap()[0];
    let held = house.app().kept_evidence(&house.caller(&dee).await).await.unwrap().holds;
    let of_report = held.into_iter().find(|hold| hold.reason.starts_with("user_report:")).unwrap().reason;
    let page = dee.get("/evidence").await.body;
    assert!(page.contains(&period.to_string()) && page.contains(&of_report), "{page}");
    let watched = aud.get("/evidence").await.body;
    assert!(watched.contains(&of_report) && !watched.contains("/evidence/holds"), "an auditor only looks");

    let lift = [("hold", of_report.as_str()), ("reason", "Withdrawn")];
    assert_eq!(aud.form("/evidence/holds", &lift).await.status, 403);
    let silent = dee.form("/evidence/holds", &[lift[0], ("reason", "")]).await;
    assert!(silent.status == 200 && silent.body.contains("reason-wrong"), "{}", silent.body);
    let of_incident = page.split("incident:").nth(1).unwrap()[..36].to_owned();
    let open = dee.form("/evidence/holds", &[("hold", &format!("incident:{of_incident}")), lift[1]]).await;
    assert!(open.body.contains("wrong_state"), "what reviewers look at stays: {}", open.body);
    let period = period.to_string();
    let end = [("period", period.as_str()), ("end-reason", "Ordered")];
    for (path, form, act) in [
        ("/evidence/holds", lift, "Lift a hold from evidence"),
        ("/evidence/periods", end, "End a retention period ahead of its time"),
    ] {
        let asked = dee.form(path, &form).await;
        assert_eq!(asked.header("location"), "/questions?done=question-asked", "{}", asked.body);
        let list = lea.get("/questions").await.body;
        let question = list.split("href=\"/questions/").nth(1).unwrap().split('"').next().unwrap();
        let question = format!("/questions/{question}");
        assert!(lea.get(&question).await.body.contains(act));
        lea.form(&format!("{question}/approve"), &[]).await;
    }
    let page = dee.get("/evidence").await.body;
    assert!(!page.contains(&of_report), "{page}");
    let never = dee.form("/evidence/periods", &[("period", "never"), end[1]]).await;
    assert_eq!(never.status, 404);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_misses_the_key_of_a_period_and_sees_who_else_may_read_one() {
    let house = House::open().await;
    report(&house, 1).await;
    let app = house.app().clone();
    let (_, period) = blobs::living(&mut app.store.read().await.unwrap()).await.unwrap()[0];
    let data = house.data().to_str().unwrap().to_owned();
    let config = tempfile::NamedTempFile::new().unwrap();
    fs::write(config.path(), format!("[backup]\nfolder = \"{data}\"\n")).unwrap();
    let config = config.path().to_str().unwrap();
    let doctor = || vigie(["doctor", "--data", &data, "--config", config]);
    let private: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(&data, private).unwrap();
    let well = doctor();
    assert_eq!(well.code, 0, "{}", well.out);
    assert!(well.out.contains("ok  evidence: 1 objects"), "{}", well.out);
    assert!(
        well.out.contains("note backup: ") && well.out.contains("what takes one takes both"),
        "{}",
        well.out
    );

    let key = app.store.vault().key_file(period);
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o640);
    fs::set_permissions(&key, open).unwrap();
    let folder: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o750);
    fs::set_permissions(key.parent().unwrap(), folder.clone()).unwrap();
    let open = doctor();
    assert_eq!(open.code, 1);
    assert!(open.out.contains("BAD key: ") && open.out.contains("BAD keyring: "), "{}", open.out);
    fs::remove_file(&key).unwrap();
    let missing = doctor();
    assert_eq!(missing.code, 1);
    assert!(
        missing.out.contains(&format!("the key of the retention period {period} is not there")),
        "{}",
        missing.out
    );
    house.close().await;
}
