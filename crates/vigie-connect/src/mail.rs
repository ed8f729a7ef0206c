//! Mail to the person on duty: that an alarm waits and where to read it, and nothing else.
//!
//! What it is: one fixed subject, one fixed text, the link. A repeated mail carries the same `Message-ID`, so that mail
//! programs show it once. What it is not: a way to send anything of an incident, or to anybody else.

use std::time::{Duration, SystemTime};

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncTransport as _, Tokio1Executor};
use vigie_app::ports::{Answer, DeliveryError, Page, Pager};
use vigie_model::Moment;

use crate::http::{self, ConnectError};

/// The subject of every mail.
const SUBJECT: &str = "Vigie: an alarm waits";

/// How long each step of the conversation with the server may take.
const STEP: Duration = Duration::from_secs(10);

/// How the connection to the mail server is kept from being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// It begins in the clear and must change to TLS before anything is said: port 587.
    StartTls,
    /// TLS from the first byte on: port 465.
    Tls,
    /// None: for a server on this very machine, port 25.
    None,
}

impl Encryption {
    fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// The server that takes our mail.
#[derive(Debug, Clone)]
pub struct MailServer {
    /// Its name; its certificate must be for it.
    pub host: String,
    /// Its port; none stands for the usual one of the encryption.
    pub port: Option<u16>,
    /// How the connection is encrypted.
    pub encryption: Encryption,
}

/// A pager that sends mail.
pub struct MailPager {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Mailbox,
}

impl MailPager {
    /// A pager through this server. `to` is where mail goes when the person on duty gave no address, or nobody is on duty.
    ///
    /// # Errors
    /// An address is none, or the TLS of this machine cannot be set up.
    pub fn new(
        server: &MailServer,
        login: Option<(String, String)>,
        from: &str,
        to: &str,
    ) -> Result<Self, ConnectError> {
        http::install_crypto();
        let mailbox = |text: &str| text.parse().map_err(|_| ConnectError::MailAddress(text.to_owned()));
        let tls = match server.encryption {
            Encryption::None => Tls::None,
            Encryption::StartTls => Tls::Required(parameters(server)?),
            Encryption::Tls => Tls::Wrapper(parameters(server)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port.unwrap_or(server.encryption.port()))
            .tls(tls)
            .timeout(Some(STEP));
        if let Some((user, password)) = login {
            builder = builder.credentials(Credentials::new(user, password));
        }
        Ok(Self { transport: builder.build(), from: mailbox(from)?, to: mailbox(to)? })
    }

    async fn send(&self, page: &Page, now: Moment) -> Result<(), DeliveryError> {
        let message = self.written(page, now)?;
        self.transport.send(message).await.map(drop).map_err(|error| why(&error))
    }

    fn written(&self, page: &Page, now: Moment) -> Result<Message, DeliveryError> {
        let own = page.mail.as_deref().and_then(|mail| mail.parse::<Address>().ok());
        let to = own.map_or_else(|| self.to.clone(), |address| Mailbox::new(None, address));
        let sent_at = SystemTime::UNIX_EPOCH + now.since(Moment::from_unix_seconds(0));
        Message::builder()
            .message_id(Some(format!("<{}@{}>", page.alarm, self.from.email.domain())))
            .date(sent_at)
            .from(self.from.clone())
            .to(to)
            .subject(SUBJECT)
            .header(ContentType::TEXT_PLAIN)
            .body(format!("An alarm waits.\r\nUne alerte attend.\r\n\r\n{}\r\n", page.link))
            .map_err(|_| DeliveryError::Refused("the mail cannot be written".into()))
    }
}

impl Pager for MailPager {
    fn way(&self) -> &'static str {
        "mail"
    }

    fn page<'a>(&'a self, page: &'a Page, now: Moment) -> Answer<'a, Result<(), DeliveryError>> {
        Box::pin(self.send(page, now))
    }
}

fn parameters(server: &MailServer) -> Result<TlsParameters, ConnectError> {
    TlsParameters::new(server.host.clone()).map_err(ConnectError::Mail)
}

/// What the server said, as a code alone: its words may hold addresses.
fn why(error: &lettre::transport::smtp::Error) -> DeliveryError {
    let code = error.status().map(|code| format!("the mail server answered {code}"));
    if error.is_permanent() {
        return DeliveryError::Refused(code.unwrap_or_else(|| "the mail server refused".into()));
    }
    DeliveryError::later(code.unwrap_or_else(|| {
        let why = match () {
            () if error.is_timeout() => "the mail server did not answer in time",
            () if error.is_tls() => "no encrypted connection to the mail server",
            () if error.is_client() => "the mail server cannot do what is configured",
            () => "no connection to the mail server",
        };
        why.into()
    }))
}
