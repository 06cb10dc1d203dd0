//! Tickets of last month that are closed for good.
//!
//! A ticket goes to a snapshot's cold part only when its outcomes are a day old, and no run lasts
//! that long. So these are written into the log before anybody asks anything, with last month's
//! times; once a snapshot is there, whoever commands one has to look it up in the file.
//!
//! The judges see them as tickets like all others, whose first commands were answered early.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use docket_domain::command::Origin;
use docket_domain::event::EventContext;
use docket_domain::ids::TicketId;
use docket_domain::{TicketCommand, TicketEvent, TicketNumber};
use docket_event_log::{Cursor, Draft, Log, Partition, PartitionWriter, Reader, WriterConfig};
use docket_schemas::attributes::{CommandDigest, CommandId, EventAttributes};
use docket_schemas::control::{self, Barrier};
use docket_schemas::{stream, ticket};
use docket_service::Position;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::answer::{Answer, Outcome, Told};
use crate::ask::{Ask, MIA, What};
use crate::cluster::Cluster;
use crate::front::Attempt;
use crate::load::{Asked, Book, Manner};
use crate::tail::Tail;

/// How long ago they were closed: their reopening is over, and their outcomes are forgotten.
const AGO: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Tickets to come back to. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Old(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    /// Those that no client was given yet.
    next: VecDeque<Uuid>,
    /// Those that no book has: a load may end before a client asks anything of the one it was given.
    untouched: HashMap<Uuid, Vec<Asked>>,
}

impl Old {
    /// Writes so many, before anything else is asked.
    pub async fn write(cluster: &Cluster, tail: &Tail, count: usize) -> anyhow::Result<Self> {
        let log = tail.log();
        let partitions = log.identity().partitions;
        let mut tickets = BTreeMap::<u16, Vec<Uuid>>::new();
        for _ in 0..count {
            let ticket = Uuid::new_v4();
            let key = stream::ticket_key(TicketId(ticket));
            let partition = stream::partition_of(key.as_bytes(), partitions);
            tickets.entry(partition).or_default().push(ticket);
        }
        for (partition, tickets) in &tickets {
            let mut drafts = Vec::new();
            for (ticket, opened) in tickets.iter().zip(0..) {
                let number = TicketNumber::new(opened, partitions, *partition);
                for ask in lives(*ticket) {
                    drafts.push(draft(cluster, &ask, number)?);
                }
            }
            drafts.extend(two_days_after()?);
            append(log, Partition(*partition), drafts).await?;
        }
        tail.caught_up().await?;
        let mut old = Inner::default();
        for ticket in tickets.into_values().flatten() {
            old.untouched.insert(ticket, past(tail, ticket)?);
            old.next.push_back(ticket);
        }
        Ok(Self(Arc::new(Mutex::new(old))))
    }

    /// One for a client.
    pub(crate) fn take(&self) -> Option<Uuid> {
        self.lock().next.pop_front()
    }

    /// Adds to a book what was done with its old tickets long ago.
    pub(crate) fn add_past(&self, book: &mut Book) {
        let mut old = self.lock();
        for (ticket, asked) in book {
            if let Some(past) = old.untouched.remove(ticket) {
                asked.splice(0..0, past);
            }
        }
    }

