//! What the service calls outside, as the configuration names it.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use vigie_app::ANY_SERVICE;
use vigie_app::identities::Provider;
use vigie_app::ledger::Witness;
use vigie_app::ports::{AccountRecords, Messenger, Pager};
use vigie_connect::records::{SignedPull, Synapse};
use vigie_connect::{Encryption, HttpWitness, MailPager, MailServer, Webhook, WebhookPager};

use crate::settings::{Ledger, Mail, MailEncryption, Outside, RecordsAt, RecordsKind, Settings, WitnessAt};

/// The messenger on which actions are performed: one for every service.
pub(super) fn messengers(outside: Option<&Outside>) -> anyhow::Result<BTreeMap<String, Arc<dyn Messenger>>> {
    let Some(outside) = outside else { return Ok(BTreeMap::new()) };
    let webhook =
        Webhook::new(&outside.url, outside.secret()?.bytes()).context("cannot use `[messenger]`")?;
    Ok(BTreeMap::from([(ANY_SERVICE.to_owned(), Arc::new(webhook) as Arc<dyn Messenger>)]))
}

/// What messengers hold about accounts, each by its own name.
pub(super) fn records(settings: &Settings) -> anyhow::Result<BTreeMap<String, Arc<dyn AccountRecords>>> {
    let connector = |one: &RecordsAt| -> anyhow::Result<Arc<dyn AccountRecords>> {
        let secret = one.secret()?;
        Ok(match one.kind {
            RecordsKind::SignedPull => Arc::new(SignedPull::new(&one.url, secret.bytes())?),
            RecordsKind::Synapse => {
                let desk = vec![super::desk::key(&settings.data)?.verifier()];
                Arc::new(Synapse::new(&one.service, &one.url, secret.text(), desk)?)
            }
        })
    };
    let each = settings.records.iter().map(|one| {
        let connector =
            connector(one).with_context(|| format!("cannot use `[[records]]` of {}", one.service))?;
        Ok((one.service.clone(), connector))
    });
    each.collect()
}

/// The ways to reach the person on duty.
pub(super) fn pagers(settings: &Settings) -> anyhow::Result<Vec<Arc<dyn Pager>>> {
    let mut pagers: Vec<Arc<dyn Pager>> = vec![];
    if let Some(outside) = &settings.pager {
        let pager =
            WebhookPager::new(&outside.url, outside.secret()?.bytes()).context("cannot use `[pager]`")?;
        pagers.push(Arc::new(pager));
    }
    if let Some(mail) = &settings.mail {
        pagers.push(Arc::new(mail_pager(mail).context("cannot use `[mail]`")?));
    }
    Ok(pagers)
}

/// The witnesses that cosign the ledger's checkpoints.
pub(super) fn witnesses(ledger: &Ledger) -> anyhow::Result<Vec<Witness>> {
    let witness = |one: &WitnessAt| {
        let server =
            HttpWitness::new(&one.url).with_context(|| format!("cannot use the witness {}", one.url))?;
        Ok(Witness { key: one.key()?, server: Arc::new(server) })
    };
    ledger.witnesses.iter().map(witness).collect()
}

/// The sign-in service of the organisation.
pub(crate) fn provider(settings: &Settings) -> anyhow::Result<Option<Provider>> {
    let Some(oidc) = &settings.access.oidc else { return Ok(None) };
    oidc.provider().context("cannot use `[access.oidc]`").map(Some)
}

/// Mail to the person on duty.
pub(crate) fn mail_pager(mail: &Mail) -> anyhow::Result<MailPager> {
    let encryption = match mail.encryption {
        MailEncryption::StartTls => Encryption::StartTls,
        MailEncryption::Tls => Encryption::Tls,
        MailEncryption::None => Encryption::None,
    };
    let server = MailServer { host: mail.host.clone(), port: mail.port, encryption };
    Ok(MailPager::new(&server, mail.login()?, &mail.from, &mail.to)?)
}
