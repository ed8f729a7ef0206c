//! Rows of one kind of signal, in columns.

use super::pages;

/// Entries and banks, row by row.
#[derive(Default)]
pub(super) struct Owners {
    pub(super) entries: Vec<u64>,
    pub(super) banks: Vec<u32>,
}

/// Owners with their keys: signals, or what a segment makes of them.
pub(super) struct Rows<K> {
    pub(super) owners: Owners,
    pub(super) keys: Vec<K>,
}

impl<K> Default for Rows<K> {
    fn default() -> Self {
        Self { owners: Owners::default(), keys: Vec::new() }
    }
}

impl<K: Copy + Ord> Rows<K> {
    fn with_capacity(count: usize) -> Self {
        let owners = Owners { entries: pages::list(count), banks: pages::list(count) };
        Self { owners, keys: pages::list(count) }
    }

    pub(super) fn push(&mut self, entry: u64, bank: u32, key: K) {
        self.owners.entries.push(entry);
        self.owners.banks.push(bank);
        self.keys.push(key);
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u32, K)> {
        (0..self.len()).map(|row| self.row(row))
    }

    /// The rows with another key each.
    pub(super) fn map<L>(self, key: impl Fn(&K) -> L) -> Rows<L> {
        Rows { owners: self.owners, keys: self.keys.iter().map(key).collect() }
    }

    /// The rows in the order of key, entry and bank, without copies. `prefix` is the first sixteen bits of a key, in
    /// the order of keys.
    pub(super) fn sorted(self, prefix: impl Fn(&K) -> u16) -> Self {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        let mut sorted = Self::with_capacity(self.len());
        if self.len() < 1 << 14 {
            self.append_sorted(&order, &mut Vec::new(), &mut sorted);
            return sorted;
        }
        // A count by prefix first, and each bucket by itself: what is sorted then fits the cache.
        let mut ends = vec![0_u32; 1 << 16];
        for key in &self.keys {
            ends[prefix(key) as usize] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += std::mem::replace(end, sum);
        }
        for (row, key) in (0..).zip(&self.keys) {
            let end = &mut ends[prefix(key) as usize];
            order[*end as usize] = row;
            *end += 1;
        }
        let mut bucket = Vec::new();
        let mut start = 0;
        for end in ends {
            self.append_sorted(&order[start as usize..end as usize], &mut bucket, &mut sorted);
            start = end;
        }
        sorted
    }

    fn append_sorted(&self, order: &[u32], bucket: &mut Vec<(K, u64, u32)>, sorted: &mut Self) {
        bucket.clear();
        bucket.extend(order.iter().map(|&row| {
            let (entry, bank, key) = self.row(row as usize);
            (key, entry, bank)
        }));
        bucket.sort_unstable();
        bucket.dedup();
        bucket.iter().for_each(|&(key, entry, bank)| sorted.push(entry, bank, key));
    }

    fn row(&self, row: usize) -> (u64, u32, K) {
        (self.owners.entries[row], self.owners.banks[row], self.keys[row])
    }
}
