//! A newer version among the replicas: it writes events that the others can't read.
//!
//! They must refuse commands for those tickets, since their state has a hole, and go on with all
//! others.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use docket_domain::command::Origin;
use docket_domain::event::EventContext;
use docket_event_log::{Cursor, Draft, Log, Partition, PartitionWriter, Reader, WriterConfig};
use docket_schemas::attributes::{CommandDigest, CommandId, EventAttributes};
use docket_schemas::stream;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::answer::Answer;
use crate::ask::{Ask, MIA, What};
use crate::front::{Front, Until, outcome};
use crate::judge::Finding;
use crate::tail::{Became, Tail};

/// No version before this one's successor knows it.
const KIND: &str = "docket.ticket.teleported.v1";

/// The tickets that a newer version wrote to.
#[derive(Debug, Default)]
pub struct Newer(Vec<Uuid>);

/// So many are looked after; more would prove nothing more.
const KEPT: usize = 8;

impl Newer {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Opens a ticket like anybody, and appends the event to it like a replica: against all the
    /// others, until it is won. Returns the ticket.
    pub async fn write(front: &Front, log: &Log) -> anyhow::Result<Uuid> {
        let key = format!("newer-{}", Uuid::new_v4());
        let opener = front.cluster().person(MIA.subject);
        let ticket = Uuid::new_v5(&opener, key.as_bytes());
        let ask = Ask {
            ticket,
            person: MIA,
            key,
            if_match: None,
            what: What::Open,
        };
        let attempts = front
            .ask(&ask, Until::Outcome(Duration::from_mins(1)))
            .await;
        outcome(&attempts).context("a ticket for the newer version could not be opened")?;
        append(log, ticket, &ask).await?;
        Ok(ticket)
    }

    /// Looks after a ticket from now on.
    pub fn add(&mut self, ticket: Uuid) {
        if self.0.len() < KEPT {
            self.0.push(ticket);
        }
    }

    /// Every replica refuses commands for these tickets, now and whenever it is asked again.
    pub async fn look(&self, front: &Front, tail: &Tail) -> Vec<Finding> {
        let mut findings = Vec::new();
        for ticket in &self.0 {
            let mut wrong = Vec::new();
            for replica in front.cluster().replicas() {
                if let Err(error) = refused(front, &replica, *ticket).await {
                    wrong.push(format!("{error:#}"));
                }
            }
            let events = tail.facts(*ticket);
            let kinds: Vec<_> = (events.iter())
                .map(|fact| match &fact.became {
                    Became::Event(kind) => &**kind,
                    _ => "an answer",
                })
                .collect();
            if kinds != ["docket.ticket.opened.v1", KIND] {
                wrong.push(format!("the log has {kinds:?}"));
            }
            findings.extend(wrong.into_iter().map(|what| Finding {
                ticket: Some(*ticket),
                what: format!("a newer version's ticket: {what}"),
            }));
        }
        findings
    }
}

/// A command for the ticket is refused by that replica, for the right reason. One that only now
/// catches up, or that asks another one, may say "unknown" for a while, but never anything else.
async fn refused(front: &Front, replica: &Arc<crate::Replica>, ticket: Uuid) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(30);
    let ask = Ask {
        ticket,
        person: MIA,
        key: Uuid::new_v4().to_string(),
        if_match: None,
        what: What::Cancel,
    };
    loop {
        let give_up = Instant::now() + Duration::from_secs(2);
        let attempt = front.attempt(replica, &ask, give_up).await;
        match attempt.answer {
            Answer::NotDone(why) if why.contains("newer version") => return Ok(()),
            Answer::NotDone(_) | Answer::Unknown(_) if Instant::now() < deadline => {
                sleep(Duration::from_millis(50)).await;
            }
            other => bail!("{} answered {other:?}", replica.name()),
        }
    }
}

async fn append(log: &Log, ticket: Uuid, ask: &Ask) -> anyhow::Result<()> {
    let identity = log.identity();
    let key = stream::ticket_key(docket_domain::ids::TicketId(ticket));
    let partition = Partition(stream::partition_of(key.as_bytes(), identity.partitions));
    let start = Cursor::start(identity.log_id, partition);
    let mut readers = Reader::open(log, &[start]).await?;
    let reader = readers.pop().context("no reader")?;
    let mut writer = PartitionWriter::new(Arc::clone(log), reader, WriterConfig::default());
    let end = log.end(partition).await?;
    while !writer.cursor().has_reached(end) {
        writer.next().await?;
    }
    let now = jiff::Timestamp::now();
    let id = Uuid::new_v4();
    let attributes = EventAttributes {
        context: EventContext {
            actor: ask.actor(|_| id),
            occurred_at: now,
            origin: Origin::Live,
            source_sequence: None,
        },
        command_id: CommandId(*id.as_bytes()),
        command_digest: CommandDigest([7; 8]),
    };
    loop {
        writer.start_append(vec![Draft {
            kind: KIND,
            key: key.clone().into(),
            time: now,
            attributes: attributes.to_pairs(),
            traceparent: None,
            data: r#"{"to":"nowhere"}"#.into(),
        }])?;
        let settled = loop {
            if let Some(settled) = writer.next().await?.settled {
                break settled;
            }
        };
        if settled.won == 1 {
            return Ok(());
        }
    }
}
