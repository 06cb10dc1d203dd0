//! What ends: a server that is to stop, and the patience with a slow client.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::setting::start;

#[tokio::test]
async fn a_stop_answers_what_was_accepted_and_takes_nothing_new() {
    let running = start(|_| {}).await;
    let waiting = tokio::spawn(running.client.get(running.url("/gate")).send());
    running.gate.entered.notified().await;
    running.edge.shutdown.request();
    assert!(running.edge.health.ready().is_err());
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    // On this single thread everything that can run has run after so many turns.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(
        !running.server.is_finished(),
        "it ended before its request did"
    );
    running.gate.opened.notify_one();
    let response = waiting.await.expect("it ran").expect("an answer");
    assert_eq!(response.text().await.expect("text"), "through");
    running.server.await.expect("it ends");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let running = start(|http| http.drain_timeout_ms = 20).await;
    let _waiting = tokio::spawn(running.client.get(running.url("/gate")).send());
    running.gate.entered.notified().await;
    running.edge.shutdown.request();
    running
        .server
        .await
        .expect("it ends though the request did not");
}

#[tokio::test]
async fn a_client_that_never_ends_its_head_is_cut_off() {
    let running = start(|http| http.head_timeout_ms = 50).await;
    let mut slow = TcpStream::connect(running.address)
        .await
        .expect("it accepts");
    slow.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ")
        .await
        .expect("it is sent");
    let mut answer = Vec::new();
    // Ends, with or without an answer, because the server closes.
    let _ = slow.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
}
