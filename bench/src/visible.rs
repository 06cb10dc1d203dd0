//! From a command's acknowledgement to a query that shows it.
//!
//! The all-in-one with its log on Kafka and its view in Postgres takes 1,000 commands a second in an open
//! loop. Every tenth is asked for as soon as it is acknowledged, by a query for the ticket that
//! names the answer's `Docket-Position` as `Docket-Min-Position`; what counts is the time from the
//! acknowledgement read to the ticket read.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::ensure;
use docket_service::Role;
use hdrhistogram::Histogram;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::load::{Answer, Arrivals, Connection, Outcome, Script, histogram, ms, open_loop};
use crate::stage::{Size, Stage};
use crate::table::{Budget, Figure, Findings, Row};
use crate::tickets::{self, Opener};

/// Queries under way at once.
const VIEWERS: usize = 64;

pub(crate) async fn measure(stage: &Stage, size: Size) -> anyhow::Result<Findings> {
    let rate = size.pick(1_000.0, 1_000.0, 50.0);
    let process = stage.all_in_one(&stage.kafka_log()).await?;
    let token = stage.token("manager", Role::Manager)?;
    let (warm, _) = run(stage, size, process.address, &token, rate, 0).await?;
    drop(warm);
    let (visible, sent) = run(stage, size, process.address, &token, rate, 1).await?;
    let mut findings = Findings::default();
    let what = |name| {
        let rate = Figure::new(rate, "commands/s");
        format!("acknowledged → visible at {rate}, {name}")
    };
    let figure = |quantile| Figure::new(ms(&visible, quantile), "ms");
    findings.row(Row::new(what("p50"), figure(0.5)));
    findings.row(Row::new(what("p99"), figure(0.99)).budget(Budget::AtMost(100.0)));
    findings.row(Row::new(what("max"), figure(1.0)));
    findings.note(format!(
        "visible: {} queries with Docket-Min-Position; {:.0} commands/s were achieved{}",
        visible.len(),
        sent.rate(),
        sent.failures()
    ));
    Ok(findings)
}

/// An acknowledged command to look for.
struct Acknowledged {
    at: Instant,
    ticket: String,
    position: String,
}

/// Opens tickets, and passes some of the answers on.
struct Told {
    opener: Opener,
    count: u64,
    one_in: u64,
    tell: mpsc::UnboundedSender<Acknowledged>,
}

impl Script for Told {
    fn request(&mut self, into: &mut Vec<u8>) {
        self.opener.request(into);
    }

    fn answered(&mut self, answer: &Answer<'_>) {
        self.count += 1;
        let position = answer.header("docket-position");
        if let Some((ticket, position)) = tickets::ticket_of(answer).zip(position)
            && self.count.is_multiple_of(self.one_in)
        {
            // The viewers may be gone; then the error is theirs.
            let _ = self.tell.send(Acknowledged {
                at: Instant::now(),
                ticket: ticket.to_owned(),
                position: position.to_owned(),
            });
        }
    }
}

async fn run(
    stage: &Stage,
    size: Size,
    address: SocketAddr,
    token: &str,
    rate: f64,
    round: u64,
) -> anyhow::Result<(Histogram<u64>, Outcome)> {
    let (tell, told) = mpsc::unbounded_channel();
    let scripts = Opener::several(stage, size.pick(256, 256, 8))?
        .into_iter()
        .zip(0..)
        .map(|(opener, count)| Told {
            opener: opener.keyed(round),
            count,
            one_in: size.pick(10, 10, 1),
            tell: tell.clone(),
        })
        .collect();
    drop(tell);
    let viewing = tokio::spawn(view(address, token.to_owned(), told));
    let warm_up = size.warm_up() / 4;
    let addresses = [address];
    let sent = open_loop(
        &addresses,
        scripts,
        Arrivals::Poisson,
        rate,
        warm_up,
        size.measured(),
    );
    let sent = sent.await?;
    Ok((viewing.await??, sent))
}

/// Asks for each as soon as it is told of it.
async fn view(
    address: SocketAddr,
    token: String,
    mut told: mpsc::UnboundedReceiver<Acknowledged>,
) -> anyhow::Result<Histogram<u64>> {
    let mut latencies = histogram();
    let mut idle = Vec::new();
    let mut asking = JoinSet::new();
    loop {
        let acknowledged = tokio::select! {
            acknowledged = told.recv(), if asking.len() < VIEWERS => acknowledged,
            Some(done) = asking.join_next() => {
                let (connection, took): (_, u64) = done??;
                idle.push(connection);
                latencies.saturating_record(took);
                continue;
            }
        };
        let Some(acknowledged) = acknowledged else {
            break;
        };
        let connection = match idle.pop() {
            Some(connection) => connection,
            None => Connection::open(address).await?,
        };
        asking.spawn(ask(connection, acknowledged, token.clone()));
    }
    while let Some(done) = asking.join_next().await {
        latencies.saturating_record(done??.1);
    }
    Ok(latencies)
}

async fn ask(
    mut connection: Connection,
    acknowledged: Acknowledged,
    token: String,
) -> anyhow::Result<(Connection, u64)> {
    let Acknowledged {
        at,
        ticket,
        position,
    } = acknowledged;
    let mut request = Vec::new();
    tickets::get(&mut request, &ticket, &token, Some(&position));
    let status = connection.exchange(&request).await?.status;
    ensure!(status == 200, "a query for ticket {ticket} got {status}");
    Ok((connection, at.elapsed().as_micros() as u64))
}
