//! What a command API needs for the tickets of years: memory for each, and the time until it is
//! ready, read from the log's start and from snapshots.
//!
//! The logs are written by themselves, with the records' times of years ago: tickets that were
//! opened, resolved and closed, or opened, assigned and accepted. The command API is a process of
//! its own, as in production, and each figure is from one that does nothing else. What a process
//! needs however few tickets there are is measured with hardly any, on the very same ways, and
//! taken off: a ticket's memory is the difference between two processes divided by that between
//! their numbers of tickets.

mod history;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use docket_event_log::KafkaConfig;

use self::history::write;
use crate::http::scrape;
use crate::records::PARTITIONS;
use crate::stage::{Process, Size, Stage};
use crate::table::{Budget, Figure, Findings, Row};

/// Five years of 10,000 tickets a day, and the last month's, taken for open.
const FIVE_YEARS: f64 = 18e6;
const A_MONTH: f64 = 3e5;
/// More open ones than anybody has: to measure five million would only take time and room.
const OPEN_MAX: u64 = 1_000_000;
/// With so many, what the Kafka client holds while it reads is as much as with any number.
const FEW_MAX: u64 = 50_000;
/// How long writing all snapshots may take.
const KEPT_WITHIN: Duration = Duration::from_hours(1);
const MIB: f64 = (1 << 20) as f64;

/// What becomes of the tickets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Closed so long ago that they can't be reopened.
    Closed,
    /// Being worked.
    Open,
}

/// What was seen of a log with so many tickets. Memory is in bytes, times in seconds.
struct Seen {
    tickets: f64,
    written: f64,
    log_bytes: f64,
    /// A process without snapshots.
    from_start: Held,
    start: f64,
    /// One that has written its first snapshots since it started, and shed what lies there.
    shed: Held,
    built: f64,
    snapshot_bytes: f64,
    /// One that started from these: the median of several starts, and the least memory, since what
    /// else a process happens to hold only adds to it.
    from_snapshots: Held,
    restart: f64,
    starts: usize,
}

/// A process's own memory: `RssAnon`, what it holds but for files' pages.
#[derive(Clone, Copy)]
struct Held {
    now: f64,
    /// The most that ever was resident (`VmHWM`), files' pages and all.
    peak: f64,
}

/// Hardly any tickets, and many.
struct Pair {
    few: Seen,
    many: Seen,
}

pub(crate) async fn measure(stage: &Stage, size: Size, tickets: u64) -> anyhow::Result<Findings> {
    ensure!(tickets >= 100, "--tickets must be at least 100");
    let mut findings = Findings::default();
    let closed = pair(stage, size, tickets, Kind::Closed).await?;
    tell(&closed, Kind::Closed, &mut findings);
    let open = pair(stage, size, tickets.min(OPEN_MAX), Kind::Open).await?;
    tell(&open, Kind::Open, &mut findings);
    extrapolate(&closed, &open, &mut findings);
    Ok(findings)
}

async fn pair(stage: &Stage, size: Size, tickets: u64, kind: Kind) -> anyhow::Result<Pair> {
    Ok(Pair {
        few: see(stage, size, (tickets / 10).min(FEW_MAX), kind).await?,
        many: see(stage, size, tickets, kind).await?,
    })
}

