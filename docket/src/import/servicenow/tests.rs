//! Stories of incidents, as rows, and the commands they come to.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use serde_json::Value;

use crate::import::item::Item;

const HEADING: &str = "number,incident_state,opened_at,sys_updated_at,caller_id,priority,\
                       assignment_group,assigned_to,u_symptom,closed_code,resolved_at,closed_at";

struct Told {
    /// `row command body`, without what an `open` says.
    commands: Vec<String>,
    lines: Vec<Value>,
    /// `row reason`.
    unmapped: Vec<String>,
    unchanged: u64,
}

/// Rows as `state time team consultant [column=value]…`, all of the incident INC1, on one day.
fn told(rows: &[&str]) -> Told {
    let mut csv = String::from(HEADING);
    for row in rows {
        let mut cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let extra: Vec<(&str, &str)> = cells
            .split_off(4)
            .into_iter()
            .map(|cell| cell.split_once('=').expect("column=value"))
            .collect();
        let find = |column: &str| {
            let found = extra.iter().find(|(name, _)| *name == column);
            found.map_or("?", |(_, value)| value)
        };
        let number = extra.iter().find(|(name, _)| *name == "number");
        let _ = write!(
            csv,
            "\n{},{},01-03-2016 08:00,01-03-2016 {},Caller 1,{},{},{},{},code 5,{},{}",
            number.map_or("INC1", |(_, value)| value),
            cells[0],
            cells[1],
            extra
                .iter()
                .find(|(name, _)| *name == "priority")
                .map_or("3 - Moderate", |(_, value)| value),
            cells[2],
            cells[3],
            find("symptom"),
            find("resolved_at"),
            find("closed_at"),
        );
    }
    read(&csv)
}

fn read(csv: &str) -> Told {
    let mut told = Told {
        commands: Vec::new(),
        lines: Vec::new(),
        unmapped: Vec::new(),
        unchanged: 0,
    };
    super::read(csv.as_bytes(), "servicenow", &mut |item| {
        match item {
            Item::Line(line) => {
                let value: Value = serde_json::from_slice(&line.json).expect("a JSON line");
                let body = match line.command.as_str() {
                    "open" => String::new(),
                    _ => format!(" {}", value["body"]),
                };
                told.commands
                    .push(format!("{} {}{body}", line.row, line.command));
                told.lines.push(value);
            }
            Item::Unmapped(unmapped) => {
                told.unmapped
                    .push(format!("{} {}", unmapped.row, unmapped.reason));
            }
            Item::Rows { unchanged, .. } => told.unchanged += unchanged,
        }
        ControlFlow::Continue(())
    })
    .expect("a readable export");
    told
}

fn consultant(name: &str) -> String {
    format!(
        r#"{{"consultant":"{}"}}"#,
        crate::import::reference::person("servicenow", name)
    )
}

#[test]
fn an_incident_is_opened_worked_resolved_and_closed() {
    let told = told(&[
        "New | 08:10 | A | ?",
        "Active | 09:00 | A | Ann",
        "Active | 09:30 | A | Ann",
        "Resolved | 10:00 | A | Ann | resolved_at=01-03-2016 10:05 | closed_at=02-03-2016 12:00",
        "Closed | 11:00 | A | Ann | resolved_at=01-03-2016 10:05 | closed_at=02-03-2016 12:00",
    ]);
    assert_eq!(
        told.commands,
        [
            "2 open".to_owned(),
            format!("3 assign {}", consultant("Ann")),
            "3 accept {}".to_owned(),
            r#"5 resolve {"code":"code 5"}"#.to_owned(),
            "6 close {}".to_owned(),
        ]
    );
    assert!(told.unmapped.is_empty());
    assert_eq!(told.unchanged, 1, "row 4 says what row 3 said");

    let times: Vec<&str> = told
        .lines
        .iter()
        .filter_map(|l| l["occurred_at"].as_str())
        .collect();
    assert_eq!(
        times,
        [
            "2016-03-01T08:00:00Z",
            "2016-03-01T09:00:00Z",
            "2016-03-01T09:00:00Z",
            "2016-03-01T10:05:00Z",
            "2016-03-02T12:00:00Z",
        ],
        "opened, resolved and closed when the table says so, the rest when its row was written"
    );
    let sequences: Vec<u64> = told
        .lines
        .iter()
        .filter_map(|l| l["source_sequence"].as_u64())
        .collect();
    assert_eq!(sequences, [0, 16, 17, 48, 64]);
    let open = &told.lines[0]["body"];
    assert_eq!(open["fields"]["servicenow_number"], "INC1");
    assert_eq!(open["team"], "A");
    assert_eq!(open["priority"], "moderate");
}

