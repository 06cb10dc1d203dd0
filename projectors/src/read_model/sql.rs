//! Rows into tables, many at a time: one statement per table and batch, its columns as arrays.

use sqlx::Result;
use sqlx::postgres::PgConnection;

use super::catalogue::{CatalogueRow, EntryRow, GoneEntry};
use super::consultant::ConsultantRow;
use super::customer::CustomerRow;
use super::fold::TimelineRow;
use super::row::TicketRow;
use crate::projector::sql::{nothing, replacing, table_reader, table_writer};

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