async fn see(stage: &Stage, size: Size, tickets: u64, kind: Kind) -> anyhow::Result<Seen> {
    // Each partition gets as many.
    let tickets = tickets - tickets % u64::from(PARTITIONS);
    let step = |what: &str| eprintln!("  {tickets} tickets, {}: {what}", kind.words());
    step("writing the log");
    let begun = Instant::now();
    let log = write(stage, tickets, kind).await?;
    let written = begun.elapsed().as_secs_f64();
    step("reading it from its start");
    let (process, start) = started(stage, &log, None).await?;
    let from_start = settled(&process, size).await?;
    drop(process);
    step("reading it again, for snapshots");
    let snapshots = tempfile::tempdir()?;
    let (process, _) = started(stage, &log, Some(snapshots.path())).await?;
    let built = kept(&process, snapshots.path(), tickets).await?;
    let shed = settled(&process, size).await?;
    drop(process);
    step("starting from snapshots");
    let mut restarts = Vec::new();
    let mut held = Vec::new();
    for _ in 0..size.pick(5, 3, 1) {
        let (process, restart) = started(stage, &log, Some(snapshots.path())).await?;
        restarts.push(restart);
        held.push(settled(&process, size).await?);
    }
    restarts.sort_unstable_by(f64::total_cmp);
    held.sort_unstable_by(|a, b| a.now.total_cmp(&b.now));
    Ok(Seen {
        tickets: tickets as f64,
        written,
        log_bytes: stage.log_bytes(&log)? as f64,
        from_start,
        start,
        shed,
        built,
        snapshot_bytes: bytes_in(snapshots.path())? as f64,
        from_snapshots: held[0],
        restart: restarts[restarts.len() / 2],
        starts: restarts.len(),
    })
}

fn tell(pair: &Pair, kind: Kind, findings: &mut Findings) {
    let what = kind.words();
    let bytes = |what: fn(&Seen) -> f64| Figure::new(pair.each(what), "bytes");
    let memory = Row::new(
        format!("memory a ticket {what}, from snapshots"),
        bytes(|seen| seen.from_snapshots.now),
    )
    .beside("read from the log's start", bytes(|it| it.from_start.now))
    .budget(Budget::AtMost(kind.bytes_max()));
    findings.row(memory);
    let Pair { few, many } = pair;
    let seconds = |time| Figure::new(time, "s");
    let start = Row::new(
        format!("{} tickets {what}: start from snapshots", many.tickets),
        seconds(many.restart),
    )
    .beside("from the log's start", seconds(many.start));
    findings.row(match kind {
        Kind::Closed => start.budget(Budget::AtMost(1.0)),
        Kind::Open => start,
    });
    findings.note(format!(
        "{} tickets {what}, {PARTITIONS} partitions: the log takes {:.2} GiB and was written in \
         {:.0} s; a process that read it from its start holds {:.0} MiB (peak {:.0}); the first \
         snapshots took {:.1} s in the background (peak {:.0} MiB), after which it holds {:.0} \
         bytes a ticket; they take {:.0} bytes of disk a ticket; one that started from them holds \
         {:.0} MiB (peak {:.0}), the least of {} starts, the others being one sample each",
        many.tickets,
        many.log_bytes / MIB / 1_024.0,
        many.written,
        many.from_start.now / MIB,
        many.from_start.peak / MIB,
        many.built,
        many.shed.peak / MIB,
        pair.each(|seen| seen.shed.now),
        pair.each(|seen| seen.snapshot_bytes),
        many.from_snapshots.now / MIB,
        many.from_snapshots.peak / MIB,
        many.starts,
    ));
    findings.note(format!(
        "with {} tickets {what} it holds {:.0} MiB from the log's start and {:.0} MiB from \
         snapshots, and starts in {:.2} s and {:.2} s: taken off above and below",
        few.tickets,
        few.from_start.now / MIB,
        few.from_snapshots.now / MIB,
        few.start,
        few.restart,
    ));
}

