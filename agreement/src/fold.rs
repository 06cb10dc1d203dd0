//! What the log calls for: rows by table.

use std::collections::BTreeMap;

use serde_json::Value;

/// The rows that ought to be there.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) tables: BTreeMap<&'static str, Vec<Value>>,
}

impl Expected {
    pub(crate) fn row(&mut self, table: &'static str, row: Value) {
        self.tables.entry(table).or_default().push(row);
    }
}
