//! Commands over HTTP, one per request, acknowledged when durable, beside a bare axum handler that
//! parses the same JSON.
//!
//! Both are processes of their own and get the same bytes from the same generator: openings of
//! tickets over kept-alive connections, a closed loop. The command API has no projector beside it;
//! its log is on Kafka.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::load::{Connection, closed_loop};
use crate::machine::{cpu_seconds, cpu_seconds_by_thread};
use crate::reference::median;
use crate::stage::{Process, Size, Stage};
use crate::table::{Budget, Figure, Findings, Row};
use crate::tickets::Opener;

pub(crate) async fn measure(stage: &Stage, size: Size) -> anyhow::Result<Findings> {
    let clients = size.pick(512, 512, 16);
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    let (mut our_cpu, mut bare_cpu) = (Cpu::default(), Cpu::default());
    for _ in 0..size.rounds() {
        let process = stage.command_api(&stage.kafka_log()).await?;
        ours.push(round(stage, size, &process, clients, &mut our_cpu).await?);
        drop(process);
        let process = stage.bare().await?;
        bare.push(round(stage, size, &process, clients, &mut bare_cpu).await?);
    }
    let unit = "requests/s";
    let what = format!("commands over HTTP, one per request, {clients} connections");
    let mut findings = Findings::default();
    findings.row(
        Row::new(what, Figure::new(median(ours), unit))
            .beside("bare axum handler", Figure::new(median(bare), unit))
            .budget(Budget::RatioAtLeast(0.5)),
    );
    findings.note(format!(
        "CPU per request over HTTP: command API {our_cpu}, bare handler {bare_cpu}; {:.0} records in \
         a batch",
        our_cpu.records / our_cpu.batches
    ));
    findings.note(format!(
        "the command API's CPU per request by kind of thread: {}",
        our_cpu.by_thread()
    ));
    Ok(findings)
}

/// CPU time of everybody involved, which says more than a rate on a machine that others use.
#[derive(Default)]
struct Cpu {
    requests: f64,
    server: f64,
    /// The server's, by kind of thread.
    threads: BTreeMap<&'static str, f64>,
    broker: f64,
    generator: f64,
    records: f64,
    batches: f64,
}

impl Cpu {
    fn us(&self, seconds: f64) -> f64 {
        seconds * 1e6 / self.requests
    }

    fn by_thread(&self) -> String {
        let each = self.threads.iter();
        let each = each.map(|(kind, seconds)| format!("{kind} {:.1} µs", self.us(*seconds)));
        each.collect::<Vec<_>>().join(", ")
    }
}

impl std::fmt::Display for Cpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.1} µs (and broker {:.1}, load generator {:.1})",
            self.us(self.server),
            self.us(self.broker),
            self.us(self.generator)
        )
    }
}

/// A metric's value; 0 where there is none of that name.
pub(crate) async fn scrape(process: &Process, name: &str) -> anyhow::Result<f64> {
    let mut connection = Connection::open(process.address).await?;
    let request = b"GET /metrics HTTP/1.1\r\nhost: docket\r\n\r\n";
    let answer = connection.exchange(request).await?;
    let text = std::str::from_utf8(answer.body)?;
    let values = text.lines().filter_map(|line| {
        line.strip_prefix(name)?
            .rsplit_once(' ')?
            .1
            .parse::<f64>()
            .ok()
    });
    Ok(values.sum())
}

async fn round(
    stage: &Stage,
    size: Size,
    process: &Process,
    clients: usize,
    cpu: &mut Cpu,
) -> anyhow::Result<f64> {
    let scripts = Opener::several(stage, clients)?;
    let addresses = [process.address];
    closed_loop(&addresses, scripts, Duration::ZERO, size.warm_up()).await?;
    let used = || [process.pid, stage.broker_pid(), std::process::id()].map(cpu_seconds);
    let (before, threads_before) = (used(), cpu_seconds_by_thread(process.pid));
    let scripts = Opener::several(stage, clients)?.into_iter();
    let scripts = scripts.map(|opener| opener.keyed(1));
    let outcome = closed_loop(
        &addresses,
        scripts.collect(),
        Duration::ZERO,
        size.measured(),
    );
    let outcome = outcome.await?.all_done()?;
    let (after, threads) = (used(), cpu_seconds_by_thread(process.pid));
    cpu.requests += outcome.done as f64;
    cpu.server += after[0] - before[0];
    for (kind, seconds) in threads {
        let before = threads_before.get(kind).copied().unwrap_or_default();
        *cpu.threads.entry(kind).or_default() += seconds - before;
    }
    cpu.broker += after[1] - before[1];
    cpu.generator += after[2] - before[2];
    cpu.records = scrape(process, "docket_append_batch_records_sum").await?;
    cpu.batches = scrape(process, "docket_append_batch_records_count").await?;
    Ok(outcome.rate())
}
