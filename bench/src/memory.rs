//! What a command API needs for the tickets of years: memory for each, and the time until it is
//! ready, read from the log's start and from snapshots.
//!
//! The logs are written by themselves, with the records' times of years ago: a ticket an hour that
//! was opened, resolved and closed, or opened, assigned and accepted. The command API is a process
//! of its own, as in production; what one on an empty log needs is taken off.

use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use docket_domain::command::{Channel, Customer, OpenTicket, Origin, Priority};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::text::{Personal, Text};
use docket_domain::{Actor, EventContext, Role, TicketEvent, TicketNumber};
use docket_event_log::{
    Cursor, Draft, Head, KafkaConfig, Log, LogConfig, Partition, Reader, chain,
};
use docket_schemas::attributes::{CommandDigest, CommandId, EventAttributes};
use docket_schemas::{stream, ticket};
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::records::PARTITIONS;
use crate::stage::{Process, Stage};
use crate::table::{Budget, Figure, Findings, Row};

/// Five years of 10,000 tickets a day.
const FIVE_YEARS: f64 = 18e6;
/// Records in one append, and appends of a partition under way.
const BATCH: usize = 1_000;
const UNDER_WAY: usize = 4;
/// How long writing all snapshots may take.
const KEPT_WITHIN: Duration = Duration::from_hours(1);

/// What becomes of the tickets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Closed so long ago that they can't be reopened.
    Closed,
    /// Being worked.
    Open,
}

pub(crate) async fn measure(stage: &Stage, tickets: u64) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let (empty, _) = started(stage, &write(stage, 0, Kind::Closed).await?, None).await?;
    let base = resident(&empty)?;
    drop(empty);
    for kind in [Kind::Closed, Kind::Open] {
        one_kind(stage, tickets, kind, base, &mut findings).await?;
    }
    findings.note(format!(
        "{tickets} tickets on {PARTITIONS} partitions; memory is the process's resident set less \
         that of one on an empty log"
    ));
    Ok(findings)
}

async fn one_kind(
    stage: &Stage,
    tickets: u64,
    kind: Kind,
    base: f64,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let what = match kind {
        Kind::Closed => "closed for good",
        Kind::Open => "open",
    };
    eprintln!("  writing {tickets} tickets, {what}");
    let log = write(stage, tickets, kind).await?;
    let each = |process: &Process| -> anyhow::Result<f64> {
        Ok((resident(process)? - base) / tickets as f64)
    };
    let snapshots = tempfile::tempdir()?;
    let (process, from_start) = started(stage, &log, Some(snapshots.path())).await?;
    let without = each(&process)?;
    let begun = Instant::now();
    let (mut last, mut since) = (0, Instant::now());
    // Large partitions take several snapshots: done when no file has changed for a while.
    while since.elapsed() < Duration::from_secs(10) {
        ensure!(begun.elapsed() < KEPT_WITHIN, "the snapshots don't end");
        tokio::time::sleep(Duration::from_millis(200)).await;
        let (files, seen) = state_of(snapshots.path())?;
        if files < usize::from(PARTITIONS) || seen != last {
            (last, since) = (seen, Instant::now());
        }
    }
    let kept = since.saturating_duration_since(begun);
    let shed = each(&process)?;
    drop(process);
    let (process, from_snapshots) = started(stage, &log, Some(snapshots.path())).await?;
    let with = each(&process)?;
    let budget = match kind {
        Kind::Closed => 32.0,
        Kind::Open => 1_024.0,
    };
    let bytes = |value| Figure::new(value, "bytes");
    let seconds = |time: Duration| Figure::new(time.as_secs_f64(), "s");
    findings.row(
        Row::new(
            format!("memory a ticket {what}, from snapshots"),
            bytes(with),
        )
        .beside("read from the log's start", bytes(without))
        .budget(Budget::AtMost(budget)),
    );
    findings.row(
        Row::new(
            format!("{tickets} tickets {what}: start from snapshots"),
            seconds(from_snapshots),
        )
        .beside("from the log's start", seconds(from_start)),
    );
    let on_disk = std::fs::read_dir(snapshots.path())?
        .map(|entry| Ok(entry?.metadata()?.len()))
        .sum::<std::io::Result<u64>>()?;
    findings.note(format!(
        "tickets {what}: {:.0} bytes each in the snapshot; the first snapshots took {:.1} s in the \
         background, after which the running process held {shed:.0} bytes a ticket; for 18 million \
         {:.2} GiB of memory and {:.1} s to start, from the log's start {:.1} GiB and {:.0} s",
        on_disk as f64 / tickets as f64,
        kept.as_secs_f64(),
        with * FIVE_YEARS / f64::from(1 << 30),
        from_snapshots.as_secs_f64() * FIVE_YEARS / tickets as f64,
        without * FIVE_YEARS / f64::from(1 << 30),
        from_start.as_secs_f64() * FIVE_YEARS / tickets as f64,
    ));
    Ok(())
}

/// A command API that is ready, and how long that took.
async fn started(
    stage: &Stage,
    log: &KafkaConfig,
    snapshots: Option<&Path>,
) -> anyhow::Result<(Process, Duration)> {
    let begun = Instant::now();
    let process = stage.command_api_with(log, snapshots).await?;
    Ok((process, begun.elapsed()))
}

