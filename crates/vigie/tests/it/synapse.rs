//! A real Synapse, from PyPI in a Python environment of its own, as a house with `[[records]]` reads it: under a grant made by
//! hand here, and the whole way of a request in `whole_way.rs`.
//!
//! `VIGIE_TEST_SYNAPSE` is the path of its program, which `cargo xtask test` brings. It runs on a free port of loopback, on SQLite in
//! a temporary folder, asks no other server for anything, and ends with the test.

mod homeserver;
mod whole_way;

use std::time::Duration;

use uuid::Uuid;
use vigie::settings::Settings;
use vigie_app::records::{Holder, pull_whole};
use vigie_model::disclosure::{
    Category, Field, Grant, GrantedTask, Identifier, IdentifierKind, Record, Span,
};
use vigie_model::id::{GrantId, RequestId, TaskId};
use vigie_model::{ManualClock, Moment};
use vigie_seal::grants::SignedGrant;
use vigie_seal::note::{Kind, SignerKey};
use vigie_testkit::{House, Plan};

use homeserver::Homeserver;

const SERVICE: &str = "matrix.hs.test";
const PHONE: TaskId = TaskId(Uuid::from_u128(1));
const CONNECTIONS: TaskId = TaskId(Uuid::from_u128(2));

/// A house that reads this server with this token.
async fn house(base: &str, token: &str) -> House {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "[[records]]\nservice = \"{SERVICE}\"\nkind = \"synapse\"\nurl = \"{base}\"\nsecret = \"{token}\"\n\
         [access]\nstep_up = \"none\"\n"
    );
    std::fs::write(file.path(), text).unwrap();
    House::of(Plan { settings: Settings::read(Some(file.path())).unwrap(), ..Plan::default() }).await
}

/// The key of the desk, as the house made it.
fn desk_key(house: &House) -> SignerKey {
    let seed = vigie_store::signing_seed(&house.data().join("keyring"), "grants").unwrap();
    let instance = std::fs::read_to_string(house.data().join("instance")).unwrap();
    SignerKey::from_seed(&format!("vigie-{}/grants", instance.trim()), Kind::Note, &seed).unwrap()
}

/// Phone numbers and connections of two accounts, whenever.
fn grant(now: Moment, span: Span) -> Grant {
    let task = |task, category, fields: &[Field]| GrantedTask {
        task,
        category,
        subjects: vec!["@nobody:hs.test".into(), "@mira:hs.test".into()],
        fields: fields.to_vec(),
        span,
    };
    Grant {
        version: 1,
        id: GrantId(Uuid::from_u128(3)),
        request: RequestId(Uuid::from_u128(4)),
        reference: "4711/26".into(),
        authority: "Tribunal of the tests".into(),
        service: SERVICE.into(),
        rule_set: "eu-epoc@1".into(),
        tasks: vec![
            task(PHONE, Category::Subscriber, &[Field::PhoneNumber]),
            task(CONNECTIONS, Category::Identification, &[Field::Address, Field::Port, Field::At]),
        ],
        granted_at: now,
        expires_at: now.after(Duration::from_secs(3600)),
        approvals: vec![],
    }
}

fn years(from: i32, until: i32) -> Span {
    let first = |year: i32| format!("{year}-01-01T00:00:00Z").parse().unwrap();
    Span { from: first(from), until: first(until) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_synapse_gives_what_a_grant_names_and_nothing_else() {
    let test = "a_real_synapse_gives_what_a_grant_names_and_nothing_else";
    let Some(server) = Homeserver::for_test(test).await else { return };
    let administrator = server.register("desk", "--admin").await;
    let mira = server.register("mira", "--no-admin").await;
    server.bind_phones(&administrator, "@mira:hs.test", &["447700900123"]).await;
    server.visit(&mira, None).await;
    server.visit(&mira, Some("2001:db8::7")).await;

    let house = house(&server.base, &administrator).await;
    let now = house.app().now();
    let records = house.app().account_records(SERVICE).expect("it is configured").clone();
    assert!(house.app().account_records("another").is_none());

    let resolve = async |kind: IdentifierKind, value: &str, span: Span| {
        let identifier = Identifier { kind, value: value.to_owned(), service: SERVICE.into() };
        records.resolve(&identifier, &span, now).await.unwrap()
    };
    let accounts = |holders: &[Holder]| holders.iter().map(|one| one.account.clone()).collect::<Vec<_>>();
    let ever = years(2020, 2200);
    for (kind, value) in [
        (IdentifierKind::UserId, "@mira:hs.test"),
        (IdentifierKind::Username, "mira"),
        (IdentifierKind::PhoneNumber, "+447700900123"),
    ] {
        let found = resolve(kind, value, ever).await;
        assert_eq!(accounts(&found), ["@mira:hs.test"], "{value}");
        assert!(found[0].from.is_some_and(|from| ever.contains(from)), "{found:?}");
        assert_eq!(
            accounts(&resolve(kind, value, years(2001, 2002)).await),
            [""; 0],
            "{value} before it was"
        );
    }
    assert_eq!(accounts(&resolve(IdentifierKind::UserId, "nobody", ever).await), [""; 0]);
    assert_eq!(accounts(&resolve(IdentifierKind::PhoneNumber, "+447700900999", ever).await), [""; 0]);

    let pull = async |grant: &Grant, task: TaskId| {
        let signed = SignedGrant::sign(grant, &desk_key(&house)).unwrap().to_bytes();
        pull_whole(&*records, &signed, grant, task, &ManualClock::at(now)).await.unwrap()
    };
    let granted = grant(now, ever);
    let [Record::Phone { account, phone_number, since, until: None }] = &pull(&granted, PHONE).await[..]
    else {
        panic!("one phone number is bound")
    };
    assert_eq!((account.as_str(), phone_number.as_str()), ("@mira:hs.test", "+447700900123"));
    assert!(since.is_some_and(|since| ever.contains(since)));

    let connections = pull(&granted, CONNECTIONS).await;
    let seen: Vec<_> = connections
        .iter()
        .map(|record| match record {
            Record::Connection { account, address, port: None, at } if account == "@mira:hs.test" => {
                assert!(ever.contains(*at));
                address.as_str()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        seen,
        ["127.0.0.1", "2001:db8::7"],
        "in order of time, and the administrator's are not among them"
    );
    assert!(pull(&grant(now, years(2001, 2002)), CONNECTIONS).await.is_empty());

    let stranger = SignerKey::from_seed("vigie-stranger/grants", Kind::Note, &[9; 32]).unwrap();
    let forged = SignedGrant::sign(&granted, &stranger).unwrap().to_bytes();
    let refused = records.pull(&forged, PHONE, None, now).await.unwrap_err();
    assert_eq!(refused.to_string(), "refused: the grant is not genuine");
    house.close().await;
}
