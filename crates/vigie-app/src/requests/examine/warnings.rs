//! What should make somebody look twice: hints of forgery when a request comes in, alarms when its tasks are examined.
//!
//! What it is: the counts that the rules need, and the rows that come of them. What it is not: the rules themselves
//! (`regimes/anomalies.rs`, `regimes/screen.rs`), nor a judgement: only what leaves no innocent reason, or two strong hints at
//! once, freeze a request by themselves.
//!
//! To add a hint or an alarm: its kind in those rules, and here what it counts.

use std::time::Duration;

use serde_json::json;
use vigie_model::alarm::NoticeKind;
use vigie_model::disclosure::{Identifier, IdentifierKind, Instrument, IntakeDoor, Request};
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
use vigie_store::request_deadlines::Label;
use vigie_store::request_tasks::TaskRow;
use vigie_store::request_warnings::{self, Warning};
use vigie_store::{Transaction, authorities, decoys, requests};

use super::{Finding, Known, object};
use crate::notices::tell_permitted;
use crate::regimes::{self, Concerns, Remedy, RuleSet, Seen, Usual};
use crate::requests::targets;
use crate::{App, Resource, Result, authorise};

/// What counts as lately.
const LATELY: Duration = Duration::from_secs(24 * 60 * 60);

/// For what decoys are hashed.
const DECOY: &str = "decoy";

/// Writes what looks odd about a document that came in, and was not found of its request before. Whether it calls for the suspicion
/// that it is forged.
pub(super) async fn note_new_anomalies(
    app: &App,
    tx: &mut Transaction,
    request: &Request,
    (rules, instrument): (&RuleSet, &Instrument),
) -> Result<bool> {
    let seen = seen(app, tx, request, instrument).await?;
    let known = request_warnings::of_request(tx, request.id).await?;
    let is_known = |kind: &str| known.iter().any(|one| one.task == 0 && one.kind == kind);
    let mut found = regimes::anomalies(rules, instrument, &seen, Usual::default());
    found.retain(|anomaly| !is_known(anomaly.kind.name()));
    for anomaly in &found {
        let warning = Warning {
            request: request.id,
            task: 0,
            kind: anomaly.kind.name().to_owned(),
            weight: weight(anomaly.suggests_forgery()),
            text: Label { en: anomaly.text.en.clone(), fr: anomaly.text.fr.clone() },
            source: "anomaly".to_owned(),
            found_at: app.now(),
            settled: None,
        };
        request_warnings::insert(tx, &warning).await?;
    }
    Ok(regimes::call_for_suspicion(&found))
}

/// A hint is read; an alarm is settled before anything is accepted.
fn weight(is_alarm: bool) -> String {
    if is_alarm { "alarm".to_owned() } else { "hint".to_owned() }
}

async fn seen(app: &App, tx: &mut Transaction, request: &Request, instrument: &Instrument) -> Result<Seen> {
    let office = (request.country.as_str(), request.authority_name.as_str());
    let (last_day, ever) = requests::sent_by(tx, office, app.now().before(LATELY)).await?;
    let named = (office.0, office.1, request.reference.as_str());
    let alike = requests::alike(tx, request.document_sha256, named).await?;
    let others = || alike.iter().filter(|one| one.id != request.id);
    let authority = match request.authority {
        Some(id) => authorities::find(tx, id).await?,
        None => None,
    };
    let known_for =
        authority.as_ref().map(|known| app.now().since(known.entered_at).as_secs() / (24 * 60 * 60));
    Ok(Seen {
        earlier: count(ever - 1),
        known_for_days: known_for.and_then(|days| u32::try_from(days).ok()),
        last_day: count(last_day),
        distinct_targets: targets::distinct(app, tx, request, instrument).await?,
        same_document: others().any(|one| one.document_sha256 == request.document_sha256),
        same_reference: others()
            .any(|one| one.reference == request.reference && request.earlier != Some(one.id)),
        same_nonce: false,
        decoys: decoys_named(app, tx, request, instrument).await?,
        sender_domain: sender_domain(request, instrument),
        authority_domains: authority.as_ref().map(|known| known.domains.clone()).unwrap_or_default(),
        authority_roles: authority.as_ref().map(|known| known.roles.clone()).unwrap_or_default(),
        authority_country: authority.map(|known| known.country),
    })
}

