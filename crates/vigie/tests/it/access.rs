//! Access as an operator and a reviewer meet it: the overlay at the start, and material through the real doors.

use std::fs;
use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use vigie_model::{Role, Scope};
use vigie_testkit::{House, Process, Visitor};

use crate::intake::{context, know, recipe};
use crate::program::{Ran, command, program};

/// The doctor, with this overlay.
fn doctor(overlay: &Path) -> Ran {
    let data = overlay.with_file_name("data");
    let run = command().args(["doctor", "--data"]).arg(data).env("VIGIE_ACCESS__OVERLAY", overlay).output();
    let run = run.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: run.status.code().unwrap(), out: text(run.stdout), err: text(run.stderr) }
}

#[test]
fn an_overlay_that_does_not_hold_stops_the_start_and_the_doctor_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("house.cedar");
    let cases = [
        (None, "cannot read `access.overlay`"),
        (Some("permit (principal, action, resource);"), "an overlay can only forbid"),
        (Some("forbid (principal, action, resource) when { principal.name };"), "do not fit the schema"),
        (Some("forbid everything"), "cannot read the policies in"),
    ];
    for (text, wanted) in cases {
        if let Some(text) = text {
            fs::write(&file, text).unwrap();
        }
        let told = doctor(&file);
        assert_eq!(told.code, 1, "{}", told.out);
        assert!(told.out.contains("BAD access: ") && told.out.contains(wanted), "{}", told.out);
        let mut serve = command();
        serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path().join("data"));
        let served = serve.env("VIGIE_ACCESS__OVERLAY", &file).output().unwrap();
        let said = String::from_utf8(served.stderr).unwrap();
        assert_eq!(served.status.code(), Some(2), "{said}");
        assert!(said.contains(wanted) && said.contains("hint: docs/guide/access.md"), "{said}");
    }
}

#[tokio::test]
async fn an_overlay_takes_from_a_running_service_what_it_says_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("house.cedar"), folder.path().join("data"));
    fs::write(&file, "forbid (principal is Token, action == Action::\"read_metrics\", resource);").unwrap();
    let told = doctor(&file);
    assert!(told.code == 0 && told.out.contains("forbid more"), "{}", told.out);
    let scopes = ["--scope", "metrics", "--scope", "submit", "--format", "json"];
    let added = command().args(["token", "add", "chat"]).args(scopes).arg("--data").arg(&data).output();
    let added: serde_json::Value = serde_json::from_slice(&added.unwrap().stdout).unwrap();
    let overlay = [("VIGIE_ACCESS__OVERLAY", file.to_str().unwrap().to_owned())];
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    let service = Process::start(&program(), arguments, overlay);
    let chat = Visitor::new(service.address()).with_token(added["secret"].as_str().unwrap());
    assert_eq!(chat.get("/metrics").await.status, 403);
    assert_eq!(chat.get("/api/v1/token").await.status, 200);
    assert_eq!(service.interrupt(), Some(0));
}

/// What stands between two texts on a page.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("{before} is not on the page: {page}")).1;
    rest.split_once(after).unwrap().0
}

/// A house with one incident about a picture: the path of its page.
async fn incident(house: &House) -> String {
    let picture = recipe().render().bytes;
    know(house, &picture).await;
    let messenger = house.machine(&[Scope::Submit]).await;
    let form = Form::new()
        .part("context", Part::text(context(1, 1).to_string()))
        .part("media", Part::bytes(picture).file_name("f1"));
    let sent = messenger.send(messenger.request(Method::POST, "/api/v1/submissions").multipart(form)).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    let queue = house.person("Wes", &[Role::Reviewer]).await.get("/queue").await.body;
    format!("/incidents/{}", between(&queue, "/incidents/", "\""))
}

#[tokio::test]
async fn a_lease_goes_on_while_it_is_renewed_and_nobody_renews_anothers() {
    let house = House::open().await;
    let path = incident(&house).await;
    let rea = house.person("Rea", &[Role::Reviewer]).await;
    rea.form(&format!("{path}/claim"), &[]).await;
    let fence = between(&rea.get(&path).await.body, "data-fence=\"", "\"").to_owned();
    let renew = format!("{path}/renew");
    let held = async |visitor: &Visitor, fence: &str| {
        let reply = visitor.form(&renew, &[("fence", fence)]).await;
        (reply.status, reply.json()["held"].as_bool())
    };
    for _ in 0..3 {
        house.clock.advance(Duration::from_secs(14 * 60));
        assert_eq!(held(&rea, &fence).await, (200, Some(true)));
    }
    let sol = house.person("Sol", &[Role::Reviewer]).await;
    assert_eq!(held(&sol, &fence).await, (200, Some(false)), "it is not theirs");
    assert_eq!(held(&rea, "77").await, (200, Some(false)), "not under this fence");
    house.clock.advance(Duration::from_secs(15 * 60));
    assert_eq!(held(&rea, &fence).await, (200, Some(false)), "what has lapsed is not brought back");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_keeps_its_lease_while_somebody_is_there_and_a_refused_look_is_written_down_once() {
    let test = "a_page_keeps_its_lease_while_somebody_is_there_and_a_refused_look_is_written_down_once";
    if !crate::browser::is_here(test) {
        return;
    }
    let house = House::open().await;
    let path = incident(&house).await;
    let operator = vigie_model::Caller::operator();
    let rea = house.app().add_person(&operator, "Rea", &[Role::Reviewer]).await.unwrap();
    let link = house.app().make_sign_in_link(&operator, rea.id).await.unwrap();
    let facts = serde_json::json!({
        "ready": house.app().settings.public_url, "sign_in": { "reviewer": link }, "incident": path,
    });
    let ran = crate::browser::journey_beside("patience", facts);
    if let Err(complaint) = ran.await {
        panic!("{complaint}");
    }
    let refused = "SELECT COUNT(*) FROM ledger_details WHERE action = 'media.refused'";
    assert_eq!(house.number(refused).await, 1);
    house.close().await;
}

#[tokio::test]
async fn material_is_shown_to_who_holds_the_incident_and_to_nobody_by_its_address_alone() {
    let house = House::open().await;
    let path = incident(&house).await;
    let rea = house.person("Rea", &[Role::Reviewer]).await;
    let page = rea.get(&path).await.body;
    let item = between(&page, "data-item=\"", "\"").to_owned();
    assert!(page.contains("You can look once you hold the incident.") && !page.contains("data-reveal"));
    let looking = [("item", item.as_str()), ("step", "shielded")];
    let reveal = format!("{path}/reveal");
    let refused = rea.form(&reveal, &looking).await.body;
    assert!(refused.contains("no_need") && !refused.contains("/preview/"), "{refused}");

    rea.form(&format!("{path}/claim"), &[]).await;
    let held = rea.get(&path).await.body;
    assert!(held.contains("data-reveal"));
    let fence = between(&held, "name=\"fence\" value=\"", "\"").to_owned();
    let evidence = Visitor::new(house.evidence_address());
    let ticket = async || {
        let shown = rea.form(&reveal, &looking).await.body;
        format!("/preview/{}", between(&shown, "/preview/", "\""))
    };
    let (first, second) = (ticket().await, ticket().await);
    let shown = evidence.get(&first).await;
    assert!(shown.status == 200 && shown.header("content-type") == "image/png", "{}", shown.body);
    rea.form(&format!("{path}/release"), &[("fence", &fence)]).await;
    let late = evidence.get(&second).await;
    assert_eq!((late.status, late.json()["code"].as_str()), (403, Some("no_need")), "{}", late.body);
    house.close().await;
}
