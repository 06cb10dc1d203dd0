//! What holds whatever happens: any commands, in any order, read at any pace, by routers that come
//! and go.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::catalogue::Entry;
use docket_domain::command::{Amendment, Awaiting, Customer, Priority};
use docket_domain::consultant::{Availability, ConsultantCommand, ProfileChange};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::{Candidate, Job};
use docket_domain::stream::{Aggregate, Event, StreamId};
use docket_domain::text::Label;
use docket_domain::{Actor, Role, Status, Ticket, TicketCommand, TicketEvent};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::shop::{
    ADMINISTRATOR, ANNA, BERT, CARLA, IMPORTER, MANAGER, Shop, place, settings, skilled, text,
};
use crate::router::plan::Plan;
use crate::router::world::World;

const PEOPLE: [PersonId; 3] = [ANNA, BERT, CARLA];

/// Something that somebody does; whether it may be done, the domain says.
#[derive(Clone, Debug)]
enum Deed {
    Open(Open),
    Ticket(Index, Who, TicketCommand),
    Consultant(PersonId, ConsultantCommand),
    Works(PersonId, u8),
    Catalogue(Entry),
    Unreadable(Index),
    Pass(i64),
    Read(Index, usize),
    Step(Index),
    Arrive(Index, Index),
    /// One of a router's commands is lost on its way, and it learns nothing of it.
    Lose(Index, Index),
    Restart(Index),
}

#[derive(Clone, Debug)]
struct Open {
    import: bool,
    skills: Vec<Label>,
    category: bool,
    priority: Priority,
    latitude: Option<f64>,
}

#[derive(Clone, Copy, Debug)]
enum Who {
    Holder,
    Manager,
    Importer,
}

fn person() -> impl Strategy<Value = PersonId> {
    select(PEOPLE.to_vec())
}

fn priority() -> impl Strategy<Value = Priority> {
    select(vec![
        Priority::Low,
        Priority::Moderate,
        Priority::High,
        Priority::Critical,
    ])
}

fn skills() -> impl Strategy<Value = Vec<Label>> {
    prop::collection::btree_set(select(vec!["dsl", "wifi"]), 0..2)
        .prop_map(|skills| skills.into_iter().map(text).collect())
}

fn open() -> impl Strategy<Value = Open> {
    (
        prop::bool::weighted(0.1),
        skills(),
        any::<bool>(),
        priority(),
        prop::option::of(48.0..49.0_f64),
    )
        .prop_map(|(import, skills, category, priority, latitude)| Open {
            import,
            skills,
            category,
            priority,
            latitude,
        })
}

fn asked() -> impl Strategy<Value = TicketCommand> {
    let reason = || text::<1_000>("because");
    prop_oneof![
        2 => person().prop_map(|consultant| TicketCommand::Assign { consultant, decision: None }),
        6 => Just(TicketCommand::Accept),
        4 => Just(TicketCommand::Decline { reason: reason() }),
        2 => Just(TicketCommand::Unassign { reason: reason() }),
        1 => Just(TicketCommand::Transfer { team: text("north"), reason: None }),
        2 => Just(TicketCommand::Hold { awaiting: Awaiting::Parts, note: None }),
        2 => Just(TicketCommand::Resume),
        4 => Just(TicketCommand::Resolve { code: text("done"), note: None }),
        2 => (0..3_i64).prop_map(|hours| TicketCommand::Close {
            reopen_until: super::shop::NOON + SignedDuration::from_hours(hours),
        }),
        3 => Just(TicketCommand::Reopen { reason: reason() }),
        1 => Just(TicketCommand::Cancel { reason: reason() }),
        2 => (priority(), skills()).prop_map(|(priority, skills)| {
            TicketCommand::Amend(Box::new(Amendment {
                priority: Some(priority),
                skills: Some(skills),
                ..Amendment::default()
            }))
        }),
    ]
}

