//! The waiting tickets in the order of their turns, and the first of them for somebody who became
//! free.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::candidate::{Candidate, Level};
use super::filter::Reason;
use super::job::{Job, Turn};
use super::rules::Rules;
use crate::ids::TicketId;
use crate::text::Label;

/// The waiting tickets. Those that ask for the same skills, team and areas lie together, so most of
/// a long queue is passed over without looking at a single ticket.
#[derive(Clone, Debug)]
pub struct Queue {
    rules: Rules,
    turn_of: BTreeMap<TicketId, Turn>,
    jobs: Turns,
    alike: BTreeMap<Needs, Turns>,
}

type Turns = BTreeMap<Turn, Arc<Job>>;

/// What tickets that lie together have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Needs {
    skills: BTreeMap<Label, Level>,
    team: Option<Label>,
    areas: Vec<Label>,
}

impl Queue {
    /// Nothing waits yet.
    pub const fn new(rules: Rules) -> Self {
        Self {
            rules,
            turn_of: BTreeMap::new(),
            jobs: BTreeMap::new(),
            alike: BTreeMap::new(),
        }
    }

    /// Takes the ticket in, or replaces what was known of it.
    pub fn put(&mut self, job: Job) {
        self.remove(job.ticket);
        let turn = job.turn(&self.rules);
        let job = Arc::new(job);
        self.turn_of.insert(job.ticket, turn);
        let alike = self.alike.entry(needs(&job)).or_default();
        alike.insert(turn, Arc::clone(&job));
        self.jobs.insert(turn, job);
    }

    /// Takes the ticket out: it is assigned, or over.
    pub fn remove(&mut self, ticket: TicketId) -> Option<Arc<Job>> {
        let turn = self.turn_of.remove(&ticket)?;
        let job = self.jobs.remove(&turn)?;
        let needs = needs(&job);
        if let Some(alike) = self.alike.get_mut(&needs) {
            alike.remove(&turn);
            if alike.is_empty() {
                self.alike.remove(&needs);
            }
        }
        Some(job)
    }

    /// What is known of a waiting ticket.
    pub fn get(&self, ticket: TicketId) -> Option<&Job> {
        self.jobs.get(self.turn_of.get(&ticket)?).map(Arc::as_ref)
    }

    /// All of them, in the order of their turns.
    pub fn iter(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values().map(Arc::as_ref)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// The first ticket that this candidate could have now. (Whether it is they who get it, a
    /// decision says.)
    pub fn next_for(&self, candidate: &Candidate) -> Option<&Job> {
        if !candidate.is_free() {
            return None;
        }
        let mut first = None;
        for alike in self.alike.values() {
            first = first_for(candidate, alike, first).or(first);
        }
        first.map(|(_, job)| job)
    }
}

/// The filters that exclude a candidate from all tickets that lie together, or from none.
const IN_COMMON: [Reason; 3] = [Reason::Skills, Reason::Team, Reason::Area];
/// The other filters that look at the ticket.
const ITS_OWN: [Reason; 2] = [Reason::Distance, Reason::Declined];

/// The first, before the one given, that the candidate could have of tickets that lie together.
fn first_for<'a>(
    candidate: &Candidate,
    alike: &'a Turns,
    before: Option<(Turn, &Job)>,
) -> Option<(Turn, &'a Job)> {
    let excluded = |reasons: &[Reason], job: &Job| {
        let mut reasons = reasons.iter();
        reasons.any(|reason| reason.excludes(candidate, job))
    };
    let mut sooner = alike
        .iter()
        .map(|(turn, job)| (*turn, job.as_ref()))
        .take_while(|(turn, _)| before.is_none_or(|(before, _)| *turn < before))
        .peekable();
    let (_, any) = sooner.peek()?;
    if excluded(&IN_COMMON, any) {
        return None;
    }
    sooner.find(|(_, job)| !excluded(&ITS_OWN, job))
}

fn needs(job: &Job) -> Needs {
    Needs {
        skills: job.skills.clone(),
        team: job.team.clone(),
        areas: job.areas.clone(),
    }
}
