//! Killed, started again, started twice, and beside its own tools.

use std::process::Command;

use serde_json::Value;

use crate::setting::{Docket, directory, docket, text, wait_until_nothing_runs_on};

#[tokio::test]
async fn kill_9_leaves_nothing_running_and_loses_nothing() {
    let home = directory();
    let mut killed = Docket::start(home.path());
    let opened = killed.open_ticket("first").await;
    killed.signal("KILL");
    killed.child.wait().expect("it ends");
    wait_until_nothing_runs_on(home.path());

    let mut next = Docket::start(home.path());
    let again = next.open_ticket("first").await;
    assert_eq!(
        again["ticket"], opened["ticket"],
        "the same key is the same command"
    );
    assert_eq!(next.read_ticket(&opened).await["number"], opened["number"]);
    let second = next.open_ticket("second").await;
    assert_ne!(second["number"], opened["number"]);
    next.signal("TERM");
    assert!(next.child.wait().expect("it ends").success());
    wait_until_nothing_runs_on(home.path());
}

#[tokio::test]
async fn what_it_cant_do_it_says_and_a_token_can_be_made_beside_it() {
    let home = directory();
    let running = Docket::start(home.path());
    let url = running.variable("DOCKET_URL");

    let second = docket(home.path())
        .args(["--listen", "127.0.0.1:0"])
        .output()
        .expect("runs");
    assert_eq!(second.status.code(), Some(1));
    let second = text(&second);
    assert!(second.contains("is in use by another docket"), "{second}");
    assert!(second.contains(&url), "it names the other: {second}");

    let elsewhere = directory();
    let address = url.strip_prefix("http://").expect("an address");
    let refused = docket(elsewhere.path())
        .args(["--listen", address])
        .output()
        .expect("runs");
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused).contains("--listen"), "{}", text(&refused));

    let made = Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(["token", "--role", "manager", "--subject", "eve"])
        .arg("--data-dir")
        .arg(home.path())
        .output()
        .expect("runs");
    let token = text(&made);
    let listed = reqwest::Client::new()
        .get(format!("{url}/v1/tickets"))
        .bearer_auth(token.trim())
        .send()
        .await
        .expect("an answer");
    assert_eq!(listed.status(), 200, "the running one accepts {token}");

    let document = reqwest::get(format!("{url}/openapi.json")).await;
    let document: Value = document.expect("an answer").json().await.expect("JSON");
    let path = &document["paths"]["/v1/tickets"];
    assert!(
        path["get"].is_object() && path["post"].is_object(),
        "both APIs in one document"
    );
}
