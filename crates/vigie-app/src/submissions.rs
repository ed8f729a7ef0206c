//! Submissions: a messenger asks about an upload, and gets a verdict at once.
//!
//! The order is the point. The surface's basis comes first: without one nothing is examined, and a count is all that is
//! left. Then the media is decoded and hashed (`evidence.rs`), the signals are compared, and what follows is concluded. What
//! hit nothing is forgotten, its signals too where history is off. What hit a bank is sealed and written (`record.rs`),
//! durable before the answer.
//!
//! What it is not: it tells nobody why. A verdict says what to do; which bank or entry stands behind it is for callers who
//! may read receipts.

mod context;
pub(crate) mod evidence;
pub(crate) mod record;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vigie_match::vpdq::InvalidVpdq;
use vigie_match::{Signal, SignalKind};
use vigie_media::Pass;
use vigie_model::bank::Verdict;
use vigie_model::id::{IncidentId, SubmissionId};
use vigie_model::incident::Severity;
use vigie_model::surface::{DetectionBasis, Technique};
use vigie_model::{Caller, Operation, Surface};
use vigie_store::counts::Tally;

use crate::matching::{Asked, Effect, Match, MatchReceipt, Signals, coin, effect, judge};
use crate::{App, Code, Error, Media, Resource, Result, Upload, authorise, permits};
pub(crate) use context::check_texts;
pub use context::{AccountContext, Context, ConversationContext};
pub use evidence::Failure;
use record::{Found, Request};

/// A repeated request carries the same key; longer ones are refused.
const KEY_LENGTH: usize = 255;
/// So many questions in one request at most.
pub const BATCH: usize = 256;
/// So many questions of one request are answered at once: each that hits a bank waits for the one writer.
const AT_ONCE: usize = 16;

/// What is asked about.
pub enum Content {
    /// The media itself.
    Media(Media),
    /// Its signals, computed by the messenger: the bytes stay there.
    Signals(Box<Signals>),
}

/// A question about an upload.
pub struct Submission {
    /// Where and by whom.
    pub context: Context,
    /// What.
    pub content: Content,
    /// A repetition under the same key gets the same answer and has no second effect.
    pub idempotency_key: Option<String>,
}

/// The answer about an upload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether it was examined; not, where no basis holds.
    pub examined: bool,
    /// What to do; allow, where it was not examined.
    pub verdict: Verdict,
    /// Why it could not be decoded.
    pub failure: Option<Failure>,
    /// The trace it left, where it left one.
    pub submission: Option<SubmissionId>,
    /// The incident it was gathered in, where there is something to review.
    pub incident: Option<IncidentId>,
    /// What matched; none for a caller who may not read receipts.
    pub matches: Option<Vec<MatchReceipt>>,
}

/// What follows from what was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Conclusion {
    pub(crate) verdict: Verdict,
    /// A bank that counts or notes was hit: the bytes are kept.
    pub(crate) hit: bool,
    /// A row is written.
    pub(crate) trace: bool,
    /// A person has to look.
    pub(crate) review: bool,
    pub(crate) severity: Severity,
}

impl App {
    /// Begins to take media in. Its bytes count against the room of all uploads from the first on.
    ///
    /// # Errors
    /// Not permitted.
    pub fn begin_upload(&self, caller: &Caller) -> Result<Upload> {
        authorise(caller, Operation::Submit, Resource::Any)?;
        Ok(self.intake().room.upload())
    }

    /// The answer where the surface has no basis; none where it has one. Lets a caller skip what it has not read yet. A
    /// question that was answered here is counted, and must not be asked again with [`App::submit`].
    ///
    /// # Errors
    /// Not permitted, or the context is not as it must be.
    pub async fn decline(&self, caller: &Caller, context: &Context) -> Result<Option<Answer>> {
        authorise(caller, Operation::Submit, Resource::Any)?;
        context.check()?;
        let basis = self.holding_basis(context.surface).await?;
        Ok(basis.is_none().then(|| self.not_examined(context.surface)))
    }

