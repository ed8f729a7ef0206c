//! The messenger's upload checks: several at once, each question under a key, and a journal of what was answered.
//!
//! A question that got no answer is asked again under its key, as a careful messenger does; now and then one that was
//! answered is asked again too, and must get the same answer.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use vigie_app::tokens::NewToken;
use vigie_match::Digests;
use vigie_model::conversation::ConversationKind;
use vigie_model::{Caller, Scope};
use vigie_synth::Random;
use vigie_synth::operation::Message;
use vigie_testkit::Visitor;

use super::people::People;
use super::rig::Rig;

/// How many ask at once.
const CLIENTS: u64 = 4;

/// Of 100 questions, so many were answered before.
const REPEATED: u32 = 20;

/// How many answered questions are asked again at the end.
const SAMPLE: usize = 500;

const BOUNDARY: &str = "vigie-kill-boundary";

/// A question follows from its number alone.
type Number = u64;

pub(super) struct Clients(Arc<Shared>);

struct Shared {
    token: String,
    known: Vec<Vec<u8>>,
    /// What uploads are said to be: postings of the messenger, so that actions on them find something.
    postings: Vec<(Message, ConversationKind)>,
    service: String,
    journal: Mutex<Journal>,
}

#[derive(Default)]
struct Journal {
    asked: Number,
    unanswered: VecDeque<Number>,
    answered: BTreeMap<Number, Value>,
    repeated: u64,
    refused: u64,
}

impl Clients {
    pub(super) async fn of(rig: &Rig, people: &People) -> Self {
        let new = NewToken {
            name: "messenger".into(),
            scopes: vec![Scope::Submit],
            entries_per_hour: 1,
            life: None,
        };
        let (_, token) = rig.app.add_token(&Caller::operator(), new).await.unwrap();
        let kind = |message: &Message| rig.operation.conversation(&message.conversation).unwrap().kind;
        let postings = rig.operation.messages.iter().map(|message| (message.clone(), kind(message)));
        let postings = postings.filter(|(_, kind)| *kind != ConversationKind::Direct).collect();
        let service = rig.operation.plan.service.clone();
        let known = people.known.clone();
        Self(Arc::new(Shared { token, known, postings, service, journal: Mutex::default() }))
    }

    /// Everybody asks until the service is gone.
    pub(super) fn ask(&self, address: &str, seed: u64) -> JoinSet<()> {
        let mut asking = JoinSet::new();
        for client in 0..CLIENTS {
            let visitor = Visitor::new(address.to_owned()).with_token(&self.0.token);
            let (shared, mut random) = (Arc::clone(&self.0), Random::new(seed ^ client));
            asking.spawn(async move {
                loop {
                    let number = shared.next(&mut random);
                    let answer = shared.ask(&visitor, number).await;
                    let is_gone = answer.is_none();
                    shared.keep(number, answer);
                    if is_gone {
                        return;
                    }
                }
            });
        }
        asking
    }

    /// Asks so many questions, one after the other. How many were refused because nothing can be kept.
    pub(super) async fn ask_some(&self, address: &str, questions: u64, random: &mut Random) -> u64 {
        let visitor = Visitor::new(address.to_owned()).with_token(&self.0.token);
        let before = self.0.journal(|journal| journal.refused);
        for _ in 0..questions {
            let number = self.0.next(random);
            let answer = self.0.ask(&visitor, number).await;
            self.0.keep(number, answer);
        }
        self.0.journal(|journal| journal.refused) - before
    }

    /// Waits until everybody has seen that the service is gone.
    pub(super) async fn await_end(&self, mut asking: JoinSet<()>) {
        while let Some(ended) = asking.join_next().await {
            ended.unwrap();
        }
    }

    /// Asks what is unanswered, and much of what was answered.
    pub(super) async fn ask_again(&self, address: &str) {
        let visitor = Visitor::new(address.to_owned()).with_token(&self.0.token);
        let again = self.0.journal(|journal| {
            let step = (journal.answered.len() / SAMPLE).max(1);
            let sample = journal.answered.keys().copied().step_by(step);
            sample.chain(std::mem::take(&mut journal.unanswered)).collect::<Vec<_>>()
        });
        for number in again {
            let answer = self.0.ask(&visitor, number).await;
            assert!(answer.is_some(), "question {number} gets no answer although nobody kills");
            self.0.keep(number, answer);
        }
    }

