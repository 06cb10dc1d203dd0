//! A router with a log that is told to it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use docket_domain::command::{
    Caller, Channel, Customer, OpenTicket, Origin, Place, Point, Priority,
};
use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantEvent, Hours, Level, Profile,
};
use docket_domain::ids::{PersonId, RouterId, TicketId};
use docket_domain::stream::{Event, StreamId};
use docket_domain::text::{Label, Personal};
use docket_domain::{Actor, EventContext, Role, TicketEvent, TicketNumber, Timestamp};
use docket_event_log::{Partition, Sequence};
use docket_process_managers::fact::{Fact, Told};
use docket_process_managers::router::RouterConfig;
use docket_process_managers::router::plan::{Intent, Plan, Step, What};
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::{CAPACITY, NOON, point, skill, text};
use crate::load::Random;

pub(super) struct Story {
    plan: Plan,
    sequences: [u64; 8],
    pub(super) now: Timestamp,
}

impl Story {
    /// Its router waits for no other.
    pub(super) fn new() -> Self {
        let config = RouterConfig {
            takeover_ms: 0,
            ..RouterConfig::default()
        };
        let router = RouterId(Uuid::from_u128(1));
        // Berlin's clock, wherever somebody is.
        let zones = Box::new(|_: &str| TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").ok());
        Self {
            plan: Plan::new(router, config.settings(), 8, zones),
            sequences: [0; 8],
            now: NOON,
        }
    }

    fn tell(&mut self, stream: StreamId, event: Event) {
        let partition = match stream {
            StreamId::Ticket(TicketId(id))
            | StreamId::Consultant(PersonId(id))
            | StreamId::Customer(PersonId(id)) => (id.as_u128() % 8) as u16,
            StreamId::Survey(_) | StreamId::Catalogue => 0,
        };
        let sequence = &mut self.sequences[usize::from(partition)];
        *sequence += 1;
        let context = EventContext {
            actor: Actor {
                id: PersonId(Uuid::nil()),
                role: Role::Service,
            },
            occurred_at: self.now,
            origin: Origin::Live,
            source_sequence: None,
        };
        let told = Told {
            partition: Partition(partition),
            sequence: Sequence(*sequence),
            at: self.now,
            fact: Some(Fact {
                stream,
                event: Some((event, context)),
            }),
        };
        self.plan.read(&told);
    }

    /// Some of what there is to do, and whether there is more.
    pub(super) fn some(&mut self) -> (Vec<Intent>, bool) {
        let Step { intents, more, .. } = self.plan.step(self.now);
        (intents, more)
    }

    /// Everything there is to do.
    pub(super) fn all(&mut self) -> Vec<Intent> {
        let mut intents = Vec::new();
        loop {
            let (some, more) = self.some();
            intents.extend(some);
            if !more {
                return intents;
            }
        }
    }

    /// Somebody who lives between those longitudes, goes so far (or anywhere), and works those hours
    /// (or always).
    pub(super) fn hire(
        &mut self,
        n: u128,
        lives: &Range<f64>,
        travel_km_max: Option<u32>,
        hours: Option<Hours>,
        random: &mut Random,
    ) {
        let id = StreamId::Consultant(PersonId(Uuid::from_u128(n)));
        let profile = Profile {
            name: Personal::Known(text("Somebody")),
            team: None,
            skills: (0..6)
                .map(|_| (skill(random), Level::MAX))
                .collect::<BTreeMap<_, _>>(),
            areas: BTreeSet::new(),
            travel_km_max,
            languages: BTreeSet::from([text("de")]),
            capacity: CAPACITY,
        };
        self.tell(id, ConsultantEvent::Registered(Box::new(profile)).into());
        let available = ConsultantEvent::AvailabilityChanged(Box::new(AvailabilityChange {
            availability: Some(Availability::Available),
            hours: Some(hours),
        }));
        self.tell(id, available.into());
        let place = point(random, lives).map(place);
        self.tell(id, ConsultantEvent::PlaceChanged { place }.into());
    }

    pub(super) fn open(
        &mut self,
        n: u128,
        skills: Vec<Label>,
        lies: &Range<f64>,
        random: &mut Random,
    ) -> TicketId {
        let id = TicketId(Uuid::from_u128(n));
        let opened = TicketEvent::Opened(Box::new(OpenTicket {
            number: TicketNumber::new(1, 8, 0),
            customer: Customer::Unregistered(Personal::<Caller>::Erased),
            channel: Channel::Phone,
            store: None,
            team: None,
            subject: Personal::Erased,
            description: None,
            category: None,
            skills,
            priority: Priority::Moderate,
            place: point(random, lies).map(place),
            language: Some(text("de")),
            fields: BTreeMap::new(),
        }));
        self.tell(StreamId::Ticket(id), opened.into());
        id
    }

    /// The ticket goes to whom it was sent to, who accepts.
    pub(super) fn assigned(&mut self, intent: Intent) {
        let What::Assign {
            consultant,
            decision,
        } = intent.what
        else {
            return;
        };
        let event = TicketEvent::Assigned {
            consultant,
            decision: Some(decision),
        };
        self.tell(StreamId::Ticket(intent.ticket), event.into());
        let accepted = TicketEvent::Accepted { consultant };
        self.tell(StreamId::Ticket(intent.ticket), accepted.into());
    }

    pub(super) fn resolved(&mut self, ticket: TicketId) {
        let resolved = TicketEvent::Resolved {
            code: text("fixed"),
            note: None,
        };
        self.tell(StreamId::Ticket(ticket), resolved.into());
    }
}

fn place(point: Point) -> Personal<Place> {
    Personal::Known(Place {
        address: None,
        point: Some(point),
    })
}
