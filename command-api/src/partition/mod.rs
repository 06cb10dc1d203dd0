//! Partitions: one task each, which owns the partition's commands and its state.
//!
//! A command's way: admitted ([`admission`]) → the task's queue ([`task`]) → decided with whatever
//! else has arrived ([`batch`]) → appended → read back, folded ([`fold`]) into the state
//! ([`state`]) and the table of first outcomes ([`outcomes`]) → answered.

pub(crate) mod admission;
pub(crate) mod batch;
pub(crate) mod command;
pub(crate) mod environment;
pub(crate) mod fold;
mod gauges;
pub(crate) mod hours;
pub(crate) mod outcomes;
pub(crate) mod owner;
pub(crate) mod state;
mod status;
mod task;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use docket_domain::stream::StreamId;
use docket_event_log::{Error, Log, Partition, PartitionWriter, Place};
use docket_schemas::control::Claimed;
use docket_schemas::stream;
use jiff::SignedDuration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::admission::{Admission, Class};
use self::command::{Answer, Asked, NotDone, Pending, Request};
use self::environment::Environment;
use self::gauges::Gauges;
pub(crate) use self::gauges::reachable;
use self::owner::{Reason, Wish};
use self::state::Adoption;
use self::status::Status;
pub(crate) use self::status::{Owner, Way};
use self::task::Task;
use crate::config::CommandConfig;
use crate::snapshot::{self, Directory, Snapshot, Start};

/// Where commands are sent: a partition's queue.
#[derive(Debug)]
pub(crate) struct Handle {
    asked: mpsc::UnboundedSender<Asked>,
    adoptions: mpsc::UnboundedSender<Adoption>,
    admission: Arc<Admission>,
    /// Of commands that wait for another replica's answer.
    forwarded: Arc<Admission>,
    status: Arc<Status>,
}

/// All partitions of a log.
#[derive(Debug)]
pub(crate) struct Partitions {
    handles: Vec<Handle>,
    queue_wait: Duration,
    stop: CancellationToken,
}

/// Why a command was not even queued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Turned {
    /// Its class's share of the queue is full.
    Full,
    /// The partition takes no commands.
    Away(NotDone),
}

/// What waits for an answer. Dropping it cancels nothing.
pub(crate) type Waiting = oneshot::Receiver<Answer>;

/// What [`start`] started.
pub(crate) struct Started {
    pub(crate) partitions: Partitions,
    pub(crate) tasks: JoinSet<()>,
    /// One for each partition: told when it has read to the log's end.
    pub(crate) caught_up: Vec<oneshot::Receiver<()>>,
    /// What each partition started from.
    pub(crate) snapshots: Vec<Option<Arc<Snapshot>>>,
}

/// Opens a reader on each partition, from its snapshot if there is one, and starts the tasks.
pub(crate) async fn start(
    log: &Log,
    config: &CommandConfig,
    environment: &Environment,
    snapshots: Option<&Directory>,
    stop: CancellationToken,
) -> Result<Started, Error> {
    let starts = snapshot::open(log, snapshots).await?;
    let mut started = Started {
        partitions: Partitions {
            handles: Vec::with_capacity(starts.len()),
            queue_wait: Duration::from_millis(config.queue_wait_ms),
            stop: stop.clone(),
        },
        tasks: JoinSet::new(),
        caught_up: Vec::with_capacity(starts.len()),
        snapshots: Vec::with_capacity(starts.len()),
    };
    for (start, reader) in starts {
        let Start {
            state,
            snapshot,
            witness,
            ..
        } = start;
        let partition = reader.partition();
        let end = log.end(partition).await?;
        let (asked, queue) = mpsc::unbounded_channel();
        let (adoptions, adopted) = mpsc::unbounded_channel();
        let admission = Admission::new(config.queue_commands_max);
        let status = Arc::new(Status::new(Arc::clone(&admission)));
        let task = Task {
            writer: PartitionWriter::new(Arc::clone(log), reader, environment.writer(partition)),
            clock: environment.clock.clone(),
            state,
            witness,
            adoptions: adopted,
            adoption: None,
            asked: queue,
            waiting: VecDeque::new(),
            expires_at: None,
            in_flight: None,
            wish: None,
            sent_at: Instant::now(),
            stalled_after: Duration::from_millis(config.stalled_after_ms),
            limit: config.batch_records_max,
            limit_max: config.batch_records_max,
            reopen_window: SignedDuration::from_hours(24 * i64::from(config.reopen_window_days)),
            status: Arc::clone(&status),
            gauges: Gauges::of(partition.0),
            stop: stop.clone(),
        };
        let (tell, caught_up) = oneshot::channel();
        let environment = environment.clone();
        started.tasks.spawn(async move {
            environment.ended(task.run(end, tell).await);
        });
        started.caught_up.push(caught_up);
        started.snapshots.push(snapshot);
        started.partitions.handles.push(Handle {
            asked,
            adoptions,
            admission,
            forwarded: Admission::new(config.forwarded_commands_max),
            status,
        });
    }
    Ok(started)
}

