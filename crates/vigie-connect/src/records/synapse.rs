//! Synapse: phone numbers and connections of a Matrix server, read through its administration.
//!
//! What it is: `GET /_synapse/admin/v2/users/{user}` for phone numbers, `GET /_synapse/admin/v1/whois/{user}` for connections,
//! the token of a server administrator in its hand. Synapse knows nothing of grants, so this adapter checks them, and narrows
//! what it read before anything is given. What it is not able to: Synapse keeps no ports, no former names or numbers, of each
//! address only when it was seen last, and it holds nothing back from deletion.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use tokio::sync::OnceCell;
use vigie_app::ports::{AccountRecords, Answer};
use vigie_app::records::{Capabilities, Criterion, Holder, Page, RecordsError};
use vigie_model::Moment;
use vigie_model::disclosure::{
    Category, Field, Grant, GrantedTask, Identifier, IdentifierKind, Record, Span,
};
use vigie_model::id::TaskId;
use vigie_seal::grants::SignedGrant;
use vigie_seal::note::VerifierKey;

use super::synapse_wire as wire;
use crate::http::{self, ConnectError};

/// How long one answer may take.
const ANSWERING: Duration = Duration::from_secs(20);

/// The most bytes of one answer.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// Of an error, so much is read.
const LARGEST_ERROR: usize = 16 * 1024;

/// So many accounts are read for one page, unless that many records come together before.
const ACCOUNTS_A_PAGE: usize = 50;
const RECORDS_A_PAGE: usize = 5_000;

/// A Matrix server, through the administration of Synapse.
pub struct Synapse {
    client: Client,
    address: Url,
    authorization: HeaderValue,
    service: String,
    desk: Vec<VerifierKey>,
    /// The part of its users' identifiers after the colon: asked once, of the server itself.
    server_name: OnceCell<String>,
}

