//! Whether opening tickets becomes slower with a long queue: an all-in-one on Kafka, whose router and
//! views have to do with every ticket, takes openings in an open loop, from an empty log and again
//! when many wait. There are no consultants, so whatever is opened waits.

use std::net::SocketAddr;
use std::time::Duration;

use crate::load::{Arrivals, Outcome, closed_loop, open_loop};
use crate::stage::{Size, Stage};
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
    let load = Load {
        stage,
        size,
        address: process.address,
        rate,
    };
    load.open(0).await?;
    let few = load.open(1).await?;
    let waiting = load.fill(most).await?;
    // Views and router come to the end of what has been written.
    load.open(2).await?;
    let many = load.open(3).await?;
    let what = format!(
        "tickets opened at {}, 50,000 others waiting: p99",
        Figure::new(rate, "commands/s")
    );
    findings.row(
        Row::new(what, Figure::new(many.ms(0.99), "ms"))
            .beside("none waiting", Figure::new(few.ms(0.99), "ms"))
            .budget(Budget::RatioAtMost(1.5)),
    );
    findings.note(format!(
        "opening beside {waiting} waiting tickets: p50 {:.2} ms, before there were any {:.2} ms",
        many.ms(0.5),
        few.ms(0.5)
    ));
    Ok(())
}

struct Load<'a> {
    stage: &'a Stage,
    size: Size,
    address: SocketAddr,
    rate: f64,
}

impl Load<'_> {
    fn openers(&self, round: u64) -> anyhow::Result<Vec<Opener>> {
        let openers = Opener::several(self.stage, CONNECTIONS)?.into_iter();
        Ok(openers.map(|opener| opener.keyed(round)).collect())
    }

    async fn open(&self, round: u64) -> anyhow::Result<Outcome> {
        let addresses = [self.address];
        let outcome = open_loop(
            &addresses,
            self.openers(round)?,
            Arrivals::Poisson,
            self.rate,
            self.size.warm_up(),
            self.size.measured(),
        );
        outcome.await?.all_done()
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
