//! A ticket as it is shown, and how a row of the view becomes one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{FromRow, Row as _};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::Sees;

/// A ticket. Customers don't see `reporter`, `team`, `assignee`, `skills`, `reassignment_count`,
/// `assignment_count` and `origin`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Ticket)]
pub(crate) struct TicketView {
    pub(crate) id: Uuid,
    /// What is read out on the phone, check digit included.
    #[schema(example = "4711")]
    pub(crate) number: String,
    /// `open`, `assigned`, `in_progress`, `on_hold`, `resolved`, `closed` or `cancelled`.
    pub(crate) status: String,
    /// How many events there are; the `ETag`.
    pub(crate) version: i32,
    /// Whose it is, if they have an account.
    pub(crate) customer: Option<Uuid>,
    /// Who called, if they have none.
    pub(crate) caller: Option<CallerView>,
    /// Who opened it.
    pub(crate) reporter: Uuid,
    /// By which way it came.
    pub(crate) channel: String,
    pub(crate) store: Option<String>,
    pub(crate) team: Option<String>,
    /// Who has it, or had it when it was solved or given up.
    pub(crate) assignee: Option<Uuid>,
    pub(crate) subject: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) skills: Vec<String>,
    /// `low`, `moderate`, `high` or `critical`.
    pub(crate) priority: String,
    pub(crate) place: Option<PlaceView>,
    pub(crate) language: Option<String>,
    pub(crate) fields: BTreeMap<String, String>,
    /// What it waits for while it is on hold.
    pub(crate) awaiting: Option<String>,
    pub(crate) resolution_code: Option<String>,
    pub(crate) resolution_note: Option<String>,
    /// Fields whose personal data was destroyed for good; they are null.
    pub(crate) erased: Vec<String>,
    /// Business time, like the times below.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) opened_at: Timestamp,
    /// Of the last event; never runs backwards.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) updated_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) resolved_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) closed_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) reopen_until: Option<Timestamp>,
    /// How often it went to another team after it had one.
    pub(crate) reassignment_count: i32,
    /// How often it was given to a consultant.
    pub(crate) assignment_count: i32,
    /// How often it came back.
    pub(crate) reopen_count: i32,
    /// `live`, or `import` for history of another system.
    pub(crate) origin: String,
}

/// Somebody without an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Caller)]
pub(crate) struct CallerView {
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
    pub(crate) email: Option<String>,
}

/// Where the work is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Place)]
pub(crate) struct PlaceView {
    pub(crate) address: Option<String>,
    pub(crate) latitude: Option<f64>,
    pub(crate) longitude: Option<f64>,
}

/// What of `ticket` (as `t`) a [`TicketView`] is made of: a literal, so that statements with it are
/// literals too, and prepared once.
macro_rules! ticket_columns {
    () => {
        "t.id, t.number, t.status, t.version, t.customer, t.caller, t.reporter, t.channel, \
         t.store, t.team, t.assignee, t.subject, t.description, t.category, t.skills, t.priority, \
         t.place, t.language, t.fields, t.awaiting, t.resolution_code, t.resolution_note, \
         t.erased, t.opened_at, t.updated_at, t.resolved_at, t.closed_at, t.reopen_until, \
         t.reassignment_count, t.assignment_count, t.reopen_count, t.origin"
    };
}
pub(crate) use ticket_columns;

/// The priorities' names by rank.
pub(crate) const PRIORITIES: [&str; 4] = ["low", "moderate", "high", "critical"];

impl FromRow<'_, PgRow> for TicketView {
    /// By place, in the order of [`ticket_columns`]: names would be looked up for every row.
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let rank: i16 = row.try_get(15)?;
        let time = |place| -> sqlx::Result<Timestamp> {
            Ok(row.try_get::<jiff_sqlx::Timestamp, usize>(place)?.to_jiff())
        };
        let maybe_time = |place| -> sqlx::Result<Option<Timestamp>> {
            let time: Option<jiff_sqlx::Timestamp> = row.try_get(place)?;
            Ok(time.map(jiff_sqlx::Timestamp::to_jiff))
        };
        Ok(Self {
            id: row.try_get(0)?,
            // The first ticket's number is `00`; all others have two digits or more.
            number: format!("{:02}", row.try_get::<i64, _>(1)?),
            status: row.try_get(2)?,
            version: row.try_get(3)?,
            customer: row.try_get(4)?,
            caller: row.try_get::<Option<Json<_>>, _>(5)?.map(|json| json.0),
            reporter: row.try_get(6)?,
            channel: row.try_get(7)?,
            store: row.try_get(8)?,
            team: row.try_get(9)?,
            assignee: row.try_get(10)?,
            subject: row.try_get(11)?,
            description: row.try_get(12)?,
            category: row.try_get(13)?,
            skills: row.try_get::<Json<_>, _>(14)?.0,
            priority: PRIORITIES
                .get(rank as usize)
                .copied()
                .unwrap_or_default()
                .to_owned(),
            place: row.try_get::<Option<Json<_>>, _>(16)?.map(|json| json.0),
            language: row.try_get(17)?,
            fields: row.try_get::<Json<_>, _>(18)?.0,
            awaiting: row.try_get(19)?,
            resolution_code: row.try_get(20)?,
            resolution_note: row.try_get(21)?,
            erased: row.try_get::<Json<_>, _>(22)?.0,
            opened_at: time(23)?,
            updated_at: time(24)?,
            resolved_at: maybe_time(25)?,
            closed_at: maybe_time(26)?,
            reopen_until: maybe_time(27)?,
            reassignment_count: row.try_get(28)?,
            assignment_count: row.try_get(29)?,
            reopen_count: row.try_get(30)?,
            origin: row.try_get(31)?,
        })
    }
}

/// How many columns a [`TicketView`] takes; what a query selects besides comes after.
pub(crate) const WIDTH: usize = 32;

impl TicketView {
    /// From its fields, as merged changes give them.
    pub(crate) fn from_fields(
        mut fields: Map<String, Value>,
        id: Uuid,
        version: i32,
        updated_at: Timestamp,
    ) -> serde_json::Result<Self> {
        fields.insert("id".to_owned(), id.to_string().into());
        fields.insert("version".to_owned(), version.into());
        fields.insert("updated_at".to_owned(), updated_at.to_string().into());
        serde_json::from_value(Value::Object(fields))
    }

    /// As JSON, as far as it may be seen.
    pub(crate) fn to_json(&self, sees: Sees) -> serde_json::Result<Vec<u8>> {
        if sees == Sees::All {
            return serde_json::to_vec(self);
        }
        serde_json::to_vec(&self.to_fields(sees)?)
    }

    /// Its fields, as far as they may be seen.
    pub(crate) fn to_fields(&self, sees: Sees) -> serde_json::Result<Value> {
        let mut shown = serde_json::to_value(self)?;
        if let Value::Object(fields) = &mut shown {
            sees.fields(fields);
        }
        Ok(shown)
    }
}
