//! `vigie demo` as a visitor meets it, and as it leaves.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use vigie_testkit::{Process, Visitor};

use crate::program::{descendants, is_gone, program, vigie};

/// Starts a demo with these further arguments on free ports; temporary folders of it go into `folder`.
pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Process {
    let arguments = ["demo", "--format", "json", "--listen", "127.0.0.1:0"].iter().chain(arguments).copied();
    Process::start(&program(), arguments, [("TMPDIR", folder.display().to_string())])
}

/// What the demo says when it is ready.
pub(crate) fn facts(demo: &Process) -> Value {
    serde_json::from_str(&demo.first_line).unwrap()
}

/// The path of an address.
fn path(address: &str) -> &str {
    &address[address.rfind("/sign-in/").unwrap()..]
}

/// Waits, as long as a slow machine may need, for something to become true.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what} did not happen within a minute");
}

#[tokio::test]
async fn it_shows_the_loop_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let demo = start(folder.path(), &["--pace", "0.05"]);
    let facts = facts(&demo);
    let (ready, messenger) = (facts["ready"].as_str().unwrap(), facts["messenger"].as_str().unwrap());

    let mut links = facts["sign_in"].as_object().unwrap().clone();
    for role in ["reviewer", "senior_reviewer", "data_protection_officer", "administrator", "auditor"] {
        let link = links.remove(role).unwrap();
        Visitor::new(ready.to_owned()).sign_in(path(link.as_str().unwrap())).await;
    }
    let token = Visitor::new(ready.to_owned()).with_token(facts["api_token"].as_str().unwrap());
    assert_eq!(token.get("/api/v1/token").await.status, 200);
    let messenger = Visitor::new(messenger.to_owned());
    until("an upload that is held back or blocked", async || {
        let state = messenger.get("/api/conversations/conversation-1").await.body;
        state.contains("\"held\"") || state.contains("\"blocked\"")
    })
    .await;

    until("a signed checkpoint", async || {
        let shown = Visitor::new(ready.to_owned()).get("/log/checkpoint").await;
        shown.status == 200 && shown.body.lines().count() == 5
    })
    .await;
    let processes = descendants(demo.id());
    assert!(!processes.is_empty(), "somebody decodes");
    assert_eq!(demo.interrupt(), Some(0));
    assert!(processes.iter().all(|process| is_gone(process)), "a decoding child lives on");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "its data is still there");
}

/// What stands between `before` and the next quotation mark, each time.
fn quoted<'a>(page: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    page.split(before).skip(1).filter_map(|rest| rest.split('"').next())
}

/// An incident with a picture that is not shown: its identifier and that of the item.
async fn picture(reviewer: &Visitor) -> Option<(String, String)> {
    let queue = reviewer.get("/queue").await.body;
    for incident in quoted(&queue, "href=\"/incidents/") {
        let page = reviewer.get(&format!("/incidents/{incident}")).await.body;
        let of_item = |part: &&str| part.lines().nth(1).is_some_and(|line| line.contains("unseen\"><svg"));
        if let Some(part) = page.split("data-item=\"").skip(1).find(of_item) {
            let item = part.split('"').next()?;
            return Some((incident.to_owned(), item.to_owned()));
        }
    }
    None
}

#[tokio::test]
async fn it_asks_for_a_passkey_before_a_whole_picture_unless_told_not_to() {
    for (arguments, asks) in [(vec!["--no-traffic"], true), (vec!["--no-traffic", "--no-step-up"], false)] {
        let folder = tempfile::tempdir().unwrap();
        let demo = start(folder.path(), &arguments);
        let facts = facts(&demo);
        let mut reviewer = Visitor::new(facts["ready"].as_str().unwrap().to_owned());
        reviewer.sign_in(path(facts["sign_in"]["reviewer"].as_str().unwrap())).await;
        let mut found = None;
        until("an incident with a picture", async || {
            found = picture(&reviewer).await;
            found.is_some()
        })
        .await;
        let (incident, item) = found.unwrap();
        reviewer.form(&format!("/incidents/{incident}/claim"), &[]).await;
        let reveal = async |step| {
            let fields = [("item", item.as_str()), ("step", step)];
            reviewer.form(&format!("/incidents/{incident}/reveal"), &fields).await.body
        };
        for step in ["shielded", "soft"] {
            assert!(reveal(step).await.contains(&format!("data-step=\"{step}\"")), "{step}");
        }
        let whole = reveal("full").await;
        assert_eq!(whole.contains("/account/passkeys/new?back="), asks, "{arguments:?}");
        assert_eq!(whole.contains("data-step=\"full\""), !asks, "{arguments:?}");
    }
}

#[test]
fn it_does_not_touch_data_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("something"), "").unwrap();
    let ran = vigie(["demo".as_ref(), "--data".as_ref(), folder.path().as_os_str()]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("is not empty") && ran.err.contains("hint: "), "{}", ran.err);
}

#[test]
fn it_lets_nobody_in_from_elsewhere() {
    let ran = vigie(["demo", "--listen", "0.0.0.0:0"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("loopback"), "{}", ran.err);
}
