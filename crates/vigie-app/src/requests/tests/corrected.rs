//! Documents that correct a request: kept beside the one before, examined as a fresh one, and never guessed about.

use vigie_model::disclosure::{Difference, DocumentState};

use super::*;

/// A corrected document that says this.
pub(super) fn entered(instrument: &Instrument) -> EnteredRequest {
    EnteredRequest {
        document: serde_json::to_vec(instrument).unwrap().into(),
        mime: "application/pdf".into(),
        instrument: Instrument { nonce: String::new(), ..instrument.clone() },
        diagnostics: vec![],
    }
}

/// Whether a document of a request names this account.
pub(super) async fn names(app: &App, id: RequestId, number: i64, account: &str) -> bool {
    let (_, bytes) = {
        let rows = vigie_store::request_documents::of_request(&mut app.store.read().await.unwrap(), id).await;
        let row = rows.unwrap().into_iter().find(|row| row.number == number).unwrap();
        (row.number, app.open_evidence(row.blob).await.unwrap())
    };
    String::from_utf8_lossy(&bytes).contains(account)
}

/// A request that was asked about, and its document.
async fn asked_about(desk: &Desk) -> (RequestId, Instrument) {
    let said = instrument(&desk.house, "u-7");
    let id = desk.send(&said).await;
    desk.work().await;
    desk.house
        .app
        .ask_clarification(&desk.officer, id, &Clarification { text: "Of which offence?".into() })
        .await
        .unwrap();
    (id, said)
}

async fn answer(desk: &Desk, id: RequestId, said: &Instrument) -> Result<()> {
    let caller = caller_of(&desk.authority);
    desk.house.app.take_clarification(&caller, id, ("As the document says now.", Some(entered(said)))).await
}

async fn view(desk: &Desk, id: RequestId) -> RequestView {
    desk.house.app.request(&desk.officer, id).await.unwrap()
}

fn tasks_of(view: &RequestView) -> Vec<(i64, TaskState)> {
    view.tasks.iter().map(|task| (task.number, task.state)).collect()
}

#[tokio::test]
async fn a_correction_stands_in_the_place_of_the_first_document_and_both_are_kept() {
    let desk = desk().await;
    let app = &desk.house.app;
    let (id, first) = asked_about(&desk).await;
    let shorter = Span {
        until: first.wanted[0].span.unwrap().until,
        from: app.now().before(std::time::Duration::from_secs(5 * 24 * 60 * 60)),
    };
    let mut corrected = first.clone();
    corrected.facts = "Images were offered.".into();
    corrected.wanted[0].span = Some(shorter);
    answer(&desk, id, &corrected).await.unwrap();
    desk.work().await;

    let view = view(&desk, id).await;
    let states: Vec<_> = view.documents.iter().map(|one| (one.number, one.state)).collect();
    assert_eq!(states, [(1, DocumentState::Replaced), (2, DocumentState::InForce)]);
    assert_eq!(view.instrument.facts, corrected.facts);
    assert_eq!(view.request.document_sha256, view.documents[1].sha256);
    use TaskState::{Cancelled, Preserved};
    assert_eq!(tasks_of(&view), [(1, Cancelled), (2, Cancelled), (3, Preserved), (4, Preserved)]);
    assert!(view.tasks[2].accounts.is_some() && view.tasks[2].findings.is_some(), "examined anew");
    let kept: Vec<_> = KEPT.lock().unwrap().iter().cloned().collect();
    assert_eq!(
        kept,
        [format!("request:{id}:3"), format!("request:{id}:4")],
        "what is asked no more is let go"
    );
    for (number, said) in [(1, &first), (2, &corrected)] {
        let (_, bytes) = app.request_document_numbered(&desk.officer, id, number).await.unwrap();
        match number {
            1 => assert_eq!(bytes, signed(said, &key())),
            _ => assert_eq!(bytes, entered(said).document),
        }
    }
    let trail: Vec<_> = view.trail.iter().map(|entry| entry.action.as_str()).collect();
    assert!(trail.contains(&"request.answered"), "{trail:?}");
    let grant = app.accept_request(&desk.officer, id).await.unwrap();
    assert!(grant.tasks.iter().all(|task| task.span == shorter), "the grant is of the corrected document");
}

#[tokio::test]
async fn a_task_that_the_correction_leaves_alone_stays_and_one_that_was_refused_stays_refused() {
    let desk = desk().await;
    let app = &desk.house.app;
    let said = instrument(&desk.house, "u-7");
    let id = desk.send(&said).await;
    desk.work().await;
    let refusal =
        Refusal { tasks: [2].into(), ground: RefusalGround::OverBroad, explanation: "too much".into() };
    app.refuse_tasks(&desk.officer, id, &refusal).await.unwrap();
    let before = view(&desk, id).await.tasks[0].id;
    app.ask_clarification(&desk.officer, id, &Clarification { text: "Why?".into() }).await.unwrap();
    answer(&desk, id, &Instrument { necessity: "No other means.".into(), ..said }).await.unwrap();
    desk.work().await;
    let view = view(&desk, id).await;
    assert_eq!(tasks_of(&view), [(1, TaskState::Preserved), (2, TaskState::Refused)]);
    assert_eq!(view.tasks[0].id, before);
    assert!(view.tasks[0].findings.is_some(), "it was examined again, by the document as it is now");
}

