//! The authority: it sends requests that it signed, takes some of them back, and fetches what was released; and it keeps a journal
//! of what it was answered.
//!
//! What got no answer is sent again, byte by byte. A request is taken once: where the first had come in all the same, the service says
//! which request it became.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;
use vigie::clock::SystemClock;
use vigie_connect::exchange::{Exchange, ExchangeError};
use vigie_model::disclosure::AuthorityKeys;
use vigie_model::id::RequestId;
use vigie_model::{Clock as _, Moment};
use vigie_seal::envelope::Envelope;
use vigie_seal::exchange::{Receipt, Withdrawal, sign_instrument};
use vigie_seal::note::{Kind, SignerKey, VerifierKey};
use vigie_seal::package::{self, Identity, TrustedKeys};
use vigie_seal::pass::{Call, Pass};
use vigie_synth::Random;

use super::super::rig::Rig;
use super::order;

/// How many call at once.
const CALLERS: u64 = 2;

/// Of 100 documents, so many were answered before.
const REPEATED: u32 = 10;

/// How many accounts it asks about: fewer than what makes a sender odd. The last one is nobody's.
const ACCOUNTS: usize = 5;

const NOBODY: &str = "nobody-of-this-messenger";

/// A request follows from its number alone.
pub(super) type Number = u64;

pub(super) struct Authority(Arc<Shared>);

struct Shared {
    signing: SignerKey,
    sealing: Identity,
    service: String,
    accounts: Vec<String>,
    begun: Moment,
    trusted: TrustedKeys,
    journal: Mutex<Journal>,
}

#[derive(Default)]
struct Journal {
    allowed: Number,
    asked: Number,
    unanswered: VecDeque<Number>,
    answered: BTreeMap<Number, RequestId>,
    withdrawn: BTreeSet<Number>,
    packages: BTreeMap<Number, Vec<u8>>,
    passes: u64,
    repeated: u64,
    lost: u64,
}

/// What is called next.
enum Next {
    Send(Number),
    Withdraw(Number, RequestId),
    Fetch(Number, RequestId),
    Pause,
}

impl Authority {
    pub(super) async fn of(rig: &Rig) -> Self {
        let service = rig.app.disclosure_verifier().unwrap();
        let log: VerifierKey = rig.app.ledger_verifier().await.unwrap();
        let origin = log.name().to_owned();
        let accounts = rig.operation.accounts.iter().take(ACCOUNTS - 1).map(|account| account.id.to_string());
        Self(Arc::new(Shared {
            signing: SignerKey::from_seed("parquet.example/unit", Kind::Note, &[3; 32]).unwrap(),
            sealing: Identity::generate(),
            service: rig.operation.plan.service.clone(),
            accounts: accounts.chain([NOBODY.to_owned()]).collect(),
            begun: SystemClock.now(),
            trusted: TrustedKeys { service: vec![service], log: Some((log, origin)) },
            journal: Mutex::default(),
        }))
    }

    pub(super) fn keys(&self) -> AuthorityKeys {
        AuthorityKeys {
            signing: Some(self.0.signing.verifier().to_string()),
            sealing: Some(self.0.sealing.to_public().to_string()),
            valid_until: None,
        }
    }

    /// Everybody calls until the service is gone, about so many new requests at most.
    pub(super) fn call(&self, address: &str, new: Number, seed: u64) -> JoinSet<()> {
        self.0.journal(|journal| journal.allowed += new);
        let mut calling = JoinSet::new();
        for caller in 0..CALLERS {
            let exchange = Exchange::new(address).unwrap();
            let (shared, mut random) = (Arc::clone(&self.0), Random::new(seed ^ caller));
            calling.spawn(async move {
                loop {
                    let next = shared.next(&mut random);
                    if shared.take(&exchange, next).await.is_none() {
                        return;
                    }
                }
            });
        }
        calling
    }

    /// Waits until everybody has seen that the service is gone.
    pub(super) async fn await_end(&self, mut calling: JoinSet<()>) {
        while let Some(ended) = calling.join_next().await {
            ended.unwrap();
        }
    }

    /// Sends, takes back and fetches what is left, once each; how much is left then.
    pub(super) async fn ask_for_the_rest(&self, address: &str) -> usize {
        let exchange = Exchange::new(address).unwrap();
        let unanswered = self.0.journal(|journal| std::mem::take(&mut journal.unanswered));
        let unanswered = unanswered.into_iter().map(Next::Send);
        let answered = self.0.journal(|journal| journal.answered.clone());
        let answered = answered.into_iter().filter(|(number, _)| !self.0.is_settled(*number));
        let answered = answered.map(|(number, id)| match is_taken_back(number) {
            true => Next::Withdraw(number, id),
            false => Next::Fetch(number, id),
        });
        for next in unanswered.chain(answered) {
            assert!(self.0.take(&exchange, next).await.is_some(), "no answer although nobody kills");
        }
        (0..self.asked()).filter(|number| !self.0.is_settled(*number)).count()
    }

