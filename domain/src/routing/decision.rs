//! What becomes of a waiting ticket, and the record of why.

use std::fmt;

use jiff::Timestamp;

use super::candidate::{Candidate, Level};
use super::filter::{Exclusions, Reason, exclusion};
use super::job::Job;
use super::rank::Ranking;
use super::rules::Rules;
use super::score::{Scored, score};
use crate::ids::{PersonId, TicketId};
use crate::text::Label;

/// What a decision rests on besides the candidates and the ticket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Basis {
    /// When it is taken.
    pub at: Timestamp,
    /// What counts how much.
    pub rules: Rules,
    /// How far the log had been read, by partition. Only passed on: with it replay finds the
    /// candidates again as they were.
    pub positions: Vec<u64>,
    /// What was counted already though the log didn't say it yet at these positions, at most
    /// [`RESERVED_MAX`], each consultant once, by their ids. Only passed on, too: whoever makes the
    /// decision again tells the candidates ([`Candidate::reserve`]).
    pub reserved: Vec<Reserved>,
}

/// The most consultants with tickets on their way that a decision records.
pub const RESERVED_MAX: usize = 256;

/// Tickets that were on their way to a consultant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reserved {
    /// To whom.
    pub consultant: PersonId,
    /// How many.
    pub tickets: u32,
    /// When the last of them was sent.
    pub last_at: Timestamp,
}

/// A decision with everything that explains it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// On which ticket.
    pub ticket: TicketId,
    /// What it rests on.
    pub basis: Basis,
    /// How many candidates there were.
    pub considered: u32,
    /// How many of them couldn't have it, by reason; all others were ranked.
    pub excluded: Exclusions,
    /// The first of the ranking, best first, at most [`BEST_MAX`](super::BEST_MAX).
    pub best: Vec<Scored>,
    /// What comes of it.
    pub outcome: Outcome,
}

/// What becomes of the ticket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The best candidate gets it.
    Assign {
        /// Who.
        consultant: PersonId,
    },
    /// Nobody can have it now.
    Waits {
        /// Why not.
        why: Why,
    },
}

/// Why a ticket waits; displayed as a sentence about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// There are no consultants.
    NobodyThere,
    /// Nobody has these of its skills, or nobody well enough.
    SkillsNobodyHas(Vec<Label>),
    /// What excluded the last of those who had passed the filters before. For skills: somebody has
    /// each of them, nobody has all.
    Excluded(Reason),
}

/// Decides by looking at each candidate. They come in any order, each once.
pub fn scan(candidates: &[Candidate], job: &Job, basis: &Basis) -> Decision {
    let mut excluded = Exclusions::default();
    let mut ranking = Ranking::new(job.ticket);
    for candidate in candidates {
        match exclusion(candidate, job) {
            Some(reason) => excluded.add(reason, 1),
            None => ranking.offer(score(candidate, job, basis)),
        }
    }
    let somebody_has = |skill: &Label, least: Level| {
        let mut levels = candidates
            .iter()
            .map(|candidate| candidate.skills.get(skill));
        levels.any(|level| level >= Some(&least))
    };
    let considered = candidates.len() as u32;
    conclude(job, basis, considered, excluded, ranking, somebody_has)
}

/// The decision that follows from the filters' counts and the ranking of whoever passed them.
pub(super) fn conclude(
    job: &Job,
    basis: &Basis,
    considered: u32,
    excluded: Exclusions,
    ranking: Ranking,
    somebody_has: impl Fn(&Label, Level) -> bool,
) -> Decision {
    let best = ranking.into_best();
    let outcome = match best.first() {
        Some(first) => Outcome::Assign {
            consultant: first.consultant,
        },
        None => Outcome::Waits {
            why: why(job, excluded, somebody_has),
        },
    };
    Decision {
        ticket: job.ticket,
        basis: basis.clone(),
        considered,
        excluded,
        best,
        outcome,
    }
}

fn why(job: &Job, excluded: Exclusions, somebody_has: impl Fn(&Label, Level) -> bool) -> Why {
    match excluded.iter().next_back() {
        None => Why::NobodyThere,
        Some((Reason::Skills, _)) => {
            let nobody_has: Vec<_> = job
                .skills
                .iter()
                .filter(|(skill, least)| !somebody_has(skill, **least))
                .map(|(skill, _)| skill.clone())
                .collect();
            if nobody_has.is_empty() {
                Why::Excluded(Reason::Skills)
            } else {
                Why::SkillsNobodyHas(nobody_has)
            }
        }
        Some((last, _)) => Why::Excluded(last),
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NobodyThere => "there are no consultants",
            Self::SkillsNobodyHas(skills) => {
                let skills: Vec<_> = skills.iter().map(Label::as_str).collect();
                return write!(f, "nobody knows {} well enough", skills.join(", "));
            }
            Self::Excluded(Reason::Skills) => "nobody has all the skills",
            Self::Excluded(Reason::Team) => "nobody with the skills is in the team",
            Self::Excluded(Reason::Area) => "nobody suitable serves the area",
            Self::Excluded(Reason::Distance) => "the place is too far away for everybody suitable",
            Self::Excluded(Reason::Declined) => "everybody suitable has declined",
            Self::Excluded(Reason::Hours) => "everybody suitable is off shift",
            Self::Excluded(Reason::Availability) => "everybody suitable is busy or away",
            Self::Excluded(Reason::Capacity) => {
                "everybody suitable has as many tickets as they may"
            }
        })
    }
}
