//! Why a ticket waits: the filters of the routing policy in their order, applied to whoever works
//! here now. Pure.
//!
//! The last filter that excluded anybody is what the ticket waits for, as routers see it too
//! (`domain/src/routing/filter.rs`, on which nothing here depends).

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::people::Consultant;
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

/// Why it waits, with these consultants as they are.
pub(super) fn why(needs: &Needs, consultants: &[Consultant]) -> WhyView {
    let mut counts = [0; REASONS.len()];
    for consultant in consultants {
        if let Some(reason) = exclusion(needs, consultant) {
            counts[reason] += 1;
        }
    }
    let excluded: u64 = counts.iter().sum();
    let able = consultants.len() as u64 - excluded;
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
        Some(last) => (REASONS[last].0, sentence(last, needs, consultants)),
    };
    WhyView {
        reason,
        text,
        considered: consultants.len(),
        excluded: REASONS
            .iter()
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .map(|((reason, _), count)| ExcludedView::new(reason, count))
            .collect(),
    }
}

/// The first filter that excludes the consultant, by its place in [`REASONS`].
fn exclusion(needs: &Needs, consultant: &Consultant) -> Option<usize> {
    let knows = |skill| consultant.skills.contains_key(skill);
    let elsewhere = |area| !consultant.areas.is_empty() && !consultant.areas.contains(area);
    let filters: [bool; REASONS.len()] = [
        !needs.skills.iter().all(knows),
        needs.team.is_some() && consultant.team != needs.team,
        needs.area.as_ref().is_some_and(elsewhere),
        too_far(needs, consultant),
        needs.passed.contains(&consultant.id),
        !consultant.on_shift,
        !consultant.available,
        !consultant.has_room,
    ];
    filters.iter().position(|excludes| *excludes)
}

/// Nobody is too far away from a place that isn't known.
fn too_far(needs: &Needs, consultant: &Consultant) -> bool {
    match (needs.point, consultant.point, consultant.travel_m_max) {
        (Some(to), Some(from), Some(most)) => distance_m(from, to) > most,
        _ => false,
    }
}

/// In metres, straight, on a sphere; within some metres of what routers compute in whole numbers.
fn distance_m(from: (f64, f64), to: (f64, f64)) -> f64 {
    let haversine = |angle: f64| (angle.to_radians() / 2.0).sin().powi(2);
    let across = from.0.to_radians().cos() * to.0.to_radians().cos() * haversine(from.1 - to.1);
    2.0 * 6_371_008.8 * (haversine(from.0 - to.0) + across).sqrt()
}

fn sentence(last: usize, needs: &Needs, consultants: &[Consultant]) -> String {
    let nobody_has: Vec<&str> = needs
        .skills
        .iter()
        .filter(|skill| !consultants.iter().any(|it| it.skills.contains_key(*skill)))
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
