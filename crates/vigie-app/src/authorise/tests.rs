//! Who may do what, asked in full: docs/access-matrix.md is what comes of the policies.

use vigie_model::access::CallerKind;
use vigie_model::id::{PersonId, SessionId};
use vigie_model::{Role, Scope};

use super::*;
use crate::tests::machine;

fn person(roles: &[Role]) -> Caller {
    let uuid = uuid::Uuid::nil();
    Caller {
        kind: CallerKind::Person { id: PersonId(uuid), session: SessionId(uuid), fresh: None },
        name: "Ada".into(),
        roles: roles.to_vec(),
        scopes: vec![],
    }
}

fn loopback() -> Caller {
    Caller { kind: CallerKind::Loopback, ..Caller::operator() }
}

/// Each reason alone, and none.
fn needs() -> [(&'static str, Need); 7] {
    let none = Need::default();
    [
        ("nothing", none),
        ("holds the incident", Need { holds: true, ..none }),
        ("is asked as second person", Need { second_person: true, ..none }),
        ("it waits for a senior reviewer", Need { escalated: true, ..none }),
        ("was called for its alarm, or took it", Need { alarm: true, ..none }),
        ("it is part of an open wave", Need { in_open_wave: true, ..none }),
        ("reads its decision again", Need { reads_again: true, ..none }),
    ]
}

/// A table: who stands across, what stands down, and what nobody of them may is left out.
fn table(title: &str, across: &[(String, Caller)], down: &[(String, Operation, Resource)]) -> String {
    let heads: Vec<_> = across.iter().map(|(name, _)| name.as_str()).collect();
    let mut text = format!("| {title} | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    for (name, operation, resource) in down {
        let cells: Vec<_> = across
            .iter()
            .map(|(_, caller)| if permits(caller, *operation, *resource) { "yes" } else { "" })
            .collect();
        if cells.contains(&"yes") {
            text.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
        }
    }
    text
}

fn page() -> String {
    let roles: Vec<_> =
        Role::ALL.iter().map(|role| (role.name().replace('_', " "), person(&[*role]))).collect();
    let mut people = roles.clone();
    people.push(("operator".to_owned(), Caller::operator()));
    let mut machines: Vec<_> =
        Scope::ALL.iter().map(|scope| (format!("`{scope}`"), machine(1, &[*scope]))).collect();
    machines.push(("loopback, no token".to_owned(), loopback()));
    let operations: Vec<_> = Operation::ALL
        .iter()
        .map(|operation| (format!("`{operation}`"), *operation, Resource::Any))
        .collect();
    let material =
        needs().map(|(name, need)| (name.to_owned(), Operation::RevealMedia, Resource::Material(need)));
    format!(
        "# Who may do what\n\n\
         Made from the policies in `crates/vigie-app/policies` by the test that holds this page to them. A row that is not \
         here, and a cell that is empty, is refused. Who holds several roles may do what each of them may, unless a policy \
         forbids it. [The guide](guide/access.md) says what the roles are for, and how an operator forbids more.\n\n\
         ## People, and the operator at the command line\n\n{}\n\
         ## Machines, by the scope of their token\n\n{}\n\
         ## Looking at sealed media\n\n\
         `reveal_media` is permitted to people alone, for a reason that holds at that moment. To the operator, to machines \
         and to Vigie itself it is never permitted, nor to anybody who is an administrator or auditor besides.\n\n{}",
        table("operation", &people, &operations),
        table("operation", &machines, &operations),
        table("reason", &roles, &material),
    )
}

/// Run with `UPDATE_EXPECT=1` after a change that is meant.
#[test]
fn the_access_matrix_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/access-matrix.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    let checked_in = std::fs::read_to_string(path).unwrap_or_default();
    assert!(checked_in == page(), "docs/access-matrix.md is old: run this test with UPDATE_EXPECT=1");
}

