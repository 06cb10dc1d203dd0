//! Bulk commands: the history of many tickets as one NDJSON request, from the first byte sent to
//! the last outcome line read, beside librdkafka's producer with the records that this history
//! became: they are read from the log and sent again, each once.
//!
//! Measured on the command API alone, and on the all-in-one, whose projector follows at once and
//! takes its share of the machine.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use docket_service::Role;
use uuid::Uuid;

use crate::records;
use crate::reference::{self, median, rate};
use crate::stage::{Process, Size, Stage};
use crate::table::{Budget, Figure, Findings, Row};

const COMMANDS_PER_TICKET: usize = 6;

pub(crate) async fn measure(stage: &Stage, size: Size) -> anyhow::Result<Findings> {
    let tickets = size.pick(20_000, 5_000, 50);
    let commands = tickets * COMMANDS_PER_TICKET;
    let (mut alone, mut kafka, mut postgres, mut raw) = (vec![], vec![], vec![], vec![]);
    for _ in 0..size.rounds() {
        let log = stage.kafka_log();
        let process = stage.command_api(&log).await?;
        alone.push(send(stage, &process, tickets).await?);
        drop(process);
        let records = Arc::new(records::written(&log, commands).await?);
        raw.push(reference::produce(stage, &records, commands).await?);
        let process = stage.all_in_one(&stage.kafka_log()).await?;
        kafka.push(send(stage, &process, tickets).await?);
        drop(process);
        let process = stage.all_in_one_on_postgres().await?;
        postgres.push(send(stage, &process, tickets).await?);
    }
    let raw = Figure::new(median(raw), "records/s");
    let row = |what: &str, rounds| {
        Row::new(what, Figure::new(median(rounds), "commands/s"))
            .beside("librdkafka's producer alone", raw)
    };
    let mut findings = Findings::default();
    let budget = Budget::RatioAtLeast(0.5);
    findings.row(row("bulk, command API on Kafka", alone).budget(budget));
    findings.row(row("bulk, all-in-one on Kafka, view included", kafka));
    findings.row(row("bulk, all-in-one on Postgres, view included", postgres));
    Ok(findings)
}

async fn send(stage: &Stage, process: &Process, tickets: usize) -> anyhow::Result<f64> {
    let request = reqwest::Client::new()
        .post(format!("http://{}/v1/commands", process.address))
        .bearer_auth(stage.token("importer", Role::Importer)?)
        .header("content-type", "application/x-ndjson")
        .body(history(tickets));
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
