//! Adapters to the outside: they implement the ports of `vigie-app`.
//!
//! What it is: the [`webhook`] by which a messenger obeys, the [`pager`] and the [`mail`] that reach the person on duty,
//! the [`fetch`]er of media by address, and the [`exchange`] as an authority calls it. What it is not: a place for rules. An
//! adapter says whether something was done, was refused, or may be tried later; what follows from that stands in `vigie-app`.
//! Addresses and secrets are parameters, and no secret is ever logged.
//! What it is: the [`webhook`] by which a messenger obeys, the [`records`] that it gives under a grant, the [`pager`] and the
//! [`mail`] that reach the person on duty, the [`provider`] at which people sign in, and the [`fetch`]er of media by address. What it is not: a place for rules. An adapter says whether something was done, was refused, or may be tried later; what follows
//! from that stands in `vigie-app`. Addresses and secrets are parameters, and no secret is ever logged.
//!
//! To add a messenger: a module that implements `vigie_app::ports::Messenger`, with the actions it is able to perform.

pub mod exchange;
pub mod fetch;
mod http;
pub mod mail;
pub mod pager;
pub mod provider;
pub mod records;
mod signature;
pub mod webhook;
pub mod witness;

pub use fetch::AllowedHosts;
pub use http::{ConnectError, auditing_client};
pub use mail::{Encryption, MailPager, MailServer};
pub use pager::WebhookPager;
pub use provider::HttpSignInService;
pub use webhook::Webhook;
pub use witness::HttpWitness;
