//! What really lies in the log: a reader of our own on every partition, from the start to the end.
//!
//! It keeps what the log says of tickets that are still to be judged, and of the others only that
//! they were: a record of one that comes later is a complaint.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use docket_event_log::{Batch, Cursor, Log, Partition, Place, Reader, Record};
use docket_schemas::attributes::{self, CommandId};
use docket_schemas::control::{AnswerOutcome, Barrier, Claimed};
use docket_schemas::stream;
use docket_service::telemetry::Chain;
use serde::Serialize;
use tokio::task::JoinSet;
use uuid::Uuid;

/// What a valid record says of one command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fact {
    /// Where the record lies.
    pub place: (u16, u64),
    /// Which command; none where the record doesn't say.
    pub command: Option<CommandId>,
    /// What became of it.
    pub became: Became,
}

/// What became of a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Became {
    /// An event of that type.
    Event(Box<str>),
    /// Already so, at this version.
    Unchanged(u32),
    /// Refused, at this version.
    Rejected(u32),
}

/// Figures of the whole log so far.
#[derive(Clone, Copy, Default, Debug, Serialize)]
pub struct Counts {
    /// Events.
    pub events: u64,
    /// Barriers.
    pub barriers: u64,
    /// Claims.
    pub claims: u64,
    /// Entries that broke the chain rule.
    pub noise: u64,
}

impl Counts {
    /// The noise among all entries, in percent.
    pub fn noise_percent(&self) -> f64 {
        let all = self.events + self.barriers + self.claims + self.noise;
        100.0 * self.noise as f64 / all.max(1) as f64
    }

    /// What came since `before`.
    pub fn since(&self, before: &Self) -> Self {
        Self {
            events: self.events - before.events,
            barriers: self.barriers - before.barriers,
            claims: self.claims - before.claims,
            noise: self.noise - before.noise,
        }
    }
}

/// The readers, and what they have found.
#[derive(Debug)]
pub struct Tail {
    log: Log,
    seen: Arc<Mutex<Seen>>,
    _readers: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Seen {
    counts: Counts,
    read_to: Vec<Place>,
    owners: Vec<Option<Claimed>>,
    facts: HashMap<Uuid, Vec<Fact>>,
    judged: HashSet<Uuid>,
    complaints: Vec<String>,
}

impl Tail {
    /// Begins to read.
    pub async fn start(log: &Log) -> anyhow::Result<Self> {
        let identity = log.identity();
        let cursors: Vec<_> = (0..identity.partitions)
            .map(|partition| Cursor::start(identity.log_id, Partition(partition)))
            .collect();
        let seen = Arc::new(Mutex::new(Seen {
            read_to: vec![Place(0); cursors.len()],
            owners: vec![None; cursors.len()],
            ..Seen::default()
        }));
        let mut readers = JoinSet::new();
        for reader in Reader::open(log, &cursors).await? {
            readers.spawn(read(reader, Arc::clone(&seen)));
        }
        Ok(Self {
            log: Arc::clone(log),
            seen,
            _readers: readers,
        })
    }

    /// The log that it reads.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Waits until everything has been read that is in the log now.
    pub async fn caught_up(&self) -> anyhow::Result<()> {
        let partitions = self.log.identity().partitions;
        for partition in 0..partitions {
            let end = self.log.end(Partition(partition)).await?;
            let reached = async {
                while self.lock().read_to[usize::from(partition)] < end {
                    if !self.lock().complaints.is_empty() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            let read = tokio::time::timeout(Duration::from_mins(1), reached).await;
            read.with_context(|| format!("partition {partition} can't be read to its end"))?;
        }
        Ok(())
    }

    /// Figures so far.
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// Who owns each partition: the last valid claim's address.
    pub fn owners(&self) -> Vec<Option<String>> {
        let seen = self.lock();
        let claims = seen.owners.iter();
        claims
            .map(|claim| claim.as_ref().map(|claim| claim.address.clone()))
            .collect()
    }

    /// What is wrong with the log itself.
    pub fn complaints(&self) -> Vec<String> {
        self.lock().complaints.clone()
    }

    /// What the log says of a ticket, in the log's order.
    pub fn facts(&self, ticket: Uuid) -> Vec<Fact> {
        self.lock().facts.get(&ticket).cloned().unwrap_or_default()
    }

    /// The same, for the last time: nothing more may come of it.
    pub fn judge(&self, ticket: Uuid) -> Vec<Fact> {
        let mut seen = self.lock();
        seen.judged.insert(ticket);
        seen.facts.remove(&ticket).unwrap_or_default()
    }

    /// Tickets in the log that have not been judged.
    pub fn unjudged(&self) -> Vec<Uuid> {
        self.lock().facts.keys().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(mut reader: Reader, seen: Arc<Mutex<Seen>>) {
    let partition = reader.partition().0;
    loop {
        let read = reader.next().await;
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let folded = match read {
            Ok(batch) => seen.fold(partition, &batch),
            Err(error) => Err(anyhow::anyhow!("{}", Chain(&error))),
        };
        if let Err(error) = folded {
            seen.complaints
                .push(format!("partition {partition}: {error:#}"));
            return;
        }
        seen.read_to[usize::from(partition)] = reader.cursor().next;
    }
}

impl Seen {
    fn fold(&mut self, partition: u16, batch: &Batch) -> anyhow::Result<()> {
        self.counts.noise += batch.noise.len() as u64;
        for record in &batch.records {
            let place = (partition, record.sequence.0);
            match record.kind() {
                Barrier::TYPE => {
                    self.counts.barriers += 1;
                    self.fold_barrier(place, record)?;
                }
                Claimed::TYPE => {
                    self.counts.claims += 1;
                    self.owners[usize::from(partition)] = Some(Claimed::decode(&record.data)?);
                }
                _ if record.is_control() => {}
                kind => {
                    self.counts.events += 1;
                    let ticket = stream::parse_ticket(&record.key).context("a strange key")?;
                    let command = record.attribute(attributes::COMMAND_ID);
                    let fact = Fact {
                        place,
                        command: command.map(str::parse).transpose()?,
                        became: Became::Event(kind.into()),
                    };
                    self.note(ticket.0, fact)?;
                }
            }
        }
        Ok(())
    }

    fn fold_barrier(&mut self, place: (u16, u64), record: &Record) -> anyhow::Result<()> {
        for answer in Barrier::decode(&record.data)?.answers {
            let key = answer.stream.as_bytes();
            let ticket = stream::parse_ticket(key).context("an answer to no ticket")?;
            let became = match answer.outcome {
                AnswerOutcome::Unchanged => Became::Unchanged(answer.version),
                AnswerOutcome::Rejected(_) => Became::Rejected(answer.version),
                AnswerOutcome::Newer(value) => bail!("a strange answer: {value}"),
            };
            let fact = Fact {
                place,
                command: Some(answer.command_id),
                became,
            };
            self.note(ticket.0, fact)?;
        }
        Ok(())
    }

    fn note(&mut self, ticket: Uuid, fact: Fact) -> anyhow::Result<()> {
        if self.judged.contains(&ticket) {
            bail!("ticket {ticket} was settled, and then came {fact:?}");
        }
        self.facts.entry(ticket).or_default().push(fact);
        Ok(())
    }
}
