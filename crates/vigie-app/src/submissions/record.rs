//! What leaves a trace, written: bytes first, durable in the vault, then every row in one transaction with its ledger entry.

use serde_json::json;
use vigie_model::bank::Label;
use vigie_model::conversation::{Conversation, ConversationKind};
use vigie_model::id::{BlobId, ConversationId, SubmissionId};
use vigie_model::incident::ItemKind;
use vigie_model::surface::DetectionBasis;
use vigie_model::{Caller, Moment};
use vigie_seal::ledger::Details;
use vigie_store::blobs::{self, Blob};
use vigie_store::idempotency::{self, Given};
use vigie_store::submissions::{self, KeptMatch, KeptSignal};
use vigie_store::{Transaction, conversations};

use super::evidence::Evidence;
use super::{Answer, Conclusion, Context, request_hash};
use crate::incidents::{self, Gathered, gather};
use crate::matching::{Asked, Effect, Match, MatchReceipt};
use crate::{App, Code, Error, Media, Result};

/// Waves form over the nearest entries; an upload that resembles many says nothing by the rest.
const PIVOTS: usize = 8;

/// What an answer is kept under, so that a repetition finds it.
pub(crate) struct Request {
    actor: String,
    key: Option<String>,
    hash: [u8; 32],
}

impl Request {
    pub(crate) fn new(
        caller: &Caller,
        key: Option<String>,
        context: &impl serde::Serialize,
        evidence: &Evidence,
    ) -> Self {
        Self { actor: caller.actor(), key, hash: request_hash(context, &evidence.signals) }
    }
}

/// What was found about an upload, and what follows.
pub(crate) struct Found {
    pub(crate) context: Context,
    pub(crate) basis: DetectionBasis,
    /// When it came in.
    pub(crate) received_at: Moment,
    pub(crate) evidence: Evidence,
    pub(crate) asked: Asked,
    pub(crate) matches: Vec<Match>,
    pub(crate) conclusion: Conclusion,
}

/// The rows of a submission that were written.
pub(crate) struct Written {
    pub(crate) id: SubmissionId,
    pub(crate) receipts: Vec<MatchReceipt>,
}

impl App {
    /// The answer that was given to this request before.
    ///
    /// # Errors
    /// [`Code::KeyReused`] when the key belongs to another request.
    pub(crate) async fn given<A: serde::de::DeserializeOwned>(&self, request: &Request) -> Result<Option<A>> {
        let Some(key) = &request.key else { return Ok(None) };
        let given = idempotency::find(&mut self.store.read().await?, &request.actor, key).await?;
        let Some(given) = given else { return Ok(None) };
        if given.request_hash != request.hash {
            return Err(Error::new(Code::KeyReused, "this idempotency key was used for another request"));
        }
        let answer = serde_json::from_str(&given.response);
        answer.map(Some).map_err(|source| Error::internal("read an answer that was given", source))
    }

    /// Keeps the answer for repetitions, in the transaction of what it answers.
    pub(crate) async fn keep_answer(
        &self,
        tx: &mut Transaction,
        request: &Request,
        answer: &impl serde::Serialize,
    ) -> Result<()> {
        let Some(key) = &request.key else { return Ok(()) };
        let response =
            serde_json::to_string(answer).map_err(|source| Error::internal("write an answer", source))?;
        let given = Given { request_hash: request.hash, response };
        idempotency::insert(tx, &request.actor, key, &given, self.now()).await.map_err(|error| {
            if error.is_duplicate() {
                return Error::new(Code::KeyReused, "this idempotency key is being used").because(error);
            }
            error.into()
        })
    }

    /// Seals the bytes, writes what was found and gathers it, all durable when this returns.
    pub(super) async fn record(&self, caller: &Caller, found: Found, request: Request) -> Result<Answer> {
        let media = found.evidence.media.as_ref().filter(|_| found.conclusion.hit);
        let blob = match media {
            Some(media) => Some(self.seal(media, "submission", &found.evidence).await?),
            None => None,
        };
        match self.record_once(caller, &found, blob.as_ref(), &request).await {
            // The same request was answered while this one was under way: nothing of ours was written.
            Err(error) if error.code() == Code::KeyReused => self.given(&request).await?.ok_or(error),
            done => done,
        }
    }

    async fn record_once(
        &self,
        caller: &Caller,
        found: &Found,
        blob: Option<&Blob>,
        request: &Request,
    ) -> Result<Answer> {
        let mut tx = self.store.begin().await?;
        if let Some(blob) = blob {
            blobs::insert(&mut tx, blob).await?;
        }
        let written = self.write_submission(&mut tx, found, blob.map(|blob| blob.id)).await?;
        let gathered = if found.conclusion.review {
            let item = Item { kind: ItemKind::Submission, report: None, media: blob.map(|blob| blob.id) };
            Some(self.gather_submission(&mut tx, found, &written, item).await?)
        } else {
            None
        };
        let answer = Answer {
            examined: true,
            verdict: found.conclusion.verdict,
            failure: found.evidence.failure,
            submission: Some(written.id),
            incident: gathered.map(|gathered| gathered.incident),
            matches: Some(written.receipts),
        };
        self.keep_answer(&mut tx, request, &answer).await?;
        let entry =
            Details::new(caller, "submission.recorded", format!("submission:{}", written.id), self.now());
        tx.commit(&entry.with(json!({
            "surface": found.context.surface,
            "basis": found.basis.id,
            "verdict": found.conclusion.verdict,
            "failure": found.evidence.failure,
            "matches": found.matches.len(),
            "incident": answer.incident,
        })))
        .await?;
        Ok(answer)
    }