#[test]
fn material_is_out_of_reach_of_who_looks_after_people_or_the_ledger() {
    use Role::{Administrator, Auditor, DataProtectionOfficer, SeniorReviewer};
    for role in [Administrator, Auditor, DataProtectionOfficer] {
        for operation in [Operation::ReadIncidents, Operation::CheckFile] {
            assert!(authorise(&person(&[role]), operation, Resource::Any).is_err(), "{role} {operation}");
        }
    }
    let every = Resource::Material(Need::EVERY);
    for roles in [[SeniorReviewer, Administrator], [Auditor, SeniorReviewer]] {
        assert!(authorise(&person(&roles), Operation::RevealMedia, every).is_err(), "{roles:?}");
    }
    assert!(authorise(&person(&[SeniorReviewer]), Operation::RevealMedia, every).is_ok());
    for caller in [Caller::operator(), Caller::system(), loopback(), machine(1, Scope::ALL)] {
        assert!(authorise(&caller, Operation::RevealMedia, every).is_err(), "{caller:?}");
    }
}

#[test]
fn media_in_general_is_open_to_nobody() {
    assert!(authorise(&person(Role::ALL), Operation::RevealMedia, Resource::Any).is_err());
    assert!(authorise(&person(&[Role::SeniorReviewer]), Operation::RevealMedia, Resource::Any).is_err());
}

#[test]
fn a_refusal_tells_a_missing_need_from_a_missing_role() {
    let none = Resource::Material(Need::default());
    let code = |role| authorise(&person(&[role]), Operation::RevealMedia, none).unwrap_err().code();
    assert_eq!(code(Role::Reviewer), Code::NoNeed);
    assert_eq!(code(Role::LegalOfficer), Code::Forbidden);
}

#[test]
fn without_a_role_or_a_scope_nothing_is_permitted() {
    let scoped = Caller { scopes: Scope::ALL.to_vec(), ..person(&[]) };
    let titled = Caller { roles: Role::ALL.to_vec(), ..machine(1, &[]) };
    for caller in [person(&[]), machine(1, &[]), scoped, titled] {
        for operation in Operation::ALL {
            for resource in [Resource::Any, Resource::Material(Need::EVERY)] {
                assert!(authorise(&caller, *operation, resource).is_err(), "{caller:?} {operation}");
            }
        }
    }
}

#[test]
fn a_person_whose_access_has_ended_is_permitted_nothing() {
    let mut person = Person {
        id: PersonId(uuid::Uuid::nil()),
        name: "Ada".into(),
        roles: vec![Role::SeniorReviewer],
        language: None,
        mail: None,
        created_at: vigie_model::Moment(0),
        ended_at: None,
    };
    let held = Resource::Material(Need { holds: true, ..Need::default() });
    assert!(authorise_person(&person, Operation::RevealMedia, held).is_ok());
    assert!(permits_person(&person, Operation::ChildAtRisk));
    person.ended_at = Some(vigie_model::Moment(1));
    assert!(authorise_person(&person, Operation::RevealMedia, held).is_err());
    assert!(!permits_person(&person, Operation::ChildAtRisk));
}

/// Lines of the log, each as its fields.
#[derive(Default)]
struct Lines(std::sync::Mutex<Vec<String>>);

impl tracing::field::Visit for &Lines {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().last_mut().unwrap().push_str(&format!("{field}={value:?} "));
    }
}

struct Log(std::sync::Arc<Lines>);

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        self.0.0.lock().unwrap().push(String::new());
        event.record(&mut &*self.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn refusals_are_logged_with_what_refused_them_and_do_not_fill_the_log() {
    let lines = std::sync::Arc::new(Lines::default());
    // A combination that no other test of this process asks about.
    let caller = person(&[Role::Magistrate, Role::Auditor]);
    tracing::subscriber::with_default(Log(std::sync::Arc::clone(&lines)), || {
        for _ in 0..9 {
            authorise(&caller, Operation::ManageTokens, Resource::Any).unwrap_err();
        }
        assert!(!permits(&caller, Operation::ManagePeople, Resource::Any), "only asking leaves no trace");
        authorise(&caller, Operation::RevealMedia, Resource::Material(Need::EVERY)).unwrap_err();
    });
    let lines = lines.0.lock().unwrap();
    let times: Vec<_> = lines.iter().filter(|line| line.contains("manage_tokens")).collect();
    assert_eq!(times.len(), 4, "the first, second, fourth and eighth: {lines:?}");
    assert!(times[3].contains("times=8") && times[3].contains("caller=\"Person\""), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("manage_people")), "{lines:?}");
    let forbidden = lines.iter().find(|line| line.contains("reveal_media")).unwrap();
    assert!(forbidden.contains("material.never_for_who_watches"), "{forbidden}");
}
