//! User reports: what a participant complains of. Plain now: nothing proves what was said, so a person has to look.
//!
//! Every report becomes an item of the incident of whom it is about. Reported media is evidence: it is examined under the
//! basis of reported items, and kept whether it hits a bank or not, under a hold of its own. Who reported is neither asked
//! nor kept.

use serde::{Deserialize, Serialize};
use serde_json::json;
use vigie_media::Pass;
use vigie_model::bank::Verdict;
use vigie_model::id::{IncidentId, UserReportId};
use vigie_model::incident::{ItemKind, Severity};
use vigie_model::{Caller, Operation, Surface};
use vigie_seal::ledger::Details;
use vigie_store::blobs::{self, Blob, Hold};
use vigie_store::user_reports::{self, UserReport};
use vigie_store::{Transaction, conversations};

use crate::incidents::{self, Gathered, gather};
use crate::submissions::evidence::Evidence;
use crate::submissions::record::{Found, Item, Request};
use crate::submissions::{Content, Context, Failure, check_key};
use crate::{App, Code, Error, Media, Resource, Result, Upload, authorise};

/// What a participant writes is no longer than this many bytes.
const BODY_LENGTH: usize = 10_000;
/// The messenger's code of a reason is no longer than this many bytes.
const REASON_LENGTH: usize = 100;
/// Nothing proves what was said.
const PLAIN: &str = "plain";

/// A report that comes in.
pub struct NewReport {
    /// What it is about. Its surface is [`Surface::ReportedItem`], wherever it appeared, and the form of a conversation
    /// that is known is as it is known.
    pub context: Context,
    /// Why, as the messenger's code.
    pub reason: String,
    /// What the participant wrote.
    pub body: Option<String>,
    /// The reported media.
    pub media: Option<Media>,
    /// A repetition under the same key gets the same answer and has no second effect.
    pub idempotency_key: Option<String>,
}

/// The answer about a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The report.
    pub report: UserReportId,
    /// The incident it was gathered in.
    pub incident: IncidentId,
    /// Whether its media was examined.
    pub examined: bool,
    /// What to do with the media, where it was examined.
    pub verdict: Option<Verdict>,
    /// Why it could not be decoded.
    pub failure: Option<Failure>,
}

impl App {
    /// Begins to take reported media in.
    ///
    /// # Errors
    /// Not permitted.
    pub fn begin_reported_upload(&self, caller: &Caller) -> Result<Upload> {
        authorise(caller, Operation::HandInReports, Resource::Any)?;
        Ok(self.intake().room.upload())
    }

    /// Takes a participant's report.
    ///
    /// # Errors
    /// Not permitted, the report is not as it must be, or the idempotency key belongs to another request.
    pub async fn hand_in_report(&self, caller: &Caller, report: NewReport) -> Result<Received> {
        authorise(caller, Operation::HandInReports, Resource::Any)?;
        check(&report)?;
        let NewReport { context, reason, body, media, idempotency_key } = report;
        let context = self.with_known_kind(Context { surface: Surface::ReportedItem, ..context }).await?;
        let told = Told { reason, body };
        let has_media = media.is_some();
        let found = match media {
            Some(media) => self.look_at(&context, media).await?,
            None => None,
        };
        let nothing = Evidence::default();
        let evidence = found.as_ref().map_or(&nothing, |found| &found.evidence);
        let request = Request::new(caller, idempotency_key, &(&context, &told), evidence);
        if let Some(given) = self.given(&request).await? {
            return Ok(given);
        }
        match &found {
            Some(found) => self.count(found),
            None if has_media => self.count_not_examined(context.surface),
            None => {}
        }
        let blob = match found.as_ref().and_then(|found| found.evidence.media.as_ref()) {
            Some(media) => Some(self.seal(media, "user_report", evidence).await?),
            None => None,
        };
        match self.write_report(caller, &context, told, found.as_ref(), blob.as_ref(), &request).await {
            // The same request was answered while this one was under way: nothing of ours was written.
            Err(error) if error.code() == Code::KeyReused => self.given(&request).await?.ok_or(error),
            done => done,
        }
    }

