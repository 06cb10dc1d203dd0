//! Postgres stopped, killed and out of disk.

use std::sync::Arc;

use docket_event_log::LogConfig;
use docket_event_log::postgres::PostgresConfig as LogInPostgres;
use docket_supervisor::{Postgres, PostgresConfig, testing};
use docket_tests::Site;
use reqwest::StatusCode;
use serde_json::json;

use crate::load::{Load, each_is_in_the_log_once, in_view, until};

async fn server() -> Postgres {
    tokio::task::spawn_blocking(|| {
        let directory = testing::directory("taken-away");
        Postgres::start(&testing::test_settings(PostgresConfig::new(directory)))
    })
    .await
    .expect("no panic")
    .expect("Postgres starts")
}

async fn site(server: &Postgres) -> Arc<Site> {
    let log = LogConfig::Postgres(LogInPostgres::new(server.url(), "event_log"));
    Arc::new(Site::start(&log, &server.url()).await)
}

/// The only owner by now.
async fn stop(site: Arc<Site>) {
    Arc::into_inner(site)
        .expect("the clients have gone")
        .stop()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_killed_under_load_and_started_again_loses_nothing() {
    let mut server = server().await;
    let site = site(&server).await;
    let load = Load::start(&site);
    load.goes_on(200).await;

    server.kill();
    until("clients are sent away", async || {
        load.sent_away() > 0 || probe_fails(&site).await
    })
    .await;
    tokio::task::block_in_place(|| server.restart()).expect("Postgres starts again");

    load.goes_on(200).await;
    let acknowledged = load.stop().await;
    each_is_in_the_log_once(&site.log, &acknowledged).await;
    let all = acknowledged.len() as i64;
    until("the view has them all", async || {
        in_view(&server.url()).await == all
    })
    .await;
    stop(site).await;
}

/// A command while nothing can be stored is answered with a problem document, never with success.
async fn probe_fails(site: &Site) -> bool {
    let nowhere = uuid::Uuid::nil();
    let answer = site
        .command(
            &format!("/v1/tickets/{nowhere}/accept"),
            "probe",
            &json!({}),
        )
        .await;
    match answer.status {
        StatusCode::SERVICE_UNAVAILABLE => true,
        // It was decided before the server went.
        StatusCode::NOT_FOUND => false,
        _ => panic!("{answer:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_commands_and_loses_nothing() {
    /// More than a segment of the write-ahead log (16 MiB), so that only tables can't grow.
    const DISK_BYTES: u64 = 18 * 1024 * 1024;
    let mut server = server().await;
    tokio::task::block_in_place(|| server.restart_on_full_disk(DISK_BYTES))
        .expect("Postgres starts again");
    let site = site(&server).await;

    let large = "x".repeat(16_000);
    let open = |n: usize| {
        let body = json!({
            "caller": { "name": "Somebody" }, "channel": "phone", "subject": "No light",
            "description": large,
        });
        let site = Arc::clone(&site);
        async move { site.command("/v1/tickets", &n.to_string(), &body).await }
    };
    let mut acknowledged = Vec::new();
    let mut refused = None;
    'full: for round in 0.. {
        let answers = futures::future::join_all((0..32).map(|n| open(round * 32 + n))).await;
        for (n, answer) in answers.into_iter().enumerate() {
            match answer.status {
                StatusCode::CREATED => acknowledged.push(answer.ticket()),
                StatusCode::SERVICE_UNAVAILABLE => refused = Some((round * 32 + n, answer)),
                _ => panic!("{answer:?}"),
            }
        }
        if refused.is_some() {
            break 'full;
        }
    }
    let (_, refusal) = refused.expect("the disk got full");
    assert!(
        !refusal.problem().is_empty(),
        "not a problem document: {refusal:?}"
    );

    tokio::task::block_in_place(|| server.restart()).expect("Postgres starts again");
    // Whoever was told "unknown" repeats with the same key and is told the outcome.
    let first = acknowledged.len();
    for n in 0.. {
        if acknowledged.len() >= first + 40 {
            break;
        }
        let answer = open(n).await;
        match answer.status {
            StatusCode::CREATED if acknowledged.contains(&answer.ticket()) => {}
            StatusCode::CREATED => acknowledged.push(answer.ticket()),
            StatusCode::SERVICE_UNAVAILABLE => {}
            _ => panic!("{answer:?}"),
        }
    }
    let events = crate::load::events(&site.log).await;
    for ticket in &acknowledged {
        assert_eq!(events.get(ticket), Some(&1), "ticket {ticket}");
    }
    stop(site).await;
}
