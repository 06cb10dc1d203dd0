//! A record as a process manager sees it.

use docket_domain::stream::{Event, StreamId};
use docket_domain::{EventContext, Timestamp};
use docket_event_log::{Partition, Record, Sequence};
use docket_schemas::attributes::EventAttributes;
use docket_schemas::{event, stream};

/// What a valid record says, and where.
#[derive(Clone, Debug)]
pub struct Told {
    /// Where it lies.
    pub partition: Partition,
    /// Its place there.
    pub sequence: Sequence,
    /// When it was written.
    pub at: Timestamp,
    /// What happened; nothing, in a control record.
    pub fact: Option<Fact>,
}

/// What happened, and to whom.
#[derive(Clone, Debug)]
pub struct Fact {
    /// To whom.
    pub stream: StreamId,
    /// What; `None` if a newer version wrote it, or it is of another kind than its stream: then
    /// nothing is known of that stream any more but that it has one event more.
    pub event: Option<(Event, EventContext)>,
}

impl Told {
    /// Reads a valid record. A stream of a kind that this version doesn't know is none of ours.
    pub fn of(partition: Partition, record: &Record) -> Self {
        let fact = (!record.is_control())
            .then(|| stream::parse(&record.key))
            .flatten()
            .map(|stream| Fact {
                stream,
                event: decoded(stream, record),
            });
        Self {
            partition,
            sequence: record.sequence,
            at: record.time().unwrap_or(Timestamp::MIN),
            fact,
        }
    }
}

fn decoded(stream: StreamId, record: &Record) -> Option<(Event, EventContext)> {
    let event = event::decode(record.kind(), &record.data).ok()?;
    let attributes = EventAttributes::from_lookup(|name| record.attribute(name)).ok()?;
    event.is_of(stream).then_some((event, attributes.context))
}
