//! Retro-hunts from the question to the incident: what is found, once, by two people, and nothing by a hash.

use std::time::Duration;

use vigie_match::{Pdq, Signal};
use vigie_media::Pass;
use vigie_model::approval::ApprovalState;
use vigie_model::bank::Verdict;
use vigie_model::id::IncidentId;
use vigie_model::incident::Incident;
use vigie_model::surface::Technique;
use vigie_model::{Role, Surface};
use vigie_store::history;

use super::run::{Wanted, look_through, remaining};
use super::*;
use crate::matching::Signals;
use crate::matching::tests::{bank, keep, pdq};
use crate::outbox::tests::work;
use crate::submissions::tests::{context, enter, messenger, started};
use crate::submissions::{Content, Submission};
use crate::tests::House;

/// An hour and what a segment takes to settle.
const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

pub(crate) struct Scene {
    pub(crate) house: House,
    pub(crate) ada: Caller,
    ben: Caller,
    bank: Bank,
}

/// A house that keeps history of public groups.
pub(crate) async fn scene() -> Scene {
    let house = started().await;
    enter(&house, Surface::PublicGroup, Technique::ALL, true).await;
    let ada = house.person("Ada", Role::SeniorReviewer).await;
    let ben = house.person("Ben", Role::DataProtectionOfficer).await;
    let bank = bank(&house.app, "LEARNT_TODAY", Verdict::Block);
    Scene { house, ada, ben, bank }
}

/// An upload of the past that a hunt found: the incident it was gathered in.
pub(crate) async fn hunted_incident(scene: &Scene) -> IncidentId {
    scene.post_hash("near", pdq(0)).await;
    scene.house.clock.advance(TWO_HOURS);
    scene.learn(&[Signal::Pdq(pdq(0))]).await;
    scene.hunted(scene.asking()).await;
    scene.incidents().await[0].id
}

impl Scene {
    fn app(&self) -> &App {
        &self.house.app
    }

    /// An account posts something that matches nothing yet.
    async fn post(&self, account: &str, signals: Signals) {
        let content = Content::Signals(Box::new(signals));
        let context = context(Surface::PublicGroup, account);
        let submission = Submission { context, content, idempotency_key: None };
        let answer = self.app().submit(&messenger(), submission).await.unwrap();
        assert_eq!((answer.verdict, answer.submission), (Verdict::Allow, None));
    }

    async fn post_hash(&self, account: &str, hash: Pdq) {
        self.post(account, Signals { pdq: Some(hash), ..Signals::default() }).await;
    }

    async fn learn(&self, known: &[Signal]) -> Vec<i64> {
        keep(self.app(), &self.bank, known).await
    }

    fn asking(&self) -> NewHunt {
        NewHunt {
            bank: self.bank.id,
            purpose: "The list of today may be known from before".into(),
            entries_since: None,
            from: None,
            until: None,
        }
    }

    async fn agreed(&self, new: NewHunt) -> HuntId {
        let hunt = self.app().ask_hunt(&self.ada, new).await.unwrap();
        self.app().approve(&self.ben, hunt.approval).await.unwrap();
        hunt.id
    }

    async fn hunted(&self, new: NewHunt) -> Hunt {
        let id = self.agreed(new).await;
        work(self.app()).await;
        self.hunt(id).await
    }

    async fn hunt(&self, id: HuntId) -> Hunt {
        self.app().hunt(&self.ada, id).await.unwrap().hunt
    }

    async fn incidents(&self) -> Vec<Incident> {
        let found =
            self.app().queue(&self.ada, &crate::queue::QueueQuery::default(), None, 100).await.unwrap();
        found.incidents
    }

    async fn actions(&self) -> Vec<String> {
        let rows = self.house.rows().await;
        rows["ledger_details"].clone()
    }

    async fn refusal(&self, caller: &Caller, new: NewHunt) -> Code {
        self.app().ask_hunt(caller, new).await.unwrap_err().code()
    }
}

