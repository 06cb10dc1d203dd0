//! `docket.consultant.place_changed.v1`. Frozen.

use docket_domain::command::Place;
use docket_domain::consultant::ConsultantEvent;
use docket_domain::text::Personal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, Invalid};
use crate::personal::PersonalV1;
use crate::place::PlaceV1;

/// The consultant is somewhere else, or nobody knows where any more.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["place"]))]
pub(super) struct PlaceChangedV1<'a> {
    /// Where they set out from; null if that isn't known any more.
    #[serde(deserialize_with = "Option::deserialize")]
    place: Option<PersonalV1<PlaceV1<'a>>>,
}

impl<'a> PlaceChangedV1<'a> {
    pub(super) fn new(place: Option<&'a Personal<Place>>) -> Self {
        let place = PersonalV1::of_optional(place, PlaceV1::from);
        Self { place }
    }
}

impl Fact for PlaceChangedV1<'_> {
    const TYPE: &'static str = "docket.consultant.place_changed.v1";

    type Event = ConsultantEvent;

    fn into_event(self) -> Result<ConsultantEvent, Invalid> {
        let place = PersonalV1::into_optional(self.place, PlaceV1::into_domain)?;
        Ok(ConsultantEvent::PlaceChanged { place })
    }
}
