//! The statement on an account, as a messenger fetches it.

use http::Method;
use serde_json::json;
use vigie_app::statements::{AccountStatement, PAYLOAD_TYPE};
use vigie_model::Scope;
use vigie_seal::envelope::Envelope;

use crate::client::Client;
use crate::house::House;

#[tokio::test]
async fn a_messenger_fetches_the_signed_statement_on_an_account_of_its_own_token() {
    let house = House::start().await;
    let client = Client::with(&house, &[Scope::Submit]).await;
    let post = async |client: &Client, body: serde_json::Value| {
        client
            .send(Method::POST, "/api/v1/statements", "application/json", body.to_string().into_bytes())
            .await
    };
    let answer = post(&client, json!({ "service": "synthetic", "account": "ann" })).await;
    let envelope = Envelope::read(answer.json.to_string().as_bytes()).unwrap();
    let key = house.app.disclosure_verifier().unwrap();
    let (payload, _) = envelope.open(PAYLOAD_TYPE, std::slice::from_ref(&key)).unwrap();
    let statement: AccountStatement = serde_json::from_slice(payload).unwrap();
    assert_eq!((statement.service.as_str(), statement.account.as_str()), ("synthetic", "ann"));
    assert!(statement.disclosures.is_empty() && statement.nothing.is_some());
    post(&client, json!({ "service": "synthetic", "account": " " })).await.problem(422, "invalid_value");
    let other = Client::with(&house, &[Scope::HmaMatch]).await;
    post(&other, json!({ "service": "synthetic", "account": "ann" })).await.problem(403, "forbidden");
}
