//! The interface as its description promises it: schemathesis generates requests from the OpenAPI document, good ones and bad
//! ones, and every answer must be one that the document names, in the shape it names, and never a failure of ours.
//!
//! As each kind of token and as a stranger, on SQLite and on PostgreSQL. The requests follow from the seed.
//! `VIGIE_TEST_SCHEMATHESIS` is the path of the program, which `cargo xtask test` brings into a Python environment of its own;
//! `VIGIE_API_EXAMPLES` says how many requests are made up for each operation, `VIGIE_API_SEED` which.

use std::path::PathBuf;
use std::process::Command;

use vigie_model::Scope;
use vigie_testkit::{Database, House, Plan, skipped};

use crate::kill::people::{bank, entry};

/// What must hold of every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,unsupported_method,ignored_auth,negative_data_rejection";

/// Requests that are made up for each operation, as the token that may do everything.
const EXAMPLES: usize = 12;

/// What is wrong with a list stands in the answer to it, line by line: there is no text that is refused as such.
const ANY_TEXT_IS_A_LIST: &str = "[[operations]]\ninclude-path = \"/api/v1/banks/{bank}/import\"\n\
                                  checks.negative_data_rejection.enabled = false\n";

/// The scopes that open something of this API, each for itself.
const OURS: [Scope; 2] = [Scope::Submit, Scope::Banks];

/// The token with every scope.
const EVERYTHING: &str = "everything";

/// So many for each other token: they are to be refused, whatever they send.
const OF_THE_REST: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_on_sqlite_is_one_that_the_description_names() {
    keeps_its_word("every_answer_on_sqlite_is_one_that_the_description_names", Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_on_postgres_is_one_that_the_description_names() {
    let test = "every_answer_on_postgres_is_one_that_the_description_names";
    let Some(database) = Database::postgres(test).await else { return };
    keeps_its_word(test, database).await;
}

async fn keeps_its_word(test: &str, database: Database) {
    let Some(program) = std::env::var_os("VIGIE_TEST_SCHEMATHESIS").map(PathBuf::from) else {
        database.close().await;
        return skipped(test, "VIGIE_TEST_SCHEMATHESIS names no program (cargo xtask test brings it)");
    };
    let examples = number("VIGIE_API_EXAMPLES").unwrap_or(EXAMPLES);
    let house = House::of(Plan { database, works: true, ..Plan::default() }).await;
    let run = Run { program, address: house.address(), bank: known_bank(&house).await };
    let everything = secret(&house, Scope::ALL).await;
    run.judge(EVERYTHING, Some(&everything), "examples,coverage,fuzzing", examples);
    let others: Vec<_> = Scope::ALL.iter().copied().filter(|scope| !OURS.contains(scope)).collect();
    for scopes in [&OURS[..1], &OURS[1..], &others] {
        let who = scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" and ");
        run.judge(&who, Some(&secret(&house, scopes).await), "fuzzing", OF_THE_REST);
    }
    run.judge("a stranger", None, "fuzzing", OF_THE_REST);
    house.close().await;
}

struct Run {
    program: PathBuf,
    address: String,
    bank: String,
}

impl Run {
    /// Sends requests as one caller. What is wrong stands in the output, with a command that shows it again.
    fn judge(&self, who: &str, token: Option<&str>, phases: &str, examples: usize) {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("schemathesis.toml");
        // Who may do everything asks about the bank that is there; the others about whatever they make up.
        let mut configuration = ANY_TEXT_IS_A_LIST.to_owned();
        if who == EVERYTHING {
            configuration.push_str(&format!("\n[parameters]\n\"path.bank\" = \"{}\"\n", self.bank));
        }
        std::fs::write(&file, configuration).unwrap();
        let seed = number("VIGIE_API_SEED").unwrap_or(1).to_string();
        let mut command = Command::new(&self.program);
        command
            .arg("--config-file")
            .arg(&file)
            .arg("run")
            .arg(format!("{}/api/v1/openapi.json", self.address));
        command.args(["--checks", CHECKS, "--phases", phases, "--seed", &seed]);
        command.args(["--max-examples", &examples.to_string(), "--continue-on-failure"]);
        command.args(["--suppress-health-check", "all", "--warnings", "off", "--no-color"]);
        command.args(token.map(|token| format!("--header=Authorization: Bearer {token}")));
        command.current_dir(place.path());
        let output = tokio::task::block_in_place(|| command.output()).unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "as {who}, seed {seed}:\n{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        println!(
            "as {who}: {}",
            text.lines().rev().find(|line| line.contains("generated")).unwrap_or_default().trim()
        );
    }
}

async fn secret(house: &House, scopes: &[Scope]) -> String {
    use vigie_app::tokens::NewToken;
    let new =
        NewToken { name: "machine".into(), scopes: scopes.to_vec(), entries_per_hour: 1_000_000, life: None };
    house.app().add_token(&vigie_model::Caller::operator(), new).await.unwrap().1
}

/// A bank that knows a picture.
async fn known_bank(house: &House) -> String {
    let ada = house.person("Ada", &[vigie_model::Role::SeniorReviewer]).await;
    let ben = house.person("Ben", &[vigie_model::Role::SeniorReviewer]).await;
    let (ada, ben) = (house.caller(&ada).await, house.caller(&ben).await);
    let question = house.app().propose_bank(&ada, bank(), "new list").await.unwrap();
    house.app().approve(&ben, question.id).await.unwrap();
    let id = house.app().banks(&ada).await.unwrap()[0].id;
    let picture = vigie_synth::landscape::landscape(1, vigie_synth::Size::clamped(96, 96));
    let entries = vec![entry(&picture.encode(vigie_synth::Encoding::Jpeg(85)))];
    house.app().add_entries(&ada, id, entries).await.unwrap();
    id.to_string()
}

fn number(name: &str) -> Option<usize> {
    let value = std::env::var_os(name)?;
    Some(value.to_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{name} is no number")))
}
