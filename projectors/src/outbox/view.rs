//! The outbox as a view that follows the log: which rows a batch needs, and what is written.

use std::collections::HashSet;

use docket_domain::EventContext;
use docket_domain::stream::{Event, StreamId};
use docket_migrations::OUTBOX;
use sqlx::Error;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::rows::Rows;
use super::{erasure, sql};
use crate::projector::{FoldError, RecordPlace, Section, Table, View};

/// The view of this module.
#[derive(Clone, Copy, Debug)]
pub struct Outbox;

impl Section for Outbox {
    const NAME: &'static str = "outbox";
    const COMMIT_INTERVAL_MS: u64 = 100;
}

impl View for Outbox {
    type Rows = Rows;

    fn migrator() -> &'static Migrator {
        &OUTBOX
    }

    fn shows(key: &[u8]) -> bool {
        let kinds: [&[u8]; 4] = [b"ticket-", b"consultant-", b"customer-", b"survey-"];
        kinds.iter().any(|kind| key.starts_with(kind))
    }

    async fn read(
        connection: &mut PgConnection,
        streams: &HashSet<StreamId>,
    ) -> Result<Rows, Error> {
        let (mut tickets, mut customers) = (Vec::<Uuid>::new(), Vec::<Uuid>::new());
        let mut consultants = Vec::<Uuid>::new();
        for stream in streams {
            match stream {
                StreamId::Ticket(id) => tickets.push(id.0),
                StreamId::Customer(id) => customers.push(id.0),
                StreamId::Consultant(id) => consultants.push(id.0),
                StreamId::Survey(_) | StreamId::Catalogue => {}
            }
        }
        let tickets = sql::select_tickets(connection, &tickets).await?;
        let customers = sql::select_customers(connection, &customers).await?;
        let consultants = sql::select_consultants(connection, &consultants).await?;
        Ok(Rows {
            tickets: Table::new(tickets.into_iter().map(|row| (row.id, row))),
            customers: Table::new(customers.into_iter().map(|row| (row.id, row))),
            consultants: Table::new(consultants.into_iter().map(|row| (row.id, row))),
            notifications: Vec::new(),
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
        let (mut tickets, customers) = (rows.tickets.changed(), rows.customers.changed());
        let (consultants, notifications) = (rows.consultants.changed(), rows.notifications);
        erasure::forget(connection, &mut tickets, &customers).await?;
        sql::upsert_tickets(connection, &tickets).await?;
        sql::upsert_customers(connection, &customers).await?;
        sql::upsert_consultants(connection, &consultants).await?;
        sql::insert_notifications(connection, &notifications).await?;
        sql::insert_pending(connection, &notifications).await?;
        Ok(tickets.len() + customers.len() + consultants.len() + notifications.len())
    }
}
