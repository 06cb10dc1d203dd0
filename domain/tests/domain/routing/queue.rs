//! Whose turn it is.

use docket_domain::command::Priority;
use docket_domain::routing::{Candidate, Job, Queue, Rules, Search, Searched, exclusion};
use proptest::prelude::*;

use super::worlds::{anna, any_job, candidate, job, km_away, seconds, ticket_id};
use crate::scenarios::{ANNA, NOON, hours, text};

const HOUR_S: i64 = 3_600;

/// The ticket of that number, opened so long ago.
fn waiting(n: u128, priority: Priority, hours_ago: i64) -> Job {
    Job {
        ticket: ticket_id(n),
        priority,
        opened_at: NOON - hours(hours_ago),
        ..job()
    }
}

fn queue(jobs: impl IntoIterator<Item = Job>) -> Queue {
    let mut queue = Queue::new(Rules::default());
    for job in jobs {
        queue.put(job);
    }
    queue
}

fn order(jobs: impl IntoIterator<Item = Job>) -> Vec<u128> {
    let first = ticket_id(0).0.as_u128();
    queue(jobs)
        .iter()
        .map(|job| job.ticket.0.as_u128() - first)
        .collect()
}

#[test]
fn the_higher_priority_goes_first_then_the_older() {
    let jobs = [
        waiting(1, Priority::Low, 3),
        waiting(2, Priority::High, 1),
        waiting(3, Priority::High, 2),
        waiting(4, Priority::Critical, 0),
        waiting(5, Priority::Moderate, 4),
    ];
    assert_eq!(order(jobs), [4, 3, 2, 5, 1]);
}

#[test]
fn a_ticket_that_waited_a_day_longer_counts_as_a_step_higher() {
    let older = |hours_older: i64| {
        order([
            waiting(1, Priority::High, 1),
            waiting(2, Priority::Moderate, 1 + hours_older),
        ])
    };
    assert_eq!(older(23), [1, 2]);
    assert_eq!(older(25), [2, 1]);
    let low = [
        waiting(1, Priority::High, 1),
        waiting(2, Priority::Low, 1 + 49),
    ];
    assert_eq!(order(low), [2, 1]);
}

#[test]
fn nothing_goes_before_what_is_critical_but_an_older_critical_one() {
    let jobs = [
        waiting(1, Priority::Low, 24 * 365),
        waiting(2, Priority::Critical, 0),
        waiting(3, Priority::Critical, 1),
    ];
    assert_eq!(order(jobs), [3, 2, 1]);
}

#[test]
fn without_ageing_priority_is_all() {
    let rules = Rules {
        priority_step_s: u32::MAX,
        ..Rules::default()
    };
    let (low, high) = (
        waiting(1, Priority::Low, 24 * 365),
        waiting(2, Priority::High, 0),
    );
    assert!(high.turn(&rules) < low.turn(&rules));
}

#[test]
fn whoever_becomes_free_gets_the_first_they_could_have() {
    let mut waiting = [
        waiting(1, Priority::High, 3),
        waiting(2, Priority::High, 2),
        waiting(3, Priority::High, 1),
        waiting(4, Priority::Moderate, 1),
        waiting(5, Priority::Low, 1),
    ];
    waiting[0].team = Some(text("south"));
    waiting[1].spot = Some(km_away(80.0));
    waiting[2].declined = vec![ANNA];
    let mut queue = queue(waiting);
    let next = |queue: &Queue, anna: &Candidate| queue.next_for(anna).map(|job| job.ticket);
    assert_eq!(next(&queue, &anna()), Some(ticket_id(4)));
    queue.remove(ticket_id(4));
    assert_eq!(next(&queue, &anna()), Some(ticket_id(5)));
    let away = Candidate {
        available: false,
        ..anna()
    };
    assert_eq!(next(&queue, &away), None);
    queue.remove(ticket_id(5));
    assert_eq!(next(&queue, &anna()), None);
}

#[test]
fn a_ticket_that_changes_is_put_again() {
    let mut queue = queue([waiting(1, Priority::Low, 1), waiting(2, Priority::Low, 2)]);
    queue.put(waiting(1, Priority::High, 1));
    assert_eq!(queue.len(), 2);
    assert_eq!(
        queue.iter().next().map(|job| job.ticket),
        Some(ticket_id(1))
    );
    assert_eq!(
        queue.remove(ticket_id(1)).as_deref(),
        Some(&waiting(1, Priority::High, 1))
    );
    assert_eq!(queue.get(ticket_id(1)), None);
    assert_eq!(queue.remove(ticket_id(1)), None);
    queue.remove(ticket_id(2));
    assert!(queue.is_empty());
}

proptest! {
    #[test]
    fn the_next_for_somebody_is_the_first_that_nothing_keeps_from_them(
        jobs in prop::collection::vec(any_job(), 0..30),
        gone in prop::collection::vec(any::<prop::sample::Index>(), 0..15),
        asking in prop::collection::vec(candidate(), 1..8),
    ) {
        let mut queue = queue(jobs.clone());
        for gone in gone {
            if !jobs.is_empty() {
                queue.remove(jobs[gone.index(jobs.len())].ticket);
            }
        }
        for candidate in asking {
            let expected = queue.iter().find(|job| exclusion(&candidate, job).is_none());
            prop_assert_eq!(queue.next_for(&candidate), expected);
        }
    }

    #[test]
    fn a_search_that_is_broken_off_finds_the_same(
        jobs in prop::collection::vec(any_job(), 0..60),
        gone in prop::collection::vec(any::<prop::sample::Index>(), 0..15),
        asking in prop::collection::vec(candidate(), 1..8),
        looks in 1..5_u32,
    ) {
        let mut queue = queue(jobs.clone());
        for candidate in asking {
            let mut search = Search::default();
            let mut rounds = 0;
            let mut gone = gone.iter();
            let found = loop {
                rounds += 1;
                prop_assert!(rounds < 1_000, "comes to no end");
                match queue.search(&candidate, &mut search, &mut looks.clone()) {
                    Searched::Unfinished => {}
                    Searched::Nothing => break None,
                    Searched::First(job) => break Some(job.ticket),
                }
                // Others get theirs meanwhile.
                if let (Some(gone), false) = (gone.next(), jobs.is_empty()) {
                    queue.remove(jobs[gone.index(jobs.len())].ticket);
                }
            };
            let expected = queue.iter().find(|job| exclusion(&candidate, job).is_none());
            prop_assert_eq!(found, expected.map(|job| job.ticket));
        }
    }

    #[test]
    fn turns_are_the_documented_order(jobs in prop::collection::vec(any_job(), 0..20)) {
        let rules = Rules::default();
        let queue = queue(jobs);
        let order: Vec<_> = queue.iter().collect();
        for pair in order.windows(2) {
            let [one, other] = [pair[0], pair[1]];
            let critical = |job: &Job| job.priority == Priority::Critical;
            if critical(one) || critical(other) {
                prop_assert!(critical(one) && (!critical(other) || one.opened_at <= other.opened_at));
                continue;
            }
            let headway = (one.priority as i64 - other.priority as i64) * 24 * HOUR_S;
            let counts_as = one.opened_at - seconds(headway);
            prop_assert!(counts_as <= other.opened_at);
            prop_assert_eq!(one.turn(&rules).cmp(&other.turn(&rules)), std::cmp::Ordering::Less);
        }
    }
}