#[tokio::test]
async fn what_was_posted_before_it_was_known_is_found_and_put_before_a_reviewer_without_a_picture() {
    let scene = scene().await;
    scene.post_hash("near", pdq(31)).await;
    scene.post_hash("far", pdq(32)).await;
    scene.post("same", Signals { md5: Some([7; 16]), sha1: Some([8; 20]), ..Signals::default() }).await;
    // The same first bytes are no match.
    let mut other = [7; 16];
    other[15] = 8;
    scene.post("other", Signals { md5: Some(other), ..Signals::default() }).await;
    let posted_at = scene.app().now();
    scene.house.clock.advance(TWO_HOURS);
    let entries = scene.learn(&[Signal::Pdq(pdq(0)), Signal::Md5([7; 16]), Signal::Sha1([8; 20])]).await;

    let hunt = scene.hunted(scene.asking()).await;
    assert_eq!((hunt.state, hunt.entries), (HuntState::Done, 3));
    assert_eq!(hunt.progress, HuntProgress { segments: 1, segments_done: 1, rows: 4, hits: 2 });
    let found = scene.incidents().await;
    let subjects: Vec<_> =
        found.iter().map(|one| (one.subject.reference.as_str(), one.severity.name())).collect();
    assert_eq!(subjects, [("same", "high"), ("near", "medium")]);

    let view = scene.app().incident(&scene.ada, found[1].id).await.unwrap();
    let [item] = view.items.as_slice() else { panic!("one item") };
    assert_eq!((item.item.kind.name(), item.item.media), ("retro_hunt", None));
    let submission = item.submission.as_ref().unwrap();
    assert_eq!((submission.received_at, submission.blob), (posted_at, None));
    assert_eq!(submission.verdict, Verdict::Allow, "what was answered then stays written");
    assert_eq!(submission.message.as_deref(), Some("m1"));
    assert_eq!((item.matches[0].entry, item.matches[0].distance), (entries[0], 31));
    assert_eq!(item.mark.map(|mark| (mark.number, mark.unconfirmed)), Some((hunt.number, false)));
    let page = scene.app().queue(&scene.ada, &crate::queue::QueueQuery::default(), None, 100).await.unwrap();
    assert!(found.iter().all(|one| page.retrospective.contains(&one.id)));

    let view = scene.app().hunt(&scene.ada, hunt.id).await.unwrap();
    assert_eq!(view.incidents.unwrap().len(), 2);
    assert_eq!(view.approval.unwrap().state, ApprovalState::Approved);
    let ledger = scene.actions().await;
    let noted = |action: &str| ledger.iter().filter(|row| row.contains(action)).count();
    assert_eq!((noted("hunt.hit"), noted("hunt.done")), (2, 1));
    let secrets = [hex::encode([7; 16]), pdq(31).to_string()];
    assert!(!ledger.iter().any(|row| secrets.iter().any(|secret| row.contains(secret))));
    let counts = scene.app().hunt_counts(&scene.ada).await.unwrap();
    let [count] = counts.as_slice() else { panic!("one count") };
    assert_eq!((count.month.as_str(), count.hunts, count.rows, count.hits), ("2026-09", 1, 4, 2));
}

