//! The requests of the demo: an authority with keys of its own signs and sends them, as `vigie order` does.
//!
//! The first is valid. The second names no time, so that a legal officer asks, and has its user kept from being told. Both come over HTTP, by the door that every
//! authority uses.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use vigie_app::App;
use vigie_connect::exchange::Exchange;
use vigie_model::Moment;
use vigie_model::disclosure::{
    Category, Identifier, IdentifierKind, Instrument, IssuerRole, Offence, Office, RequestKind, Silence,
    Span, SubjectRole, Wanted,
};
use vigie_seal::exchange::sign_instrument;
use vigie_synth::Operation;

use crate::authority::{self, Keys};

/// The name of the authority in its signatures.
const NAME: &str = "parquet-synthese.example/unit";
const DAY: Duration = Duration::from_secs(24 * 3600);

/// An authority with keys in a folder of its own, apart from the data of the service.
pub(super) struct Unit {
    pub(super) folder: PathBuf,
    pub(super) keys: Keys,
}

impl Unit {
    /// Makes the keys beside the data of the service, or takes those that an earlier demo with this folder left there.
    pub(super) fn make(data: &Path) -> anyhow::Result<Self> {
        let name = data.file_name().unwrap_or_default().to_string_lossy();
        let folder = data.with_file_name(format!("{name}-authority-keys"));
        let keys = Keys::make(&folder, NAME)?;
        Ok(Self { folder, keys })
    }

    /// Puts the keys of the service into the folder, as somebody of the authority who was given them does.
    pub(super) async fn trust(&self, app: &App) -> anyhow::Result<()> {
        let service = format!("{}\n", app.disclosure_verifier()?);
        let log = format!("{}\n", app.ledger_verifier().await?);
        authority::replace(&self.folder.join(authority::SERVICE), service.as_bytes())?;
        authority::replace(&self.folder.join(authority::LOG), log.as_bytes())
    }

    /// Signs the requests and sends them.
    pub(super) async fn ask(&self, app: &App, service: &str, operation: &Operation) -> anyhow::Result<()> {
        let exchange = Exchange::new(service)?;
        let mut accounts = operation.accounts.iter();
        for (reference, has_time) in [("PV 2026/118", true), ("PV 2026/121", false)] {
            let account = accounts.next().context("the operation has accounts")?;
            let wanted = Identifier {
                kind: IdentifierKind::UserId,
                value: account.id.to_string(),
                service: operation.plan.service.clone(),
            };
            let span = has_time.then(|| Span { from: app.now().before(DAY * 30), until: app.now() });
            let mut instrument = instrument(reference, (wanted, span), app.now())?;
            instrument.silence = (!has_time).then(|| silence(app.now()));
            let signed = sign_instrument(&instrument, &self.keys.signing)?;
            exchange.submit(signed.to_bytes()).await.context("the service did not take a request")?;
        }
        Ok(())
    }
}

fn silence(now: Moment) -> Silence {
    let basis = "article 11 du code de procédure pénale".into();
    Silence { basis, until: Some(now.after(DAY * 60)), text: String::new() }
}

fn instrument(
    reference: &str,
    (identifier, span): (Identifier, Option<Span>),
    now: Moment,
) -> anyhow::Result<Instrument> {
    Ok(Instrument {
        regime: "fr-77-1-1".into(),
        kind: RequestKind::Production,
        reference: reference.into(),
        issued_at: Some(now),
        issuer: Office {
            name: "Parquet de Synthèse".into(),
            country: "FR".into(),
            role: Some(IssuerRole::Prosecutor),
            file: "26/0042".into(),
            ..Office::default()
        },
        validator: None,
        addressee: "Lakechat".into(),
        legal_bases: vec!["article 77-1-1 du code de procédure pénale".into()],
        offence: Some(Offence {
            text: "Diffusion de l'image d'un mineur à caractère pédopornographique".into(),
            provision: "227-23 du code pénal".into(),
            listed: None,
            maximum_years: Some(5),
            by_network: Some(true),
            country: Some("FR".into()),
        }),
        subject_role: SubjectRole::Suspect,
        emergency: None,
        notified: None,
        silence: None,
        answer_by: None,
        do_not_act: None,
        earlier: None,
        wanted: vec![Wanted {
            identifier,
            categories: vec![Category::Subscriber, Category::Identification],
            span,
            criterion: None,
            cap: None,
        }],
        facts: String::new(),
        necessity: String::new(),
        answer_to: None,
        nonce: vigie_app::secret::fresh("")?,
    })
}
