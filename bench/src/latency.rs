//! Latency of a command over HTTP at rates up to saturation, beside a record's way through Kafka
//! alone: produced, and read back by a consumer.
//!
//! An open loop: latency counts from when a command was due, not from when it could be sent. The
//! rate rises until less than 95 % of it is achieved; the last one that was achieved is the load
//! whose half the budget speaks of. The raw round trip has as many records a second, of the same
//! size, on the same broker. Each rate takes one pass; at half load commands and raw round trips
//! take turns in shorter rounds, whose medians the budget is held against.

use std::time::Duration;

use crate::load::{Arrivals, Outcome, ms, open_loop};
use crate::reference::{median, round_trip};
use crate::stage::{Process, Size, Stage};
use crate::table::{Budget, Figure, Findings, Row};
use crate::tickets::Opener;

const RATES: [u32; 13] = [
    100, 500, 1_000, 2_000, 5_000, 7_500, 10_000, 12_500, 15_000, 20_000, 25_000, 30_000, 40_000,
];
/// Enough that none is ever waited for below saturation.
const CONNECTIONS: usize = 512;

pub(crate) async fn measure(stage: &Stage, size: Size) -> anyhow::Result<Findings> {
    let rates = size.pick(&RATES[..], &RATES[..], &RATES[..1]);
    let mut findings = Findings::default();
    let process = stage.command_api(&stage.kafka_log()).await?;
    let mut most = f64::from(rates[0]);
    for (step, rate) in (0..).zip(rates.iter().copied().map(f64::from)) {
        let load = Load { stage, size, rate };
        let measured = size.measured();
        let ours = load.commands(&process, step, measured).await?;
        if !achieved(&ours, rate) {
            let rate = Figure::new(rate, "commands/s");
            findings.note(format!(
                "latency: of {rate} offered {:.0} were achieved; p50 {:.1} ms, p99 {:.0} ms{}",
                ours.rate(),
                ours.ms(0.5),
                ours.ms(0.99),
                ours.failures()
            ));
            break;
        }
        most = rate;
        let raw = round_trip(stage, rate, size.warm_up(), measured).await?;
        for (name, quantile) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            let rate = Figure::new(rate, "commands/s");
            let what = format!("latency at {rate}, {name}");
            let reference = Figure::new(ms(&raw, quantile), "ms");
            let figure = Figure::new(ours.ms(quantile), "ms");
            findings.row(Row::new(what, figure).beside("raw round trip", reference));
        }
    }
    let rate = most / 2.0;
    at_half(&Load { stage, size, rate }, &process, &mut findings).await?;
    Ok(findings)
}

/// In rounds, since one pass's 99th percentile is a matter of luck on a machine that others use.
async fn at_half(
    load: &Load<'_>,
    process: &Process,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let Load { stage, size, rate } = *load;
    let (warm_up, measured) = (size.warm_up() / 2, size.measured() / 2);
    let name = format!("latency at half load ({})", Figure::new(rate, "commands/s"));
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    for round in 0..size.pick(3, 3, 1) {
        let outcome = load.commands(process, 100 + round, measured).await?;
        if outcome.failed() > 0 {
            findings.note(format!("{name}, round {}{}", round + 1, outcome.failures()));
        }
        ours.push(outcome.ms(0.99));
        raw.push(ms(&round_trip(stage, rate, warm_up, measured).await?, 0.99));
    }
    findings.row(
        Row::new(format!("{name}, p99"), Figure::new(median(ours), "ms"))
            .beside("raw round trip", Figure::new(median(raw), "ms"))
            .budget(Budget::RatioAtMost(3.0)),
    );
    Ok(())
}

fn achieved(outcome: &Outcome, rate: f64) -> bool {
    outcome.failed() == 0 && outcome.rate() >= 0.95 * rate
}

struct Load<'a> {
    stage: &'a Stage,
    size: Size,
    rate: f64,
}

impl Load<'_> {
    async fn commands(
        &self,
        process: &Process,
        step: u64,
        measured: Duration,
    ) -> anyhow::Result<Outcome> {
        let count = self.size.pick(CONNECTIONS, CONNECTIONS, 16);
        let scripts = Opener::several(self.stage, count)?;
        let scripts = scripts.into_iter().map(|opener| opener.keyed(step));
        open_loop(
            &[process.address],
            scripts.collect(),
            Arrivals::Steady,
            self.rate,
            // Enough to fill, at low rates too.
            self.size.warm_up().min(Duration::from_secs(2)),
            measured,
        )
        .await
    }
}
