//! Banks: named sets of known signals, each for one stated purpose. Made, armed and exported by two people.

use serde::{Deserialize, Serialize};
use vigie_model::approval::Approval;
use vigie_model::bank::{Bank, BankKind, BankName, BankOrigin, CHILD_SAFETY, Verdict};
use vigie_model::id::BankId;
use vigie_model::{Caller, Operation};
use vigie_store::{BankChange, Transaction, banks};

use crate::approvals::Act;
use crate::{App, Code, Error, Resource, Result, authorise};

/// A bank that two people are about to make. It starts with the verdict `allow` unless it is armed in a further step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBank {
    /// Its name.
    pub name: BankName,
    /// What it is for.
    pub purpose: String,
    /// Who signed for another purpose than child safety, and where that is kept.
    pub overlay: Option<String>,
    /// Who hands out the list.
    pub source: String,
    /// The legal ground on which it is held.
    pub legal_ground: String,
    /// Known material, or known not to be.
    pub kind: BankKind,
    /// Greatest PDQ distance that is a match.
    pub distance: u32,
    /// What a match asks for.
    pub verdict: Verdict,
    /// The vocabulary of its labels.
    pub label_scheme: String,
}

impl App {
    /// Asks a second person to make a bank.
    ///
    /// # Errors
    /// Not permitted, or the bank is not described as it must be.
    pub async fn propose_bank(&self, caller: &Caller, bank: NewBank, reason: &str) -> Result<Approval> {
        authorise(caller, Operation::ManageBanks, Resource::Any)?;
        check(&bank)?;
        if banks::find_by_name(&mut self.store.read().await?, &bank.name).await?.is_some() {
            return Err(Error::new(Code::NameTaken, format!("a bank is named {} already", bank.name)));
        }
        self.ask_second_person(caller, &Act::MakeBank(bank), reason).await
    }

    /// Every bank, by name.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn banks(&self, caller: &Caller) -> Result<Vec<Bank>> {
        authorise(caller, Operation::ReadBanks, Resource::Any)?;
        Ok(banks::list(&mut self.store.read().await?).await?)
    }
}

fn check(bank: &NewBank) -> Result<()> {
    let invalid = |detail: &str| Err(Error::new(Code::InvalidValue, detail));
    if bank.source.trim().is_empty() || bank.legal_ground.trim().is_empty() {
        return invalid("a bank states its source and its legal ground");
    }
    if bank.purpose != CHILD_SAFETY && bank.overlay.as_deref().is_none_or(|overlay| overlay.trim().is_empty())
    {
        return invalid("another purpose than child safety needs a signed overlay");
    }
    if bank.distance > 64 {
        return invalid("a distance over 64 of 256 bits is no match any more");
    }
    if bank.kind == BankKind::Negative && bank.verdict != Verdict::Allow {
        return invalid("a negative bank allows: its verdict cannot be review or block");
    }
    Ok(())
}

/// Makes the bank within the transaction that consumes the second person's answer.
pub(crate) async fn make(app: &App, tx: &mut Transaction, new: NewBank) -> Result<Bank> {
    let bank = Bank {
        id: BankId::fresh(&*app.ids),
        name: new.name,
        purpose: new.purpose,
        overlay: new.overlay,
        source: new.source,
        legal_ground: new.legal_ground,
        kind: new.kind,
        origin: BankOrigin::Desk,
        distance: new.distance,
        verdict: new.verdict,
        label_scheme: new.label_scheme,
        ratio: 1.0,
        enabled: true,
        created_at: app.now(),
    };
    banks::insert(tx, &bank).await.map_err(|error| {
        if error.is_duplicate() {
            return Error::new(Code::NameTaken, format!("a bank is named {} already", bank.name));
        }
        error.into()
    })?;
    tx.announce(BankChange::of_bank(bank.id));
    Ok(bank)
}
