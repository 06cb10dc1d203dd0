//! `replay audit`: one ticket's history, with its partition's chain checked from the genesis on.
//!
//! The ticket's records are valid because all records of the partition before them are, so the
//! whole partition is read. What is found is reported even when the log is damaged: up to the
//! damage it is proven, after it everything is noise.

mod history;
mod judge;
mod text;

use std::fmt;
use std::str::FromStr;

use docket_domain::ids::TicketId;
use docket_domain::{TicketEvent, TicketNumber};
use docket_event_log::{Batch, Cursor, Hash, Log, Partition, Reader, Sequence};
use docket_schemas::{stream, ticket};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

pub use history::{Entry, State};
pub use judge::Verdict;

use history::History;
use judge::Judge;

/// A ticket, as people name it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TicketName {
    /// By its id.
    Id(TicketId),
    /// By the number read out on the phone.
    Number(TicketNumber),
}

impl FromStr for TicketName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(id) = Uuid::try_parse(text.strip_prefix("ticket-").unwrap_or(text)) {
            return Ok(Self::Id(TicketId(id)));
        }
        text.parse()
            .map(Self::Number)
            .map_err(|error| format!("neither a ticket id (a UUID) nor a number: {error}"))
    }
}

/// A record known from elsewhere to be in the log: `partition:sequence:hash`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TrustedHead {
    /// Its partition.
    pub partition: Partition,
    /// Its sequence.
    pub sequence: Sequence,
    /// Its hash.
    pub hash: Hash,
}

impl FromStr for TrustedHead {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let mut parts = text.split(':');
            let head = Self {
                partition: Partition(parts.next()?.parse().ok()?),
                sequence: Sequence(parts.next()?.parse().ok()?),
                hash: Hash::from_hex(parts.next()?.as_bytes())?,
            };
            parts.next().is_none().then_some(head)
        };
        parse().ok_or_else(|| "not of the form PARTITION:SEQUENCE:HASH".to_owned())
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Whose history.
    pub ticket: TicketName,
    /// Only what had happened by then, by the running maximum of business time.
    pub at: Option<Timestamp>,
    /// A head from an earlier audit or an archive, to be found in the log.
    pub trusted_head: Option<TrustedHead>,
    /// Whether this log keeps the records that lost a race (Kafka does; Postgres never stores
    /// them, so there noise of any kind is damage).
    pub keeps_losers: bool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log can't be read.
    #[error("the log can't be read")]
    Log(#[from] docket_event_log::Error),
    /// The trusted head says nothing about this ticket.
    #[error(
        "the trusted head is of partition {trusted}, but the ticket lies in partition {ticket}: \
         give one of that partition"
    )]
    OtherPartition {
        /// Of the trusted head.
        trusted: Partition,
        /// Of the ticket.
        ticket: Partition,
    },
}

/// A ticket's history, and what is to be thought of it.
#[derive(Debug, Serialize)]
pub struct Audit {
    /// Which log.
    pub log_id: Uuid,
    /// The ticket's partition.
    pub partition: u16,
    /// The ticket's id; `None` if there is no ticket of that number.
    pub ticket: Option<Uuid>,
    /// The number it was opened with.
    pub number: Option<String>,
    /// Its events, the answers given about it, and noise under its key, in the log's order.
    pub entries: Vec<Entry>,
    /// The ticket after these events.
    pub state: Option<State>,
    /// Valid records in the partition.
    pub records: u64,
    /// Other entries in the partition.
    pub noise: u64,
    /// The last valid record, to be kept as a trusted head.
    pub head: Option<Head>,
    /// Whether the chain holds.
    pub verdict: Verdict,
}

/// A head, as it is printed and given back.
#[derive(Clone, Debug, Serialize)]
pub struct Head {
    /// Its partition.
    pub partition: u16,
    /// Its sequence.
    pub sequence: u64,
    /// Its hash, in hexadecimal.
    pub hash: String,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.partition, self.sequence, self.hash)
    }
}

