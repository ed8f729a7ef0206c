//! What users are told: prepared where nothing forbids it, sent by a person.
//!
//! What it is not: a way to send one. While silence stands nothing of a notice is listed, counted or opened here.

use serde::{Deserialize, Serialize};
use serde_json::json;
use vigie_formats::request::letters as papers;
use vigie_model::disclosure::{Field, Instrument, Request, Span};
use vigie_model::id::{LetterId, RequestId};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::request_keys::RequestPart;
use vigie_store::user_notices::{self, UserNotice};
use vigie_store::{Read, Transaction, gags, requests};

use super::{Gag, LISTED};
use crate::letters::{self, BothLanguages};
use crate::requests::{Secrets, object};
use crate::{App, Code, Error, Resource, Result, authorise, regimes};

/// What left of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Disclosed {
    /// The messenger.
    pub(crate) service: String,
    /// The account.
    pub(crate) account: String,
    /// What left.
    pub(crate) fields: Vec<Field>,
    /// Of which time.
    pub(crate) span: Option<Span>,
    /// When.
    pub(crate) at: Moment,
}

/// A notice without whom it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedNotice {
    /// Its identifier.
    pub id: LetterId,
    /// The request.
    pub request: RequestId,
    /// The number of the request.
    pub number: i64,
    /// The number that the authority gave it.
    pub reference: String,
    /// Who asked.
    pub authority_name: String,
    /// When it was prepared.
    pub prepared_at: Moment,
    /// From when on it is to be sent.
    pub due_at: Moment,
    /// When it was sent; none of what waits.
    pub sent_at: Option<Moment>,
}

impl ListedNotice {
    fn of(notice: &UserNotice, request: &Request) -> Self {
        Self {
            id: notice.id,
            request: request.id,
            number: request.number,
            reference: request.reference.clone(),
            authority_name: request.authority_name.clone(),
            prepared_at: notice.prepared_at,
            due_at: notice.due_at,
            sent_at: notice.sent_at,
        }
    }
}

/// A notice that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenUserNotice {
    /// Of which request it is, and how it stands.
    pub listed: ListedNotice,
    /// The messenger and the account.
    pub to: (String, String),
    /// What its user is told.
    pub text: BothLanguages,
}

/// What is known after a release: whose data left. Where silence stands it is kept until that ends; where nothing forbids it, what
/// the users are told is prepared. Where the authority informs, nothing is. Gives how many notices were prepared.
pub(crate) async fn disclosed(
    app: &App,
    tx: &mut Transaction,
    (request, instrument): (&Request, &Instrument),
    left: &[Disclosed],
) -> Result<usize> {
    let rules = app.rules_of(request)?;
    if !regimes::informs_user(rules, instrument).by_house {
        return Ok(0);
    }
    let secrets = app.secrets(request.id, RequestPart::Whole).await?;
    match gags::of_request(tx, request.id).await? {
        Some(mut gag) if gag.ended_at.is_none() => {
            gag.accounts = Some(secrets.seal(&left)?);
            gags::update(tx, &gag).await?;
            Ok(0)
        }
        ended => prepare(app, tx, (request, instrument, &secrets), ended.as_ref(), left).await,
    }
}

/// Prepares what users are told once silence has ended. Gives for how many.
pub(super) async fn after_silence(
    app: &App,
    tx: &mut Transaction,
    request: &Request,
    gag: &Gag,
) -> Result<usize> {
    let Some(sealed) = &gag.accounts else { return Ok(0) };
    let secrets = app.secrets(request.id, RequestPart::Whole).await?;
    let left: Vec<Disclosed> = secrets.open(sealed)?;
    let instrument = secrets.open(&requests::sealed(tx, request.id).await?.instrument)?;
    prepare(app, tx, (request, &instrument, &secrets), Some(gag), &left).await
}

async fn prepare(
    app: &App,
    tx: &mut Transaction,
    (request, instrument, secrets): (&Request, &Instrument, &Secrets),
    silence: Option<&Gag>,
    left: &[Disclosed],
) -> Result<usize> {
    let now = app.now();
    for one in left {
        let told = papers::UserNotice {
            account: one.account.clone(),
            authority: Some(request.authority_name.clone()),
            legal_bases: instrument.legal_bases.clone(),
            disclosed_at: Some(one.at),
            fields: one.fields.clone(),
            span: one.span,
            silence: silence.map(|gag| (gag.basis.clone(), gag.ended_at.unwrap_or(now))),
            remedies: app.settings.disclosure.contact.remedies().to_vec(),
            ledger_entry: None,
        };
        let text = letters::user_notice(app, request, &told);
        let notice = UserNotice {
            id: LetterId::fresh(&*app.ids),
            request: request.id,
            account: secrets.seal(&(&one.service, &one.account))?,
            text: secrets.seal(&text)?,
            due_at: now,
            prepared_at: now,
            sent_at: None,
        };
        let hash = app.blinded(TOLD, &one.service, &one.account)?;
        user_notices::insert(tx, &notice, hash).await?;
    }
    Ok(left.len())
}

