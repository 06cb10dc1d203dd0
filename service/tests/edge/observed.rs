//! What operators see: traces, metrics and health.

use uuid::Uuid;

use crate::setting::{problem, start};

#[tokio::test]
async fn a_panic_and_a_timeout_are_problems_with_the_trace() {
    let running = start(|http| http.request_timeout_ms = 50).await;
    for (path, status) in [("/panic", 500), ("/never", 503)] {
        let response = running.get(path).await;
        let trace = response.headers()["traceparent"]
            .to_str()
            .expect("text")
            .to_owned();
        let document = problem(response, status).await;
        let instance = format!("urn:docket:trace:{}", &trace[3..35]);
        assert_eq!(document["instance"], instance);
    }
}

#[tokio::test]
async fn the_senders_trace_goes_on_in_the_handler_and_the_answer() {
    let running = start(|_| {}).await;
    let sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request = running
        .client
        .get(running.url("/trace"))
        .header("traceparent", sent);
    let response = request.send().await.expect("an answer");
    let answered = response.headers()["traceparent"]
        .to_str()
        .expect("text")
        .to_owned();
    assert_eq!(answered[..36], sent[..36]);
    assert_ne!(answered, sent);
    assert_eq!(response.text().await.expect("text"), answered);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_not_by_path() {
    let running = start(|_| {}).await;
    running.get(&format!("/items/{}", Uuid::max())).await;
    let metrics = running.get("/metrics").await.text().await.expect("text");
    let counted = "docket_http_requests_total{service=\"test\",method=\"GET\",route=\"/items/{id}\",status=\"200\"}";
    assert!(metrics.contains(counted), "{metrics}");
    assert!(
        metrics.contains("docket_http_request_duration_seconds_bucket"),
        "{metrics}"
    );
    assert!(!metrics.contains(&Uuid::max().to_string()), "{metrics}");
}

#[tokio::test]
async fn readiness_follows_its_parts_and_liveness_does_not() {
    let running = start(|_| {}).await;
    assert_eq!(running.get("/readyz").await.status(), 200);
    let log = running.edge.health.component("log");
    let document = problem(running.get("/readyz").await, 503).await;
    assert_eq!(document["components"]["log"], "starting");
    log.ok();
    assert_eq!(running.get("/readyz").await.status(), 200);
    log.failing("broker gone");
    let verbose = running.get("/readyz?verbose").await;
    assert_eq!(verbose.status(), 503);
    assert_eq!(
        verbose.text().await.expect("text"),
        "[-] log: broker gone\n"
    );
    assert_eq!(running.get("/livez").await.status(), 200);
}
