//! What was read from the store a moment ago, used again for a moment.
//!
//! What it is: how the path of an upload spares the database questions whose answers hardly ever change. What this
//! process changes it forgets at once ([`Recent::forget`]); what another process changes is seen when the moment is over.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use vigie_model::Moment;

use crate::Result;

/// How long a value is used again: half of the second within which another process's change must be seen.
const LIFE: Duration = Duration::from_millis(500);

/// Values by key, each with the moment it was read.
pub(crate) struct Recent<K, V>(Mutex<Held<K, V>>);

struct Held<K, V> {
    /// Grows when everything is forgotten: what was being read meanwhile may be old and is not kept.
    forgotten: u64,
    values: HashMap<K, (Moment, V)>,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Held { forgotten: 0, values: HashMap::new() }))
    }
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// The value of this key, read if need be. An error is not kept.
    pub(crate) async fn get(&self, key: K, now: Moment, read: impl Future<Output = Result<V>>) -> Result<V> {
        let forgotten = {
            let held = self.held();
            if let Some((_, value)) = held.values.get(&key).filter(|(read_at, _)| is_fresh(*read_at, now)) {
                return Ok(value.clone());
            }
            held.forgotten
        };
        let value = read.await?;
        let mut held = self.held();
        if held.forgotten == forgotten {
            held.values.retain(|_, (read_at, _)| is_fresh(*read_at, now));
            held.values.insert(key, (now, value.clone()));
        }
        Ok(value)
    }

    /// Forgets everything: the store has just been changed.
    pub(crate) fn forget(&self) {
        let mut held = self.held();
        held.forgotten += 1;
        held.values.clear();
    }

    fn held(&self) -> MutexGuard<'_, Held<K, V>> {
        // Nothing that holds this lock can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that was set back must not keep a value alive.
fn is_fresh(read_at: Moment, now: Moment) -> bool {
    read_at <= now && now.since(read_at) < LIFE
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment(1_000_000_000);

    async fn get(recent: &Recent<u8, u8>, now: Moment, value: u8) -> u8 {
        recent.get(1, now, async { Ok(value) }).await.unwrap()
    }

    #[tokio::test]
    async fn a_value_is_used_again_for_a_moment_and_forgotten_when_told() {
        let recent = Recent::default();
        assert_eq!(get(&recent, START, 1).await, 1);
        assert_eq!(get(&recent, START.after(Duration::from_millis(499)), 2).await, 1);
        assert_eq!(get(&recent, START.after(LIFE), 3).await, 3);
        assert_eq!(get(&recent, START, 4).await, 4, "the clock was set back");
        recent.forget();
        assert_eq!(get(&recent, START, 5).await, 5);
    }

    #[tokio::test]
    async fn what_was_being_read_while_it_changed_is_not_kept() {
        let recent = Recent::default();
        let read = async {
            recent.forget();
            Ok(1)
        };
        assert_eq!(recent.get(1, START, read).await.unwrap(), 1);
        assert_eq!(get(&recent, START, 2).await, 2);
    }
}
