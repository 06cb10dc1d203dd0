//! Two command APIs on a log behind a network that loses, repeats, delays, splits and reorders
//! what they append. Whatever is acknowledged is in the log once, and everybody who asks again is
//! told the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use docket_command_api::CommandConfig;
use docket_event_log::Log;
use docket_event_log::faults::{FaultRates, FaultyLog};
use docket_event_log::memory::{MemoryLog, MemoryStore};
use docket_service::auth::Role;
use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Client, Replica, opening, person, records};

const TICKETS: usize = 6;
const COMMANDS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_network_does_an_answer_is_for_ever() {
    for seed in 1..=4 {
        let store = MemoryStore::new(2);
        let network = FaultyLog::new(open_log(&store).await);
        let beside = network.beside(open_log(&store).await);
        let one = Replica::start(Arc::new(network.clone()), CommandConfig::default()).await;
        let two = Replica::start(Arc::new(beside), CommandConfig::default()).await;
        let managers = [one.manager(), two.manager()];
        network.network().seed(seed, FaultRates::default());

        let tickets = join_all((0..TICKETS).map(|n| open(&managers[n % 2], n))).await;
        let asked: Vec<(Uuid, usize)> = tickets
            .iter()
            .flat_map(|ticket| (0..COMMANDS).map(|n| (*ticket, n)))
            .collect();
        let ask = |replica: usize| {
            let managers = &managers;
            let asked = asked.iter();
            join_all(asked.map(move |(ticket, n)| told(&managers[(n + replica) % 2], *ticket, *n)))
        };
        let answers = ask(0).await;
        network.network().heal();
        // Late deliveries of long ago change nothing.
        network.release().await;
        for (first, repeat) in answers.iter().zip(ask(1).await) {
            assert_eq!(repeat.status, first.status, "seed {seed}");
            assert_eq!(repeat.body, first.body, "seed {seed}");
            assert_eq!(repeat.position(), first.position(), "seed {seed}");
        }
        let log = open_log(&store).await;
        let events: BTreeSet<(u16, u64)> = records(&log)
            .await
            .iter()
            .filter(|(_, record)| !record.is_control())
            .map(|(partition, record)| (*partition, record.sequence.0))
            .collect();
        assert_eq!(events.len(), TICKETS + applied(&answers), "seed {seed}");
        versions_are_dense(&answers, &events);
        one.stop().await;
        two.stop().await;
    }
}

async fn open_log(store: &MemoryStore) -> Log {
    Arc::new(MemoryLog::open(store, 2).await.expect("the log opens"))
}

async fn open(manager: &Client, n: usize) -> Uuid {
    loop {
        let answer = manager
            .send("/v1/tickets", &format!("open-{n}"), opening())
            .await;
        if answer.status != 503 {
            return answer.expect(201).ticket();
        }
    }
}

/// Asks until there is an answer from the log.
async fn told(client: &Client, ticket: Uuid, n: usize) -> Answer {
    let (command, body): (&str, Value) = match n % 6 {
        0 => (
            "assign",
            json!({"consultant": person(&format!("consultant {n}"))}),
        ),
        1 => ("accept", json!({})),
        2 => ("hold", json!({"awaiting": "parts"})),
        3 => ("resume", json!({})),
        4 => ("unassign", json!({"reason": "somebody else"})),
        _ => (
            "comments",
            json!({"text": "Still waiting", "visibility": "internal"}),
        ),
    };
    loop {
        let answer = client
            .ask(ticket, command, &format!("key-{n}"), body.clone())
            .await;
        if answer.status != 503 {
            return answer;
        }
    }
}

fn applied(answers: &[Answer]) -> usize {
    answers
        .iter()
        .filter(|answer| answer.body["outcome"] == "applied")
        .count()
}

/// Each ticket's applied commands have the versions from 2 on, each once, and lie in the log in
/// that order.
fn versions_are_dense(answers: &[Answer], events: &BTreeSet<(u16, u64)>) {
    let mut tickets: BTreeMap<Uuid, BTreeMap<u64, u64>> = BTreeMap::new();
    for answer in answers {
        if answer.body["outcome"] != "applied" {
            continue;
        }
        let position = answer.position();
        assert!(events.contains(&(position.partition, position.sequence)));
        let version = answer.body["version"].as_u64().expect("a version");
        let versions = tickets.entry(answer.ticket()).or_default();
        let twice = versions.insert(version, position.sequence);
        assert_eq!(twice, None, "version {version} twice");
    }
    for versions in tickets.values() {
        assert!(versions.keys().copied().eq(2..2 + versions.len() as u64));
        assert!(versions.values().is_sorted());
    }
}

/// Each line of a ticket is only allowed after the one before it, so one that is done out of turn
/// shows as refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_of_a_ticket_keep_their_order_whatever_is_lost() {
    for seed in 1..=4 {
        let store = MemoryStore::new(2);
        let network = FaultyLog::new(open_log(&store).await);
        let log: Log = Arc::new(network.clone());
        let replica = Replica::start(log, CommandConfig::default()).await;
        let importer = replica.client("old-system", Role::Importer);
        let tickets: Vec<Uuid> = (0..TICKETS).map(|_| Uuid::new_v4()).collect();
        let mut lines = String::new();
        for n in 0..50_usize {
            for ticket in &tickets {
                lines.push_str(&line(*ticket, n).to_string());
                lines.push('\n');
            }
        }
        network.network().seed(seed, FaultRates::default());
        let response = importer
            .http
            .post(replica.url("/v1/commands"))
            .bearer_auth(&importer.token)
            .header("Content-Type", "application/x-ndjson")
            .body(lines)
            .send()
            .await
            .expect("an answer");
        for outcome in response.text().await.expect("outcomes").lines() {
            let outcome: Value = serde_json::from_str(outcome).expect("JSON");
            let n = (outcome["line"].as_u64().expect("a line") - 1) / TICKETS as u64;
            let expected = if n % 4 == 3 { "rejected" } else { "applied" };
            assert_eq!(outcome["outcome"], expected, "seed {seed}: {outcome}");
        }
        network.network().heal();
        replica.stop().await;
    }
}

/// Open and assign; then hold, what is not allowed on hold, resume, comment, again and again.
pub(crate) fn line(ticket: Uuid, n: usize) -> Value {
    let (command, body) = match (n, n % 4) {
        (0, _) => ("open", opening()),
        (1, _) => ("assign", json!({"consultant": person("carl")})),
        (_, 2) => ("hold", json!({"awaiting": "parts"})),
        (_, 3) => ("accept", json!({})),
        (_, 0) => ("resume", json!({})),
        _ => (
            "comments",
            json!({"text": format!("{n}"), "visibility": "internal"}),
        ),
    };
    json!({
        "command": command, "ticket": ticket, "idempotency_key": format!("{ticket}-{n}"),
        "body": body
    })
}
