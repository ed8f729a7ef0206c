//! Hostile requests at every door: nothing that a token or a signed-in person can send makes a failure of ours.
//!
//! Each route of the composed router is asked again and again with paths, queries, forms and JSON that chance put together from
//! what parsers, databases and pages trip over. The same seed gives the same requests. What the OpenAPI document promises besides
//! is `schemathesis.rs`'s business; here the console and the HMA-compatible API are asked too.
//!
//! `VIGIE_REQUESTS` says how often each route is asked, `VIGIE_REQUESTS_SEED` with what.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use vigie::service::{Route, routes};
use vigie_model::{Role, Scope};
use vigie_synth::Random;
use vigie_testkit::{Database, House, Plan, Visitor};

use crate::kill::people::{bank, entry};

/// How often each route is asked.
const TIMES: usize = 12;

/// What stands in paths, queries and forms, as it is written there.
const PIECES: &[&str] = &[
    "",
    "0",
    "1",
    "-1",
    "2",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "1e400",
    "NaN",
    "0.5",
    "%00",
    "a%00b",
    "%FF%FE",
    "%F0%9F%98%80",
    "%E2%80%AE",
    "..",
    "..%2F..%2Fetc%2Fpasswd",
    "%27%3B--",
    "%25",
    "%25s%25n",
    "%5C",
    "*",
    "true",
    "null",
    "%7B%7D",
    "%5B%5D",
    "KNOWN_LANDSCAPES",
    "pdq",
    "md5",
    "video_md5",
    "public_group",
    "reviewer",
    "fr",
    "00000000-0000-0000-0000-000000000000",
    "2026-11-22T09:30:00Z",
    "-292277022657-01-27",
    "99999-99-99T99:99",
    "synthetic",
    "http%3A%2F%2F127.0.0.1%3A1%2F",
    "file%3A%2F%2F%2Fetc%2Fpasswd",
    "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22",
];

