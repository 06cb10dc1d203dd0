//! Which slots pass which filter.

use std::collections::BTreeMap;

use super::bits::Bits;
use super::cells::Cells;
use crate::ids::PersonId;
use crate::routing::candidate::{Candidate, Level};
use crate::routing::filter::Reason;
use crate::routing::job::Job;
use crate::text::Label;

/// For each thing a filter asks about, who has it.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    slot_of: BTreeMap<PersonId, usize>,
    everybody: Bits,
    /// By skill, for each level those who have it at least.
    skills: BTreeMap<Label, [Bits; Level::MAX.get() as usize]>,
    teams: BTreeMap<Label, Bits>,
    areas: BTreeMap<Label, Bits>,
    serve_everywhere: Bits,
    /// Those whom no distance excludes, by limit or for want of a place.
    go_anywhere: Bits,
    /// All others.
    cells: Cells,
    on_shift: Bits,
    available: Bits,
    have_room: Bits,
}

impl Index {
    /// Marks everything about the candidate as there, or as not there any more: then it must be the
    /// very same candidate as before.
    pub(super) fn mark(&mut self, slot: usize, candidate: &Candidate, present: bool) {
        if present {
            self.slot_of.insert(candidate.id, slot);
        } else {
            self.slot_of.remove(&candidate.id);
        }
        self.everybody.set(slot, present);
        for (skill, level) in &candidate.skills {
            let levels = self.skills.entry(skill.clone()).or_default();
            for bits in &mut levels[..usize::from(level.get())] {
                bits.set(slot, present);
            }
        }
        if let Some(team) = &candidate.team {
            self.teams
                .entry(team.clone())
                .or_default()
                .set(slot, present);
        }
        for area in &candidate.areas {
            self.areas
                .entry(area.clone())
                .or_default()
                .set(slot, present);
        }
        if candidate.areas.is_empty() {
            self.serve_everywhere.set(slot, present);
        }
        match (candidate.spot, candidate.max_travel_m) {
            (Some(from), Some(max_m)) if present => self.cells.insert(slot, from, max_m),
            (Some(from), Some(_)) => self.cells.remove(slot, from),
            _ => self.go_anywhere.set(slot, present),
        }
        self.on_shift.set(slot, present && candidate.on_shift);
        self.available.set(slot, present && candidate.available);
        self.have_room.set(slot, present && candidate.has_room());
    }

    pub(super) fn slot_of(&self, id: PersonId) -> Option<usize> {
        self.slot_of.get(&id).copied()
    }

    pub(super) const fn everybody(&self) -> &Bits {
        &self.everybody
    }

    pub(super) fn anybody_has(&self, skill: &Label, least: Level) -> bool {
        self.with_skill(skill, least)
            .is_some_and(|bits| !bits.is_empty())
    }

    fn with_skill(&self, skill: &Label, least: Level) -> Option<&Bits> {
        let levels = self.skills.get(skill)?;
        Some(&levels[usize::from(least.get()) - 1])
    }

    /// Keeps those whom the filter doesn't exclude.
    pub(super) fn keep(&self, left: &mut Bits, reason: Reason, job: &Job) {
        match reason {
            Reason::Skills => {
                for (skill, least) in &job.skills {
                    keep_found(left, self.with_skill(skill, *least));
                }
            }
            Reason::Team => {
                if let Some(team) = &job.team {
                    keep_found(left, self.teams.get(team));
                }
            }
            Reason::Area => self.keep_serving(left, job),
            Reason::Distance => self.keep_within_reach(left, job),
            Reason::Declined => {
                for slot in job.declined.iter().filter_map(|id| self.slot_of(*id)) {
                    left.set(slot, false);
                }
            }
            Reason::Hours => left.keep(&self.on_shift),
            Reason::Availability => left.keep(&self.available),
            Reason::Capacity => left.keep(&self.have_room),
        }
    }

    fn keep_serving(&self, left: &mut Bits, job: &Job) {
        if job.areas.is_empty() {
            return;
        }
        let mut serving = self.serve_everywhere.clone();
        for bits in job.areas.iter().filter_map(|area| self.areas.get(area)) {
            serving.join(bits);
        }
        left.keep(&serving);
    }

    fn keep_within_reach(&self, left: &mut Bits, job: &Job) {
        let Some(spot) = job.spot else {
            return;
        };
        let mut within = self.go_anywhere.clone();
        self.cells.reaching(spot, left, &mut within);
        left.keep(&within);
    }
}

fn keep_found(left: &mut Bits, found: Option<&Bits>) {
    match found {
        Some(bits) => left.keep(bits),
        None => left.clear(),
    }
}
