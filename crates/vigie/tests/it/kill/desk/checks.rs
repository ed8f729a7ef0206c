//! What must be true of the requests after each kill, and at the end. Each check says what is wrong, or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use vigie_model::approval::ApprovalState;
use vigie_model::disclosure::{Request, RequestState, TaskState};
use vigie_model::id::RequestId;
use vigie_store::request_keys::RequestPart;
use vigie_store::requests::Listed;
use vigie_store::{
    Reader, acts, approvals, blobs, grants, packages, request_deadlines, request_letters, request_tasks,
    requests,
};

use super::super::checks::{Checks as OfEverything, ensure};
use super::super::rig::Rig;
use super::authority::{Authority, is_taken_back, number_of};
use crate::program::vigie;

/// More requests than a test has.
const ALL: i64 = 1_000_000;

/// Remembers what was looked at already, where looking twice would tell nothing new.
#[derive(Default)]
pub(super) struct Checks {
    of_everything: OfEverything,
    opened: BTreeSet<RequestId>,
}

impl Checks {
    /// What holds at any moment.
    pub(super) async fn after_a_kill(&mut self, rig: &Rig, authority: &Authority) -> Result<(), String> {
        rig.is_at_rest().await;
        self.of_everything.sealed_objects(rig).await?;
        self.of_everything.ledger(rig).await?;
        let all = all(rig).await;
        arrived_once(&all, authority)?;
        for request in &all {
            let checked = self.request(rig, authority, request).await;
            checked.map_err(|fault| format!("{} ({}): {fault}", request.reference, request.state))?;
        }
        Ok(())
    }

    async fn request(&mut self, rig: &Rig, authority: &Authority, request: &Request) -> Result<(), String> {
        let mut reader = rig.app.store.read().await.unwrap();
        if self.opened.insert(request.id) {
            original(rig, &mut reader, authority, request).await?;
        }
        kept(rig, &mut reader, authority, request).await?;
        trail(&mut reader, request).await?;
        package(rig, &mut reader, request).await?;
        let is_taken_back = is_taken_back(number_of(&request.reference).unwrap());
        staging(rig, &mut reader, (request, is_taken_back)).await?;
        deadlines(&mut reader, request).await?;
        let letters = request_letters::of_request(&mut reader, request.id).await.unwrap();
        let told = letters.iter().filter(|letter| letter.kind == "acknowledgement").count();
        ensure(told == 1, || format!("it was acknowledged {told} times"))
    }

    /// What holds when everything asked was answered.
    pub(super) async fn at_the_end(&self, rig: &Rig, authority: &Authority) -> Result<(), String> {
        let all = all(rig).await;
        ensure(all.len() as u64 == authority.asked(), || {
            format!("{} requests were sent, and there are {}", authority.asked(), all.len())
        })?;
        let packages = authority.packages();
        for request in &all {
            let number = number_of(&request.reference).unwrap();
            let is_right = match authority.has_taken_back(number) {
                true => request.state == RequestState::Withdrawn,
                false => request.state == RequestState::Delivered && packages.contains_key(&number),
            };
            ensure(is_right, || format!("{} is {}", request.reference, request.state))?;
        }
        let folder = rig.data().join("keyring/requests");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
        let left: Vec<_> = files.filter(|name| name.to_string_lossy().contains("-staging")).collect();
        ensure(left.is_empty(), || format!("keys of what was taken are left: {left:?}"))?;
        let (_, package) = packages.first_key_value().ok_or("nothing was fetched")?;
        by_the_program(rig, package).await
    }
}

/// A package as the authority holds it to the keys of the house.
async fn by_the_program(rig: &Rig, package: &[u8]) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let service = file("service.vkey", rig.app.disclosure_verifier().unwrap().to_string().as_bytes());
    let log = file("log.vkey", rig.app.ledger_verifier().await.unwrap().to_string().as_bytes());
    let at = |path: &Path| format!("@{}", path.display());
    let package = file("answer.tar", package).display().to_string();
    let ran = vigie(["package", "verify", &package, "--service-key", &at(&service), "--log-key", &at(&log)]);
    ensure(ran.code == 0, || format!("the package does not verify: {} {}", ran.out, ran.err))
}

/// How many jobs have not ended.
pub(super) async fn under_way(rig: &Rig) -> i64 {
    rig.rows("SELECT COUNT(*) FROM jobs WHERE ended_at IS NULL").await[0]
}

async fn all(rig: &Rig) -> Vec<Request> {
    let mut reader = rig.app.store.read().await.unwrap();
    let mut all = requests::list(&mut reader, Listed::Open, (0, ALL)).await.unwrap();
    all.extend(requests::list(&mut reader, Listed::Over, (0, ALL)).await.unwrap());
    all
}

/// Every document that was answered is one request, the one that was answered; and what was never sent is none.
fn arrived_once(all: &[Request], authority: &Authority) -> Result<(), String> {
    let mut arrived = BTreeMap::new();
    for request in all {
        let number = number_of(&request.reference).filter(|number| *number < authority.asked());
        let number = number.ok_or_else(|| format!("nobody sent {}", request.reference))?;
        ensure(arrived.insert(number, request).is_none(), || format!("{} stands twice", request.reference))?;
    }
    for (number, id) in authority.answered() {
        let stands = arrived.get(&number).map(|request| request.id);
        ensure(stands == Some(id), || format!("document {number} was answered as {id}, and is {stands:?}"))?;
    }
    for (number, request) in &arrived {
        let is_told = authority.has_taken_back(*number);
        ensure(!is_told || request.state == RequestState::Withdrawn, || {
            format!("{} was taken back, and is {}", request.reference, request.state)
        })?;
    }
    Ok(())
}

