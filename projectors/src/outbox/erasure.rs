//! Customers whose personal data were erased, and their tickets.
//!
//! A ticket and its customer lie in different partitions, which no order connects. Guarantee: when
//! both are projected, nothing personal is left in the ticket's row, whichever came first and however
//! close together.

use sqlx::Error;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::people::CustomerRow;
use super::ticket::TicketRow;

/// Empties the tickets of customers who are erased: those of the batch that is to be written, and of
/// a customer whom this batch erases those of the table as well.
///
/// Of two transactions that run at once neither would see what the other one writes. So one that
/// erases waits for whoever writes tickets, and they for its end: the next statement sees it.
pub(crate) async fn forget(
    connection: &mut PgConnection,
    tickets: &mut [TicketRow],
    customers: &[CustomerRow],
) -> Result<(), Error> {
    let of_tickets: Vec<Uuid> = tickets
        .iter()
        .filter_map(|ticket| ticket.customer)
        .collect();
    let erased = customers.iter().filter(|customer| customer.erased);
    let mut erased: Vec<Uuid> = erased.map(|customer| customer.id).collect();
    if erased.is_empty() && of_tickets.is_empty() {
        return Ok(());
    }
    let lock = if erased.is_empty() {
        "LOCK TABLE ticket IN ROW EXCLUSIVE MODE"
    } else {
        "LOCK TABLE ticket IN SHARE ROW EXCLUSIVE MODE"
    };
    sqlx::query(lock).execute(&mut *connection).await?;
    if !erased.is_empty() {
        sqlx::query(
            "UPDATE ticket SET caller_name = NULL, caller_phone = NULL, caller_email = NULL,
                               language = NULL, subject = NULL
             WHERE customer = ANY($1)",
        )
        .bind(&erased)
        .execute(&mut *connection)
        .await?;
    }
    let before: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM customer WHERE id = ANY($1) AND erased")
            .bind(&of_tickets)
            .fetch_all(&mut *connection)
            .await?;
    erased.extend(before);
    for ticket in tickets {
        if ticket.customer.is_some_and(|id| erased.contains(&id)) {
            ticket.forget();
        }
    }
    Ok(())
}
