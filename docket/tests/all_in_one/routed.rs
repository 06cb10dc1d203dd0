//! Tickets come to consultants by themselves.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::setting::{Docket, PATIENCE, directory, text, wait_until_nothing_runs_on};

#[tokio::test]
async fn a_ticket_goes_to_a_consultant_by_itself() {
    let home = directory();
    let docket = Docket::start(home.path());
    // Two sample consultants are there from the start; one of them goes away.
    let id = docket.variable("CONSULTANT_ID");
    let other = docket.variable("CONSULTANT_2_ID");
    let path = format!("/v1/consultants/{other}/availability");
    let body = json!({"availability": "away"});
    docket.administer(&path, "away", body).await;

    let opened = docket.open_ticket("open").await;
    let started = Instant::now();
    loop {
        let ticket = docket.read_ticket(&opened).await;
        if ticket["status"] == "assigned" {
            assert_eq!(ticket["assignee"], id, "{ticket}");
            break;
        }
        assert!(started.elapsed() < PATIENCE, "{ticket}");
        std::thread::sleep(Duration::from_millis(20));
    }
    explained(&docket, &opened, started);
    docket.signal("TERM");
    wait_until_nothing_runs_on(home.path());
}

/// Whoever may know is told why it was Carla, once the routing view is as far.
fn explained(docket: &Docket, opened: &Value, started: Instant) {
    let explain = |ticket: &Value, token: &str, more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_docket"))
            .args(["route", "explain", ticket.as_str().expect("a text")])
            .args(["--url", &docket.variable("DOCKET_URL")])
            .args(["--token", &docket.variable(token)])
            .args(more)
            .output()
            .expect("docket runs")
    };
    let told = loop {
        let told = text(&explain(&opened["ticket"], "MANAGER", &[]));
        if told.contains("Given to Carla") {
            break told;
        }
        assert!(started.elapsed() < PATIENCE, "{told}");
        std::thread::sleep(Duration::from_millis(20));
    };
    let summary = "Carla Keller, the only one who could have it, on attempt 1 of 3: no answer yet.";
    for line in [
        ": assigned, with ",
        summary,
        "1. Carla Keller, ",
        "fairness 10",
    ] {
        assert!(told.contains(line), "{line} in\n{told}");
    }
    let by_number = explain(&opened["number"], "MANAGER", &["--json"]);
    assert!(
        text(&by_number).contains(r#""name": "Carla Keller""#),
        "{told}"
    );
    let of_customer = text(&explain(&opened["ticket"], "CUSTOMER", &[]));
    assert!(of_customer.contains("404"), "{of_customer}");
}
