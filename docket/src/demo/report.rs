//! What is left of a day: its figures, whether all say the same, and which tickets went otherwise
//! than planned, and why.

mod text;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use super::check::Checked;
use super::clock::wall;
use super::day::Day;
use super::figures::Figures;
use super::history::History;
use super::plan::{Ending, Scale};

/// A day that is over, or was broken off.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Which one: the team, and part of all its people and keys.
    pub run: String,
    /// What it was drawn from.
    pub seed: u64,
    /// How much faster the shop's clock was to run.
    pub speed_up: u32,
    /// Whether it went to its end.
    pub complete: bool,
    /// When it ended, on the shop's clock.
    pub ended_at: String,
    /// How long it took, in seconds of real time.
    pub took_s: f64,
    /// How much faster the shop's clock has run altogether: it waits for a machine that can't keep up.
    pub pace: f64,
    /// Tickets that were planned.
    pub planned: usize,
    /// Tickets that ended as planned.
    pub as_planned: usize,
    /// The others, by what became of them.
    pub otherwise: BTreeMap<String, usize>,
    /// Tickets of a complete day that somebody still has.
    pub in_flight: usize,
    /// As the log has it.
    pub figures: Figures,
    /// Where queries or people say something else.
    pub differences: Vec<String>,
}

/// What a report needs to know besides.
pub(super) struct About<'a> {
    pub(super) run: &'a str,
    pub(super) scale: Scale,
    pub(super) speed_up: u32,
    pub(super) complete: bool,
    pub(super) took: Duration,
    pub(super) ended_at: Duration,
    pub(super) pace: f64,
    pub(super) waiting: &'a HashMap<Uuid, String>,
}

impl Report {
    pub(super) fn new(about: &About<'_>, day: &Day, checked: Checked) -> Self {
        let mut otherwise: BTreeMap<String, usize> = BTreeMap::new();
        let mut as_planned = 0;
        for (which, ticket) in day.tickets() {
            let planned = day.plan().tickets[which].ending();
            match otherwise_than(planned, ticket, about, &checked.history) {
                None => as_planned += 1,
                Some(what) => *otherwise.entry(what).or_default() += 1,
            }
        }
        let in_flight = |status: &str| checked.figures.ended.get(status).copied().unwrap_or(0);
        let in_flight = ["assigned", "in_progress", "on_hold"]
            .map(in_flight)
            .iter()
            .sum::<u64>();
        Self {
            run: about.run.to_owned(),
            seed: about.scale.seed,
            speed_up: about.speed_up,
            complete: about.complete,
            ended_at: wall(about.ended_at),
            took_s: about.took.as_secs_f64(),
            pace: about.pace,
            planned: day.plan().tickets.len(),
            as_planned,
            otherwise,
            in_flight: if about.complete {
                in_flight as usize
            } else {
                0
            },
            figures: checked.figures,
            differences: checked.differences,
        }
    }

    /// Whether the log, the queries and the people say the same.
    pub fn agrees(&self) -> bool {
        self.differences.is_empty()
    }
}

/// What became of a ticket, if that isn't what was planned.
fn otherwise_than(
    planned: Ending,
    ticket: Option<Uuid>,
    about: &About<'_>,
    history: &History,
) -> Option<String> {
    let Some(ticket) = ticket else {
        return Some("not opened: the demo was stopped".to_owned());
    };
    let last = history.tickets.get(&ticket).and_then(|it| it.last());
    let status = last.map_or("lost", |last| last.status.as_str());
    Some(match (planned, status) {
        (Ending::Closed | Ending::Resolved, "closed")
        | (Ending::Resolved, "resolved")
        | (Ending::Cancelled, "cancelled") => return None,
        (Ending::Cancelled, "resolved" | "closed") => {
            "solved before it could be cancelled".to_owned()
        }
        _ if !about.complete => "not over when the demo was stopped".to_owned(),
        (_, "open") => {
            let why = about.waiting.get(&ticket).map_or("", String::as_str);
            format!("left for tomorrow: {why}")
        }
        (_, status) if last.is_some_and(|last| last.by_service && last.kind == "reopened") => {
            format!("reopened by a service, {status}")
        }
        (_, status) => format!("left {status}"),
    })
}
