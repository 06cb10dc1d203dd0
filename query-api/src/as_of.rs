//! A ticket as it was: the merge, in order, of what its events changed up to a version or a time.

use docket_service::Position;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use serde_json::{Map, Value};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{FromRow as _, Row as _};
use uuid::Uuid;

use crate::access::Sees;
use crate::position;
use crate::problems::Error;
use crate::store::Connections;
use crate::ticket::{TicketView, WIDTH, ticket_columns};

/// Which state of a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum When {
    /// As it is.
    Now,
    /// After so many events.
    Version(u32),
    /// At that time, by the running maximum of business time.
    At(Timestamp),
}

/// A ticket, and where the view stood when it was read.
pub(crate) type Read = (TicketView, Option<Position>);

/// Reads a ticket in one round trip.
pub(crate) async fn read(
    pool: &Connections,
    id: Uuid,
    when: When,
    sees: Sees,
) -> Result<Read, Error> {
    match when {
        When::Now => now(pool, id, sees).await,
        When::Version(asked) => {
            let upto = i32::try_from(asked).unwrap_or(i32::MAX);
            let past = Past::read(pool, id, upto, Timestamp::MAX, sees).await?;
            if past.reached != upto {
                let current = past.current;
                return Err(Error::NoVersion { id, asked, current });
            }
            past.ticket(id)
        }
        When::At(at) => {
            let past = Past::read(pool, id, i32::MAX, at, sees).await?;
            if past.reached == 0 {
                let opened_at = past.opened_at;
                return Err(Error::NotYet { id, opened_at });
            }
            past.ticket(id)
        }
    }
}

async fn now(pool: &Connections, id: Uuid, sees: Sees) -> Result<Read, Error> {
    const SQL: &str = concat!(
        "SELECT ",
        ticket_columns!(),
        ", c.partition, c.incarnation, c.sequence
         FROM ticket t LEFT JOIN checkpoint c ON c.partition = t.partition
         WHERE t.id = $1"
    );
    let row = sqlx::query(SQL)
        .bind(id)
        .fetch_optional(&mut *pool.acquire().await?)
        .await?;
    let row = row.ok_or(Error::no_ticket(id))?;
    let ticket = TicketView::from_row(&row)?;
    if !sees.ticket_of(ticket.customer) {
        return Err(Error::no_ticket(id));
    }
    Ok((ticket, position::of_row(&row, WIDTH)?))
}

/// A ticket merged up to somewhere.
struct Past {
    fields: Map<String, Value>,
    /// The last version merged; 0 for none.
    reached: i32,
    updated_at: Timestamp,
    /// The version it has now.
    current: i32,
    opened_at: Timestamp,
    position: Option<Position>,
}

impl Past {
    async fn read(
        pool: &Connections,
        id: Uuid,
        version_max: i32,
        as_of_max: Timestamp,
        sees: Sees,
    ) -> Result<Self, Error> {
        // `as_of` never falls from one version to the next, so both bounds cut off a tail.
        const SQL: &str = "
            SELECT c.partition, c.incarnation, c.sequence, t.customer, t.version, t.opened_at,
                   l.version, l.as_of, l.changes
            FROM ticket t
            LEFT JOIN checkpoint c ON c.partition = t.partition
            LEFT JOIN timeline l ON l.ticket_id = t.id AND l.version <= $2 AND l.as_of <= $3
            WHERE t.id = $1
            ORDER BY l.version";
        let rows = sqlx::query(SQL)
            .bind(id)
            .bind(version_max)
            .bind(as_of_max.to_sqlx())
            .fetch_all(&mut *pool.acquire().await?)
            .await?;
        let first = rows.first().ok_or(Error::no_ticket(id))?;
        if !sees.ticket_of(first.try_get(3)?) {
            return Err(Error::no_ticket(id));
        }
        let mut past = Self {
            fields: Map::new(),
            reached: 0,
            updated_at: Timestamp::MIN,
            current: first.try_get(4)?,
            opened_at: first.try_get::<jiff_sqlx::Timestamp, _>(5)?.to_jiff(),
            position: position::of_row(first, 0)?,
        };
        for row in &rows {
            past.merge(row)?;
        }
        Ok(past)
    }

    fn merge(&mut self, row: &PgRow) -> Result<(), Error> {
        let Some(version) = row.try_get::<Option<i32>, _>(6)? else {
            return Ok(());
        };
        let changes: Json<Map<String, Value>> = row.try_get(8)?;
        self.fields.extend(changes.0);
        self.reached = version;
        self.updated_at = row.try_get::<jiff_sqlx::Timestamp, _>(7)?.to_jiff();
        Ok(())
    }

    fn ticket(self, id: Uuid) -> Result<Read, Error> {
        let ticket = TicketView::from_fields(self.fields, id, self.reached, self.updated_at)?;
        Ok((ticket, self.position))
    }
}
