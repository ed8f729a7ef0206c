//! The policies themselves: they fit the code, they can be read, and an overlay only takes.

use std::collections::BTreeSet;
use std::path::Path;

use cedar_policy::SchemaFragment;
use vigie_model::access::CallerKind;
use vigie_model::id::{PersonId, SessionId};
use vigie_model::{Caller, Role, Scope};

use super::*;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies")
}

fn person(number: u128, role: Role) -> Caller {
    let id = PersonId(Uuid::from_u128(number));
    Caller {
        kind: CallerKind::Person { id, session: SessionId(Uuid::nil()), fresh: None },
        name: "Ada".into(),
        roles: vec![role],
        scopes: vec![],
    }
}

fn permits(policies: &Policies, caller: &Caller, operation: Operation) -> bool {
    policies.decide(&Asker::of(caller), operation, Resource::Any).is_permitted()
}

fn refused(overlay: &str) -> String {
    Policies::with_overlay("house.cedar", overlay).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn the_policies_are_read_and_fit_the_schema() {
    let policies = Policies::built_in().unwrap();
    assert!(policies.counts().0 > 20 && policies.counts().1 == 0);
}

#[test]
fn the_schema_knows_what_the_code_knows_and_nothing_else() {
    let (fragment, _) = SchemaFragment::from_cedarschema_str(SCHEMA).unwrap();
    let json = fragment.to_json_value().unwrap();
    let of_code = |names: Vec<&'static str>| names.into_iter().collect::<BTreeSet<_>>();
    let actions: BTreeSet<_> = json[""]["actions"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(actions, of_code(Operation::ALL.iter().map(|one| one.name()).collect()));
    let named = |entity: &str| -> BTreeSet<String> {
        let names = json[""]["entityTypes"][entity]["enum"].as_array().unwrap();
        names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(named("Role"), Role::ALL.iter().map(ToString::to_string).collect());
    assert_eq!(named("Scope"), Scope::ALL.iter().map(ToString::to_string).collect());
}

#[test]
fn every_file_is_compiled_in_and_every_policy_is_explained() {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "cedar"));
    let names: BTreeSet<_> =
        files.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, TEXTS.iter().map(|(file, _)| (*file).to_owned()).collect());
    for (file, text) in TEXTS {
        let lines: Vec<_> = text.lines().collect();
        let concern = file.trim_end_matches("cedar");
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("@id(")) {
            assert!(lines[at - 1].starts_with("// "), "{file}: {line} has no comment");
            assert!(
                line.starts_with(&format!("@id(\"{concern}")),
                "{file}: {line} has the name of another file"
            );
        }
    }
}

#[test]
fn an_overlay_takes_away_from_a_role() {
    let text = r#"
        @id("no_exports") forbid (principal, action == Action::"export_banks", resource)
        unless { principal in Role::"data_protection_officer" };
    "#;
    let (plain, house) =
        (Policies::built_in().unwrap(), Policies::with_overlay("house.cedar", text).unwrap());
    let (sam, dee) = (person(1, Role::SeniorReviewer), person(2, Role::DataProtectionOfficer));
    assert!(permits(&plain, &sam, Operation::ExportBanks));
    assert!(!permits(&house, &sam, Operation::ExportBanks));
    assert!(permits(&house, &dee, Operation::ExportBanks) && permits(&house, &sam, Operation::ManageBanks));
    let why = house.decide(&Asker::of(&sam), Operation::ExportBanks, Resource::Any);
    assert_eq!(why.policies(), ["overlay.no_exports"]);
    assert_eq!(house.counts().1, 1);
}

#[test]
fn an_overlay_takes_away_from_one_person_alone() {
    let text = format!(r#"forbid (principal == Person::"{}", action, resource);"#, Uuid::from_u128(1));
    let house = Policies::with_overlay("house.cedar", &text).unwrap();
    for _ in 0..2 {
        assert!(!permits(&house, &person(1, Role::Reviewer), Operation::ReadIncidents));
        assert!(permits(&house, &person(2, Role::Reviewer), Operation::ReadIncidents), "the same roles");
    }
}

#[test]
fn an_overlay_that_gives_or_misses_its_mark_is_refused() {
    let cases = [
        ("permit (principal, action, resource);", "is a permit, and an overlay can only forbid"),
        ("forbid (principal, action, resource)", "cannot read the policies in house.cedar"),
        (r#"forbid (principal == ?principal, action, resource);"#, "slot"),
        (r#"forbid (principal in Role::"reveiwer", action, resource);"#, "reveiwer"),
        (r#"forbid (principal, action == Action::"export_bank", resource);"#, "export_bank"),
        ("forbid (principal, action, resource) when { resource.hold };", "hold"),
        // Only a person can be permitted that, so it forbids nothing.
        (
            r#"forbid (principal is Token, action == Action::"export_banks", resource);"#,
            "do not fit the schema",
        ),
        (r#"forbid (principal == Person::"ada", action, resource);"#, "not the identifier of a person"),
        (
            r#"@id("a") forbid (principal is Token, action, resource); @id("a") forbid (principal, action, resource);"#,
            "two policies are named overlay.a",
        ),
    ];
    for (text, wanted) in cases {
        let said = refused(text);
        assert!(said.contains(wanted), "{text} gave: {said}");
    }
    assert!(Policies::with_overlay("house.cedar", "// Nothing yet.").is_ok());
}

#[test]
fn a_policy_that_fails_while_it_is_judged_refuses() {
    let text = "forbid (principal, action, resource) when { 9223372036854775807 + 1 == 0 };";
    let house = Policies::with_overlay("house.cedar", text).unwrap();
    assert!(!permits(&house, &person(1, Role::Reviewer), Operation::ReadIncidents));
}

#[test]
fn a_policy_without_a_name_or_for_no_operation_stops_the_start() {
    let check =
        |texts: &[(&str, &str)]| Policies::from_texts(SCHEMA, texts).map(|_| ()).unwrap_err().to_string();
    assert!(check(&[("a.cedar", "forbid (principal, action, resource);")]).contains("has no @id"));
    let one = r#"@id("a.b") forbid (principal, action, resource);"#;
    assert!(check(&[("a.cedar", one), ("b.cedar", one)]).contains("two policies are named a.b"));
    assert!(Policies::from_texts("entity Person", &[]).is_err());
}

#[test]
fn decisions_are_remembered_by_what_they_depend_on() {
    let policies = Policies::built_in().unwrap();
    for number in 0..50 {
        assert!(permits(&policies, &person(number, Role::Reviewer), Operation::ReadIncidents));
    }
    assert_eq!(policies.memo.len(), 1);
    assert!(!permits(&policies, &person(1, Role::Auditor), Operation::ReadIncidents));
    assert!(!permits(&policies, &Caller::operator(), Operation::ReadIncidents));
    assert!(permits(&policies, &Caller::system(), Operation::ReadIncidents));
    assert_eq!(policies.memo.len(), 4);
}
