//! Exchanges: where a bank will get its entries from. Configuration and status now; nothing is fetched yet.
//!
//! To add a kind of exchange: a line in [`KINDS`] with its fields.

use serde_json::{Map, Value};
use vigie_model::bank::BankName;
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
pub use vigie_store::exchanges::Exchange;
use vigie_store::{Read, Reader, banks as bank_rows, exchanges};

use crate::hma::{bank_name, new_bank, not_of_the_desk};
use crate::{App, Code, Error, Resource, Result, authorise, banks};

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A whole number.
    Number,
    /// A text.
    Text,
}

/// A field of a configuration or of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// What it means, for who fills it in.
    pub help: &'static str,
}

/// A kind of exchange. Every field is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// What an exchange of this kind must know.
    pub configuration: &'static [Field],
    /// What it signs in with; none where it needs no sign-in.
    pub credentials: Option<&'static [Field]>,
}

/// Every kind of exchange.
pub const KINDS: [Kind; 2] = [
    Kind { name: "sample", configuration: &[], credentials: None },
    Kind {
        name: "fb_threatexchange",
        configuration: &[Field {
            name: "privacy_group",
            kind: FieldKind::Number,
            help: "ThreatPrivacyGroup ID for this collaboration",
        }],
        credentials: Some(&[Field { name: "api_token", kind: FieldKind::Text, help: "" }]),
    },
];

impl App {
    /// Makes an exchange and the bank that it fills.
    ///
    /// # Errors
    /// Not permitted, a name that is not allowed or taken, an unknown kind, or a configuration that it does not take.
    pub async fn make_exchange(
        &self,
        caller: &Caller,
        name: &str,
        api: &str,
        configuration: &Map<String, Value>,
    ) -> Result<Exchange> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        let name = bank_name(name)?;
        let kind = kind(api).map_err(|_| invalid(&format!("No such exchange type '{api}'")))?;
        let wrong = || {
            invalid("Failed to parse `api_json` - did you provide all the fields needed for your api cls?")
        };
        let enabled = configuration.get("enabled").map_or(Some(true), Value::as_bool).ok_or_else(wrong)?;
        let configuration = fields(kind.configuration, configuration).ok_or_else(wrong)?;
        let bank = new_bank(self, caller, name.clone(), 1.0)?;
        let exchange = Exchange {
            name,
            bank: bank.id,
            api: kind.name.to_owned(),
            enabled,
            configuration: Value::Object(configuration),
            created_at: self.now(),
        };
        let mut tx = self.store.begin().await?;
        banks::insert(&mut tx, &bank).await?;
        exchanges::insert(&mut tx, &exchange).await.map_err(|error| match error.is_duplicate() {
            true => Error::new(Code::NameTaken, format!("an exchange is named {} already", exchange.name)),
            false => error.into(),
        })?;
        tx.commit(&Details::new(caller, "exchange.made", object(&exchange.name), self.now())).await?;
        self.show_bank_changes().await;
        Ok(exchange)
    }

    /// Every exchange, by name.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn exchanges(&self, caller: &Caller) -> Result<Vec<Exchange>> {
        Ok(exchanges::list(&mut self.exchange_reader(caller).await?).await?)
    }

    /// The exchange of this name.
    ///
    /// # Errors
    /// Not permitted, or no such exchange.
    pub async fn exchange(&self, caller: &Caller, name: &str) -> Result<Exchange> {
        find(&mut self.exchange_reader(caller).await?, name).await
    }

    /// Switches an exchange on or off.
    ///
    /// # Errors
    /// Not permitted, or no such exchange.
    pub async fn switch_exchange(&self, caller: &Caller, name: &str, enabled: bool) -> Result<Exchange> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let exchange = find(&mut tx, name).await?;
        exchanges::switch(&mut tx, &exchange.name, enabled).await?;
        tx.commit(&Details::new(caller, "exchange.switched", object(&exchange.name), self.now())).await?;
        Ok(Exchange { enabled, ..exchange })
    }

    /// Deletes an exchange with the bank that it fills, unless the desk adopted the bank: that stays. One that is not
    /// there is deleted already.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn delete_exchange(&self, caller: &Caller, name: &str) -> Result<()> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        let Ok(name) = name.parse::<BankName>() else { return Ok(()) };
        let mut tx = self.store.begin().await?;
        let Some(exchange) = exchanges::find(&mut tx, &name).await? else { return Ok(()) };
        let bank = bank_rows::find(&mut tx, exchange.bank).await?;
        match bank.filter(|bank| not_of_the_desk(bank).is_ok()) {
            Some(bank) => banks::remove(self, &mut tx, bank.id).await?,
            None => exchanges::remove(&mut tx, &name).await?,
        }
        tx.commit(&Details::new(caller, "exchange.removed", object(&name), self.now())).await?;
        self.show_bank_changes().await;
        Ok(())
    }

    /// A kind of exchange, and whether its credentials are kept.
    ///
    /// # Errors
    /// Not permitted, or an unknown kind.
    pub async fn exchange_kind(&self, caller: &Caller, api: &str) -> Result<(Kind, bool)> {
        let mut reader = self.exchange_reader(caller).await?;
        let kind = kind(api)?;
        Ok((kind, exchanges::has_credentials(&mut reader, kind.name).await?))
    }

    /// Keeps the credentials of a kind of exchange, sealed; none or an empty object forgets them.
    ///
    /// # Errors
    /// Not permitted, an unknown kind, or credentials that it does not take.
    pub async fn keep_exchange_credentials(
        &self,
        caller: &Caller,
        api: &str,
        credentials: &Map<String, Value>,
    ) -> Result<()> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        let kind = kind(api)?;
        let sealed = match credentials.is_empty() {
            true => None,
            false => {
                let taken = kind.credentials.and_then(|known| fields(known, credentials));
                let taken =
                    taken.ok_or_else(|| invalid("the credentials are not those of this exchange type"))?;
                Some(self.store.credentials_key().seal(Value::Object(taken).to_string().as_bytes())?)
            }
        };
        let mut tx = self.store.begin().await?;
        exchanges::keep_credentials(&mut tx, kind.name, sealed.as_deref()).await?;
        let action = if sealed.is_some() { "credentials.kept" } else { "credentials.forgotten" };
        tx.commit(&Details::new(caller, action, format!("exchange_api:{}", kind.name), self.now())).await?;
        Ok(())
    }

    async fn exchange_reader(&self, caller: &Caller) -> Result<Reader> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        Ok(self.store.read().await?)
    }
}

