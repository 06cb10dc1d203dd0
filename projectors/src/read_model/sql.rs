//! Rows into tables, many at a time: one statement per table and batch, its columns as arrays.

use std::sync::LazyLock;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Result};
use uuid::Uuid;

use super::batch::{DeadLetter, Parked};
use super::fold::TimelineRow;
use super::row::TicketRow;

/// `INSERT INTO table (columns) SELECT * FROM UNNEST(arrays)`, then `end`.
fn insert_unnest(table: &str, columns: &[(&str, &str)], end: &str) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let arrays: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(place, (_, kind))| format!("${}::{kind}[]", place + 1))
        .collect();
    format!(
        "INSERT INTO {table} ({}) SELECT * FROM UNNEST({}) {end}",
        names.join(", "),
        arrays.join(", ")
    )
}

/// One place that names a table's columns, their types and the row's fields, so that arrays and
/// columns can't get out of step.
macro_rules! table_writer {
    ($columns:ident, $function:ident, $table:literal, $row:ty, $end:expr, { $($column:ident: $kind:literal = $field:ident),+ $(,)? }) => {
        const $columns: &[(&str, &str)] = &[$((stringify!($column), $kind)),+];

        pub(crate) async fn $function(connection: &mut PgConnection, rows: &[$row]) -> Result<()> {
            static SQL: LazyLock<String> =
                LazyLock::new(|| insert_unnest($table, $columns, &$end($columns)));
            if rows.is_empty() {
                return Ok(());
            }
            sqlx::query(AssertSqlSafe(SQL.as_str()))
                $(.bind(rows.iter().map(|row| row.$field.clone()).collect::<Vec<_>>()))+
                .execute(connection)
                .await?;
            Ok(())
        }
    };
}

fn nothing(_: &[(&str, &str)]) -> String {
    String::new()
}

fn update_on_conflict(columns: &[(&str, &str)]) -> String {
    let set: Vec<String> = columns
        .iter()
        .filter(|(name, _)| *name != "id")
        .map(|(name, _)| format!("{name} = excluded.{name}"))
        .collect();
    format!("ON CONFLICT (id) DO UPDATE SET {}", set.join(", "))
}

table_writer!(TICKET, upsert_tickets, "ticket", TicketRow, update_on_conflict, {
    id: "uuid" = id,
    number: "bigint" = number,
    version: "integer" = version,
    status: "text" = status,
    customer: "uuid" = customer,
    caller: "jsonb" = caller,
    reporter: "uuid" = reporter,
    channel: "text" = channel,
    store: "text" = store,
    team: "text" = team,
    assignee: "uuid" = assignee,
    subject: "text" = subject,
    description: "text" = description,
    category: "text" = category,
    skills: "jsonb" = skills,
    priority: "smallint" = priority,
    place: "jsonb" = place,
    language: "text" = language,
    fields: "jsonb" = fields,
    awaiting: "text" = awaiting,
    resolution_code: "text" = resolution_code,
    resolution_note: "text" = resolution_note,
    erased: "jsonb" = erased,
    opened_at: "timestamptz" = opened_at,
    updated_at: "timestamptz" = updated_at,
    resolved_at: "timestamptz" = resolved_at,
    closed_at: "timestamptz" = closed_at,
    reopen_until: "timestamptz" = reopen_until,
    reassignment_count: "integer" = reassignment_count,
    assignment_count: "integer" = assignment_count,
    reopen_count: "integer" = reopen_count,
    origin: "text" = origin,
    partition: "integer" = partition,
});

table_writer!(TIMELINE, insert_timeline, "timeline", TimelineRow, nothing, {
    ticket_id: "uuid" = ticket_id,
    version: "integer" = version,
    type: "text" = kind,
    occurred_at: "timestamptz" = occurred_at,
    as_of: "timestamptz" = as_of,
    recorded_at: "timestamptz" = recorded_at,
    actor: "uuid" = actor,
    role: "text" = role,
    origin: "text" = origin,
    visibility: "text" = visibility,
    data: "jsonb" = data,
    changes: "jsonb" = changes,
    partition: "integer" = partition,
    sequence: "bigint" = sequence,
});

table_writer!(PARKED, insert_parked, "parked_stream", Parked, nothing, {
    stream: "text" = stream,
    partition: "integer" = partition,
    since_sequence: "bigint" = since_sequence,
    error: "text" = error,
});

table_writer!(DEAD_LETTER, insert_dead_letters, "dead_letter", DeadLetter, nothing, {
    partition: "integer" = partition,
    sequence: "bigint" = sequence,
    stream: "text" = stream,
    type: "text" = kind,
    key: "bytea" = key,
    headers: "bytea" = headers,
    data: "bytea" = data,
    hash: "bytea" = hash,
    error: "text" = error,
});

/// The rows of these tickets, as far as there are any; without what Postgres makes of them.
pub(crate) async fn select_tickets(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<TicketRow>> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let columns: Vec<&str> = TICKET.iter().map(|(name, _)| *name).collect();
        format!(
            "SELECT {} FROM ticket WHERE id = ANY($1)",
            columns.join(", ")
        )
    });
    sqlx::query_as(AssertSqlSafe(SQL.as_str()))
        .bind(ids)
        .fetch_all(connection)
        .await
}
