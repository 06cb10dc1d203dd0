//! Bodies of the catalogue's commands.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::object::Object;
use super::PlaceBody;

/// What an entry is called: `put_skill`, `put_area`, and to remove what has no other key.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NameBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, min_length = 1, max_length = 100)]
    pub(in crate::wire) name: Option<String>,
}

/// What a ticket may be about.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CategoryBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, min_length = 1, max_length = 100)]
    pub(in crate::wire) name: Option<String>,
    /// What it asks of a consultant unless the ticket says otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub(in crate::wire) skills: Vec<String>,
}

/// Where tickets are brought to, or are about.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StoreBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, min_length = 1, max_length = 100)]
    pub(in crate::wire) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PlaceBody>)]
    pub(in crate::wire) place: Option<Object<PlaceBody>>,
    /// The area it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(in crate::wire) area: Option<String>,
}

/// A day on which no shift begins.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HolidayBody {
    /// Wherever the clock says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, format = Date, example = "2026-12-25")]
    pub(in crate::wire) date: Option<String>,
    /// Where; everywhere unless stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(in crate::wire) area: Option<String>,
    /// What is celebrated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, min_length = 1, max_length = 100)]
    pub(in crate::wire) name: Option<String>,
}

/// Which holiday: of that day, in that area or everywhere.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HolidayKeyBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, format = Date)]
    pub(in crate::wire) date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(in crate::wire) area: Option<String>,
}
