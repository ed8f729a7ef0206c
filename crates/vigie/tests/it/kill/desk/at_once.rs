//! Two people do something about one request in the same moment, on each database: one of them is too late, and is told so by name;
//! or both are heard, and neither undoes the other.
//!
//! The moment is made: whoever writes waits at their last statements (on SQLite at the first) until all have come there.

use std::time::Duration;

use vigie_app::requests::Refusal;
use vigie_app::{Code, Error};
use vigie_model::approval::ApprovalState;
use vigie_model::disclosure::{RefusalGround, RequestState, TaskState};
use vigie_model::id::RequestId;
use vigie_simulator::Fault;
use vigie_simulator::faults::Door;
use vigie_store::request_keys::RequestPart;
use vigie_store::{approvals, grants, packages, request_tasks, requests};
use vigie_testkit::Database;

use super::Desk;
use super::authority::Number;
use super::officers::confirmed;

/// Long enough for somebody to come to the end of what they do, most times. Where it is not, they follow one another, as is right too.
const MEANWHILE: Duration = Duration::from_millis(400);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_act_on_one_request_at_once_are_both_told_the_truth_on_sqlite() {
    at_once(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_act_on_one_request_at_once_are_both_told_the_truth_on_postgres() {
    let test = "two_who_act_on_one_request_at_once_are_both_told_the_truth_on_postgres";
    let Some(database) = Database::postgres(test).await else { return };
    at_once(database).await;
}

async fn at_once(database: Database) {
    let desk = Desk::open(database, 1).await;
    desk.the_same_document_is_taken_once().await;
    desk.what_is_refused_is_not_granted().await;
    desk.a_second_person_is_asked_once().await;
    desk.whatever_two_people_withhold_is_withheld().await;
    desk.one_of_two_releasers_agrees().await;
    desk.what_is_taken_back_does_not_leave().await;
    desk.what_is_taken_back_while_it_is_taken_is_not_kept().await;
    desk.rig.close().await;
}

/// The code of the one that was too late; none where nobody was.
fn too_late<A, B>(one: Result<A, Error>, other: Result<B, Error>) -> Option<Code> {
    match (one, other) {
        (Ok(_), Ok(_)) => None,
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => Some(error.code()),
        (Err(one), Err(other)) => panic!("nobody was heard: {one:?}, {other:?}"),
    }
}

impl Desk {
    /// Does two things in one moment.
    async fn both<A, B>(&self, one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
        let held = self.rig.database.hold_commits(self.rig.data()).await;
        let let_go = async {
            tokio::time::sleep(MEANWHILE).await;
            held.let_go().await;
        };
        let (one, other, ()) = tokio::join!(one, other, let_go);
        (one, other)
    }

    /// Carries out what waits.
    async fn carry_out(&self) {
        while vigie_worker::run_due_once(&self.rig.app).await > 0 {}
    }

    async fn state(&self, id: RequestId) -> RequestState {
        let mut reader = self.rig.app.store.read().await.unwrap();
        requests::find(&mut reader, id).await.unwrap().unwrap().state
    }

    /// A request that was examined.
    async fn examined(&self, number: Number) -> RequestId {
        let document = self.authority.document(number).into();
        let id = self.rig.app.receive_signed(document).await.unwrap().request;
        self.carry_out().await;
        assert_eq!(self.state(id).await, RequestState::Validating);
        id
    }

    /// A request of which the records wait for a second person.
    async fn prepared(&self, number: Number) -> RequestId {
        let id = self.examined(number).await;
        self.rig.app.accept_request(&self.officers.officer, id).await.unwrap();
        self.carry_out().await;
        assert_eq!(self.state(id).await, RequestState::ReadyForApproval);
        id
    }

    async fn the_same_document_is_taken_once(&self) {
        let send = || self.rig.app.receive_signed(self.authority.document(0).into());
        let (one, other) = self.both(send(), send()).await;
        assert_eq!(too_late(one, other), Some(Code::RequestReplayed));
        assert_eq!(self.rig.rows("SELECT COUNT(*) FROM requests").await, [1]);
        self.carry_out().await;
    }

    async fn what_is_refused_is_not_granted(&self) {
        let id = self.examined(1).await;
        let refusal =
            Refusal { tasks: [1].into(), ground: RefusalGround::OverBroad, explanation: "too much".into() };
        let (app, officer) = (&self.rig.app, &self.officers.officer);
        let (granted, refused) =
            self.both(app.accept_request(officer, id), app.refuse_tasks(officer, id, &refusal)).await;
        let mut reader = app.store.read().await.unwrap();
        let tasks = request_tasks::of_request(&mut reader, id).await.unwrap();
        let states: Vec<_> = tasks.iter().map(|task| task.state).collect();
        let granted = granted.unwrap();
        let is_granted: Vec<_> = tasks.iter().map(|task| granted.task(task.id).is_some()).collect();
        match refused {
            Ok(()) => {
                assert_eq!(states, [TaskState::Refused, TaskState::Granted]);
                assert_eq!(is_granted, [false, true], "what the authority reads as refused is granted");
            }
            Err(error) => {
                assert_eq!(error.code(), Code::WrongState, "{error:?}");
                assert_eq!(states, [TaskState::Granted; 2]);
                assert_eq!(is_granted, [true; 2]);
            }
        }
    }

    async fn a_second_person_is_asked_once(&self) {
        let id = self.prepared(2).await;
        let officer = confirmed(&self.officers.officer);
        let ask = || self.rig.app.ask_release(&officer, id, "found valid");
        let (one, other) = self.both(ask(), ask()).await;
        assert_eq!(too_late(one, other), Some(Code::WrongState));
    }

    async fn whatever_two_people_withhold_is_withheld(&self) {
        let id = self.prepared(3).await;
        let (app, officer) = (&self.rig.app, &self.officers.officer);
        let withhold = |place: usize| async move {
            app.withhold_records(officer, id, (&[place], Some("of a third person"))).await
        };
        let (one, other) = self.both(withhold(0), withhold(1)).await;
        assert_eq!(too_late(one, other), None);
        let shown = app.release_view(officer, id, 0).await.unwrap().records.0;
        let withheld = shown.iter().filter(|record| record.withheld.is_some()).count();
        assert_eq!(withheld, 2, "what one withheld would leave because another withheld something else");
    }

    async fn one_of_two_releasers_agrees(&self) {
        let id = self.prepared(5).await;
        let app = &self.rig.app;
        let question = app.ask_release(&confirmed(&self.officers.officer), id, "found valid").await.unwrap();
        let releaser = confirmed(&self.officers.releaser);
        let agree = || app.approve(&releaser, question.id);
        let (one, other) = self.both(agree(), agree()).await;
        assert_eq!(too_late(one, other), Some(Code::WrongState));
        self.carry_out().await;
        assert_eq!(self.state(id).await, RequestState::Released);
        assert_eq!(self.rig.rows("SELECT COUNT(*) FROM packages").await, [1]);
    }

    async fn what_is_taken_back_does_not_leave(&self) {
        let id = self.prepared(6).await;
        let app = &self.rig.app;
        let question = app.ask_release(&confirmed(&self.officers.officer), id, "found valid").await.unwrap();
        let releaser = confirmed(&self.officers.releaser);
        let withdrawal = self.authority.withdrawal(6, id).into();
        let (agreed, taken_back) =
            self.both(app.approve(&releaser, question.id), app.withdraw_signed(id, withdrawal)).await;
        assert!(taken_back.is_ok(), "{taken_back:?}");
        if let Err(error) = agreed {
            assert!(matches!(error.code(), Code::WrongState | Code::NotFound), "{error:?}");
        }
        self.carry_out().await;
        self.is_taken_back(id).await;
        let asked =
            approvals::find(&mut app.store.read().await.unwrap(), question.id).await.unwrap().unwrap();
        assert_ne!(asked.state, ApprovalState::Waiting);
    }

    async fn what_is_taken_back_while_it_is_taken_is_not_kept(&self) {
        let id = self.examined(7).await;
        let app = &self.rig.app;
        app.accept_request(&self.officers.officer, id).await.unwrap();
        self.rig.messenger.inject(Door::Records, &[Fault::Delay(MEANWHILE * 2)]);
        let take_back = async {
            while self.state(id).await != RequestState::Executing {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            app.withdraw_signed(id, self.authority.withdrawal(7, id).into()).await.unwrap();
        };
        tokio::join!(self.carry_out(), take_back);
        // What is tried again is due at once.
        self.rig.let_claims_lapse().await;
        self.carry_out().await;
        self.is_taken_back(id).await;
    }

    /// Nothing of it left or leaves, and nothing of it opens.
    async fn is_taken_back(&self, id: RequestId) {
        assert_eq!(self.state(id).await, RequestState::Withdrawn);
        let mut reader = self.rig.app.store.read().await.unwrap();
        assert!(packages::of_request(&mut reader, id).await.unwrap().is_none());
        assert!(grants::staged(&mut reader, id).await.unwrap().is_none());
        let key = self.rig.app.store.request_keys().existing(id, RequestPart::Staging).unwrap();
        assert!(key.is_none(), "the key of what was taken is left");
    }
}
