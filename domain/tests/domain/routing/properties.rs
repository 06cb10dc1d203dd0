//! What holds of every decision, in any world.

use docket_domain::ids::PersonId;
use docket_domain::routing::{Candidate, Decision, Job, Level, Outcome, Reason, Rules, Why, scan};
use proptest::prelude::*;

use super::worlds::{any_basis, any_job, candidate, candidate_id, candidates};

const NEWCOMER: u128 = 999;

fn chosen(decision: &Decision) -> Option<PersonId> {
    match decision.outcome {
        Outcome::Assign { consultant } => Some(consultant),
        Outcome::Waits { .. } => None,
    }
}

/// Whether the candidate may have the ticket, said once more in other words.
fn suits(one: &Candidate, job: &Job) -> bool {
    let mut suits = one.on_shift && one.available && one.load < one.capacity;
    for (skill, least) in &job.skills {
        suits &= one
            .skills
            .iter()
            .any(|(known, level)| known == skill && level >= least);
    }
    if let Some(team) = &job.team {
        suits &= one.team.as_ref() == Some(team);
    }
    if !job.areas.is_empty() && !one.areas.is_empty() {
        suits &= one.areas.iter().any(|area| job.areas.contains(area));
    }
    if let (Some(from), Some(to), Some(max_m)) = (one.spot, job.spot, one.max_travel_m) {
        suits &= from.distance_m(to) <= max_m;
    }
    suits && !job.declined.contains(&one.id)
}

/// Somebody who is better than that one in everything that counts.
fn better(one: &Candidate, job: &Job) -> Candidate {
    Candidate {
        id: candidate_id(NEWCOMER),
        team: job.team.clone().or_else(|| one.team.clone()),
        skills: job
            .skills
            .keys()
            .map(|skill| (skill.clone(), Level::MAX))
            .collect(),
        areas: job.areas.iter().cloned().collect(),
        languages: job.language.iter().cloned().collect(),
        spot: job.spot,
        load: 0,
        on_shift: true,
        available: true,
        capacity: one.capacity.max(1),
        last_assigned_at: None,
        ..one.clone()
    }
}

proptest! {
    #[test]
    fn exactly_those_who_suit_are_ranked(
        everybody in candidates(), job in any_job(), basis in any_basis()
    ) {
        let decision = scan(&everybody, &job, &basis);
        let suitable: Vec<_> = everybody.iter().filter(|one| suits(one, &job)).collect();
        prop_assert_eq!(decision.considered as usize, everybody.len());
        prop_assert_eq!(decision.excluded.total() as usize, everybody.len() - suitable.len());
        prop_assert_eq!(decision.best.len(), suitable.len().min(20));
        for best in &decision.best {
            prop_assert!(suitable.iter().any(|one| one.id == best.consultant));
        }
        prop_assert_eq!(chosen(&decision), decision.best.first().map(|best| best.consultant));
    }

    #[test]
    fn nobody_is_given_more_than_they_may_have(
        everybody in candidates(), jobs in prop::collection::vec(any_job(), 0..30),
        basis in any_basis()
    ) {
        let mut everybody = everybody;
        for job in jobs {
            if let Some(id) = chosen(&scan(&everybody, &job, &basis)) {
                let one = everybody.iter_mut().find(|one| one.id == id).unwrap();
                prop_assert!(!job.declined.contains(&id));
                one.load += 1;
                prop_assert!(one.load <= one.capacity);
            }
        }
    }

    #[test]
    fn the_order_of_the_candidates_changes_nothing(
        (one, other) in candidates().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        job in any_job(), basis in any_basis()
    ) {
        prop_assert_eq!(scan(&one, &job, &basis), scan(&other, &job, &basis));
    }

    #[test]
    fn one_more_candidate_makes_nothing_worse_and_turns_nobody_around(
        everybody in candidates(), newcomer in candidate(), job in any_job(), basis in any_basis()
    ) {
        let before = scan(&everybody, &job, &basis);
        let newcomer = Candidate { id: candidate_id(NEWCOMER), ..newcomer };
        let mut everybody = everybody;
        everybody.push(newcomer.clone());
        let after = scan(&everybody, &job, &basis);
        let total = |decision: &Decision| decision.best.first().map(|best| best.total);
        prop_assert!(total(&after) >= total(&before));
        let old = after.best.iter().filter(|best| best.consultant != newcomer.id);
        prop_assert!(old.zip(&before.best).all(|(after, before)| after == before));
    }

    #[test]
    fn whoever_is_better_in_everything_gets_the_ticket(
        everybody in candidates(), job in any_job(), basis in any_basis()
    ) {
        // Whom the customer asked for is another's advantage that a newcomer can't have.
        let job = Job { preferred: None, ..job };
        let before = scan(&everybody, &job, &basis);
        let Some(id) = chosen(&before) else { return Ok(()) };
        let winner = everybody.iter().find(|one| one.id == id).unwrap();
        let newcomer = better(winner, &job);
        let mut everybody = everybody.clone();
        everybody.push(newcomer);
        let after = scan(&everybody, &job, &basis);
        let now = after.best[0];
        prop_assert!(now.total >= before.best[0].total);
        if chosen(&after) == Some(id) {
            // Only if nothing that counts under these rules tells them apart.
            prop_assert_eq!(now.total, after.best[1].total);
            prop_assert_eq!(now.last_assigned_at, None);
        } else {
            prop_assert_eq!(chosen(&after), Some(candidate_id(NEWCOMER)));
        }
    }

    #[test]
    fn the_parts_add_up_and_the_ranking_follows_the_totals(
        everybody in candidates(), job in any_job(), basis in any_basis()
    ) {
        let decision = scan(&everybody, &job, &basis);
        for best in &decision.best {
            let parts = best.parts;
            let sum = u64::from(parts.distance) + u64::from(parts.load) + u64::from(parts.skill)
                + u64::from(parts.language) + u64::from(parts.preferred) + u64::from(parts.fairness);
            prop_assert_eq!(u64::from(best.total), sum);
            let Rules { distance, load, skill, language, preferred, fairness, .. } = basis.rules;
            for (points, weight) in [
                (parts.distance, distance), (parts.load, load), (parts.skill, skill),
                (parts.language, language), (parts.preferred, preferred), (parts.fairness, fairness),
            ] {
                prop_assert!(points <= u32::from(weight) * 1_000);
            }
        }
        prop_assert!(decision.best.is_sorted_by_key(|best| std::cmp::Reverse(best.total)));
    }

    #[test]
    fn what_a_ticket_waits_for_is_in_the_way(
        everybody in candidates(), job in any_job(), basis in any_basis()
    ) {
        let decision = scan(&everybody, &job, &basis);
        let Outcome::Waits { why } = &decision.outcome else { return Ok(()) };
        match why {
            Why::NobodyThere => prop_assert!(everybody.is_empty()),
            Why::SkillsNobodyHas(skills) => for skill in skills {
                prop_assert!(everybody.iter().all(|one| one.skills.get(skill) < job.skills.get(skill)));
            },
            Why::Excluded(last) => {
                prop_assert!(decision.excluded.get(*last) > 0);
                for later in Reason::ALL.into_iter().filter(|reason| reason > last) {
                    prop_assert_eq!(decision.excluded.get(later), 0);
                }
            }
        }
    }
}