impl Synapse {
    /// The Synapse at an address, read with the token of a server administrator. `service` is its name in grants, `desk`
    /// are the keys of those who sign them.
    ///
    /// # Errors
    /// The address cannot be called, or there is no token, or it is none.
    pub fn new(
        service: &str,
        address: &str,
        token: &str,
        desk: Vec<VerifierKey>,
    ) -> Result<Self, ConnectError> {
        if token.is_empty() {
            return Err(ConnectError::NoSecret);
        }
        let mut authorization =
            HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| ConnectError::Token)?;
        authorization.set_sensitive(true);
        Ok(Self {
            client: http::client(ANSWERING)?,
            address: http::address(address)?,
            authorization,
            service: service.to_owned(),
            desk,
            server_name: OnceCell::new(),
        })
    }

    /// What the server answers; none where it has nothing of this name. A path that it does not know is an error: taken for
    /// "no such account", it would turn every request into one about nobody.
    async fn get(&self, path: &[&str]) -> Result<Option<Vec<u8>>, RecordsError> {
        #[derive(Deserialize)]
        struct Problem {
            errcode: String,
        }
        let mut url = self.address.clone();
        url.path_segments_mut()
            .map_err(|()| RecordsError::Refused("the address takes no path".into()))?
            .pop_if_empty()
            .extend(path);
        let request = self.client.get(url).header(AUTHORIZATION, self.authorization.clone());
        let response = http::answer(request).await?;
        if response.status() == StatusCode::NOT_FOUND {
            let body = http::within(response, LARGEST_ERROR).await?.unwrap_or_default();
            let is_absent =
                serde_json::from_slice::<Problem>(&body).is_ok_and(|one| one.errcode == "M_NOT_FOUND");
            let elsewhere = || RecordsError::Refused("404: this is no administration of Synapse".into());
            return if is_absent { Ok(None) } else { Err(elsewhere()) };
        }
        let response = http::judged(response).await?;
        match http::within(response, LARGEST_ANSWER).await? {
            Some(body) => Ok(Some(body)),
            None => Err(RecordsError::TooMuch(format!("the answer is larger than {LARGEST_ANSWER} bytes"))),
        }
    }

    async fn server_name(&self) -> Result<&str, RecordsError> {
        let ask = async || {
            let body = self.get(&["_matrix", "client", "v3", "account", "whoami"]).await?;
            wire::server_name(&body.unwrap_or_default())
        };
        self.server_name.get_or_try_init(ask).await.map(String::as_str)
    }

    /// The identifier of an account on this server, by the whole of it or by its first part; none where it is of another.
    async fn user_id(&self, value: &str) -> Result<Option<String>, RecordsError> {
        let server = self.server_name().await?;
        let local = value.strip_prefix('@').unwrap_or(value);
        let local = match local.split_once(':') {
            Some((local, of)) if of == server => local,
            Some(_) => return Ok(None),
            None => local,
        };
        Ok((!local.is_empty()).then(|| format!("@{local}:{server}")))
    }

    async fn user(&self, id: &str) -> Result<Option<wire::User>, RecordsError> {
        let body = self.get(&["_synapse", "admin", "v2", "users", id]).await?;
        body.map(|body| wire::user(&body, id)).transpose()
    }

    /// The account to which a number or mail address is bound now. Synapse remembers no earlier ones.
    async fn bound_to(&self, medium: &str, address: &str) -> Result<Option<String>, RecordsError> {
        let body = self.get(&["_synapse", "admin", "v1", "threepid", medium, "users", address]).await?;
        body.map(|body| wire::user_id(&body)).transpose()
    }

    async fn holder(&self, identifier: &Identifier, span: &Span) -> Result<Vec<Holder>, RecordsError> {
        let value = identifier.value.as_str();
        let (id, bound) = match identifier.kind {
            IdentifierKind::UserId | IdentifierKind::Username => (self.user_id(value).await?, None),
            IdentifierKind::PhoneNumber => {
                let digits = value.strip_prefix('+').unwrap_or(value);
                (self.bound_to("msisdn", digits).await?, Some(("msisdn", digits.to_owned())))
            }
            IdentifierKind::MailAddress => {
                let address = value.to_lowercase();
                (self.bound_to("email", &address).await?, Some(("email", address)))
            }
            _ => return Err(RecordsError::Refused(format!("Synapse finds nobody by {}", identifier.kind))),
        };
        let Some(id) = id else { return Ok(vec![]) };
        let Some(user) = self.user(&id).await? else { return Ok(vec![]) };
        let since_created = bound.is_none();
        let from = match bound {
            None => user.created(),
            Some((medium, address)) => user.bound_since(medium, &address),
        };
        if from.is_some_and(|from| from >= span.until) {
            return Ok(vec![]);
        }
        Ok(vec![Holder { account: id, from, until: None, since_created }])
    }

    /// What a grant says, where it is genuine, holds, and is meant for this messenger.
    fn opened(&self, grant: &[u8], now: Moment) -> Result<Grant, RecordsError> {
        let refused = |why: &str| RecordsError::Refused(why.to_owned());
        let grant = SignedGrant::open(grant, &self.desk).map_err(|_| refused("the grant is not genuine"))?;
        grant.holds_at(now).map_err(|error| refused(&error.to_string()))?;
        if grant.service == self.service {
            Ok(grant)
        } else {
            Err(refused("the grant is for another messenger"))
        }
    }

    /// What was granted about one account.
    async fn records(&self, account: &str, task: &GrantedTask) -> Result<Vec<Record>, RecordsError> {
        let mut records = Vec::new();
        if task.fields.contains(&Field::PhoneNumber)
            && let Some(user) = self.user(account).await?
        {
            records.extend(user.phones(account)?);
        }
        if task.fields.contains(&Field::Address) && task.fields.contains(&Field::At) {
            let body = self.get(&["_synapse", "admin", "v1", "whois", account]).await?;
            records.extend(body.map_or(Ok(vec![]), |body| wire::connections(&body, account))?);
        }
        records.retain(|record| task.admits(record).is_ok());
        Ok(records)
    }

    async fn page(
        &self,
        grant: &[u8],
        task: TaskId,
        cursor: Option<&str>,
        now: Moment,
    ) -> Result<Page, RecordsError> {
        let grant = self.opened(grant, now)?;
        let refused = |why: &str| RecordsError::Refused(why.to_owned());
        let task = grant.task(task).ok_or_else(|| refused("the grant names no such task"))?;
        let from: usize = match cursor {
            None => 0,
            Some(cursor) => cursor.parse().map_err(|_| refused("this cursor was not given here"))?,
        };
        let mut page = Page::default();
        for (index, account) in task.subjects.iter().enumerate().skip(from) {
            if index >= from + ACCOUNTS_A_PAGE || page.records.len() >= RECORDS_A_PAGE {
                page.next = Some(index.to_string());
                break;
            }
            page.records.extend(self.records(account, task).await?);
        }
        Ok(page)
    }
}

impl AccountRecords for Synapse {
    fn capabilities(&self) -> Capabilities {
        use IdentifierKind as Kind;
        Capabilities {
            identifiers: vec![Kind::UserId, Kind::Username, Kind::PhoneNumber, Kind::MailAddress],
            groups: false,
            fields: vec![Field::PhoneNumber, Field::Address, Field::At],
            holds: false,
        }
    }

    fn resolve<'a>(
        &'a self,
        identifier: &'a Identifier,
        span: &'a Span,
        _: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>> {
        Box::pin(self.holder(identifier, span))
    }

    fn resolve_group<'a>(
        &'a self,
        _: &'a Identifier,
        _: &'a Criterion,
        _: u32,
        _: &'a Span,
        _: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>> {
        refused("Synapse is not asked about members of rooms")
    }

    fn pull<'a>(
        &'a self,
        grant: &'a [u8],
        task: TaskId,
        cursor: Option<&'a str>,
        now: Moment,
    ) -> Answer<'a, Result<Page, RecordsError>> {
        Box::pin(self.page(grant, task, cursor, now))
    }

    fn preserve<'a>(
        &'a self,
        _: &'a str,
        _: &'a [Category],
        _: Moment,
        _: &'a str,
        _: Moment,
    ) -> Answer<'a, Result<Vec<Category>, RecordsError>> {
        refused("Synapse holds nothing back from deletion")
    }

    fn lift<'a>(&'a self, _: &'a str, _: Moment) -> Answer<'a, Result<(), RecordsError>> {
        refused("Synapse holds nothing back from deletion")
    }
}

fn refused<'a, T: Send + 'a>(why: &str) -> Answer<'a, Result<T, RecordsError>> {
    Box::pin(std::future::ready(Err(RecordsError::Refused(why.to_owned()))))
}
