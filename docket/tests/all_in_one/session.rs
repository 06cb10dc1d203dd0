//! The first session: as it is printed, as the README has it, and run as pasted.

use std::fs;
use std::io::Read as _;
use std::process::Command;

use serde_json::Value;

use crate::setting::{Docket, directory, processes_on, text};

#[test]
fn the_printed_session_runs_as_pasted_and_ctrl_c_leaves_nothing_running() {
    let home = directory();
    let mut docket = Docket::start(home.path());

    let (_, session) = docket
        .welcome
        .split_once("another shell:\n")
        .expect("a session");
    let (session, _) = session.rsplit_once("Ctrl-C").expect("the last line");
    let pasted = Command::new("sh")
        .args(["-euc", session])
        .output()
        .expect("sh runs");
    let told = text(&pasted);
    if told.contains("curl: not found") {
        eprintln!("there is no curl here, so the session itself was not tried");
    } else {
        assert!(pasted.status.success(), "{told}");
        let lines: Vec<Value> = told
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        assert_eq!(lines.len(), 8, "{told}");
        let statuses: Vec<&str> = lines[..7]
            .iter()
            .map(|line| line["status"].as_str().unwrap_or("none"))
            .collect();
        assert_eq!(
            statuses,
            [
                "open",
                "assigned",
                "in_progress",
                "resolved",
                "closed",
                "closed",
                "assigned"
            ],
            "{told}"
        );
    }

    docket.signal("INT");
    let status = docket.child.wait().expect("it ends");
    let mut rest = String::new();
    docket.stdout.read_to_string(&mut rest).expect("text");
    assert!(status.success(), "{status}: {rest}");
    assert!(rest.contains("Docket has stopped"), "{rest}");
    let left = processes_on(home.path());
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn the_readme_has_the_session_that_docket_prints() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = fs::read_to_string(readme).expect("README.md");
    let session = format!("```sh\n{}```", docket::all_in_one::FIRST_SESSION);
    assert!(
        readme.contains(&session),
        "first-session.sh and README.md differ"
    );
}
