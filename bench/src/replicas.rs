//! One, two and three command APIs on one log, without owners and with them.
//!
//! Clients send each request to the next replica in turn. Without owners (`command.advertised`
//! unset) every replica appends to every partition, and what loses a race is noise; with owners a
//! replica forwards what isn't its own. Throughput in a closed loop, latency at 1,000 commands a
//! second in an open one. All replicas share the machine with the broker, so more of them can't be
//! faster here: the figures show what sharing a log costs. One replica and the others take turns,
//! in short rounds on logs of their own; the medians are told.

use std::net::SocketAddr;

use crate::http::scrape;
use crate::load::{Arrivals, closed_loop, open_loop};
use crate::reference::median;
use crate::stage::{Process, Size, Stage};
use crate::table::{Budget, Figure, Findings, Row};
use crate::tickets::Opener;

pub(crate) async fn measure(stage: &Stage, size: Size) -> anyhow::Result<Findings> {
    let most = size.pick(3, 3, 2);
    let mut alone = Rounds::default();
    let mut shared: Vec<_> = [false, true]
        .into_iter()
        .flat_map(|owners| (2..=most).map(move |count| (count, owners, Rounds::default())))
        .collect();
    for _ in 0..rounds(size) {
        alone.0.push(run(stage, size, 1, false).await?);
        for (count, owners, rounds) in &mut shared {
            rounds.0.push(run(stage, size, *count, *owners).await?);
        }
    }
    let mut findings = Findings::default();
    alone.describe("1 replica", &mut findings, None, None);
    for (count, owners, rounds) in &shared {
        let with = if *owners { "with" } else { "without" };
        let name = format!("{count} replicas {with} owners");
        let noise = owners.then_some(Budget::AtMost(1.0));
        rounds.describe(&name, &mut findings, Some(&alone), noise);
    }
    findings.note(
        "replicas: that others go on within 1 s after `kill -9` of an owner is measured by `cargo run \
         --release -p docket-chaos -- steps`",
    );
    Ok(findings)
}

/// As many as leave each long enough to tell a 99th percentile.
fn rounds(size: Size) -> u32 {
    size.pick(3, 2, 1)
}

/// What was seen of one configuration, round after round.
#[derive(Default)]
struct Rounds(Vec<Seen>);

/// What was seen in one round.
struct Seen {
    rate: f64,
    noise_percent: f64,
    forwarded_percent: f64,
    rate_offered: f64,
    p99_ms: f64,
    /// At that rate.
    failures: String,
}

impl Rounds {
    fn median(&self, what: fn(&Seen) -> f64) -> f64 {
        median(self.0.iter().map(what).collect())
    }

    /// Throughput and latency beside those of one replica; noise against its budget.
    fn describe(
        &self,
        name: &str,
        findings: &mut Findings,
        alone: Option<&Self>,
        noise: Option<Budget>,
    ) {
        let offered = Figure::new(self.median(|seen| seen.rate_offered), "commands/s");
        for seen in self.0.iter().filter(|seen| !seen.failures.is_empty()) {
            findings.note(format!("{name} at {offered}{}", seen.failures));
        }
        let row = |what: &str, seen, unit| {
            Row::new(
                format!("{name}: {what}"),
                Figure::new(self.median(seen), unit),
            )
        };
        let compared = |what: &str, seen, unit| {
            let row = row(what, seen, unit);
            match alone {
                Some(alone) => row.beside("one replica", Figure::new(alone.median(seen), unit)),
                None => row,
            }
        };
        findings.row(compared("throughput", |seen| seen.rate, "commands/s"));
        let of_all = row("noise, of all records", |seen| seen.noise_percent, "%");
        findings.row(match noise {
            Some(budget) => of_all.budget(budget),
            None => of_all,
        });
        findings.row(row(
            "forwarded, of all commands",
            |seen| seen.forwarded_percent,
            "%",
        ));
        let p99 = format!("p99 at {offered}");
        findings.row(compared(&p99, |seen| seen.p99_ms, "ms"));
    }
}

async fn run(stage: &Stage, size: Size, count: usize, owners: bool) -> anyhow::Result<Seen> {
    let log = stage.kafka_log();
    let mut replicas = Vec::with_capacity(count);
    for _ in 0..count {
        replicas.push(stage.replica(&log, owners).await?);
    }
    let addresses: Vec<SocketAddr> = replicas.iter().map(|replica| replica.address).collect();
    let openers = |round| -> anyhow::Result<Vec<Opener>> {
        let openers = Opener::several(stage, size.pick(256, 256, 16))?;
        Ok(openers
            .into_iter()
            .map(|opener| opener.keyed(round))
            .collect())
    };
    let none = std::time::Duration::ZERO;
    let (warm_up, measured) = (
        size.warm_up() / rounds(size),
        size.measured() / rounds(size),
    );
    closed_loop(&addresses, openers(0)?, none, warm_up).await?;
    let before = Counts::of(&replicas).await?;
    let most = closed_loop(&addresses, openers(1)?, none, measured).await?;
    let counts = Counts::of(&replicas).await?.since(&before);
    let most = most.all_done()?;
    let commands = most.done as f64;
    let rate_offered = size.pick(1_000.0, 1_000.0, 50.0);
    let steady = open_loop(
        &addresses,
        openers(2)?,
        Arrivals::Steady,
        rate_offered,
        warm_up,
        measured,
    );
    let steady = steady.await?;
    Ok(Seen {
        rate: most.rate(),
        noise_percent: 100.0 * counts.noise / (counts.noise + commands),
        forwarded_percent: 100.0 * counts.forwarded / commands,
        rate_offered,
        p99_ms: steady.ms(0.99),
        failures: steady.failures(),
    })
}

/// Of all replicas together.
struct Counts {
    /// As the receivers counted.
    forwarded: f64,
    /// As the first one read it; all read the same.
    noise: f64,
}

impl Counts {
    async fn of(replicas: &[Process]) -> anyhow::Result<Self> {
        let mut forwarded = 0.0;
        for replica in replicas {
            forwarded += scrape(replica, "docket_commands_forwarded_total").await?;
        }
        Ok(Self {
            forwarded,
            noise: scrape(&replicas[0], "docket_noise_records_total").await?,
        })
    }

    fn since(&self, before: &Self) -> Self {
        Self {
            forwarded: self.forwarded - before.forwarded,
            noise: self.noise - before.noise,
        }
    }
}
