//! What happened in this run, from whichever witness: as much of it as the day's figures are made
//! of. Two witnesses that saw the same give equal histories.

use std::collections::BTreeMap;

use uuid::Uuid;

/// What happened to the run's tickets, consultants and surveys.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct History {
    pub(super) tickets: BTreeMap<Uuid, Vec<Happening>>,
    /// When somebody began to take tickets, and ceased to; more than once, if they came back.
    pub(super) shifts: BTreeMap<Uuid, Vec<Shift>>,
    pub(super) surveys: Surveys,
}

/// An event of a ticket, and how the ticket stood after it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Happening {
    /// Microseconds since 1970, which is what views keep.
    pub(super) at_us: i64,
    /// `opened`, `assigned` …
    pub(super) kind: String,
    /// Whether a service did it: a router, the closer.
    pub(super) by_service: bool,
    /// `open`, `assigned` …
    pub(super) status: String,
    /// Who works it, while it is in progress.
    pub(super) worker: Option<Uuid>,
}

/// A time at work, in microseconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shift {
    pub(super) from_us: i64,
    /// Not yet over if there is none.
    pub(super) to_us: Option<i64>,
}

/// Who was asked how it went, and what they answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Surveys {
    pub(super) invited: u64,
    /// Answers by score, from 1.
    pub(super) scores: [u64; 5],
}

impl History {
    /// Somebody says from when on they take tickets, or don't.
    pub(super) fn available(&mut self, who: Uuid, is: bool, at_us: i64) {
        let shifts = self.shifts.entry(who).or_default();
        match shifts.last_mut().filter(|last| last.to_us.is_none()) {
            Some(last) if !is => last.to_us = Some(at_us),
            None if is => shifts.push(Shift {
                from_us: at_us,
                to_us: None,
            }),
            // As they said before.
            Some(_) | None => {}
        }
    }
}