impl Partitions {
    /// Queues a single command, or says at once why not.
    pub(crate) fn send(&self, request: Request, class: Class) -> Result<Waiting, Turned> {
        let handle = self.open(request.stream)?;
        let permit = handle.admission.admit(class).ok_or(Turned::Full)?;
        handle.queue(request, permit, Some(Instant::now() + self.queue_wait))
    }

    /// Queues a line of a bulk request when there is room for it. Lines queued one after the other
    /// by one sender are executed in that order, stream by stream.
    pub(crate) async fn send_when_free(&self, request: Request) -> Result<Waiting, Turned> {
        let handle = self.open(request.stream)?;
        let permit = tokio::select! {
            // The stop first: what it ends must not depend on chance.
            biased;
            () = self.stop.cancelled() => return Err(Turned::Away(NotDone::Stopping)),
            permit = handle.admission.admit_when_free(Class::Bulk) => permit,
        };
        handle.queue(request, permit, None)
    }

    /// A place among the commands of that partition that wait for another replica's answer.
    pub(crate) fn admit_forward(
        &self,
        partition: usize,
        class: Class,
    ) -> Result<admission::Permit, Turned> {
        let forwarded = &self.handles[partition].forwarded;
        forwarded.admit(class).ok_or(Turned::Full)
    }

    /// The same for a line of a bulk request, which waits until there is room.
    pub(crate) async fn admit_forward_when_free(&self, partition: usize) -> admission::Permit {
        let forwarded = &self.handles[partition].forwarded;
        forwarded.admit_when_free(Class::Bulk).await
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.handles.len()
    }

    /// Who owns the partition; nobody, as long as it isn't known here. Of one that failed here, who
    /// did when it could still be read.
    pub(crate) fn owner(&self, partition: usize) -> Owner {
        let handle = &self.handles[partition];
        (self.way(handle) != Way::Starting)
            .then(|| handle.status.owner())
            .flatten()
    }

    /// Whether the partition failed here: its task appends nothing any more.
    pub(crate) fn has_failed(&self, partition: usize) -> bool {
        matches!(self.way(&self.handles[partition]), Way::Failed(_))
    }

    /// Tells when somebody else owns the partition.
    pub(crate) fn owner_changes(&self, partition: usize) -> watch::Receiver<Owner> {
        self.handles[partition].status.owner_changes()
    }

    /// Where the partition has been read to.
    pub(crate) fn place(&self, partition: usize) -> Place {
        self.handles[partition].status.place()
    }

    /// Asks the partition's task for a claim in the place of the owner named there, if another
    /// one is. A command sent after this is executed behind the claim, in the same batch.
    pub(crate) fn claim(
        &self,
        partition: usize,
        owner: &Claimed,
        instead_of: Option<&Claimed>,
        reason: Reason,
    ) {
        if instead_of == Some(owner) {
            return;
        }
        let wish = Wish {
            owner: owner.clone(),
            instead_of: instead_of.cloned(),
            reason,
        };
        // A task that is gone claims nothing.
        let _ = self.handles[partition].asked.send(Asked::Claim(wish));
    }

