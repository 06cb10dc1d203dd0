//! Tickets that ended years before a run: nothing of them needs memory, and once a snapshot is
//! built and adopted they lie in its file. Clients come back to them, with their old keys too, which
//! nobody remembers.

use std::collections::VecDeque;

use bytes::Bytes;
use docket_domain::TicketCommand;
use docket_domain::stream::StreamId;
use docket_event_log::{Cursor, Draft, Head, Partition, Reader, Record, chain};
use docket_history::{Answer, Invocation, OperationId};
use docket_schemas::control::{self, Barrier};
use docket_schemas::stream;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::commands::{Operation, asked, cancel, close, opening, resolve, ticket};
use super::world::World;
use crate::partition::admission::{Admission, Class};
use crate::partition::batch::{Terms, decide_batch};
use crate::partition::command::{Here, Pending};
use crate::partition::fold::fold;
use crate::partition::outcomes::KEPT_HOURS;
use crate::partition::state::PartitionState;

/// When they ended.
const THEN: Timestamp = Timestamp::constant(1_680_000_000, 0);

/// What was asked of an old ticket: every other one was cancelled.
pub(super) fn life(index: usize) -> Vec<Operation> {
    let commands: Vec<TicketCommand> = if index.is_multiple_of(2) {
        vec![opening(), resolve(), close()]
    } else {
        vec![opening(), cancel()]
    };
    let first = (0xa6e << 64) + ((index as u128) << 8);
    (first..)
        .zip(commands)
        .map(|(id, command)| Operation::new(id, asked(StreamId::Ticket(ticket(index)), command)))
        .collect()
}

/// What the history calls an operation that the log has forgotten: under its key another one may
/// be asked.
pub(super) fn forgotten(operation: OperationId) -> OperationId {
    OperationId(Uuid::from_u128(operation.0.as_u128() ^ 1 << 120))
}

/// Whether a record was written then.
pub(super) fn is_of_the_past(record: &Record) -> bool {
    let until = THEN + SignedDuration::from_hours(24 * 365);
    record.time().is_some_and(|time| time < until)
}

/// Writes the old tickets' lives, and as much after them as it takes to forget their outcomes.
pub(super) async fn write(world: &World) {
    for number in 0..world.plan.partitions {
        let partition = Partition(number);
        let start = Cursor::start(world.log.identity().log_id, partition);
        let opened = Reader::open(&world.log, &[start]).await;
        let mut reader = opened.expect("a reader").remove(0);
        reader.next().await.expect("the genesis");
        let mut past = Past {
            world,
            cursor: reader.cursor().clone(),
            state: PartitionState::new(number, world.plan.partitions),
            records: Vec::new(),
        };
        for index in 0..world.plan.old_tickets {
            let key = stream::ticket_key(ticket(index));
            if stream::partition_of(key.as_bytes(), world.plan.partitions) == number {
                for operation in life(index) {
                    past.perform(&operation);
                }
            }
        }
        past.go_by();
        let written = world.log.append(partition, past.records).await;
        written.expect("appended");
    }
}

struct Past<'a> {
    world: &'a World,
    cursor: Cursor,
    state: PartitionState,
    records: Vec<Record>,
}

impl Past<'_> {
    /// Decides an operation as a task does, and notes that its client was told.
    fn perform(&mut self, operation: &Operation) {
        let invoked = self.world.moment();
        let (reply, _) = oneshot::channel();
        let permit = Admission::new(1).admit(Class::Intake).expect("room");
        let pending = Pending::new(operation.request(), reply, permit);
        let terms = Terms {
            now: THEN,
            reopen_window: SignedDuration::from_hours(24),
            limit: 1,
            here: Here {
                incarnation: Uuid::nil(),
                partition: self.cursor.partition.0,
            },
        };
        let decided = decide_batch(&mut self.state, &mut VecDeque::from([pending]), terms);
        let (_, drafts) = decided.expect("nothing is cold");
        for draft in drafts {
            self.write(draft);
        }
        let stream = self.state.stream(operation.asked.stream);
        let stream = stream.expect("a ticket");
        self.world.record(Invocation {
            client: 0,
            operation: forgotten(operation.id),
            asked: operation.asked.clone(),
            invoked,
            returned: self.world.moment(),
            answer: Answer::Applied {
                version: stream.aggregate.version(),
                status: stream.status(),
            },
            number: stream.number(),
        });
    }

    /// Hours go by, each with something in it.
    fn go_by(&mut self) {
        let nothing = Barrier {
            answers: Vec::new(),
        };
        let data = Bytes::from(nothing.encode().expect("JSON"));
        for hours in 1..=i64::from(KEPT_HOURS) {
            self.write(Draft {
                kind: Barrier::TYPE,
                key: Bytes::from_static(control::KEY.as_bytes()),
                time: THEN + SignedDuration::from_hours(hours),
                attributes: Vec::new(),
                traceparent: None,
                data: data.clone(),
            });
        }
    }

    fn write(&mut self, draft: Draft) {
        let Cursor {
            log_id, partition, ..
        } = self.cursor;
        let record = chain::seal(log_id, partition, self.cursor.head, draft);
        self.cursor.head = Some(Head {
            sequence: record.sequence,
            hash: record.hash,
        });
        fold(&mut self.state, &record).expect("nothing is cold");
        self.records.push(record);
    }
}
