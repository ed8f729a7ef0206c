//! What is ready to leave: the grant, what was taken under it, what is withheld, and to whom it would be sealed.
//!
//! What it is: two ways to look at that. [`Basis`] is read from rows in a moment and tells whether anything changed; [`Prepared`] has
//! what was taken opened beside it, and with many records that takes its time: never while a transaction is open.

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest as _, Sha256};
use vigie_model::Moment;
use vigie_model::approval::Approval;
use vigie_model::disclosure::{Grant, GrantedTask, Record, Request};
use vigie_model::id::{BlobId, TaskId};
use vigie_seal::grants::SignedGrant;
use vigie_store::grants::Staging;
use vigie_store::request_keys::RequestPart;
use vigie_store::{Read, authorities, grants};

use super::{PreparedTask, Release, ShownRecord, Withheld, agreed_to};
use crate::requests::{StagedRecord, open_grant, staged_records};
use crate::{App, Code, Error, Result};

impl App {
    /// What a release of a request is about.
    pub(super) async fn basis(&self, read: &mut impl Read, request: &Request) -> Result<Basis> {
        let staging = grants::staged(read, request.id).await?;
        let staging = staging.ok_or_else(|| Error::not_found("extraction"))?;
        self.basis_of(read, request, &staging).await
    }

    async fn basis_of(&self, read: &mut impl Read, request: &Request, staging: &Staging) -> Result<Basis> {
        let row = grants::standing(read, request.id).await?.ok_or_else(|| Error::not_found("grant"))?;
        let (envelope, grant) = open_grant(self, &row).await?;
        let signed = SignedGrant::read(&envelope).map_err(|error| Error::internal("read a grant", error))?;
        let secrets = self.secrets(request.id, RequestPart::Whole).await?;
        Ok(Basis {
            withheld: secrets.open(&staging.redactions)?,
            recipient: self.recipient(read, request).await?,
            staged: staging.object,
            grant,
            signed,
        })
    }

    /// What is ready to leave of a request, opened.
    pub(super) async fn prepared(&self, read: &mut impl Read, request: &Request) -> Result<Prepared> {
        let (staging, records) = staged_records(self, read, request.id).await?;
        let basis = self.basis_of(read, request, &staging).await?;
        let places = basis.grant.tasks.iter().zip(0..).map(|(granted, place)| (granted.task, place));
        Ok(Prepared { places: places.collect(), basis, records })
    }

    /// To what a package is sealed: the key of the directory, or of a document that the authority itself signed. Nothing is sealed for
    /// an authority of which nothing is accepted.
    async fn recipient(&self, read: &mut impl Read, request: &Request) -> Result<Option<String>> {
        let Some(id) = request.authority else { return Ok(None) };
        let authority = authorities::find(read, id).await?.ok_or_else(|| Error::not_found("authority"))?;
        if authority.accepts(self.now()).is_err() {
            return Ok(None);
        }
        if authority.keys.sealing.is_some() {
            return Ok(authority.keys.sealing);
        }
        if request.level < vigie_model::disclosure::AuthenticationLevel::L4 {
            return Ok(None);
        }
        Ok(self.instrument_of(read, request.id).await?.answer_to)
    }
}

/// What a release is about, without what was taken.
pub(super) struct Basis {
    pub(super) grant: Grant,
    pub(super) signed: SignedGrant,
    staged: BlobId,
    withheld: Vec<Withheld>,
    pub(super) recipient: Option<String>,
}

impl Basis {
    /// Whether this is what a release is about. How many records leave follows from it.
    pub(super) fn is_of(&self, release: &Release) -> Result<bool> {
        Ok(release.grant_sha256 == self.signed.hash()
            && release.staged == self.staged
            && release.withheld_sha256 == self.withheld_sha256()?
            && Some(&release.recipient) == self.recipient.as_ref())
    }

    /// Whether this is what a second person agreed to, under a grant that still holds.
    pub(super) fn is_as_agreed(&self, question: &Approval, now: Moment) -> Result<bool> {
        match agreed_to(question) {
            Some(release) => Ok(self.refuse_lapsed(now).is_ok() && self.is_of(&release)?),
            None => Ok(false),
        }
    }

    /// Refuses what was taken under a grant that has lapsed: nothing leaves under it any more.
    pub(super) fn refuse_lapsed(&self, now: Moment) -> Result<()> {
        self.grant.holds_at(now).map_err(|error| {
            let ended = self.grant.expires_at;
            let detail = format!("its grant ended at {ended}: decide the request again first");
            Error::new(Code::WrongState, detail).because(error)
        })
    }

