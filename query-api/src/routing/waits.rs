//! Why a ticket waits: the filters of the routing policy in their order, applied to whoever works
//! here now. Pure.
//!
//! The last filter that excluded anybody is what the ticket waits for, as routers see it too
//! (`domain/src/routing/filter.rs`, on which nothing here depends).

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::people::{Consultant, People, Point, Word};
use super::{REASONS, meaning};

/// Why a ticket waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = WhyWaiting)]
pub(crate) struct WhyView {
    /// `nobody_there`; what excluded the last of the consultants: `skills`, `team`, `area`,
    /// `distance`, `declined`, `hours`, `availability` or `capacity`; `manager` if routers leave it
    /// to one; `router` if somebody could have it, so that a router should be about to assign it.
    pub(crate) reason: &'static str,
    /// In a sentence, for people.
    pub(crate) text: String,
    /// How many consultants there are.
    pub(crate) considered: usize,
    /// How many of them can't have it now, each counted for the first reason.
    pub(crate) excluded: Vec<ExcludedView>,
}

/// How many couldn't have a ticket for a reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = Excluded)]
pub(crate) struct ExcludedView {
    /// `skills`, `team`, `area`, `distance`, `declined`, `hours`, `availability` or `capacity`.
    pub(crate) reason: String,
    pub(crate) consultants: u64,
    /// What that reason says of them.
    pub(crate) meaning: &'static str,
}

impl ExcludedView {
    pub(crate) fn new(reason: &str, consultants: u64) -> Self {
        Self {
            reason: reason.to_owned(),
            consultants,
            meaning: meaning(reason),
        }
    }
}

/// What a waiting ticket asks for.
#[derive(Debug)]
pub(super) struct Needs {
    pub(super) team: Option<String>,
    pub(super) skills: Vec<String>,
    pub(super) area: Option<String>,
    pub(super) point: Option<(f64, f64)>,
    pub(super) passed: Vec<Uuid>,
    pub(super) attempts: i32,
    pub(super) attempts_max: Option<i64>,
}

/// Why it waits, with these people as they are.
pub(super) fn why(needs: &Needs, people: &People) -> WhyView {
    let asked = Asked::of(needs, people);
    let mut counts = [0; REASONS.len()];
    for consultant in &people.all {
        if let Some(reason) = asked.exclusion(consultant) {
            counts[reason] += 1;
        }
    }
    let excluded: u64 = counts.iter().sum();
    let able = people.all.len() as u64 - excluded;
    let last = counts.iter().rposition(|count| *count > 0);
    let given_up = needs
        .attempts_max
        .is_some_and(|most| i64::from(needs.attempts) >= most);
    let (reason, text) = match last {
        _ if given_up => (
            "manager",
            format!(
                "nobody accepted it in {} attempts: a manager must assign it",
                needs.attempts
            ),
        ),
        _ if able > 0 => (
            "router",
            format!("{able} could have it: a router should be about to assign it"),
        ),
        None => ("nobody_there", "there are no consultants".to_owned()),
        Some(last) => (REASONS[last].0, sentence(last, needs, people)),
    };
    WhyView {
        reason,
        text,
        considered: people.all.len(),
        excluded: REASONS
            .iter()
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .map(|((reason, _), count)| ExcludedView::new(reason, count))
            .collect(),
    }
}

/// What a ticket asks for, in the words that consultants are known by.
struct Asked<'a> {
    skills: Vec<Word>,
    team: Option<Word>,
    area: Option<Word>,
    point: Option<Point>,
    passed: &'a [Uuid],
}

impl<'a> Asked<'a> {
    fn of(needs: &'a Needs, people: &People) -> Self {
        let word = |text: &String| people.word(text);
        Self {
            skills: needs.skills.iter().map(word).collect(),
            team: needs.team.as_ref().map(word),
            area: needs.area.as_ref().map(word),
            point: needs.point.map(|(y, x)| Point::new(y, x)),
            passed: &needs.passed,
        }
    }

    /// The first filter that excludes the consultant, by its place in [`REASONS`].
    fn exclusion(&self, consultant: &Consultant) -> Option<usize> {
        let filters: [&dyn Fn() -> bool; REASONS.len()] = [
            &|| !self.skills.iter().all(|it| consultant.skills.contains(it)),
            &|| self.team.is_some() && consultant.team != self.team,
            &|| {
                let areas = &consultant.areas;
                let elsewhere = |area| !areas.is_empty() && !areas.contains(area);
                self.area.as_ref().is_some_and(elsewhere)
            },
            // Nobody is too far away from a place that isn't known.
            &|| match (self.point, consultant.reach) {
                (Some(to), Some(reach)) => !reach.covers(to),
                _ => false,
            },
            &|| self.passed.contains(&consultant.id),
            &|| !consultant.on_shift,
            &|| !consultant.available,
            &|| !consultant.has_room,
        ];
        filters.iter().position(|excludes| excludes())
    }
}

fn sentence(last: usize, needs: &Needs, people: &People) -> String {
    let somebody_has = |skill: &String| {
        let skill = people.word(skill);
        people.all.iter().any(|it| it.skills.contains(&skill))
    };
    let nobody_has: Vec<&str> = needs
        .skills
        .iter()
        .filter(|skill| !somebody_has(skill))
        .map(String::as_str)
        .collect();
    let text = match REASONS[last].0 {
        "skills" if !nobody_has.is_empty() => {
            return format!("nobody knows {}", nobody_has.join(", "));
        }
        "skills" => "nobody has all the skills",
        "team" => "nobody with the skills is in the team",
        "area" => "nobody suitable serves the area",
        "distance" => "the place is too far away for everybody suitable",
        "declined" => "everybody suitable has declined",
        "hours" => "everybody suitable is off shift",
        "availability" => "everybody suitable is busy or away",
        _ => "everybody suitable has as many tickets as they may",
    };
    text.to_owned()
}
