//! Bulk commands: a history of tickets as one NDJSON request, until the last outcome line.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use docket::all_in_one::{self, Options, Running};
use docket_service::{Role, Shutdown};
use docket_supervisor::{Kafka, KafkaConfig};
use uuid::Uuid;

use crate::reference;

const COMMANDS_PER_TICKET: usize = 6;

/// Measures and prints.
pub(crate) async fn run(tickets: usize, rounds: usize) -> anyhow::Result<()> {
    let scratch = tempfile::Builder::new().prefix("docket-bench-").tempdir()?;
    // Postgres runs as another user when root measures.
    make_passable(scratch.path())?;
    let directory = scratch.path().join("kafka");
    let kafka =
        tokio::task::spawn_blocking(|| Kafka::start(&KafkaConfig::new(directory))).await??;

    let mut on_postgres = 0_f64;
    let mut on_kafka = 0_f64;
    let mut producer = 0_f64;
    for round in 0..rounds {
        let mut options = Options::new(scratch.path().join(format!("docket-{round}")));
        options.listen = Some(([127, 0, 0, 1], 0).into());
        on_postgres = on_postgres.max(measure(&options, tickets).await?);
        options.kafka = Some(kafka.bootstrap().to_owned());
        options.topic = format!("bench.{round}");
        on_kafka = on_kafka.max(measure(&options, tickets).await?);
        let topic = format!("reference.{round}");
        let records = tickets * COMMANDS_PER_TICKET;
        producer = producer.max(reference::produce(kafka.bootstrap(), &topic, records).await?);
    }
    println!(
        "best of {rounds} rounds of {tickets} tickets with {COMMANDS_PER_TICKET} commands each"
    );
    println!();
    println!("| | per second | of librdkafka |");
    println!("|---|---|---|");
    let row = |what: &str, rate: f64| {
        println!("| {what} | {rate:.0} | {:.2} |", rate / producer);
    };
    row("bulk commands over HTTP, log on Postgres", on_postgres);
    row("bulk commands over HTTP, log on Kafka", on_kafka);
    row("records, librdkafka's producer alone, same size", producer);
    Ok(())
}

/// Commands a second, from the first byte sent to the last outcome read.
async fn measure(options: &Options, tickets: usize) -> anyhow::Result<f64> {
    let shutdown = Shutdown::new();
    let running = all_in_one::start(options, &shutdown).await?;
    let rate = send(&running, tickets).await;
    running.stop().await?;
    rate
}

async fn send(running: &Running, tickets: usize) -> anyhow::Result<f64> {
    let lines = history(tickets);
    let request = reqwest::Client::new()
        .post(format!("{}/v1/commands", running.url()))
        .bearer_auth(&running.tokens().of(Role::Importer).token)
        .header("content-type", "application/x-ndjson")
        .body(lines);
    let begun = Instant::now();
    let mut answer = request.send().await?.error_for_status()?;
    let (mut outcomes, mut applied) = (0, 0);
    let mut rest = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        rest.extend_from_slice(&chunk);
        let whole = rest
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        for line in rest
            .drain(..whole)
            .collect::<Vec<u8>>()
            .split(|byte| *byte == b'\n')
        {
            outcomes += usize::from(!line.is_empty());
            let text = std::str::from_utf8(line).context("an outcome line is text")?;
            applied += usize::from(text.contains("\"applied\""));
        }
    }
    let took = begun.elapsed();
    let sent = tickets * COMMANDS_PER_TICKET;
    ensure!(outcomes == sent, "{outcomes} outcomes for {sent} commands");
    ensure!(applied == sent, "{applied} of {sent} commands were applied");
    Ok(rate(sent, took))
}

pub(crate) fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// The tickets side by side, as a log of all of them would have them.
fn history(tickets: usize) -> String {
    let run = Uuid::new_v4();
    let ids: Vec<Uuid> = (0..tickets)
        .map(|n| Uuid::new_v5(&run, &n.to_be_bytes()))
        .collect();
    let consultant = Uuid::new_v5(&run, b"consultant");
    let steps = [
        (
            "open",
            r#"{"caller":{"name":"Somebody"},"channel":"import","subject":"No picture since the storm","description":"The screen stays dark, the light at the box is red, and it has been switched off and on again."}"#
                .to_owned(),
        ),
        ("assign", format!(r#"{{"consultant":"{consultant}"}}"#)),
        ("accept", "{}".to_owned()),
        (
            "comments",
            r#"{"text":"The cable to the roof is broken; a new one is needed.","visibility":"public"}"#
                .to_owned(),
        ),
        ("resolve", r#"{"code":"cable","note":"Replaced."}"#.to_owned()),
        ("close", "{}".to_owned()),
    ];
    let mut lines = String::with_capacity(tickets * COMMANDS_PER_TICKET * 240);
    for (step, (command, body)) in (1..).zip(&steps) {
        for id in &ids {
            // Writing into a String does not fail.
            let _ = writeln!(
                lines,
                r#"{{"command":"{command}","ticket":"{id}","idempotency_key":"{step}","source_sequence":{step},"occurred_at":"2020-01-0{step}T00:00:00Z","body":{body}}}"#,
            );
        }
    }
    lines
}

fn make_passable(directory: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o755))
}
