//! A ticket's whole life, and what a repeated command is told.

use docket_event_log::LogConfig;
use docket_service::auth::Role;
use serde_json::json;

use crate::support::{
    Answer, Replica, answer, events_of, on_both_logs, open, opening, person, postgres_log,
};

on_both_logs!(
    a_ticket_from_opening_to_reopening,
    a_repeat_is_told_the_first_outcome_whoever_is_asked,
);

async fn a_ticket_from_opening_to_reopening(log: LogConfig) {
    let replica = Replica::on(&log).await;
    let desk = replica.client("rita", Role::Receptionist);
    let router = replica.client("router", Role::Service);
    let carl = replica.client("carl", Role::Consultant);

    let opened = desk
        .send("/v1/tickets", "open", opening())
        .await
        .expect(201);
    let ticket = opened.ticket();
    assert_eq!(opened.told(), "applied 1 open");
    assert_eq!(opened.header("location"), format!("/v1/tickets/{ticket}"));
    assert_eq!(opened.header("etag"), "\"1\"");
    assert_eq!(opened.body["position"], opened.header("docket-position"));
    assert!(opened.body["number"].as_str().is_some_and(|number| {
        number.len() >= 2 && number.bytes().all(|byte| byte.is_ascii_digit())
    }));

    let to_carl = json!({"consultant": person("carl")});
    let told = [
        router.ask(ticket, "assign", "1", to_carl.clone()).await,
        carl.ask(ticket, "accept", "2", json!({})).await,
    ];
    let again = carl.ask(ticket, "accept", "3", json!({})).await;
    let rest = [
        carl.ask(ticket, "travel", "4", json!({})).await,
        carl.ask(ticket, "arrive", "5", json!({})).await,
        carl.ask(
            ticket,
            "work",
            "6",
            json!({"minutes": 30, "parts": [{"name": "roll", "quantity": 2}]}),
        )
        .await,
        carl.ask(
            ticket,
            "comments",
            "7",
            json!({"text": "Paper jam", "visibility": "public"}),
        )
        .await,
        carl.ask(ticket, "hold", "8", json!({"awaiting": "parts"}))
            .await,
        carl.ask(ticket, "resume", "9", json!({})).await,
        desk.ask(
            ticket,
            "amend",
            "10",
            json!({"priority": "high", "description": null, "fields": {"till": "3"}}),
        )
        .await,
        carl.ask(
            ticket,
            "resolve",
            "11",
            json!({"code": "replaced", "note": "New roller"}),
        )
        .await,
        desk.ask(ticket, "close", "12", json!({})).await,
        desk.ask(ticket, "reopen", "13", json!({"reason": "It jams again"}))
            .await,
    ];
    let told: Vec<String> = told
        .iter()
        .chain([&again])
        .chain(&rest)
        .map(Answer::told)
        .collect();
    assert_eq!(
        told,
        [
            "applied 2 assigned",
            "applied 3 in_progress",
            "unchanged 3 in_progress",
            "applied 4 in_progress",
            "applied 5 in_progress",
            "applied 6 in_progress",
            "applied 7 in_progress",
            "applied 8 on_hold",
            "applied 9 in_progress",
            "applied 10 in_progress",
            "applied 11 resolved",
            "applied 12 closed",
            "applied 13 in_progress",
        ]
    );
    let kinds: Vec<String> = events_of(&open(&log).await, ticket)
        .await
        .iter()
        .map(|(_, record)| record.kind().to_owned())
        .collect();
    assert_eq!(kinds.len(), 13, "{kinds:?}");
    replica.stop().await;
}

async fn a_repeat_is_told_the_first_outcome_whoever_is_asked(log: LogConfig) {
    let replica = Replica::on(&log).await;
    let manager = replica.manager();
    let first = manager
        .send("/v1/tickets", "open", opening())
        .await
        .expect(201);
    let ticket = first.ticket();
    let refused = manager
        .ask(ticket, "accept", "too-early", json!({}))
        .await
        .expect_problem(409, "command-not-allowed");
    let assign = json!({"consultant": person("carl")});
    let assigned = manager.ask(ticket, "assign", "a", assign.clone()).await;
    let unchanged = manager
        .ask(ticket, "assign", "b", assign.clone())
        .await
        .expect(200);
    assert_eq!(unchanged.told(), "unchanged 2 assigned");
    manager
        .ask(ticket, "cancel", "c", json!({"reason": "no more"}))
        .await
        .expect(200);
    replica.stop().await;

    // Another process, with nothing but the log.
    let replica = Replica::on(&log).await;
    let manager = replica.manager();
    let spelt_otherwise = json!({
        "subject": "Till 3 prints nothing", "channel": "phone", "caller": {"name": "Kim"}
    });
    for (then, now) in [
        (
            &first,
            manager.send("/v1/tickets", "open", spelt_otherwise).await,
        ),
        (
            &refused,
            manager.ask(ticket, "accept", "too-early", json!({})).await,
        ),
        (
            &assigned,
            manager.ask(ticket, "assign", "a", assign.clone()).await,
        ),
        (&unchanged, manager.ask(ticket, "assign", "b", assign).await),
    ] {
        assert_eq!((now.status, &now.body), (then.status, &then.body));
        assert_eq!(now.position(), then.position());
        assert_eq!(now.header("etag"), then.header("etag"));
    }
    manager
        .ask(ticket, "assign", "a", json!({"consultant": person("eve")}))
        .await
        .expect_problem(422, "idempotency-key-reused");
    // The key is the caller's own: somebody else's is another command.
    replica
        .client("mike", Role::Manager)
        .ask(ticket, "assign", "a", json!({"consultant": person("carl")}))
        .await
        .expect_problem(409, "command-not-allowed");
    let events = events_of(&open(&log).await, ticket).await;
    assert_eq!(events.len(), 3);
    replica.stop().await;
}

