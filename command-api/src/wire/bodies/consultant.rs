//! Bodies of consultants' commands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::object::Object;
use super::super::values::{AvailabilityWord, WeekdayWord};
use super::{PlaceBody, stated};

/// A new consultant, or one who comes back. Who it is, either `id` or `subject` says.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RegisterConsultantBody {
    /// Their id: that of their tokens if they sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wire) id: Option<Uuid>,
    /// Instead of `id`: the name by which the identity provider knows them (`sub` of their token).
    /// The id is made of it and of `issuer`, as that of whoever sends a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1)]
    pub(in crate::wire) subject: Option<String>,
    /// Beside `subject`: the identity provider (`iss`); the one of the caller's own token unless
    /// stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1)]
    pub(in crate::wire) issuer: Option<String>,
    /// As colleagues and customers know them. Lengths of texts are counted in bytes of UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, min_length = 1, max_length = 100)]
    pub(in crate::wire) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(in crate::wire) team: Option<String>,
    /// What they know, and how well: from 1 (beginner) to 5 (expert); at most 200.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(example = json!({"printer": 4}))]
    pub(in crate::wire) skills: BTreeMap<String, u32>,
    /// The areas of the catalogue they serve; every area if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 200)]
    pub(in crate::wire) areas: Vec<String>,
    /// How far they go from their place, in kilometres; as far as need be unless stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wire) travel_km_max: Option<u32>,
    /// What they speak, as BCP 47 tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub(in crate::wire) languages: Vec<String>,
    /// How many tickets they have at once; with 0 they get none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true)]
    pub(in crate::wire) capacity: Option<u32>,
}

/// New values for what a consultant is and can. What is absent stays as it is; `null` takes it away.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three things"
)]
pub(crate) struct ProfileBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(in crate::wire) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "stated")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub(in crate::wire) team: Option<Option<String>>,
    /// All of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wire) skills: Option<BTreeMap<String, u32>>,
    /// All of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 200)]
    pub(in crate::wire) areas: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "stated")]
    #[schema(value_type = Option<u32>)]
    pub(in crate::wire) travel_km_max: Option<Option<u32>>,
    /// All of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 50)]
    pub(in crate::wire) languages: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wire) capacity: Option<u32>,
}

/// Whether and when a consultant works. What is absent stays as it is.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three things"
)]
pub(crate) struct AvailabilityBody {
    /// Whether they take tickets, within working hours if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wire) availability: Option<AvailabilityWord>,
    /// `null` takes the working hours away, and availability alone decides.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "stated")]
    #[schema(value_type = Option<HoursBody>)]
    pub(in crate::wire) hours: Option<Option<Object<HoursBody>>>,
}

/// The same shifts every week, by the clock on the wall.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HoursBody {
    /// Where the clock hangs: a time zone of the IANA database.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, example = "Europe/Berlin")]
    pub(in crate::wire) zone: Option<String>,
    /// They may overlap. Without any, no work is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = Vec<ShiftBody>, max_items = 50)]
    pub(in crate::wire) shifts: Option<Vec<Object<ShiftBody>>>,
}

/// Work from one time of the day until the clock next shows the other: on the next day, if that
/// isn't later.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ShiftBody {
    /// The day it begins on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true)]
    pub(in crate::wire) weekday: Option<WeekdayWord>,
    /// Hours and minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        required = true,
        pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$",
        example = "08:30"
    )]
    pub(in crate::wire) from: Option<String>,
    /// Hours and minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        required = true,
        pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$",
        example = "17:00"
    )]
    pub(in crate::wire) to: Option<String>,
}

/// Where a consultant sets out from; `null` if that isn't known any more.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three things"
)]
pub(crate) struct WhereBody {
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "stated")]
    #[schema(required = true, value_type = Option<PlaceBody>)]
    pub(in crate::wire) place: Option<Option<Object<PlaceBody>>>,
}
