//! That nothing waits for what has nothing to do with it.

use docket_domain::catalogue::Entry;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::stream::StreamId;
use docket_schemas::stream::{key, partition_of};
use jiff::SignedDuration;
use uuid::Uuid;

use super::shop::{ANNA, BERT, PARTITIONS, Shop, at_once, place, profile, skilled, text};
use crate::router::plan::Settings;

fn partition(ticket: TicketId) -> u16 {
    partition_of(key(StreamId::Ticket(ticket)).as_bytes(), PARTITIONS)
}

/// Somebody who goes 20 km from there.
fn hire_at(shop: &mut Shop, id: PersonId, latitude: f64) {
    let mut profile = profile(1);
    profile.travel_km_max = Some(20);
    shop.hire_as(id, profile);
    let place = Some(place(latitude, 11.0));
    let change = docket_domain::consultant::ConsultantCommand::ChangePlace { place };
    shop.consultant(id, change);
}

#[test]
fn a_partition_that_gives_no_answers_holds_up_only_its_own_tickets() {
    let mut shop = Shop::empty();
    let few = Settings {
        flights_max: 3,
        ..at_once()
    };
    shop.start_router(1, few);
    shop.hire(ANNA, 1_000);
    let tickets: Vec<_> = (0..80).map(|_| shop.open()).collect();
    let (silent, others): (Vec<_>, Vec<_>) = tickets
        .into_iter()
        .partition(|ticket| partition(*ticket) == 0);
    let mut unanswered = Vec::new();
    loop {
        shop.deliver(0);
        while shop.step(0) {}
        let sent = std::mem::take(&mut shop.managers[0].sent);
        if sent.is_empty() {
            break;
        }
        for intent in sent {
            if partition(intent.ticket) == 0 {
                unanswered.push(intent);
            } else {
                shop.execute(&intent).unwrap();
            }
        }
    }
    assert!(others.iter().all(|ticket| shop.holder(*ticket).is_some()));
    assert_eq!(unanswered.len(), 3);
    assert!(silent.len() > 10);
    assert_eq!(shop.plan(0).waiting(), (silent.len() - 3, 3));

    shop.managers[0].sent = unanswered;
    shop.settle();
    assert!(silent.iter().all(|ticket| shop.holder(*ticket).is_some()));
}

#[test]
fn a_new_ticket_does_not_wait_behind_thousands_that_are_out_of_everybodys_reach() {
    let mut shop = Shop::empty();
    // 30 km away from all that will come: too far for each, but near enough to be looked at.
    for _ in 0..20_000 {
        shop.open_as(|open| open.place = Some(place(48.27, 11.0)));
    }
    shop.start_router(1, at_once());
    while shop.step(0) {}
    for n in 0..50 {
        hire_at(&mut shop, PersonId(Uuid::from_u128(100 + n)), 48.0);
    }
    let new = shop.open_as(|open| open.place = Some(place(48.0, 11.0)));
    shop.deliver(0);
    let mut steps = 1;
    while shop.step(0) && shop.managers[0].sent.is_empty() {
        steps += 1;
    }
    let mut rest = 0;
    while shop.step(0) {
        rest += 1;
    }
    assert_eq!(shop.managers[0].sent[0].ticket, new);
    assert!(
        steps <= 4 && rest > 20,
        "{steps} steps, and {rest} after it"
    );
    shop.settle();
    assert_eq!(shop.plan(0).waiting(), (20_000, 0));
}

#[test]
fn a_new_ticket_does_not_wait_until_all_are_decided_on_again() {
    let mut shop = Shop::empty();
    for _ in 0..5_000 {
        shop.open_as(|open| open.skills = vec![text("lasers")]);
    }
    shop.hire(ANNA, 1);
    shop.start_router(1, at_once());
    let new = shop.open();
    shop.deliver(0);
    shop.step(0);
    shop.step(0);
    assert_eq!(shop.managers[0].sent[0].ticket, new);
    assert!(shop.step(0), "others are still to be decided on");
}

#[test]
fn but_whoever_an_older_ticket_may_want_is_kept_for_it_until_it_is_decided() {
    let mut shop = Shop::empty();
    for _ in 0..1_000 {
        shop.open_as(|open| open.skills = vec![text("lasers")]);
    }
    let old = shop.open_as(|open| open.skills = vec![text("dsl")]);
    shop.hire_as(BERT, skilled(["dsl"], 1));
    shop.start_router(1, at_once());
    shop.now += SignedDuration::from_secs(1);
    let new = shop.open();
    shop.settle();
    assert_eq!(shop.holder(old), Some(BERT));
    assert_eq!(shop.holder(new), None);
}

#[test]
fn whoever_an_older_ticket_may_want_by_now_is_kept_for_it_until_it_is_decided() {
    let mut shop = Shop::new();
    let category = |skill: &str| Entry::Category {
        name: text("tills"),
        skills: [text(skill)].into(),
    };
    shop.catalogue(category("lasers"));
    for _ in 0..500 {
        shop.open_as(|open| {
            open.category = Some(text("tills"));
            open.team = Some(text("nobody's"));
        });
    }
    shop.now += SignedDuration::from_secs(1);
    let old = shop.open_as(|open| open.category = Some(text("tills")));
    shop.hire_as(BERT, skilled(["dsl"], 2));
    let before = shop.open();
    shop.settle();
    assert_eq!(shop.holder(before), Some(BERT), "the router is active");
    assert_eq!(shop.holder(old), None);
    // Bert has been searched a ticket. Now many ask for something else, and a new one comes.
    shop.now += SignedDuration::from_secs(1);
    shop.catalogue(category("dsl"));
    let new = shop.open();
    shop.settle();
    assert_eq!(shop.holder(old), Some(BERT));
    assert_eq!(shop.holder(new), None);
}

#[test]
fn what_a_full_partition_holds_up_is_not_gone_through_for_each_that_lands() {
    let mut shop = Shop::empty();
    let few = Settings {
        flights_max: 2,
        ..at_once()
    };
    for _ in 0..2_000 {
        shop.open();
    }
    shop.hire(ANNA, 10_000);
    shop.start_router(1, few);
    let mut steps = 0;
    while shop.log.len() < 4_001 {
        shop.deliver(0);
        while shop.step(0) {
            steps += 1;
        }
        assert!(!shop.managers[0].sent.is_empty(), "something always lands");
        shop.arrive(0, 0);
    }
    // One landing after the other: were all looked at again each time, it would be over 50,000.
    assert!(steps < 2_500, "{steps}");
}
