//! Customers: how to reach them, and how they want to be served; found by what a receptionist hears.

mod filter;
mod view;

use docket_service::Position;
use serde::Serialize;
use sqlx::{FromRow as _, Postgres, QueryBuilder};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::SeesCustomers;
use crate::position;
use crate::problems::Error;
use crate::store::Connections;

pub(crate) use filter::{CustomerList, Filter};
pub(crate) use view::{CustomerView, FoundCustomer, LatestTicket};

/// A page of customers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustomerPage)]
pub(crate) struct Page {
    pub(crate) customers: Vec<FoundCustomer>,
    /// To be sent as `cursor`, with the same search, for what comes next; null at the end.
    pub(crate) next_cursor: Option<String>,
}

/// A [`CustomerView`] per row of `customer` (as `c`).
const COLUMNS: &str = "c.id, c.version, c.name, c.phone, c.email, c.channel, c.language, \
    c.consultant, c.surveys, c.erased, c.registered_at, c.updated_at, c.erased_at";

/// The latest tickets of each of them (as `c`), as `l.tickets`; their numbers with two digits at
/// least, as they are printed.
const LATEST: &str = " CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', t.id, 'number', to_char(t.number, 'FM9999999999999999900'), 'status', t.status,
            'subject', t.subject, 'opened_at', t.opened_at
        ) ORDER BY t.opened_at DESC, t.id DESC), '[]') AS tickets
        FROM (
            SELECT * FROM ticket WHERE customer = c.id ORDER BY opened_at DESC, id DESC LIMIT 5
        ) t
    ) l";

/// The most that a search looks at. Whoever asks for a single letter gets an answer as fast as
/// whoever asks for a name.
const FOUND_MAX: i64 = 10_000;

/// Reads one, and where the view stood then, in one round trip.
pub(crate) async fn one(
    pool: &Connections,
    id: Uuid,
    sees: SeesCustomers,
) -> Result<(CustomerView, Option<Position>), Error> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT k.partition, k.incarnation, k.sequence, ");
    sql.push(COLUMNS)
        .push(" FROM customer c LEFT JOIN checkpoint k ON k.partition = c.partition WHERE c.id = ")
        .push_bind(id);
    sees.only(&mut sql);
    let row = sql
        .build()
        .fetch_optional(&mut *pool.acquire().await?)
        .await?;
    let row = row.ok_or(Error::NotFound {
        what: "customer",
        id,
    })?;
    Ok((CustomerView::from_row(&row)?, position::of_row(&row, 0)?))
}

/// Reads a page in one round trip.
pub(crate) async fn page(
    pool: &Connections,
    filter: &Filter,
    sees: SeesCustomers,
) -> Result<Page, Error> {
    let order = &filter.order;
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS).push(", l.tickets");
    order.key(&mut sql);
    sql.push(" FROM (SELECT * FROM (SELECT * FROM customer c WHERE c.erased_at IS NULL");
    sees.only(&mut sql);
    if let Some(search) = &filter.q {
        search.only(&mut sql);
        // Without it, Postgres would rather go through the names in order until there are enough
        // that fit, which may be through all.
        sql.push(" LIMIT ").push_bind(FOUND_MAX);
    }
    sql.push(") c WHERE true");
    order.after(&mut sql);
    order.page(&mut sql);
    sql.push(") c").push(LATEST);
    order.order(&mut sql);
    let rows = sql.build().fetch_all(&mut *pool.acquire().await?).await?;
    let (customers, next_cursor) = order.read(&rows, |row| {
        let found = FoundCustomer::from_row(row)?;
        Ok((found.customer.id, found))
    })?;
    Ok(Page {
        customers,
        next_cursor,
    })
}
