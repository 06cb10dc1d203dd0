//! The rows that a batch is folded on, and what becomes of them. Pure.

use docket_domain::EventContext;
use docket_domain::stream::{Event, StreamId};
use uuid::Uuid;

use super::notification::{Call, Fact, NotificationRow};
use super::people::{self, ConsultantRow, CustomerRow};
use super::survey;
use super::ticket::{self, TicketRow};
use crate::projector::{FoldError, RecordPlace, Table};

/// The rows of all tables.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) tickets: Table<Uuid, TicketRow>,
    pub(crate) customers: Table<Uuid, CustomerRow>,
    pub(crate) consultants: Table<Uuid, ConsultantRow>,
    pub(crate) notifications: Vec<NotificationRow>,
}

impl Rows {
    /// Applies one event of a stream.
    pub(crate) fn apply(
        &mut self,
        id: StreamId,
        event: &Event,
        context: &EventContext,
        place: RecordPlace,
    ) -> Result<(), FoldError> {
        match (id, event) {
            (StreamId::Ticket(id), Event::Ticket(event)) => {
                let (row, calls) = ticket::apply(self.tickets.get(&id.0), id, event, context)?;
                let fact = Fact {
                    stream: StreamId::Ticket(id),
                    version: row.version,
                    ticket: id,
                    survey: None,
                };
                self.notify(fact, calls, context, place);
                self.tickets.set(id.0, row);
            }
            (StreamId::Customer(id), Event::Customer(event)) => {
                let row = people::customer(self.customers.get(&id.0), id, event)?;
                self.customers.set(id.0, row);
            }
            (StreamId::Consultant(id), Event::Consultant(event)) => {
                let row = people::consultant(self.consultants.get(&id.0), id, event)?;
                self.consultants.set(id.0, row);
            }
            (StreamId::Survey(id), Event::Survey(event)) => {
                if let Some((fact, calls)) = survey::apply(id, event, context) {
                    self.notify(fact, calls, context, place);
                }
            }
            (_, _) => return Err(FoldError::OtherStream),
        }
        Ok(())
    }
    fn notify(&mut self, fact: Fact, calls: Vec<Call>, context: &EventContext, place: RecordPlace) {
        let new = calls
            .into_iter()
            .map(|call| NotificationRow::new(fact, call, context, place));
        self.notifications.extend(new);
    }
}
