//! What a reader of another system's file hands on: commands, and what it could not turn into any.

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// One thing found in the file, in the file's order.
#[derive(Debug)]
pub enum Item {
    /// A command to send.
    Line(Line),
    /// Something that no command expresses.
    Unmapped(Unmapped),
    /// That many more rows have been read; `unchanged` of them say what the row before said.
    Rows {
        /// Rows read.
        read: u64,
        /// Rows among them that change nothing.
        unchanged: u64,
    },
}

/// A line of the bulk request, and where it comes from.
#[derive(Clone, Debug)]
pub struct Line {
    /// The line or row of the file, from 1 (a CSV file's heading is line 1).
    pub row: u64,
    /// What the file calls the ticket, or whoever it is about.
    pub reference: String,
    /// The command's name.
    pub command: String,
    /// Its idempotency key.
    pub key: String,
    /// The line as it is sent, line feed included.
    pub json: Bytes,
}

/// A row, or a part of one, that no command expresses.
#[derive(Clone, Debug, Serialize)]
pub struct Unmapped {
    /// The line or row of the file, from 1.
    pub row: u64,
    /// What the file calls the ticket, or whoever it is about, as far as it could be read.
    pub reference: String,
    /// A stable word for the kind of problem.
    pub reason: &'static str,
    /// The problem in a sentence.
    pub detail: String,
}

/// A command of the bulk request, as `POST /v1/commands` takes it.
#[derive(Serialize)]
pub(super) struct BulkLine<'a> {
    pub(super) command: &'a str,
    /// `None` for the catalogue, of which there is one.
    #[serde(flatten)]
    pub(super) stream: Option<Stream>,
    pub(super) idempotency_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) occurred_at: Option<Timestamp>,
    pub(super) source_sequence: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) if_match: Option<Value>,
    pub(super) body: Value,
}

/// What a command is about, as a member of its line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stream {
    Ticket(Uuid),
    Consultant(Uuid),
    Customer(Uuid),
}

impl BulkLine<'_> {
    pub(super) fn into_line(self, row: u64, reference: &str) -> Line {
        let mut json =
            serde_json::to_vec(&self).expect("strings, numbers and JSON values are JSON");
        json.push(b'\n');
        Line {
            row,
            reference: reference.to_owned(),
            command: self.command.to_owned(),
            key: self.idempotency_key,
            json: json.into(),
        }
    }
}

/// A command's idempotency key where the file has none. The id is made of source and reference, and
/// unlike them of visible ASCII only, as a key must be.
pub(super) fn default_key(stream: Option<Stream>, sequence: u64) -> String {
    match stream {
        Some(Stream::Ticket(id) | Stream::Consultant(id) | Stream::Customer(id)) => {
            format!("{id}:{sequence}")
        }
        None => format!("catalogue:{sequence}"),
    }
}
