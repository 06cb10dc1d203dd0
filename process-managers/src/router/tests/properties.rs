//! What holds whatever happens: any commands, in any order, read at any pace, by routers that come
//! and go.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::{Candidate, Job};
use docket_domain::stream::{Aggregate, Event, StreamId};
use docket_domain::{Status, Ticket, TicketEvent};
use jiff::SignedDuration;
use proptest::prelude::*;

use super::deeds::{Deed, PEOPLE, act, deed, shop};
use super::shop::{Shop, settings};
use crate::router::plan::Plan;
use crate::router::world::World;

/// Tickets with an event that nobody can read.
fn left_alone(shop: &Shop) -> BTreeSet<TicketId> {
    let facts = shop.log.iter().filter_map(|told| told.fact.as_ref());
    facts
        .filter(|fact| fact.event.is_none())
        .filter_map(|fact| match fact.stream {
            StreamId::Ticket(id) => Some(id),
            _ => None,
        })
        .collect()
}

/// No router gives away what somebody has.
fn assert_never_assigned_twice(shop: &Shop) {
    let mut has: BTreeMap<TicketId, bool> = BTreeMap::new();
    for fact in shop.log.iter().filter_map(|told| told.fact.as_ref()) {
        let (StreamId::Ticket(id), Some((Event::Ticket(event), _))) = (fact.stream, &fact.event)
        else {
            continue;
        };
        match event {
            TicketEvent::Assigned { decision, .. } => {
                let had = has.insert(id, true).unwrap_or_default();
                assert!(!(had && decision.is_some()), "{id} was assigned twice");
            }
            TicketEvent::Declined { .. }
            | TicketEvent::Unassigned { .. }
            | TicketEvent::Transferred { .. } => drop(has.insert(id, false)),
            TicketEvent::Reopened { to, .. } => {
                has.insert(id, to.consultant().is_some());
            }
            _ => {}
        }
    }
}

/// What the router knows of each ticket that isn't over is what the domain says.
fn assert_as_the_domain_says(shop: &Shop, world: &World) {
    let unread = left_alone(shop);
    for (id, aggregate) in &shop.streams {
        let (StreamId::Ticket(id), Aggregate::Ticket(Ticket::Opened(state))) = (id, aggregate)
        else {
            continue;
        };
        let unread = unread.contains(id);
        let over = matches!(state.status, Status::Cancelled | Status::Closed { .. });
        let Some(row) = world.ticket(*id) else {
            assert!(over, "{id} is {:?} and not known", state.status);
            continue;
        };
        if unread && over {
            // Of what was forgotten only the rest is known.
            continue;
        }
        assert_eq!(row.status, state.status.name());
        assert_eq!(
            row.who.filter(|_| !row.is_open()),
            state.status.consultant()
        );
        if !unread && row.needs.is_none() {
            // Forgotten, and brought back by an import.
            assert!(state.reopen_count > 0);
            continue;
        }
        assert_eq!(row.needs.is_none(), unread);
        assert_eq!(row.version, state.version);
        for who in &state.declined {
            assert!(row.not_asked(shop.now).any(|it| it.who == *who));
        }
    }
    let loads = shop.loads();
    for id in PEOPLE {
        assert_eq!(world.load(id), loads.get(&id).copied().unwrap_or_default());
    }
}

/// What a plan would decide on next.
fn knows(plan: &Plan) -> (BTreeMap<PersonId, Candidate>, Vec<Job>) {
    plan.knows()
}

