//! Whatever people, authorities and time do to a request, in whatever order: what has to hold, holds after every step.

use std::time::Duration;

use proptest::prelude::*;
use vigie_model::disclosure::{Emergency, EmergencyGround, PreservationState, Record};
use vigie_seal::package::Package;
use vigie_store::packages::PackageRow;
use vigie_store::request_keys::RequestPart;
use vigie_store::{actions, grants, packages, request_deadlines, request_tasks};

use super::*;

mod ending;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    Work,
    Wait(u64),
    Accept,
    RefuseOne,
    RefuseAll,
    AskClarification,
    Clarify,
    /// By the authority itself: with a document that explains, or with one that names somebody else.
    Correct(bool),
    DecideDocument(bool),
    AskRelease,
    ApproveOwn,
    Approve,
    Withhold,
    Fetch,
    Withdraw,
    Suspend,
    Resume,
    Suspect,
    Clear,
    Object(u8),
    ObjectToConflict,
    Follow(FollowUpKind),
    Close,
    DecideAgain,
}

fn step_of() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => Just(Step::Work),
        2 => prop_oneof![Just(1_u64), Just(8), Just(48), Just(120), Just(240), Just(24 * 40)].prop_map(Step::Wait),
        4 => Just(Step::Accept),
        1 => Just(Step::RefuseOne),
        1 => Just(Step::RefuseAll),
        2 => Just(Step::AskClarification),
        2 => Just(Step::Clarify),
        2 => any::<bool>().prop_map(Step::Correct),
        2 => any::<bool>().prop_map(Step::DecideDocument),
        4 => Just(Step::AskRelease),
        1 => Just(Step::ApproveOwn),
        4 => Just(Step::Approve),
        1 => Just(Step::Withhold),
        3 => Just(Step::Fetch),
        1 => Just(Step::Withdraw),
        1 => Just(Step::Suspend),
        2 => Just(Step::Resume),
        1 => Just(Step::Suspect),
        1 => Just(Step::Clear),
        2 => (0_u8..3).prop_map(Step::Object),
        1 => Just(Step::ObjectToConflict),
        2 => proptest::sample::select(FollowUpKind::ALL).prop_map(Step::Follow),
        1 => Just(Step::Close),
        1 => Just(Step::DecideAgain),
    ]
}

/// Anything in any order; or the way to the authority, with anything happening on it.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let on_the_way = proptest::collection::vec((0_usize..8, step_of()), 0..8).prop_map(|others| {
        let mut steps = vec![
            Step::Work,
            Step::Accept,
            Step::Work,
            Step::AskRelease,
            Step::Approve,
            Step::Work,
            Step::Fetch,
        ];
        others.into_iter().for_each(|(at, step)| steps.insert(at.min(steps.len()), step));
        steps
    });
    prop_oneof![proptest::collection::vec(step_of(), 4..24), on_the_way]
}

/// What kind of request it is.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Requisition,
    Order,
    Notified,
    Emergency,
    Preservation,
    Paper,
}

fn document(desk: &Desk, kind: Kind) -> Instrument {
    let plain = instrument(&desk.house, "u-7");
    let order =
        Instrument { regime: "eu-epoc".into(), legal_bases: vec!["2023/1543".into()], ..plain.clone() };
    let enforcing = Office { name: "Enforcing".into(), country: "DE".into(), ..Office::default() };
    let emergency =
        Emergency { ground: EmergencyGround::Life, text: "a child".into(), validation_follows: true };
    match kind {
        Kind::Requisition | Kind::Paper => plain,
        Kind::Order => order,
        Kind::Notified => Instrument { notified: Some(enforcing), ..order },
        Kind::Emergency => Instrument { notified: Some(enforcing), emergency: Some(emergency), ..order },
        Kind::Preservation => {
            Instrument { regime: "eu-epoc-pr".into(), kind: RequestKind::Preservation, ..order }
        }
    }
}

/// A request under way, and what was seen of it.
struct Run {
    desk: Desk,
    kind: Kind,
    id: RequestId,
    question: Option<vigie_model::id::ApprovalId>,
    shown: Vec<(i64, RequestState)>,
}

