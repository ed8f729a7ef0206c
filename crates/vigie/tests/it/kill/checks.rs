//! What must be true of the data after each kill, and at the end. Each check says what is wrong, or nothing.

use std::collections::{BTreeMap, BTreeSet};

use vigie_model::action::{Action, ActionState};
use vigie_model::id::{ActionId, BlobId};
use vigie_seal::ledger::leaf_hash;
use vigie_store::actions::{self, Filter};
use vigie_store::blobs;

use super::clients::{Clients, carries_media};
use super::people::People;
use super::rig::Rig;

/// More actions than a test orders.
const ALL: i64 = 1_000_000;

/// Remembers what was looked at already, where looking twice would tell nothing new.
#[derive(Default)]
pub(super) struct Checks {
    opened: BTreeSet<BlobId>,
    entries: usize,
}

impl Checks {
    /// What holds at any moment.
    pub(super) async fn after_a_kill(
        &mut self,
        rig: &Rig,
        clients: &Clients,
        people: &People,
    ) -> Result<(), String> {
        rig.is_at_rest().await;
        submissions(rig, clients).await?;
        self.sealed_objects(rig).await?;
        self.ledger(rig).await?;
        orders(rig, people).await.map(drop)
    }

    /// What holds when everything asked was answered and everything ordered was done.
    pub(super) async fn at_the_end(
        &self,
        rig: &Rig,
        clients: &Clients,
        people: &People,
    ) -> Result<(), String> {
        let (asked, rows) = (clients.counts().0, rig.rows("SELECT COUNT(*) FROM submissions").await[0]);
        ensure(u64::try_from(rows) == Ok(asked), || format!("{asked} questions became {rows} submissions"))?;
        for (id, action) in orders(rig, people).await? {
            let executions = rig.messenger.executions(id);
            ensure(action.state == ActionState::Done && executions == 1, || {
                format!("action {id} is {} and took effect {executions} times: {action:?}", action.state)
            })?;
        }
        Ok(())
    }

    /// No row speaks of an object that is not there, whole.
    pub(super) async fn sealed_objects(&mut self, rig: &Rig) -> Result<(), String> {
        let known = blobs::living(&mut rig.app.store.read().await.unwrap()).await.unwrap();
        for (id, period) in known.iter().copied() {
            if self.opened.insert(id) {
                let opened = rig.app.store.vault().get(id, period);
                ensure(opened.is_ok(), || format!("the sealed object {id} does not open: {opened:?}"))?;
            }
        }
        let files: BTreeSet<_> =
            rig.app.store.vault().list().unwrap().into_iter().map(|stored| stored.id).collect();
        let gone: Vec<_> = known.iter().filter(|(id, _)| !files.contains(id)).collect();
        ensure(gone.is_empty(), || format!("sealed objects vanished: {gone:?}"))
    }

    /// Numbers follow one another from 0, each entry has its leaf and its details, and the head is behind the last.
    pub(super) async fn ledger(&mut self, rig: &Rig) -> Result<(), String> {
        let from = self.entries;
        let rows = format!("FROM ledger_entries WHERE seq >= {from} ORDER BY seq");
        let numbers = rig.rows(&format!("SELECT seq {rows}")).await;
        let texts = format!("SELECT {} || ' ' || {} {rows}", rig.hex("entry"), rig.hex("leaf"));
        for (place, text) in rig.texts(&texts).await.iter().enumerate() {
            let seq = from + place;
            ensure(numbers[place] == seq as i64, || format!("entry {seq} is missing from the ledger"))?;
            let (entry, leaf) = text.split_once(' ').unwrap();
            let hashed = hex::encode(leaf_hash(&hex::decode(entry).unwrap()));
            ensure(hashed == leaf, || format!("the leaf of entry {seq} is not that of its text"))?;
        }
        self.entries += numbers.len();
        let head = rig.rows("SELECT size FROM ledger_head").await[0];
        let details = rig.rows("SELECT COUNT(*) FROM ledger_details").await[0];
        let size = self.entries as i64;
        ensure(head == size && details == size, || {
            format!("the ledger has {size} entries, its head says {head}, and {details} have details")
        })
    }

    /// How much happened, for whoever reads the output.
    pub(super) fn summary(&self, rig: &Rig, clients: &Clients, people: &People) -> String {
        let (asked, repeated) = clients.counts();
        let again = people.ordered.iter().filter(|id| rig.messenger.requests(**id) > 1).count();
        format!(
            "{asked} submissions ({repeated} answers given again), {} sealed objects, {} actions ({again} sent more than \
             once), {} ledger entries",
            self.opened.len(),
            people.ordered.len(),
            self.entries
        )
    }
}

/// Every answered question is one submission, the one that was answered, gathered once, with its media.
async fn submissions(rig: &Rig, clients: &Clients) -> Result<(), String> {
    let query = format!(
        "SELECT media_reference || ' ' || {} || ' ' || CASE WHEN blob IS NULL THEN '-' ELSE 'blob' END FROM submissions",
        rig.hex("id")
    );
    let mut rows: BTreeMap<String, (String, bool)> = BTreeMap::new();
    for row in rig.texts(&query).await {
        let words: Vec<_> = row.split(' ').map(str::to_owned).collect();
        let twice = rows.insert(words[0].clone(), (words[1].clone(), words[2] == "blob"));
        ensure(twice.is_none(), || format!("{} was written twice", words[0]))?;
    }
    for (name, id) in clients.answered() {
        let row = rows.get(&name);
        ensure(row == Some(&(id.clone(), carries_media(&name))), || {
            format!("{name} was answered as submission {id}, and there is {row:?}")
        })?;
    }
    let items = format!("SELECT {} FROM incident_items", rig.hex("submission"));
    let mut items = rig.texts(&items).await;
    items.sort_unstable();
    let mut ids: Vec<_> = rows.into_values().map(|(id, _)| id).collect();
    ids.sort_unstable();
    ensure(items == ids, || format!("{} submissions have {} items", ids.len(), items.len()))
}

/// Every order is there, with a receipt if it is done; the messenger did nothing that was not ordered, and nothing twice.
async fn orders(rig: &Rig, people: &People) -> Result<BTreeMap<ActionId, Action>, String> {
    let mut reader = rig.app.store.read().await.unwrap();
    let all = actions::list(&mut reader, &Filter::default(), None, ALL).await.unwrap();
    let all: BTreeMap<_, _> = all.into_iter().map(|action| (action.id, action)).collect();
    let ids: BTreeSet<_> = all.keys().copied().collect();
    ensure(ids == people.ordered, || {
        format!("{} actions were ordered, and there are {}", people.ordered.len(), ids.len())
    })?;
    for done in all.values().filter(|action| action.state == ActionState::Done) {
        let performed = rig.messenger.executions(done.id);
        ensure(done.receipt.is_some() && performed == 1, || {
            format!(
                "action {} is done, with receipt {:?}, and took effect {performed} times",
                done.id, done.receipt
            )
        })?;
    }
    for performed in rig.messenger.performed() {
        let id = performed.action_id;
        ensure(performed.executions == 1, || {
            format!("action {id} took effect {} times", performed.executions)
        })?;
        ensure(ids.contains(&id), || format!("action {id} took effect and was never ordered"))?;
    }
    Ok(all)
}

/// How many actions have not ended.
pub(super) async fn under_way(rig: &Rig) -> i64 {
    rig.rows("SELECT COUNT(*) FROM actions WHERE state IN ('waiting', 'queued', 'sending')").await[0]
}

pub(super) fn ensure(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}
