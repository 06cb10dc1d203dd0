//! The rows of one table that a batch is folded on. Pure.

use std::collections::HashMap;
use std::hash::Hash;

/// Rows of one table: as the database has them, and as a batch leaves those that it changes.
#[derive(Debug)]
pub(crate) struct Table<K, R> {
    before: HashMap<K, R>,
    after: HashMap<K, R>,
}

impl<K: Eq + Hash, R> Table<K, R> {
    pub(crate) fn new(rows: impl IntoIterator<Item = (K, R)>) -> Self {
        Self {
            before: rows.into_iter().collect(),
            after: HashMap::new(),
        }
    }

    /// As the batch has left it so far.
    pub(crate) fn get(&self, key: &K) -> Option<&R> {
        self.after.get(key).or_else(|| self.before.get(key))
    }

    /// The batch leaves it so.
    pub(crate) fn set(&mut self, key: K, row: R) {
        self.after.insert(key, row);
    }

    /// Those that the batch changed.
    pub(crate) fn changed(self) -> Vec<R> {
        self.after.into_values().collect()
    }
}