    /// Examines an upload within the surface's basis, and answers.
    ///
    /// # Errors
    /// Not permitted, the context is not as it must be, the idempotency key belongs to another request, or all decoders
    /// are busy. That media cannot be decoded is no error here: see [`Answer::failure`].
    pub async fn submit(&self, caller: &Caller, submission: Submission) -> Result<Answer> {
        authorise(caller, Operation::Submit, Resource::Any)?;
        submission.context.check()?;
        check_key(submission.idempotency_key.as_deref())?;
        let surface = submission.context.surface;
        let Some(basis) = self.holding_basis(surface).await? else {
            return Ok(self.not_examined(surface));
        };
        let Submission { context, content, idempotency_key } = submission;
        let found = self.look_up(context, basis, content, self.usual_pass()).await?;
        let request = Request::new(caller, idempotency_key, &found.context, &found.evidence);
        if let Some(given) = self.given(&request).await? {
            return Ok(shown_to(caller, given));
        }
        self.count(&found);
        if found.conclusion.trace {
            let answer = self.record(caller, found, request).await?;
            fail::fail_point!("submission-before-answer");
            return Ok(shown_to(caller, answer));
        }
        if found.basis.history {
            let reference = found.context.reference();
            self.keep_history(&found.basis, &reference, &found.evidence.signals).await?;
        }
        Ok(shown_to(caller, Answer::nothing_found()))
    }

    /// What is found about an upload within a basis, hashed by this pass at first. Nothing is written.
    pub(crate) async fn look_up(
        &self,
        context: Context,
        basis: DetectionBasis,
        content: Content,
        pass: Pass,
    ) -> Result<Found> {
        let evidence = self.examine(content, &basis, pass).await?;
        let asked = asked(&basis, &evidence.signals);
        let evidence = self.exact_where_near(evidence, &asked).await?;
        let matches = self.find_matches_of(&evidence.signals, &asked).await?;
        let conclusion = self.conclude(context.surface, &matches, evidence.failure);
        Ok(Found { context, basis, received_at: self.now(), evidence, asked, matches, conclusion })
    }

    /// Answers many questions, each for itself, in their order.
    ///
    /// # Errors
    /// Not permitted, or too many.
    pub async fn submit_batch(&self, caller: &Caller, batch: Vec<Submission>) -> Result<Vec<Result<Answer>>> {
        authorise(caller, Operation::Submit, Resource::Any)?;
        if batch.len() > BATCH {
            return Err(Error::new(Code::InvalidValue, format!("a batch has {BATCH} questions at most")));
        }
        let answers = stream::iter(batch).map(|submission| self.submit(caller, submission));
        Ok(answers.buffered(AT_ONCE).collect().await)
    }

    fn not_examined(&self, surface: Surface) -> Answer {
        self.count_not_examined(surface);
        Answer { examined: false, matches: None, ..Answer::nothing_found() }
    }

    pub(crate) fn count_not_examined(&self, surface: Surface) {
        let tally = Tally { submitted: 1, not_examined: 1, ..Tally::default() };
        self.intake().counts.add(surface, self.now(), tally);
    }

    pub(crate) fn count(&self, found: &Found) {
        let tally = Tally {
            submitted: 1,
            not_examined: 0,
            matched: i64::from(found.conclusion.hit),
            undecodable: i64::from(found.evidence.failure.is_some()),
        };
        self.intake().counts.add(found.context.surface, self.now(), tally);
    }

