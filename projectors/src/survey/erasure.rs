//! Customers who were erased: nothing that they said stays in the view.
//!
//! A customer and the surveys that they answered lie in different partitions, whose projectors come to
//! them in any order and at once. Guarantee: once both are in the view, no text is, whoever came last.
//! Only answers with a text and erasures wait for each other.

use sqlx::Error;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::row::SurveyRow;

/// Erases these customers from the view, for good.
pub(super) async fn erase(connection: &mut PgConnection, customers: &[Uuid]) -> Result<(), Error> {
    if customers.is_empty() {
        return Ok(());
    }
    // Whoever writes a text now is waited for, and seen by the update.
    sqlx::query("LOCK TABLE survey IN SHARE ROW EXCLUSIVE MODE")
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO erased_customer SELECT UNNEST($1::uuid[]) ON CONFLICT DO NOTHING")
        .bind(customers)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "UPDATE survey SET text = NULL, text_erased = true
         WHERE customer = ANY($1) AND text IS NOT NULL",
    )
    .bind(customers)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Takes out of the rows what erased customers said, before they are written.
pub(super) async fn blank(
    connection: &mut PgConnection,
    rows: &mut [SurveyRow],
) -> Result<(), Error> {
    let said_by = |row: &SurveyRow| row.customer.filter(|_| row.text.is_some());
    let customers: Vec<Uuid> = rows.iter().filter_map(said_by).collect();
    if customers.is_empty() {
        return Ok(());
    }
    // Whoever erases now is waited for, and seen by the next statement; later ones wait for us.
    sqlx::query("LOCK TABLE survey IN ROW EXCLUSIVE MODE")
        .execute(&mut *connection)
        .await?;
    let erased: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM erased_customer WHERE id = ANY($1)")
        .bind(customers)
        .fetch_all(connection)
        .await?;
    for row in rows {
        if said_by(row).is_some_and(|customer| erased.contains(&customer)) {
            row.text = None;
            row.text_erased = true;
        }
    }
    Ok(())
}
