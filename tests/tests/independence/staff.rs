//! Consultants who change while they have tickets: routing sees to it, and nothing is lost.

use docket_agreement::View;
use serde_json::json;
use uuid::Uuid;

use crate::shop::{CONSULTANTS, Shop, consultant};

impl Shop {
    async fn retire(&self, name: &str) {
        let path = format!("consultants/{}/retire", Shop::person(name));
        self.manage(&path, json!({})).await;
    }

    async fn solve(&self, name: &str, ticket: Uuid) {
        self.work(name, ticket, "resolve", json!({"code": "told"}))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capacity_lowered_below_the_load_takes_nothing_away_and_gives_nothing_more() {
    let shop = Shop::open().await;
    for n in 1..CONSULTANTS {
        shop.retire(&consultant(n)).await;
    }
    let anna = consultant(0);
    let first = [1, 3, 5].map(|n| shop.open_ticket(n));
    let first = futures::future::join_all(first).await;
    for ticket in &first {
        assert_eq!(shop.is_routed(*ticket, &[]).await, anna);
    }
    let path = format!("consultants/{}/profile", Shop::person(&anna));
    shop.manage(&path, json!({"capacity": 1})).await;
    let late = shop.open_ticket(7).await;
    // What she has stays hers, and she works it; only without any is there room for one.
    for ticket in &first {
        shop.work(&anna, *ticket, "accept", json!({})).await;
    }
    for ticket in &first {
        shop.solve(&anna, *ticket).await;
    }
    assert_eq!(shop.is_routed(late, &[]).await, anna);
    shop.views.all_follow().await;
    let given = "ticket WHERE status = 'assigned'";
    assert_eq!(shop.views.count(View::Routing, given).await, 1);
    let too_early = "ticket WHERE status = 'assigned'
        AND since < (SELECT max(resolved_at) FROM read_model_1.ticket)";
    assert_eq!(shop.views.count(View::Routing, too_early).await, 0);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_retires_or_goes_away_leaves_what_they_did_not_accept_to_others() {
    let shop = Shop::open().await;
    let ticket = shop.open_ticket(1).await;
    let first = shop.is_routed(ticket, &[]).await;
    shop.retire(&first).await;
    let second = shop.is_routed(ticket, &[Shop::person(&first)]).await;
    shop.work(&second, ticket, "accept", json!({})).await;
    // Away, they still finish what they took.
    let path = format!("consultants/{}/availability", Shop::person(&second));
    shop.manage(&path, json!({"availability": "away"})).await;
    shop.solve(&second, ticket).await;
    shop.views.all_follow().await;
    shop.everybody_is_told().await;
    shop.close().await;
}
