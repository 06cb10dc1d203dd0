//! What the incident log itself says became of each incident: read straight from its rows.

use std::fs::File;

use flate2::read::GzDecoder;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use uuid::Uuid;

/// The rows of one incident, in order.
pub(crate) struct Incident {
    pub(crate) number: String,
    rows: Vec<Row>,
}

struct Row {
    state: String,
    team: Option<String>,
    assignee: Option<String>,
    updated_at: Timestamp,
    resolved_at: Option<Timestamp>,
    reassignment_count: u64,
    reopen_count: u64,
}

/// How an incident ended.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Option<String>,
    /// The last known team when it was solved for the last time.
    pub(crate) team: Option<String>,
    /// The last known assignee in that team, by Docket's id.
    pub(crate) assignee: Option<String>,
    /// Changes from one known team to another while it was not solved.
    pub(crate) reassignments: u64,
    /// Changes from a solved state to another.
    pub(crate) reopenings: u64,
    /// As stated, else when the row was written in which it was solved for the last time.
    pub(crate) resolved_at: Option<Timestamp>,
}

pub(crate) fn read(path: &str) -> Vec<Incident> {
    let mut csv = csv::Reader::from_reader(GzDecoder::new(File::open(path).unwrap()));
    let heading = csv.headers().unwrap().clone();
    let mut incidents: Vec<Incident> = Vec::new();
    for record in csv.records() {
        let record = record.unwrap();
        let cell = |name: &str| {
            let index = heading.iter().position(|column| column == name).unwrap();
            Some(record[index].to_owned()).filter(|cell| cell != "?")
        };
        let number = cell("number").unwrap();
        if incidents.last().is_none_or(|last| last.number != number) {
            incidents.push(Incident {
                number,
                rows: Vec::new(),
            });
        }
        incidents.last_mut().unwrap().rows.push(Row {
            state: cell("incident_state").unwrap(),
            team: cell("assignment_group"),
            assignee: cell("assigned_to"),
            updated_at: time(&cell("sys_updated_at").unwrap()),
            resolved_at: cell("resolved_at").as_deref().map(time),
            reassignment_count: cell("reassignment_count").unwrap().parse().unwrap(),
            reopen_count: cell("reopen_count").unwrap().parse().unwrap(),
        });
    }
    incidents
}

fn time(text: &str) -> Timestamp {
    let time = DateTime::strptime("%d-%m-%Y %H:%M", text).unwrap();
    time.to_zoned(TimeZone::UTC).unwrap().timestamp()
}

/// The rule of docs/import.md, written once more.
fn id(kind: &str, reference: &str) -> Uuid {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"https://docket.dev/import");
    Uuid::new_v5(
        &namespace,
        format!("{kind}:servicenow:{reference}").as_bytes(),
    )
}

impl Row {
    fn is_solved(&self) -> bool {
        matches!(self.state.as_str(), "Resolved" | "Closed")
    }
}

impl Incident {
    pub(crate) fn ticket(&self) -> Uuid {
        id("ticket", &self.number)
    }

    pub(crate) fn reassignment_count(&self) -> u64 {
        self.rows.last().unwrap().reassignment_count
    }

    pub(crate) fn reopen_count(&self) -> u64 {
        self.rows.last().unwrap().reopen_count
    }

    pub(crate) fn outcome(&self) -> Outcome {
        let (mut team, mut assignee) = (None, None);
        let (mut reassignments, mut reopenings) = (0, 0);
        let mut resolved_at = None;
        let mut solved = false;
        for row in &self.rows {
            if solved && row.is_solved() {
                continue;
            }
            if solved {
                reopenings += 1;
                resolved_at = None;
            }
            if row.team.is_some() && row.team != team {
                reassignments += u64::from(team.is_some());
                team.clone_from(&row.team);
                assignee = None;
            }
            if row.assignee.is_some() {
                assignee.clone_from(&row.assignee);
            }
            solved = row.is_solved();
            if solved {
                resolved_at = Some(row.resolved_at.unwrap_or(row.updated_at));
            }
        }
        let status = match self.rows.last().unwrap().state.as_str() {
            "Closed" => "closed",
            other => panic!("every incident of the log is closed in the end, not {other}"),
        };
        Outcome {
            status: Some(status.to_owned()),
            team,
            assignee: assignee.map(|name| id("person", &name).to_string()),
            reassignments,
            reopenings,
            resolved_at,
        }
    }
}
