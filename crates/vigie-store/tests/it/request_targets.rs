//! About how many different people a sender asked.

use std::time::Duration;

use vigie_model::Moment;
use vigie_model::disclosure::{AuthenticationLevel, IntakeDoor, Request, RequestKind, RequestState};
use vigie_store::blobs::{self, Blob};
use vigie_store::requests::{self, SealedParts};
use vigie_store::{request_archive, request_targets, tables};

use crate::house::{House, START, commit};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SENDER: [u8; 32] = [1; 32];

async fn request(house: &House) -> Request {
    let document = Blob {
        id: house.id(),
        purpose: "request_document".into(),
        mime: "text/plain".into(),
        plain_size: 3,
        plain_sha256: [3; 32],
        created_at: START,
        period: "2027-03".parse().unwrap(),
        retain_until: None,
        erased_at: None,
    };
    let mut tx = house.begin().await;
    blobs::insert(&mut tx, &document).await.unwrap();
    let request = Request {
        id: house.id(),
        number: tx.next_number("request").await.unwrap(),
        authority: None,
        authority_name: "Parquet de Synthèse".into(),
        country: "FR".into(),
        regime: "fr-60-1".into(),
        rule_set: "fr-60-1@1".into(),
        kind: RequestKind::Production,
        reference: "PV 1".into(),
        door: IntakeDoor::Clerk,
        brought_by: "operator".into(),
        level: AuthenticationLevel::L0,
        state: RequestState::Received,
        preservation: None,
        is_emergency: false,
        is_binding: true,
        document: document.id,
        document_sha256: [3; 32],
        earlier: None,
        received_at: START,
        updated_at: START,
        acknowledged_at: None,
        closed_at: None,
    };
    let sealed = SealedParts { instrument: vec![1], diagnostics: vec![1] };
    requests::insert(&mut tx, &request, &sealed, None).await.unwrap();
    commit(tx).await;
    request
}

/// So many different ones, from a first one on.
fn targets(from: u16, until: u16) -> Vec<[u8; 32]> {
    let one = |number: u16| {
        let mut bytes = [7; 32];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        bytes
    };
    (from..until).map(one).collect()
}

async fn noted(house: &House, (sender, request): ([u8; 32], &Request), named: &[[u8; 32]], at: Moment) {
    let mut tx = house.begin().await;
    request_targets::note(&mut tx, (sender, request.id), named, at).await.unwrap();
    commit(tx).await;
}

async fn distinct(house: &House, sender: [u8; 32], since: Moment) -> i64 {
    request_targets::distinct(&mut house.store.read().await.unwrap(), sender, since).await.unwrap()
}

pub(crate) async fn whom_a_sender_asked_about_is_counted_once_and_goes_with_the_request(house: &House) {
    let (first, second) = (request(house).await, request(house).await);
    noted(house, (SENDER, &first), &targets(0, 1_200), START).await;
    noted(house, (SENDER, &first), &targets(0, 3), START.after(DAY)).await;
    noted(house, (SENDER, &second), &targets(1_190, 1_205), START.after(DAY)).await;
    noted(house, ([2; 32], &second), &targets(0, 4), START.after(DAY)).await;
    noted(house, ([3; 32], &second), &[], START).await;
    assert_eq!(distinct(house, SENDER, START).await, 1_205, "ten were named twice");
    assert_eq!(distinct(house, SENDER, Moment(START.0 + 1)).await, 15, "the others are older");
    assert_eq!(distinct(house, [2; 32], START).await, 4, "another sender has their own");
    assert_eq!(distinct(house, [3; 32], START).await, 0);

    let mut tx = house.begin().await;
    request_archive::scrub(&mut tx, first.id).await.unwrap();
    commit(tx).await;
    assert_eq!(distinct(house, SENDER, START).await, 15);
    assert_eq!(tables::rows(&house.store).await.unwrap()["request_targets"].len(), 19);
}
