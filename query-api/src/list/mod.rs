//! Lists of tickets: filters, full text, order, pages.

mod cursor;
mod filter;
mod statement;

use serde::Serialize;
use serde_json::Value;
use sqlx::postgres::PgPool;
use sqlx::{FromRow as _, Row as _};
use utoipa::ToSchema;

use crate::access::Sees;
use crate::problems::Error;
use crate::ticket::{TicketView, WIDTH};

pub(crate) use filter::{Filter, ListParameters};

use self::cursor::Cursor;

/// A page of tickets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page {
    #[schema(value_type = Vec<TicketView>)]
    pub(crate) tickets: Vec<Value>,
    /// To be sent as `cursor`, with the same filters, for what comes next; null at the end.
    pub(crate) next_cursor: Option<String>,
}

/// Reads a page in one round trip.
pub(crate) async fn read(pool: &PgPool, filter: &Filter, sees: Sees) -> Result<Page, Error> {
    let mut statement = statement::build(filter, sees);
    let rows = statement.build().fetch_all(pool).await?;
    let limit = filter.limit as usize;
    let mut tickets = Vec::with_capacity(rows.len().min(limit));
    let mut next_cursor = None;
    for (place, row) in rows.iter().take(limit).enumerate() {
        let ticket = TicketView::from_row(row)?;
        if place + 1 == limit && rows.len() > limit {
            let cursor = Cursor {
                key: row.try_get(WIDTH)?,
                id: ticket.id,
                list: filter.list,
            };
            next_cursor = Some(cursor.to_string());
        }
        tickets.push(ticket.to_fields(sees)?);
    }
    Ok(Page {
        tickets,
        next_cursor,
    })
}