#[tokio::test]
async fn a_correction_that_says_more_waits_until_an_officer_takes_it_or_leaves_it_aside() {
    for takes in [true, false] {
        let desk = desk().await;
        let app = &desk.house.app;
        let (id, first) = asked_about(&desk).await;
        let mut more = first.clone();
        more.wanted.push(Wanted {
            identifier: Identifier { value: "u-8".into(), ..first.wanted[0].identifier.clone() },
            ..first.wanted[0].clone()
        });
        answer(&desk, id, &more).await.unwrap();
        desk.work().await;
        let waits = view(&desk, id).await;
        assert_eq!(waits.documents[1].state, DocumentState::Waiting);
        let named: Vec<_> =
            waits.documents[1].differs.iter().map(|one| (one.how, one.what.as_str())).collect();
        assert_eq!(named, [(Difference::IdentifierAdded, "u-8")]);
        assert_eq!(waits.tasks.len(), 2, "nothing of it is asked yet");
        let early = app.accept_request(&desk.officer, id).await.unwrap_err();
        assert_eq!(early.code(), Code::DocumentUndecided);
        let unreasoned = app.decide_document(&desk.officer, id, (2, takes, " ")).await.unwrap_err();
        assert_eq!(unreasoned.code(), Code::InvalidValue);
        let theirs = caller_of(&desk.authority);
        let own = app.decide_document(&theirs, id, (2, true, "we say so")).await.unwrap_err();
        assert_eq!(own.code(), Code::Forbidden);
        app.decide_document(&desk.officer, id, (2, takes, "as the court wrote")).await.unwrap();
        desk.work().await;
        let decided = view(&desk, id).await;
        let expected = if takes { DocumentState::InForce } else { DocumentState::Declined };
        assert_eq!(decided.documents[1].state, expected);
        let (_, _, reason) = decided.documents[1].decided.clone().unwrap();
        assert_eq!(reason, "as the court wrote");
        let grant = app.accept_request(&desk.officer, id).await.unwrap();
        let subjects: Vec<_> = grant.tasks.iter().flat_map(|task| task.subjects.clone()).collect();
        let expected = if takes { vec!["u-7", "u-7", "u-8", "u-8"] } else { vec!["u-7", "u-7"] };
        assert_eq!(subjects, expected);
        let told =
            app.request_standing(&caller_of(&desk.authority), &desk.authority, id).await.unwrap().letters;
        assert!(told.iter().any(|letter| letter.text == "as the court wrote"), "{told:?}");
        let again = app.decide_document(&desk.officer, id, (2, takes, "again")).await.unwrap_err();
        assert_eq!(again.code(), Code::WrongState);
    }
}

#[tokio::test]
async fn what_would_be_another_request_is_never_taken_as_this_one() {
    let desk = desk().await;
    let app = &desk.house.app;
    let (id, first) = asked_about(&desk).await;
    let other = Instrument { regime: "fr-60-1".into(), ..first };
    let by_officer = app.take_clarification(&desk.officer, id, ("It wrote.", Some(entered(&other)))).await;
    assert_eq!(by_officer.unwrap_err().code(), Code::OtherRequest);
    assert_eq!(desk.state(id).await, RequestState::Clarification, "nothing happened");
    answer(&desk, id, &other).await.unwrap();
    let taken = app.decide_document(&desk.officer, id, (2, true, "why not")).await.unwrap_err();
    assert_eq!(taken.code(), Code::OtherRequest);
    app.decide_document(&desk.officer, id, (2, false, "hand it in by itself")).await.unwrap();
    assert_eq!(view(&desk, id).await.instrument.regime, "fr-77-1-1");
}

#[tokio::test]
async fn a_correction_that_names_a_decoy_freezes_the_request_like_a_first_document_would() {
    let desk = desk().await;
    let app = &desk.house.app;
    let (id, first) = asked_about(&desk).await;
    let mut fishing = first.clone();
    fishing.wanted[0].identifier.value = "u-nobody-was-ever".into();
    app.plant_decoy(&desk.releaser, &fishing.wanted[0].identifier).await.unwrap();
    answer(&desk, id, &fishing).await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::ForgerySuspected);
    let caller = caller_of(&desk.authority);
    let told = app.request_standing(&caller, &desk.authority, id).await.unwrap();
    assert_eq!(told.state, ToldState::UnderExamination, "whoever sent it learns nothing");
    assert_eq!(view(&desk, id).await.documents[1].state, DocumentState::Waiting);
}

#[tokio::test]
async fn the_same_document_again_is_no_correction_and_an_unknown_regime_none_either() {
    let desk = desk().await;
    let (id, first) = asked_about(&desk).await;
    let unknown = Instrument { regime: "xx-1".into(), ..first.clone() };
    assert_eq!(answer(&desk, id, &unknown).await.unwrap_err().code(), Code::UnknownRegime);
    let same = EnteredRequest { document: signed(&first, &key()), ..entered(&first) };
    let caller = caller_of(&desk.authority);
    let again = desk.house.app.take_clarification(&caller, id, ("Again.", Some(same))).await;
    assert_eq!(again.unwrap_err().code(), Code::RequestReplayed);
    assert_eq!(view(&desk, id).await.documents.len(), 1);
    assert_eq!(desk.state(id).await, RequestState::Clarification);
}