    /// How many requests were sent.
    pub(super) fn asked(&self) -> Number {
        self.0.journal(|journal| journal.asked)
    }

    /// The request that each answered document became.
    pub(super) fn answered(&self) -> BTreeMap<Number, RequestId> {
        self.0.journal(|journal| journal.answered.clone())
    }

    /// Whether it was told that a request is taken back.
    pub(super) fn has_taken_back(&self, number: Number) -> bool {
        self.0.journal(|journal| journal.withdrawn.contains(&number))
    }

    /// What it fetched.
    pub(super) fn packages(&self) -> BTreeMap<Number, Vec<u8>> {
        self.0.journal(|journal| journal.packages.clone())
    }

    /// That a request is taken back, signed.
    pub(super) fn withdrawal(&self, number: Number, id: RequestId) -> Vec<u8> {
        self.0.withdrawal(number, id)
    }

    /// A document as it was sent.
    pub(super) fn document(&self, number: Number) -> Vec<u8> {
        self.0.document(number)
    }

    /// Whether somebody of the messenger is asked about.
    pub(super) fn is_about_somebody(&self, number: Number) -> bool {
        self.0.account(number) != NOBODY
    }

    /// How much happened, for whoever reads the output.
    pub(super) fn summary(&self) -> String {
        self.0.journal(|journal| {
            format!(
                "{} requests ({} sent again after an answer, {} of which the answer was lost), {} taken back, {} packages",
                journal.asked,
                journal.repeated,
                journal.lost,
                journal.withdrawn.len(),
                journal.packages.len()
            )
        })
    }
}

/// The number that the authority gives a request.
pub(super) fn reference(number: Number) -> String {
    format!("PV 2026/{number}")
}

/// What of a reference is the number.
pub(super) fn number_of(reference: &str) -> Option<Number> {
    reference.strip_prefix("PV 2026/")?.parse().ok()
}

/// Whether it takes this one back.
pub(super) fn is_taken_back(number: Number) -> bool {
    number % 3 == 2
}

/// Whether the second person waits with this one until it is taken back.
pub(super) fn waits(number: Number) -> bool {
    is_taken_back(number) && number % 2 == 1
}

/// Whether it does so before anything is taken; most are taken back while something of them is.
fn is_early(number: Number) -> bool {
    number % 12 == 2
}

impl Shared {
    fn journal<T>(&self, work: impl FnOnce(&mut Journal) -> T) -> T {
        work(&mut self.journal.lock().unwrap())
    }

    fn account(&self, number: Number) -> &str {
        &self.accounts[number as usize % self.accounts.len()]
    }

    fn is_settled(&self, number: Number) -> bool {
        self.journal(|journal| journal.withdrawn.contains(&number) || journal.packages.contains_key(&number))
    }

    fn next(&self, random: &mut Random) -> Next {
        let open = |journal: &Journal| {
            let settled =
                |number: &Number| journal.withdrawn.contains(number) || journal.packages.contains_key(number);
            let open = journal.answered.iter().filter(|(number, _)| !settled(number));
            open.map(|(number, id)| (*number, *id)).collect::<Vec<_>>()
        };
        self.journal(|journal| {
            if let Some(number) = journal.unanswered.pop_front() {
                return Next::Send(number);
            }
            if !journal.answered.is_empty() && random.chance(REPEATED) {
                return Next::Send(
                    *journal.answered.keys().nth(random.below(journal.answered.len())).unwrap(),
                );
            }
            if journal.asked < journal.allowed {
                journal.asked += 1;
                return Next::Send(journal.asked - 1);
            }
            let open = open(journal);
            match open.is_empty() {
                true => Next::Pause,
                false => {
                    let (number, id) = open[random.below(open.len())];
                    if is_taken_back(number) { Next::Withdraw(number, id) } else { Next::Fetch(number, id) }
                }
            }
        })
    }

    /// None where the service is gone.
    async fn take(&self, exchange: &Exchange, next: Next) -> Option<()> {
        match next {
            Next::Send(number) => self.send(exchange, number).await,
            Next::Withdraw(number, id) => {
                if is_early(number) || self.is_carried_out(exchange, id).await? {
                    return self.withdraw(exchange, number, id).await;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
                Some(())
            }
            Next::Fetch(number, id) => self.fetch(exchange, number, id).await,
            Next::Pause => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                // Whether anybody is there.
                gone_or(exchange.status(RequestId(uuid::Uuid::nil()), "").await, &["unknown_authority"])
            }
        }
    }

