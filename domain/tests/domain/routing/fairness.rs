//! Equals get equal shares, over any stretch of time.

use std::collections::BTreeMap;

use docket_domain::ids::PersonId;
use docket_domain::routing::{Basis, Candidate, Job, Outcome, Pool, Reason, Why, scan};
use proptest::prelude::*;

use super::worlds::{any_basis, equals, job, seconds, ticket_id};

/// What becomes of tickets once they are given away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Work {
    /// Nobody gets anything done.
    Stays,
    /// Each is done before the next comes.
    IsDoneAtOnce,
    /// Each is done when so many others have been given away since.
    TakesAsLongAs(usize),
}

/// Gives away a ticket after each pause, and says who got each.
fn give_away(
    candidates: impl Iterator<Item = Candidate>,
    pauses_s: &[i64],
    basis: &Basis,
    work: Work,
) -> Vec<PersonId> {
    let mut pool: Pool = candidates.collect();
    let mut basis = basis.clone();
    let mut got = Vec::new();
    for (n, pause_s) in pauses_s.iter().enumerate() {
        basis.at += seconds(*pause_s);
        let job = Job {
            ticket: ticket_id(n as u128),
            ..job()
        };
        let decision = pool.decide(&job, &basis);
        let Outcome::Assign { consultant } = decision.outcome else {
            assert_eq!(
                decision.outcome,
                Outcome::Waits {
                    why: Why::Excluded(Reason::Capacity)
                }
            );
            break;
        };
        got.push(consultant);
        pool.change(consultant, |one| {
            one.load += 1;
            one.last_assigned_at = Some(basis.at);
        });
        let done = match work {
            Work::Stays => None,
            Work::IsDoneAtOnce => Some(consultant),
            Work::TakesAsLongAs(others) => n.checked_sub(others).map(|then| got[then]),
        };
        if let Some(done) = done {
            pool.change(done, |one| one.load -= 1);
        }
    }
    got
}

/// At no time has anybody more than one more than another.
#[track_caller]
fn assert_fair(count: u128, got: &[PersonId]) {
    let mut shares: BTreeMap<_, u32> = equals(count).map(|one| (one.id, 0)).collect();
    for who in got {
        *shares.get_mut(who).unwrap() += 1;
        let (least, most) = (shares.values().min(), shares.values().max());
        assert!(
            most.unwrap() - least.unwrap() <= 1,
            "{shares:?} after {got:?}"
        );
    }
}

proptest! {
    #[test]
    fn equals_get_equal_shares(
        count in 1..9u128, pauses_s in prop::collection::vec(1..30_000i64, 0..80),
        basis in any_basis(),
    ) {
        let got = give_away(equals(count), &pauses_s, &basis, Work::IsDoneAtOnce);
        prop_assert_eq!(got.len(), pauses_s.len());
        assert_fair(count, &got);
    }

    #[test]
    fn equals_fill_up_equally_until_nobody_has_room(
        count in 1..9u128, pauses_s in prop::collection::vec(1..30_000i64, 40),
        basis in any_basis(),
    ) {
        let got = give_away(equals(count), &pauses_s, &basis, Work::Stays);
        prop_assert_eq!(got.len() as u128, 4 * count);
        assert_fair(count, &got);
    }

    #[test]
    fn equals_who_work_equally_fast_get_equal_shares(
        count in 2..9u128, pauses_s in prop::collection::vec(1..30_000i64, 0..80), others in 0..8usize,
        basis in any_basis(),
    ) {
        let work = Work::TakesAsLongAs(others);
        assert_fair(count, &give_away(equals(count), &pauses_s, &basis, work));
    }

    /// With load counting, also when many are given away in the same instant.
    #[test]
    fn a_burst_is_spread_as_well(count in 1..9u128) {
        let pauses_s = vec![0; 4 * count as usize];
        assert_fair(count, &give_away(equals(count), &pauses_s, &super::worlds::basis(), Work::Stays));
    }
}

#[test]
fn whoever_is_new_gets_no_more_than_their_share() {
    // By totals, the newcomer would have to catch up on a year.
    let mut everybody: Vec<_> = equals(5).collect();
    for one in &mut everybody[..4] {
        one.last_assigned_at = Some(crate::scenarios::NOON - seconds(600));
    }
    let basis = super::worlds::basis();
    let got = give_away(
        everybody.into_iter(),
        &[600; 10],
        &basis,
        Work::IsDoneAtOnce,
    );
    assert_fair(5, &got);
}

#[test]
fn lots_favour_nobody() {
    let everybody: Vec<_> = equals(4).collect();
    let mut won: BTreeMap<PersonId, u32> = BTreeMap::new();
    for n in 0..4_000 {
        let job = Job {
            ticket: ticket_id(n),
            ..job()
        };
        let decision = scan(&everybody, &job, &super::worlds::basis());
        *won.entry(decision.best[0].consultant).or_default() += 1;
    }
    // A thousand each, give or take four standard deviations.
    assert!(
        won.len() == 4 && won.values().all(|won| won.abs_diff(1_000) < 110),
        "{won:?}"
    );
}
