//! Decisions that were made before, in a small table: the way of every submission leads past them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use vigie_model::{Operation, Role, Scope};

use super::Asker;
use crate::Resource;

/// How many decisions are remembered. People have few combinations of roles, so it is never full; should it be, it begins
/// anew.
const MOST: usize = 4096;

/// What was decided, and why.
#[derive(Debug)]
pub(crate) struct Decision {
    permitted: bool,
    policies: Vec<String>,
    denials: AtomicU64,
}

impl Decision {
    pub(super) fn new(permitted: bool, mut policies: Vec<String>) -> Self {
        policies.sort();
        Self { permitted, policies, denials: AtomicU64::new(0) }
    }

    /// Whether it is permitted.
    pub(crate) fn is_permitted(&self) -> bool {
        self.permitted
    }

    /// The policies that permitted or forbade it; none where no policy permits it.
    pub(crate) fn policies(&self) -> &[String] {
        &self.policies
    }

    /// Counts a refusal. Gives the count when it is worth a line in the log: the first, the second, the fourth, and so on,
    /// so that nobody fills the log by asking again and again.
    pub(crate) fn count_denial(&self) -> Option<u64> {
        let count = self.denials.fetch_add(1, Ordering::Relaxed) + 1;
        count.is_power_of_two().then_some(count)
    }
}

/// Everything that a decision depends on, in one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key(u128);

/// How many bits of the key a closed set takes.
const SET: u32 = 32;

const _: () = assert!(Role::ALL.len() <= SET as usize && Scope::ALL.len() <= SET as usize);
const _: () = assert!(Operation::ALL.len() < 1 << 16);

impl Key {
    /// `named` is the number of somebody whom a policy names; 0 for all others.
    pub(super) fn of(asker: &Asker<'_>, operation: Operation, resource: Resource, named: u8) -> Self {
        let kind = asker.kind() as u8;
        let roles = asker.roles().iter().fold(0_u32, |set, role| set | 1 << *role as u32);
        let scopes = asker.scopes().iter().fold(0_u32, |set, scope| set | 1 << *scope as u32);
        let resource = match resource {
            Resource::Any => 0,
            Resource::Material(need) => {
                need.attributes().into_iter().fold(1_u8, |set, (_, holds)| set << 1 | u8::from(holds))
            }
        };
        let small = [kind, named, resource, 0].map(u32::from).into_iter().fold(0, |all, one| all << 8 | one);
        Self(
            u128::from(roles) << 96
                | u128::from(scopes) << 64
                | u128::from(small) << 32
                | u128::from(operation as u32),
        )
    }
}

/// The table.
#[derive(Default)]
pub(super) struct Memo(RwLock<HashMap<Key, Arc<Decision>>>);

impl Memo {
    pub(super) fn get(&self, key: Key) -> Option<Arc<Decision>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }

    pub(super) fn keep(&self, key: Key, decision: Decision) -> Arc<Decision> {
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if table.len() >= MOST {
            table.clear();
        }
        Arc::clone(table.entry(key).or_insert_with(|| Arc::new(decision)))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stays_small() {
        let memo = Memo::default();
        for number in 0..3 * MOST as u128 {
            memo.keep(Key(number), Decision::new(number.is_multiple_of(2), vec![]));
            assert!(memo.len() <= MOST);
        }
        let last = 3 * MOST as u128 - 1;
        assert!(
            !memo.get(Key(last)).unwrap().is_permitted() && memo.get(Key(last - 1)).unwrap().is_permitted()
        );
    }

    #[test]
    fn what_is_decided_first_stays() {
        let memo = Memo::default();
        memo.keep(Key(1), Decision::new(true, vec![]));
        assert!(memo.keep(Key(1), Decision::new(false, vec![])).is_permitted());
    }
}