#[test]
fn another_team_takes_it_away_and_who_stays_is_assigned_again() {
    let told = told(&[
        "Awaiting User Info | 08:10 | A | Ann",
        "Awaiting User Info | 09:00 | B | Ann",
    ]);
    let ann = consultant("Ann");
    assert_eq!(
        told.commands,
        [
            "2 open".to_owned(),
            format!("2 assign {ann}"),
            r#"2 hold {"awaiting":"customer","note":"Awaiting User Info"}"#.to_owned(),
            r#"3 transfer {"team":"B"}"#.to_owned(),
            format!("3 assign {ann}"),
            r#"3 hold {"awaiting":"customer","note":"Awaiting User Info"}"#.to_owned(),
        ]
    );
}

#[test]
fn a_reopened_incident_goes_on_and_its_first_solution_keeps_its_own_time() {
    let told = told(&[
        "Resolved | 09:00 | A | Ann | resolved_at=03-03-2016 10:00",
        "Active | 10:00 | A | Ann | resolved_at=03-03-2016 10:00",
        "Awaiting Problem | 11:00 | A | Ann | resolved_at=03-03-2016 10:00",
        "Awaiting Vendor | 12:00 | A | Ann | resolved_at=03-03-2016 10:00",
        "Closed | 13:00 | A | Ann | resolved_at=03-03-2016 10:00",
    ]);
    assert_eq!(
        told.commands[2..],
        [
            r#"2 resolve {"code":"unspecified"}"#,
            r#"3 reopen {"reason":"reopened in ServiceNow"}"#,
            r#"4 hold {"awaiting":"other","note":"Awaiting Problem"}"#,
            r#"5 hold {"awaiting":"vendor","note":"Awaiting Vendor"}"#,
            r#"6 resolve {"code":"code 5"}"#,
            "6 close {}",
        ],
        "Ann had it, so it is hers again; closed without being resolved, it is resolved first"
    );
    assert_eq!(told.lines[2]["occurred_at"], "2016-03-01T09:00:00Z");
    assert_eq!(told.lines[6]["occurred_at"], "2016-03-03T10:00:00Z");
}

#[test]
fn what_no_command_expresses_is_reported_where_it_begins() {
    let told = told(&[
        "Active | 08:10 | A | ?",
        "Active | 08:20 | A | ?",
        "Active | 08:30 | A | Ann | symptom=noise",
        "Active | 08:40 | ? | ?",
        "New | 08:50 | A | Ann | symptom=noise",
        "Pondering | 08:55 | A | Ann | symptom=noise",
        "Resolved | 09:00 | A | Ann | symptom=noise",
        "Closed | 09:10 | B | Bob | symptom=noise",
    ]);
    assert_eq!(
        told.unmapped,
        [
            "2 active_without_assignee",
            "5 value_unknown",
            "5 team_unknown",
            "5 assignee_unknown",
            "6 new_after_work",
            "7 state_unknown",
            "9 moved_after_resolution",
            "9 assigned_after_resolution",
        ]
    );
    assert_eq!(told.unchanged, 1);
    assert_eq!(
        told.commands.last().expect("commands"),
        "9 close {}",
        "the rest of the row counts"
    );
}

