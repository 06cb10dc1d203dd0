//! However routers read past each other, each decision is come to exactly where it was made.

use std::collections::BTreeSet;

use docket_domain::Timestamp;
use docket_domain::ids::{PersonId, RouterId, TicketId};
use docket_domain::routing::{Basis, Exclusions, POLICY, Recorded, Rules};
use docket_event_log::{Partition, Sequence};
use docket_process_managers::fact::Told;
use proptest::prelude::*;
use uuid::Uuid;

use super::{Found, Pass, Reached, Waiting};
use crate::route::rest::Rest;

const PARTITIONS: u16 = 3;

/// A record of that partition; if it comes of a decision, by which router, and how many records of
/// each partition that had not read.
#[derive(Clone, Debug)]
struct Step {
    partition: u16,
    decided: Option<(usize, [u64; 3])>,
}

fn step() -> impl Strategy<Value = Step> {
    let decided = prop::option::of((0..2_usize, [0..9_u64, 0..9, 0..9]));
    (0..PARTITIONS, decided).prop_map(|(partition, decided)| Step { partition, decided })
}

/// The log in the order of its clocks, and each record's decision.
fn log(steps: &[Step]) -> Vec<(Told, Option<Found>)> {
    let mut written = [0_u64; 3];
    // A router only reads on.
    let mut read = [[0_u64; 3]; 2];
    let mut log = Vec::new();
    for (n, step) in steps.iter().enumerate() {
        let at = Timestamp::from_second(n as i64).expect("in range");
        let lane = usize::from(step.partition);
        let found = step.decided.map(|(router, lag)| {
            for (partition, read) in read[router].iter_mut().enumerate() {
                *read = (*read).max(written[partition].saturating_sub(lag[partition]));
            }
            found(router, read[router], step.partition, written[lane] + 1, at)
        });
        written[lane] += 1;
        let told = Told {
            partition: Partition(step.partition),
            sequence: Sequence(written[lane]),
            at,
            fact: None,
        };
        log.push((told, found));
    }
    log
}

fn found(router: usize, read: [u64; 3], partition: u16, sequence: u64, at: Timestamp) -> Found {
    Found {
        ticket: TicketId(Uuid::from_u128(1)),
        consultant: PersonId(Uuid::from_u128(2)),
        recorded: Recorded {
            router: RouterId(Uuid::from_u128(router as u128)),
            attempt: 1,
            attempts_max: 3,
            policy: POLICY,
            basis: Basis {
                at,
                rules: Rules::default(),
                positions: read.to_vec(),
                reserved: Vec::new(),
            },
            considered: 0,
            excluded: Exclusions::default(),
            best: Vec::new(),
        },
        partition,
        sequence,
        recorded_at: at,
    }
}

/// Reads as often as it takes; gives the places of the decisions that were come to, and how often
/// it was read.
fn read(log: &[(Told, Option<Found>)], ahead_max: usize) -> (Vec<(u16, u64)>, usize) {
    let mut reached = Vec::new();
    let mut hear = |it: Reached<'_>| match it {
        Reached::There(again, found) => {
            assert_eq!(again.positions(), found.recorded.basis.positions);
            reached.push((found.partition, found.sequence));
        }
        Reached::Never(found) => panic!("not reached: {found:?}"),
    };
    let mut pass = Pass::new(PARTITIONS, ahead_max);
    for (told, found) in log {
        if let Some(found) = found.clone() {
            pass.waiting.insert(found.key(), found);
        }
        pass.read(told.clone(), &mut hear);
        assert!(pass.ahead_count <= ahead_max * 8 + 1, "it is bounded");
    }
    pass.finish(&mut hear);
    let mut readings = 1;
    let mut left = pass.behind;
    while !left.is_empty() {
        readings += 1;
        assert!(readings <= log.len(), "each reading comes to one at least");
        left = read_rest(log, left, &mut hear);
    }
    (reached, readings)
}

fn read_rest(
    log: &[(Told, Option<Found>)],
    left: Waiting,
    hear: &mut dyn FnMut(Reached<'_>),
) -> Waiting {
    let mut lanes: Vec<_> = (0..PARTITIONS)
        .map(|lane| log.iter().filter(move |it| it.0.partition.0 == lane))
        .collect();
    let mut rest = Rest::new(PARTITIONS, left);
    while let Some(lane) = rest.wants(hear) {
        match lanes[lane].next() {
            Some((told, _)) => rest.read(told),
            None => rest.ended(hear),
        }
    }
    rest.behind
}

/// One partition's writer has a clock that goes before the others'.
#[test]
fn a_decision_whose_records_lie_far_behind_by_their_clocks_is_come_to_in_another_reading() {
    let quiet = |partition| Step {
        partition,
        decided: None,
    };
    // The last partition's record was there when it was decided, and is told as the last one.
    let mut log = log(&[&[quiet(2), quiet(0)], &vec![quiet(1); 100][..]].concat());
    log[1].1 = Some(found(0, [0, 0, 1], 0, 1, log[1].0.at));
    log.rotate_left(1);
    assert_eq!(read(&log, 10), (vec![(0, 1)], 2));
}

/// It may be newer than the reading, or never have been.
#[test]
fn a_decision_on_records_that_are_not_there_is_never_come_to() {
    let mut log = log(&vec![
        Step {
            partition: 1,
            decided: None
        };
        100
    ]);
    log[0].1 = Some(found(0, [0, 101, 0], 1, 1, log[0].0.at));
    let mut never = 0;
    let mut hear = |it: Reached<'_>| match it {
        Reached::There(_, found) => panic!("reached: {found:?}"),
        Reached::Never(_) => never += 1,
    };
    let mut pass = Pass::new(PARTITIONS, 10);
    for (told, found) in &log {
        pass.waiting.extend(found.clone().map(|it| (it.key(), it)));
        pass.read(told.clone(), &mut hear);
    }
    pass.finish(&mut hear);
    assert!(read_rest(&log, pass.behind, &mut hear).is_empty());
    assert_eq!(never, 1);
}

proptest! {
    #[test]
    fn each_decision_is_come_to_exactly_where_it_was_made(
        steps in prop::collection::vec(step(), 1..200),
        ahead_max in 10..100_usize,
    ) {
        let log = log(&steps);
        let (reached, _) = read(&log, ahead_max);
        let once: BTreeSet<_> = reached.iter().collect();
        prop_assert_eq!(once.len(), reached.len(), "each once");
        let decisions = log.iter().filter(|(_, found)| found.is_some());
        prop_assert_eq!(reached.len(), decisions.count());
    }

    #[test]
    fn one_router_takes_one_reading(
        mut steps in prop::collection::vec(step(), 1..200),
    ) {
        for step in &mut steps {
            step.decided = step.decided.map(|(_, lag)| (0, lag));
        }
        prop_assert_eq!(read(&log(&steps), 100).1, 1);
    }
}
