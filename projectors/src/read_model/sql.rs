//! Rows into tables, many at a time: one statement per table and batch, its columns as arrays.

use std::sync::LazyLock;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Result};
use uuid::Uuid;

use super::batch::{DeadLetter, Parked};
use super::catalogue::{CatalogueRow, EntryRow, GoneEntry};
use super::consultant::ConsultantRow;
use super::customer::CustomerRow;
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

/// The row takes the place of the one with the same key.
fn replacing(key: &str) -> impl Fn(&[(&str, &str)]) -> String {
    move |columns| {
        let set: Vec<String> = columns
            .iter()
            .map(|(name, _)| format!("{name} = excluded.{name}"))
            .collect();
        format!("ON CONFLICT ({key}) DO UPDATE SET {}", set.join(", "))
    }
}

/// The rows of these ids, as far as there are any; without what Postgres makes of them.
macro_rules! table_reader {
    ($columns:ident, $function:ident, $table:literal, $row:ty) => {
        pub(crate) async fn $function(
            connection: &mut PgConnection,
            ids: &[Uuid],
        ) -> Result<Vec<$row>> {
            static SQL: LazyLock<String> = LazyLock::new(|| {
                let names: Vec<&str> = $columns.iter().map(|(name, _)| *name).collect();
                let names = names.join(", ");
                format!("SELECT {names} FROM {} WHERE id = ANY($1)", $table)
            });
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            sqlx::query_as(AssertSqlSafe(SQL.as_str()))
                .bind(ids)
                .fetch_all(connection)
                .await
        }
    };
}

table_writer!(TICKET, upsert_tickets, "ticket", TicketRow, replacing("id"), {
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

table_writer!(CONSULTANT, upsert_consultants, "consultant", ConsultantRow, replacing("id"), {
    id: "uuid" = id,
    version: "integer" = version,
    name: "text" = name,
    team: "text" = team,
    skills: "jsonb" = skills,
    areas: "jsonb" = areas,
    travel_km_max: "bigint" = travel_km_max,
    languages: "jsonb" = languages,
    capacity: "bigint" = capacity,
    availability: "text" = availability,
    hours: "jsonb" = hours,
    place: "jsonb" = place,
    retired: "boolean" = retired,
    erased: "jsonb" = erased,
    registered_at: "timestamptz" = registered_at,
    updated_at: "timestamptz" = updated_at,
    partition: "integer" = partition,
});

table_writer!(CUSTOMER, upsert_customers, "customer", CustomerRow, replacing("id"), {
    id: "uuid" = id,
    version: "integer" = version,
    name: "text" = name,
    phone: "text" = phone,
    email: "text" = email,
    channel: "text" = channel,
    language: "text" = language,
    consultant: "uuid" = consultant,
    surveys: "boolean" = surveys,
    erased: "jsonb" = erased,
    registered_at: "timestamptz" = registered_at,
    updated_at: "timestamptz" = updated_at,
    erased_at: "timestamptz" = erased_at,
    partition: "integer" = partition,
});

table_writer!(CATALOGUE, upsert_catalogue, "catalogue", CatalogueRow, replacing("stream"), {
    stream: "text" = stream,
    version: "integer" = version,
    updated_at: "timestamptz" = updated_at,
    partition: "integer" = partition,
});

table_writer!(ENTRY, upsert_entries, "catalogue_entry", EntryRow, replacing("kind, key"), {
    kind: "text" = kind,
    key: "text" = key,
    content: "jsonb" = content,
});

table_reader!(TICKET, select_tickets, "ticket", TicketRow);
table_reader!(CONSULTANT, select_consultants, "consultant", ConsultantRow);
table_reader!(CUSTOMER, select_customers, "customer", CustomerRow);

/// The catalogue's one row, once there is one.
pub(crate) async fn select_catalogue(
    connection: &mut PgConnection,
) -> Result<Option<CatalogueRow>> {
    sqlx::query_as("SELECT stream, version, updated_at, partition FROM catalogue")
        .fetch_optional(connection)
        .await
}

/// Takes entries out of the catalogue.
pub(crate) async fn delete_entries(
    connection: &mut PgConnection,
    entries: &[GoneEntry],
) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind).collect();
    let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    sqlx::query(
        "DELETE FROM catalogue_entry e USING UNNEST($1::text[], $2::text[]) AS gone (kind, key)
         WHERE e.kind = gone.kind AND e.key = gone.key",
    )
    .bind(kinds)
    .bind(keys)
    .execute(connection)
    .await?;
    Ok(())
}