impl Run {
    async fn begin(kind: Kind) -> Self {
        let desk = desk().await;
        let instrument = document(&desk, kind);
        let id = match kind {
            Kind::Paper => {
                let entered = EnteredRequest {
                    document: Bytes::from_static(b"on paper"),
                    mime: "text/plain".into(),
                    instrument,
                    diagnostics: vec![],
                };
                desk.house.app.enter_request(&desk.officer, entered).await.unwrap().id
            }
            _ => desk.send(&instrument).await,
        };
        Self { desk, kind, id, question: None, shown: vec![] }
    }

    /// Does it. What is refused is refused: what must hold is looked at afterwards.
    async fn take(&mut self, step: &Step) {
        let app = self.desk.house.app.clone();
        let (officer, releaser, id) = (self.desk.officer.clone(), self.desk.releaser.clone(), self.id);
        let theirs = caller_of(&self.desk.authority);
        match step {
            Step::Work => self.desk.work().await,
            Step::Wait(hours) => {
                self.desk.house.clock.advance(Duration::from_secs(hours * 60 * 60));
                app.tend().await.unwrap();
                self.desk.sign_in_again().await;
            }
            Step::Accept => {
                if let Ok(view) = app.request(&releaser, id).await {
                    for one in view.warnings {
                        let _ = app.settle_warning(&releaser, id, (one.task, &one.kind, "looked at")).await;
                    }
                }
                let _ = app.accept_request(&officer, id).await;
            }
            Step::RefuseOne | Step::RefuseAll => {
                let tasks = if matches!(step, Step::RefuseOne) { [1].into() } else { [].into() };
                let ground = RefusalGround::OverBroad;
                let _ = app
                    .refuse_tasks(&officer, id, &Refusal { tasks, ground, explanation: "no".into() })
                    .await;
            }
            Step::AskClarification => {
                let _ = app.ask_clarification(&officer, id, &Clarification { text: "Which?".into() }).await;
            }
            Step::Correct(names_more) => {
                let mut said = document(&self.desk, self.kind);
                said.facts = format!("as explained at {}", app.now());
                if *names_more {
                    said.wanted[0].identifier.value = "u-9".into();
                }
                let corrected = super::corrected::entered(&said);
                let _ = app.take_clarification(&theirs, id, ("Here it is.", Some(corrected))).await;
            }
            Step::DecideDocument(takes) => {
                let mut reader = app.store.read().await.unwrap();
                let waits = crate::requests::documents::waiting(&mut reader, id).await.unwrap();
                drop(reader);
                if let Some(row) = waits {
                    // What names somebody else is never taken here, so that what leaves stays of one account.
                    let takes = *takes && !super::corrected::names(&app, id, row.number, "u-9").await;
                    let _ = app.decide_document(&officer, id, (row.number, takes, "read")).await;
                }
            }
            Step::Clarify => drop(app.take_clarification(&officer, id, ("This.", None)).await),
            Step::AskRelease => {
                if let Ok(question) = app.ask_release(&officer, id, "valid").await {
                    self.question = Some(question.id);
                }
            }
            Step::ApproveOwn => {
                if let Some(question) = self.question {
                    assert!(app.approve(&officer, question).await.is_err(), "nobody agrees with themselves");
                }
            }
            Step::Approve => {
                if let Some(question) = self.question {
                    let _ = app.approve(&releaser, question).await;
                }
            }
            Step::Withhold => drop(app.withhold_records(&officer, id, (&[0], Some("of another"))).await),
            Step::Fetch => {
                app.publish_ledger().await.unwrap();
                let _ = app.fetch_package(&theirs, &self.desk.authority, id).await;
            }
            Step::Withdraw => drop(app.withdraw_request(&theirs, id, "solved").await),
            Step::Suspend => drop(app.suspend_request(&officer, id, "a court").await),
            Step::Resume => drop(app.resume_request(&officer, id, "it said yes").await),
            Step::Suspect => drop(app.suspect_forgery(&officer, id, "odd").await),
            Step::Clear => {
                if app.ask_to_clear_suspicion(&officer, id, "it is not").await.is_ok() {
                    let mut reader = app.store.read().await.unwrap();
                    let asked = vigie_store::approvals::newest_about(&mut reader, &object(id)).await.unwrap();
                    drop(reader);
                    let _ = app.approve(&releaser, asked.unwrap().id).await;
                }
            }
            Step::Object(which) => {
                let objection = match which {
                    0 => Objection::None,
                    1 => Objection::Partial([1].into()),
                    _ => Objection::Full,
                };
                let _ = app.note_objection(&officer, id, (&objection, "as it says")).await;
            }
            Step::ObjectToConflict => {
                let (law, nature) = ("a law".into(), "it forbids it".into());
                let objection = crate::requests::ConflictObjection { tasks: [1].into(), law, nature };
                let _ = app.object_to_conflict(&officer, id, &objection).await;
            }
            Step::Follow(kind) => {
                let due_at = Some(app.now().after(Duration::from_secs(9 * 24 * 60 * 60)));
                let follow_up = FollowUp { kind: *kind, text: "a document".into(), due_at };
                let _ = match kind.is_of_the_issuer() {
                    true => app.hand_in_follow_up(&theirs, id, super::sent::saying(*kind)).await,
                    false => app.take_follow_up(&officer, id, &follow_up).await,
                };
            }
            Step::Close => drop(app.close_request(&officer, id).await),
            Step::DecideAgain => drop(app.decide_again(&officer, id, "decided wrongly").await),
        }
    }