#[tokio::test]
async fn a_version_that_has_passed_is_refused_with_the_present_one() {
    let replica = Replica::on(&postgres_log().await).await;
    let manager = replica.manager();
    let ticket = manager.open("open").await;
    let path = format!("/v1/tickets/{ticket}/amend");
    let amend = |key: &str, tag: &'static str| {
        answer(
            manager
                .command(&path, key, &json!({"priority": "high"}))
                .header("If-Match", tag),
        )
    };
    amend("a", "\"1\"").await.expect(200);
    let stale = amend("b", "\"1\"")
        .await
        .expect_problem(412, "stale-version");
    assert_eq!(stale.header("etag"), "\"2\"");
    insta::assert_json_snapshot!(stale.body, @r#"
    {
      "detail": "it is at version 2, not 1",
      "expected_version": 1,
      "status": 412,
      "title": "It has changed since",
      "type": "https://docket.dev/problems/stale-version",
      "version": 2
    }
    "#);
    for malformed in [
        "1",
        "W/\"1\"",
        "\"one\"",
        "*",
        "\"-1\"",
        "\"99999999999\"",
        "\"\"",
    ] {
        amend("c", malformed)
            .await
            .expect_problem(400, "malformed-header");
    }
    replica.stop().await;
}

#[tokio::test]
async fn who_may_what_follows_from_role_and_ticket() {
    let replica = Replica::on(&postgres_log().await).await;
    let ann = replica.client("ann", Role::Customer);
    let own = json!({"channel": "web", "subject": "My printer"});
    let ticket = ann
        .send("/v1/tickets", "open", own)
        .await
        .expect(201)
        .ticket();
    let assign = json!({"consultant": person("carl")});
    let refused = ann.ask(ticket, "assign", "a", assign.clone()).await;
    insta::assert_json_snapshot!(refused.expect(403).body, @r#"
    {
      "command": "assign",
      "detail": "the role customer does not permit `assign` here",
      "role": "customer",
      "status": 403,
      "title": "Not allowed to you",
      "type": "https://docket.dev/problems/forbidden"
    }
    "#);
    let comment = json!({"text": "Any news?", "visibility": "public"});
    ann.ask(ticket, "comments", "b", comment.clone())
        .await
        .expect(200);
    replica
        .client("bob", Role::Customer)
        .ask(ticket, "comments", "c", comment)
        .await
        .expect_problem(403, "forbidden");
    replica
        .manager()
        .ask(ticket, "assign", "d", assign)
        .await
        .expect(200);
    replica
        .client("eve", Role::Consultant)
        .ask(ticket, "accept", "e", json!({}))
        .await
        .expect_problem(403, "forbidden");
    replica
        .client("carl", Role::Consultant)
        .ask(ticket, "accept", "f", json!({}))
        .await
        .expect(200);
    let not_now = replica
        .manager()
        .ask(ticket, "close", "g", json!({}))
        .await
        .expect_problem(409, "command-not-allowed");
    assert_eq!(not_now.body["status"], 409);
    assert_eq!(not_now.body["ticket_status"], "in_progress");
    let allowed = not_now.body["allowed"].as_array().expect("a list");
    assert!(allowed.contains(&json!("resolve")) && !allowed.contains(&json!("close")));
    replica.stop().await;
}

#[tokio::test]
async fn a_record_says_who_when_and_on_whose_behalf() {
    let log = postgres_log().await;
    let replica = Replica::on(&log).await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let opened = answer(
        replica
            .manager()
            .command("/v1/tickets", "open", &opening())
            .header("traceparent", trace),
    )
    .await
    .expect(201);
    let events = events_of(&open(&log).await, opened.ticket()).await;
    let (partition, record) = &events[0];
    assert_eq!(opened.position().partition, *partition);
    assert_eq!(opened.position().sequence, record.sequence.0);
    let actor = format!("{}/manager", person("mia"));
    assert_eq!(record.attribute("actor"), Some(actor.as_str()));
    assert_eq!(record.attribute("origin"), Some("live"));
    assert_eq!(record.attribute("time"), record.attribute("occurredat"));
    let traceparent = record.traceparent.as_deref().expect("a traceparent");
    assert_eq!(
        &traceparent[..36],
        &trace.as_bytes()[..36],
        "the same trace"
    );
    replica.stop().await;
}

#[tokio::test]
async fn the_document_and_a_page_to_try_it_need_no_token() {
    let replica = Replica::on(&postgres_log().await).await;
    let get = |path: &str| answer(reqwest::Client::new().get(replica.url(path)));
    let document = get("/openapi.json").await.expect(200).body;
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/v1/tickets/{id}/assign"]["post"].is_object());
    get("/docs/").await.expect(200);
    // What a browser asks for first.
    get("/").await.expect(200);
    get("/livez").await.expect(200);
    get("/readyz").await.expect(200);
    let opened = replica.manager().open("open").await;
    assert_ne!(opened.as_u128(), 0);
    let metrics = get("/metrics").await.expect(200).body;
    let metrics = metrics.as_str().expect("text");
    for name in [
        "docket_commands_total{outcome=\"applied\"}",
        "docket_command_duration_seconds_bucket",
        "docket_append_batch_records_bucket",
        "docket_log_lag_records{partition=\"0\"}",
        "docket_log_reachable",
        "docket_batches_lost_total",
        "docket_noise_records_total",
        "docket_queue_commands{partition=\"0\"}",
        "docket_partition_failed{partition=\"0\"} 0",
    ] {
        assert!(metrics.contains(name), "{name} is missing in\n{metrics}");
    }
    replica.stop().await;
}