fn object(name: &BankName) -> String {
    format!("exchange:{name}")
}

fn kind(name: &str) -> Result<Kind> {
    let found = KINDS.into_iter().find(|kind| kind.name == name);
    found.ok_or_else(|| Error::new(Code::NotFound, format!("no such Exchange API '{name}'")))
}

async fn find(read: &mut impl Read, name: &str) -> Result<Exchange> {
    let missing = || Error::new(Code::NotFound, format!("Exchange '{name}' not found"));
    let parsed: BankName = name.parse().map_err(|_| missing())?;
    exchanges::find(read, &parsed).await?.ok_or_else(missing)
}

/// The known fields of an object; none where one is missing, of another kind, or unknown.
fn fields(known: &[Field], given: &Map<String, Value>) -> Option<Map<String, Value>> {
    let general = ["name", "api", "enabled"];
    let is_known = |name: &String| {
        general.contains(&name.as_str()) || known.iter().any(|field| field.name == name.as_str())
    };
    if !given.keys().all(is_known) {
        return None;
    }
    known.iter().map(|field| Some((field.name.to_owned(), taken(field, given.get(field.name)?)?))).collect()
}

fn taken(field: &Field, value: &Value) -> Option<Value> {
    match field.kind {
        // Forms send numbers as text.
        FieldKind::Number => value.as_i64().or_else(|| value.as_str()?.parse().ok()).map(Value::from),
        FieldKind::Text => value.as_str().filter(|text| !text.is_empty()).map(Value::from),
    }
}

fn invalid(detail: &str) -> Error {
    Error::new(Code::InvalidValue, detail)
}
