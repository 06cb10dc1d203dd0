//! The routing view as one that follows the log: which rows a batch needs, and what is written.

use std::collections::{HashMap, HashSet};

use docket_domain::EventContext;
use docket_domain::stream::{Event, StreamId};
use docket_migrations::ROUTING;
use sqlx::Error;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::rows::Rows;
use super::sql;
use crate::projector::{FoldError, RecordPlace, Section, Table, View};
use crate::read_model::catalogue;
use crate::read_model::sql::{
    delete_entries, select_consultants, upsert_consultants, upsert_entries,
};

/// The view of this module.
#[derive(Clone, Copy, Debug)]
pub struct Routing;

impl Section for Routing {
    const NAME: &'static str = "routing";
    const COMMIT_INTERVAL_MS: u64 = 100;
}

impl View for Routing {
    type Rows = Rows;

    fn migrator() -> &'static Migrator {
        &ROUTING
    }

    fn shows(key: &[u8]) -> bool {
        let kinds: [&[u8]; 2] = [b"ticket-", b"consultant-"];
        key == b"catalogue" || kinds.iter().any(|kind| key.starts_with(kind))
    }

    async fn read(
        connection: &mut PgConnection,
        streams: &HashSet<StreamId>,
    ) -> Result<Rows, Error> {
        let (mut tickets, mut consultants) = (Vec::<Uuid>::new(), Vec::<Uuid>::new());
        for stream in streams {
            match stream {
                StreamId::Ticket(id) => tickets.push(id.0),
                StreamId::Consultant(id) => consultants.push(id.0),
                StreamId::Customer(_) | StreamId::Survey(_) | StreamId::Catalogue => {}
            }
        }
        let tickets = sql::select_tickets(connection, &tickets).await?;
        let consultants = select_consultants(connection, &consultants).await?;
        Ok(Rows {
            tickets: Table::new(tickets.into_iter().map(|row| (row.id, row))),
            decisions: Vec::new(),
            outcomes: Vec::new(),
            consultants: Table::new(consultants.into_iter().map(|row| (row.id, row))),
            entries: HashMap::new(),
        })
    }

    fn apply(
        rows: &mut Rows,
        id: StreamId,
        event: &Event,
        context: &EventContext,
        place: RecordPlace,
    ) -> Result<(), FoldError> {
        rows.apply(id, event, context, place)
    }

    async fn write(connection: &mut PgConnection, rows: Rows) -> Result<usize, Error> {
        let (tickets, consultants) = (rows.tickets.changed(), rows.consultants.changed());
        let (decisions, outcomes) = (rows.decisions, rows.outcomes);
        let (entries, gone_entries) = catalogue::rows(rows.entries);
        sql::upsert_tickets(connection, &tickets).await?;
        sql::insert_decisions(connection, &decisions).await?;
        sql::insert_outcomes(connection, &outcomes).await?;
        upsert_consultants(connection, &consultants).await?;
        upsert_entries(connection, &entries).await?;
        delete_entries(connection, &gone_entries).await?;
        Ok(tickets.len()
            + decisions.len()
            + outcomes.len()
            + consultants.len()
            + entries.len()
            + gone_entries.len())
    }
}
