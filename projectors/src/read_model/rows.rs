//! The rows that a batch is folded on, of every table of the view, and what becomes of them. Pure.

use std::collections::HashMap;

use docket_domain::EventContext;
use docket_domain::stream::{Event, StreamId};
use serde_json::Value;
use uuid::Uuid;

use super::catalogue::{self, CatalogueRow, EntryKey, EntryRow, GoneEntry};
use super::consultant::{self, ConsultantRow};
use super::customer::{self, CustomerRow};
use super::fold::{self, Happening, TimelineRow};
use super::row::TicketRow;
use crate::projector::{FoldError, RecordPlace, Table};

/// The rows of all tables.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) tickets: Table<Uuid, TicketRow>,
    pub(crate) timeline: Vec<TimelineRow>,
    pub(crate) consultants: Table<Uuid, ConsultantRow>,
    pub(crate) customers: Table<Uuid, CustomerRow>,
    pub(crate) catalogue: Table<(), CatalogueRow>,
    /// Entries of the catalogue that were put in, or (`None`) taken out.
    pub(crate) entries: HashMap<EntryKey, Option<Value>>,
}

/// What is to be written.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) tickets: Vec<TicketRow>,
    pub(crate) timeline: Vec<TimelineRow>,
    pub(crate) consultants: Vec<ConsultantRow>,
    pub(crate) customers: Vec<CustomerRow>,
    pub(crate) catalogue: Vec<CatalogueRow>,
    pub(crate) entries: Vec<EntryRow>,
    pub(crate) gone_entries: Vec<GoneEntry>,
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
        let happening = Happening::new(context, place);
        match (id, event) {
            (StreamId::Ticket(id), Event::Ticket(event)) => {
                let before = self.tickets.get(&id.0);
                let (row, line) = fold::apply(before, id, event, context, place)?;
                self.tickets.set(id.0, row);
                self.timeline.push(line);
            }
            (StreamId::Consultant(id), Event::Consultant(event)) => {
                let before = self.consultants.get(&id.0);
                let row = consultant::apply(before, id, event, &happening)?;
                self.consultants.set(id.0, row);
            }
            (StreamId::Customer(id), Event::Customer(event)) => {
                let before = self.customers.get(&id.0);
                let row = customer::apply(before, id, event, &happening)?;
                self.customers.set(id.0, row);
            }
            (StreamId::Catalogue, Event::Catalogue(event)) => {
                let row = catalogue::apply(self.catalogue.get(&()), &happening);
                self.catalogue.set((), row);
                let (key, becomes) = catalogue::entry(event);
                self.entries.insert(key, becomes);
            }
            (_, _) => return Err(FoldError::OtherStream),
        }
        Ok(())
    }

    /// What the events changed.
    pub(crate) fn changed(self) -> Changed {
        let (entries, gone_entries) = catalogue::rows(self.entries);
        Changed {
            tickets: self.tickets.changed(),
            timeline: self.timeline,
            consultants: self.consultants.changed(),
            customers: self.customers.changed(),
            catalogue: self.catalogue.changed(),
            entries,
            gone_entries,
        }
    }
}

impl Changed {
    /// How many rows that makes.
    pub(crate) fn len(&self) -> usize {
        self.tickets.len()
            + self.timeline.len()
            + self.consultants.len()
            + self.customers.len()
            + self.catalogue.len()
            + self.entries.len()
            + self.gone_entries.len()
    }
}
