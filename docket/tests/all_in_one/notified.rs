//! Other systems are told what happens.

use serde_json::Value;

use crate::setting::{Docket, PATIENCE, directory, wait_until_nothing_runs_on};

/// Where webhooks can be sent, and what arrives there.
async fn receiver() -> (String, tokio::sync::mpsc::Receiver<Value>) {
    let (sender, received) = tokio::sync::mpsc::channel(100);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let take = move |event: axum::Json<Value>| async move {
        sender.send(event.0).await.expect("the test reads on");
    };
    let routes = axum::Router::new().fallback(take);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (url, received)
}

#[tokio::test]
async fn other_systems_are_told_if_they_are_configured() {
    let home = directory();
    let (url, mut received) = receiver().await;
    let secrets = "[\"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\"]";
    let docket = Docket::start_with(
        home.path(),
        [
            ("DOCKET_DELIVERY__POLL_INTERVAL_MS", "20"),
            ("DOCKET_DELIVERY__WEBHOOKS__ALLOW_HTTP", "true"),
            (
                "DOCKET_DELIVERY__WEBHOOKS__ALLOW_NETWORKS",
                "[\"127.0.0.0/8\"]",
            ),
            ("DOCKET_DELIVERY__WEBHOOKS__ENDPOINTS__CRM__URL", &url),
            (
                "DOCKET_DELIVERY__WEBHOOKS__ENDPOINTS__CRM__SECRETS",
                secrets,
            ),
        ],
    );
    let opened = docket.open_ticket("open").await;
    // What happens to it next may be told sooner: each is delivered on its own.
    let is_received = |event: &Value| {
        event["type"] == "ticket.received" && event["data"]["ticket"] == opened["ticket"]
    };
    let told = async { while !is_received(&received.recv().await.expect("an event")) {} };
    tokio::time::timeout(PATIENCE, told).await.expect("soon");
    docket.signal("TERM");
    wait_until_nothing_runs_on(home.path());
}
