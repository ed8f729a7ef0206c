//! What the service calls outside, as the configuration names it.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use vigie_app::ANY_SERVICE;
use vigie_app::ports::{Messenger, Pager};
use vigie_connect::{Webhook, WebhookPager};

use crate::settings::Outside;

/// The messenger on which actions are performed: one for every service.
pub(super) fn messengers(outside: Option<&Outside>) -> anyhow::Result<BTreeMap<String, Arc<dyn Messenger>>> {
    let Some(outside) = outside else { return Ok(BTreeMap::new()) };
    let webhook =
        Webhook::new(&outside.url, outside.secret()?.bytes()).context("cannot use `[messenger]`")?;
    Ok(BTreeMap::from([(ANY_SERVICE.to_owned(), Arc::new(webhook) as Arc<dyn Messenger>)]))
}

/// What reaches the person on duty.
pub(super) fn pager(outside: Option<&Outside>) -> anyhow::Result<Option<Arc<dyn Pager>>> {
    let Some(outside) = outside else { return Ok(None) };
    let pager = WebhookPager::new(&outside.url, outside.secret()?.bytes()).context("cannot use `[pager]`")?;
    Ok(Some(Arc::new(pager)))
}
