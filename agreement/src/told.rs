//! What a record says, and where it lies.

use docket_domain::EventContext;
use docket_domain::command::Origin;
use docket_domain::stream::Event;
use jiff::Timestamp;
use serde_json::{Value, json};

/// An event of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// The record's type.
    pub(crate) kind: String,
    pub(crate) event: Event,
    pub(crate) context: EventContext,
    pub(crate) recorded_at: Timestamp,
    pub(crate) partition: u16,
    pub(crate) sequence: u64,
}

impl Told {
    pub(crate) fn is_live(&self) -> bool {
        self.context.origin == Origin::Live
    }

    /// Business time, as stated.
    pub(crate) fn occurred_at(&self) -> Value {
        time(self.context.occurred_at)
    }

    /// The record's own time.
    pub(crate) fn recorded_at(&self) -> Value {
        time(self.recorded_at)
    }
}

/// A time as rows have it: without what Postgres doesn't keep.
pub(crate) fn time(time: Timestamp) -> Value {
    let micros = time.as_microsecond();
    let kept = Timestamp::from_microsecond(micros).expect("a time");
    json!(kept.to_string())
}
