//! A ticket's events, readable: what happened, in a sentence, with who and when.

use docket_service::Position;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::Sees;
use crate::position;
use crate::problems::Error;
use crate::store::Connections;
use crate::summary::summary;

/// One event. Customers see no internal comments, no changes of team, no declined assignments, no
/// logged work, no links, and of other people only their role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// The ticket's version after it.
    version: i32,
    /// `opened`, `assigned`, `accepted`, `declined`, `unassigned`, `transferred`, `held`,
    /// `resumed`, `resolved`, `closed`, `reopened`, `cancelled`, `amended`, `comment_added`,
    /// `linked`, `travel_started`, `arrived` or `work_logged`.
    r#type: String,
    /// In a sentence, for people.
    summary: String,
    /// Business time as it was stated.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Timestamp,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    /// Who did it; null where the caller may not know.
    actor: Option<Uuid>,
    /// In which role.
    role: String,
    /// `live`, or `import` for history of another system.
    origin: String,
    /// `public`, or `internal`: not for customers.
    visibility: String,
    /// What the event says besides what it changed.
    #[schema(value_type = Object)]
    data: Map<String, Value>,
    /// The ticket's fields that it changed, with their new values.
    #[schema(value_type = Object)]
    changes: Map<String, Value>,
}

/// A part of a timeline, in order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Timeline {
    pub(crate) entries: Vec<Entry>,
    /// To be sent as `cursor` for what comes next; null at the end.
    pub(crate) next_cursor: Option<String>,
}

/// Reads at most `limit` entries behind a version, in one round trip.
pub(crate) async fn read(
    pool: &Connections,
    id: Uuid,
    after: i32,
    limit: u32,
    sees: Sees,
) -> Result<(Timeline, Option<Position>), Error> {
    const SQL: &str = "
        SELECT c.partition, c.incarnation, c.sequence, t.customer,
               l.version, l.type, l.occurred_at, l.recorded_at, l.actor, l.role, l.origin,
               l.visibility, l.data, l.changes
        FROM ticket t
        LEFT JOIN checkpoint c ON c.partition = t.partition
        LEFT JOIN LATERAL (
            SELECT * FROM timeline
            WHERE ticket_id = t.id AND version > $2 AND ($4 OR visibility = 'public')
            ORDER BY version LIMIT $3
        ) l ON true
        WHERE t.id = $1
        ORDER BY l.version";
    let rows = sqlx::query(SQL)
        .bind(id)
        .bind(after)
        // One more, to know whether there is more.
        .bind(i64::from(limit) + 1)
        .bind(sees.internal())
        .fetch_all(&mut *pool.acquire().await?)
        .await?;
    let first = rows.first().ok_or(Error::no_ticket(id))?;
    if !sees.ticket_of(first.try_get(3)?) {
        return Err(Error::no_ticket(id));
    }
    let position = position::of_row(first, 0)?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows.iter().take(limit as usize) {
        entries.extend(entry(row, sees)?);
    }
    let next_cursor = entries
        .last()
        .filter(|_| rows.len() > limit as usize)
        .map(|last| last.version.to_string());
    Ok((
        Timeline {
            entries,
            next_cursor,
        },
        position,
    ))
}

/// `None` where the ticket has no entry to show.
fn entry(row: &PgRow, sees: Sees) -> Result<Option<Entry>, Error> {
    let Some(version) = row.try_get(4)? else {
        return Ok(None);
    };
    let time = |place: usize| -> sqlx::Result<Timestamp> {
        Ok(row.try_get::<jiff_sqlx::Timestamp, _>(place)?.to_jiff())
    };
    let kind: String = row.try_get(5)?;
    let actor: Uuid = row.try_get(8)?;
    let Json(mut data): Json<Map<String, Value>> = row.try_get(12)?;
    let Json(mut changes): Json<Map<String, Value>> = row.try_get(13)?;
    sees.data(&mut data);
    sees.fields(&mut changes);
    Ok(Some(Entry {
        version,
        summary: summary(&kind, &data, &changes),
        r#type: kind,
        occurred_at: time(6)?,
        recorded_at: time(7)?,
        actor: sees.actor(actor).then_some(actor),
        role: row.try_get(9)?,
        origin: row.try_get(10)?,
        visibility: row.try_get(11)?,
        data,
        changes,
    }))
}
