//! A small day in the shop, on the real binary by the real binary: all of it checked against the log,
//! every row of every view included, twice in one shop, and broken off.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use docket_agreement::View;
use docket_event_log::{LogConfig, PostgresConfig};
use serde_json::Value;

use crate::setting::{Docket, directory, text, wait_until_nothing_runs_on};

/// Consultants enough for the tickets, so that whatever is planned can be done.
const SMALL: [&str; 8] = [
    "--consultants",
    "60",
    "--tickets",
    "300",
    "--hours",
    "6",
    "--speed-up",
    "900",
];

fn demo(of: &Docket, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
    command.arg("demo").arg("--data-dir").arg(of.data_dir());
    command
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn report(output: &Output) -> Value {
    let stdout = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("no report: {}", text(output)))
}

/// All four views hold what the log says, to the last row and column.
async fn views_agree(postgres: &str) {
    let log = LogConfig::Postgres(PostgresConfig::new(postgres, "event_log"));
    let log = docket_event_log::open(&log).await.expect("the log");
    for view in View::ALL {
        let schema = format!("{}_1", view.name());
        docket_agreement::caught_up(&log, postgres, &schema).await;
        let rows = docket_agreement::agrees(&log, view, postgres, &schema).await;
        let main = match view {
            View::ReadModel | View::Routing => "ticket",
            View::Survey => "survey",
            View::Outbox => "notification",
        };
        assert!(rows[main] > 0, "{schema} is empty: {rows:?}");
    }
}

/// What every report of a day that went to its end must say.
fn went_as_planned(report: &Value) {
    assert_eq!(report["complete"], true, "{report:#}");
    assert_eq!(report["differences"], serde_json::json!([]), "{report:#}");
    assert_eq!(
        report["in_flight"], 0,
        "somebody still has a ticket: {report:#}"
    );
    let figures = &report["figures"];
    assert_eq!(figures["tickets"], 300, "{report:#}");
    let otherwise = report["otherwise"]
        .as_object()
        .expect("by what became of them");
    let explained = ["solved before it could be cancelled", "left for tomorrow: "];
    for what in otherwise.keys() {
        let is_explained = explained
            .iter()
            .any(|start| what.starts_with(start) && what.len() > 20);
        assert!(is_explained, "{what}: {report:#}");
    }
    let as_planned = report["as_planned"].as_u64().expect("a number");
    assert!(
        as_planned >= 280,
        "hardly anything went as planned: {report:#}"
    );
    for kind in [
        "declined",
        "held",
        "resumed",
        "reopened",
        "cancelled",
        "travel_started",
    ] {
        assert!(
            figures["events"][kind].as_u64() > Some(0),
            "no ticket was {kind}: {report:#}"
        );
    }
    assert!(
        figures["invited"].as_u64() > Some(50),
        "hardly anybody was asked: {report:#}"
    );
    let answers: u64 = figures["scores"]
        .as_array()
        .expect("five")
        .iter()
        .filter_map(Value::as_u64)
        .sum();
    assert!(answers > 30, "hardly anybody answered: {report:#}");
    assert_eq!(figures["work"]["consultants"], 60, "{report:#}");
}

#[tokio::test]
async fn a_day_in_the_shop_is_what_the_log_says_and_so_is_the_next() {
    let home = directory();
    let running = Docket::start(home.path());

    let first = demo(&running, &SMALL)
        .args(["--seed", "7", "--json"])
        .output();
    let first = first.expect("it runs");
    assert_eq!(first.status.code(), Some(0), "{}", text(&first));
    let first = report(&first);
    went_as_planned(&first);

    // The same seed again is another day of other people, and reads as one would like to.
    let second = demo(&running, &SMALL).args(["--seed", "7"]).output();
    let second = second.expect("it runs");
    assert_eq!(second.status.code(), Some(0), "{}", text(&second));
    let told = String::from_utf8_lossy(&second.stdout);
    let run = first["run"].as_str().expect("a name");
    assert!(!told.contains(run), "{told}");
    for line in [
        "The day of demo-",
        "tickets         300: ",
        "assigned after  p50 ",
        "queue           at most ",
        "consultants     60, ",
        "checked         the log, the queries and what people were told agree",
    ] {
        assert!(told.contains(line), "{line} in\n{told}");
    }
    views_agree(&running.variable("DOCKET_LOG_URL")).await;
    running.signal("TERM");
    wait_until_nothing_runs_on(home.path());
}

