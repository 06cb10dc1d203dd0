//! Whether and when a consultant works: `availability_changed`, `retired`, both v1. Frozen.
#![expect(
    clippy::option_option,
    reason = "absent, null and a value are three things in a change"
)]

use std::borrow::Cow;

use docket_domain::consultant::{
    AvailabilityChange, ConsultantEvent, Hours, InvalidZone, Shift, ZoneName,
};
use jiff::civil::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, Invalid, present};
use crate::words::{AvailabilityV1, WeekdayV1};

/// Whether or when a consultant works was changed. A field that is absent stays as it was.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AvailabilityChangedV1<'a> {
    /// Whether they take tickets from now on.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    #[schemars(with = "AvailabilityV1")]
    availability: Option<AvailabilityV1>,
    /// Their new working hours; null takes them away, and availability alone decides.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    hours: Option<Option<HoursV1<'a>>>,
}

/// The same shifts every week, by the clock on the wall.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HoursV1<'a> {
    /// Where the clock hangs: a time zone's name in the IANA database. Take the consultant for
    /// being off duty if yours doesn't have it.
    zone: Cow<'a, str>,
    /// They may overlap. Without any, no work is done.
    shifts: Vec<ShiftV1>,
}

/// From one time of the day until the clock next shows the other: on the next day, if that isn't
/// later.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ShiftV1 {
    /// The day it begins on.
    weekday: WeekdayV1,
    /// When it begins: hours and minutes.
    #[schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    from: String,
    /// When it ends: hours and minutes.
    #[schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    to: String,
}

/// `08:05`, and no other spelling.
fn shown(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn clock(text: &str) -> Option<Time> {
    let number = |digits: &str| {
        let two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        two.then(|| digits.parse().ok()).flatten()
    };
    let (hour, minute) = text.split_once(':')?;
    Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

impl From<&Shift> for ShiftV1 {
    fn from(shift: &Shift) -> Self {
        Self {
            weekday: shift.weekday().into(),
            from: shown(shift.from()),
            to: shown(shift.to()),
        }
    }
}

impl ShiftV1 {
    fn into_domain(self) -> Result<Shift, Invalid> {
        clock(&self.from)
            .zip(clock(&self.to))
            .and_then(|(from, to)| Shift::new(self.weekday.into(), from, to))
            .ok_or_else(|| Invalid::new("hours.shifts", &"has a time that is not as in 08:05"))
    }
}

impl<'a> From<&'a Hours> for HoursV1<'a> {
    fn from(hours: &'a Hours) -> Self {
        Self {
            zone: hours.zone.as_str().into(),
            shifts: hours.shifts.iter().map(ShiftV1::from).collect(),
        }
    }
}

impl HoursV1<'_> {
    fn into_domain(self) -> Result<Hours, Invalid> {
        let zone = ZoneName::new(self.zone);
        let shifts = self.shifts.into_iter().map(ShiftV1::into_domain);
        Ok(Hours {
            zone: zone.map_err(|problem: InvalidZone| Invalid::new("hours.zone", &problem))?,
            shifts: shifts.collect::<Result<_, Invalid>>()?,
        })
    }
}

impl<'a> From<&'a AvailabilityChange> for AvailabilityChangedV1<'a> {
    fn from(change: &'a AvailabilityChange) -> Self {
        let hours = change.hours.as_ref();
        Self {
            availability: change.availability.map(AvailabilityV1::from),
            hours: hours.map(|hours| hours.as_ref().map(HoursV1::from)),
        }
    }
}

impl Fact for AvailabilityChangedV1<'_> {
    const TYPE: &'static str = "docket.consultant.availability_changed.v1";

    type Event = ConsultantEvent;

    fn into_event(self) -> Result<ConsultantEvent, Invalid> {
        let hours = |hours: Option<HoursV1<'_>>| hours.map(HoursV1::into_domain).transpose();
        let change = AvailabilityChange {
            availability: self.availability.map(Into::into),
            hours: self.hours.map(hours).transpose()?,
        };
        Ok(ConsultantEvent::AvailabilityChanged(Box::new(change)))
    }
}

/// The consultant works no more.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RetiredV1 {}

impl Fact for RetiredV1 {
    const TYPE: &'static str = "docket.consultant.retired.v1";

    type Event = ConsultantEvent;

    fn into_event(self) -> Result<ConsultantEvent, Invalid> {
        Ok(ConsultantEvent::Retired)
    }
}
