//! What holds whatever happens: any commands, in any order, read at any pace, by routers that come
//! and go.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::{Candidate, Job, exclusion};
use docket_domain::stream::{Aggregate, Event, StreamId};
use docket_domain::{Status, Ticket, TicketEvent};
use jiff::SignedDuration;
use proptest::prelude::*;

use super::deeds::{Deed, PEOPLE, act, deed, shop};
use super::oracle::Oracle;
use super::shop::{Shop, settings};
use crate::desk::Reading;
use crate::manager::Manager as _;
use crate::router::Router;
use crate::router::plan::{Plan, What};
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

/// What the router would decide on, and what the log says it should; lists in one order.
type Knowledge = (BTreeMap<PersonId, Candidate>, BTreeMap<TicketId, Job>);

fn known(plan: &Plan) -> Knowledge {
    let (candidates, jobs) = plan.knows();
    let in_order = |mut job: Job| {
        job.declined.sort();
        (job.ticket, job)
    };
    (candidates, jobs.into_iter().map(in_order).collect())
}

fn told(shop: &Shop) -> Knowledge {
    let oracle = Oracle::of(&shop.log, shop.now);
    let attempts_max = settings().attempts_max as usize;
    (oracle.candidates(), oracle.jobs(attempts_max))
}

fn read_all(shop: &mut Shop) {
    for router in 0..shop.managers.len() {
        shop.deliver(router);
        shop.managers[router].manager.catch_up(shop.now);
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
        for router in &shop.managers {
            assert_as_the_domain_says(&shop, &router.manager.plan.world);
        }
        assert_never_assigned_twice(&shop);
    }

    #[test]
    fn a_router_knows_what_the_log_says_and_so_does_one_that_starts_anew(
        deeds in prop::collection::vec(deed(), 1..150),
    ) {
        let mut shop = shop(1);
        for deed in deeds {
            act(&mut shop, deed);
        }
        // What is on its way arrives, what was refused is tried again, so that nothing is only this
        // router's.
        shop.pass(SignedDuration::from_secs(200));
        shop.start_router(1_000, settings());
        read_all(&mut shop);
        let [old, new] = [0, 1].map(|which| shop.plan(which));
        prop_assert_eq!(old.waiting().1, 0, "nothing is on its way");
        let told = told(&shop);
        prop_assert_eq!(&known(old), &told);
        prop_assert_eq!(&known(new), &told);
        let (candidates, jobs) = told;
        for job in jobs.values() {
            for candidate in candidates.values() {
                prop_assert!(exclusion(candidate, job).is_some(), "{job:?} waits for {candidate:?}");
            }
        }
    }

    #[test]
    fn no_router_gives_anybody_what_they_must_not_have_as_far_as_it_has_read(
        deeds in prop::collection::vec(deed(), 1..150),
    ) {
        let mut shop = shop(2);
        for deed in deeds {
            let steps = match &deed {
                Deed::Step(router) => Some(router.index(shop.managers.len())),
                _ => None,
            };
            let before = steps.map_or(0, |router| shop.managers[router].sent.len());
            act(&mut shop, deed);
            if let Some(router) = steps {
                for n in before..shop.managers[router].sent.len() {
                    assert_allowed(&shop, &shop.managers[router], n);
                }
            }
        }
    }
}

/// Whether the router's command of that number was right, by what it had read and sent before.
fn assert_allowed(shop: &Shop, router: &Reading<Router>, number: usize) {
    let oracle = Oracle::of(&shop.log[..router.read], shop.now);
    let intent = &router.sent[number];
    assert_eq!(oracle.version(intent.ticket), intent.version);
    let What::Assign { consultant, .. } = &intent.what else {
        let tickets: BTreeMap<_, _> = oracle.tickets().collect();
        let status = &tickets[&intent.ticket].status;
        assert!(status.consultant().is_some(), "{status:?} is taken back");
        return;
    };
    let jobs = oracle.jobs(settings().attempts_max as usize);
    let mut candidate = oracle.candidates()[consultant].clone();
    candidate.load += on_their_way(shop, router, number, *consultant, &oracle);
    let job = jobs.get(&intent.ticket).expect("it waits");
    assert_eq!(exclusion(&candidate, job), None, "{candidate:?} {job:?}");
}

/// How many tickets the router had given them that it hadn't read of yet.
fn on_their_way(
    shop: &Shop,
    router: &Reading<Router>,
    number: usize,
    who: PersonId,
    oracle: &Oracle<'_>,
) -> u32 {
    let sent = router.sent[..number].iter().filter(|it| {
        matches!(&it.what, What::Assign { consultant, .. } if *consultant == who)
            && oracle.version(it.ticket) == it.version
    });
    let mut tickets: BTreeSet<TicketId> = sent.map(|it| it.ticket).collect();
    for told in &shop.log[router.read..] {
        if let Some(fact) = &told.fact
            && let StreamId::Ticket(id) = fact.stream
            && let Some((
                Event::Ticket(TicketEvent::Assigned {
                    consultant,
                    decision,
                }),
                _,
            )) = &fact.event
            && *consultant == who
            && decision
                .as_ref()
                .is_some_and(|it| it.router == router.manager.plan.router)
        {
            tickets.insert(id);
        }
    }
    tickets.len() as u32
}
