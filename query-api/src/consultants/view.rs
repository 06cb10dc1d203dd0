//! A consultant as they are shown.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ticket::PlaceView;

/// A consultant. Whether they are on shift now is not told: that is for who routes tickets.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema, FromRow)]
#[schema(as = Consultant)]
pub(crate) struct ConsultantView {
    pub(crate) id: Uuid,
    /// How many events there are; what `If-Match` of a command takes, in quotes. (The `ETag` here
    /// changes with the load as well.)
    pub(crate) version: i32,
    pub(crate) name: Option<String>,
    pub(crate) team: Option<String>,
    /// What they know, and how well: 1 (beginner) to 5 (expert).
    #[sqlx(json)]
    pub(crate) skills: BTreeMap<String, u8>,
    /// The areas they serve; every area if there are none.
    #[sqlx(json)]
    pub(crate) areas: Vec<String>,
    /// How far they go from their place; as far as need be if null.
    pub(crate) travel_km_max: Option<i64>,
    /// What they speak, as BCP 47 tags.
    #[sqlx(json)]
    pub(crate) languages: Vec<String>,
    /// How many tickets they have at once.
    pub(crate) capacity: i64,
    /// `available`, `busy` or `away`, as they said; within their hours, if they have any.
    pub(crate) availability: String,
    #[sqlx(json(nullable))]
    pub(crate) hours: Option<HoursView>,
    /// Where they set out from.
    #[sqlx(json(nullable))]
    pub(crate) place: Option<PlaceView>,
    /// Works no more.
    pub(crate) retired: bool,
    /// Fields whose personal data was destroyed for good; they are null.
    #[sqlx(json)]
    pub(crate) erased: Vec<String>,
    /// Business time, like the time below; the last time, if they came back.
    #[schema(value_type = String, format = DateTime)]
    #[sqlx(try_from = "jiff_sqlx::Timestamp")]
    pub(crate) registered_at: Timestamp,
    /// Of the last event; never runs backwards.
    #[schema(value_type = String, format = DateTime)]
    #[sqlx(try_from = "jiff_sqlx::Timestamp")]
    pub(crate) updated_at: Timestamp,
    #[sqlx(flatten)]
    pub(crate) load: LoadView,
}

/// How many tickets a consultant has now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema, FromRow)]
#[schema(as = Load)]
pub(crate) struct LoadView {
    /// Given to them, not accepted yet.
    pub(crate) assigned: i64,
    pub(crate) in_progress: i64,
    pub(crate) on_hold: i64,
}

/// When somebody works: the same shifts every week.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Hours)]
pub(crate) struct HoursView {
    /// A time zone of the IANA database.
    #[schema(example = "Europe/Berlin")]
    pub(crate) zone: String,
    pub(crate) shifts: Vec<ShiftView>,
}

/// From one time of the day until the clock next shows the other.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Shift)]
pub(crate) struct ShiftView {
    /// The day it begins on.
    #[schema(example = "monday")]
    pub(crate) weekday: String,
    #[schema(example = "08:00")]
    pub(crate) from: String,
    #[schema(example = "16:30")]
    pub(crate) to: String,
}
