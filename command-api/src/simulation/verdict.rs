//! What must hold when a run is over, whatever happened in it.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use docket_domain::stream::StreamId;
use docket_event_log::{Cursor, Partition, Reader, Record};
use docket_history::{Answer, Budget, OperationId, Report};
use docket_schemas::attributes::{CommandId, EventAttributes};
use docket_schemas::stream;
use uuid::Uuid;

use super::past::{forgotten, is_of_the_past};
use super::random::fnv1a;
use super::world::World;
use crate::partition::environment::Ended;
use crate::partition::fold::fold;
use crate::partition::state::PartitionState;

/// What became of a run.
#[derive(Debug)]
pub(super) struct Verdict {
    /// The whole client-visible history.
    pub(super) report: Report,
    /// Everything else that must not be.
    pub(super) problems: Vec<String>,
    /// Valid records, and entries that are noise.
    pub(super) records: usize,
    /// The events of consultants, customers, surveys and the catalogue among them.
    pub(super) of_others: [usize; 4],
    pub(super) noise: usize,
    /// Streams that the tasks found in snapshots at last, and that they shed from memory.
    pub(super) found_cold: u64,
    pub(super) shed: u64,
    /// The same for the same run.
    pub(super) trace: u64,
}

impl Verdict {
    pub(super) fn is_fine(&self) -> bool {
        self.report.is_linearizable() && self.problems.is_empty()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.report)?;
        self.problems
            .iter()
            .try_for_each(|problem| writeln!(f, "{problem}"))
    }
}

/// Judges a run that is over.
pub(super) async fn judge(world: &World) -> Verdict {
    let mut verdict = Verdict {
        report: world.history.borrow().check(Budget::default()),
        problems: world.problems(),
        records: 0,
        of_others: [0; 4],
        noise: 0,
        found_cold: 0,
        shed: 0,
        trace: 0,
    };
    let mut left: Vec<(usize, Ended)> = world
        .replicas
        .iter()
        .flat_map(|replica| {
            replica
                .left()
                .into_iter()
                .map(|left| (replica.number, left))
        })
        .collect();
    for (_, (_, state)) in &left {
        verdict.found_cold += state.moved.found;
        verdict.shed += state.moved.shed;
    }
    let mut events = HashMap::new();
    let mut trace = String::new();
    for partition in 0..world.plan.partitions {
        let mine = left.extract_if(.., |(_, (cursor, _))| cursor.partition.0 == partition);
        let mine: Vec<_> = mine.collect();
        if mine.len() != world.replicas.len() {
            verdict.problems.push(format!(
                "{} of {} replicas left a state of partition {partition}",
                mine.len(),
                world.replicas.len()
            ));
        }
        if let Err(problem) = read_again(
            world,
            partition,
            mine,
            &mut events,
            &mut verdict,
            &mut trace,
        )
        .await
        {
            verdict.problems.push(problem);
        }
    }
    acknowledged(world, &events, &mut verdict.problems);
    if world.plan.traced {
        for invocation in world.history.borrow().invocations() {
            let _ = writeln!(trace, "{invocation:?}");
        }
        verdict.trace = fnv1a(trace.as_bytes());
    }
    verdict
}

/// In which order streams of other kinds than tickets are counted.
const fn other(stream: StreamId) -> Option<usize> {
    match stream {
        StreamId::Ticket(_) => None,
        StreamId::Consultant(_) => Some(0),
        StreamId::Customer(_) => Some(1),
        StreamId::Survey(_) => Some(2),
        StreamId::Catalogue => Some(3),
    }
}

/// Where each command's event stands: in which stream, and as which version.
type Events = HashMap<OperationId, Vec<(StreamId, u32)>>;

