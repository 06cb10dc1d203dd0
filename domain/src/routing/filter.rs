//! Who can't have a ticket at all, and why not.

use super::candidate::Candidate;
use super::job::Job;

/// Why a candidate can't have a ticket. Filters are applied in this order, and a candidate counts
/// for the first that excludes it, so the counts and those who were ranked add up. What lasts comes
/// before what passes by itself: the last filter that excluded anybody is then what a ticket waits
/// for. (If that is the hours, a shift will bring somebody; if it is the skills, waiting won't
/// help.)
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// Lacks a skill, or doesn't know it well enough.
    Skills,
    /// Isn't in the team that is to work the ticket.
    Team,
    /// Serves other areas.
    Area,
    /// Doesn't go that far. Doesn't exclude where either place is unknown.
    Distance,
    /// Declined this ticket, or had it taken from them lately.
    Declined,
    /// Is off shift.
    Hours,
    /// Is busy or away.
    Availability,
    /// Has as many tickets as they may have, or more.
    Capacity,
}

impl Reason {
    /// Every reason, in the order of the filters.
    pub const ALL: [Self; 8] = [
        Self::Skills,
        Self::Team,
        Self::Area,
        Self::Distance,
        Self::Declined,
        Self::Hours,
        Self::Availability,
        Self::Capacity,
    ];

    /// The reason as it stands in records and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skills => "skills",
            Self::Team => "team",
            Self::Area => "area",
            Self::Distance => "distance",
            Self::Declined => "declined",
            Self::Hours => "hours",
            Self::Availability => "availability",
            Self::Capacity => "capacity",
        }
    }

    /// The reason of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// Whether whoever is excluded for it stays so: time alone won't cure it.
    pub const fn is_lasting(self) -> bool {
        match self {
            Self::Skills | Self::Team | Self::Area | Self::Distance | Self::Declined => true,
            Self::Hours | Self::Availability | Self::Capacity => false,
        }
    }

    /// Whether this filter, for itself, excludes the candidate.
    pub(super) fn excludes(self, candidate: &Candidate, job: &Job) -> bool {
        match self {
            Self::Skills => !job
                .skills
                .iter()
                .all(|(skill, least)| candidate.skills.get(skill) >= Some(least)),
            Self::Team => job.team.is_some() && candidate.team != job.team,
            Self::Area => {
                !job.areas.is_empty()
                    && !candidate.areas.is_empty()
                    && !job.areas.iter().any(|area| candidate.areas.contains(area))
            }
            Self::Distance => match (candidate.spot, job.spot, candidate.max_travel_m) {
                (Some(from), Some(to), Some(max_m)) => from.distance_m(to) > max_m,
                _ => false,
            },
            Self::Declined => job.declined.contains(&candidate.id),
            Self::Hours => !candidate.on_shift,
            Self::Availability => !candidate.available,
            Self::Capacity => !candidate.has_room(),
        }
    }
}

/// The reason for which the candidate can't have the ticket, if there is one: the first.
pub fn exclusion(candidate: &Candidate, job: &Job) -> Option<Reason> {
    Reason::ALL
        .into_iter()
        .find(|reason| reason.excludes(candidate, job))
}

/// How many candidates each reason excluded, each counted once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Exclusions([u32; Reason::ALL.len()]);

impl Exclusions {
    /// How many that reason excluded.
    pub const fn get(self, reason: Reason) -> u32 {
        self.0[reason as usize]
    }

    /// Counts so many more for that reason.
    pub fn add(&mut self, reason: Reason, candidates: u32) {
        self.0[reason as usize] += candidates;
    }

    /// How many were excluded.
    pub fn total(self) -> u32 {
        self.0.iter().sum()
    }

    /// The reasons that excluded anybody, in the order of the filters, with how many.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = (Reason, u32)> {
        Reason::ALL
            .into_iter()
            .map(move |reason| (reason, self.get(reason)))
            .filter(|(_, candidates)| *candidates > 0)
    }
}