/// For what accounts of notices are hashed.
pub(crate) const TOLD: &str = "user_notice";

impl App {
    /// Notices to users that wait to be sent, the next due first, a page from so many on. While silence stands about a request
    /// it has none.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn user_notices(&self, caller: &Caller, offset: i64) -> Result<Vec<ListedNotice>> {
        authorise(caller, Operation::ReadRequests, Resource::Any)?;
        let page = (offset.max(0), LISTED);
        let mut reader = self.store.read().await?;
        let waiting = user_notices::waiting(&mut reader, page).await?;
        let ids: Vec<RequestId> = waiting.iter().map(|notice| notice.request).collect();
        let found = requests::find_all(&mut reader, &ids).await?;
        let listed = |notice: &UserNotice| {
            let request = found.iter().find(|request| request.id == notice.request)?;
            Some(ListedNotice::of(notice, request))
        };
        Ok(waiting.iter().filter_map(listed).collect())
    }

    /// How many notices wait to be sent.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn waiting_user_notices(&self, caller: &Caller) -> Result<i64> {
        authorise(caller, Operation::ReadRequests, Resource::Any)?;
        Ok(user_notices::count_waiting(&mut self.store.read().await?).await?)
    }

    /// The notices of a request, sent or not; none while silence stands about it.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn user_notices_of(&self, caller: &Caller, id: RequestId) -> Result<Vec<ListedNotice>> {
        authorise(caller, Operation::ReadRequests, Resource::Any)?;
        let mut reader = self.store.read().await?;
        if is_silent(&mut reader, id).await? {
            return Ok(vec![]);
        }
        let request = crate::requests::find(&mut reader, id).await?;
        let notices = user_notices::of_request(&mut reader, id).await?;
        Ok(notices.iter().map(|notice| ListedNotice::of(notice, &request)).collect())
    }

    /// One notice with whom it is for. That somebody looks is written down first.
    ///
    /// # Errors
    /// Not permitted, no such notice, or silence stands about the request: then it is as if there were none.
    pub async fn user_notice(&self, caller: &Caller, id: LetterId) -> Result<OpenUserNotice> {
        authorise(caller, Operation::ReadRequests, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let notice = find(&mut tx, id).await?;
        if is_silent(&mut tx, notice.request).await? {
            return Err(Error::not_found("notice"));
        }
        let request = crate::requests::find(&mut tx, notice.request).await?;
        tx.commit(&Details::new(caller, "user_notice.viewed", object(notice.request), self.now())).await?;
        let secrets = self.secrets(notice.request, RequestPart::Whole).await?;
        Ok(OpenUserNotice {
            listed: ListedNotice::of(&notice, &request),
            to: secrets.open(&notice.account)?,
            text: secrets.open(&notice.text)?,
        })
    }

    /// Notes that a person sent a notice to its user. No program sends one.
    ///
    /// # Errors
    /// Not permitted, no such notice, it was sent before, or silence stands about the request.
    pub async fn note_user_told(&self, caller: &Caller, id: LetterId) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let notice = find(&mut tx, id).await?;
        if is_silent(&mut tx, notice.request).await? {
            return Err(Error::new(Code::WrongState, "silence stands about this request"));
        }
        if !user_notices::note_sent(&mut tx, id, self.now()).await? {
            return Err(Error::new(Code::WrongState, "it was sent before"));
        }
        let waited = self.now().since(notice.prepared_at).as_secs() / (24 * 60 * 60);
        let entry = Details::new(caller, "user_notice.sent", object(notice.request), self.now());
        tx.commit(&entry.with(json!({ "days": waited }))).await?;
        Ok(())
    }
}

async fn is_silent(read: &mut impl Read, request: RequestId) -> Result<bool> {
    Ok(gags::of_request(read, request).await?.is_some_and(|gag| gag.ended_at.is_none()))
}

async fn find(tx: &mut Transaction, id: LetterId) -> Result<UserNotice> {
    user_notices::find(tx, id).await?.ok_or_else(|| Error::not_found("notice"))
}