    /// Why a record is withheld, where it is.
    fn reason(&self, position: usize) -> Option<&str> {
        let found = self.withheld.binary_search_by_key(&position, |one| one.position).ok()?;
        self.withheld.get(found).map(|one| one.reason.as_str())
    }

    fn withheld_sha256(&self) -> Result<String> {
        let withheld = serde_json::to_vec(&self.withheld)
            .map_err(|source| Error::internal("write what is withheld", source))?;
        Ok(hex::encode(Sha256::digest(withheld)))
    }
}

/// What is ready to leave.
pub(super) struct Prepared {
    pub(super) basis: Basis,
    /// Where each task stands in the grant.
    places: HashMap<TaskId, usize>,
    pub(super) records: Vec<StagedRecord>,
}

impl Prepared {
    fn reason(&self, position: usize) -> Option<&str> {
        self.basis.reason(position)
    }

    pub(super) fn shown(&self, position: usize, staged: &StagedRecord) -> ShownRecord {
        ShownRecord {
            position,
            task: staged.task,
            record: staged.record.clone(),
            withheld: self.reason(position).map(str::to_owned),
        }
    }

    /// What is prepared and leaves of each granted task, in the order of the grant.
    pub(super) fn tasks(&self) -> Vec<PreparedTask> {
        let none_yet = |granted: &GrantedTask| PreparedTask {
            task: granted.task,
            category: granted.category,
            taken: 0,
            leaves: 0,
            first_and_last: None,
        };
        let mut tasks: Vec<_> = self.basis.grant.tasks.iter().map(none_yet).collect();
        for (position, staged) in self.records.iter().enumerate() {
            let place = self.places.get(&staged.task).copied();
            let Some(task) = place.and_then(|place| tasks.get_mut(place)) else { continue };
            task.taken += 1;
            task.leaves += usize::from(self.reason(position).is_none());
            if let Record::Connection { at, .. } = &staged.record {
                let (first, last) = task.first_and_last.unwrap_or((*at, *at));
                task.first_and_last = Some((first.min(*at), last.max(*at)));
            }
        }
        tasks
    }

    /// What was granted for a task: records are many, and so may tasks be.
    pub(super) fn granted(&self, task: TaskId) -> Option<&GrantedTask> {
        self.places.get(&task).and_then(|place| self.basis.grant.tasks.get(*place))
    }

    /// Records that leave: those of tasks that are granted still, without those that are withheld.
    pub(super) fn leaving(&self) -> impl Iterator<Item = &StagedRecord> {
        let stays = |(position, staged): &(usize, &StagedRecord)| {
            self.reason(*position).is_none() && self.granted(staged.task).is_some()
        };
        self.records.iter().enumerate().filter(stays).map(|(_, staged)| staged)
    }

    /// The same, given away: what was taken may be much, and is not kept twice.
    pub(super) fn into_leaving(self) -> (Basis, Vec<(TaskId, Record)>) {
        let Self { basis, places, records } = self;
        let leaving = records.into_iter().enumerate().filter_map(|(position, staged)| {
            let stays = basis.reason(position).is_none() && places.contains_key(&staged.task);
            stays.then_some((staged.task, staged.record))
        });
        let leaving = leaving.collect();
        (basis, leaving)
    }

    /// The tasks of which a record leaves.
    pub(super) fn given(&self) -> HashSet<TaskId> {
        self.leaving().map(|staged| staged.task).collect()
    }

    /// How many records were left out of each granted task for each reason.
    pub(super) fn left_out(&self) -> BTreeMap<(TaskId, &str), u64> {
        let mut counted = BTreeMap::new();
        // What is withheld is little beside what was taken.
        for one in &self.basis.withheld {
            let Some(staged) = self.records.get(one.position) else { continue };
            if self.granted(staged.task).is_some() {
                *counted.entry((staged.task, one.reason.as_str())).or_default() += 1;
            }
        }
        counted
    }

    pub(super) fn release(&self, request: &Request) -> Result<Release> {
        let recipient = self.basis.recipient.clone().ok_or_else(|| {
            Error::new(
                Code::NoSealingKey,
                "no key of the authority is known: register one in the directory first",
            )
        })?;
        Ok(Release {
            request: request.id,
            grant_sha256: self.basis.signed.hash(),
            staged: self.basis.staged,
            records: self.leaving().count(),
            withheld_sha256: self.basis.withheld_sha256()?,
            recipient,
        })
    }
}
