//! The fortnight itself: every step at its moment on the drill's clock, by the use cases that people and authorities use.
//!
//! What it is not: a judgement of what happened; that is `report.rs`. To add a step: its arm in `act`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use vigie_app::releases::FetchedPackage;
use vigie_app::requests::{
    CallOutcome, CallReport, Clarification, EnteredRequest, Refusal, RequestView, SentFollowUp,
};
use vigie_app::{Code, Error};
use vigie_model::id::RequestId;
use vigie_seal::exchange::{Withdrawal, sign_instrument};
use vigie_seal::note::SignerKey;
use vigie_store::request_keys::RequestPart;

use super::alarm;
use super::cases::{Case, Door, Step};
use super::checked::{self, Checked};
use super::house::{House, Unit, signing_key};

/// How long the fortnight is.
const LENGTH: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// What is broken on purpose, to see that the report tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sabotage {
    /// Nothing: the drill as it is.
    None,
    /// Whoever calls back reports what the forger would like to hear.
    #[cfg(test)]
    CallsBelieved,
}

impl Sabotage {
    fn outcome(self, honest: CallOutcome) -> CallOutcome {
        match self {
            Self::None => honest,
            #[cfg(test)]
            Self::CallsBelieved => CallOutcome::Confirmed,
        }
    }
}

/// A step that was taken.
pub(super) struct Taken {
    pub(super) name: &'static str,
    /// How long after the arrival, on the drill's clock.
    pub(super) after: Duration,
    /// How long it took, on the clock of this machine.
    pub(super) took: Duration,
    /// Why the house did not let it happen.
    pub(super) refused: Option<String>,
}

/// What became of a document.
#[derive(Default)]
pub(super) struct Played {
    pub(super) id: Option<RequestId>,
    pub(super) steps: Vec<Taken>,
    pub(super) package: Option<Checked>,
    /// What was taken for it opens for nobody any more.
    pub(super) is_shredded: bool,
    /// Where it stands at the end; none of what was turned away.
    pub(super) view: Option<RequestView>,
}

/// Plays every case to the end of the fortnight.
pub(super) async fn play(
    house: &mut House,
    cases: &[Case],
    sabotage: Sabotage,
) -> anyhow::Result<Vec<Played>> {
    let mut events = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        events.push((case.at, number, Step::Arrive));
        events.extend(case.then.iter().map(|(after, step)| (case.at + *after, number, step.clone())));
    }
    // Steps of one moment stay in the order in which they stand.
    events.sort_by_key(|(at, _, _)| *at);
    let mut played: Vec<Played> = cases.iter().map(|_| Played::default()).collect();
    let mut sent = BTreeMap::new();
    let begins = house.begins;
    for (at, number, step) in events {
        let (Some(case), Some(so_far)) = (cases.get(number), played.get_mut(number)) else { continue };
        house.move_to(begins.after(at)).await?;
        let began = Instant::now();
        let ended = take(house, case, (&step, sabotage), so_far, &mut sent).await;
        let took = began.elapsed();
        let refused = match ended {
            Ok(()) => None,
            Err(Failed::Refused(error)) => Some(format!("{}: {}", error.code(), error.detail())),
            Err(Failed::Broken(error)) => {
                return Err(error.context(format!("{}: {}", case.document.reference, step.name())));
            }
        };
        so_far.steps.push(Taken { name: step.name(), after: at.saturating_sub(case.at), took, refused });
        house.work().await?;
    }
    house.move_to(begins.after(LENGTH)).await?;
    for so_far in &mut played {
        let Some(id) = so_far.id else { continue };
        so_far.view = Some(house.app.request(&house.people.officer, id).await?);
        let staging = house.app.store.request_keys().existing(id, RequestPart::Staging)?;
        so_far.is_shredded = staging.is_none();
    }
    Ok(played)
}

/// Why a step did not happen.
enum Failed {
    /// The house said no.
    Refused(Error),
    /// The drill itself is broken.
    Broken(anyhow::Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        if error.code() == Code::Internal { Self::Broken(error.into()) } else { Self::Refused(error) }
    }
}

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

async fn take(
    house: &House,
    case: &Case,
    (step, sabotage): (&Step, Sabotage),
    so_far: &mut Played,
    sent: &mut BTreeMap<String, Bytes>,
) -> Result<(), Failed> {
    if let Step::Arrive = step {
        so_far.id = Some(arrive(house, case, sent).await?);
        return Ok(());
    }
    let Some(id) = so_far.id else {
        return Err(Error::new(Code::NotFound, "nothing of it was taken in").into());
    };
    if let Step::Fetch = step {
        so_far.package = Some(fetch(house, house.unit(case.from)?, id).await?);
        return Ok(());
    }
    if let Step::CallBack(outcome) = step {
        return call_back(house, house.unit(case.from)?, id, sabotage.outcome(*outcome)).await;
    }
    act(house, case, id, step).await
}

