//! The outbox's rows are a fold of the log: the same ones in every generation, however they came to
//! be.

use docket_agreement::View;
use serde_json::Value;
use sqlx::PgPool;

use crate::random::{History, Random, history, mixed};
use crate::random_people::{consultant_history, customer_history};
use crate::routing_fold::by_routers;
use crate::setting::{Setting, rows};
use crate::surveys::surveys;

/// The tables that are a fold of the log.
async fn contents(outbox: &PgPool) -> Vec<Vec<Value>> {
    vec![
        rows(outbox, "ticket", "id").await,
        rows(outbox, "customer", "id").await,
        rows(outbox, "consultant", "id").await,
        rows(outbox, "notification", "id").await,
    ]
}

#[tokio::test]
async fn rows_are_a_fold_of_the_log_the_same_in_every_generation() {
    let mut setting = Setting::memory(4).await;
    let mut random = Random(21);
    let mut histories: Vec<History> = (0..60).map(|n| history(&mut random, n, 60)).collect();
    by_routers(&mut histories, &mut random);
    for count in 0..30 {
        histories.push(customer_history(&mut random, count, 20));
        histories.push(consultant_history(&mut random, count, 10));
    }
    histories.extend(surveys(&mut random, 60));
    let events = mixed(&histories, &mut random);
    // Two at once, in small batches, stopped in between.
    for some in events.chunks(events.len() / 8) {
        setting.append(some.to_vec()).await;
        let pair = [setting.project_outbox(1), setting.project_outbox(1)];
        setting.outbox_caught_up(1).await;
        for projector in pair {
            projector.stop().await;
        }
    }
    let outbox = setting.outbox_caught_up(1).await;
    let at_once = setting.project_outbox(2);
    let again = setting.outbox_caught_up(2).await;
    at_once.stop().await;
    assert_eq!(contents(&outbox).await, contents(&again).await);
    assert!(rows(&outbox, "parked_stream", "stream").await.is_empty());

    let counted = setting.agrees(View::Outbox, 1).await;
    assert_eq!(counted["notification"], counted["pending"]);
    let kinds = "SELECT count(DISTINCT kind) FROM notification";
    let kinds = sqlx::query_scalar::<_, i64>(kinds).fetch_one(&outbox);
    assert_eq!(kinds.await.expect("a count"), 6, "too few kinds");
}
