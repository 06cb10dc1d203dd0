//! Many commands in one request: streamed, in order, each with an outcome of its own.

use docket_event_log::LogConfig;
use docket_service::auth::Role;
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    Client, Replica, answer, events_of, on_both_logs, open, opening, person, postgres_log, records,
};

mod streams;

on_both_logs!(an_import_that_is_run_again_changes_nothing);

/// Sends lines of any text and returns the outcomes.
async fn send(client: &Client, lines: Vec<String>) -> Vec<Value> {
    let body = lines.join("\n");
    let response = client
        .http
        .post(format!("{}/v1/commands", client.base))
        .bearer_auth(&client.token)
        .header("Content-Type", "application/x-ndjson")
        .body(body)
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    outcomes(&response.text().await.expect("a body"))
}

fn outcomes(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// `line outcome status version`, as far as they are there.
fn told(outcomes: &[Value]) -> Vec<String> {
    outcomes
        .iter()
        .map(|outcome| {
            let version = outcome["version"].as_u64();
            format!(
                "{} {} {}{}",
                outcome["line"],
                outcome["outcome"].as_str().unwrap_or("-"),
                outcome["status"],
                version.map_or_else(String::new, |version| format!(" v{version}"))
            )
        })
        .collect()
}

fn line(command: &str, ticket: Uuid, key: &str, sequence: u64, body: &Value) -> String {
    json!({
        "command": command, "ticket": ticket, "idempotency_key": key, "body": body,
        "source_sequence": sequence,
        "occurred_at": format!("2016-03-01T08:{:02}:00Z", sequence % 60),
    })
    .to_string()
}

/// The history of one ticket of another system.
fn history(ticket: Uuid) -> Vec<String> {
    let key = |n: u64| format!("{ticket}-{n}");
    vec![
        line("open", ticket, &key(1), 1, &opening()),
        line(
            "assign",
            ticket,
            &key(2),
            2,
            &json!({"consultant": person("carl")}),
        ),
        line("close", ticket, &key(3), 3, &json!({})),
        line("accept", ticket, &key(4), 4, &json!({})),
        line("resolve", ticket, &key(5), 5, &json!({"code": "fixed"})),
        line("close", ticket, &key(6), 6, &json!({})),
    ]
}

async fn an_import_that_is_run_again_changes_nothing(config: LogConfig) {
    let log = open(&config).await;
    let replica = Replica::on(&config).await;
    let importer = replica.client("old-system", Role::Importer);
    let tickets: Vec<Uuid> = (0..200).map(|_| Uuid::new_v4()).collect();
    let lines: Vec<String> = tickets.iter().copied().flat_map(history).collect();

    let first = send(&importer, lines.clone()).await;
    assert_eq!(first.len(), lines.len());
    for (n, outcomes) in first.chunks(6).enumerate() {
        let at = n * 6;
        assert_eq!(
            told(outcomes),
            [
                format!("{} applied 201 v1", at + 1),
                format!("{} applied 200 v2", at + 2),
                format!("{} rejected 409 v2", at + 3),
                format!("{} applied 200 v3", at + 4),
                format!("{} applied 200 v4", at + 5),
                format!("{} applied 200 v5", at + 6),
            ]
        );
    }
    let events = async || {
        let mut records = records(&log).await;
        records.retain(|(_, record)| !record.is_control());
        records.len()
    };
    assert_eq!(events().await, 1_000);
    let event = &events_of(&log, tickets[0]).await[0].1;
    assert_eq!(event.attribute("origin"), Some("import"));
    assert_eq!(event.attribute("occurredat"), Some("2016-03-01T08:01:00Z"));

    // The same lines: each is told what it was told.
    let again = send(&importer, lines).await;
    assert_eq!(again, first);
    // Years later, the outcomes forgotten, under new keys: the source sequences still know.
    let later: Vec<String> = tickets
        .iter()
        .flat_map(|ticket| history(*ticket))
        .map(|line| line.replace("\"idempotency_key\":\"", "\"idempotency_key\":\"later-"))
        .collect();
    for outcome in send(&importer, later).await {
        assert_eq!(outcome["outcome"], "unchanged", "{outcome}");
    }
    assert_eq!(events().await, 1_000);
    replica.stop().await;
}

#[tokio::test]
async fn a_bad_line_costs_its_neighbours_nothing() {
    let replica = Replica::on(&postgres_log().await).await;
    let manager = replica.manager();
    let ticket = manager.open("open").await;
    let good = |command: &str, key: &str, body: Value| {
        json!({"command": command, "ticket": ticket, "idempotency_key": key, "body": body})
            .to_string()
    };
    let lines = vec![
        good("assign", "1", json!({"consultant": person("carl")})),
        "{not json".into(),
        good("assign", "2", json!({"consultant": 7, "colour": "red"})),
        "[]".into(),
        String::new(),
        json!({"command": "explode", "idempotency_key": ""}).to_string(),
        json!({"command": "accept", "ticket": "seven", "idempotency_key": "3"}).to_string(),
        json!({"command": "accept", "idempotency_key": "4"}).to_string(),
        json!({"command": "accept", "ticket": ticket, "idempotency_key": "5",
               "source_sequence": 1})
        .to_string(),
        json!({"command": "open", "ticket": Uuid::new_v4(), "idempotency_key": "6",
               "body": opening()})
        .to_string(),
        good("comments", "7", json!({"text": "x".repeat(70_000)})),
        good("accept", "8", json!({"why": "so"})),
        good("cancel", "9", json!({"reason": "no more"})),
        good("resume", "10", json!({})),
        json!({"command": "cancel", "ticket": ticket, "idempotency_key": "11", "if_match": 1,
               "body": {"reason": "no more"}})
        .to_string(),
        json!({"command": "accept", "ticket": Uuid::new_v4(), "idempotency_key": "12"}).to_string(),
    ];
    let outcomes = send(&manager, lines).await;
    assert_eq!(
        told(&outcomes),
        [
            "1 applied 200 v2",
            "2 invalid 400",
            "3 invalid 422",
            "4 invalid 422",
            "6 invalid 422",
            "7 invalid 422",
            "8 invalid 422",
            "9 invalid 422",
            "10 invalid 422",
            "11 invalid 413",
            "12 invalid 422",
            "13 applied 200 v3",
            "14 rejected 409 v3",
            "15 rejected 412 v3",
            "16 rejected 404 v0",
        ]
    );
    insta::assert_json_snapshot!(outcomes[2]["problem"]["errors"], @r#"
    [
      {
        "field": "body.colour",
        "message": "unknown field `colour`, expected `consultant` or `decision`"
      },
      {
        "field": "body.consultant",
        "message": "invalid type: integer `7`, expected a formatted UUID string"
      }
    ]
    "#);
    assert_eq!(outcomes[0]["idempotency_key"], "1");
    assert_eq!(outcomes[0]["ticket"], ticket.to_string());
    assert!(outcomes[0]["position"].is_string());
    replica.stop().await;
}

#[tokio::test]
async fn bulk_is_lines_of_json_and_said_to_be() {
    let replica = Replica::on(&postgres_log().await).await;
    let manager = replica.manager();
    answer(
        manager
            .http
            .post(replica.url("/v1/commands"))
            .bearer_auth(&manager.token)
            .json(&json!({})),
    )
    .await
    .expect_problem(415, "unsupported-media-type");
    assert_eq!(send(&manager, Vec::new()).await, Vec::<Value>::new());
    replica.stop().await;
}

/// The outcome of a line comes while later ones have not been sent: nothing is gathered first.
#[tokio::test]
async fn outcomes_come_while_lines_go() {
    let replica = Replica::on(&postgres_log().await).await;
    let manager = replica.manager();
    let (lines, sent) = tokio::sync::mpsc::channel::<String>(1);
    let body = stream::unfold(sent, async |mut sent| {
        Some((Ok::<_, std::io::Error>(sent.recv().await?), sent))
    });
    let response = manager
        .http
        .post(replica.url("/v1/commands"))
        .bearer_auth(&manager.token)
        .header("Content-Type", "application/x-ndjson")
        .body(reqwest::Body::wrap_stream(Box::pin(body)));
    let responding = tokio::spawn(response.send());
    let line = |n: u32| {
        let body = opening();
        json!({"command": "open", "idempotency_key": n.to_string(), "body": body}).to_string()
            + "\n"
    };
    lines.send(line(0)).await.expect("sent");
    let mut outcomes = responding
        .await
        .expect("no panic")
        .expect("an answer before the end of the lines")
        .bytes_stream();
    for n in 1..20 {
        let chunk = outcomes.next().await.expect("an outcome").expect("a chunk");
        let outcome: Value = serde_json::from_slice(&chunk).expect("one line");
        assert_eq!(
            (&outcome["line"], &outcome["status"]),
            (&json!(n), &json!(201))
        );
        lines.send(line(n)).await.expect("sent");
    }
    drop(lines);
    assert!(outcomes.next().await.is_some());
    assert!(outcomes.next().await.is_none());
    replica.stop().await;
}

/// A stop in the middle: what was taken has its outcome, and the response ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_ends_a_bulk_request_with_the_lines_that_were_taken() {
    let config = postgres_log().await;
    let replica = Replica::on(&config).await;
    let manager = replica.manager();
    let (lines, sent) = tokio::sync::mpsc::channel::<String>(1);
    let body = stream::unfold(sent, async |mut sent| {
        Some((Ok::<_, std::io::Error>(sent.recv().await?), sent))
    });
    let line = |n: u32| {
        let body = opening();
        json!({"command": "open", "idempotency_key": n.to_string(), "body": body}).to_string()
            + "\n"
    };
    let responding = manager
        .http
        .post(replica.url("/v1/commands"))
        .bearer_auth(&manager.token)
        .header("Content-Type", "application/x-ndjson")
        .body(reqwest::Body::wrap_stream(Box::pin(body)))
        .send();
    let responding = tokio::spawn(responding);
    lines.send(line(1)).await.expect("sent");
    lines.send(line(2)).await.expect("sent");
    let mut response = responding.await.expect("no panic").expect("an answer");
    let mut text = String::new();
    while text.lines().count() < 2 {
        let chunk = response.chunk().await.expect("a chunk").expect("outcomes");
        text.push_str(std::str::from_utf8(&chunk).expect("text"));
    }
    // The sender has more to say, and never ends; the stop comes to its end all the same.
    let stopping = tokio::spawn(replica.stop());
    while let Ok(Some(chunk)) = response.chunk().await {
        text.push_str(std::str::from_utf8(&chunk).expect("text"));
    }
    drop(lines);
    stopping.await.expect("stopped in order");
    let outcomes = outcomes(&text);
    assert_eq!(told(&outcomes), ["1 applied 201 v1", "2 applied 201 v1"]);
    let mut records = records(&open(&config).await).await;
    records.retain(|(_, record)| !record.is_control());
    assert_eq!(records.len(), 2);
}
