//! A consultant's events.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantEvent, Hours, Level, Profile, ProfileChange, Shift,
    ZoneName,
};
use docket_domain::text::Personal;
use jiff::civil::{Weekday, time};

use super::{known, place, t};

fn profile() -> Profile {
    Profile {
        name: known("Anna Ångström"),
        team: Some(t("field")),
        skills: BTreeMap::from([(t("dsl"), Level::MAX), (t("wifi"), Level::MIN)]),
        areas: BTreeSet::from([t("berlin"), t("potsdam")]),
        travel_km_max: Some(80),
        languages: BTreeSet::from([t("de"), t("sv-SE")]),
        capacity: 3,
    }
}

fn profile_least() -> Profile {
    Profile {
        name: Personal::Erased,
        team: None,
        skills: BTreeMap::new(),
        areas: BTreeSet::new(),
        travel_km_max: None,
        languages: BTreeSet::new(),
        capacity: 0,
    }
}

fn changed_removals() -> ProfileChange {
    ProfileChange {
        name: Some(Personal::Erased),
        team: Some(None),
        skills: Some(BTreeMap::new()),
        areas: Some(BTreeSet::new()),
        travel_km_max: Some(None),
        languages: Some(BTreeSet::new()),
        capacity: None,
    }
}

fn hours() -> Hours {
    let shift = |weekday, from, to| Shift::new(weekday, from, to).unwrap();
    Hours {
        zone: ZoneName::new("Europe/Berlin").unwrap(),
        shifts: BTreeSet::from([
            shift(Weekday::Monday, time(8, 5, 0, 0), time(16, 30, 0, 0)),
            shift(Weekday::Saturday, time(22, 0, 0, 0), time(6, 0, 0, 0)),
        ]),
    }
}

fn available(change: AvailabilityChange) -> ConsultantEvent {
    ConsultantEvent::AvailabilityChanged(change.into())
}

pub(super) fn events() -> Vec<(&'static str, ConsultantEvent)> {
    vec![
        (
            "docket.consultant.registered.v1",
            ConsultantEvent::Registered(profile().into()),
        ),
        (
            "docket.consultant.registered.v1.least",
            ConsultantEvent::Registered(profile_least().into()),
        ),
        (
            "docket.consultant.profile_changed.v1",
            ConsultantEvent::ProfileChanged(ProfileChange::from(&profile()).into()),
        ),
        (
            "docket.consultant.profile_changed.v1.removals",
            ConsultantEvent::ProfileChanged(changed_removals().into()),
        ),
        (
            "docket.consultant.availability_changed.v1",
            available(AvailabilityChange {
                availability: Some(Availability::Available),
                hours: Some(Some(hours())),
            }),
        ),
        (
            "docket.consultant.availability_changed.v1.least",
            available(AvailabilityChange {
                availability: Some(Availability::Busy),
                hours: None,
            }),
        ),
        (
            "docket.consultant.availability_changed.v1.removals",
            available(AvailabilityChange {
                availability: Some(Availability::Away),
                hours: Some(None),
            }),
        ),
        (
            "docket.consultant.place_changed.v1",
            ConsultantEvent::PlaceChanged {
                place: Some(Personal::Known(place())),
            },
        ),
        (
            "docket.consultant.place_changed.v1.erased",
            ConsultantEvent::PlaceChanged {
                place: Some(Personal::Erased),
            },
        ),
        (
            "docket.consultant.place_changed.v1.removals",
            ConsultantEvent::PlaceChanged { place: None },
        ),
        ("docket.consultant.retired.v1", ConsultantEvent::Retired),
    ]
}