    async fn send(&self, exchange: &Exchange, number: Number) -> Option<()> {
        let document = self.document(number);
        let (id, came_before) = match exchange.submit(document.clone()).await {
            Ok(receipt) => (Some(self.receipt(&receipt, &document).request), false),
            Err(error) => (replayed(error), true),
        };
        self.journal(|journal| match (id, journal.answered.get(&number)) {
            (Some(id), Some(earlier)) => {
                assert!(*earlier == id && came_before, "{} was taken twice", reference(number));
                journal.repeated += 1;
            }
            (Some(id), None) => {
                journal.answered.insert(number, id);
                journal.lost += u64::from(came_before);
            }
            (None, Some(_)) => {}
            (None, None) => journal.unanswered.push_back(number),
        });
        id.map(drop)
    }

    fn receipt(&self, receipt: &[u8], sent: &[u8]) -> Receipt {
        Receipt::open(&Envelope::read(receipt).unwrap(), &self.trusted.service, sent).unwrap()
    }

    fn withdrawal(&self, number: Number, id: RequestId) -> Vec<u8> {
        let withdrawal = Withdrawal {
            version: 1,
            request: id,
            reference: reference(number),
            at: self.begun,
            reason: "solved otherwise".into(),
            nonce: format!("nonce-of-withdrawal-{number:012}"),
        };
        withdrawal.sign(&self.signing).unwrap().to_bytes()
    }

    async fn withdraw(&self, exchange: &Exchange, number: Number, id: RequestId) -> Option<()> {
        let document = self.withdrawal(number, id);
        let answer = exchange.withdraw(id, document.clone()).await.map(|receipt| {
            assert_eq!(self.receipt(&receipt, &document).request, id);
        });
        // Where two took it back at once, one of them was too late.
        gone_or(answer, &["request_replayed", "wrong_state"])?;
        self.journal(|journal| journal.withdrawn.insert(number));
        Some(())
    }

    fn pass(&self, call: &Call) -> String {
        let passes = self.journal(|journal| {
            journal.passes += 1;
            journal.passes
        });
        let pass = Pass::for_call(call, SystemClock.now(), format!("nonce-of-a-pass-{passes:012}"));
        pass.sign(&self.signing).unwrap()
    }

    /// Whether a request was accepted a while ago. None where nobody answered.
    async fn is_carried_out(&self, exchange: &Exchange, id: RequestId) -> Option<bool> {
        let pass = self.pass(&exchange.status_call(id));
        match exchange.status(id, &pass).await {
            Ok(standing) => {
                let standing: serde_json::Value = serde_json::from_slice(&standing).unwrap();
                // Now and then, so that there is time to take something.
                let is_now = self.journal(|journal| journal.passes % 8 == 0);
                Some(standing["state"] != "under_examination" && is_now)
            }
            Err(error) => gone_or(Err::<(), _>(error), &[]).map(|()| false),
        }
    }

    async fn fetch(&self, exchange: &Exchange, number: Number, id: RequestId) -> Option<()> {
        let pass = self.pass(&exchange.package_call(id));
        match exchange.package(id, &pass).await {
            Ok(package) => {
                self.judge(number, &package);
                self.journal(|journal| journal.packages.insert(number, package));
                Some(())
            }
            Err(error) => gone_or(Err::<(), _>(error), &["nothing_released", "proof_pending"]),
        }
    }

    /// A package is whole, within its grant, in the log, and opens.
    fn judge(&self, number: Number, package: &[u8]) {
        let verified = package::verify(package, &self.trusted);
        let answers = [&verified.authentic, &verified.complete, &verified.within_grant, &verified.in_log];
        assert!(answers.iter().all(|answer| answer.is_yes()), "{}: {answers:?}", reference(number));
        let opened = package::open(package, &self.sealing, &self.trusted).unwrap();
        let is_about_somebody = self.account(number) != NOBODY;
        let gives = opened.lines.iter().any(|line| line.to_string().contains("\"account\""));
        assert_eq!(gives, is_about_somebody, "{}: {:?}", reference(number), opened.lines);
    }

    fn document(&self, number: Number) -> Vec<u8> {
        let order = order::about((self.account(number), &self.service), number, self.begun);
        sign_instrument(&order, &self.signing).unwrap().to_bytes()
    }
}

/// None where nobody answered; refusals are those that may be.
fn gone_or<T>(answer: Result<T, ExchangeError>, codes: &[&str]) -> Option<()> {
    match answer {
        Ok(_) => Some(()),
        Err(ExchangeError::NoAnswer(_)) => None,
        Err(ExchangeError::Refused { problem: Some(problem), .. }) if codes.contains(&&*problem.code) => {
            Some(())
        }
        Err(error) => panic!("the service refuses: {error}"),
    }
}

/// Which request a document became that came before. None where nobody answered.
fn replayed(error: ExchangeError) -> Option<RequestId> {
    let ExchangeError::Refused { problem: Some(problem), .. } = &error else {
        gone_or(Err::<(), _>(error), &[]);
        return None;
    };
    assert_eq!(problem.code, "request_replayed", "{problem}");
    let said = problem.detail.split("it is request ").nth(1).and_then(|rest| rest.split(' ').next());
    Some(said.and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("{problem} names no request")))
}
