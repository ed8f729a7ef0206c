//! Detection bases: why content of a surface may be examined, and how. Without one nothing is.
//!
//! What it is: versioned data that an operator enters and ends. Public surfaces and what is reported have one from the
//! first start; private groups and direct messages have none until somebody answerable enters one. Entering a version
//! ends the one that held before, so that at any moment at most one holds, and an old one never comes back by itself.
//!
//! A version that lets more be examined than the one that holds, and every one of a private surface, takes two people.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use vigie_model::approval::Approval;
use vigie_model::id::BasisId;
use vigie_model::surface::{DetectionBasis, Technique};
use vigie_model::{Caller, Moment, Operation, Surface};
use vigie_seal::ledger::Details;
use vigie_store::{Transaction, bases};

use crate::approvals::Act;
use crate::{App, Code, Error, Resource, Result, authorise};

/// A basis that is about to be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBasis {
    /// The surface it speaks of.
    pub surface: Surface,
    /// The legal ground, with its article.
    pub legal_ground: String,
    /// From when it holds; from now on if none.
    pub valid_from: Option<Moment>,
    /// Until when; without end if none.
    pub valid_until: Option<Moment>,
    /// What may be compared.
    pub techniques: Vec<Technique>,
    /// Where the impact assessment is found.
    pub assessment_reference: String,
    /// Whether signals without a match are kept for a later retro-hunt.
    pub history: bool,
}

/// What became of a basis that somebody enters.
#[derive(Debug, Clone)]
pub enum Entered {
    /// It is entered.
    Now(DetectionBasis),
    /// A second person has to agree first.
    Asked(Approval),
}

/// A surface with its bases, for its page.
#[derive(Debug, Clone)]
pub struct SurfaceBases {
    /// The surface.
    pub surface: Surface,
    /// The version that holds; none means that nothing is examined here.
    pub holding: Option<DetectionBasis>,
    /// Every version, the newest first.
    pub versions: Vec<DetectionBasis>,
}

impl App {
    /// Every surface with its bases.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn bases(&self, caller: &Caller) -> Result<Vec<SurfaceBases>> {
        authorise(caller, Operation::ReadBases, Resource::Any)?;
        let all = bases::list(&mut self.store.read().await?).await?;
        let now = self.now();
        let of = |surface: Surface| SurfaceBases {
            surface,
            holding: holding(&all, surface, now).cloned(),
            versions: all.iter().filter(|basis| basis.surface == surface).cloned().collect(),
        };
        Ok(Surface::ALL.iter().copied().map(of).collect())
    }

    /// Enters a basis. What held on the surface ends when it begins. Where more is examined by it, a second person is asked.
    ///
    /// # Errors
    /// Not permitted, or the basis is not described as it must be.
    pub async fn enter_basis(&self, caller: &Caller, new: NewBasis, reason: &str) -> Result<Entered> {
        authorise(caller, Operation::ManageBases, Resource::Any)?;
        let now = self.now();
        check(&new, reason, now)?;
        let mut tx = self.store.begin().await?;
        let all = bases::list(&mut tx).await?;
        if widens(&new, holding(&all, new.surface, now)) {
            let act = Act::EnterBasis(new);
            let approval = self.write_question(&mut tx, caller, &act, reason).await?;
            tx.commit(&crate::approvals::asked(caller, &approval)).await?;
            return Ok(Entered::Asked(approval));
        }
        let basis = enter(self, &mut tx, new).await?;
        let entry = Details::new(caller, "basis.entered", format!("basis:{}", basis.id), now);
        tx.commit(&entry.with(json!({ "basis": &basis, "reason": reason.trim() }))).await?;
        self.intake().bases.forget();
        Ok(Entered::Now(basis))
    }

    /// Ends whatever holds on a surface, now: from the next upload on nothing is examined there.
    ///
    /// # Errors
    /// Not permitted, no reason given, or nothing holds.
    pub async fn end_basis(&self, caller: &Caller, surface: Surface, reason: &str) -> Result<()> {
        authorise(caller, Operation::ManageBases, Resource::Any)?;
        if reason.trim().is_empty() {
            return Err(Error::new(Code::InvalidValue, "say why the basis ends"));
        }
        let now = self.now();
        let mut tx = self.store.begin().await?;
        if bases::end(&mut tx, surface, now).await? == 0 {
            return Err(Error::new(Code::WrongState, "no basis holds on this surface"));
        }
        let entry = Details::new(caller, "basis.ended", format!("surface:{surface}"), now);
        tx.commit(&entry.with(json!({ "reason": reason.trim() }))).await?;
        self.intake().bases.forget();
        Ok(())
    }

    /// Enters the bases of public surfaces and of reported items where no basis was ever entered: at the first start.
    ///
    /// # Errors
    /// The store failed.
    pub async fn enter_default_bases(&self) -> Result<()> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        if !bases::list(&mut tx).await?.is_empty() {
            return Ok(());
        }
        let defaults = defaults(self, now);
        for basis in &defaults {
            match bases::insert(&mut tx, basis).await {
                // Another process starts for the first time, too, and was faster.
                Err(error) if error.is_duplicate() => return Ok(()),
                done => done?,
            }
        }
        let entry = Details::new(&Caller::system(), "basis.defaults_entered", "bases", now);
        tx.commit(&entry.with(json!({ "bases": defaults }))).await?;
        self.intake().bases.forget();
        Ok(())
    }

    /// The basis that holds on a surface at this moment. A change by another process is seen within a second.
    pub(crate) async fn holding_basis(&self, surface: Surface) -> Result<Option<DetectionBasis>> {
        let now = self.now();
        let read = async {
            let mut reader = self.store.read().await?;
            Ok(Arc::new(bases::list(&mut reader).await?))
        };
        let all = self.intake().bases.get((), now, read).await?;
        Ok(holding(&all, surface, now).cloned())
    }
}