fn read_all(shop: &mut Shop) {
    for router in 0..shop.routers.len() {
        shop.deliver(router, usize::MAX);
        let now = shop.now;
        shop.routers[router].plan.catch_up(now);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn two_routers_never_assign_twice_and_know_what_the_domain_knows(
        deeds in prop::collection::vec(deed(), 1..150),
    ) {
        let mut shop = shop(2);
        for deed in deeds {
            act(&mut shop, deed);
        }
        read_all(&mut shop);
        for router in &shop.routers {
            assert_as_the_domain_says(&shop, &router.plan.world);
        }
        assert_never_assigned_twice(&shop);
    }

    #[test]
    fn at_any_cut_a_router_that_starts_anew_knows_the_same(
        deeds in prop::collection::vec(deed(), 1..150),
    ) {
        let mut shop = shop(1);
        for deed in deeds {
            act(&mut shop, deed);
        }
        // What is on its way arrives, so that nothing is only this router's.
        shop.pass(SignedDuration::from_secs(5));
        let same = shop.now;
        shop.start_router(1_000, settings());
        read_all(&mut shop);
        let [old, new] = &shop.routers[..] else { unreachable!() };
        prop_assert_eq!(old.plan.waiting().1, 0, "nothing is on its way");
        let (before, after) = (knows(&old.plan), knows(&new.plan));
        prop_assert_eq!(before, after, "at {}", same);
    }

    #[test]
    fn one_router_gives_nobody_too_much_and_leaves_nobody_waiting_for_whom_there_is_somebody(
        deeds in prop::collection::vec(deed(), 1..150),
    ) {
        let mut shop = shop(1);
        for deed in deeds {
            let full: BTreeMap<_, _> = shop.loads();
            let routed = shop.log.len();
            let arrives = matches!(deed, Deed::Arrive(..));
            act(&mut shop, deed);
            if arrives {
                assert_room(&shop, &full, routed);
            }
        }
        shop.pass(SignedDuration::from_secs(5));
        let plan = &shop.routers[0].plan;
        let (candidates, jobs) = knows(plan);
        for job in &jobs {
            for candidate in candidates.values() {
                prop_assert!(
                    docket_domain::routing::exclusion(candidate, job).is_some(),
                    "{job:?} waits for {candidate:?}"
                );
            }
        }
    }
}

/// Whoever was just given a ticket by the router had room for it, as far as the router had read.
/// (What others did since, it couldn't know.)
fn assert_room(shop: &Shop, before: &BTreeMap<PersonId, u32>, from: usize) {
    for told in &shop.log[from..] {
        let Some((
            Event::Ticket(TicketEvent::Assigned {
                consultant,
                decision: Some(decision),
            }),
            _,
        )) = told.fact.as_ref().and_then(|fact| fact.event.as_ref())
        else {
            continue;
        };
        let read: u64 = decision.basis.positions.iter().sum();
        let meanwhile = shop.log[..from]
            .iter()
            .filter(|it| decision.basis.positions[usize::from(it.partition.0)] < it.sequence.0);
        let by_others = meanwhile.filter(|it| is_by_others(it, *consultant)).count() as u32;
        let capacity = capacity_when(shop, *consultant, read);
        let load = before.get(consultant).copied().unwrap_or_default();
        assert!(
            load < capacity + by_others,
            "{consultant} has {load} of {capacity}"
        );
    }
}

/// Something that gave them a ticket and wasn't the router's doing, or changed them.
fn is_by_others(told: &crate::fact::Told, who: PersonId) -> bool {
    match told.fact.as_ref().map(|fact| (&fact.stream, &fact.event)) {
        Some((StreamId::Consultant(id), _)) => *id == who,
        Some((_, Some((Event::Ticket(event), _)))) => match event {
            TicketEvent::Assigned {
                consultant,
                decision: None,
            } => *consultant == who,
            TicketEvent::Reopened { to, .. } => to.consultant() == Some(who),
            _ => false,
        },
        _ => false,
    }
}

/// The most they could have had since: what a profile says, at any time.
fn capacity_when(shop: &Shop, who: PersonId, _read: u64) -> u32 {
    let facts = shop.log.iter().filter_map(|told| told.fact.as_ref());
    let capacities = facts
        .filter(|fact| fact.stream == StreamId::Consultant(who))
        .filter_map(|fact| match &fact.event {
            Some((Event::Consultant(event), _)) => match event {
                docket_domain::consultant::ConsultantEvent::Registered(profile) => {
                    Some(profile.capacity)
                }
                docket_domain::consultant::ConsultantEvent::ProfileChanged(change) => {
                    change.capacity
                }
                _ => None,
            },
            _ => None,
        });
    capacities.max().unwrap_or_default()
}
