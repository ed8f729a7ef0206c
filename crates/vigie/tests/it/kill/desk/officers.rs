//! The people of the desk: they look at what waits, in the rows, and do the next thing about each request.

use vigie::clock::SystemClock;
use vigie_app::authorities::NewAuthority;
use vigie_app::{Code, Result};
use vigie_model::access::CallerKind;
use vigie_model::approval::ApprovalState;
use vigie_model::disclosure::{AuthorityKeys, IssuerRole, Request, RequestState};
use vigie_model::{Caller, Clock as _, Role};
use vigie_store::requests::Listed;
use vigie_store::{approvals, request_warnings, requests};

use super::super::people::person_with;
use super::super::rig::Rig;
use super::authority::{number_of, waits};

/// More requests than a test has.
const ALL: i64 = 1_000_000;

pub(super) struct Officers {
    pub(super) officer: Caller,
    pub(super) releaser: Caller,
    guardian: Caller,
}

impl Officers {
    /// They know an authority with these keys.
    pub(super) async fn meet(rig: &Rig, keys: AuthorityKeys) -> Self {
        let officer = person_with(&rig.app, "Lea", Role::LegalOfficer).await;
        let releaser = person_with(&rig.app, "Rui", Role::Releaser).await;
        let guardian = person_with(&rig.app, "Dan", Role::DataProtectionOfficer).await;
        let authority = NewAuthority {
            name: "Parquet de Synthèse".into(),
            country: "FR".into(),
            roles: vec![IssuerRole::Prosecutor],
            domains: vec!["parquet.example".into()],
            call_back: "+33 1 99 00 10 20".into(),
            directory: "Annuaire synthétique".into(),
            keys,
        };
        let question = rig.app.ask_to_enter_authority(&confirmed(&officer), authority, "called back").await;
        rig.app.approve(&confirmed(&guardian), question.unwrap().id).await.unwrap();
        Self { officer, releaser, guardian }
    }

    /// Does what waits.
    pub(super) async fn work(&self, rig: &Rig) {
        let mut reader = rig.app.store.read().await.unwrap();
        let open = requests::list(&mut reader, Listed::Open, (0, ALL)).await.unwrap();
        drop(reader);
        for request in open {
            match request.state {
                RequestState::Validating => self.accept(rig, &request).await,
                RequestState::ReadyForApproval => self.release(rig, &request).await,
                _ => {}
            }
        }
    }

    async fn accept(&self, rig: &Rig, request: &Request) {
        let mut reader = rig.app.store.read().await.unwrap();
        let warnings = request_warnings::of_request(&mut reader, request.id).await.unwrap();
        drop(reader);
        for one in warnings.iter().filter(|one| one.settled.is_none() && one.weight != "hint") {
            let settled = (one.task, one.kind.as_str(), "the authority is known");
            let settled = rig.app.settle_warning(&self.guardian, request.id, settled).await;
            unless(settled, &[]);
        }
        // It is examined still, or was taken back a moment ago.
        let accepted = rig.app.accept_request(&self.officer, request.id).await;
        unless(accepted, &[Code::TaskNotReady, Code::WrongState, Code::WarningNotSettled]);
    }

    async fn release(&self, rig: &Rig, request: &Request) {
        let mut reader = rig.app.store.read().await.unwrap();
        let subject = format!("release:{}", request.id);
        let question = approvals::newest_about(&mut reader, &subject).await.unwrap();
        drop(reader);
        let waiting = question.filter(|one| one.state == ApprovalState::Waiting);
        let question = match waiting {
            Some(question) => question,
            None => {
                let asked = rig.app.ask_release(&confirmed(&self.officer), request.id, "found valid").await;
                // It was taken back a moment ago.
                let Some(question) = unless(asked, &[Code::WrongState, Code::NotFound]) else { return };
                question
            }
        };
        if number_of(&request.reference).is_some_and(waits) {
            return;
        }
        let agreed = rig.app.approve(&confirmed(&self.releaser), question.id).await;
        unless(agreed, &[Code::WrongState, Code::NotFound]);
    }
}

/// What came, or nothing where it was refused as may be.
fn unless<T>(came: Result<T>, codes: &[Code]) -> Option<T> {
    match came {
        Ok(came) => Some(came),
        Err(error) if codes.contains(&error.code()) => None,
        Err(error) => panic!("the desk does not work: {error:?}"),
    }
}

/// The same person after they used their passkey.
pub(super) fn confirmed(caller: &Caller) -> Caller {
    let mut caller = caller.clone();
    if let CallerKind::Person { fresh, .. } = &mut caller.kind {
        *fresh = Some(SystemClock.now());
    }
    caller
}
