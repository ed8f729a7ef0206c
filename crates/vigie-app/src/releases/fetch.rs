//! How a package is fetched: by the authority's key, by an enrolled official, or by a legal officer who carries it there.
//!
//! What it is not: the making of a package. To add a way in which one leaves: a method that asks who fetches, and ends in
//! `give`, which notes the evidence.

use serde_json::json;
use vigie_model::disclosure::{Authority, DeliveryEvidence, Request, RequestState};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Operation, Role};
use vigie_seal::ledger::Unsealed;
use vigie_seal::package::Package;
use vigie_store::Transaction;
use vigie_store::packages::{self, PackageRow};

use super::{entry, note_delivery, refuse_giving};
use crate::officials::{acting, refuse_suspended};
use crate::requests::{AsTold, find, object, step, told_refusal};
use crate::{App, Code, Error, Resource, Result, authorise, authorities};

/// How many packages that nobody fetched one round notes.
const UNFETCHED_AT_ONCE: i64 = 100;

/// A package as it leaves.
#[derive(Debug, Clone)]
pub struct FetchedPackage {
    /// The name of the file.
    pub name: String,
    /// The one file, with the proof that its release stands in the ledger.
    pub bytes: Vec<u8>,
}

impl App {
    /// Gives a package to its authority.
    ///
    /// # Errors
    /// Not permitted, the request is not this authority's, nothing was released, it can be fetched no more, or its release is
    /// not in the published log yet: a second later it is.
    pub async fn fetch_package(
        &self,
        caller: &Caller,
        authority: &Authority,
        id: RequestId,
    ) -> Result<FetchedPackage> {
        authorise(caller, Operation::FetchPackages, Resource::Any)?;
        if caller.person().is_some() {
            self.confirmed_lately(caller)?;
        }
        let request = find(&mut self.store.read().await?, id).await?;
        if request.authority != Some(authority.id) {
            return Err(Error::not_found("request"));
        }
        refuse_giving(self, authority)?;
        self.give(caller, &request, &authority.name).await
    }

    /// Gives a package to a legal officer, who carries it to the authority by other means.
    ///
    /// # Errors
    /// Not permitted, [`Code::StepUpNeeded`], the authority is suspended, or as [`App::fetch_package`].
    pub async fn carry_package(&self, caller: &Caller, id: RequestId) -> Result<FetchedPackage> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        self.confirmed_lately(caller)?;
        let mut reader = self.store.read().await?;
        let request = find(&mut reader, id).await?;
        if let Some(id) = request.authority {
            refuse_suspended(&authorities::find(&mut reader, id).await?)?;
        }
        drop(reader);
        self.give(caller, &request, "carried by the house").await
    }

    async fn give(&self, caller: &Caller, request: &Request, to: &str) -> Result<FetchedPackage> {
        let row = packages::of_request(&mut self.store.read().await?, request.id).await?;
        let row = row.ok_or_else(|| Error::new(Code::NothingReleased, "nothing was released for it yet"))?;
        if row.expires_at <= self.now() {
            return Err(Error::new(Code::PackageExpired, "it could be fetched until then: ask for it again"));
        }
        let bytes = self.with_proof(&row).await?;
        fail::fail_point!("package-before-giving");
        let mut tx = self.store.begin().await?;
        // As it stands in this transaction: it may have been stopped since it was looked for.
        let request = find(&mut tx, request.id).await?;
        refuse_ended(&mut tx, caller, &request).await?;
        if !may_be_given(request.state) {
            let told = AsTold::of(&mut tx, &request).await?;
            return Err(told_refusal(caller, request.state, told.state));
        }
        note_delivery(&mut tx, &row, (DeliveryEvidence::Retrieval, self.now(), to.to_owned())).await?;
        let mut details = entry(caller, "package.fetched", &request, self.now());
        if request.state == RequestState::Released {
            details = step(self, &mut tx, caller, &request, RequestState::Delivered).await?;
        }
        let mut parameters = crate::requests::facts(&request);
        parameters["package"] = json!(row.id);
        tx.commit(&details.with(parameters)).await?;
        Ok(FetchedPackage { name: format!("request-{}.vigie-package", request.number), bytes })
    }

    /// The package with the proof of its release, once the published log has that entry.
    async fn with_proof(&self, row: &PackageRow) -> Result<Vec<u8>> {
        let object = object(row.request);
        let entry =
            packages::release_entry(&mut self.store.read().await?, (&object, "package.released")).await?;
        let (number, salt, details) = entry.ok_or_else(|| Error::not_found("entry of the release"))?;
        let salt =
            salt.try_into().map_err(|_| Error::internal("open an entry", "its salt is not 32 bytes"))?;
        let proof = self.prove(number).await.map_err(|error| match error.code() {
            Code::NotFound | Code::WrongState => {
                Error::new(Code::ProofPending, "the proof of its release is made in a moment: try again")
                    .because(error)
            }
            _ => error,
        })?;
        let mut proof = proof;
        proof.extra = Some(Unsealed::new(details, &salt).to_bytes());
        let sealed = self.open_evidence(row.object).await?;
        let package = Package::read(&sealed).map_err(|error| Error::internal("read a package", error))?;
        Ok(package.with_proof(&proof).to_bytes())
    }
}

/// Refuses where the authority was suspended, or the access of its official ended, since they asked.
async fn refuse_ended(tx: &mut Transaction, caller: &Caller, request: &Request) -> Result<()> {
    if caller.has(Role::Official) {
        acting(tx, caller, Operation::FetchPackages).await?;
    }
    match request.authority {
        Some(id) => refuse_suspended(&authorities::find(tx, id).await?),
        None => Ok(()),
    }
}

/// Where a package may be given, and given again. Nothing of what is frozen, withdrawn or restricted in its use is.
fn may_be_given(state: RequestState) -> bool {
    matches!(state, RequestState::Released | RequestState::Delivered | RequestState::Closed)
}

/// Says of packages that can be fetched no more that nobody did.
pub(crate) async fn note_unfetched(app: &App) -> Result<usize> {
    let now = app.now();
    let rows = packages::unfetched(&mut app.store.read().await?, now, UNFETCHED_AT_ONCE).await?;
    for row in &rows {
        let mut tx = app.store.begin().await?;
        let request = find(&mut tx, row.request).await?;
        note_delivery(&mut tx, row, (DeliveryEvidence::NonRetrieval, now, String::new())).await?;
        let details = match request.state {
            RequestState::Released => {
                step(app, &mut tx, &Caller::system(), &request, RequestState::Closed).await?
            }
            _ => entry(&Caller::system(), "package.not_fetched", &request, now),
        };
        tx.commit(&details).await?;
    }
    Ok(rows.len())
}
