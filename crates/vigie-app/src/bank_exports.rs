//! A bank on its way out of the house: agreed to by two people, fetched by who asked, and proven to anybody afterwards.
//!
//! What it is: the list is written to a file without a name first, so that its digest stands in the ledger before the first byte of it
//! is handed out. Each fetch is an entry of its own, and for each there is a proof with the opening of the entry: what left, when, and under
//! which agreement. What it is not: the question to the second person, which is one as any other.

use std::io::SeekFrom;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use vigie_formats::bank_list;
use vigie_model::approval::{Approval, ApprovalState};
use vigie_model::bank::{Bank, EntryState};
use vigie_model::id::{ApprovalId, BankId};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::{Details, Unsealed};
use vigie_seal::proof::EntryProof;
use vigie_store::bank_entries::EntrySearch;
use vigie_store::{acts, approvals};

use crate::approvals::Act;
use crate::bank_lists::{ListFormat, outgoing};
use crate::{App, Code, Error, Resource, Result, authorise, bank_entries, banks};

/// Entries that are written at once.
const CHUNK: i64 = 1000;

/// Bytes that are handed out at once.
const PIECE: usize = 1 << 16;

/// How long an agreed export may be fetched.
const FETCHABLE: Duration = Duration::from_secs(24 * 60 * 60);

/// The class of its entries.
const ACTION: &str = "bank.exported";

/// A list that may leave now.
#[derive(Debug)]
pub struct Export {
    /// The bank.
    pub bank: Bank,
    /// How the list is written.
    pub format: ListFormat,
    /// The number of the entry in the ledger.
    pub entry: i64,
    /// SHA-256 of the list.
    pub sha256: [u8; 32],
    /// Its length in bytes.
    pub length: u64,
    file: tokio::fs::File,
}

/// A list that left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The number of the entry in the ledger.
    pub entry: i64,
    /// When it left.
    pub at: Moment,
    /// SHA-256 of the list, in hexadecimal digits.
    pub sha256: String,
}

/// What an entry says of a list that left.
#[derive(Deserialize)]
struct Said {
    approval: ApprovalId,
    sha256: String,
}

impl App {
    /// Asks a second person to take a bank out of the house.
    ///
    /// # Errors
    /// Not permitted, no such bank, or no reason.
    pub async fn propose_export(
        &self,
        caller: &Caller,
        bank: BankId,
        format: ListFormat,
        reason: &str,
    ) -> Result<Approval> {
        authorise(caller, Operation::ExportBanks, Resource::Any)?;
        if format == ListFormat::Vpdq {
            return Err(Error::new(Code::InvalidValue, "a file of this form holds one video: export a list"));
        }
        banks::find(&mut self.store.read().await?, bank).await?;
        self.ask_second_person(caller, &Act::ExportBank { bank, format }, reason).await
    }

