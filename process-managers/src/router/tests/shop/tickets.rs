//! Tickets: who has them, and had them before.

use std::collections::BTreeMap;

use docket_domain::command::{OpenTicket, Place, Point};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::stream::Aggregate;
use docket_domain::text::Personal;
use docket_domain::{Actor, Role, Status, Ticket, TicketCommand, TicketEvent};

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

pub(crate) fn place(latitude: f64, longitude: f64) -> Personal<Place> {
    Personal::Known(Place {
        address: None,
        point: Point::new(latitude, longitude),
    })
}
