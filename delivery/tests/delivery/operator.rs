//! What an operator sees and does, with the worker's own binary.

use std::process::Command;

use axum::http::StatusCode;

use crate::http::{Manner, Receiver};
use crate::setting::{Setting, deliver, with_endpoints};
use crate::story::plain;

/// Runs `delivery` and gives what it printed.
async fn delivery(setting: &Setting, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_delivery"));
    command
        .args(arguments)
        .env("DOCKET_DELIVERY__URL", &setting.url)
        .env_remove("DOCKET_CONFIG");
    let output = tokio::task::spawn_blocking(move || command.output().expect("starts"))
        .await
        .expect("no panic");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test]
async fn dead_letters_are_seen_and_set_going_again() {
    let mut setting = Setting::new().await;
    let hook = Receiver::start(Manner::Answers(StatusCode::BAD_GATEWAY, u32::MAX)).await;
    let worker = deliver(with_endpoints(
        setting.config(),
        [("crm", hook.url.as_str())],
    ))
    .await;
    setting.happens([plain(1), plain(2)]).await;
    setting.become_("dead", 2).await;

    let status = delivery(&setting, &["status"]).await;
    let line = status
        .lines()
        .find(|line| line.starts_with("webhook:crm: 2 dead"));
    assert!(
        line.is_some_and(|line| line.contains("answered 502")),
        "{status}"
    );
    assert!(status.contains("no way: 2 held"), "{status}");
    let dead = delivery(&setting, &["dead", "--target", "webhook:crm"]).await;
    assert_eq!(dead.lines().count(), 2, "{dead}");
    let first = dead.split(' ').next().expect("an id").to_owned();
    assert!(
        dead.contains("ticket.received") && dead.contains("after 4 attempts"),
        "{dead}"
    );

    let before = hook.received().len();
    hook.set(Manner::Takes);
    assert_eq!(
        delivery(&setting, &["redrive", "--kind", "other"]).await,
        "0 set going again\n"
    );
    assert_eq!(
        delivery(&setting, &["redrive", "--id", &first]).await,
        "1 set going again\n"
    );
    setting.become_("delivered", 1).await;
    let again = hook.received();
    assert_eq!(again.len(), before + 1);
    assert_eq!(
        again[before].header("webhook-id"),
        first,
        "the id is the same"
    );
    assert_eq!(
        delivery(&setting, &["redrive"]).await,
        "1 set going again\n"
    );
    setting.become_("delivered", 2).await;
    worker.stop().await;
}
