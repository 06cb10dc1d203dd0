//! Tickets: they are opened and worked, and what has become of them.

use std::collections::BTreeMap;

use docket_domain::command::{Caller, Channel, Customer, OpenTicket, Place, Point, Priority};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::stream::{Aggregate, Event, StreamId};
use docket_domain::text::{Label, Personal};
use docket_domain::{
    Actor, Role, Status, Ticket, TicketCommand, TicketEvent, TicketNumber, TicketState,
};
use uuid::Uuid;

use super::{MANAGER, Shop, text};

impl Shop {
    /// With other ids for tickets, and so other lots between equals.
    pub(crate) fn with_lot(mut self, lot: u128) -> Self {
        self.tickets += 1_000 * lot;
        self
    }

    pub(crate) fn open(&mut self) -> TicketId {
        self.open_as(|_| {})
    }

    pub(crate) fn open_as(&mut self, change: impl FnOnce(&mut OpenTicket)) -> TicketId {
        self.open_by(MANAGER, change)
    }

    pub(crate) fn open_by(&mut self, by: Actor, change: impl FnOnce(&mut OpenTicket)) -> TicketId {
        self.tickets += 1;
        let id = TicketId(Uuid::from_u128(self.tickets));
        let mut ticket = plain_ticket();
        change(&mut ticket);
        self.ticket(id, by, TicketCommand::Open(Box::new(ticket)));
        id
    }

    /// By whoever has it.
    #[track_caller]
    pub(crate) fn by_holder(&mut self, id: TicketId, command: TicketCommand) {
        let holder = Actor {
            id: self.holder(id).expect("somebody has it"),
            role: Role::Consultant,
        };
        self.ticket(id, holder, command);
    }

    pub(crate) fn decline(&mut self, id: TicketId) {
        let reason = text("no");
        self.by_holder(id, TicketCommand::Decline { reason });
    }

    pub(crate) fn state(&self, id: TicketId) -> &TicketState {
        match self.streams.get(&StreamId::Ticket(id)) {
            Some(Aggregate::Ticket(Ticket::Opened(state))) => state,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn status(&self, id: TicketId) -> &Status {
        &self.state(id).status
    }

    pub(crate) fn holder(&self, id: TicketId) -> Option<PersonId> {
        self.status(id).consultant()
    }

    /// How many tickets each has.
    pub(crate) fn loads(&self) -> BTreeMap<PersonId, u32> {
        let mut loads = BTreeMap::new();
        for state in self.streams.values() {
            if let Aggregate::Ticket(Ticket::Opened(state)) = state
                && let Status::Assigned { .. } | Status::InProgress { .. } | Status::OnHold { .. } =
                    state.status
                && let Some(who) = state.status.consultant()
            {
                *loads.entry(who).or_default() += 1;
            }
        }
        loads
    }

    /// The ticket's events.
    pub(crate) fn events(&self, id: TicketId) -> Vec<&TicketEvent> {
        let told = self.log.iter().filter_map(|told| told.fact.as_ref());
        told.filter(|fact| fact.stream == StreamId::Ticket(id))
            .filter_map(|fact| match &fact.event {
                Some((Event::Ticket(event), _)) => Some(event),
                _ => None,
            })
            .collect()
    }

    /// To whom routers gave it, one after the other.
    pub(crate) fn given_to(&self, id: TicketId) -> Vec<PersonId> {
        let events = self.events(id).into_iter();
        events
            .filter_map(|event| match event {
                TicketEvent::Assigned {
                    consultant,
                    decision: Some(_),
                } => Some(*consultant),
                _ => None,
            })
            .collect()
    }
}

fn plain_ticket() -> OpenTicket {
    OpenTicket {
        number: TicketNumber::new(1, 8, 0),
        customer: Customer::Unregistered(Personal::Known(Caller {
            name: text::<100>("Kim"),
            phone: None,
            email: None,
        })),
        channel: Channel::Phone,
        store: None,
        team: None,
        subject: Personal::Known(text("Till 3 prints nothing")),
        description: None,
        category: None,
        skills: Vec::<Label>::new(),
        priority: Priority::Moderate,
        place: None,
        language: None,
        fields: BTreeMap::new(),
    }
}

pub(crate) fn place(latitude: f64, longitude: f64) -> Personal<Place> {
    Personal::Known(Place {
        address: None,
        point: Point::new(latitude, longitude),
    })
}
