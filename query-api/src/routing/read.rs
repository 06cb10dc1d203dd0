//! What routing did and does for one ticket.

use std::collections::HashMap;

use docket_service::Position;
use serde::Serialize;
use sqlx::{AssertSqlSafe, FromRow as _, Row as _};
use utoipa::ToSchema;
use uuid::Uuid;

use super::decision::{COLUMNS, DecisionView, Row};
use super::queue::{self, WaitingView};
use crate::access::SeesRouting;
use crate::position;
use crate::problems::Error;
use crate::store::Connections;

/// A ticket as routing sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketRouting)]
pub(crate) struct RoutingView {
    ticket: Uuid,
    /// As it is read out.
    number: String,
    version: i32,
    /// open, assigned, `in_progress`, `on_hold`, resolved, closed or cancelled.
    status: String,
    /// Whoever has it, or had it when it was solved.
    assignee: Option<Uuid>,
    /// What it asks for and why it waits, if it waits for a consultant and routers see to it.
    waiting: Option<WaitingView>,
    /// Every decision of a router about it, in order. What people assigned is in the timeline.
    decisions: Vec<DecisionView>,
}

/// Reads it, and where the view stood in the ticket's partition.
pub(crate) async fn ticket(
    pool: &Connections,
    id: Uuid,
    sees: SeesRouting,
) -> Result<(RoutingView, Option<Position>), Error> {
    let sql = format!(
        "SELECT k.partition, k.incarnation, k.sequence,
                t.number, t.version AS ticket_version, t.status, t.assignee, {COLUMNS}
         FROM ticket t
         LEFT JOIN checkpoint k ON k.partition = t.partition
         LEFT JOIN decision d ON d.ticket = t.id
         LEFT JOIN outcome o ON o.ticket = d.ticket AND o.version = d.version
         WHERE t.id = $1
         ORDER BY d.version"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(id)
        .fetch_all(&mut *pool.acquire().await?)
        .await?;
    let first = rows.first().ok_or(Error::no_ticket(id))?;
    let assignee: Option<Uuid> = first.try_get("assignee")?;
    let mut decisions = Vec::with_capacity(rows.len());
    let mut theirs: Vec<Uuid> = assignee.into_iter().collect();
    for row in &rows {
        // A ticket that no router has decided on has one row without a decision.
        if let Some(consultant) = row.try_get("consultant")? {
            theirs.push(consultant);
            decisions.push(Row::from_row(row)?);
        }
    }
    if !sees.ticket_of(&theirs) {
        return Err(Error::no_ticket(id));
    }
    let people = decisions.iter().flat_map(Row::people).collect();
    let names = names(pool, people).await?;
    let view = RoutingView {
        ticket: id,
        number: format!("{:02}", first.try_get::<i64, _>("number")?),
        version: first.try_get("ticket_version")?,
        status: first.try_get("status")?,
        assignee,
        waiting: queue::one(pool, id).await?,
        decisions: decisions.into_iter().map(|row| row.view(&names)).collect(),
    };
    Ok((view, position::of_row(first, 0)?))
}

/// What these people are called, as far as it is known.
async fn names(pool: &Connections, people: Vec<Uuid>) -> Result<HashMap<Uuid, String>, Error> {
    const SQL: &str = "SELECT id, name FROM consultant WHERE id = ANY($1) AND name IS NOT NULL";
    let names: Vec<(Uuid, String)> = sqlx::query_as(SQL)
        .bind(people)
        .fetch_all(&mut *pool.acquire().await?)
        .await?;
    Ok(names.into_iter().collect())
}
