//! A newer version among the replicas: it writes events that the others can't read.
//!
//! They must refuse commands for those tickets, since their state has a hole, and go on with all
//! others.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use docket_domain::command::Origin;
use docket_domain::event::EventContext;
use docket_domain::ids::TicketId;
use docket_event_log::{Draft, Log, Partition};
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

/// All of them lie there: what can't be decoded goes into no snapshot, so that a partition that has
/// any writes none any more.
const ONE: Partition = Partition(0);

impl Newer {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Opens a ticket like anybody, and appends the event to it like a replica: against all the
    /// others, until it is won. Returns the ticket.
    pub async fn write(front: &Front, log: &Log) -> anyhow::Result<Uuid> {
        let opener = front.cluster().person(MIA.subject);
        let (key, ticket) = loop {
            let key = format!("newer-{}", Uuid::new_v4());
            let ticket = Uuid::new_v5(&opener, key.as_bytes());
            if partition_of(log, ticket) == ONE {
                break (key, ticket);
            }
        };
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
        self.0.push(ticket);
    }

    /// The tickets.
    pub(crate) fn tickets(&self) -> &[Uuid] {
        &self.0
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

fn partition_of(log: &Log, ticket: Uuid) -> Partition {
    let key = stream::ticket_key(TicketId(ticket));
    Partition(stream::partition_of(
        key.as_bytes(),
        log.identity().partitions,
    ))
}

async fn append(log: &Log, ticket: Uuid, ask: &Ask) -> anyhow::Result<()> {
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
    let draft = Draft {
        kind: KIND,
        key: stream::ticket_key(TicketId(ticket)).into(),
        time: now,
        attributes: attributes.to_pairs(),
        traceparent: None,
        data: r#"{"to":"nowhere"}"#.into(),
    };
    crate::old::append(log, ONE, vec![draft]).await
}
