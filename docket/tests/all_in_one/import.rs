//! A history is imported into a running docket.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::setting::{Docket, directory, text};

#[test]
fn an_import_says_what_it_could_not_do_and_how_it_ended() {
    let home = directory();
    let running = Docket::start(home.path());
    let (file, report) = (home.path().join("crm.ndjson"), home.path().join("report"));
    let lines = [
        r#"{"command":"open","ticket":"C-7","occurred_at":"2020-01-02T03:04:05Z","body":{"customer":"ann","channel":"import","subject":"No picture"}}"#,
        r#"{"command":"accept","ticket":"C-7","occurred_at":"2020-01-02T04:00:00Z"}"#,
        "this is no command",
        r#"{"command":"resolve","ticket":"C-7","occurred_at":"2020-01-02T05:00:00Z","body":{"code":"cable"}}"#,
    ];
    fs::write(&file, lines.join("\n")).expect("written");
    let import = |token: &str, options: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_docket"))
            .arg("import")
            .arg(&file)
            .args(["--source", "crm", "--url", &running.variable("DOCKET_URL")])
            .args(["--token", token])
            .args(options)
            .output()
            .expect("runs")
    };

    let stranger = import("not-a-token", &[]);
    assert_eq!(stranger.status.code(), Some(1));
    assert!(
        text(&stranger).contains("refused the token"),
        "{}",
        text(&stranger)
    );

    let manager = import(&running.variable("MANAGER"), &[]);
    assert_eq!(manager.status.code(), Some(1), "{}", text(&manager));
    assert!(
        text(&manager).contains("nothing was imported"),
        "{}",
        text(&manager)
    );

    let importer = running.variable("IMPORTER");
    let whole = import(&importer, &["--report", &report.to_string_lossy()]);
    assert_eq!(whole.status.code(), Some(0), "{}", text(&whole));
    let told: Vec<Value> = fs::read_to_string(&report)
        .expect("a report")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(told.len(), 2, "{told:#?}");
    let of = |kind: &str| told.iter().find(|entry| entry["kind"] == kind).expect(kind);
    assert_eq!(of("unmapped")["row"], 3);
    assert_eq!(of("refused")["row"], 2);
    assert_eq!(of("refused")["problem"]["status"], 409, "nobody has it yet");

    let strict = import(&importer, &["--strict"]);
    assert_eq!(strict.status.code(), Some(2), "{}", text(&strict));
    // Another run's events are not told as this one's.
    let applied = "2 applied (in this run or an earlier one)";
    assert!(text(&strict).contains(applied), "{}", text(&strict));
}
