//! Mail to the person on duty, through a small mail server on this very machine.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;
use vigie_app::ports::{DeliveryError, Page, Pager as _};
use vigie_connect::{Encryption, MailPager, MailServer};
use vigie_model::Moment;
use vigie_model::id::AlarmId;

use crate::rig::{later, refused};

/// A mail server that takes everything, or answers the recipient with this.
struct Server {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

impl Server {
    async fn start(to_recipient: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            heard: Arc::default(),
            cancel: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let (heard, cancel) = (Arc::clone(&server.heard), server.cancel.clone());
        server.tasks.spawn(cancel.run_until_cancelled_owned(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                converse(stream, to_recipient, &heard).await;
            }
        }));
        server
    }

    /// Every line the server was told, and no more after this.
    async fn stop(self) -> Vec<String> {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    fn pager(&self, encryption: Encryption, login: Option<(&str, &str)>) -> MailPager {
        let server = MailServer { host: "localhost".into(), port: Some(self.port), encryption };
        let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
        MailPager::new(&server, login, "Vigie <vigie@example.org>", "duty@example.org").unwrap()
    }
}

/// One conversation, to its end or to the point where the other side hangs up.
async fn converse(stream: TcpStream, to_recipient: &str, heard: &Mutex<Vec<String>>) {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    let mut in_message = false;
    writing.write_all(b"220 here\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        heard.lock().unwrap().push(line.clone());
        let command = line.split([' ', ':']).next().unwrap_or("").to_ascii_uppercase();
        let answer = match command.as_str() {
            _ if in_message && line != "." => continue,
            _ if in_message => {
                in_message = false;
                "250 taken"
            }
            "EHLO" => "250-here\r\n250 AUTH PLAIN",
            "AUTH" => "235 known",
            "RCPT" => to_recipient,
            "DATA" => {
                in_message = true;
                "354 go on"
            }
            _ => "250 well",
        };
        if writing.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() || command == "QUIT" {
            return;
        }
    }
}

fn page(mail: Option<&str>) -> Page {
    let alarm = AlarmId(Uuid::from_u128(7));
    Page {
        alarm,
        raised_at: Moment::from_unix_seconds(1_790_000_000),
        link: format!("http://localhost:8420/alarms/{alarm}"),
        mail: mail.map(str::to_owned),
    }
}

async fn sent(pager: &MailPager, mail: Option<&str>) -> Result<(), DeliveryError> {
    pager.page(&page(mail), Moment::from_unix_seconds(1_790_000_060)).await
}

#[tokio::test]
async fn a_mail_says_that_an_alarm_waits_and_where_and_nothing_else() {
    let server = Server::start("250 well").await;
    sent(&server.pager(Encryption::None, None), Some("ada@example.org")).await.unwrap();
    let mut heard = server.stop().await;
    // What remains is the whole message: our own name to the server and the end of the conversation apart.
    heard.retain(|line| !line.starts_with("EHLO") && line != "QUIT");
    let expected = "\
        MAIL FROM:<vigie@example.org>|RCPT TO:<ada@example.org>|DATA|\
        Message-ID: <00000000-0000-0000-0000-000000000007@example.org>|\
        Date: Mon, 21 Sep 2026 14:14:20 +0000|From: Vigie <vigie@example.org>|To: ada@example.org|\
        Subject: Vigie: an alarm waits|Content-Type: text/plain; charset=utf-8|\
        Content-Transfer-Encoding: 7bit||An alarm waits.|Une alerte attend.||\
        http://localhost:8420/alarms/00000000-0000-0000-0000-000000000007||.";
    assert_eq!(heard.join("|"), expected);
}

#[tokio::test]
async fn without_an_address_of_their_own_the_one_of_the_duty_gets_it() {
    let server = Server::start("250 well").await;
    let pager = server.pager(Encryption::None, Some(("vigie", "mellon")));
    sent(&pager, None).await.unwrap();
    let heard = server.stop().await;
    assert!(heard.iter().any(|line| line == "RCPT TO:<duty@example.org>"), "{heard:?}");
    assert!(heard.iter().any(|line| line.starts_with("AUTH PLAIN ")), "{heard:?}");
}

#[tokio::test]
async fn a_busy_server_is_tried_again_and_a_refusal_is_one() {
    let busy = Server::start("451 ann@example.org is being moved").await;
    let (why, _) = later(sent(&busy.pager(Encryption::None, None), None).await);
    assert_eq!(why, "the mail server answered 451");
    busy.stop().await;
    let strict = Server::start("550 no such ann@example.org").await;
    let why = refused(sent(&strict.pager(Encryption::None, None), None).await);
    assert_eq!(why, "the mail server answered 550");
    let gone = strict.pager(Encryption::None, None);
    strict.stop().await;
    assert_eq!(later(sent(&gone, None).await).0, "no connection to the mail server");
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_cannot_encrypt() {
    let server = Server::start("250 well").await;
    let pager = server.pager(Encryption::StartTls, Some(("vigie", "mellon")));
    later(sent(&pager, None).await);
    let heard = server.stop().await;
    let said: Vec<_> = heard.iter().filter(|line| !line.starts_with("EHLO") && *line != "QUIT").collect();
    assert!(said.is_empty(), "{said:?}");
}

#[test]
fn an_address_that_is_none_is_told_at_the_start() {
    let server = MailServer { host: "localhost".into(), port: None, encryption: Encryption::None };
    let refused = MailPager::new(&server, None, "vigie", "duty@example.org").err().unwrap();
    assert_eq!(refused.to_string(), "\"vigie\" is no mail address");
}