    /// The submission that each answered question became, as digits.
    pub(super) fn answered(&self) -> BTreeMap<String, String> {
        let submission = |answer: &Value| answer["submission"].as_str().unwrap_or_default().replace('-', "");
        self.0.journal(|journal| {
            journal.answered.iter().map(|(number, answer)| (name(*number), submission(answer))).collect()
        })
    }

    /// How many questions were asked, and how many of them again after their answer.
    pub(super) fn counts(&self) -> (u64, u64) {
        self.0.journal(|journal| (journal.asked, journal.repeated))
    }
}

/// What the messenger calls the upload of a question.
fn name(number: Number) -> String {
    format!("upload-{number}")
}

/// Whether a question carries the media, and not only its signals.
pub(super) fn carries_media(name: &str) -> bool {
    name.ends_with(['0', '2', '4', '6', '8'])
}

impl Shared {
    fn journal<T>(&self, work: impl FnOnce(&mut Journal) -> T) -> T {
        work(&mut self.journal.lock().unwrap())
    }

    fn next(&self, random: &mut Random) -> Number {
        self.journal(|journal| {
            if let Some(number) = journal.unanswered.pop_front() {
                return number;
            }
            if !journal.answered.is_empty() && random.chance(REPEATED) {
                let place = random.below(journal.answered.len());
                return *journal.answered.keys().nth(place).unwrap();
            }
            journal.asked += 1;
            journal.asked - 1
        })
    }

    fn keep(&self, number: Number, answer: Option<Value>) {
        self.journal(|journal| match (answer, journal.answered.get(&number)) {
            (Some(answer), Some(earlier)) => {
                assert_eq!(answer, *earlier, "question {number} got another answer than before");
                journal.repeated += 1;
            }
            (Some(answer), None) => drop(journal.answered.insert(number, answer)),
            (None, Some(_)) => {}
            (None, None) => journal.unanswered.push_back(number),
        });
    }

    /// Asks one question. None when the service died before its answer was whole.
    async fn ask(&self, visitor: &Visitor, number: Number) -> Option<Value> {
        let known = &self.known[number as usize / 2 % self.known.len()];
        let (kind, body) = match carries_media(&name(number)) {
            true => (format!("multipart/form-data; boundary={BOUNDARY}"), self.form(number, known)),
            false => {
                let signals = json!({ "sha256": hex::encode(Digests::of(known).sha256) });
                let question = json!({ "context": self.context(number), "signals": signals });
                ("application/json".to_owned(), question.to_string().into_bytes())
            }
        };
        let request = visitor.request(Method::POST, "/api/v1/submissions").header(CONTENT_TYPE, kind);
        let response = request.header("idempotency-key", name(number)).body(body).send().await.ok()?;
        let (status, text) = (response.status(), response.text().await.ok()?);
        if status == 507 {
            let problem: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(problem["code"], "storage_full", "question {number}: {text}");
            self.journal(|journal| journal.refused += 1);
            return None;
        }
        assert_eq!(status, 200, "question {number}: {text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert!(answer["incident"].is_string(), "question {number} is no hit: {answer}");
        Some(answer)
    }

    fn form(&self, number: Number, media: &[u8]) -> Vec<u8> {
        let context = self.context(number);
        let mut body = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"context\"\r\ncontent-type: application/json\r\n\r\n\
             {context}\r\n--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"media\"; filename=\"x\"\r\n\
             content-type: image/jpeg\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(media);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        body
    }

    fn context(&self, number: Number) -> Value {
        let (message, kind) = &self.postings[number as usize % self.postings.len()];
        let surface = if *kind == ConversationKind::Channel { "public_channel" } else { "public_group" };
        json!({
            "surface": surface, "service": self.service, "media_id": name(number),
            "conversation": { "id": message.conversation, "kind": kind },
            "account": { "id": message.account }, "message_id": message.id,
        })
    }
}
