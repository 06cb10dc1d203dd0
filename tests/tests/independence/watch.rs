//! What the log says of each stream, as it comes: no view is asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use docket_domain::ids::TicketId;
use docket_domain::stream::{Aggregate, StreamId, evolve};
use docket_domain::{Ticket, TicketState};
use docket_event_log::{Cursor, Log, Partition, Reader, Record};
use docket_schemas::attributes::EventAttributes;
use docket_schemas::{event, stream};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Past this, something hangs.
const PATIENCE: Duration = Duration::from_mins(2);

type States = Arc<Mutex<HashMap<StreamId, Aggregate>>>;

/// How long something took, and what it was.
#[derive(Default)]
pub(crate) struct Wait {
    pub(crate) took: Duration,
    pub(crate) what: String,
}

/// Reads on until it is dropped.
pub(crate) struct Watch {
    states: States,
    /// What had to be waited for longest since somebody asked.
    longest: Mutex<Wait>,
    _readers: JoinSet<()>,
}

impl Watch {
    pub(crate) async fn start(log: &Log) -> Self {
        let identity = log.identity();
        let partitions = (0..identity.partitions).map(Partition);
        let starts: Vec<_> = partitions
            .map(|partition| Cursor::start(identity.log_id, partition))
            .collect();
        let states = States::default();
        let mut readers = JoinSet::new();
        for reader in Reader::open(log, &starts).await.expect("the log opens") {
            readers.spawn(follow(reader, Arc::clone(&states)));
        }
        Self {
            states,
            longest: Mutex::default(),
            _readers: readers,
        }
    }

    /// Remembers how long that took since then.
    pub(crate) fn took(&self, since: Instant, what: &str) {
        let took = since.elapsed();
        let mut longest = self.longest.lock().expect("no panic");
        if took > longest.took {
            *longest = Wait {
                took,
                what: what.to_owned(),
            };
        }
    }

    /// What took longest since this was last asked.
    pub(crate) fn longest(&self) -> Wait {
        std::mem::take(&mut self.longest.lock().expect("no panic"))
    }

    /// Waits until something holds of a ticket, and says what it was that held.
    pub(crate) async fn until_ticket<T>(
        &self,
        ticket: Uuid,
        what: &str,
        holds: impl Fn(&TicketState) -> Option<T>,
    ) -> T {
        let holds = |state: &Aggregate| match state {
            Aggregate::Ticket(Ticket::Opened(state)) => holds(state),
            _ => None,
        };
        self.until(StreamId::Ticket(TicketId(ticket)), what, holds)
            .await
    }

    /// The same of any stream.
    pub(crate) async fn until<T>(
        &self,
        id: StreamId,
        what: &str,
        holds: impl Fn(&Aggregate) -> Option<T>,
    ) -> T {
        let waiting = async {
            loop {
                let found = self
                    .states
                    .lock()
                    .expect("no panic")
                    .get(&id)
                    .and_then(&holds);
                if let Some(found) = found {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let since = Instant::now();
        let found = tokio::time::timeout(PATIENCE, waiting).await;
        self.took(since, what);
        found.unwrap_or_else(|_| panic!("{id} in vain: {what}"))
    }
}

async fn follow(mut reader: Reader, states: States) {
    loop {
        let batch = reader.next().await.expect("the log can be read on");
        for record in &batch.records {
            take(record, &states);
        }
    }
}

fn take(record: &Record, states: &States) {
    let Some(id) = stream::parse(&record.key) else {
        return;
    };
    let Ok(event) = event::decode(record.kind(), &record.data) else {
        return;
    };
    let attributes = EventAttributes::from_lookup(|name| record.attribute(name));
    let context = attributes.expect("ours").context;
    let mut states = states.lock().expect("no panic");
    let state = states.remove(&id);
    let state = state.unwrap_or_else(|| Aggregate::initial(id));
    states.insert(id, evolve(state, &context, &event));
}
