//! The tables' columns, and the statements that read and write them.

use super::notification::NotificationRow;
use super::people::{ConsultantRow, CustomerRow};
use super::ticket::TicketRow;
use crate::projector::sql::{nothing, replacing, table_reader, table_writer};

table_writer!(TICKET, upsert_tickets, "ticket", TicketRow, replacing("id"), {
    id: "uuid" = id,
    version: "integer" = version,
    number: "bigint" = number,
    customer: "uuid" = customer,
    caller_name: "text" = caller_name,
    caller_phone: "text" = caller_phone,
    caller_email: "text" = caller_email,
    language: "text" = language,
    subject: "text" = subject,
    team: "text" = team,
    assignee: "uuid" = assignee,
    assignment_told: "boolean" = assignment_told,
    last_attempt: "boolean" = last_attempt,
});

table_writer!(CUSTOMER, upsert_customers, "customer", CustomerRow, replacing("id"), {
    id: "uuid" = id,
    version: "integer" = version,
    name: "text" = name,
    phone: "text" = phone,
    email: "text" = email,
    channel: "text" = channel,
    language: "text" = language,
    surveys: "boolean" = surveys,
    erased: "boolean" = erased,
});

table_writer!(CONSULTANT, upsert_consultants, "consultant", ConsultantRow, replacing("id"), {
    id: "uuid" = id,
    version: "integer" = version,
    name: "text" = name,
});

// A second row for one fact would be a second notification: it is refused, not replaced.
table_writer!(NOTIFICATION, insert_notifications, "notification", NotificationRow, nothing, {
    id: "uuid" = id,
    stream: "text" = stream,
    version: "integer" = version,
    kind: "text" = kind,
    recipient: "text" = recipient,
    ticket: "uuid" = ticket,
    consultant: "uuid" = consultant,
    closing: "bigint" = closing,
    expires_at: "timestamptz" = expires_at,
    occurred_at: "timestamptz" = occurred_at,
    recorded_at: "timestamptz" = recorded_at,
    partition: "integer" = partition,
    sequence: "bigint" = sequence,
});

table_writer!(PENDING, insert_pending, "pending", NotificationRow, nothing, {
    id: "uuid" = id,
    recorded_at: "timestamptz" = recorded_at,
});

table_reader!(TICKET, select_tickets, "ticket", TicketRow);
table_reader!(CUSTOMER, select_customers, "customer", CustomerRow);
table_reader!(CONSULTANT, select_consultants, "consultant", ConsultantRow);
