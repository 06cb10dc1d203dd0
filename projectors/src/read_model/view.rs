//! The read model as a view that follows the log: which rows a batch needs, and what is written.

use std::collections::{HashMap, HashSet};

use docket_domain::EventContext;
use docket_domain::stream::{Event, StreamId};
use docket_migrations::READ_MODEL;
use sqlx::Error;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::rows::Rows;
use super::sql;
use crate::projector::{FoldError, RecordPlace, Section, Table, View};

/// The view of this module.
#[derive(Clone, Copy, Debug)]
pub struct ReadModel;

impl Section for ReadModel {
    const NAME: &'static str = "read_model";
    const COMMIT_INTERVAL_MS: u64 = 0;
}

impl View for ReadModel {
    type Rows = Rows;

    fn migrator() -> &'static Migrator {
        &READ_MODEL
    }

    fn shows(key: &[u8]) -> bool {
        let kinds: [&[u8]; 3] = [b"ticket-", b"consultant-", b"customer-"];
        key == b"catalogue" || kinds.iter().any(|kind| key.starts_with(kind))
    }

    async fn read(
        connection: &mut PgConnection,
        streams: &HashSet<StreamId>,
    ) -> Result<Rows, Error> {
        let (mut tickets, mut consultants) = (Vec::<Uuid>::new(), Vec::<Uuid>::new());
        let (mut customers, mut catalogue) = (Vec::<Uuid>::new(), None);
        for stream in streams {
            match stream {
                StreamId::Ticket(id) => tickets.push(id.0),
                StreamId::Consultant(id) => consultants.push(id.0),
                StreamId::Customer(id) => customers.push(id.0),
                StreamId::Survey(_) => {}
                StreamId::Catalogue => catalogue = sql::select_catalogue(connection).await?,
            }
        }
        let tickets = sql::select_tickets(connection, &tickets).await?;
        let consultants = sql::select_consultants(connection, &consultants).await?;
        let customers = sql::select_customers(connection, &customers).await?;
        Ok(Rows {
            tickets: Table::new(tickets.into_iter().map(|row| (row.id, row))),
            timeline: Vec::new(),
            consultants: Table::new(consultants.into_iter().map(|row| (row.id, row))),
            customers: Table::new(customers.into_iter().map(|row| (row.id, row))),
            catalogue: Table::new(catalogue.map(|row| ((), row))),
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
        let rows = rows.changed();
        sql::upsert_tickets(connection, &rows.tickets).await?;
        sql::insert_timeline(connection, &rows.timeline).await?;
        sql::upsert_consultants(connection, &rows.consultants).await?;
        sql::upsert_customers(connection, &rows.customers).await?;
        sql::upsert_catalogue(connection, &rows.catalogue).await?;
        sql::upsert_entries(connection, &rows.entries).await?;
        sql::delete_entries(connection, &rows.gone_entries).await?;
        Ok(rows.len())
    }
}
