//! The pool, after any changes, decides as a look at every candidate does.

use docket_domain::ids::PersonId;
use docket_domain::routing::{Candidate, Outcome, Pool, scan};
use proptest::prelude::*;

use super::worlds::{
    anna, any_basis, any_job, basis, candidate, candidate_id, candidates, here, job, km_away,
};

#[derive(Clone, Debug)]
enum Change {
    Put(Candidate),
    Remove(PersonId),
    Replace(PersonId, Candidate),
    Load(PersonId, u32),
}

fn change() -> impl Strategy<Value = Change> {
    let id = || (0..40u128).prop_map(candidate_id);
    prop_oneof![
        3 => candidate().prop_map(Change::Put),
        2 => id().prop_map(Change::Remove),
        3 => (id(), candidate()).prop_map(|(id, to)| Change::Replace(id, to)),
        2 => (id(), 0..5u32).prop_map(|(id, load)| Change::Load(id, load)),
    ]
}

/// Makes the change in the pool and in the plain list.
fn apply(change: Change, pool: &mut Pool, list: &mut Vec<Candidate>) {
    match change {
        Change::Put(one) => {
            list.retain(|other| other.id != one.id);
            list.push(one.clone());
            pool.put(one);
        }
        Change::Remove(id) => {
            let there = list.iter().position(|one| one.id == id);
            assert_eq!(pool.remove(id), there.map(|at| list.swap_remove(at)));
        }
        Change::Replace(id, to) => {
            // The id of `to` is another's: a change leaves it out.
            let found = pool.change(id, |one| *one = to.clone());
            let listed = list.iter_mut().find(|one| one.id == id);
            assert_eq!(found, listed.is_some());
            if let Some(one) = listed {
                *one = Candidate { id, ..to };
            }
        }
        Change::Load(id, load) => {
            pool.change(id, |one| one.load = load);
            if let Some(one) = list.iter_mut().find(|one| one.id == id) {
                one.load = load;
            }
        }
    }
}

#[test]
fn the_limit_itself_is_within_reach() {
    let from = km_away(30.0);
    let distance_m = from.distance_m(here());
    for (max_m, suitable) in [(distance_m, 1), (distance_m - 1, 0)] {
        let anna = Candidate {
            spot: Some(from),
            max_travel_m: Some(max_m),
            ..anna()
        };
        let plain = scan(std::slice::from_ref(&anna), &job(), &basis());
        assert_eq!(plain.best.len(), suitable);
        let pool: Pool = [anna].into_iter().collect();
        assert_eq!(pool.decide(&job(), &basis()), plain);
    }
}

proptest! {
    #[test]
    fn the_pool_decides_as_the_scan_does(
        everybody in candidates(),
        steps in prop::collection::vec((change(), any_job()), 1..20),
        basis in any_basis(),
    ) {
        let mut pool: Pool = everybody.iter().cloned().collect();
        let mut list = everybody;
        for (change, job) in steps {
            apply(change, &mut pool, &mut list);
            prop_assert_eq!(pool.decide(&job, &basis), scan(&list, &job, &basis));
            prop_assert_eq!(pool.len(), list.len());
        }
        prop_assert_eq!(pool.iter().count(), list.len());
        prop_assert!(list.iter().all(|one| pool.get(one.id) == Some(one)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// More than a word of slots, and everybody given something now and then.
    #[test]
    fn and_in_a_crowd(
        (crowd, jobs, basis) in (
            prop::collection::vec(candidate(), 200), prop::collection::vec(any_job(), 20), any_basis()
        )
    ) {
        let mut list: Vec<_> = (0..)
            .zip(crowd)
            .map(|(n, one)| Candidate { id: candidate_id(n), ..one })
            .collect();
        let mut pool: Pool = list.iter().cloned().collect();
        for job in jobs {
            let decision = pool.decide(&job, &basis);
            prop_assert_eq!(&decision, &scan(&list, &job, &basis));
            if let Outcome::Assign { consultant } = decision.outcome {
                pool.change(consultant, |one| one.load += 1);
                list.iter_mut().find(|one| one.id == consultant).unwrap().load += 1;
            }
        }
    }
}