/// Reads a partition from its start and compares what each replica made of it, where it had read
/// to when it ended.
async fn read_again(
    world: &World,
    partition: u16,
    mut left: Vec<(usize, Ended)>,
    events: &mut Events,
    verdict: &mut Verdict,
    trace: &mut String,
) -> Result<(), String> {
    let start = Cursor::start(world.log.identity().log_id, Partition(partition));
    let broken = |error: docket_event_log::Error| format!("the log can't be read: {error}");
    let end = world.log.end(Partition(partition)).await.map_err(broken)?;
    let mut readers = Reader::open(&world.log, &[start]).await.map_err(broken)?;
    let mut reader = readers.pop().ok_or("no reader")?;
    let mut state = PartitionState::new(partition, world.plan.partitions);
    // One that was stopped as soon as it had been started has read nothing.
    left.retain_mut(|(_, (cursor, theirs))| {
        cursor.head.is_some() || difference(world, &state, theirs).is_some()
    });
    while !reader.cursor().has_reached(end) {
        let batch = reader.next().await.map_err(broken)?;
        verdict.noise += batch.noise.len();
        verdict.records += batch.records.len();
        for record in batch.records {
            fold(&mut state, &record).map_err(|error| error.to_string())?;
            if let Some(other) = stream::parse(&record.key).and_then(other) {
                verdict.of_others[other] += 1;
            }
            note_event(&state, &record, events);
            if world.plan.traced {
                let data = String::from_utf8_lossy(&record.data);
                let shown = if record.sequence.0 == 0 { "" } else { &data };
                let _ = writeln!(trace, "{} {} {shown}", record.sequence, record.kind());
            }
            let here = left.extract_if(.., |(_, (cursor, _))| {
                cursor.head.is_some_and(|head| head.hash == record.hash)
            });
            for (replica, (_, mut theirs)) in here {
                if let Some(difference) = difference(world, &state, &mut theirs) {
                    verdict.problems.push(format!(
                        "replica {replica} differs at partition {partition}, sequence {}: {difference}",
                        record.sequence
                    ));
                }
            }
        }
    }
    for (replica, (cursor, _)) in left {
        verdict.problems.push(format!(
            "replica {replica} stands at a record that is not in partition {partition}: {cursor:?}"
        ));
    }
    Ok(())
}

fn note_event(state: &PartitionState, record: &Record, events: &mut Events) {
    let Some(id) = stream::parse(&record.key) else {
        return;
    };
    let Ok(attributes) = EventAttributes::from_lookup(|name| record.attribute(name)) else {
        return;
    };
    let version = state
        .stream(id)
        .map_or(0, |stream| stream.aggregate.version());
    let mut operation = operation(attributes.command_id);
    if is_of_the_past(record) {
        operation = forgotten(operation);
    }
    events.entry(operation).or_default().push((id, version));
}

fn operation(id: CommandId) -> OperationId {
    OperationId(Uuid::from_bytes(id.0))
}

/// Where two states of one place differ, as far as any command could tell.
fn difference(world: &World, one: &PartitionState, other: &mut PartitionState) -> Option<String> {
    if one.opened() != other.opened() || one.owner() != other.owner() {
        return Some(format!(
            "{} and {} tickets opened, owned by {:?} and {:?}",
            one.opened(),
            other.opened(),
            one.owner(),
            other.owner()
        ));
    }
    for index in 0..world.plan.streams() {
        let id = world.plan.stream(index);
        if let Err(error) = other.warm(id) {
            return Some(error.to_string());
        }
        let (one, other) = (one.stream(id), other.stream(id));
        let states = [one, other].map(|stream| stream.map(|stream| &stream.aggregate));
        if states[0] != states[1] {
            return Some(format!("{id}: {states:?}"));
        }
        for invocation in world.history.borrow().invocations() {
            let command = CommandId(*invocation.operation.0.as_bytes());
            let outcomes = [one, other].map(|stream| stream?.outcomes.find(command));
            if outcomes[0] != outcomes[1] {
                return Some(format!("{id}: {outcomes:?}"));
            }
        }
    }
    None
}

/// Every event that was acknowledged is there, once, and as the version that was answered; what was
/// answered otherwise made none.
fn acknowledged(world: &World, events: &Events, problems: &mut Vec<String>) {
    for (operation, made) in events {
        if made.len() > 1 {
            problems.push(format!("operation {} made {made:?}", operation.0));
        }
    }
    for invocation in world.history.borrow().invocations() {
        let made = events.get(&invocation.operation).map(Vec::as_slice);
        let right = match invocation.answer {
            Answer::Applied { version, .. } => made == Some(&[(invocation.asked.stream, version)]),
            Answer::Unchanged { .. } | Answer::Rejected { .. } => made.is_none(),
            Answer::KeyReused | Answer::NotDone | Answer::Unknown => true,
        };
        if !right {
            problems.push(format!(
                "operation {} was answered {}, and the log has {made:?}",
                invocation.operation.0, invocation.answer
            ));
        }
    }
}