#[tokio::test]
async fn the_log_may_be_on_kafka() {
    let home = directory();
    let kafka = docket_supervisor::testing::kafka().await;
    let running = Docket::start_on_kafka(home.path(), kafka.bootstrap(), "a-day-in-the-shop");
    let options = [
        "--consultants",
        "20",
        "--tickets",
        "60",
        "--hours",
        "2",
        "--speed-up",
        "400",
        "--json",
    ];
    let played = demo(&running, &options).output().expect("it runs");
    assert_eq!(played.status.code(), Some(0), "{}", text(&played));
    let report = report(&played);
    assert_eq!(report["complete"], true, "{report:#}");
    assert_eq!(report["figures"]["tickets"], 60, "{report:#}");
    assert_eq!(report["in_flight"], 0, "{report:#}");
    running.signal("TERM");
    wait_until_nothing_runs_on(home.path());
}

#[test]
fn a_day_broken_off_leaves_nothing_in_doubt() {
    let home = directory();
    let running = Docket::start(home.path());
    let options = [
        "--consultants",
        "20",
        "--tickets",
        "200",
        "--hours",
        "4",
        "--speed-up",
        "200",
    ];
    let mut started = demo(&running, &options);
    let mut child = started.arg("--json").spawn().expect("it starts");
    wait_for_tickets(&mut child);
    let kill = format!("kill -INT {}", child.id());
    let killed = Command::new("sh").args(["-c", &kill]).status();
    assert!(killed.expect("sh runs").success());
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(0), "{}", text(&ended));
    let report = report(&ended);
    assert_eq!(report["complete"], false, "{report:#}");
    assert_eq!(report["differences"], serde_json::json!([]), "{report:#}");
    let opened = report["figures"]["tickets"].as_u64().expect("a number");
    assert!((1..200).contains(&opened), "{report:#}");
    let not_opened = report["otherwise"]["not opened: the demo was stopped"].as_u64();
    assert_eq!(not_opened, Some(200 - opened), "{report:#}");
    running.signal("TERM");
    wait_until_nothing_runs_on(home.path());
}

/// Until the demo says that some were opened.
fn wait_for_tickets(child: &mut Child) {
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut said = String::new();
    while !said.contains(" opened") || said.contains(" 0 opened") {
        said.clear();
        let read = stderr.read_line(&mut said).expect("text");
        assert!(read > 0, "the demo ended before it began");
    }
    // Somebody must read what else it says.
    std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
}

#[test]
fn without_a_docket_to_play_on_it_says_what_is_missing() {
    let home = directory();
    let alone = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
        command.arg("demo").arg("--data-dir").arg(home.path());
        let output = command.output().expect("it runs");
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        text(&output)
    };
    let never = alone();
    assert!(
        never.contains("session.env is not there: start docket first"),
        "{never}"
    );

    let stopped = Docket::start(home.path());
    stopped.signal("TERM");
    wait_until_nothing_runs_on(home.path());
    let gone = alone();
    assert!(
        gone.contains("is docket running on that data directory?"),
        "{gone}"
    );

    // Another issuer's tokens are good for nothing, and the demo's for nothing there.
    let strict = Docket::start_with(home.path(), [("DOCKET_AUTH__ISSUER", "https://id.example")]);
    let barred = alone();
    assert!(
        barred.contains("refuses the tokens made with the data directory's key"),
        "{barred}"
    );
    drop(strict);
    wait_until_nothing_runs_on(home.path());
}