    async fn check(&mut self) {
        let app = self.desk.house.app.clone();
        let mut reader = app.store.read().await.unwrap();
        let request = find(&mut reader, self.id).await.unwrap();
        let deadlines = request_deadlines::of_request(&mut reader, self.id).await.unwrap();
        let package = packages::of_request(&mut reader, self.id).await.unwrap();
        let staged = grants::staged(&mut reader, self.id).await.unwrap();
        let tasks = request_tasks::of_request(&mut reader, self.id).await.unwrap();
        let trail = vigie_store::acts::about(&mut reader, &object(self.id)).await.unwrap();
        let done = actions::list(&mut reader, &actions::Filter::default(), None, 10).await.unwrap();
        let is_objected = crate::requests::conflict::stands(&mut reader, self.id).await.unwrap();
        drop(reader);

        // Nothing is granted, taken or given while the law of a third country is objected to.
        let waits =
            |action: &str| !matches!(action, "request.accepted" | "request.executing" | "package.released");
        let raised = trail.iter().rposition(|(_, action, ..)| action == "request.conflict_raised");
        if let Some(raised) = raised.filter(|_| is_objected) {
            assert!(trail[raised..].iter().all(|(_, action, ..)| waits(action)), "an objection has it wait");
        }
        // A request never has anything done to anybody.
        assert!(done.is_empty(), "no action comes of a request");
        if let Some(package) = &package {
            let reviews: Vec<_> = deadlines.iter().filter(|one| one.rule == "EA-REVIEW").collect();
            let waits = matches!(self.kind, Kind::Notified);
            assert!(!waits || !reviews.is_empty(), "1: the enforcing authority was notified");
            let had_its_time = reviews.iter().all(|one| one.satisfied_at.is_some());
            assert!(!waits || had_its_time, "1: the enforcing authority had its time");
            self.check_package(&request, package).await;
        }
        if matches!(self.kind, Kind::Emergency) {
            assert!(
                trail.iter().all(|(_, action, ..)| action != "request.ea_hold"),
                "3: it waits for nobody"
            );
            assert!(deadlines.iter().any(|one| one.rule == "EXPOST-VALID"), "3: the validation is expected");
        }
        let is_ended =
            matches!(request.preservation, Some(PreservationState::Ended | PreservationState::Expired));
        let is_preserved = trail.iter().any(|(_, action, ..)| action == "request.preserved");
        if !request.state.is_over() && !is_ended && is_preserved {
            let kept = KEPT.lock().unwrap();
            for task in tasks.iter().filter(|task| task.accounts.is_some()) {
                let reason = crate::requests::examine::reason_to_keep(request.id, task.number);
                assert!(kept.contains(&reason), "4: task {} stays held in {}", task.number, request.state);
            }
        }
        assert!(app.open_evidence(request.document).await.is_ok(), "4: the document is held");
        self.check_steps(&request, &trail);
        for one in deadlines.iter().filter(|one| one.paused_since.is_some() && one.satisfied_at.is_none()) {
            assert!(request.state.pauses_deadlines(), "6: {} stands still in {}", one.rule, request.state);
        }
        if request.state == RequestState::Withdrawn {
            let key = app.store.request_keys().existing(self.id, RequestPart::Staging).unwrap();
            assert!(key.is_none() && staged.is_none_or(|one| one.shredded_at.is_some()), "7: destroyed");
        }
    }