    /// A book of those that nobody has commanded, to judge that nothing happened to them.
    pub(crate) fn rest(&self) -> Book {
        self.lock().untouched.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something every hour that says nothing of any ticket: outcomes are forgotten by hours in which
/// something was written.
fn two_days_after() -> anyhow::Result<Vec<Draft>> {
    let nothing = Barrier {
        answers: Vec::new(),
    };
    let data = nothing.encode()?;
    let drafts = (1..=48).map(|hours| Draft {
        kind: Barrier::TYPE,
        key: control::KEY.into(),
        time: Timestamp::now() - AGO + SignedDuration::from_hours(hours),
        attributes: Vec::new(),
        traceparent: None,
        data: data.clone().into(),
    });
    Ok(drafts.collect())
}

/// What was asked of it: it ended in one of the two ways.
fn lives(ticket: Uuid) -> Vec<Ask> {
    let cancelled = ticket.as_u128().is_multiple_of(2);
    let all = if cancelled {
        vec![What::Open, What::Cancel]
    } else {
        vec![What::Open, What::Resolve("fixed"), What::Close]
    };
    let ask = |(n, what)| Ask {
        ticket,
        person: MIA,
        key: format!("long-ago-{n}"),
        if_match: None,
        what,
    };
    all.into_iter().enumerate().map(ask).collect()
}

fn draft(cluster: &Cluster, ask: &Ask, number: TicketNumber) -> anyhow::Result<Draft> {
    let id = |person: crate::ask::Person| cluster.person(person.subject);
    let time = Timestamp::now() - AGO;
    let event = match ask.command(id) {
        TicketCommand::Open(mut opening) => {
            opening.number = number;
            TicketEvent::Opened(opening)
        }
        TicketCommand::Resolve { code, note } => TicketEvent::Resolved { code, note },
        TicketCommand::Close { .. } => TicketEvent::Closed {
            reopen_until: time + SignedDuration::from_hours(24),
        },
        TicketCommand::Cancel { reason } => TicketEvent::Cancelled { reason },
        other => anyhow::bail!("no old ticket has {other:?}"),
    };
    let (kind, data) = ticket::encode(&event)?;
    let command = Uuid::new_v5(&ask.ticket, ask.key.as_bytes());
    let attributes = EventAttributes {
        context: EventContext {
            actor: ask.actor(id),
            occurred_at: time,
            origin: Origin::Live,
            source_sequence: None,
        },
        command_id: CommandId(command.into_bytes()),
        command_digest: CommandDigest([7; 8]),
    };
    Ok(Draft {
        kind,
        key: stream::ticket_key(TicketId(ask.ticket)).into(),
        time,
        attributes: attributes.to_pairs(),
        traceparent: None,
        data: data.into(),
    })
}

/// Its commands as if their clients had just been answered, by what the log says of them.
fn past(tail: &Tail, ticket: Uuid) -> anyhow::Result<Vec<Asked>> {
    let facts = tail.facts(ticket);
    let now = Instant::now();
    let asks = lives(ticket);
    anyhow::ensure!(
        facts.len() == asks.len(),
        "old ticket {ticket} has {facts:?}"
    );
    let asked = asks
        .into_iter()
        .zip(facts)
        .zip(1..)
        .map(|((ask, fact), version)| {
            let status = match ask.what {
                What::Open => "open",
                What::Resolve(_) => "resolved",
                What::Close => "closed",
                _ => "cancelled",
            };
            Asked {
                ask,
                manner: Manner::Patient,
                attempts: vec![Attempt {
                    replica: "long ago".into(),
                    sent: now,
                    ended: now,
                    answer: Answer::Outcome(Outcome {
                        status: 200,
                        position: Position {
                            incarnation: tail.log().identity().log_id.0,
                            partition: fact.place.0,
                            sequence: fact.place.1,
                        },
                        version,
                        told: Told::Applied,
                        body: json!({"status": status}).to_string().into(),
                    }),
                }],
            }
        });
    Ok(asked.collect())
}

/// Appends these records like a replica: against all the others, until they are won.
pub(crate) async fn append(
    log: &Log,
    partition: Partition,
    mut drafts: Vec<Draft>,
) -> anyhow::Result<()> {
    /// Of one batch.
    const MOST: usize = 500;
    // The ticket may be there already, so a broker that is away is waited for.
    let deadline = Instant::now() + Duration::from_mins(1);
    let mut writer = loop {
        match at_the_end(log, partition).await {
            Err(error) if Instant::now() >= deadline => return Err(error),
            Err(_) => sleep(Duration::from_millis(200)).await,
            Ok(writer) => break writer,
        }
    };
    while !drafts.is_empty() {
        let batch = drafts[..drafts.len().min(MOST)].to_vec();
        writer.start_append(batch)?;
        let settled = loop {
            if let Some(settled) = writer.next().await?.settled {
                break settled;
            }
        };
        drafts.drain(..settled.won);
    }
    Ok(())
}

/// A writer that has read all there is.
async fn at_the_end(log: &Log, partition: Partition) -> anyhow::Result<PartitionWriter> {
    let start = Cursor::start(log.identity().log_id, partition);
    let mut readers = Reader::open(log, &[start]).await?;
    let reader = readers.pop().context("no reader")?;
    let mut writer = PartitionWriter::new(Arc::clone(log), reader, WriterConfig::default());
    let end = log.end(partition).await?;
    while !writer.cursor().has_reached(end) {
        writer.next().await?;
    }
    Ok(writer)
}
