//! How well a candidate suits a ticket, part by part.

use jiff::Timestamp;

use super::candidate::{Candidate, Level};
use super::decision::Basis;
use super::job::Job;
use super::rules::Rules;
use crate::ids::PersonId;
use crate::text::Label;

/// The best grade a part can have; the worst is 0.
pub const GRADE_MAX: u32 = 1_000;

/// The points of each part: weight × grade. Their sum is the total.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Parts {
    /// All when there, half at [`Rules::half_distance_m`], a third at twice that, and so on: it
    /// still tells 200 from 300 km. None if either place is unknown.
    pub distance: u32,
    /// The share of the capacity that is free.
    pub load: u32,
    /// The mean level in the skills asked for, of 5. None if no skill is.
    pub skill: u32,
    /// All or none: whether they speak the customer's language (whichever country's).
    pub language: u32,
    /// All or none: whether they are whom the customer asked for.
    pub preferred: u32,
    /// None just after an assignment, half after [`Rules::half_idle_s`], two thirds after twice
    /// that, and so on; all for whoever was never given anything.
    pub fairness: u32,
}

/// A candidate whom nothing excludes, with its points, and the facts a reader would ask for next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scored {
    /// Who.
    pub consultant: PersonId,
    /// The sum of the parts.
    pub total: u32,
    /// What the total is made of.
    pub parts: Parts,
    /// How far they are from the ticket's place, in metres, if both are known.
    pub distance_m: Option<u32>,
    /// When they were last given a ticket; between equal totals the earlier goes first.
    pub last_assigned_at: Option<Timestamp>,
}

impl Parts {
    /// Their sum. (Six products of 16 and 10 bits fit in 32.)
    pub const fn total(&self) -> u32 {
        let Self {
            distance,
            load,
            skill,
            language,
            preferred,
            fairness,
        } = *self;
        distance + load + skill + language + preferred + fairness
    }
}

/// The candidate's points for this ticket, whoever else there is.
pub(super) fn score(candidate: &Candidate, job: &Job, basis: &Basis) -> Scored {
    let rules = &basis.rules;
    let distance_m = match (candidate.spot, job.spot) {
        (Some(from), Some(to)) => Some(from.distance_m(to)),
        _ => None,
    };
    let points = |weight: u16, grade: u32| u32::from(weight) * grade;
    let parts = Parts {
        distance: points(rules.distance, distance(distance_m, rules)),
        load: points(rules.load, load(candidate)),
        skill: points(rules.skill, skill(candidate, job)),
        language: points(rules.language, all_or_none(speaks(candidate, job))),
        preferred: points(
            rules.preferred,
            all_or_none(job.preferred == Some(candidate.id)),
        ),
        fairness: points(rules.fairness, fairness(candidate, basis)),
    };
    Scored {
        consultant: candidate.id,
        total: parts.total(),
        parts,
        distance_m,
        last_assigned_at: candidate.last_assigned_at,
    }
}

fn distance(distance_m: Option<u32>, rules: &Rules) -> u32 {
    distance_m.map_or(0, |metres| share_of(rules.half_distance_m, metres))
}

fn load(candidate: &Candidate) -> u32 {
    let free = candidate.capacity.saturating_sub(candidate.load);
    share_of(free, candidate.load)
}

fn skill(candidate: &Candidate, job: &Job) -> u32 {
    let levels = job
        .skills
        .keys()
        .filter_map(|skill| candidate.skills.get(skill));
    let sum: u32 = levels.map(|level| u32::from(level.get())).sum();
    let most = job.skills.len() as u32 * u32::from(Level::MAX.get());
    share_of(sum, most - sum)
}

fn fairness(candidate: &Candidate, basis: &Basis) -> u32 {
    candidate.last_assigned_at.map_or(GRADE_MAX, |last| {
        let idle_s = basis.at.as_second() - last.as_second();
        // Clocks may differ: an assignment that is still to come is one just now.
        let idle_s = u32::try_from(idle_s.max(0)).unwrap_or(u32::MAX);
        share_of(idle_s, basis.rules.half_idle_s)
    })
}

/// Whether they speak the language the ticket asks for. Only the tags' first part counts: whoever
/// speaks `de` is understood in `de-AT`.
fn speaks(candidate: &Candidate, job: &Job) -> bool {
    job.language.as_ref().is_some_and(|wanted| {
        let mut spoken = candidate.languages.iter();
        spoken.any(|tag| main_part(tag).eq_ignore_ascii_case(main_part(wanted)))
    })
}

fn main_part(tag: &Label) -> &str {
    let tag = tag.as_str();
    tag.split_once('-').map_or(tag, |(main, _)| main)
}

const fn all_or_none(all: bool) -> u32 {
    if all { GRADE_MAX } else { 0 }
}

/// The grade of a part of a whole, rounded down; nothing of nothing is 0.
fn share_of(part: u32, rest: u32) -> u32 {
    let (part, rest) = (u64::from(part), u64::from(rest));
    let grade = (part * u64::from(GRADE_MAX)).checked_div(part + rest);
    grade.unwrap_or_default() as u32
}
