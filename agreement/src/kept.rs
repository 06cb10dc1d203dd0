//! What every view keeps besides its rows: how far it is, and what it could not apply.

use docket_event_log::{Cursor, Record};
use serde_json::{Value, json};

use crate::fold::Expected;

/// A stream that can't be shown from some record on.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) partition: u16,
    pub(crate) stream: String,
    pub(crate) since: u64,
}

/// A record of such a stream.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) partition: u16,
    pub(crate) stream: String,
    pub(crate) record: Record,
    /// It is the one that can't be applied.
    pub(crate) cause: bool,
}

pub(crate) fn checkpoint(cursor: &Cursor, expected: &mut Expected) {
    let head = cursor.head.as_ref();
    expected.row(
        "checkpoint",
        json!({
            "partition": cursor.partition.0,
            "log_id": cursor.log_id.0,
            "incarnation": cursor.incarnation.0,
            "sequence": head.map(|head| head.sequence.0),
            "head": head.map(|head| hexadecimal(&head.hash.0)),
            "closed": cursor.closed,
        }),
    );
}

impl Parked {
    pub(crate) fn row(&self, expected: &mut Expected) {
        expected.row(
            "parked_stream",
            json!({
                "partition": self.partition,
                "stream": self.stream,
                "since_sequence": self.since,
                "error": true,
            }),
        );
    }
}

impl Letter {
    pub(crate) fn row(&self, expected: &mut Expected) {
        let record = &self.record;
        expected.row(
            "dead_letter",
            json!({
                "partition": self.partition,
                "sequence": record.sequence.0,
                "stream": self.stream,
                "type": record.kind(),
                "key": hexadecimal(&record.key),
                "headers": hexadecimal(&record.packed),
                "data": hexadecimal(&record.data),
                "hash": hexadecimal(&record.hash.0),
                "error": self.cause,
            }),
        );
    }
}

/// Bytes as Postgres writes them.
fn hexadecimal(bytes: &[u8]) -> Value {
    use std::fmt::Write as _;
    let mut text = String::from("\\x");
    for byte in bytes {
        // A string takes whatever is written.
        let _ = write!(text, "{byte:02x}");
    }
    json!(text)
}
