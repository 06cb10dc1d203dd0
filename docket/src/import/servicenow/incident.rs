//! The rows of one incident → the commands that retell its course.
//!
//! Each row says how the incident stood after a change. The mapping keeps what Docket's ticket is
//! at that point ([`Course`]) and asks for whatever brings it to what the row says. Pure, so the
//! same rows are the same commands in every run: row `i`'s commands have the source sequences
//! `i × 16`, `i × 16 + 1`, …

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::content;
use super::row::Row;
use super::state::{Awaiting, State};
use crate::import::item::{BulkLine, Item, Line, Stream, Unmapped, default_key};
use crate::import::reference;

/// More commands than one row can come to (nine).
const COMMANDS_PER_ROW_MAX: u64 = 16;

/// All that is in the rows of one incident (never of two), in order.
pub(super) fn map(source: &str, rows: &[Row]) -> Vec<Item> {
    let Some(first) = rows.first() else {
        return Vec::new();
    };
    let number = first.number().unwrap_or_default();
    let mut incident = Incident {
        source,
        number,
        ticket: reference::ticket(source, number),
        course: Course::default(),
        at: first
            .time("opened_at")
            .or_else(|| first.time("sys_updated_at"))
            .unwrap_or(Timestamp::UNIX_EPOCH),
        items: Vec::new(),
        row: first,
        index: 0,
        commands: 0,
    };
    let last_solved = first_of_last_solution(rows);
    let mut unchanged = 0;
    for (index, row) in rows.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| rows.get(before));
        let found = incident.items.len();
        incident.row(index, before, row, index >= last_solved);
        unchanged += u64::from(incident.items.len() == found);
    }
    incident.items.push(Item::Rows {
        read: rows.len() as u64,
        unchanged,
    });
    incident.items
}

/// From which row on the incident is solved for good. `resolved_at` and `closed_at` stand in every
/// row of an export but tell of that last time only.
fn first_of_last_solution(rows: &[Row]) -> usize {
    rows.iter()
        .rposition(|row| !State::of(row).is_some_and(State::is_solved))
        .map_or(0, |worked| worked + 1)
}

/// What Docket's ticket is at this point of the story.
#[derive(Default)]
struct Course {
    team: Option<String>,
    has: Has,
    hold: Option<Awaiting>,
    solved: Solved,
}

#[derive(Default, Clone, PartialEq, Eq)]
enum Has {
    #[default]
    Nobody,
    Assigned(String),
    InProgress(String),
}

impl Has {
    fn consultant(&self) -> Option<&str> {
        match self {
            Self::Nobody => None,
            Self::Assigned(consultant) | Self::InProgress(consultant) => Some(consultant),
        }
    }
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Solved {
    #[default]
    No,
    Resolved,
    Closed,
}

struct Incident<'a> {
    source: &'a str,
    number: &'a str,
    ticket: Uuid,
    course: Course,
    /// Business time of the row at hand.
    at: Timestamp,
    items: Vec<Item>,
    row: &'a Row,
    index: u64,
    /// How many commands the row at hand has come to.
    commands: u64,
}

impl<'a> Incident<'a> {
    fn row(&mut self, index: usize, before: Option<&Row>, row: &'a Row, for_good: bool) {
        self.row = row;
        self.index = index as u64;
        self.commands = 0;
        if before.is_none() {
            self.open();
        }
        match row.time("sys_updated_at") {
            Some(at) => self.at = at,
            None => self.unmapped(
                "time_unreadable",
                "sys_updated_at is no time (dd-mm-yyyy hh:mm); the row before gives it".into(),
            ),
        }
        let state = State::of(row);
        if state.is_some_and(|state| !state.is_solved()) {
            self.reopen();
        }
        if let Some(before) = before {
            self.amend(before);
        }
        let stated = ["incident_state", "assignment_group", "assigned_to"];
        if before.is_some_and(|before| stated.iter().all(|c| before.get(c) == row.get(c))) {
            return;
        }
        self.team(before);
        self.assignee(before);
        match state {
            Some(state) => self.state(state, for_good),
            None => self.unmapped(
                "state_unknown",
                format!(
                    "Docket has nothing for the state {:?}; the ticket stays as it was",
                    row.get("incident_state").unwrap_or("?")
                ),
            ),
        }
    }

    fn open(&mut self) {
        let (body, problems) = content::open(self.source, self.row);
        self.course.team = self.row.get("assignment_group").map(str::to_owned);
        self.command("open", body);
        self.all_unmapped(problems);
    }

    fn reopen(&mut self) {
        if self.course.solved == Solved::No {
            return;
        }
        self.command("reopen", json!({"reason": "reopened in ServiceNow"}));
        self.course.solved = Solved::No;
        if let Some(consultant) = self.course.has.consultant() {
            self.course.has = Has::InProgress(consultant.to_owned());
        }
    }

    fn amend(&mut self, before: &Row) {
        let (body, problems) = content::amend(self.source, before, self.row);
        if let Some(body) = body {
            self.command("amend", body);
        }
        self.all_unmapped(problems);
    }

