//! The day in figures. Whole numbers throughout, so that two histories which are equal give figures
//! which are, and others differ where they differ. Times are real ones, in microseconds.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use super::history::{Happening, History, Shift};

/// The day in figures.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Figures {
    /// Tickets that were opened.
    pub tickets: u64,
    /// Tickets by the status they ended in.
    pub ended: BTreeMap<String, u64>,
    /// Their events by kind.
    pub events: BTreeMap<String, u64>,
    /// Those of them that were people's doing, not a router's or the closer's.
    pub by_people: BTreeMap<String, u64>,
    /// From a ticket's opening to its first assignment.
    pub time_to_assign: Spread,
    /// Tickets that waited for a consultant.
    pub queue: Queue,
    /// What consultants did with their time.
    pub work: Work,
    /// Customers who were asked how it went.
    pub invited: u64,
    /// Their answers by score, from 1.
    pub scores: [u64; 5],
}

/// How long something took.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Spread {
    /// How many times it happened.
    pub count: u64,
    /// Half of them took at most so long.
    pub p50_us: i64,
    /// Nine of ten.
    pub p90_us: i64,
    /// Ninety-nine of a hundred.
    pub p99_us: i64,
    /// The longest.
    pub max_us: i64,
}

/// How many tickets waited at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Queue {
    /// The most.
    pub max: u64,
    /// The mean while tickets came in, in thousandths.
    pub mean_milli: i64,
}

/// Consultants' time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Work {
    /// How many took tickets.
    pub consultants: u64,
    /// How long they did, added up.
    pub on_shift_us: i64,
    /// How long of it they had something to work on.
    pub busy_us: i64,
    /// How long they had so out of their shifts.
    pub overtime_us: i64,
}

impl Figures {
    pub(super) fn of(history: &History) -> Self {
        let all = || history.tickets.values().flatten();
        let mut ended = BTreeMap::new();
        for last in history.tickets.values().filter_map(|it| it.last()) {
            *ended.entry(last.status.clone()).or_default() += 1;
        }
        Self {
            tickets: history.tickets.len() as u64,
            ended,
            events: by_kind(all()),
            by_people: by_kind(all().filter(|it| !it.by_service)),
            time_to_assign: Spread::of(history.tickets.values().filter_map(|it| to_assign(it))),
            queue: queue(history),
            work: work(history),
            invited: history.surveys.invited,
            scores: history.surveys.scores,
        }
    }

    /// How many answered.
    pub fn answered(&self) -> u64 {
        self.scores.iter().sum()
    }

    /// The mean of their scores.
    pub fn mean_score(&self) -> Option<f64> {
        let sum: u64 = self
            .scores
            .iter()
            .zip(1..)
            .map(|(count, score)| count * score)
            .sum();
        (self.answered() > 0).then(|| sum as f64 / self.answered() as f64)
    }
}

fn by_kind<'a>(events: impl Iterator<Item = &'a Happening>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(event.kind.clone()).or_default() += 1;
    }
    counts
}

fn to_assign(ticket: &[Happening]) -> Option<i64> {
    let first = ticket.iter().find(|it| it.kind == "assigned")?;
    Some(first.at_us - ticket.first()?.at_us)
}

impl Spread {
    fn of(times: impl Iterator<Item = i64>) -> Self {
        let mut times: Vec<i64> = times.collect();
        times.sort_unstable();
        // The nearest rank: the least that so many of a hundred don't exceed.
        let at = |percent: usize| {
            let rank = (times.len() * percent).div_ceil(100);
            times
                .get(rank.saturating_sub(1))
                .copied()
                .unwrap_or_default()
        };
        Self {
            count: times.len() as u64,
            p50_us: at(50),
            p90_us: at(90),
            p99_us: at(99),
            max_us: at(100),
        }
    }
}

/// From each event of a ticket to its next one; the last one has no end.
fn stays(ticket: &[Happening]) -> impl Iterator<Item = (&Happening, Option<i64>)> {
    let next = ticket.iter().skip(1).map(|it| Some(it.at_us));
    ticket.iter().zip(next.chain([None]))
}

fn queue(history: &History) -> Queue {
    let openings = || {
        history
            .tickets
            .values()
            .filter_map(|it| it.first())
            .map(|it| it.at_us)
    };
    let (Some(first), Some(last)) = (openings().min(), openings().max()) else {
        return Queue::default();
    };
    let mut steps = Vec::new();
    let mut waited_us = 0;
    for (stay, until) in history.tickets.values().flat_map(|it| stays(it)) {
        if stay.status == "open" {
            steps.push((stay.at_us, 1));
            steps.extend(until.map(|until| (until, -1)));
            waited_us += (until.unwrap_or(last).min(last) - stay.at_us).max(0);
        }
    }
    // At one moment those leave first that leave.
    steps.sort_unstable();
    let mut waiting = 0;
    let most = steps.iter().map(|(_, step)| {
        waiting += step;
        waiting
    });
    Queue {
        max: most.max().unwrap_or_default() as u64,
        mean_milli: waited_us * 1_000 / (last - first).max(1),
    }
}

fn work(history: &History) -> Work {
    let all = history.tickets.values().flatten().map(|it| it.at_us);
    let ends = history.shifts.values().flatten().filter_map(|it| it.to_us);
    let end = all.chain(ends).max().unwrap_or_default();
    let mut at_work: BTreeMap<Uuid, Vec<(i64, i64)>> = BTreeMap::new();
    for (stay, until) in history.tickets.values().flat_map(|it| stays(it)) {
        if let Some(worker) = stay.worker {
            let spell = (stay.at_us, until.unwrap_or(end));
            at_work.entry(worker).or_default().push(spell);
        }
    }
    let mut work = Work::default();
    for (who, shifts) in &history.shifts {
        let shifts: Vec<_> = shifts.iter().map(|shift| closed(*shift, end)).collect();
        let busy = joined(at_work.remove(who).unwrap_or_default());
        let within = overlap(&busy, &shifts);
        work.consultants += 1;
        work.on_shift_us += sum(&shifts);
        work.busy_us += within;
        work.overtime_us += sum(&busy) - within;
    }
    // Of whoever never began a shift, all is overtime.
    work.overtime_us += at_work
        .into_values()
        .map(|it| sum(&joined(it)))
        .sum::<i64>();
    work
}

fn closed(shift: Shift, end: i64) -> (i64, i64) {
    (shift.from_us, shift.to_us.unwrap_or(end))
}

fn sum(spells: &[(i64, i64)]) -> i64 {
    spells.iter().map(|(from, to)| to - from).sum()
}

/// The time that any of them takes, once.
fn joined(mut spells: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spells.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (from, to) in spells {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// How long the ones and the others are at the same time; within each, they don't overlap.
fn overlap(ones: &[(i64, i64)], others: &[(i64, i64)]) -> i64 {
    let pairs = ones
        .iter()
        .flat_map(|one| others.iter().map(move |other| (one, other)));
    pairs
        .map(|(one, other)| (one.1.min(other.1) - one.0.max(other.0)).max(0))
        .sum()
}