/// What it comes to after five years.
fn extrapolate(closed: &Pair, open: &Pair, findings: &mut Findings) {
    let after = |what: fn(&Seen) -> f64| {
        let years = closed.each(what) * (FIVE_YEARS - A_MONTH) + open.each(what) * A_MONTH;
        what(&closed.few) + years
    };
    let mib = |what| Figure::new(after(what) / MIB, "MiB");
    let seconds = |what| Figure::new(after(what), "s");
    findings.row(
        Row::new(
            "18 million tickets, 300,000 of them open: memory from snapshots, extrapolated",
            mib(|seen| seen.from_snapshots.now),
        )
        .beside("from the log's start", mib(|seen| seen.from_start.now)),
    );
    findings.row(
        Row::new(
            "18 million tickets, 300,000 of them open: start from snapshots, extrapolated",
            seconds(|seen| seen.restart),
        )
        .beside("from the log's start", seconds(|seen| seen.start))
        .budget(Budget::AtMost(1.0)),
    );
    findings.note(format!(
        "18 million tickets are five years of 10,000 a day, 300,000 a month of them; their log \
         would take {:.1} GiB here, their snapshots {:.2} GiB. All is drawn as a line through what \
         was measured",
        after(|seen| seen.log_bytes) / MIB / 1_024.0,
        after(|seen| seen.snapshot_bytes) / MIB / 1_024.0,
    ));
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Closed => "closed for good",
            Self::Open => "open",
        }
    }

    /// The budget for one's memory.
    fn bytes_max(self) -> f64 {
        match self {
            Self::Closed => 32.0,
            Self::Open => 1_024.0,
        }
    }
}

impl Pair {
    /// What each ticket adds.
    fn each(&self, what: fn(&Seen) -> f64) -> f64 {
        (what(&self.many) - what(&self.few)) / (self.many.tickets - self.few.tickets)
    }
}

/// A command API that is ready, and how long that took.
async fn started(
    stage: &Stage,
    log: &KafkaConfig,
    snapshots: Option<&Path>,
) -> anyhow::Result<(Process, f64)> {
    let begun = Instant::now();
    let process = stage.command_api_with(log, snapshots).await?;
    Ok((process, begun.elapsed().as_secs_f64()))
}

/// Waits until no snapshot is due any more: large partitions take several. How long that took.
async fn kept(process: &Process, directory: &Path, tickets: u64) -> anyhow::Result<f64> {
    let begun = Instant::now();
    loop {
        ensure!(begun.elapsed() < KEPT_WITHIN, "the snapshots don't end");
        let files = std::fs::read_dir(directory)?
            .filter(|entry| {
                let name = entry.as_ref().map(std::fs::DirEntry::path);
                name.is_ok_and(|name| name.extension().is_some_and(|it| it == "snapshot"))
            })
            .count();
        // A rest that is less than a tenth of the tickets waits for more.
        let left = scrape(process, "docket_snapshot_lag_records").await?;
        if files == usize::from(PARTITIONS) && left <= tickets as f64 / 10.0 {
            return Ok(begun.elapsed().as_secs_f64());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits, half a minute at most, until memory changes no more: the allocator gives back what it
/// doesn't need only by and by, and streams are shed a thousand at a time.
async fn settled(process: &Process, size: Size) -> anyhow::Result<Held> {
    let pause = Duration::from_millis(size.pick(500, 500, 10));
    let begun = Instant::now();
    let mut held = resident(process)?;
    let mut same = 0;
    while same < 4 && begun.elapsed() < Duration::from_secs(30) {
        tokio::time::sleep(pause).await;
        let before = std::mem::replace(&mut held, resident(process)?);
        let changed = (held.now - before.now).abs() > MIB.max(before.now / 500.0);
        same = if changed { 0 } else { same + 1 };
    }
    Ok(held)
}

fn resident(process: &Process) -> anyhow::Result<Held> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.pid))?;
    let bytes = |name: &str| -> anyhow::Result<f64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|line| line.split_whitespace().next());
        Ok(kib.context("a process's memory")?.parse::<f64>()? * 1_024.0)
    };
    Ok(Held {
        now: bytes("RssAnon:")?,
        peak: bytes("VmHWM:")?,
    })
}

/// How much room a directory's files take.
fn bytes_in(directory: &Path) -> std::io::Result<u64> {
    std::fs::read_dir(directory)?
        .map(|entry| Ok(entry?.metadata()?.len()))
        .sum()
}
