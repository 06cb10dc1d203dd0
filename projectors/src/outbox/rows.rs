//! The rows that a batch is folded on, and what becomes of them. Pure.

use docket_domain::EventContext;
use docket_domain::command::Origin;
use docket_domain::stream::{Event, StreamId};
use uuid::Uuid;

use super::notification::NotificationRow;
use super::people::{self, ConsultantRow, CustomerRow};
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
                let live = context.origin == Origin::Live;
                let (row, calls) = ticket::apply(self.tickets.get(&id.0), id, event, live)?;
                let version = row.version;
                let new = calls
                    .into_iter()
                    .map(|call| NotificationRow::new(id, version, call, context, place));
                self.notifications.extend(new);
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
            (_, _) => return Err(FoldError::OtherStream),
        }
        Ok(())
    }
}
