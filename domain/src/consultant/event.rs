//! What has happened to a consultant.

use super::command::{AvailabilityChange, Profile, ProfileChange};
use crate::command::Place;
use crate::text::Personal;

/// A fact; never refused, never changed.
#[derive(Clone, PartialEq, Debug)]
pub enum ConsultantEvent {
    /// They are a consultant (again): away, without working hours and place until they say so.
    Registered(Box<Profile>),
    /// What they are and can was corrected; only what really changes.
    ProfileChanged(Box<ProfileChange>),
    /// Whether and when they work; only what really changes.
    AvailabilityChanged(Box<AvailabilityChange>),
    /// Where they are, or that it isn't known any more.
    PlaceChanged {
        /// Where they set out from.
        place: Option<Personal<Place>>,
    },
    /// They work no more.
    Retired,
}
