//! A ticket's row, and what changed between two states of it, in the query API's shape.
//!
//! Guarantee: merging the [`changes`] of a ticket's events in order gives every field of its row.

use std::collections::BTreeMap;

use jiff_sqlx::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlx::types::Json;
use uuid::Uuid;

/// A row of `ticket`; the columns' meaning is in the migration.
#[derive(Clone, PartialEq, Debug, sqlx::FromRow)]
#[expect(
    missing_docs,
    reason = "documented in the migration that makes the table"
)]
pub struct TicketRow {
    pub id: Uuid,
    pub number: i64,
    pub version: i32,
    pub status: String,
    pub customer: Option<Uuid>,
    pub caller: Option<Json<CallerJson>>,
    pub reporter: Uuid,
    pub channel: String,
    pub store: Option<String>,
    pub team: Option<String>,
    pub assignee: Option<Uuid>,
    pub subject: Option<String>,
    pub description: Option<String>,
    pub category: Option<String>,
    pub skills: Json<Vec<String>>,
    pub priority: i16,
    pub place: Option<Json<PlaceJson>>,
    pub language: Option<String>,
    pub fields: Json<BTreeMap<String, String>>,
    pub awaiting: Option<String>,
    pub resolution_code: Option<String>,
    pub resolution_note: Option<String>,
    pub erased: Json<Vec<String>>,
    pub opened_at: Timestamp,
    pub updated_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub reopen_until: Option<Timestamp>,
    pub reassignment_count: i32,
    pub assignment_count: i32,
    pub reopen_count: i32,
    pub origin: String,
    pub partition: i32,
}

/// A caller without an account, as columns and answers have it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct CallerJson {
    pub name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// A place, as columns and answers have it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PlaceJson {
    pub address: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
}

/// The priorities' names by rank.
pub(crate) const PRIORITIES: [&str; 4] = ["low", "moderate", "high", "critical"];

/// The fields that differ, with their new values; all of them where there was no row. Without
/// `id`, `version` and `updated_at`: they stand beside it in the timeline.
pub(crate) fn changes(before: Option<&TicketRow>, after: &TicketRow) -> Map<String, Value> {
    let mut changes = Map::new();
    macro_rules! compare {
        ($($field:ident => $json:expr),+ $(,)?) => {$(
            if before.is_none_or(|before| before.$field != after.$field) {
                changes.insert(stringify!($field).to_owned(), $json);
            }
        )+};
    }
    let time = |time: Timestamp| Value::from(time.to_jiff().to_string());
    let id = |id: Uuid| Value::from(id.to_string());
    compare! {
        // The first ticket's is `00`: a digit and its check digit. All others have two or more.
        number => format!("{:02}", after.number).into(),
        status => after.status.clone().into(),
        customer => after.customer.map(id).into(),
        caller => json!(after.caller),
        reporter => id(after.reporter),
        channel => after.channel.clone().into(),
        store => after.store.clone().into(),
        team => after.team.clone().into(),
        assignee => after.assignee.map(id).into(),
        subject => after.subject.clone().into(),
        description => after.description.clone().into(),
        category => after.category.clone().into(),
        skills => after.skills.0.clone().into(),
        priority => PRIORITIES[after.priority as usize % PRIORITIES.len()].into(),
        place => json!(after.place),
        language => after.language.clone().into(),
        fields => json!(after.fields),
        awaiting => after.awaiting.clone().into(),
        resolution_code => after.resolution_code.clone().into(),
        resolution_note => after.resolution_note.clone().into(),
        erased => after.erased.0.clone().into(),
        opened_at => time(after.opened_at),
        resolved_at => after.resolved_at.map(time).into(),
        closed_at => after.closed_at.map(time).into(),
        reopen_until => after.reopen_until.map(time).into(),
        reassignment_count => after.reassignment_count.into(),
        assignment_count => after.assignment_count.into(),
        reopen_count => after.reopen_count.into(),
        origin => after.origin.clone().into(),
    }
    changes
}
