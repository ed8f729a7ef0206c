//! The synthetic messenger: conversations that anybody can look at, and a webhook by which Vigie takes content away.
//!
//! What it is: a router over state in memory. Pages show the content, so that one sees it vanish; `/vigie/v1/…` obeys
//! signed orders and answers signed questions; `/records/v1/…` gives records under signed grants; `/pager` takes the calls to the person on duty; `/api/…` tells tests what
//! is true. [`Messenger`] is also the handle by which a test in the same process looks inside and asks for faults.
//! What it is not: safe to expose; it shows private conversations to anybody, because nothing in it is real.
//!
//! To add an action: see `enforcement.rs`. To add a page: `pages.rs` and a template. To add a signed question:
//! `signed.rs`.

mod enforcement;
mod facts;
mod files;
mod pager;
mod pages;
mod records;
mod signed;
mod world;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use vigie_model::id::ActionId;
use vigie_model::{Clock, Moment};
use vigie_synth::{MediaId, MessageId, Operation, Post};

use crate::faults::{Door, Fault, Faults};
use enforcement::Register;
use files::{Files, Painted};
use records::Books;
use world::World;

pub use enforcement::PerformedFacts;
pub use pager::Call;
pub use records::{Lie, Name, Phone, Session};
pub use world::{AccountFacts, ConversationFacts, MediaFacts, MessageFacts, NotPosted, Standing};

/// A synthetic messenger. Copies are handles to the same one.
#[derive(Clone)]
pub struct Messenger {
    inner: Arc<Inner>,
}

struct Inner {
    secret: Vec<u8>,
    clock: Arc<dyn Clock>,
    faults: Faults,
    files: Files,
    cancel: CancellationToken,
    state: Mutex<State>,
}

/// What changes.
struct State {
    world: World,
    register: Register,
    books: Books,
    calls: Vec<Call>,
}

impl Messenger {
    /// The messenger on which an operation has been going on. `secret` is what Vigie signs with; `clock` tells when
    /// orders are performed and which signatures are too old.
    #[must_use]
    pub fn new(operation: &Operation, secret: &[u8], clock: Arc<dyn Clock>) -> Self {
        let state = State {
            world: World::of(operation),
            register: Register::default(),
            books: Books::of(operation),
            calls: Vec::new(),
        };
        let inner = Inner {
            secret: secret.to_vec(),
            clock,
            faults: Faults::default(),
            files: Files::default(),
            cancel: CancellationToken::new(),
            state: Mutex::new(state),
        };
        Self { inner: Arc::new(inner) }
    }

    /// All its routes.
    pub fn router(&self) -> Router {
        Router::new()
            .merge(pages::router())
            .merge(facts::router())
            .merge(signed::router(self))
            .with_state(self.clone())
    }

    /// Serves until `cancel` is cancelled and the requests under way are answered.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(&self, listener: TcpListener, cancel: CancellationToken) -> io::Result<()> {
        let inner = self.inner.cancel.clone();
        let ended = async move {
            cancel.cancelled().await;
            // Waits that were injected as faults end as well, and pictures that are not painted yet stay unpainted.
            inner.cancel();
        };
        axum::serve(listener, self.router()).with_graceful_shutdown(ended).await
    }

    /// The next requests at a door meet these faults, one each, in this order.
    pub fn inject(&self, door: Door, faults: &[Fault]) {
        self.inner.faults.queue(door, faults);
    }

    /// Of 100 requests at a door, `percent` meet one of these faults, drawn from `seed`; with no faults it ends.
    pub fn inject_share(&self, door: Door, percent: u32, faults: &[Fault], seed: u64) {
        self.inner.faults.share(door, percent, faults, seed);
    }

    /// How many listed faults are still waiting at a door.
    #[must_use]
    pub fn waiting_faults(&self, door: Door) -> usize {
        self.inner.faults.waiting(door)
    }

    /// How a message stands.
    #[must_use]
    pub fn message(&self, id: &str) -> Option<MessageFacts> {
        self.read(|state| state.world.message(id))
    }

    /// How a picture stands.
    #[must_use]
    pub fn media(&self, id: &str) -> Option<MediaFacts> {
        self.read(|state| state.world.media(id))
    }

    /// How an account stands.
    #[must_use]
    pub fn account(&self, id: &str) -> Option<AccountFacts> {
        self.read(|state| state.world.account(id))
    }

    /// How a conversation stands.
    #[must_use]
    pub fn conversation(&self, id: &str) -> Option<ConversationFacts> {
        self.read(|state| state.world.conversation(id))
    }

    /// How often an action took effect. More than once is a fault of whoever ordered it, or of this messenger.
    #[must_use]
    pub fn executions(&self, action: ActionId) -> u32 {
        self.read(|state| state.register.executions(action))
    }

    /// How often an action was asked for by a signed order, repetitions included.
    #[must_use]
    pub fn requests(&self, action: ActionId) -> u32 {
        self.read(|state| state.register.requests(action))
    }

    /// Every action that took effect.
    #[must_use]
    pub fn performed(&self) -> Vec<PerformedFacts> {
        self.read(|state| state.register.performed())
    }

    /// The calls to the person on duty, oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.read(|state| state.calls.clone())
    }

    /// Takes a new message in. It is shown to nobody until [`Messenger::settle`] publishes it.
    ///
    /// # Errors
    /// When the account may not post, the conversation is closed, or one of them does not exist.
    pub fn post(&self, post: &Post) -> Result<(), NotPosted> {
        self.change(|state| state.world.post(post, Standing::Checking))
    }

    /// Says where a message stands after the upload check. A message that is not there is left alone.
    pub fn settle(&self, message: &MessageId, standing: Standing) {
        self.change(|state| {
            if let Some(posting) = state.world.messages.get_mut(message) {
                posting.standing = standing;
            }
        });
    }

    /// The present moment, by the messenger's clock.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.inner.clock.now()
    }

    /// The picture of this identifier, published or not, with its bytes: what an upload check is asked about.
    pub(crate) async fn file(&self, id: &MediaId) -> Option<Painted> {
        let recipe = self.read(|state| Some(state.world.media.get(id)?.media.recipe))?;
        self.inner.files.file(recipe).await
    }

    fn read<T>(&self, reading: impl FnOnce(&State) -> T) -> T {
        reading(&self.inner.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.inner.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
