//! Synapse as a source of records, by canned answers: good ones, and those of a server in trouble. As it is, it is asked in
//! `crates/vigie/tests/it/synapse.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;
use vigie_app::ports::AccountRecords as _;
use vigie_app::records::{PullError, RecordsError, pull_whole};
use vigie_connect::records::Synapse;
use vigie_model::disclosure::{
    Category, Field, Grant, GrantedTask, Identifier, IdentifierKind, Record, Span,
};
use vigie_model::id::{GrantId, RequestId, TaskId};
use vigie_model::{ManualClock, Moment};
use vigie_seal::grants::SignedGrant;
use vigie_seal::note::{Kind, SignerKey};

const SERVICE: &str = "matrix.hs.test";
const PHONE: TaskId = TaskId(Uuid::from_u128(1));
const CONNECTIONS: TaskId = TaskId(Uuid::from_u128(2));

fn desk_key() -> SignerKey {
    SignerKey::from_seed("vigie.example/grants", Kind::Note, &[7; 32]).unwrap()
}

fn identifier(kind: IdentifierKind, value: &str) -> Identifier {
    Identifier { kind, value: value.to_owned(), service: SERVICE.to_owned() }
}

fn span(from: &str, until: &str) -> Span {
    Span { from: from.parse().unwrap(), until: until.parse().unwrap() }
}

/// Phone numbers and connections of accounts, for an hour from now.
fn grant(accounts: &[&str], span: Span, now: Moment) -> Grant {
    let task = |task, category, fields: &[Field]| GrantedTask {
        task,
        category,
        subjects: accounts.iter().map(|account| (*account).to_owned()).collect(),
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
        expires_at: now.after(std::time::Duration::from_secs(3600)),
        approvals: vec![],
    }
}

fn signed(grant: &Grant) -> Vec<u8> {
    SignedGrant::sign(grant, &desk_key()).unwrap().to_bytes()
}

async fn pull(synapse: &Synapse, grant: &Grant, task: TaskId, now: Moment) -> Result<Vec<Record>, PullError> {
    pull_whole(synapse, &signed(grant), grant, task, &ManualClock::at(now)).await
}

const TOKEN: &str = "syt_of_the_tests";

const USER: &str = r#"{
    "name": "@mira:hs.test", "creation_ts": 1790000000, "displayname": "Mira", "avatar_url": "mxc://hs.test/x",
    "threepids": [
        {"medium": "msisdn", "address": "447700900123", "added_at": 1795000000000, "validated_at": 1794999999000},
        {"medium": "msisdn", "address": "33199001234", "added_at": 0, "validated_at": 1796000000000},
        {"medium": "email", "address": "mira@mail.example", "added_at": 1795000000000, "validated_at": 0}
    ],
    "deactivated": false, "suspended": false, "password_hash": "$2b$12$secret"
}"#;

const WHOIS: &str = r#"{"user_id": "@mira:hs.test", "devices": {
    "PHONE": {"sessions": [{"connections": [
        {"ip": "192.0.2.7", "last_seen": 1795000001000, "user_agent": "Element on a telephone"},
        {"ip": "2001:db8::7", "last_seen": 1795000002500, "user_agent": "Element on a telephone"},
        {"ip": "192.0.2.7", "last_seen": 1795000001000, "user_agent": "another"}
    ]}]},
    "": {"sessions": [{"connections": [
        {"ip": "198.51.100.9", "last_seen": 1780000000000, "user_agent": "x"},
        {"ip": "", "last_seen": 1795000003000, "user_agent": "x"},
        {"ip": "203.0.113.4", "last_seen": null, "user_agent": "x"}
    ]}]}
}}"#;

const NOT_FOUND: &str = r#"{"errcode": "M_NOT_FOUND", "error": "User not found"}"#;
const UNRECOGNIZED: &str = r#"{"errcode": "M_UNRECOGNIZED", "error": "Unrecognized request"}"#;

/// What is answered, by path.
type Answers = BTreeMap<String, (u16, String)>;

