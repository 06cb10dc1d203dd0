//! The routing view against random histories: it equals what its rules say of them, written another
//! way, and is the same in every generation.

use docket_agreement::View;
use docket_domain::TicketEvent;
use docket_domain::stream::Event;
use serde_json::Value;
use sqlx::PgPool;

use crate::random::{History, Random, history, mixed};
use crate::random_people::{catalogue_history, consultant_history};
use crate::routing::decision;
use crate::setting::{Setting, rows};

const TABLES: [(&str, &str); 5] = [
    ("ticket", "id"),
    ("decision", "ticket, version"),
    ("outcome", "ticket, version"),
    ("consultant", "id"),
    ("catalogue_entry", "kind, key"),
];

async fn contents(view: &PgPool) -> Vec<(&'static str, Vec<Value>)> {
    let mut contents = Vec::new();
    for (table, order) in TABLES {
        contents.push((table, rows(view, table, order).await));
    }
    contents
}

/// Two of three assignments are a router's.
pub(crate) fn by_routers(histories: &mut [History], random: &mut Random) {
    let events = histories.iter_mut().flat_map(|history| &mut history.events);
    for (_, event) in events {
        if let Event::Ticket(TicketEvent::Assigned {
            consultant,
            decision: recorded,
        }) = event
        {
            let number = consultant.0.as_u64_pair().1;
            let seed = random.below(900) as u32;
            *recorded = (!seed.is_multiple_of(3)).then(|| Box::new(decision(number, seed)));
        }
    }
}

#[tokio::test]
async fn rows_are_a_fold_of_the_log_the_same_in_every_generation() {
    let mut setting = Setting::memory(4).await;
    let mut random = Random(22);
    let mut histories: Vec<History> = (0..60).map(|n| history(&mut random, n, 60)).collect();
    by_routers(&mut histories, &mut random);
    histories.extend((0..30).map(|n| consultant_history(&mut random, n, 10)));
    histories.push(catalogue_history(&mut random, 40));
    let events = mixed(&histories, &mut random);
    // Two at once, in small batches, stopped in between.
    for some in events.chunks(events.len() / 8) {
        setting.append(some.to_vec()).await;
        let pair = [setting.project_routing(1), setting.project_routing(1)];
        setting.routing_caught_up(1).await;
        for projector in pair {
            projector.stop().await;
        }
    }
    let view = setting.routing_caught_up(1).await;
    let at_once = setting.project_routing(2);
    let again = setting.routing_caught_up(2).await;
    at_once.stop().await;
    assert_eq!(contents(&view).await, contents(&again).await);
    assert!(rows(&view, "parked_stream", "stream").await.is_empty());

    let counted = setting.agrees(View::Routing, 1).await;
    assert!(counted["outcome"] > 100, "too little happens: {counted:?}");
    let waiting = "SELECT count(*) FROM ticket WHERE status = 'open' AND live";
    let kinds = "SELECT count(DISTINCT outcome) FROM outcome";
    for (sql, least) in [(waiting, 4), (kinds, 5)] {
        let count = sqlx::query_scalar::<_, i64>(sql).fetch_one(&view);
        let count = count.await.expect("a count");
        assert!(count >= least, "{sql}: {count}");
    }
}
