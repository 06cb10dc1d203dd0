//! Whether opening tickets becomes slower with a long queue: an all-in-one on Kafka, whose router and
//! views have to do with every ticket, takes openings in an open loop, on an empty log, when
//! many wait, and again on an empty log; the better of the two is the reference. There are no
//! consultants, so whatever is opened waits.

use std::net::SocketAddr;
use std::time::Duration;

use crate::load::{Arrivals, Outcome, closed_loop, open_loop};
use crate::stage::{Process, Size, Stage};
use crate::table::{Budget, Figure, Findings, Row};
use crate::tickets::Opener;

const CONNECTIONS: usize = 64;

pub(super) async fn opening(
    stage: &Stage,
    size: Size,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let rate = size.pick(500.0, 500.0, 50.0);
    let most = size.pick(50_000, 50_000, 100);
    let process = stage.all_in_one(&stage.kafka_log()).await?;
    let load = Load::on(&process, stage, size, rate);
    let before = load.open(0).await?;
    let waiting = load.fill(most).await?;
    // Views and router come to the end of what has been written.
    load.open(2).await?;
    let many = load.open(4).await?;
    drop(process);
    // Once more from an empty log: what came first had a broker and a database that were cold.
    let process = stage.all_in_one(&stage.kafka_log()).await?;
    let after = Load::on(&process, stage, size, rate).open(0).await?;
    let few = std::cmp::min_by(before, after, |one, other| {
        one.ms(0.99).total_cmp(&other.ms(0.99))
    });
    let what = format!(
        "tickets opened at {}, 50,000 others waiting: p99",
        Figure::new(rate, "commands/s")
    );
    findings.row(
        Row::new(what, Figure::new(many.ms(0.99), "ms"))
            .beside("none waiting", Figure::new(few.ms(0.99), "ms"))
            .budget(Budget::RatioAtMost(1.5)),
    );
    for (beside, outcome) in [(waiting, &many), (0, &few)] {
        findings.note(format!(
            "opening beside {beside} waiting tickets: p50 {:.2} ms{}",
            outcome.ms(0.5),
            outcome.failures()
        ));
    }
    Ok(())
}

struct Load<'a> {
    stage: &'a Stage,
    size: Size,
    address: SocketAddr,
    rate: f64,
}

impl<'a> Load<'a> {
    fn on(process: &Process, stage: &'a Stage, size: Size, rate: f64) -> Self {
        Self {
            stage,
            size,
            address: process.address,
            rate,
        }
    }

    fn openers(&self, round: u64) -> anyhow::Result<Vec<Opener>> {
        let openers = Opener::several(self.stage, CONNECTIONS)?.into_iter();
        Ok(openers.map(|opener| opener.keyed(round)).collect())
    }

    /// Opens at the rate; twice, the first time to warm up. What can't be kept up with is told, as
    /// failures.
    async fn open(&self, round: u64) -> anyhow::Result<Outcome> {
        self.pass(round).await?;
        self.pass(round + 1).await
    }

    async fn pass(&self, round: u64) -> anyhow::Result<Outcome> {
        let addresses = [self.address];
        let outcome = open_loop(
            &addresses,
            self.openers(round)?,
            Arrivals::Poisson,
            self.rate,
            self.size.warm_up(),
            self.size.measured(),
        );
        outcome.await
    }

    /// Opens so many, as fast as it goes; says how many those were.
    async fn fill(&self, most: u64) -> anyhow::Result<u64> {
        let mut opened = 0;
        let mut round = 100;
        while opened < most {
            round += 1;
            let (addresses, second) = ([self.address], Duration::from_secs(1));
            let openers = self.openers(round)?;
            let outcome = closed_loop(&addresses, openers, Duration::ZERO, second);
            opened += outcome.await?.all_done()?.done;
        }
        Ok(opened)
    }
}