    /// Begins an export that a second person agreed to. Only who asked may fetch it, for a day; each time is an entry of
    /// the ledger, with the digest of what leaves.
    ///
    /// # Errors
    /// Not permitted, not agreed to, too long ago, or [`Code::StepUpNeeded`].
    pub async fn begin_export(&self, caller: &Caller, question: ApprovalId) -> Result<Export> {
        authorise(caller, Operation::ExportBanks, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let (bank, format) = self.agreed(caller, approvals::find(&mut reader, question).await?)?;
        self.confirmed_lately(caller)?;
        let bank = banks::find(&mut reader, bank).await?;
        drop(reader);
        let Written { file, sha256, length, entries } = self.write_list(bank.id, format).await?;
        let mut tx = self.store.begin().await?;
        self.agreed(caller, approvals::find(&mut tx, question).await?)?;
        let entry = Details::new(caller, ACTION, banks::object(bank.id), self.now());
        let entry = tx
            .commit(&entry.with(json!({
                "approval": question,
                "bytes": length,
                "entries": entries,
                "format": format,
                "sha256": hex::encode(sha256),
            })))
            .await?;
        Ok(Export { bank, format, entry, sha256, length, file })
    }

    /// What this question let out of the house so far, the earliest first.
    ///
    /// # Errors
    /// There is no such question that the caller may see.
    pub async fn exports_of(&self, caller: &Caller, question: ApprovalId) -> Result<Vec<Exported>> {
        let exported = |(kept, said): (acts::Kept, Said)| {
            let Said { sha256, .. } = said;
            Exported { entry: kept.seq, at: kept.at, sha256 }
        };
        Ok(self.kept_exports(caller, question).await?.into_iter().map(exported).collect())
    }

    /// Proves what left, when and under which agreement, to anybody who has the key of the log: the proof carries the opening of the entry.
    ///
    /// # Errors
    /// There is no such question that the caller may see, it let nothing out under this entry, or [`Code::ProofPending`].
    pub async fn prove_export(
        &self,
        caller: &Caller,
        question: ApprovalId,
        entry: i64,
    ) -> Result<EntryProof> {
        let exports = self.kept_exports(caller, question).await?;
        let found = exports.into_iter().find(|(kept, _)| kept.seq == entry);
        let (kept, _) = found.ok_or_else(|| Error::not_found("export under this question"))?;
        let proof = self.prove(entry).await?;
        Ok(EntryProof { extra: Some(Unsealed::new(kept.details, &kept.salt).to_bytes()), ..proof })
    }

    async fn kept_exports(&self, caller: &Caller, question: ApprovalId) -> Result<Vec<(acts::Kept, Said)>> {
        let approval = self.question(caller, question).await?;
        let Act::ExportBank { bank, .. } = act_of(&approval)? else { return Ok(vec![]) };
        let kept = acts::kept_about(&mut self.store.read().await?, ACTION, &banks::object(bank)).await?;
        let said = |kept: acts::Kept| {
            let details: Details = serde_json::from_str(&kept.details).ok()?;
            let said: Said = serde_json::from_value(details.parameters).ok()?;
            (said.approval == question).then_some((kept, said))
        };
        Ok(kept.into_iter().filter_map(said).collect())
    }

    /// The bank and the form, where this caller may fetch what was agreed to.
    fn agreed(&self, caller: &Caller, approval: Option<Approval>) -> Result<(BankId, ListFormat)> {
        let approval = approval.ok_or_else(|| Error::not_found("question"))?;
        let Act::ExportBank { bank, format } = act_of(&approval)? else {
            return Err(Error::not_found("question about an export"));
        };
        if caller.person() != Some(approval.requested_by) {
            return Err(Error::new(Code::Forbidden, "only who asked for the export may fetch it"));
        }
        if approval.state != ApprovalState::Approved {
            return Err(Error::new(Code::WrongState, format!("the question is {}", approval.state)));
        }
        if approval.decided_at.is_none_or(|decided| decided.after(FETCHABLE) < self.now()) {
            let detail = "the export was agreed to over a day ago: ask again";
            return Err(Error::new(Code::ApprovalExpired, detail));
        }
        Ok((bank, format))
    }

    /// Writes the whole list, however long it is, with a thousand entries in memory.
    async fn write_list(&self, bank: BankId, format: ListFormat) -> Result<Written> {
        let kept = |source| Error::internal("keep the list before it leaves", source);
        let active = EntrySearch { state: Some(EntryState::Active), ..EntrySearch::default() };
        let mut file = tokio::fs::File::from_std(self.scratch_file()?);
        let (mut hash, mut length, mut entries, mut after) = (Sha256::new(), 0, 0_u64, 0);
        let mut piece = bank_list::header(format).clone();
        loop {
            hash.update(piece.as_bytes());
            length += piece.len() as u64;
            file.write_all(piece.as_bytes()).await.map_err(kept)?;
            let page = bank_entries::page(&mut self.store.read().await?, bank, &active, after, CHUNK).await?;
            let Some(last) = page.last() else { break };
            after = last.entry.id;
            entries += page.len() as u64;
            piece = page.into_iter().map(|shown| bank_list::line(format, &outgoing(shown))).collect();
        }
        file.flush().await.map_err(kept)?;
        file.seek(SeekFrom::Start(0)).await.map_err(kept)?;
        Ok(Written { file, sha256: hash.finalize().into(), length, entries })
    }
}

/// A list in a file without a name, at its beginning.
struct Written {
    file: tokio::fs::File,
    sha256: [u8; 32],
    length: u64,
    entries: u64,
}

impl Export {
    /// The next bytes; none at the end.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let mut piece = vec![0; PIECE];
        let read = self.file.read(&mut piece).await;
        let read = read.map_err(|source| Error::internal("read the list that leaves", source))?;
        piece.truncate(read);
        Ok((read > 0).then_some(piece))
    }
}

fn act_of(approval: &Approval) -> Result<Act> {
    serde_json::from_str(&approval.parameters).map_err(|source| Error::internal("read the question", source))
}
