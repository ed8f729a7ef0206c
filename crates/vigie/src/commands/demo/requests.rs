//! The requests of the demo: an authority with keys of its own signs and sends them, as `vigie order` does.
//!
//! The first is valid. The second names no time, so that a legal officer asks, and has its user kept from being told. Both come
//! over HTTP, by the door that every authority uses.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use vigie_app::App;
use vigie_connect::exchange::Exchange;
use vigie_model::Moment;
use vigie_model::disclosure::{Identifier, Instrument, Offence, Office, Silence, Span, Wanted};
use vigie_seal::exchange::sign_instrument;
use vigie_synth::Operation;
use vigie_synth::requests::{DAY, offence, prosecutor, requisition, wanted};

use crate::authority::{self, Keys};

/// The name of the authority in its signatures.
const NAME: &str = "parquet-synthese.example/unit";

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
            let now = app.now();
            let span = has_time.then(|| Span { from: now.before(DAY * 30), until: now });
            let about = wanted(now, &operation.plan.service, &account.id.to_string());
            let mut instrument = instrument(reference, Wanted { span, ..about }, now)?;
            instrument.silence = (!has_time).then(|| silence(now));
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

fn instrument(reference: &str, about: Wanted, now: Moment) -> anyhow::Result<Instrument> {
    let Identifier { service, value, .. } = &about.identifier;
    let whole = requisition(now, service, value);
    Ok(Instrument {
        reference: reference.into(),
        issued_at: Some(now),
        issuer: Office { file: "26/0042".into(), ..prosecutor() },
        addressee: "Lakechat".into(),
        legal_bases: vec!["article 77-1-1 du code de procédure pénale".into()],
        offence: Some(Offence {
            text: "Diffusion de l'image d'un mineur à caractère pédopornographique".into(),
            ..offence()
        }),
        wanted: vec![about],
        nonce: vigie_app::secret::fresh("")?,
        ..whole
    })
}