/// Enters a basis, whoever agreed to it. One that was to begin while it waited for an answer begins now.
pub(crate) async fn enter(app: &App, tx: &mut Transaction, new: NewBasis) -> Result<DetectionBasis> {
    let now = app.now();
    let valid_from = new.valid_from.map_or(now, |from| from.max(now));
    if new.valid_until.is_some_and(|until| until <= valid_from) {
        return Err(Error::new(Code::WrongState, "the basis would have ended by now: ask again"));
    }
    let basis = DetectionBasis {
        id: BasisId::fresh(&*app.ids),
        surface: new.surface,
        version: bases::newest_version(tx, new.surface).await? + 1,
        legal_ground: new.legal_ground.trim().to_owned(),
        valid_from,
        valid_until: new.valid_until,
        techniques: new.techniques,
        assessment_reference: new.assessment_reference.trim().to_owned(),
        history: new.history,
    };
    bases::end(tx, basis.surface, basis.valid_from).await?;
    bases::insert(tx, &basis).await.map_err(|error| {
        if error.is_duplicate() {
            return Error::new(Code::WrongState, "somebody entered a basis just now: look again");
        }
        error.into()
    })?;
    // What is cached is at most a second old, and is forgotten here already so that the change is seen sooner.
    app.intake().bases.forget();
    Ok(basis)
}

/// Whether more is examined by the new one than by what holds, or for longer; on private surfaces every one counts as such.
fn widens(new: &NewBasis, holding: Option<&DetectionBasis>) -> bool {
    let Some(holding) = holding.filter(|_| !new.surface.is_private()) else { return true };
    let lasts_longer = match (new.valid_until, holding.valid_until) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(new), Some(old)) => new > old,
    };
    lasts_longer
        || (new.history && !holding.history)
        || new.techniques.iter().any(|technique| !holding.techniques.contains(technique))
}

/// The version that holds: of several the newest.
fn holding(all: &[DetectionBasis], surface: Surface, now: Moment) -> Option<&DetectionBasis> {
    let on_surface = all.iter().filter(|basis| basis.surface == surface && basis.holds_at(now));
    on_surface.max_by_key(|basis| basis.version)
}

fn check(new: &NewBasis, reason: &str, now: Moment) -> Result<()> {
    let invalid = |detail: &str| Err(Error::new(Code::InvalidValue, detail));
    if new.legal_ground.trim().is_empty() || new.assessment_reference.trim().is_empty() {
        return invalid("a basis states its legal ground and where its impact assessment is found");
    }
    if reason.trim().is_empty() {
        return invalid("say why the basis is entered");
    }
    if new.techniques.is_empty() {
        return invalid("a basis allows at least one technique");
    }
    let from = new.valid_from.unwrap_or(now);
    if from < now {
        return invalid("a basis cannot hold for what was examined before it was entered");
    }
    if new.valid_until.is_some_and(|until| until <= from) {
        return invalid("a basis ends after it begins");
    }
    Ok(())
}

fn defaults(app: &App, now: Moment) -> Vec<DetectionBasis> {
    let public = "Regulation (EU) 2022/2065, Article 7, with Regulation (EU) 2016/679, Article 6(1)(f)";
    let reported = "Regulation (EU) 2022/2065, Article 16, with Regulation (EU) 2016/679, Article 6(1)(f)";
    let grounds = [
        (Surface::PublicChannel, public),
        (Surface::PublicGroup, public),
        (Surface::Profile, public),
        (Surface::ReportedItem, reported),
    ];
    let basis = |(surface, legal_ground): (Surface, &str)| DetectionBasis {
        id: BasisId::fresh(&*app.ids),
        surface,
        version: 1,
        legal_ground: legal_ground.to_owned(),
        valid_from: now,
        valid_until: None,
        techniques: Technique::ALL.to_vec(),
        assessment_reference: "entered at the first start: replace by the operator's own assessment"
            .to_owned(),
        history: false,
    };
    grounds.into_iter().map(basis).collect()
}

#[cfg(test)]
pub(crate) mod tests;