    /// Seals bytes into the vault. They are durable when this returns, and no row speaks of them yet.
    pub(crate) async fn seal(&self, media: &Media, purpose: &str, evidence: &Evidence) -> Result<Blob> {
        let mime = evidence.mime().unwrap_or("application/octet-stream");
        let sha256 = evidence.signals.sha256.unwrap_or_default();
        self.keep_evidence(purpose, mime, media.bytes.clone(), sha256).await
    }

    /// Writes the rows of a submission.
    pub(crate) async fn write_submission(
        &self,
        tx: &mut Transaction,
        found: &Found,
        blob: Option<BlobId>,
    ) -> Result<Written> {
        let signals = &found.evidence.signals;
        let receipts = self.match_receipts(tx, signals, &found.asked, &found.matches).await?;
        let row = self.row(found, blob)?;
        submissions::insert(tx, &row).await?;
        for signal in signals.stored() {
            let kept = KeptSignal { kind: signal.kind, value: signal.value };
            submissions::insert_signal(tx, row.id, &kept).await?;
        }
        for ((position, receipt), found) in (0..).zip(&receipts).zip(&found.matches) {
            let kept = KeptMatch {
                kind: i64::from(found.kind as u8),
                bank: receipt.bank,
                entry: receipt.entry,
                distance: i64::from(receipt.distance),
                receipt: serde_json::to_string(receipt)
                    .map_err(|source| Error::internal("write a match receipt", source))?,
            };
            submissions::insert_match(tx, row.id, position, &kept).await?;
        }
        Ok(Written { id: row.id, receipts })
    }

    fn row(&self, found: &Found, blob: Option<BlobId>) -> Result<submissions::Submission> {
        let context = &found.context;
        let picture = found.evidence.picture.as_ref();
        let sides = found.evidence.sides();
        Ok(submissions::Submission {
            id: SubmissionId::fresh(&*self.ids),
            surface: context.surface,
            basis: found.basis.id,
            service: context.service.clone(),
            context: serde_json::to_string(context)
                .map_err(|source| Error::internal("write a context", source))?,
            account: context.account_id(),
            conversation: context.conversation_id(),
            message: context.message_id.clone(),
            media_reference: context.media_id.clone(),
            sent_at: context.sent_at,
            received_at: found.received_at,
            mime: found.evidence.mime().map(str::to_owned),
            width: sides.map(|(width, _)| i64::from(width)),
            height: sides.map(|(_, height)| i64::from(height)),
            quality: picture.map(|picture| i64::from(picture.quality)),
            failure: found.evidence.failure.map(|failure| failure.name().to_owned()),
            verdict: found.conclusion.verdict,
            blob,
            index_version: i64::try_from(self.index_version()).unwrap_or(i64::MAX),
        })
    }

    /// Puts a submission into the incident of its subject.
    pub(crate) async fn gather_submission(
        &self,
        tx: &mut Transaction,
        found: &Found,
        written: &Written,
        item: Item,
    ) -> Result<Gathered> {
        let subject = found.context.subject();
        let subject = subject.ok_or_else(|| Error::new(Code::InvalidValue, "nobody is named"))?;
        let reach = self.meet_conversation(tx, &found.context).await?;
        let found = incidents::Found {
            subject,
            severity: found.conclusion.severity,
            reach,
            kind: item.kind,
            submission: Some(written.id),
            report: item.report,
            media: item.media,
            pivots: pivots(&written.receipts),
            labels: labels(&written.receipts),
        };
        gather(self, tx, found).await
    }

    /// Makes the conversation of an upload known, so that it has a page, and tells how many people it reaches.
    pub(crate) async fn meet_conversation(&self, tx: &mut Transaction, context: &Context) -> Result<i64> {
        let Some(named) = &context.conversation else { return Ok(0) };
        let known = conversations::find_by_reference(tx, &context.service, &named.id).await?;
        if let Some(known) = known {
            return Ok(known.members.unwrap_or_else(|| least_reach(known.kind)));
        }
        let now: Moment = self.now();
        let met = Conversation {
            id: ConversationId::fresh(&*self.ids),
            service: context.service.clone(),
            reference: named.id.clone(),
            kind: named.kind,
            title: named.name.clone(),
            description: None,
            owner: None,
            administrators: vec![],
            invite_link: None,
            linked: vec![],
            members: None,
            first_seen: now,
            updated_at: now,
        };
        conversations::upsert(tx, &met).await?;
        Ok(least_reach(named.kind))
    }
}

/// What an upload has in common with others: the entries it resembles, each once, the nearest first.
fn pivots(receipts: &[MatchReceipt]) -> Vec<String> {
    let mut entries = Vec::new();
    for receipt in receipts {
        if receipt.effect != Effect::Suppresses && !entries.contains(&receipt.entry) {
            entries.push(receipt.entry);
        }
    }
    entries.into_iter().take(PIVOTS).map(|entry| format!("entry:{entry}")).collect()
}

/// The labels of what an upload matched.
fn labels(receipts: &[MatchReceipt]) -> Vec<Label> {
    let count = receipts.iter().filter(|receipt| receipt.effect != Effect::Suppresses);
    count.flat_map(|receipt| receipt.labels.iter().cloned()).collect()
}

/// What an incident's item is made of besides the submission.
pub(crate) struct Item {
    pub(crate) kind: ItemKind,
    pub(crate) report: Option<vigie_model::id::UserReportId>,
    pub(crate) media: Option<BlobId>,
}

/// How many people a conversation reaches for sure, when nobody told.
fn least_reach(kind: ConversationKind) -> i64 {
    match kind {
        ConversationKind::Direct => 2,
        ConversationKind::Group | ConversationKind::Channel => 0,
    }
}
