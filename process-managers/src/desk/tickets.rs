//! Tickets: they are opened and worked, and what has become of them.

use std::collections::BTreeMap;

use docket_domain::command::{
    Caller, Channel, CommandContext, Customer, OpenTicket, Priority, Visibility,
};
use docket_domain::ids::{CommentId, TicketId};
use docket_domain::stream::{Aggregate, Event, StreamId};
use docket_domain::text::Personal;
use docket_domain::{Actor, Status, Ticket, TicketCommand, TicketEvent, TicketNumber};
use jiff::SignedDuration;
use uuid::Uuid;

use super::{Desk, IMPORTER, MANAGER, REOPEN_WINDOW, Wants, days, text};

impl<M: Wants> Desk<M> {
    #[track_caller]
    pub(crate) fn ticket(&mut self, id: TicketId, by: Actor, command: TicketCommand) {
        self.tell(StreamId::Ticket(id), by, command);
    }

    pub(crate) fn open_by(&mut self, by: Actor, change: impl FnOnce(&mut OpenTicket)) -> TicketId {
        self.tickets += 1;
        let id = TicketId(Uuid::from_u128(self.tickets));
        let mut ticket = plain_ticket();
        change(&mut ticket);
        self.ticket(id, by, TicketCommand::Open(Box::new(ticket)));
        id
    }

    pub(crate) fn resolve(&mut self, id: TicketId, by: Actor) {
        let code = text("fixed");
        self.ticket(id, by, TicketCommand::Resolve { code, note: None });
    }

    pub(crate) fn close(&mut self, id: TicketId, by: Actor) {
        let command = TicketCommand::Close {
            reopen_until: self.now + REOPEN_WINDOW,
        };
        self.ticket(id, by, command);
    }

    pub(crate) fn reopen(&mut self, id: TicketId) {
        let reason = text("it is back");
        self.ticket(id, MANAGER, TicketCommand::Reopen { reason });
    }

    /// Closed long ago and back soon after, as an import tells it: the rest of the old system's day
    /// in between.
    pub(crate) fn come_back_by_import(&mut self, change: impl FnOnce(&mut OpenTicket)) -> TicketId {
        let id = self.open_by(IMPORTER, change);
        self.resolve(id, IMPORTER);
        let reopen_until = self.now - days(300);
        self.ticket(id, IMPORTER, TicketCommand::Close { reopen_until });
        for _ in 0..100 {
            self.open_by(IMPORTER, |_| {});
            self.pass(SignedDuration::from_mins(10));
        }
        let context = CommandContext {
            occurred_at: reopen_until,
            ..self.context(IMPORTER)
        };
        let reason = text("again");
        let reopen = TicketCommand::Reopen { reason };
        self.ask(StreamId::Ticket(id), &context, reopen).unwrap();
        id
    }

    pub(crate) fn comment(&mut self, id: TicketId) {
        let command = TicketCommand::AddComment {
            comment: CommentId(Uuid::from_u128(self.log.len() as u128)),
            visibility: Visibility::Internal,
            text: Personal::Known(text("Hm")),
        };
        self.ticket(id, MANAGER, command);
    }

    pub(crate) fn status(&self, id: TicketId) -> &Status {
        match self.streams.get(&StreamId::Ticket(id)) {
            Some(Aggregate::Ticket(Ticket::Opened(state))) => &state.status,
            other => panic!("{other:?}"),
        }
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

    /// How often it was closed.
    pub(crate) fn closings(&self, id: TicketId) -> usize {
        let events = self.events(id).into_iter();
        let closings = events.filter(|event| matches!(event, TicketEvent::Closed { .. }));
        closings.count()
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
        skills: Vec::new(),
        priority: Priority::Moderate,
        place: None,
        language: None,
        fields: BTreeMap::new(),
    }
}
