//! Every decision can be made again from the log and what it recorded, and is the same.

use std::collections::BTreeSet;

use docket_domain::TicketEvent;
use docket_domain::ids::TicketId;
use docket_domain::routing::{Candidate, Recorded, scan};
use docket_domain::stream::{Event, StreamId};
use jiff::SignedDuration;
use proptest::prelude::*;

use super::deeds::{act, deed, shop};
use super::shop::{ANNA, BERT, CARLA, Shop, skilled, text, zone};
use crate::fact::Told;
use crate::router::again::Again;
use crate::router::duty::Zones;
use crate::router::world::World;

/// What routers decided, in the order of the log.
fn decisions(shop: &Shop) -> Vec<(TicketId, &Recorded)> {
    let facts = shop.log.iter().filter_map(|told| told.fact.as_ref());
    facts
        .filter_map(|fact| match (fact.stream, &fact.event) {
            (
                StreamId::Ticket(id),
                Some((
                    Event::Ticket(TicketEvent::Assigned {
                        decision: Some(decision),
                        ..
                    }),
                    _,
                )),
            ) => Some((id, &**decision)),
            _ => None,
        })
        .collect()
}

/// The log as far as the router had read it.
fn read_by<'a>(shop: &'a Shop, decision: &Recorded) -> impl Iterator<Item = &'a Told> {
    let positions = decision.basis.positions.clone();
    let read = move |told: &&Told| told.sequence.0 <= positions[usize::from(told.partition.0)];
    shop.log.iter().filter(read)
}

/// The decision, by a look at each of the consultants that the log tells of.
fn by_scan(shop: &Shop, ticket: TicketId, recorded: &Recorded) -> Recorded {
    let mut world = World::new(super::shop::PARTITIONS);
    let mut people = BTreeSet::new();
    for told in read_by(shop, recorded) {
        world.read(told);
        if let Some(StreamId::Consultant(id)) = told.fact.as_ref().map(|fact| fact.stream) {
            people.insert(id);
        }
    }
    let mut zones = Zones::new(Box::new(zone));
    let at = recorded.basis.at;
    let people = people.into_iter();
    let mut candidates: Vec<Candidate> = people
        .filter_map(|id| Some(zones.candidate(&world, id, at)?.0))
        .collect();
    for reserved in &recorded.basis.reserved {
        let mut candidates = candidates.iter_mut();
        let known = candidates.find(|one| one.id == reserved.consultant);
        known.expect("a consultant").reserve(reserved);
    }
    let job = world.job(ticket, at).expect("it is known what it asks for");
    let attempt = world.ticket(ticket).expect("a ticket").attempts + 1;
    let decision = scan(&candidates, &job, &recorded.basis);
    Recorded::new(decision, recorded.router, attempt, recorded.attempts_max)
        .expect("somebody gets it")
}

/// Says how many there were, and how many of them counted on something not read yet.
fn assert_all_are_the_same(shop: &Shop) -> (usize, usize) {
    let decisions = decisions(shop);
    for (ticket, recorded) in &decisions {
        assert_eq!(&by_scan(shop, *ticket, recorded), *recorded);
    }
    let counting = decisions
        .iter()
        .filter(|(_, recorded)| !recorded.basis.reserved.is_empty());
    (decisions.len(), counting.count())
}

/// Makes each again on one reading of the log, as far as the router that decided read on and on.
fn assert_one_reading_is_enough(shop: &Shop) {
    let mut again = Again::new(super::shop::PARTITIONS, Box::new(zone));
    let mut read = BTreeSet::new();
    for (ticket, recorded) in decisions(shop) {
        for told in read_by(shop, recorded) {
            if read.insert((told.partition, told.sequence)) {
                again.read(told);
            }
        }
        if again.positions() != recorded.basis.positions {
            // It was sent before another that has arrived already.
            continue;
        }
        let decision = again.decide(ticket, &recorded.basis).expect("known");
        let same = Recorded::new(
            decision,
            recorded.router,
            recorded.attempt,
            recorded.attempts_max,
        );
        assert_eq!(same.as_ref(), Some(recorded));
    }
}

#[test]
fn a_burst_decided_before_anything_came_back_can_be_decided_again() {
    let mut shop = Shop::new();
    for (id, capacity) in [(ANNA, 4), (BERT, 30), (CARLA, 9)] {
        shop.hire_as(id, skilled(["dsl"], capacity));
    }
    shop.deliver(0);
    while shop.step(0) {}
    for n in 0..40 {
        shop.open_as(|open| open.skills = (n % 2 == 0).then(|| text("dsl")).into_iter().collect());
        shop.deliver(0);
        shop.step(0);
        shop.now += SignedDuration::from_secs(1);
    }
    assert_eq!(shop.managers[0].sent.len(), 40);
    shop.settle();
    assert_eq!(assert_all_are_the_same(&shop), (40, 39));
    assert_one_reading_is_enough(&shop);
}

#[test]
fn who_is_full_only_by_what_is_on_its_way_is_full() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    shop.hire_as(BERT, skilled(["dsl"], 1));
    shop.deliver(0);
    while shop.step(0) {}
    for skill in [Some("dsl"), None] {
        shop.open_as(|open| open.skills = skill.map(text).into_iter().collect());
        shop.deliver(0);
        while shop.step(0) {}
    }
    shop.settle();
    assert_all_are_the_same(&shop);
    let [_, (_, second)] = decisions(&shop)[..] else {
        panic!("two decisions")
    };
    let reserved: Vec<_> = second
        .basis
        .reserved
        .iter()
        .map(|it| it.consultant)
        .collect();
    assert_eq!(reserved, [BERT]);
    assert_eq!(second.excluded.total(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_happens_each_decision_can_be_made_again(
        deeds in prop::collection::vec(deed(), 1..150),
    ) {
        let mut shop = shop(2);
        for deed in deeds {
            act(&mut shop, deed);
        }
        shop.pass(SignedDuration::from_secs(5));
        assert_all_are_the_same(&shop);
        assert_one_reading_is_enough(&shop);
    }
}
