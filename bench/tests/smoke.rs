//! Every measurement still runs, at sizes that measure nothing.

use std::process::Command;

#[test]
fn every_measurement_runs_and_has_its_row() {
    let run = Command::new(env!("CARGO_BIN_EXE_docket-bench"))
        .args(["all", "--smoke"])
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&run.stderr);
    let table = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}");
    for row in [
        "| log port on Kafka, read back valid |",
        "| commands over HTTP, one per request, ",
        "by kind of thread: docket-log-tail ",
        ", librdkafka's brokers ",
        ", librdkafka's delivery reports ",
        "| bulk, command API on Kafka |",
        "| latency at half load",
        "| ten times the requirement: p99 |",
        "| acknowledged → visible at ",
        "| log read from Kafka and checked |",
        "| 2 replicas with owners: noise, of all records |",
        "| a ticket routed over 5,000 consultants, 50,000 others waiting: p99 |",
        "| searches of a ticket for somebody, 50,000 waiting out of everybody's reach |",
        "| the same, those out of everybody's reach, with working hours: p99 |",
        "| a ticket opened when 1,000 shifts begin at once, 50,000 out of reach: longest |",
        "| tickets opened at 50.0 commands/s, 50,000 others waiting: p99 |",
        "| memory a ticket closed for good, from snapshots |",
        "| 18 million tickets, 300,000 of them open: start from snapshots, extrapolated |",
    ] {
        assert!(table.contains(row), "no {row:?} in\n{table}\n{said}");
    }
}