    /// A report need not tell the form of a conversation that is known.
    async fn with_known_kind(&self, mut context: Context) -> Result<Context> {
        if let Some(named) = &mut context.conversation {
            let mut reader = self.store.read().await?;
            let known = conversations::find_by_reference(&mut reader, &context.service, &named.id).await?;
            named.kind = known.map_or(named.kind, |known| known.kind);
        }
        Ok(context)
    }

    /// Examines reported media; none where no basis holds: then it is not kept either.
    async fn look_at(&self, context: &Context, media: Media) -> Result<Option<Found>> {
        let Some(basis) = self.holding_basis(context.surface).await? else { return Ok(None) };
        // What is reported is kept with its hash whatever is found: it must be the exact one.
        let mut found = self.look_up(context.clone(), basis, Content::Media(media), Pass::Exact).await?;
        found.conclusion.severity = found.conclusion.severity.max(Severity::Medium);
        Ok(Some(found))
    }

    async fn write_report(
        &self,
        caller: &Caller,
        context: &Context,
        told: Told,
        found: Option<&Found>,
        blob: Option<&Blob>,
        request: &Request,
    ) -> Result<Received> {
        let report = self.row_of(context, told);
        let mut tx = self.store.begin().await?;
        user_reports::insert(&mut tx, &report).await?;
        if let Some(blob) = blob {
            blobs::insert(&mut tx, blob).await?;
            let reason = format!("user_report:{}", report.id);
            let hold = Hold { reason, placed_at: self.now(), until: None };
            blobs::place_hold(&mut tx, blob.id, &hold).await?;
        }
        let gathered = self.gather_report(&mut tx, context, &report, found, blob).await?;
        let received = Received {
            report: report.id,
            incident: gathered.incident,
            examined: found.is_some(),
            verdict: found.map(|found| found.conclusion.verdict),
            failure: found.and_then(|found| found.evidence.failure),
        };
        self.keep_answer(&mut tx, request, &received).await?;
        let entry =
            Details::new(caller, "user_report.received", format!("user_report:{}", report.id), self.now());
        tx.commit(&entry.with(json!({
            "proof": report.proof,
            "incident": received.incident,
            "examined": received.examined,
            "verdict": received.verdict,
        })))
        .await?;
        Ok(received)
    }

    fn row_of(&self, context: &Context, told: Told) -> UserReport {
        UserReport {
            id: UserReportId::fresh(&*self.ids),
            service: context.service.clone(),
            account: context.account_id(),
            conversation: context.conversation_id(),
            message: context.message_id.clone(),
            reason: told.reason,
            body: told.body,
            proof: PLAIN.to_owned(),
            received_at: self.now(),
        }
    }

    async fn gather_report(
        &self,
        tx: &mut Transaction,
        context: &Context,
        report: &UserReport,
        found: Option<&Found>,
        blob: Option<&Blob>,
    ) -> Result<Gathered> {
        let media = blob.map(|blob| blob.id);
        if let Some(found) = found {
            let written = self.write_submission(tx, found, media).await?;
            let item = Item { kind: ItemKind::UserReport, report: Some(report.id), media };
            return self.gather_submission(tx, found, &written, item).await;
        }
        let subject = context.subject();
        let subject = subject.ok_or_else(|| Error::new(Code::InvalidValue, "nobody is named"))?;
        let found = incidents::Found {
            subject,
            severity: Severity::Medium,
            reach: self.meet_conversation(tx, context).await?,
            kind: ItemKind::UserReport,
            submission: None,
            report: Some(report.id),
            media: None,
            pivots: vec![],
            labels: vec![],
        };
        gather(self, tx, found).await
    }
}

/// What the participant told.
#[derive(Serialize)]
struct Told {
    reason: String,
    body: Option<String>,
}

fn check(report: &NewReport) -> Result<()> {
    report.context.check()?;
    check_key(report.idempotency_key.as_deref())?;
    let reason = report.reason.trim();
    if reason.is_empty() || reason.len() > REASON_LENGTH {
        return Err(Error::new(Code::InvalidValue, format!("a reason has 1 to {REASON_LENGTH} bytes")));
    }
    if report.body.as_ref().is_some_and(|body| body.len() > BODY_LENGTH) {
        return Err(Error::new(
            Code::InvalidValue,
            format!("a report has {BODY_LENGTH} bytes of text at most"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