#[test]
fn other_columns_amend_the_ticket() {
    let told = told(&[
        "New | 08:10 | A | ?",
        "New | 08:20 | A | ? | priority=1 - Critical | symptom=smoke",
    ]);
    assert_eq!(
        told.commands[1..],
        [r#"3 amend {"fields":{"servicenow_u_symptom":"smoke"},"priority":"critical"}"#]
    );
}

#[test]
fn rows_torn_apart_and_rows_of_nothing_are_reported() {
    let told = told(&[
        "New | 08:10 | A | ?",
        "New | 08:10 | A | ? | number=INC2",
        "Active | 08:20 | A | Ann",
        "New | 08:10 | A | ? | number=?",
    ]);
    assert_eq!(told.unmapped, ["4 torn_apart", "5 no_number"]);
    assert_eq!(told.commands, ["2 open", "3 open"]);
}

#[test]
fn a_row_that_is_cut_up_wrongly_is_no_ticket_and_lines_are_counted_as_editors_do() {
    let row = "INC1,New,,01-03-2016 08:00,,,,,,,,";
    for line_end in ["\n", "\r\n"] {
        let rows = [HEADING, row, "INC2,\"never closed", "INC3,New"];
        let told = read(&rows.join(line_end));
        assert_eq!(told.commands, ["2 open"], "{line_end:?}");
        assert_eq!(told.unmapped, ["3 unreadable"], "{line_end:?}");
    }
}

#[test]
fn another_csv_is_refused_by_the_columns_it_lacks() {
    let error = super::read("a,b\n1,2\n".as_bytes(), "x", &mut |_| {
        ControlFlow::Continue(())
    })
    .expect_err("no such columns");
    assert!(
        error
            .to_string()
            .contains("number, incident_state, sys_updated_at"),
        "{error}"
    );
}

#[test]
fn the_real_log_is_read_to_its_end_the_same_way_each_time() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/data/servicenow_incident_log.csv.gz"
    );
    let all = || {
        let (mut input, _) = crate::import::source::open(file.as_ref()).expect("the excerpt");
        let mut text = String::new();
        std::io::Read::read_to_string(&mut input, &mut text).expect("gzip");
        read(&text)
    };
    let told = all();
    let opened = told
        .commands
        .iter()
        .filter(|c| c.ends_with(" open"))
        .count();
    assert_eq!(opened, 890);
    let reopened = told
        .commands
        .iter()
        .filter(|c| c.contains(" reopen "))
        .count();
    assert_eq!(reopened, 11);
    assert_eq!(told.lines, all().lines);
}

#[test]
fn rows_added_later_never_reuse_a_key_for_another_command() {
    let solved = "resolved_at=01-03-2016 10:05";
    let first = [
        "Active | 09:00 | A | Ann",
        &format!("Resolved | 10:00 | A | Ann | {solved}"),
        &format!("Closed | 11:00 | A | Ann | {solved}"),
    ];
    let reopened = "resolved_at=01-03-2016 14:05";
    let more = [
        "Active | 09:00 | A | Ann",
        &format!("Resolved | 10:00 | A | Ann | {reopened}"),
        &format!("Closed | 11:00 | A | Ann | {reopened}"),
        "Active | 13:00 | A | Ann",
        &format!("Resolved | 14:00 | A | Ann | {reopened}"),
    ];
    let (first, later) = (told(&first).lines, told(&more).lines);
    for line in &first {
        let same = |other: &&Value| other["source_sequence"] == line["source_sequence"];
        let again = later.iter().find(same).expect("told again");
        assert!(
            again == line || again["idempotency_key"] != line["idempotency_key"],
            "{line} became {again}"
        );
    }
    assert_eq!(told(&more).lines, later, "and the same rows are the same");
}