/// The bytes that came open, and are those that were sent; they stay as long as the request does.
async fn original(
    rig: &Rig,
    reader: &mut Reader,
    authority: &Authority,
    request: &Request,
) -> Result<(), String> {
    let number = number_of(&request.reference).unwrap();
    let blob = blobs::find(reader, request.document).await.unwrap().ok_or("its document has no row")?;
    let opened = rig.app.store.vault().get(blob.id, blob.period);
    let opened = opened.map_err(|error| format!("its document does not open: {error}"))?;
    ensure(opened == authority.document(number), || "its document is not what was sent".to_owned())?;
    let holds = blobs::holds(reader, request.document).await.unwrap();
    let reason = format!("request:{}", request.id);
    ensure(holds.iter().any(|hold| hold.reason == reason), || "its document is not held".to_owned())
}

/// What is asked for is not deleted by the messenger, from the examination on until the request is over.
async fn kept(
    rig: &Rig,
    reader: &mut Reader,
    authority: &Authority,
    request: &Request,
) -> Result<(), String> {
    let is_about_somebody = authority.is_about_somebody(number_of(&request.reference).unwrap());
    if !is_about_somebody || request.state.is_over() {
        return Ok(());
    }
    for task in request_tasks::of_request(reader, request.id).await.unwrap() {
        let is_kept = rig.messenger.keeps_for(&format!("request:{}:{}", request.id, task.number));
        ensure(task.state == TaskState::Pending || is_kept, || {
            format!("task {} is {}, and the messenger keeps nothing for it", task.number, task.state)
        })?;
    }
    Ok(())
}

/// Each step has its entry, each entry its step, and the last entry says where the request stands. Only what two people agreed to has
/// the entry of their question instead.
async fn trail(reader: &mut Reader, request: &Request) -> Result<(), String> {
    use RequestState as S;
    let mut at = None;
    let entries = acts::about(reader, &format!("request:{}", request.id)).await.unwrap();
    for (number, action, ..) in &entries {
        let next = match action.as_str() {
            "package.released" => Some(S::Released),
            other => other.strip_prefix("request.").and_then(|name| name.parse::<S>().ok()),
        };
        let Some(next) = next else { continue };
        let follows = match at {
            None => next == S::Received,
            Some(S::ReadyForApproval) if next == S::Released => true,
            Some(at) => S::may_become(at, next),
        };
        ensure(follows, || format!("entry {number} leads from {at:?} to {next}: {entries:?}"))?;
        at = Some(next);
    }
    let is_agreed = at == Some(S::ReadyForApproval) && request.state == S::Approved;
    ensure(at == Some(request.state) || is_agreed, || format!("its entries lead to {at:?}: {entries:?}"))
}

/// Nothing left but what two people agreed to, and all of what left is there.
async fn package(rig: &Rig, reader: &mut Reader, request: &Request) -> Result<(), String> {
    let package = packages::of_request(reader, request.id).await.unwrap();
    let has_left = request.state.has_left();
    ensure(!has_left || package.is_some(), || "it left, and there is no package".to_owned())?;
    if !has_left && request.state != RequestState::Approved && request.state != RequestState::Withdrawn {
        ensure(package.is_none(), || "there is a package that nobody agreed to".to_owned())?;
    }
    let question = approvals::newest_about(reader, &format!("release:{}", request.id)).await.unwrap();
    let agreed = question.as_ref().filter(|one| one.state == ApprovalState::Approved);
    let is_by_two = agreed.is_some_and(|one| one.decided_by.is_some_and(|by| by != one.requested_by));
    if request.state == RequestState::Approved || package.is_some() {
        ensure(is_by_two, || format!("it leaves by {question:?}"))?;
    }
    let Some(package) = package else { return Ok(()) };
    let blob = blobs::find(reader, package.object).await.unwrap().ok_or("its package has no row")?;
    ensure(blob.plain_sha256 == package.sha256, || "its package is another one".to_owned())?;
    let opened = rig.app.store.vault().get(blob.id, blob.period);
    opened.map(drop).map_err(|error| format!("its package does not open: {error}"))
}

/// Of what was taken for a request that was taken back, nothing opens; what waits to leave opens, unless it is being taken back.
async fn staging(
    rig: &Rig,
    reader: &mut Reader,
    (request, is_taken_back): (&Request, bool),
) -> Result<(), String> {
    let staged = grants::staged(reader, request.id).await.unwrap();
    let key = rig.app.store.request_keys().existing(request.id, RequestPart::Staging).unwrap();
    match request.state {
        RequestState::Withdrawn => ensure(staged.is_none() && key.is_none(), || {
            format!("what was taken for it still opens: {}, {}", staged.is_some(), key.is_some())
        }),
        RequestState::ReadyForApproval | RequestState::Approved => {
            ensure(staged.is_some() && (key.is_some() || is_taken_back), || {
                format!("what was taken is there no more: {}, {}", staged.is_some(), key.is_some())
            })
        }
        state if state.has_left() => {
            ensure(staged.is_none(), || "what was taken stands although it left".to_owned())
        }
        _ => Ok(()),
    }
}

/// Each rule has its deadline, once, and something is expected as long as nothing left.
async fn deadlines(reader: &mut Reader, request: &Request) -> Result<(), String> {
    let all = request_deadlines::of_request(reader, request.id).await.unwrap();
    let rules: BTreeSet<_> = all.iter().map(|one| &one.rule).collect();
    ensure(rules.len() == all.len(), || format!("a deadline began twice: {all:?}"))?;
    let runs = all.iter().any(|one| one.satisfied_at.is_none());
    let is_awaited = !request.state.is_over() && !request.state.has_left();
    ensure(runs || !is_awaited, || format!("nothing is expected of anybody: {all:?}"))
}
