//! Requests of authorities and their tasks: no row moves against the order of its states.

use vigie_model::disclosure::{
    AuthenticationLevel, Category, IntakeDoor, PreservationState, Request, RequestKind, RequestState,
    TaskState,
};
use vigie_model::id::BlobId;
use vigie_store::Transaction;
use vigie_store::blobs::{self, Blob};
use vigie_store::request_tasks::{self, Outcome, TaskRow};
use vigie_store::requests::{self, SealedParts};

use crate::house::{House, START, commit};

async fn document(house: &House, tx: &mut Transaction) -> BlobId {
    let blob = Blob {
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
    blobs::insert(tx, &blob).await.unwrap();
    blob.id
}

fn request(house: &House, document: BlobId, number: i64) -> Request {
    Request {
        id: house.id(),
        number,
        authority: None,
        authority_name: "Parquet de Synthèse".into(),
        country: "FR".into(),
        regime: "fr-77-1-1".into(),
        rule_set: "fr-77-1-1@1".into(),
        kind: RequestKind::Production,
        reference: "PV 2026/1".into(),
        door: IntakeDoor::Clerk,
        brought_by: "test".into(),
        level: AuthenticationLevel::L0,
        state: RequestState::Received,
        preservation: None,
        is_emergency: false,
        is_binding: true,
        document,
        document_sha256: [3; 32],
        earlier: None,
        received_at: START,
        updated_at: START,
        acknowledged_at: None,
        closed_at: None,
    }
}

fn task(house: &House, request: &Request, number: i64, state: TaskState) -> TaskRow {
    TaskRow {
        id: house.id(),
        request: request.id,
        number,
        category: Category::Subscriber,
        asked: vec![1],
        accounts: None,
        findings: None,
        state,
        ground: None,
        explanation: None,
        nil: None,
        records: None,
        updated_at: START,
    }
}

async fn written(tx: &mut Transaction, request: &Request) {
    let sealed = SealedParts { instrument: vec![1], diagnostics: vec![2] };
    requests::insert(tx, request, &sealed, None).await.unwrap();
}

pub(crate) async fn no_request_moves_against_the_order_of_its_states(house: &House) {
    let mut tx = house.begin().await;
    let document = document(house, &mut tx).await;
    let mut number = 0;
    for from in RequestState::ALL {
        for to in RequestState::ALL {
            number += 1;
            let request = Request { state: *from, ..request(house, document, number) };
            written(&mut tx, &request).await;
            let moved = requests::advance(&mut tx, request.id, (*from, *to), START).await.unwrap();
            assert_eq!(moved, from.may_become(*to), "{from} to {to}");
            let stands = requests::find(&mut tx, request.id).await.unwrap().unwrap().state;
            assert_eq!(stands, if moved { *to } else { *from }, "{from} to {to}");
        }
    }
    for from in PreservationState::ALL {
        for to in PreservationState::ALL {
            number += 1;
            let request = Request { preservation: Some(*from), ..request(house, document, number) };
            written(&mut tx, &request).await;
            let moved = requests::advance_preservation(&mut tx, request.id, (*from, *to), START).await;
            assert_eq!(moved.unwrap(), from.may_become(*to), "{from} to {to}");
        }
    }
    // Where somebody else was faster, nothing moves.
    let request = request(house, document, number + 1);
    written(&mut tx, &request).await;
    let elsewhere = (RequestState::Validating, RequestState::Accepted);
    assert!(!requests::advance(&mut tx, request.id, elsewhere, START).await.unwrap());
    commit(tx).await;
}

pub(crate) async fn whoever_finds_a_request_in_a_transaction_has_it_alone(house: &House) {
    let mut tx = house.begin().await;
    let document = document(house, &mut tx).await;
    let request = request(house, document, 1);
    written(&mut tx, &request).await;
    commit(tx).await;

    let mut first = house.begin().await;
    requests::find(&mut first, request.id).await.unwrap();
    let first = async {
        // Time for the second to look, where it may.
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let task = task(house, &request, 1, TaskState::Pending);
        request_tasks::insert(&mut first, &task).await.unwrap();
        commit(first).await;
    };
    let second = async {
        let mut second = house.begin().await;
        requests::find(&mut second, request.id).await.unwrap();
        let seen = request_tasks::of_request(&mut second, request.id).await.unwrap();
        commit(second).await;
        seen.len()
    };
    let ((), seen) = tokio::join!(first, second);
    assert_eq!(seen, 1, "the second sees what the first did");
}

pub(crate) async fn no_task_moves_against_the_order_of_its_states(house: &House) {
    let mut tx = house.begin().await;
    let document = document(house, &mut tx).await;
    let request = request(house, document, 1);
    written(&mut tx, &request).await;
    let mut expected = Vec::new();
    for (from, to) in TaskState::ALL.iter().flat_map(|from| TaskState::ALL.iter().map(move |to| (*from, *to)))
    {
        let task = task(house, &request, i64::try_from(expected.len()).unwrap() + 1, from);
        request_tasks::insert(&mut tx, &task).await.unwrap();
        let moved = request_tasks::advance(&mut tx, task.id, (from, to), &Outcome::default(), START).await;
        assert_eq!(moved.unwrap(), from.may_become(to), "{from} to {to}");
        expected.push(if from.may_become(to) { to } else { from });
    }
    let tasks = request_tasks::of_request(&mut tx, request.id).await.unwrap();
    assert_eq!(tasks.iter().map(|task| task.state).collect::<Vec<_>>(), expected);
    commit(tx).await;
}
