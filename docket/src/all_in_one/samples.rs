//! Sample consultants: who starts docket for the first time has somebody there to be given tickets.
//!
//! They are the consultants of the ready-made tokens, registered once, when there is nothing in the log
//! yet; what becomes of them later is the shop's own business.

use std::sync::Arc;

use docket_event_log::{Error, Log, Partition, Place};
use docket_process_managers::commands::{Answer, Command, Sender};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Tokens;

/// Token and name.
const CONSULTANTS: [(&str, &str); 2] = [
    ("CONSULTANT", "Carla Keller"),
    ("CONSULTANT_2", "Beat Huber"),
];

/// Whether nothing has ever happened: each partition has its genesis at most.
pub(super) async fn is_new(log: &Log) -> Result<bool, Error> {
    for partition in 0..log.identity().partitions {
        if log.end(Partition(partition)).await? > Place(1) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Registers them, ready for work. One who can't be is missed by nobody but a first visitor.
pub(super) async fn register(administrator: &Sender, tokens: &Tokens) {
    for (variable, name) in CONSULTANTS {
        let Some(sample) = tokens.iter().find(|it| it.variable == variable) else {
            continue;
        };
        let profile = json!({"id": sample.id, "name": name, "capacity": 20});
        let available = json!({"availability": "available"});
        for (version, (path, body)) in [
            ("v1/consultants".to_owned(), profile),
            (
                format!("v1/consultants/{}/availability", sample.id),
                available,
            ),
        ]
        .into_iter()
        .enumerate()
        {
            let command = command(sample.id, path, version as u32, &body);
            match administrator.send(&command).await {
                Answer::Done { .. } => {}
                answer => tracing::warn!(?answer, name, "a sample consultant was not registered"),
            }
        }
    }
}

fn command(consultant: Uuid, path: String, version: u32, body: &Value) -> Command {
    Command {
        path,
        key: format!("sample-{consultant}-{version}"),
        version,
        body: Arc::from(body.to_string().into_bytes()),
    }
}