/// How many snapshots there are, and when the youngest was written.
fn state_of(directory: &Path) -> anyhow::Result<(usize, u128)> {
    let mut times = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "snapshot") {
            let written = std::fs::metadata(path)?.modified()?;
            times.push(written.duration_since(std::time::UNIX_EPOCH)?.as_nanos());
        }
    }
    Ok((times.len(), times.into_iter().max().unwrap_or_default()))
}

/// In bytes.
fn resident(process: &Process) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.pid))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kib.context("a resident set")?.parse::<f64>()? * 1_024.0)
}

/// A new log with so many tickets.
async fn write(stage: &Stage, tickets: u64, kind: Kind) -> anyhow::Result<KafkaConfig> {
    let config = stage.kafka_log();
    let log = docket_event_log::open(&LogConfig::Kafka(config.clone())).await?;
    let mut writing = JoinSet::new();
    for partition in (0..PARTITIONS).map(Partition) {
        let start = Cursor::start(log.identity().log_id, partition);
        let readers = Reader::open(&log, &[start]).await?;
        let log = Log::clone(&log);
        let share = tickets / u64::from(PARTITIONS);
        writing.spawn(async move {
            for mut reader in readers {
                reader.next().await?;
                let cursor = reader.cursor().clone();
                fill(&log, cursor, share, kind).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = writing.join_next().await {
        ended??;
    }
    Ok(config)
}

/// Writes a partition's tickets, and one of today, so that the log's time is today's.
async fn fill(log: &Log, mut cursor: Cursor, tickets: u64, kind: Kind) -> anyhow::Result<()> {
    let partition = cursor.partition;
    let mut under_way = VecDeque::new();
    let mut records = Vec::with_capacity(BATCH);
    let mut id = u128::from(partition.0) << 64;
    for n in 0..=tickets {
        let (time, kind) = match kind {
            Kind::Closed if n < tickets => {
                // So close together that the oldest is five years old at most.
                let age = SignedDuration::from_hours(24 * 30)
                    + SignedDuration::from_secs(((tickets - n) * 5).min(150_000_000) as i64);
                (Timestamp::now() - age, Kind::Closed)
            }
            _ => (Timestamp::now(), Kind::Open),
        };
        let ticket = loop {
            id += 1;
            let ticket = TicketId(Uuid::new_v5(&Uuid::NAMESPACE_OID, &id.to_be_bytes()));
            let key = stream::ticket_key(ticket);
            if stream::partition_of(key.as_bytes(), PARTITIONS) == partition.0 {
                break ticket;
            }
        };
        let number = TicketNumber::new(n, PARTITIONS, partition.0);
        for (event, version) in history(number, kind, time)?.iter().zip(1..) {
            let draft = draft(ticket, event, version, time)?;
            let record = chain::seal(cursor.log_id, partition, cursor.head, draft);
            cursor.head = Some(Head {
                sequence: record.sequence,
                hash: record.hash,
            });
            records.push(record);
        }
        if records.len() >= BATCH || n == tickets {
            under_way.push_back(log.append(partition, std::mem::take(&mut records)));
        }
        if under_way.len() > UNDER_WAY
            && let Some(oldest) = under_way.pop_front()
        {
            oldest.await?;
        }
    }
    for append in under_way {
        append.await?;
    }
    Ok(())
}

const CONSULTANT: PersonId = PersonId(Uuid::from_u128(2));

fn history(number: TicketNumber, kind: Kind, time: Timestamp) -> anyhow::Result<Vec<TicketEvent>> {
    let opened = TicketEvent::Opened(Box::new(OpenTicket {
        number,
        customer: Customer::Registered(PersonId(Uuid::from_u128(1))),
        channel: Channel::Phone,
        store: Some(Text::new("Berlin Mitte")?),
        team: Some(Text::new("north")?),
        subject: Personal::Known(Text::new("Till 3 prints nothing")?),
        description: Some(Personal::Known(Text::new("Since this morning")?)),
        category: Some(Text::new("printer")?),
        skills: vec![Text::new("receipt-printers")?],
        priority: Priority::Moderate,
        place: None,
        language: Some(Text::new("de")?),
        fields: [(Text::new("till")?, Text::new("3")?)].into(),
    }));
    let consultant = CONSULTANT;
    Ok(match kind {
        Kind::Closed => vec![
            opened,
            TicketEvent::Resolved {
                code: Text::new("replaced")?,
                note: None,
            },
            TicketEvent::Closed {
                reopen_until: time + SignedDuration::from_hours(24 * 14),
            },
        ],
        Kind::Open => vec![
            opened,
            TicketEvent::Assigned { consultant },
            TicketEvent::Accepted { consultant },
        ],
    })
}

fn draft(
    ticket: TicketId,
    event: &TicketEvent,
    version: u8,
    time: Timestamp,
) -> anyhow::Result<Draft> {
    let (kind, data) = ticket::encode(event)?;
    let mut command_id = ticket.0.into_bytes();
    command_id[0] = version;
    let attributes = EventAttributes {
        context: EventContext {
            actor: Actor {
                id: CONSULTANT,
                role: Role::Consultant,
            },
            occurred_at: time,
            origin: Origin::Live,
            source_sequence: None,
        },
        command_id: CommandId(command_id),
        command_digest: CommandDigest([7; 8]),
    };
    Ok(Draft {
        kind,
        key: Bytes::from(stream::ticket_key(ticket)),
        time,
        attributes: attributes.to_pairs(),
        traceparent: None,
        data: Bytes::from(data),
    })
}