/// Names of parameters and members that no form of the console has.
const NAMES: &[&str] = &[
    "limit",
    "after",
    "q",
    "state",
    "page",
    "cursor",
    "dry_run",
    "format",
    "long",
    "source",
    "url",
    "signal",
    "signal_type",
    "signal_types",
    "signals",
    "content_type",
    "content_id",
    "name",
    "enabled",
    "matching_enabled_ratio",
    "metadata",
    "json",
    "note",
    "bank_name",
    "banks",
    "api",
    "api_json",
    "credential_json",
    "fetching_enabled",
    "disable_until_ts",
    "context",
    "surface",
    "service",
    "account",
    "conversation",
    "id",
    "kind",
    "items",
    "entries",
    "md5",
    "pdq",
    "idempotency_key",
    "include_disabled",
    "seed",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_makes_a_failure_of_ours_on_sqlite() {
    besiege(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_makes_a_failure_of_ours_on_postgres() {
    let Some(database) = Database::postgres("no_request_makes_a_failure_of_ours_on_postgres").await else {
        return;
    };
    besiege(database).await;
}

async fn besiege(database: Database) {
    let house = House::of(Plan { database, ..Plan::default() }).await;
    let known = know_something(&house).await;
    let roles: Vec<_> = Role::ALL.iter().copied().filter(|role| role.is_of_the_house()).collect();
    let person = house.person("Eve", &roles).await;
    let machine = house.machine(Scope::ALL).await;
    let words = Words {
        pieces: PIECES.iter().map(|piece| (*piece).to_owned()).chain(known).collect(),
        names: names(),
    };
    let seed = number("VIGIE_REQUESTS_SEED").unwrap_or(1) as u64;
    let mut random = Random::named(seed, "hostile requests");
    let mut failures = BTreeSet::new();
    let mut answers = [0; 6];
    for route in routes() {
        for time in 0..number("VIGIE_REQUESTS").unwrap_or(TIMES) {
            // Both come to every door: each is refused at those of the other.
            let visitor = if time % 4 == 3 { &machine } else { &person };
            let visitor = if is_for_machines(&route) { &machine } else { visitor };
            // Who signs out is a stranger from then on.
            if route.path.contains("sign-out") {
                continue;
            }
            let (status, asked) = ask(visitor, &house, &route, &words, &mut random).await;
            answers[usize::from(status / 100).min(5)] += 1;
            if status >= 500 && status != 503 {
                failures.insert(format!("{status} for {asked}"));
            }
        }
    }
    assert!(failures.is_empty(), "with VIGIE_REQUESTS_SEED={seed}: {failures:#?}");
    println!("answers by hundreds: {answers:?}");
    assert!(answers[2] + answers[3] > 100, "hardly a request came through: {answers:?}");
    assert_eq!(house.stranger().get("/readyz").await.status, 200);
    house.close().await;
}

fn is_for_machines(route: &Route) -> bool {
    ["/api/", "/h/", "/m/", "/c/", "/metrics"].iter().any(|start| route.path.starts_with(start))
}

/// What requests are put together from.
struct Words {
    pieces: Vec<String>,
    names: Vec<String>,
}

/// Sends one request to a route. Its status, and what was asked.
async fn ask(
    visitor: &Visitor,
    house: &House,
    route: &Route,
    words: &Words,
    random: &mut Random,
) -> (u16, String) {
    let part = |part: &str, random: &mut Random| match part.contains('{') {
        true => random.pick(&words.pieces).clone(),
        false => part.to_owned(),
    };
    let mut path = route.path.split('/').map(|one| part(one, random)).collect::<Vec<_>>().join("/");
    if random.chance(60) {
        path.push('?');
        path.push_str(&words.pairs(random));
    }
    let mut request = visitor.request(route.method.clone(), &path).header("origin", house.address());
    let mut asked = format!("{} {path}", route.method);
    if route.method != Method::GET {
        let (kind, body) = words.body(random);
        asked.push_str(&format!(" with {kind}: {body}"));
        request = request.header("content-type", kind).body(body);
    }
    // A body that is refused unread ends its connection: the next request begins another.
    let request = request.header("connection", "close");
    let reply =
        visitor.send(request.header("accept", if random.chance(50) { "text/html" } else { "*/*" })).await;
    (reply.status, asked)
}

impl Words {
    fn pairs(&self, random: &mut Random) -> String {
        let pairs = (0..random.below(9))
            .map(|_| format!("{}={}", random.pick(&self.names), random.pick(&self.pieces)));
        pairs.collect::<Vec<_>>().join("&")
    }

    fn body(&self, random: &mut Random) -> (&'static str, String) {
        match random.below(6) {
            0 => ("application/json", self.value(random, 0).to_string()),
            1 | 2 => ("application/json", self.object(random, 0).to_string()),
            3 => ("multipart/form-data; boundary=b", self.parts(random)),
            _ => ("application/x-www-form-urlencoded", self.pairs(random)),
        }
    }

    fn parts(&self, random: &mut Random) -> String {
        let mut body = String::new();
        for _ in 0..random.below(4) {
            let name = random.pick(&self.names);
            let file = if random.chance(50) { "; filename=\"x\"" } else { "" };
            let content = self.value(random, 0);
            body.push_str(&format!(
                "--b\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n"
            ));
        }
        if random.chance(80) { body + "--b--\r\n" } else { body }
    }

    fn object(&self, random: &mut Random, depth: usize) -> Value {
        let members =
            (0..random.below(7)).map(|_| (random.pick(&self.names).clone(), self.value(random, depth + 1)));
        Value::Object(members.collect())
    }

    fn value(&self, random: &mut Random, depth: usize) -> Value {
        match random.below(if depth < 3 { 9 } else { 6 }) {
            0 => Value::Null,
            1 => json!(random.chance(50)),
            2 => json!(random.draw() as i64),
            3 => json!("a\0b"),
            4 => json!(random.pick(&self.pieces)),
            5 => json!("ä".repeat(random.below(3_000))),
            6 => Value::Array((0..random.below(4)).map(|_| self.value(random, depth + 1)).collect()),
            _ => self.object(random, depth),
        }
    }
}

/// The names of all fields of the console, and others.
fn names() -> Vec<String> {
    let mut names: BTreeSet<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    let mut folders =
        vec![Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../vigie-console/templates")).to_owned()];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
            if file.is_dir() {
                folders.push(file);
                continue;
            }
            let text = std::fs::read_to_string(file).unwrap();
            let fields = text.split(" name=\"").skip(1).filter_map(|rest| rest.split_once('"'));
            names.extend(fields.map(|(name, _)| name.to_owned()).filter(|name| !name.contains('{')));
        }
    }
    assert!(names.len() > NAMES.len() + 20, "the templates were not understood");
    names.into_iter().collect()
}

/// A bank and an incident, so that there is something to ask about. Their identifiers come back.
async fn know_something(house: &House) -> Vec<String> {
    let senior = &[Role::SeniorReviewer];
    let (ada, ben) = (house.person("Ada", senior).await, house.person("Ben", senior).await);
    let (ada, ben) = (house.caller(&ada).await, house.caller(&ben).await);
    let question = house.app().propose_bank(&ada, bank(), "new list").await.unwrap();
    house.app().approve(&ben, question.id).await.unwrap();
    let id = house.app().banks(&ada).await.unwrap()[0].id;
    let picture = vigie_synth::landscape::landscape(1, vigie_synth::Size::clamped(96, 96));
    let picture = picture.encode(vigie_synth::Encoding::Jpeg(85));
    house.app().add_entries(&ada, id, vec![entry(&picture)]).await.unwrap();
    house.app().follow_changes().await.unwrap();
    let sha256 = hex::encode(vigie_match::Digests::of(&picture).sha256);
    let context = json!({ "surface": "public_group", "service": "synthetic", "account": { "id": "a1" } });
    let question = json!({ "context": context, "signals": { "sha256": sha256 } });
    let answer = house.machine(Scope::ALL).await.post("/api/v1/submissions", &question).await.json();
    let incident = answer["incident"].as_str().unwrap().to_owned();
    vec![id.to_string(), incident.clone(), incident, sha256]
}

fn number(name: &str) -> Option<usize> {
    let value = std::env::var_os(name)?;
    Some(value.to_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{name} is no number")))
}