#[tokio::test]
async fn a_hunt_takes_a_purpose_a_permitted_person_and_a_second_one() {
    let scene = scene().await;
    scene.learn(&[Signal::Pdq(pdq(0))]).await;
    let eve = scene.house.person("Eve", Role::Reviewer).await;
    let alan = scene.house.person("Alan", Role::Auditor).await;
    assert_eq!(scene.refusal(&eve, scene.asking()).await, Code::Forbidden);
    assert_eq!(scene.refusal(&Caller::operator(), scene.asking()).await, Code::Forbidden);
    assert_eq!(
        scene.refusal(&scene.ada, NewHunt { purpose: "  ".into(), ..scene.asking() }).await,
        Code::InvalidValue
    );

    let hunt = scene.app().ask_hunt(&scene.ada, scene.asking()).await.unwrap();
    assert_eq!(scene.app().approve(&scene.ada, hunt.approval).await.unwrap_err().code(), Code::SamePerson);
    assert!(scene.actions().await.iter().any(|row| row.contains("question.own_answer_refused")));
    assert_eq!(scene.app().approve(&eve, hunt.approval).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(work(scene.app()).await, 0, "nothing is looked at before the second person agrees");
    assert_eq!(scene.hunt(hunt.id).await.state, HuntState::Asked);
    assert!(scene.app().hunt(&alan, hunt.id).await.unwrap().incidents.is_none());
    assert_eq!(scene.app().hunts(&eve).await.unwrap_err().code(), Code::Forbidden);
    scene.app().refuse(&scene.ben, hunt.approval).await.unwrap();
    assert_eq!(scene.hunt(hunt.id).await.state, HuntState::Refused);

    let lapsed = scene.app().ask_hunt(&scene.ada, scene.asking()).await.unwrap();
    scene.house.clock.advance(Duration::from_secs(73 * 60 * 60));
    scene.app().tend().await.unwrap();
    assert_eq!(scene.hunt(lapsed.id).await.state, HuntState::Refused);
}

#[tokio::test]
async fn only_a_bank_whose_matches_count_is_hunted_for() {
    let scene = scene().await;
    assert_eq!(scene.refusal(&scene.ada, scene.asking()).await, Code::NotFound);
    scene.learn(&[Signal::Pdq(pdq(0))]).await;
    let later = Some(scene.app().now().after(Duration::from_secs(1)));
    assert_eq!(
        scene.refusal(&scene.ada, NewHunt { entries_since: later, ..scene.asking() }).await,
        Code::InvalidValue
    );
    let long_ago = Some(scene.app().now().before(LIFE));
    assert_eq!(
        scene.refusal(&scene.ada, NewHunt { until: long_ago, ..scene.asking() }).await,
        Code::InvalidValue
    );
    let bank = |name| bank(scene.app(), name, Verdict::Review);
    for unfit in [
        Bank { kind: BankKind::Negative, ..bank("NEGATIVE") },
        Bank { origin: BankOrigin::Hma, ..bank("NOT_ADOPTED") },
        Bank { enabled: false, ..bank("SWITCHED_OFF") },
    ] {
        keep(scene.app(), &unfit, &[Signal::Pdq(pdq(0))]).await;
        assert_eq!(
            scene.refusal(&scene.ada, NewHunt { bank: unfit.id, ..scene.asking() }).await,
            Code::WrongState
        );
    }
}

#[tokio::test]
async fn a_hunt_that_is_killed_goes_on_and_finds_nothing_twice() {
    let scene = scene().await;
    for account in ["first", "second", "third"] {
        scene.post_hash(account, pdq(3)).await;
        scene.post_hash("far", pdq(90)).await;
        scene.house.clock.advance(TWO_HOURS);
    }
    let entries = scene.learn(&[Signal::Pdq(pdq(0))]).await;
    let id = scene.agreed(scene.asking()).await;
    let hunt = scene.hunt(id).await;
    let wanted = Wanted::read(scene.app(), &hunt, scene.bank.clone()).await.unwrap();
    let segments = remaining(scene.app(), &hunt).await.unwrap();
    assert_eq!(segments.len(), 3);
    // One step is done; of the next what was found is written down, and then the process is gone.
    assert!(look_through(scene.app(), &hunt, &wanted, &segments[..1]).await.unwrap());
    let candidate = vigie_match::Candidate {
        row: rows_of(&scene, segments[1].segment).await[0],
        entry: u64::try_from(entries[0]).unwrap(),
        kind: vigie_match::SignalKind::Pdq,
        distance: 3,
    };
    assert!(scene.app().note_candidates(&hunt, &wanted, segments[1].segment, &[candidate]).await.unwrap());
    let half = scene.hunt(id).await.progress;
    assert_eq!(half, HuntProgress { segments: 3, segments_done: 1, rows: 2, hits: 2 });

    let other = scene.house.second_process().await;
    other.load_banks().await.unwrap();
    work(&other).await;
    let hunt = scene.hunt(id).await;
    assert_eq!(hunt.state, HuntState::Done);
    assert_eq!(hunt.progress, HuntProgress { segments: 3, segments_done: 3, rows: 6, hits: 3 });
    let found = scene.incidents().await;
    assert_eq!(found.iter().map(|one| one.items).collect::<Vec<_>>(), [1, 1, 1]);

    let again = scene.hunted(scene.asking()).await;
    assert_eq!((again.progress.rows, again.progress.hits), (6, 0), "found before, by this bank");
    assert_eq!(scene.incidents().await.len(), 3);
    super::run(scene.app(), id).await.unwrap();
    assert_eq!(scene.app().hunt_counts(&scene.ada).await.unwrap()[0].hunts, 2, "counted once each");
}

async fn rows_of(scene: &Scene, segment: history::Segment) -> Vec<[u8; 16]> {
    let rows = crate::history::tests::rows(&scene.house).await;
    let of = |row: &history::Past| row.segment == segment && row.pdq.as_deref() == Some(pdq(3).0.as_slice());
    rows.iter().filter(|row| of(row)).map(|row| row.id.into_bytes()).collect()
}

#[tokio::test]
async fn a_hunt_that_is_stopped_does_no_more() {
    let scene = scene().await;
    scene.post_hash("near", pdq(3)).await;
    scene.learn(&[Signal::Pdq(pdq(0))]).await;
    let asked = scene.app().ask_hunt(&scene.ada, scene.asking()).await.unwrap();
    scene.app().cancel_hunt(&scene.ada, asked.id).await.unwrap();
    assert_eq!(scene.app().approve(&scene.ben, asked.approval).await.unwrap_err().code(), Code::WrongState);

    let id = scene.agreed(scene.asking()).await;
    let running = scene.hunt(id).await;
    let wanted = Wanted::read(scene.app(), &running, scene.bank.clone()).await.unwrap();
    let segments = remaining(scene.app(), &running).await.unwrap();
    scene.app().cancel_hunt(&scene.ada, id).await.unwrap();
    assert!(!look_through(scene.app(), &running, &wanted, &segments).await.unwrap());
    work(scene.app()).await;
    let hunt = scene.hunt(id).await;
    assert_eq!((hunt.state, hunt.progress.hits), (HuntState::Cancelled, 0));
    assert!(scene.incidents().await.is_empty());
    assert_eq!(scene.app().cancel_hunt(&scene.ada, id).await.unwrap_err().code(), Code::WrongState);
}

#[tokio::test]
async fn only_entries_and_uploads_that_were_agreed_to_are_looked_at() {
    let scene = scene().await;
    scene.post_hash("early", pdq(3)).await;
    scene.post_hash("early far", pdq(200)).await;
    scene.house.clock.advance(TWO_HOURS);
    let between = scene.app().now();
    scene.post_hash("late", pdq(3)).await;
    scene.learn(&[Signal::Pdq(pdq(0))]).await;
    scene.house.clock.advance(TWO_HOURS);
    let since = Some(scene.app().now());
    scene.learn(&[Signal::Pdq(pdq(120))]).await;

    let hunt = scene.hunted(NewHunt { entries_since: since, ..scene.asking() }).await;
    assert_eq!((hunt.entries, hunt.progress.rows, hunt.progress.hits), (1, 3, 0));
    let hunt =
        scene.app().ask_hunt(&scene.ada, NewHunt { from: Some(between), ..scene.asking() }).await.unwrap();
    scene.house.clock.advance(TWO_HOURS);
    scene.learn(&[Signal::Pdq(pdq(200))]).await;
    scene.app().approve(&scene.ben, hunt.approval).await.unwrap();
    work(scene.app()).await;
    let hunt = scene.hunt(hunt.id).await;
    assert_eq!((hunt.entries, hunt.progress.rows, hunt.progress.hits), (2, 1, 1));
    assert_eq!(scene.incidents().await[0].subject.reference, "late");
}

#[tokio::test]
async fn what_is_known_not_to_be_illegal_takes_the_force_from_a_hit_by_a_hash() {
    let scene = scene().await;
    scene.post_hash("near", pdq(3)).await;
    scene.learn(&[Signal::Pdq(pdq(0))]).await;
    let negative =
        Bank { kind: BankKind::Negative, distance: 0, ..bank(scene.app(), "NOT_ILLEGAL", Verdict::Allow) };
    keep(scene.app(), &negative, &[Signal::Pdq(pdq(3))]).await;
    let hunt = scene.hunted(scene.asking()).await;
    assert_eq!((hunt.progress.rows, hunt.progress.hits), (1, 0));
}

#[tokio::test]
async fn a_hit_by_the_quick_first_pass_is_unconfirmed_and_looks_further() {
    let scene = scene().await;
    let basis = scene.app().holding_basis(Surface::PublicGroup).await.unwrap().unwrap();
    for (account, bits, pass) in [("quick", 35, Pass::First), ("exact", 35, Pass::Exact)] {
        let reference = context(Surface::PublicGroup, account).reference();
        let signals = Signals { pdq: Some(pdq(bits)), pass, ..Signals::default() };
        scene.app().keep_history(&basis, &reference, &signals).await.unwrap();
    }
    scene.learn(&[Signal::Pdq(pdq(0))]).await;
    let hunt = scene.hunted(scene.asking()).await;
    let [found] = scene.app().hunt(&scene.ada, hunt.id).await.unwrap().incidents.unwrap()[..] else {
        panic!("one incident")
    };
    assert_eq!((found.items, found.unconfirmed), (1, 1));
    let found = &scene.incidents().await[0];
    assert_eq!((found.subject.reference.as_str(), found.severity.name()), ("quick", "low"));
}

#[tokio::test]
async fn a_form_that_is_torn_or_old_is_made_again_from_the_rows() {
    let scene = scene().await;
    scene.post_hash("near", pdq(3)).await;
    scene.house.clock.advance(TWO_HOURS);
    scene.learn(&[Signal::Pdq(pdq(0))]).await;
    let forms = scene.house.folder().join("history");
    let form = || std::fs::read_dir(&forms).unwrap().map(|file| file.unwrap().path()).next();
    assert!(form().is_none());
    scene.post_hash("later", pdq(200)).await;
    scene.app().keep_house().await.unwrap();
    let form = form().expect("a segment that is over has its form");
    assert_eq!(std::fs::read_dir(&forms).unwrap().count(), 1, "and the hour that goes on has none");
    let written = std::fs::metadata(&form).unwrap().modified().unwrap();
    assert_eq!(scene.hunted(scene.asking()).await.progress.hits, 1);
    assert_eq!(std::fs::metadata(&form).unwrap().modified().unwrap(), written, "it is read, not made again");
    let whole = std::fs::read(&form).unwrap();
    for spoilt in [&whole[..whole.len() / 2], b"something else".as_slice(), &[]] {
        std::fs::write(&form, spoilt).unwrap();
        assert_eq!(scene.hunted(scene.asking()).await.progress.rows, 2);
        assert_eq!(std::fs::read(&form).unwrap(), whole);
    }
    scene.house.clock.advance(LIFE);
    scene.app().forget_history().await.unwrap();
    assert!(!form.exists(), "it vanishes with its segment");
}

#[test]
fn a_hunt_is_asked_by_entries_of_a_bank_and_has_no_place_for_a_hash() {
    let terms = HuntTerms {
        bank: BankId(uuid::Uuid::nil()),
        purpose: "why".into(),
        entries_since: None,
        entries_until: Moment(1),
        from: Moment(0),
        until: Moment(1),
    };
    let written = serde_json::to_value(&terms).unwrap();
    let mut fields: Vec<_> = written.as_object().unwrap().keys().cloned().collect();
    fields.sort();
    assert_eq!(fields, ["bank", "entries_since", "entries_until", "from", "purpose", "until"]);
}
