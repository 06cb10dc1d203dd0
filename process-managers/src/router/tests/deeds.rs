//! What people do in a shop, and what its routers do, at random.

use std::collections::BTreeSet;

use docket_domain::catalogue::Entry;
use docket_domain::command::{Amendment, Awaiting, Customer, Priority};
use docket_domain::consultant::{Availability, ConsultantCommand, ProfileChange};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::stream::{Aggregate, StreamId};
use docket_domain::text::Label;
use docket_domain::{Actor, Role, TicketCommand};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::shop::{
    ADMINISTRATOR, ANNA, BERT, CARLA, IMPORTER, MANAGER, Shop, place, settings, skilled, text,
};

pub(super) const PEOPLE: [PersonId; 3] = [ANNA, BERT, CARLA];

/// Something that somebody does; whether it may be done, the domain says.
#[derive(Clone, Debug)]
pub(super) enum Deed {
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
    /// One of a router's commands is lost on its way, or if it arrives, the answer to it.
    Lose(Index, Index, bool),
    Restart(Index),
}

#[derive(Clone, Debug)]
pub(super) struct Open {
    import: bool,
    skills: Vec<Label>,
    category: bool,
    priority: Priority,
    latitude: Option<f64>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Who {
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

pub(super) fn deed() -> impl Strategy<Value = Deed> {
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
        2 => (any::<Index>(), any::<Index>(), any::<bool>())
            .prop_map(|(router, which, arrives)| Deed::Lose(router, which, arrives)),
        1 => any::<Index>().prop_map(Deed::Restart),
    ]
}

/// Everybody at work, and so many routers.
pub(super) fn shop(routers: u128) -> Shop {
    let mut shop = Shop::empty();
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

pub(super) fn act(shop: &mut Shop, deed: Deed) {
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
            let router = router.index(shop.managers.len());
            shop.deliver_some(router, most);
        }
        Deed::Step(router) => {
            let router = router.index(shop.managers.len());
            shop.step(router);
        }
        Deed::Arrive(router, which) => {
            let router = router.index(shop.managers.len());
            let sent = shop.managers[router].sent.len();
            if sent > 0 {
                shop.arrive(router, which.index(sent));
            }
        }
        Deed::Lose(router, which, arrives) => {
            let router = router.index(shop.managers.len());
            let sent = shop.managers[router].sent.len();
            if sent > 0 {
                shop.lose(router, which.index(sent), arrives);
            }
        }
        Deed::Restart(router) => {
            let router = router.index(shop.managers.len());
            let id = shop.managers.remove(router).manager.plan.router.0.as_u128();
            shop.start_router(id + 100, settings());
        }
    }
}
