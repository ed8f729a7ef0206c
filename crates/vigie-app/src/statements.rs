//! What a user is told who asks what was disclosed of their account: a signed statement of what may be told.
//!
//! What it is: the notices that were prepared for the account, or the one sentence that there is none. While silence stands about a
//! request nothing of it is kept by the account, so that there is nothing here that could differ. What it is not: a proof that nothing
//! was disclosed, and it says so.

use serde::{Deserialize, Serialize};
use vigie_formats::request::letters::AccountStatement as Nothing;
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::canonical;
use vigie_seal::envelope::Envelope;
use vigie_store::request_keys::RequestPart;
use vigie_store::{log, user_notices};

use crate::letters::{self, BothLanguages};
use crate::{App, Code, Error, Resource, Result, authorise};

/// What the envelope of a statement says it holds.
pub const PAYLOAD_TYPE: &str = "application/vnd.vigie.account-statement.v1+json";
/// How many disclosures one statement tells of.
const LISTED: i64 = 100;
/// The longest name of a service or an account.
const LONGEST: usize = 1_000;

/// What may be told of the disclosures of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountStatement {
    /// The version of this form: 1.
    pub version: u32,
    /// The messenger.
    pub service: String,
    /// The account, as the messenger names it.
    pub account: String,
    /// When it was made.
    pub at: Moment,
    /// The size of the published ledger up to which it is said.
    pub ledger_size: u64,
    /// The root of the ledger at that size, in hexadecimal digits.
    pub ledger_root: String,
    /// What may be told, the oldest first: the texts of the notices.
    pub disclosures: Vec<BothLanguages>,
    /// The sentence where there is nothing that may be told; none where there is.
    pub nothing: Option<BothLanguages>,
}

impl App {
    /// Whether the caller may ask for statements at all: asked before anything of theirs is read.
    ///
    /// # Errors
    /// Not permitted.
    pub fn may_ask_statements(&self, caller: &Caller) -> Result<()> {
        authorise(caller, Operation::ReadStatements, Resource::Any)
    }

    /// States what was disclosed of an account, as far as it may be told, signed by the key of the disclosure desk.
    ///
    /// # Errors
    /// Not permitted, or no account is named.
    pub async fn account_statement(&self, caller: &Caller, service: &str, account: &str) -> Result<Vec<u8>> {
        authorise(caller, Operation::ReadStatements, Resource::Any)?;
        let is_name = |text: &str| !text.trim().is_empty() && text.len() <= LONGEST;
        if !is_name(service) || !is_name(account) {
            return Err(Error::new(Code::InvalidValue, "name the messenger and the account"));
        }
        let hash = self.blinded(crate::gags::TOLD, service, account)?;
        let epoch = self.known_epoch().await?;
        let mut reader = self.store.read().await?;
        let notices = user_notices::about(&mut reader, hash, LISTED).await?;
        let (ledger_size, ledger_root) = match epoch {
            None => (0, String::new()),
            Some(epoch) => match log::published(&mut reader, &epoch).await? {
                None => (0, String::new()),
                Some(published) => {
                    let root = log::root(&mut reader, &epoch, published.size).await?;
                    (published.size, hex::encode(root))
                }
            },
        };
        drop(reader);
        let mut disclosures: Vec<BothLanguages> = Vec::new();
        for notice in &notices {
            let secrets = self.secrets(notice.request, RequestPart::Whole).await?;
            disclosures.push(secrets.open(&notice.text)?);
        }
        let at = self.now();
        let none = Nothing { account: account.to_owned(), ledger_size, ledger_root: ledger_root.clone() };
        let nothing = disclosures.is_empty().then(|| letters::account_statement(self, &none, at));
        let (service, account) = (service.to_owned(), account.to_owned());
        let statement = AccountStatement {
            version: 1,
            service,
            account,
            at,
            ledger_size,
            ledger_root,
            disclosures,
            nothing,
        };
        let text = canonical::to_string(&statement)
            .map_err(|source| Error::internal("write a statement on an account", source))?;
        Ok(Envelope::sign(PAYLOAD_TYPE, text.into_bytes(), &self.disclosure_key()?).to_bytes())
    }
}

#[cfg(test)]
mod tests;
