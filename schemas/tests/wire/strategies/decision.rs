//! Assignments, by hand and by routers.

use docket_domain::TicketEvent;
use docket_domain::ids::{PersonId, RouterId};
use docket_domain::routing::{
    BEST_MAX, Basis, Exclusions, GRADE_MAX, Parts, Reason, Recorded, Reserved, Rules, Scored,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::{person, time, uuid};

pub(super) fn assigned() -> impl Strategy<Value = TicketEvent> {
    person()
        .prop_flat_map(|consultant| (Just(consultant), of(decision(consultant))))
        .prop_map(|(consultant, decision)| TicketEvent::Assigned {
            consultant,
            decision: decision.map(Box::new),
        })
}

/// As a router can have taken it: the counts add up, and the best one got the ticket.
fn decision(consultant: PersonId) -> impl Strategy<Value = Recorded> {
    let counts = vec(0..10_000_u32, Reason::ALL.len());
    let reserved =
        (person(), any::<u32>(), time()).prop_map(|(consultant, tickets, last_at)| Reserved {
            consultant,
            tickets,
            last_at,
        });
    let basis = (
        time(),
        rules(),
        vec(any::<u64>(), 0..9),
        vec(reserved, 0..5),
    )
        .prop_map(|(at, rules, positions, reserved)| Basis {
            at,
            rules,
            positions,
            reserved,
        });
    (
        (uuid(), any::<u32>(), any::<u32>(), any::<u16>()),
        basis,
        counts,
        vec(scored(), 1..=BEST_MAX),
        0..1_000_u32,
    )
        .prop_map(
            move |((router, attempt, attempts_max, policy), basis, counts, mut best, others)| {
                best[0].consultant = consultant;
                let mut excluded = Exclusions::default();
                for (reason, count) in Reason::ALL.into_iter().zip(counts) {
                    excluded.add(reason, count);
                }
                // Whoever isn't among the best was ranked behind twenty others.
                let others = if best.len() == BEST_MAX { others } else { 0 };
                Recorded {
                    router: RouterId(router),
                    attempt,
                    attempts_max,
                    policy,
                    basis,
                    considered: excluded.total() + best.len() as u32 + others,
                    excluded,
                    best,
                }
            },
        )
}

fn rules() -> impl Strategy<Value = Rules> {
    (any::<[u16; 6]>(), any::<[u32; 3]>()).prop_map(|(weights, scales)| {
        let [distance, load, skill, language, preferred, fairness] = weights;
        let [half_distance_m, half_idle_s, priority_step_s] = scales;
        Rules {
            distance,
            load,
            skill,
            language,
            preferred,
            fairness,
            half_distance_m,
            half_idle_s,
            priority_step_s,
        }
    })
}

fn scored() -> impl Strategy<Value = Scored> {
    let points = [(); 6].map(|()| 0..=u32::from(u16::MAX) * GRADE_MAX);
    (person(), points, of(any::<u32>()), of(time())).prop_map(
        |(consultant, points, distance_m, last_assigned_at)| {
            let [distance, load, skill, language, preferred, fairness] = points;
            let parts = Parts {
                distance,
                load,
                skill,
                language,
                preferred,
                fairness,
            };
            Scored {
                consultant,
                total: parts.total(),
                parts,
                distance_m,
                last_assigned_at,
            }
        },
    )
}