    /// How each partition is, by its number.
    pub(crate) fn ways(&self) -> impl Iterator<Item = (u16, Way)> {
        (0..).zip(self.handles.iter().map(|handle| self.way(handle)))
    }

    /// How a partition is. A task that panicked can't say so itself; but the other end of its queue
    /// is gone, which otherwise happens in a stop only.
    fn way(&self, handle: &Handle) -> Way {
        match handle.status.way() {
            Way::Open | Way::Stalled if handle.asked.is_closed() && !self.stop.is_cancelled() => {
                Way::Failed("its task has ended: restart the process".to_owned())
            }
            way => way,
        }
    }

    /// Where a partition's task has read to; `None` while it doesn't take commands.
    pub(crate) fn read_to(&self, partition: usize) -> Option<Place> {
        let handle = self.handles.get(partition)?;
        (self.way(handle) == Way::Open).then(|| handle.status.place())
    }

    /// Hands a partition's task the cold part of a new snapshot, built from the last one it has.
    pub(crate) fn adopt(&self, partition: usize, adoption: Adoption) {
        if let Some(handle) = self.handles.get(partition) {
            // One that has ended needs none.
            let _ = handle.adoptions.send(adoption);
        }
    }

    /// Measures how far each partition's task is behind the log's end.
    pub(crate) async fn measure_lag(&self, log: &Log) -> Result<(), docket_event_log::Error> {
        let mut asked = Ok(());
        for (partition, handle) in (0..).zip(&self.handles) {
            match log.end(Partition(partition)).await {
                Ok(end) => gauges::lag(partition, end.0.saturating_sub(handle.status.place().0)),
                Err(error) => asked = Err(error),
            }
        }
        asked
    }

    /// The number of the stream's partition.
    pub(crate) fn number_of(&self, id: StreamId) -> usize {
        let key = stream::key(id);
        usize::from(stream::partition_of(
            key.as_bytes(),
            self.handles.len() as u16,
        ))
    }

    fn open(&self, id: StreamId) -> Result<&Handle, Turned> {
        if self.stop.is_cancelled() {
            return Err(Turned::Away(NotDone::Stopping));
        }
        let handle = &self.handles[self.number_of(id)];
        match self.way(handle) {
            Way::Open => Ok(handle),
            Way::Stalled => Err(Turned::Away(NotDone::Stalled)),
            Way::Starting => Err(Turned::Away(NotDone::Starting)),
            Way::Failed(_) => Err(Turned::Away(NotDone::Failed)),
        }
    }
}

impl Handle {
    fn queue(
        &self,
        request: Request,
        permit: admission::Permit,
        give_up_at: Option<Instant>,
    ) -> Result<Waiting, Turned> {
        let (reply, waiting) = oneshot::channel();
        let pending = Pending {
            request,
            reply,
            give_up_at,
            _permit: permit,
        };
        // The task closes its queue when the process stops.
        self.asked
            .send(Asked::Command(pending))
            .map_err(|_| Turned::Away(NotDone::Stopping))?;
        Ok(waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_is_gone_shows_as_failed() {
        let admission = Admission::new(16);
        let status = Arc::new(Status::new(Arc::clone(&admission)));
        let (asked, queue) = mpsc::unbounded_channel();
        let (adoptions, _) = mpsc::unbounded_channel();
        let partitions = Partitions {
            handles: vec![Handle {
                asked,
                adoptions,
                forwarded: Arc::clone(&admission),
                admission,
                status: Arc::clone(&status),
            }],
            queue_wait: Duration::ZERO,
            stop: CancellationToken::new(),
        };
        status.set(Way::Open);
        assert_eq!(partitions.ways().next(), Some((0, Way::Open)));
        drop(queue);
        let (_, way) = partitions.ways().next().expect("a partition");
        assert!(matches!(way, Way::Failed(_)), "{way:?}");
        let refused = partitions
            .open(StreamId::Catalogue)
            .expect_err("nobody would answer");
        assert_eq!(refused, Turned::Away(NotDone::Failed));
    }
}