/// A server that gives canned answers to whoever has the token.
struct Canned {
    synapse: Synapse,
    now: Moment,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

async fn answer(State(answers): State<Arc<Answers>>, request: Request) -> Response {
    let is_us =
        request.headers().get("authorization").is_some_and(|value| value == &format!("Bearer {TOKEN}"));
    if !is_us {
        return (StatusCode::UNAUTHORIZED, r#"{"errcode":"M_UNKNOWN_TOKEN"}"#).into_response();
    }
    let absent = (404, UNRECOGNIZED.to_owned());
    let (status, body) = answers.get(request.uri().path()).unwrap_or(&absent).clone();
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}

impl Canned {
    async fn with(changes: &[(&str, u16, &str)]) -> Self {
        let users = "/_synapse/admin/v2/users/";
        let mut answers: Answers = [
            ("/_matrix/client/v3/account/whoami".to_owned(), 200, r#"{"user_id": "@desk:hs.test"}"#),
            (format!("{users}@mira:hs.test"), 200, USER),
            (format!("{users}@nobody:hs.test"), 404, NOT_FOUND),
            ("/_synapse/admin/v1/whois/@mira:hs.test".to_owned(), 200, WHOIS),
            ("/_synapse/admin/v1/whois/@nobody:hs.test".to_owned(), 404, NOT_FOUND),
            (
                "/_synapse/admin/v1/threepid/msisdn/users/447700900123".to_owned(),
                200,
                r#"{"user_id": "@mira:hs.test"}"#,
            ),
            ("/_synapse/admin/v1/threepid/msisdn/users/447700900999".to_owned(), 404, NOT_FOUND),
        ]
        .into_iter()
        .map(|(path, status, body)| (path, (status, body.to_owned())))
        .collect();
        for (path, status, body) in changes {
            answers.insert((*path).to_owned(), (*status, (*body).to_owned()));
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::new(answers));
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        let ended = cancel.clone().cancelled_owned();
        tasks
            .spawn(async move { axum::serve(listener, router).with_graceful_shutdown(ended).await.unwrap() });
        let synapse = Synapse::new(SERVICE, &base, TOKEN, vec![desk_key().verifier()]).unwrap();
        Self { synapse, now: "2026-11-26T12:00:00Z".parse().unwrap(), cancel, tasks }
    }

    async fn stop(self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn pull(&self, grant: &Grant, task: TaskId) -> Result<Vec<Record>, PullError> {
        pull(&self.synapse, grant, task, self.now).await
    }
}

/// November 2026, in which everything above lies but for what is said to lie elsewhere.
fn november() -> Span {
    span("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
}

#[track_caller]
fn error<T: std::fmt::Debug>(outcome: Result<T, PullError>) -> RecordsError {
    match outcome {
        Err(PullError::Records(error)) => error,
        other => panic!("the connector answered: {other:?}"),
    }
}

#[tokio::test]
async fn numbers_and_connections_come_as_far_as_granted_and_nothing_beside_them() {
    let canned = Canned::with(&[]).await;
    let grant = grant(&["@nobody:hs.test", "@mira:hs.test"], november(), canned.now);
    let account = || "@mira:hs.test".to_owned();
    let phones = canned.pull(&grant, PHONE).await.unwrap();
    // The second was proven after this span began and bound at no known time; both lie in it.
    assert_eq!(
        phones,
        [
            Record::Phone {
                account: account(),
                phone_number: "+447700900123".into(),
                since: Some(Moment(1_795_000_000_000_000)),
                until: None
            },
            Record::Phone {
                account: account(),
                phone_number: "+33199001234".into(),
                since: Some(Moment(1_796_000_000_000_000)),
                until: None
            },
        ]
    );
    let connection = |address: &str, milliseconds: i64| Record::Connection {
        account: account(),
        address: address.into(),
        port: None,
        at: Moment(milliseconds * 1000),
    };
    let connections = canned.pull(&grant, CONNECTIONS).await.unwrap();
    assert_eq!(
        connections,
        [connection("192.0.2.7", 1_795_000_001_000), connection("2001:db8::7", 1_795_000_002_500)]
    );
    let text = format!("{phones:?}{connections:?}");
    assert!(!text.contains("Mira") && !text.contains("Element") && !text.contains("mail.example"));
    canned.stop().await;
}

#[tokio::test]
async fn nothing_is_read_under_a_grant_that_is_not_genuine_or_does_not_hold() {
    let canned = Canned::with(&[]).await;
    let grant = grant(&["@mira:hs.test"], november(), canned.now);
    let refused = async |bytes: Vec<u8>, task: TaskId, now: Moment| match canned
        .synapse
        .pull(&bytes, task, None, now)
        .await
    {
        Err(RecordsError::Refused(why)) => why,
        other => panic!("{other:?}"),
    };
    let stranger = SignerKey::from_seed("vigie.example/grants", Kind::Note, &[8; 32]).unwrap();
    let forged = SignedGrant::sign(&grant, &stranger).unwrap().to_bytes();
    assert_eq!(refused(forged, PHONE, canned.now).await, "the grant is not genuine");
    assert_eq!(refused(b"x".to_vec(), PHONE, canned.now).await, "the grant is not genuine");
    assert_eq!(refused(signed(&grant), PHONE, grant.expires_at).await, "the grant has expired");
    let elsewhere = Grant { service: "another".into(), ..grant.clone() };
    assert_eq!(refused(signed(&elsewhere), PHONE, canned.now).await, "the grant is for another messenger");
    let other = TaskId(Uuid::from_u128(9));
    assert_eq!(refused(signed(&grant), other, canned.now).await, "the grant names no such task");
    canned.stop().await;
}

#[tokio::test]
async fn an_identifier_means_the_account_that_has_it_on_this_server() {
    let canned = Canned::with(&[]).await;
    let resolve = async |kind: IdentifierKind, value: &str, span: Span| {
        let found = canned.synapse.resolve(&identifier(kind, value), &span, canned.now).await.unwrap();
        found
            .into_iter()
            .map(|holder| (holder.account, holder.from, holder.since_created))
            .collect::<Vec<_>>()
    };
    let mira = ("@mira:hs.test".to_owned(), Some(Moment::from_unix_seconds(1_790_000_000)), true);
    for (kind, value) in [
        (IdentifierKind::UserId, "@mira:hs.test"),
        (IdentifierKind::UserId, "mira"),
        (IdentifierKind::Username, "@mira"),
        (IdentifierKind::Username, "mira:hs.test"),
    ] {
        assert_eq!(resolve(kind, value, november()).await, std::slice::from_ref(&mira), "{value}");
    }
    for value in ["@mira:another.test", "nobody", "@", ""] {
        assert!(resolve(IdentifierKind::UserId, value, november()).await.is_empty(), "{value}");
    }
    let early = span("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    assert!(resolve(IdentifierKind::UserId, "mira", early).await.is_empty(), "it was made later");

    let bound = (mira.0.clone(), Some(Moment(1_795_000_000_000_000)), false);
    assert_eq!(resolve(IdentifierKind::PhoneNumber, "+447700900123", november()).await, [bound]);
    assert!(resolve(IdentifierKind::PhoneNumber, "+447700900999", november()).await.is_empty());
    assert!(resolve(IdentifierKind::PhoneNumber, "+447700900123", early).await.is_empty());
    let link = identifier(IdentifierKind::MessageLink, "https://matrix.to/#/x");
    let outcome = canned.synapse.resolve(&link, &november(), canned.now).await;
    assert!(matches!(outcome, Err(RecordsError::Refused(_))), "{outcome:?}");
    canned.stop().await;
}

#[tokio::test]
async fn a_wrong_address_is_never_taken_for_an_account_that_is_not_there() {
    let whois = "/_synapse/admin/v1/whois/@mira:hs.test";
    let user = "/_synapse/admin/v2/users/@mira:hs.test";
    for (path, task) in [(whois, CONNECTIONS), (user, PHONE)] {
        for body in [UNRECOGNIZED, "", "<html>"] {
            let canned = Canned::with(&[(path, 404, body)]).await;
            let grant = grant(&["@mira:hs.test"], november(), canned.now);
            let outcome = error(canned.pull(&grant, task).await);
            assert!(matches!(&outcome, RecordsError::Refused(why) if why.starts_with("404")), "{outcome:?}");
            canned.stop().await;
        }
    }
}

#[tokio::test]
async fn what_is_no_answer_of_synapse_is_named_and_nothing_is_kept() {
    let whois = "/_synapse/admin/v1/whois/@mira:hs.test";
    let user = "/_synapse/admin/v2/users/@mira:hs.test";
    let long = format!("{{\"x\":\"{}\"}}", "x".repeat(9 * 1024 * 1024));
    for (path, status, body, told) in [
        (whois, 200, "{}", "the answer cannot be used: the answer is no whois of Synapse"),
        (
            whois,
            200,
            &WHOIS.replace("@mira", "@nele"),
            "the answer cannot be used: the answer is about another account",
        ),
        (whois, 200, &long, "too much: the answer is larger than 8388608 bytes"),
        (whois, 500, "{}", "no answer yet: 500"),
        (whois, 403, "{}", "refused: 403"),
        (
            user,
            200,
            &USER.replace("@mira", "@nele"),
            "the answer cannot be used: the answer is about another account",
        ),
        (user, 200, "[]", "the answer cannot be used: the answer is no account of Synapse"),
        (
            user,
            200,
            &USER.replace("33199001234", "the number"),
            "the answer cannot be used: a phone number of the account is none",
        ),
    ] {
        let canned = Canned::with(&[(path, status, body)]).await;
        let grant = grant(&["@mira:hs.test"], november(), canned.now);
        let task = if path == whois { CONNECTIONS } else { PHONE };
        assert_eq!(error(canned.pull(&grant, task).await).to_string(), told);
        canned.stop().await;
    }
}

#[tokio::test]
async fn many_accounts_come_page_by_page() {
    let names: Vec<_> = (0..120).map(|number| format!("@user{number}:hs.test")).collect();
    let changes: Vec<_> = names
        .iter()
        .map(|name| (format!("/_synapse/admin/v1/whois/{name}"), WHOIS.replace("@mira:hs.test", name)))
        .collect();
    let changes: Vec<_> = changes.iter().map(|(path, body)| (path.as_str(), 200, body.as_str())).collect();
    let canned = Canned::with(&changes).await;
    let grant = grant(&names.iter().map(String::as_str).collect::<Vec<_>>(), november(), canned.now);
    let first = canned.synapse.pull(&signed(&grant), CONNECTIONS, None, canned.now).await.unwrap();
    assert_eq!((first.records.len(), first.next.as_deref()), (100, Some("50")));
    assert_eq!(canned.pull(&grant, CONNECTIONS).await.unwrap().len(), 240);
    canned.stop().await;
}

#[tokio::test]
async fn what_synapse_cannot_do_is_said_before_and_refused() {
    let canned = Canned::with(&[]).await;
    let able = canned.synapse.capabilities();
    assert!(!able.holds && !able.groups && !able.fields.contains(&Field::Port), "it keeps no ports");
    let categories = [Category::Identification];
    let outcome =
        canned.synapse.preserve("@mira:hs.test", &categories, canned.now, "hold-1", canned.now).await;
    assert!(matches!(outcome, Err(RecordsError::Refused(_))));
    assert!(matches!(canned.synapse.lift("hold-1", canned.now).await, Err(RecordsError::Refused(_))));
    assert!(Synapse::new(SERVICE, "http://localhost", "", vec![]).is_err());
    assert!(Synapse::new(SERVICE, "http://localhost", "a\nb", vec![]).is_err());
    canned.stop().await;
}
