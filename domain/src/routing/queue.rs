//! The waiting tickets in the order of their turns, and the first of them for somebody who became
//! free.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::Arc;

use super::candidate::{Candidate, Level};
use super::cell::Cell;
use super::filter::{Reason, exclusion};
use super::job::{Job, Turn};
use super::rules::Rules;
use crate::ids::TicketId;
use crate::text::Label;

/// The waiting tickets. Those in one cube of space that ask for the same skills, team and areas lie
/// together, so most of a long queue is passed over without looking at a single ticket.
#[derive(Clone, Debug)]
pub struct Queue {
    rules: Rules,
    turn_of: BTreeMap<TicketId, Turn>,
    jobs: Turns,
    alike: BTreeMap<Option<Cell>, BTreeMap<Needs, Turns>>,
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
        let cell = self.alike.entry(job.spot.map(Cell::of)).or_default();
        let alike = cell.entry(needs(&job)).or_default();
        alike.insert(turn, Arc::clone(&job));
        self.jobs.insert(turn, job);
    }

    /// Takes the ticket out: it is assigned, or over.
    pub fn remove(&mut self, ticket: TicketId) -> Option<Arc<Job>> {
        let turn = self.turn_of.remove(&ticket)?;
        let job = self.jobs.remove(&turn)?;
        let (cell, needs) = (job.spot.map(Cell::of), needs(&job));
        if let Some(groups) = self.alike.get_mut(&cell) {
            if let Some(alike) = groups.get_mut(&needs) {
                alike.remove(&turn);
                if alike.is_empty() {
                    groups.remove(&needs);
                }
            }
            if groups.is_empty() {
                self.alike.remove(&cell);
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
        match self.search(candidate, &mut Search::default(), &mut u32::MAX.clone()) {
            Searched::First(job) => Some(job),
            Searched::Nothing | Searched::Unfinished => None,
        }
    }

    /// Searches that first ticket, with so many looks at tickets, or at many that lie together, at
    /// most; goes on from where the search was broken off. What was put meanwhile may be missed, and
    /// is to be decided on for itself. If the candidate has gained something since, it takes another
    /// search.
    pub fn search(
        &self,
        candidate: &Candidate,
        search: &mut Search,
        looks: &mut u32,
    ) -> Searched<'_> {
        if !candidate.is_free() {
            return Searched::Nothing;
        }
        if !search.is_over {
            if self.go_on(candidate, search, looks).is_none() {
                return Searched::Unfinished;
            }
            search.is_over = true;
        }
        let Some(first) = search.first else {
            return Searched::Nothing;
        };
        let found = self.jobs.get(&first).map(Arc::as_ref);
        if let Some(job) = found.filter(|job| exclusion(candidate, job).is_none()) {
            return Searched::First(job);
        }
        // It is gone meanwhile, and what lies behind it wasn't looked at.
        *search = Search::default();
        Searched::Unfinished
    }

    /// `None` if there are no looks left.
    fn go_on(&self, candidate: &Candidate, search: &mut Search, looks: &mut u32) -> Option<()> {
        let mut resumed = search.at.take();
        let from = resumed.as_ref().map_or(Unbounded, |at| Included(at.cell));
        for (cell, groups) in self.alike.range((from, Unbounded)) {
            let at = resumed.take().filter(|at| at.cell == *cell);
            let (needs, mut after) = at.map_or((None, None), |at| (at.needs, at.after));
            if is_beyond(candidate, *cell) {
                spend(looks, search, || Place::start(*cell, None))?;
                continue;
            }
            let from = needs.as_ref().map_or(Unbounded, Included);
            for (group, alike) in groups.range::<Needs, _>((from, Unbounded)) {
                let after = after.take().filter(|_| needs.as_ref() == Some(group));
                if after.is_none() {
                    spend(looks, search, || Place::start(*cell, Some(group.clone())))?;
                }
                search_group(candidate, alike, after, search, looks, |after| Place {
                    after,
                    ..Place::start(*cell, Some(group.clone()))
                })?;
            }
        }
        Some(())
    }
}

/// A search for the first ticket that somebody could have, which can be broken off.
#[derive(Clone, Debug, Default)]
pub struct Search {
    at: Option<Place>,
    /// The first so far.
    first: Option<Turn>,
    is_over: bool,
}

/// How far a search came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Searched<'a> {
    /// It must go on.
    Unfinished,
    /// There is none that they could have.
    Nothing,
    /// The first.
    First(&'a Job),
}

/// Where to go on.
#[derive(Clone, Debug)]
struct Place {
    cell: Option<Cell>,
    /// Those before it have been looked at.
    needs: Option<Needs>,
    /// So have those up to it, of those that ask for that.
    after: Option<Turn>,
}

impl Place {
    const fn start(cell: Option<Cell>, needs: Option<Needs>) -> Self {
        Self {
            cell,
            needs,
            after: None,
        }
    }
}

/// One look less; with none left, notes where to go on.
fn spend(looks: &mut u32, search: &mut Search, at: impl FnOnce() -> Place) -> Option<()> {
    if *looks == 0 {
        search.at = Some(at());
        return None;
    }
    *looks -= 1;
    Some(())
}

/// The filters that exclude a candidate from all tickets that lie together, or from none.
const IN_COMMON: [Reason; 3] = [Reason::Skills, Reason::Team, Reason::Area];
/// The other filters that look at the ticket.
const ITS_OWN: [Reason; 2] = [Reason::Distance, Reason::Declined];

/// Looks for one that goes before the first so far, among tickets that lie together.
fn search_group(
    candidate: &Candidate,
    alike: &Turns,
    after: Option<Turn>,
    search: &mut Search,
    looks: &mut u32,
    at: impl Fn(Option<Turn>) -> Place,
) -> Option<()> {
    let excluded = |reasons: &[Reason], job: &Job| {
        let mut reasons = reasons.iter();
        reasons.any(|reason| reason.excludes(candidate, job))
    };
    let mut last = after;
    for (turn, job) in alike.range((after.map_or(Unbounded, Excluded), Unbounded)) {
        if search.first.is_some_and(|first| first < *turn) {
            break;
        }
        if last == after && excluded(&IN_COMMON, job) {
            break;
        }
        if !excluded(&ITS_OWN, job) {
            search.first = Some(*turn);
            break;
        }
        last = Some(*turn);
        spend(looks, search, || at(last))?;
    }
    Some(())
}

/// Whether they go nowhere in that cell.
fn is_beyond(candidate: &Candidate, cell: Option<Cell>) -> bool {
    match (candidate.spot, cell, candidate.max_travel_m) {
        (Some(from), Some(cell), Some(max_m)) => cell.distance_m(from) > max_m,
        _ => false,
    }
}

fn needs(job: &Job) -> Needs {
    Needs {
        skills: job.skills.clone(),
        team: job.team.clone(),
        areas: job.areas.clone(),
    }
}