    /// 1 and 2: what left did so under a grant, by two people, known well enough, and is within that grant.
    async fn check_package(&self, request: &Request, package: &PackageRow) {
        let app = &self.desk.house.app;
        let bytes = app.open_evidence(package.object).await.unwrap();
        let manifest = Package::read(&bytes).unwrap().manifest().unwrap();
        let agreed = |role: &str| {
            let mut with = manifest.approvals.iter().filter(|one| one.role == role);
            with.next_back().expect("1: one of this role agreed").person
        };
        assert_ne!(agreed("legal_officer"), agreed("releaser"), "1: two people");
        let mut reader = app.store.read().await.unwrap();
        assert!(
            request.level >= app.required_level(&mut reader, request).await.unwrap(),
            "1: known well enough"
        );
        drop(reader);
        let standing = grants::standing(&mut app.store.read().await.unwrap(), request.id).await.unwrap();
        if let Some(grant) = standing {
            assert_eq!(manifest.grant_sha256, hex::encode(grant.hash), "1: under the grant that stands");
        }
        let trusted = TrustedKeys { service: vec![app.disclosure_verifier().unwrap()], log: None };
        let opened = package::open(&bytes, &self.desk.identity, &trusted).unwrap();
        assert!(
            opened.verification.within_grant.is_yes() && opened.outside.is_empty(),
            "2: within the grant"
        );
        let accounts = opened.lines.iter().filter_map(|line| line.record.as_ref()).map(Record::account);
        assert!(accounts.into_iter().all(|account| account == "u-7"), "2: of nobody else");
    }

    /// 5: every change of state has exactly one entry, in the order of the changes, and what was written stays.
    fn check_steps(&mut self, request: &Request, trail: &[(i64, String, String, vigie_model::Moment)]) {
        let reached = |action: &str| match action {
            "package.released" => Some(RequestState::Released),
            "request.answered" => Some(RequestState::Validating),
            "request.conflict_raised" => Some(RequestState::Suspended),
            action => action.strip_prefix("request.")?.parse().ok(),
        };
        let moves: Vec<(i64, RequestState)> =
            trail.iter().filter_map(|(number, action, ..)| Some((*number, reached(action)?))).collect();
        assert_eq!(moves[0].1, RequestState::Received, "5: it began by coming in");
        let mut at = RequestState::Received;
        for (_, state) in &moves[1..] {
            let from = positions(at).into_iter().find(|from| from.may_become(*state));
            assert!(from.is_some(), "5: {at} became {state}: {moves:?}");
            at = *state;
        }
        assert!(moves.starts_with(&self.shown), "5: what was written stays");
        self.shown = moves;
        assert!(positions(at).contains(&request.state), "5: {at} is {}", request.state);
    }
}

/// Where a request may stand after this entry: the entry of what a second person agreed to is that of the question.
fn positions(at: RequestState) -> Vec<RequestState> {
    use RequestState as S;
    let by_answer: &[S] = match at {
        S::ForgerySuspected => &[S::Quarantined, S::Released, S::Delivered, S::UseRestricted],
        S::ReadyForApproval => &[S::Approved],
        _ => &[],
    };
    std::iter::once(at).chain(by_answer.iter().copied()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(4), max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn what_has_to_hold_of_a_request_holds_after_every_step(
        kind in proptest::sample::select(vec![
            Kind::Requisition, Kind::Order, Kind::Notified, Kind::Emergency, Kind::Preservation, Kind::Paper,
        ]),
        steps in steps(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            KEPT.lock().unwrap().clear();
            let mut run = Run::begin(kind).await;
            for step in &steps {
                run.take(step).await;
                run.check().await;
            }
            run.end().await;
        });
    }
}

/// 8: what is said to an authority before anything leaves is the same whoever is named.
#[tokio::test]
async fn an_acknowledgement_and_the_standing_are_the_same_whether_an_account_exists() {
    let mut said = Vec::new();
    for user in ["u-7", "nobody"] {
        let desk = desk().await;
        let id = desk.send(&instrument(&desk.house, user)).await;
        desk.work().await;
        let app = &desk.house.app;
        let standing = app.request_standing(&caller_of(&desk.authority), &desk.authority, id).await.unwrap();
        said.push(serde_json::to_string(&(&standing.letters, standing.state, &standing.deadlines)).unwrap());
    }
    assert_eq!(said[0], said[1]);
}
