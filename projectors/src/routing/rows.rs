//! The rows that a batch is folded on, and what becomes of them. Pure.

use std::collections::HashMap;

use docket_domain::ids::TicketId;
use docket_domain::stream::{Event, StreamId};
use docket_domain::{EventContext, TicketEvent};
use serde_json::Value;
use uuid::Uuid;

use super::decision::{DecisionRow, OutcomeRow};
use super::ticket::{self, TicketRow};
use crate::projector::{FoldError, RecordPlace, Table};
use crate::read_model::catalogue::{self, EntryKey};
use crate::read_model::consultant::{self, ConsultantRow};
use crate::read_model::fold::Happening;

/// The rows of all tables.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) tickets: Table<Uuid, TicketRow>,
    pub(crate) decisions: Vec<DecisionRow>,
    pub(crate) outcomes: Vec<OutcomeRow>,
    pub(crate) consultants: Table<Uuid, ConsultantRow>,
    /// Entries of the catalogue that were put in, or (`None`) taken out.
    pub(crate) entries: HashMap<EntryKey, Option<Value>>,
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
                self.ticket_event(id, event, context, place)?;
            }
            (StreamId::Consultant(id), Event::Consultant(event)) => {
                let before = self.consultants.get(&id.0);
                let happening = Happening::new(context, place);
                let row = consultant::apply(before, id, event, &happening)?;
                self.consultants.set(id.0, row);
            }
            (StreamId::Catalogue, Event::Catalogue(event)) => {
                let (key, becomes) = catalogue::entry(event);
                self.entries.insert(key, becomes);
            }
            (_, _) => return Err(FoldError::OtherStream),
        }
        Ok(())
    }

    fn ticket_event(
        &mut self,
        id: TicketId,
        event: &TicketEvent,
        context: &EventContext,
        place: RecordPlace,
    ) -> Result<(), FoldError> {
        let before = self.tickets.get(&id.0);
        let row = ticket::apply(before, id, event, context, place)?;
        let awaits = before.and_then(|before| before.awaits);
        if let (Some(decision), Some(answered)) = (awaits, ticket::answer(event)) {
            let versions = (decision, row.version);
            let outcome = OutcomeRow::new(id, versions, answered, context);
            self.outcomes.push(outcome);
        }
        if let TicketEvent::Assigned {
            consultant,
            decision: Some(decision),
        } = event
        {
            let decision = DecisionRow::new(id, row.version, *consultant, decision, place);
            self.decisions.push(decision);
        }
        self.tickets.set(id.0, row);
        Ok(())
    }
}
