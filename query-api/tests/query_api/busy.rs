//! More lists and searches than there are connections for.

use std::time::Duration;

use axum::http::StatusCode;
use docket_query_api::QueryConfig;
use docket_supervisor::testing;
use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::setting::Setting;

#[tokio::test]
async fn lists_are_sent_away_before_anybody_who_asks_for_one_ticket() {
    let url = testing::database().await;
    let tables = &docket_migrations::READ_MODEL;
    let made = docket_migrations::prepare(&url, "read_model_1", tables).await;
    made.expect("the tables can be made");
    let config = QueryConfig {
        connections_max: 4,
        connect_timeout_ms: 300,
        statement_timeout_ms: 60_000,
        ..QueryConfig::default()
    };
    let setting = Setting::over(url.clone(), config);
    let ticket = setting.ticket(json!({})).await;
    // So that lists of customers take for ever.
    let mut lock = PgConnection::connect(&url).await.expect("connects");
    let sql = "BEGIN; LOCK TABLE read_model_1.customer IN ACCESS EXCLUSIVE MODE";
    lock.execute(sql).await.expect("nobody else locks it");

    let lists = futures::future::join_all((0..12).map(|_| setting.get("/v1/customers?q=carla")));
    let one = async {
        // When all of them have a connection, or wait for one.
        tokio::time::sleep(Duration::from_millis(150)).await;
        for _ in 0..20 {
            setting.get(&format!("/v1/tickets/{ticket}")).await.ok();
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        lock.close().await.expect("it closes");
    };
    let (answers, ()) = tokio::join!(lists, one);
    let (served, away): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .partition(|answer| answer.status == StatusCode::OK);
    assert_eq!((served.len(), away.len()), (3, 9));
    for answer in away {
        assert_eq!(answer.header("retry-after"), "1");
        answer.problem(503, "unavailable");
    }
}
