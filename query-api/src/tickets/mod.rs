//! Lists of tickets: filters and full text.

mod filter;
mod statement;

use serde::Serialize;
use serde_json::Value;
use sqlx::FromRow as _;
use utoipa::ToSchema;

use crate::access::Sees;
use crate::problems::Error;
use crate::store::Connections;
use crate::ticket::TicketView;

pub(crate) use filter::{Filter, ListParameters, TicketList};

/// A page of tickets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketPage)]
pub(crate) struct Page {
    #[schema(value_type = Vec<TicketView>)]
    pub(crate) tickets: Vec<Value>,
    /// To be sent as `cursor`, with the same filters, for what comes next; null at the end.
    pub(crate) next_cursor: Option<String>,
}

/// Reads a page in one round trip.
pub(crate) async fn read(pool: &Connections, filter: &Filter, sees: Sees) -> Result<Page, Error> {
    let mut statement = statement::build(filter, sees);
    let rows = statement
        .build()
        .fetch_all(&mut *pool.acquire().await?)
        .await?;
    let (tickets, next_cursor) = filter.order.read(&rows, |row| {
        let ticket = TicketView::from_row(row)?;
        Ok((ticket.id, ticket.to_fields(sees)?))
    })?;
    Ok(Page {
        tickets,
        next_cursor,
    })
}
