//! The commands of the local operator, and the service as they start it.

use std::fs;
use std::path::Path;

use vigie_testkit::{Process, Visitor};

use crate::program::{Ran, command, descendants, is_gone, program, vigie};

/// Runs a command with its data in this folder.
fn run(data: &Path, arguments: &[&str]) -> Ran {
    vigie(arguments.iter().map(AsRef::as_ref).chain(["--data".as_ref(), data.as_os_str()]))
}

/// Starts the service on free ports with its data in this folder.
fn serve(data: &Path) -> Process {
    let data = data.to_str().unwrap();
    Process::start(&program(), ["serve", "--listen", "127.0.0.1:0", "--data", data], [])
}

#[tokio::test]
async fn the_first_person_signs_in_by_the_link_of_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let added = run(&data, &["person", "add", "Ada", "--role", "administrator", "--format", "json"]);
    assert_eq!(added.code, 0, "{}", added.err);
    let link = added.json_lines()[0]["sign_in"].as_str().unwrap().to_owned();
    assert!(link.starts_with("http://localhost:8420/sign-in/"), "{link}");

    let service = serve(&data);
    let mut ada = Visitor::new(service.address());
    ada.sign_in(link.strip_prefix("http://localhost:8420").unwrap()).await;
    assert!(ada.get("/people").await.body.contains("Ada"));
    assert_eq!(run(&data, &["person", "end", "Ada"]).code, 2, "the last administrator cannot leave");
    assert_eq!(run(&data, &["person", "add", "Bo", "--role", "administrator"]).code, 0);
    let refused = run(&data, &["person", "end", "Ada"]);
    assert!(refused.code == 2 && refused.err.contains("the last two administrators"), "{}", refused.err);
    let refused = run(&data, &["person", "add", "Mal", "--role", "administrator"]);
    assert!(refused.code == 2 && refused.err.contains("two administrators"), "{}", refused.err);
    let added = run(&data, &["person", "add", "Cy", "--role", "reviewer", "--format", "json"]);
    let link = added.json_lines()[0]["sign_in"].as_str().unwrap().to_owned();
    let mut cy = Visitor::new(service.address());
    cy.sign_in(link.strip_prefix("http://localhost:8420").unwrap()).await;
    assert_eq!(cy.get("/queue").await.status, 200);
    assert_eq!(run(&data, &["person", "end", "Cy"]).code, 0);
    assert_eq!(cy.get("/queue").await.status, 401, "a session ends with the access of its person");
    assert_eq!(service.interrupt(), Some(0));
}

#[tokio::test]
async fn a_token_works_until_it_is_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let added = run(folder.path(), &["token", "add", "chat", "--scope", "submit", "--format", "json"]);
    let secret = added.json_lines()[0]["secret"].as_str().unwrap().to_owned();
    let listed = run(folder.path(), &["token", "list"]).out;
    assert!(listed.contains("chat: submit") && !listed.contains(&secret), "{listed}");

    let service = serve(folder.path());
    let chat = Visitor::new(service.address()).with_token(&secret);
    assert_eq!(chat.get("/api/v1/token").await.status, 200);
    assert_eq!(run(folder.path(), &["token", "revoke", "chat"]).code, 0);
    assert_eq!(run(folder.path(), &["token", "revoke", "chat"]).code, 2, "it is revoked already");
    assert_eq!(service.interrupt(), Some(0));
}

#[test]
fn the_doctor_sees_what_is_open_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert_eq!(run(&data, &["doctor"]).code, 0, "a folder that is not there yet is no illness");
    run(&data, &["person", "add", "Ada", "--role", "administrator"]);
    let healthy = run(&data, &["doctor", "--format", "json"]);
    assert_eq!(healthy.code, 0, "{}", healthy.out);
    let decoder = healthy.json_lines().into_iter().find(|finding| finding["check"] == "decoder").unwrap();
    assert_eq!(decoder["state"], "good");

    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    fs::set_permissions(data.join("keyring/ledger.key"), readable).unwrap();
    let ill = run(&data, &["doctor"]);
    assert_eq!(ill.code, 1);
    assert!(ill.out.contains("BAD key") && ill.out.contains("chmod go="), "{}", ill.out);
}

#[test]
fn the_doctor_says_whether_the_decoder_is_caged() {
    let decoder = |cage: &str| {
        let output = command().arg("doctor").env("VIGIE_LIMITS__CAGE", cage).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), said.lines().find(|line| line.contains(" decoder: ")).unwrap().to_owned())
    };
    let (code, caged) = decoder("closed");
    assert!(code == Some(0) && caged.starts_with("  ok "), "{caged}");
    let (code, bare) = decoder("limits-alone");
    assert!(code == Some(0) && bare.starts_with(" note") && bare.contains("without a cage"), "{bare}");
}

#[test]
fn what_the_environment_says_is_read_and_checked() {
    let doctor = |name: &str, value: &str| {
        let output = command().arg("doctor").env(name, value).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = doctor("VIGIE_LISEN", "127.0.0.1:1");
    assert_eq!(code, 2);
    assert!(said.contains("lisen") && said.contains("hint: "), "{said}");
    let (code, said) = doctor("VIGIE_CONFIG", "/nowhere/vigie.toml");
    assert_eq!(code, 2);
    assert!(said.contains("/nowhere/vigie.toml"), "{said}");
    assert_eq!(doctor("VIGIE_LIMITS__CAGE", "ajar").0, 2);
    assert_eq!(doctor("VIGIE_HMA__ANONYMOUS", "true").0, 0);
    assert_eq!(doctor("VIGIE_TEST_POSTGRES", "postgres://nobody").0, 0, "this one is no key");
}

#[test]
fn an_address_that_is_taken_is_told_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = run(folder.path(), &["serve", "--listen", &address]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains(&address) && ran.err.contains("hint: "), "{}", ran.err);
}

#[test]
fn nothing_is_left_running_by_a_service_that_stops_or_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    for end in ["interrupt", "kill"] {
        let service = serve(folder.path());
        let decoding = descendants(service.id());
        assert!(!decoding.is_empty(), "no decoding child was started");
        match end {
            "interrupt" => assert_eq!(service.interrupt(), Some(0)),
            _ => service.kill(),
        }
        for child in &decoding {
            assert!(is_gone(child), "after {end} the decoding child {child} lives on");
        }
    }
}