/// What the desk or the authority does about a request that is here.
async fn act(house: &House, case: &Case, id: RequestId, step: &Step) -> Result<(), Failed> {
    let (app, people) = (&house.app, &house.people);
    match step {
        Step::Settle => settle(house, id).await?,
        Step::Accept => drop(app.accept_request(&people.officer, id).await?),
        Step::Ask => drop(app.ask_release(&people.officer, id, "found valid").await?),
        Step::Agree => agree(house, id).await?,
        Step::Refuse(ground, explanation) => {
            let explanation = (*explanation).to_owned();
            let refusal = Refusal { tasks: [].into(), ground: *ground, explanation };
            app.refuse_tasks(&people.officer, id, &refusal).await?;
        }
        Step::Clarify(text) => {
            let clarification = Clarification { text: (*text).to_owned() };
            app.ask_clarification(&people.officer, id, &clarification).await?;
        }
        Step::Clarified(document) => {
            let answer = entered((**document).clone());
            app.take_clarification(&people.officer, id, ("As the document says now.", Some(answer))).await?;
        }
        Step::Object(objection) => {
            app.note_objection(&people.officer, id, (objection, "as it wrote")).await?;
        }
        Step::Withdraw => withdraw(house, case, id).await?,
        Step::Alarm(account) => alarm::crosses(house, id, account).await?,
        Step::Follow(kind) => {
            let sent = SentFollowUp {
                kind: *kind,
                text: "as it came".into(),
                decision: None,
                document: None,
                corrected: None,
                nonce: String::new(),
            };
            app.hand_in_follow_up(&house.unit(case.from)?.caller(), id, sent).await?;
        }
        Step::Arrive | Step::Fetch | Step::CallBack(_) => {}
    }
    Ok(())
}

async fn arrive(house: &House, case: &Case, sent: &mut BTreeMap<String, Bytes>) -> Result<RequestId, Failed> {
    let app = &house.app;
    let signing = &house.unit(case.from)?.signing;
    let bytes = match case.door {
        Door::Paper => {
            let request = app.enter_request(&house.people.officer, entered(case.document.clone())).await?;
            return Ok(request.id);
        }
        Door::Again(number) => sent.get(number).cloned().context("it came before")?,
        Door::Signed => signed(case, signing)?,
        // A name that is the authority's, and a key that is not.
        Door::Stranger => signed(case, &signing_key(signing.verifier().name(), 99)?)?,
        Door::Altered => altered(case, signing)?,
    };
    sent.insert(case.document.reference.clone(), bytes.clone());
    Ok(app.receive_signed(bytes).await?.request)
}

fn signed(case: &Case, key: &SignerKey) -> Result<Bytes, Failed> {
    let envelope = sign_instrument(&case.document, key).context("cannot sign a document")?;
    Ok(envelope.to_bytes().into())
}

/// The signature of one document, with the text of another.
fn altered(case: &Case, key: &SignerKey) -> Result<Bytes, Failed> {
    let mut other = case.document.clone();
    other.reference.push('0');
    let part = |bytes: &[u8]| -> anyhow::Result<serde_json::Value> { Ok(serde_json::from_slice(bytes)?) };
    let mut envelope = part(&signed(case, key)?)?;
    let whole = sign_instrument(&other, key).context("cannot sign a document")?;
    envelope["payload"] = part(&whole.to_bytes())?["payload"].take();
    Ok(serde_json::to_vec(&envelope).context("cannot write an envelope")?.into())
}

fn entered(document: vigie_model::disclosure::Instrument) -> EnteredRequest {
    EnteredRequest {
        document: Bytes::from(format!("paper of {}", document.reference)),
        mime: "text/plain".into(),
        instrument: document,
        diagnostics: vec![],
    }
}

async fn call_back(house: &House, unit: &Unit, id: RequestId, outcome: CallOutcome) -> Result<(), Failed> {
    let call = house.app.ask_call_back(&house.people.officer, id).await?;
    let read_back = if outcome == CallOutcome::Confirmed { call.nonce } else { String::new() };
    let spoke_with = "the duty officer".into();
    let report = CallReport { authority: unit.known.id, spoke_with, read_back, outcome };
    Ok(house.app.report_call_back(&house.people.releaser, id, &report).await?)
}

/// The data-protection officer looks at whatever stands, and finds nothing against it.
async fn settle(house: &House, id: RequestId) -> Result<(), Failed> {
    let guardian = &house.people.guardian;
    let view = house.app.request(guardian, id).await?;
    for warning in view.warnings.iter().filter(|one| one.settled.is_none() && one.weight == "alarm") {
        let about = (warning.task, warning.kind.as_str(), "looked at, and found necessary");
        house.app.settle_warning(guardian, id, about).await?;
    }
    Ok(())
}

async fn agree(house: &House, id: RequestId) -> Result<(), Failed> {
    let view = house.app.request(&house.people.releaser, id).await?;
    let question = view.question.ok_or_else(|| Error::new(Code::NotFound, "nobody asked to release it"))?;
    Ok(house.app.approve(&house.people.releaser, question.id).await.map(drop)?)
}

async fn withdraw(house: &House, case: &Case, id: RequestId) -> Result<(), Failed> {
    let withdrawal = Withdrawal {
        version: 1,
        request: id,
        reference: case.document.reference.clone(),
        at: house.now(),
        reason: "solved otherwise".into(),
        nonce: format!("withdrawal-{}", case.document.nonce),
    };
    let signed = withdrawal.sign(&house.unit(case.from)?.signing).context("cannot sign a withdrawal")?;
    house.app.withdraw_signed(id, signed.to_bytes().into()).await?;
    Ok(())
}

/// The authority fetches the package, and looks at it with its own key and without the service.
async fn fetch(house: &House, unit: &Unit, id: RequestId) -> Result<Checked, Failed> {
    let app = &house.app;
    app.publish_ledger().await?;
    let FetchedPackage { bytes, .. } = app.fetch_package(&unit.caller(), &unit.known, id).await?;
    let (service, log) = (app.disclosure_verifier()?, app.ledger_verifier().await?);
    Ok(checked::offline(&bytes, &unit.sealing, (service, log))?)
}
