//! A place, as the events of every stream have it. Frozen. Whoever holds a person's wraps it in
//! [`PersonalV1`](crate::personal::PersonalV1).

use std::borrow::Cow;

use docket_domain::command::{Place, Point};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Invalid, borrowed, optional};

/// Where something or somebody is.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceV1<'a> {
    /// As one would write it on a letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<Cow<'a, str>>,
    /// On the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    point: Option<PointV1>,
}

/// A point on the WGS 84 ellipsoid.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PointV1 {
    /// Degrees north, -90 to 90.
    latitude: f64,
    /// Degrees east, -180 to 180.
    longitude: f64,
}

impl<'a> From<&'a Place> for PlaceV1<'a> {
    fn from(place: &'a Place) -> Self {
        Self {
            address: place.address.as_ref().map(borrowed),
            point: place.point.map(|point| PointV1 {
                latitude: point.latitude(),
                longitude: point.longitude(),
            }),
        }
    }
}

impl PlaceV1<'_> {
    /// The domain's place, for a field `place`.
    pub(crate) fn into_domain(self) -> Result<Place, Invalid> {
        let on_earth = |point: PointV1| {
            Point::new(point.latitude, point.longitude)
                .ok_or_else(|| Invalid::new("place.point", &"is not on Earth"))
        };
        Ok(Place {
            address: optional("place.address", self.address)?,
            point: self.point.map(on_earth).transpose()?,
        })
    }
}
