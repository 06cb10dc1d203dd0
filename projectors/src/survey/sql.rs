//! The table's columns, and the statements that read and write it.

use super::row::SurveyRow;
use crate::projector::sql::{replacing, table_reader, table_writer};

table_writer!(SURVEY, upsert_surveys, "survey", SurveyRow, replacing("id"), {
    id: "uuid" = id,
    version: "integer" = version,
    ticket: "uuid" = ticket,
    closing: "bigint" = closing,
    customer: "uuid" = customer,
    channel: "text" = channel,
    language: "text" = language,
    consultant: "uuid" = consultant,
    team: "text" = team,
    category: "text" = category,
    store: "text" = store,
    area: "text" = area,
    invited_at: "timestamptz" = invited_at,
    expires_at: "timestamptz" = expires_at,
    score: "smallint" = score,
    answered_at: "timestamptz" = answered_at,
    text: "text" = text,
    text_erased: "boolean" = text_erased,
});

table_reader!(SURVEY, select_surveys, "survey", SurveyRow);