    /// What follows from matches, and from media that could not be decoded.
    fn conclude(&self, surface: Surface, matches: &[Match], failure: Option<Failure>) -> Conclusion {
        let judgement = judge(matches);
        let settings = &self.settings.intake;
        let policy = match failure {
            None => Verdict::Allow,
            Some(_) if surface.is_private() => settings.undecodable_in_private,
            Some(_) => settings.undecodable_in_public,
        };
        let negative = judgement.negative.is_some();
        let effects = || matches.iter().map(|found| effect(found, negative));
        let hit = effects().any(|effect| matches!(effect, Effect::Counts | Effect::Notes));
        Conclusion {
            verdict: judgement.verdict.max(policy),
            hit,
            // A negative bank alone says that nothing was found. What it took the force from stays, with its receipt.
            trace: failure.is_some() || effects().any(|effect| effect != Effect::Suppresses),
            review: hit || policy > Verdict::Allow,
            severity: match judgement.verdict {
                _ if judgement.exact => Severity::High,
                Verdict::Allow => Severity::Low,
                Verdict::Review | Verdict::Block => Severity::Medium,
            },
        }
    }
}

impl Answer {
    fn nothing_found() -> Self {
        Self {
            examined: true,
            verdict: Verdict::Allow,
            failure: None,
            submission: None,
            incident: None,
            matches: Some(vec![]),
        }
    }
}

/// Reads signals by the names of their kinds, such as `pdq`, and their text: hexadecimal digits, or the lines of a vPDQ.
///
/// # Errors
/// There is none, or one is not what its kind demands. The text is not repeated: it may be a hash of material.
pub fn read_signals<'text>(named: impl IntoIterator<Item = (&'text str, &'text str)>) -> Result<Signals> {
    let mut signals = Signals::default();
    for (name, text) in named {
        let invalid = |why: String| Error::new(Code::InvalidValue, why);
        let kind: SignalKind = name.parse().map_err(|_| invalid(format!("no signal is named {name:?}")))?;
        if kind == SignalKind::Vpdq {
            let video = text.parse().map_err(|error: InvalidVpdq| invalid(error.to_string()))?;
            signals.video = Some(Arc::new(video));
            continue;
        }
        match Signal::parse(kind, text).map_err(|error| invalid(error.to_string()))? {
            Signal::Pdq(hash) => signals.pdq = Some(hash),
            Signal::Md5(digest) => signals.md5 = Some(digest),
            Signal::Sha1(digest) => signals.sha1 = Some(digest),
            Signal::Sha256(digest) => signals.sha256 = Some(digest),
        }
    }
    if signals.all().is_empty() && signals.video.is_none() {
        return Err(Error::new(Code::InvalidValue, "give at least one signal"));
    }
    Ok(signals)
}

/// Receipts hold distances: only callers with that role see them.
fn shown_to(caller: &Caller, answer: Answer) -> Answer {
    let may = permits(caller, Operation::ReadReceipts, Resource::Any);
    Answer { matches: answer.matches.filter(|_| may), ..answer }
}

/// How the banks are asked: what the basis allows, and the same again for the same media.
fn asked(basis: &DetectionBasis, signals: &Signals) -> Asked {
    let seed = signals.sha256.map(|digest| digest.to_vec());
    let seed = seed.or_else(|| signals.stored().into_iter().next().map(|signal| signal.value));
    Asked {
        perceptual: basis.techniques.contains(&Technique::PerceptualHash),
        exact: basis.techniques.contains(&Technique::ExactDigest),
        ..Asked::with_coin(coin(&seed.unwrap_or_default()))
    }
}

pub(crate) fn check_key(key: Option<&str>) -> Result<()> {
    if key.is_some_and(|key| key.is_empty() || key.len() > KEY_LENGTH) {
        return Err(Error::new(Code::InvalidValue, "an idempotency key has 1 to 255 characters"));
    }
    Ok(())
}

/// Tells one request from another under the same idempotency key.
fn request_hash(context: &impl Serialize, signals: &Signals) -> [u8; 32] {
    let mut hash = Sha256::new();
    // A context of plain strings and numbers always becomes JSON; were it not so, the signals still tell requests apart.
    hash.update(serde_json::to_vec(context).unwrap_or_default());
    for signal in signals.stored() {
        hash.update([0, signal.kind as u8]);
        hash.update(signal.value);
    }
    hash.finalize().into()
}