fn count(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

/// The domain of the mail that the document names, where it did not come by a key.
fn sender_domain(request: &Request, instrument: &Instrument) -> Option<String> {
    if request.door == IntakeDoor::Exchange {
        return None;
    }
    instrument.issuer.mail.rsplit_once('@').map(|(_, domain)| domain.to_owned())
}

async fn decoys_named(
    app: &App,
    tx: &mut Transaction,
    request: &Request,
    instrument: &Instrument,
) -> Result<u32> {
    let mut named = 0;
    for wanted in &instrument.wanted {
        for blinded in [app.blinded_identifier(DECOY, &wanted.identifier)?, decoy(app, &wanted.identifier)?] {
            if decoys::is_one(tx, blinded).await? {
                decoys::count_hit(tx, blinded).await?;
                tracing::warn!(request.number, "a request names a decoy");
                named += 1;
                break;
            }
        }
    }
    Ok(named)
}

/// A decoy as it is known, however its name is written: who fishes writes names and mail addresses as they like.
fn decoy(app: &App, identifier: &Identifier) -> Result<[u8; 32]> {
    let value = identifier.value.trim();
    let value = match identifier.kind {
        IdentifierKind::Username => value.strip_prefix('@').unwrap_or(value).to_lowercase(),
        IdentifierKind::MailAddress => value.to_lowercase(),
        _ => value.to_owned(),
    };
    let service = identifier.service.trim().to_owned();
    app.blinded_identifier(DECOY, &Identifier { value, service, ..identifier.clone() })
}

/// Writes what somebody else than the officer has to look at: what a rule leaves to a senior, and the human-rights screen.
pub(super) async fn note_alarms(
    app: &App,
    tx: &mut Transaction,
    request: &Request,
    known: &Known,
    (task, findings): (&TaskRow, &[Finding]),
) -> Result<()> {
    let of_task = |kind: &str, text: Label, source: &str| Warning {
        request: request.id,
        task: task.number,
        kind: kind.to_owned(),
        weight: weight(true),
        text,
        source: source.to_owned(),
        found_at: app.now(),
        settled: None,
    };
    let senior = findings.iter().filter(|finding| finding.remedy == Remedy::Senior).map(|finding| {
        let text = Label { en: finding.en.clone(), fr: finding.fr.clone() };
        of_task(&finding.test, text, &finding.law)
    });
    let screened = screen(app, known, task);
    let screened = screened.into_iter().map(|alarm| {
        of_task(alarm.kind.name(), Label { en: alarm.text.en, fr: alarm.text.fr }, &alarm.source)
    });
    let alarms: Vec<_> = senior.chain(screened).collect();
    for alarm in &alarms {
        request_warnings::insert(tx, alarm).await?;
    }
    if !alarms.is_empty() {
        let kind = NoticeKind::RequestWarning;
        tell_permitted(app, tx, Operation::SettleWarnings, kind, &object(request.id)).await?;
    }
    Ok(())
}

fn screen(app: &App, known: &Known, task: &TaskRow) -> Vec<regimes::Alarm> {
    let Some(table) = app.settings.disclosure.concerns.clone() else { return vec![] };
    let targets = u32::try_from(known.instrument.wanted.len()).ok();
    let concerns = Concerns { table, protected: app.settings.disclosure.protected.clone(), targets };
    regimes::screen(&known.instrument, task.category, &concerns)
}

impl App {
    /// Plants a decoy: an identifier that nobody was ever given. Whoever names it is fishing, or was told. It is never shown
    /// again.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn plant_decoy(&self, caller: &Caller, identifier: &Identifier) -> Result<()> {
        authorise(caller, Operation::SettleWarnings, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        decoys::plant(&mut tx, decoy(self, identifier)?, self.now()).await?;
        let entry = Details::new(caller, "decoy.planted", "decoys", self.now());
        tx.commit(&entry.with(json!({ "kind": identifier.kind }))).await?;
        Ok(())
    }
}