    fn team(&mut self, before: Option<&Row>) {
        let team = self.row.get("assignment_group");
        match team {
            None => {
                if before.is_some_and(|before| before.get("assignment_group").is_some()) {
                    self.unmapped(
                        "team_unknown",
                        "assignment_group is unknown from here on; the ticket stays with its team"
                            .into(),
                    );
                }
            }
            Some(team) if self.course.team.as_deref() == Some(team) => {}
            Some(team) if self.course.solved != Solved::No => self.unmapped(
                "moved_after_resolution",
                format!("a solved ticket can't go to another team ({team})"),
            ),
            Some(team) => {
                self.command("transfer", json!({ "team": team }));
                self.course.team = Some(team.to_owned());
                self.course.has = Has::Nobody;
                self.course.hold = None;
            }
        }
    }

    fn assignee(&mut self, before: Option<&Row>) {
        let current = self.course.has.consultant();
        match self.row.get("assigned_to") {
            None => {
                let was_known = before.is_some_and(|before| before.get("assigned_to").is_some());
                if let (Some(current), true) = (current, was_known) {
                    let detail = format!(
                        "assigned_to is unknown from here on; the ticket stays with {current}"
                    );
                    self.unmapped("assignee_unknown", detail);
                }
            }
            Some(consultant) if current == Some(consultant) => {}
            Some(consultant) if self.course.solved != Solved::No => self.unmapped(
                "assigned_after_resolution",
                format!("a solved ticket can't be given to anybody ({consultant})"),
            ),
            Some(consultant) => {
                let id = reference::person(self.source, consultant);
                self.command("assign", json!({ "consultant": id }));
                self.course.has = Has::Assigned(consultant.to_owned());
                self.course.hold = None;
            }
        }
    }

    fn state(&mut self, state: State, for_good: bool) {
        match state {
            State::New => {
                self.resume();
                if matches!(self.course.has, Has::InProgress(_)) {
                    self.unmapped(
                        "new_after_work",
                        "the state went back to New; what a consultant took stays in progress"
                            .into(),
                    );
                }
            }
            State::Active => {
                self.resume();
                self.accept();
            }
            State::Awaiting(awaiting) => self.hold(awaiting),
            State::Resolved => self.resolve(for_good),
            State::Closed => {
                self.resolve(for_good);
                self.close(for_good);
            }
        }
    }

    fn resume(&mut self) {
        if self.course.hold.take().is_some() {
            self.command("resume", json!({}));
        }
    }

    fn accept(&mut self) {
        match &self.course.has {
            Has::InProgress(_) => {}
            Has::Assigned(consultant) => {
                self.course.has = Has::InProgress(consultant.clone());
                self.command("accept", json!({}));
            }
            Has::Nobody => self.unmapped(
                "active_without_assignee",
                "the state is Active but nobody is known to work it; the ticket waits as open"
                    .into(),
            ),
        }
    }

    fn hold(&mut self, awaiting: Awaiting) {
        if self.course.hold != Some(awaiting) {
            let note = self.row.get("incident_state").unwrap_or_default();
            self.command(
                "hold",
                json!({ "awaiting": awaiting.as_str(), "note": note }),
            );
            self.course.hold = Some(awaiting);
        }
    }

    fn resolve(&mut self, for_good: bool) {
        if self.course.solved != Solved::No {
            return;
        }
        let at = self.stated("resolved_at", for_good);
        self.solved("resolve", content::resolve(self.row, for_good), at);
        self.course.solved = Solved::Resolved;
        self.course.hold = None;
    }

    fn close(&mut self, for_good: bool) {
        if self.course.solved == Solved::Closed {
            return;
        }
        let at = self.stated("closed_at", for_good);
        self.solved("close", json!({}), at);
        self.course.solved = Solved::Closed;
    }

    /// The time that the export states for the last solution, else the row's own.
    fn stated(&self, column: &str, for_good: bool) -> Timestamp {
        for_good
            .then(|| self.row.time(column))
            .flatten()
            .unwrap_or(self.at)
    }

    fn command(&mut self, command: &str, body: Value) {
        self.send(command, body, self.at, None);
    }

    /// What an export says of a solution changes when rows are added: another one may be the last
    /// then. A key of its own per wording lets the source sequence find that the row is told
    /// already, where one key would have it refused as used for something else.
    fn solved(&mut self, command: &str, body: Value, at: Timestamp) {
        let wording = Uuid::new_v5(&self.ticket, format!("{at} {body}").as_bytes());
        self.send(command, body, at, Some(wording));
    }

    fn send(&mut self, command: &str, body: Value, at: Timestamp, wording: Option<Uuid>) {
        let sequence = self.index * COMMANDS_PER_ROW_MAX + self.commands;
        self.commands += 1;
        let stream = Some(Stream::Ticket(self.ticket));
        let key = default_key(stream, sequence);
        let line: Line = BulkLine {
            command,
            stream,
            idempotency_key: match wording {
                Some(wording) => format!("{key}:{wording}"),
                None => key,
            },
            occurred_at: Some(at),
            source_sequence: sequence,
            if_match: None,
            body,
        }
        .into_line(self.row.line(), self.number);
        self.items.push(Item::Line(line));
    }

    fn unmapped(&mut self, reason: &'static str, detail: String) {
        self.items.push(Item::Unmapped(Unmapped {
            row: self.row.line(),
            reference: self.number.to_owned(),
            reason,
            detail,
        }));
    }

    fn all_unmapped(&mut self, problems: Vec<content::Problem>) {
        for content::Problem { reason, detail, .. } in problems {
            self.unmapped(reason, detail);
        }
    }
}