fn consultant() -> impl Strategy<Value = ConsultantCommand> {
    let availability = select(vec![Availability::Available, Availability::Busy]);
    prop_oneof![
        2 => (skills(), 0..4_u32).prop_map(|(skills, capacity)| {
            let mut profile = skilled([], capacity);
            let skills = skills.into_iter();
            profile.skills = skills.map(|it| (it, docket_domain::consultant::Level::MAX)).collect();
            ConsultantCommand::Register(Box::new(profile))
        }),
        4 => availability.prop_map(|availability| {
            ConsultantCommand::ChangeAvailability(Box::new(
                docket_domain::consultant::AvailabilityChange {
                    availability: Some(availability),
                    hours: None,
                },
            ))
        }),
        3 => (0..4_u32).prop_map(|capacity| {
            ConsultantCommand::ChangeProfile(Box::new(ProfileChange {
                capacity: Some(capacity),
                ..ProfileChange::default()
            }))
        }),
        2 => (48.0..49.0_f64).prop_map(|latitude| ConsultantCommand::ChangePlace {
            place: Some(place(latitude, 11.0)),
        }),
        1 => Just(ConsultantCommand::Retire),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        skills().prop_map(|skills| Entry::Category {
            name: text("internet"),
            skills: skills.into_iter().collect(),
        }),
        Just(Entry::Holiday {
            date: jiff::civil::date(2026, 3, 2),
            area: None,
            name: text("today"),
        }),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    let who = select(vec![
        Who::Holder,
        Who::Holder,
        Who::Holder,
        Who::Manager,
        Who::Importer,
    ]);
    prop_oneof![
        8 => open().prop_map(Deed::Open),
        16 => (any::<Index>(), who, asked()).prop_map(|(which, who, it)| Deed::Ticket(which, who, it)),
        8 => (person(), consultant()).prop_map(|(who, it)| Deed::Consultant(who, it)),
        1 => (person(), 8..20_u8).prop_map(|(who, hour)| Deed::Works(who, hour)),
        1 => entry().prop_map(Deed::Catalogue),
        1 => any::<Index>().prop_map(Deed::Unreadable),
        6 => (0..1_200_i64).prop_map(Deed::Pass),
        12 => (any::<Index>(), 1..6_usize).prop_map(|(router, most)| Deed::Read(router, most)),
        12 => any::<Index>().prop_map(Deed::Step),
        12 => (any::<Index>(), any::<Index>()).prop_map(|(router, which)| Deed::Arrive(router, which)),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(router, which)| Deed::Lose(router, which)),
        1 => any::<Index>().prop_map(Deed::Restart),
    ]
}

/// Everybody at work, and so many routers.
fn shop(routers: u128) -> Shop {
    let mut shop = Shop::without_router();
    for id in PEOPLE {
        shop.hire_as(id, skilled(["dsl"], 2));
    }
    for router in 0..routers {
        shop.start_router(10 + router, settings());
    }
    shop
}

fn ids(shop: &Shop) -> Vec<TicketId> {
    let ids = shop.streams.keys().filter_map(|id| match id {
        StreamId::Ticket(id) => Some(*id),
        _ => None,
    });
    let ids: BTreeSet<TicketId> = ids.collect();
    ids.into_iter().collect()
}

fn act(shop: &mut Shop, deed: Deed) {
    match deed {
        Deed::Open(open) => {
            let by = if open.import { IMPORTER } else { MANAGER };
            shop.open_by(by, |ticket| {
                ticket.skills = open.skills;
                ticket.category = open.category.then(|| text("internet"));
                ticket.priority = open.priority;
                ticket.place = open.latitude.map(|latitude| place(latitude, 11.0));
                ticket.customer = Customer::Registered(CARLA);
            });
        }
        Deed::Ticket(which, who, command) => {
            let ids = ids(shop);
            if !ids.is_empty() {
                let id = *which.get(&ids);
                let holder = || {
                    shop.holder(id).map(|id| Actor {
                        id,
                        role: Role::Consultant,
                    })
                };
                let by = match who {
                    Who::Holder => holder().unwrap_or(MANAGER),
                    Who::Manager => MANAGER,
                    Who::Importer => IMPORTER,
                };
                let context = shop.context(by);
                // What isn't allowed doesn't happen.
                let _ = shop.ask(StreamId::Ticket(id), &context, command);
            }
        }
        Deed::Consultant(id, command) => {
            let context = shop.context(ADMINISTRATOR);
            let _ = shop.ask(StreamId::Consultant(id), &context, command);
        }
        Deed::Works(id, hour) => {
            if matches!(
                shop.streams.get(&StreamId::Consultant(id)),
                Some(Aggregate::Consultant(
                    docket_domain::consultant::Consultant::Registered(_)
                ))
            ) {
                shop.works(id, "Europe/Berlin", &format!("{hour:02}:00"), "22:00");
            }
        }
        Deed::Catalogue(entry) => {
            let context = shop.context(ADMINISTRATOR);
            let put = docket_domain::catalogue::CatalogueCommand::Put(Box::new(entry));
            let _ = shop.ask(StreamId::Catalogue, &context, put);
        }
        Deed::Unreadable(which) => {
            let ids = ids(shop);
            if !ids.is_empty() {
                shop.append_unreadable(StreamId::Ticket(*which.get(&ids)));
            }
        }
        Deed::Pass(seconds) => shop.now += SignedDuration::from_secs(seconds),
        Deed::Read(router, most) => {
            let router = router.index(shop.routers.len());
            shop.deliver(router, most);
        }
        Deed::Step(router) => {
            let router = router.index(shop.routers.len());
            shop.step(router);
        }
        Deed::Arrive(router, which) => {
            let router = router.index(shop.routers.len());
            let sent = shop.routers[router].sent.len();
            if sent > 0 {
                shop.arrive(router, which.index(sent));
            }
        }
        Deed::Lose(router, which) => {
            let router = router.index(shop.routers.len());
            let sent = &mut shop.routers[router].sent;
            if !sent.is_empty() {
                // The sender goes on sending it, after everything else.
                let lost = sent.remove(which.index(sent.len()));
                sent.push(lost);
            }
        }
        Deed::Restart(router) => {
            let router = router.index(shop.routers.len());
            let id = shop.routers.remove(router).plan.router.0.as_u128();
            shop.start_router(id + 100, settings());
        }
    }
}

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
            assert!(row.passed.contains(who));
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