/// Answers a question; `progress` learns of entries read and entries there are.
pub async fn audit(
    log: &Log,
    question: &Question,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Audit, Error> {
    let identity = log.identity();
    let (partition, id) = resolve(log, question.ticket, progress).await?;
    if let Some(trusted) = question.trusted_head
        && trusted.partition != partition
    {
        return Err(Error::OtherPartition {
            trusted: trusted.partition,
            ticket: partition,
        });
    }
    let mut history = History::new(id, question.at);
    let mut judge = Judge::new(question.trusted_head, question.keeps_losers);
    let read = read_all(log, partition, progress, |batch, _| {
        judge.batch(batch);
        history.batch(batch);
        true
    })
    .await;
    let head = match read {
        Ok(cursor) => cursor.head,
        Err(docket_event_log::Error::Damage(damage)) => {
            judge.damage(damage.to_string());
            judge.head()
        }
        Err(error) => return Err(error.into()),
    };
    let (records, noise) = judge.counts();
    let (entries, state, number) = history.finish();
    Ok(Audit {
        log_id: identity.log_id.0,
        partition: partition.0,
        ticket: id.map(|id| id.0),
        number,
        entries,
        state,
        records,
        noise,
        head: head.map(|head| Head {
            partition: partition.0,
            sequence: head.sequence.0,
            hash: head.hash.to_string(),
        }),
        verdict: judge.finish(),
    })
}

/// Where the ticket lies, and its id, if there is one of that number.
pub(crate) async fn resolve(
    log: &Log,
    ticket: TicketName,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<(Partition, Option<TicketId>), Error> {
    let partitions = log.identity().partitions;
    match ticket {
        TicketName::Id(id) => {
            let key = stream::ticket_key(id);
            let partition = stream::partition_of(key.as_bytes(), partitions);
            Ok((Partition(partition), Some(id)))
        }
        TicketName::Number(number) => {
            let partition = Partition((number.value() % u64::from(partitions)) as u16);
            Ok((partition, find(log, partition, number, progress).await?))
        }
    }
}

/// Reads a partition from its genesis to what is its end now, while `each` says to go on.
async fn read_all(
    log: &Log,
    partition: Partition,
    progress: &mut (dyn FnMut(u64, u64) + Send),
    mut each: impl FnMut(&Batch, &Cursor) -> bool,
) -> Result<Cursor, docket_event_log::Error> {
    let end = log.end(partition).await?;
    let start = Cursor::start(log.identity().log_id, partition);
    let Some(mut reader) = Reader::open(log, std::slice::from_ref(&start)).await?.pop() else {
        return Ok(start);
    };
    while !reader.cursor().has_reached(end) {
        let batch = reader.next().await?;
        progress(reader.cursor().next.0.min(end.0), end.0);
        if !each(&batch, reader.cursor()) {
            break;
        }
    }
    Ok(reader.cursor().clone())
}

/// The ticket that was opened with this number; of a damaged log also one whose record is noise.
async fn find(
    log: &Log,
    partition: Partition,
    number: TicketNumber,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Option<TicketId>, Error> {
    let (mut found, mut in_noise) = (None, None);
    let read = read_all(log, partition, progress, |batch, _| {
        found = batch
            .records
            .iter()
            .find_map(|record| opened_as(number, record.kind(), &record.key, &record.data));
        in_noise = in_noise.or_else(|| {
            batch.noise.iter().find_map(|noise| {
                let kind = history::attribute(&noise.entry, "ce_type").unwrap_or_default();
                opened_as(number, &kind, &noise.entry.key, &noise.entry.data)
            })
        });
        found.is_none()
    })
    .await;
    match read {
        // The audit itself meets it again, and says so with all that it found.
        Ok(_) | Err(docket_event_log::Error::Damage(_)) => Ok(found.or(in_noise)),
        Err(error) => Err(error.into()),
    }
}

fn opened_as(number: TicketNumber, kind: &str, key: &[u8], data: &[u8]) -> Option<TicketId> {
    let id = stream::parse_ticket(key)?;
    match ticket::decode(kind, data) {
        Ok(TicketEvent::Opened(open)) if open.number == number => Some(id),
        _ => None,
    }
}
