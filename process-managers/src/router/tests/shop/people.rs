//! Consultants: they come, say when they work, and what they can do.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantCommand, Hours, Level, Profile, Shift, ZoneName,
};
use docket_domain::ids::PersonId;
use docket_domain::text::Personal;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use super::{Shop, text};

/// What a router does with time zones here: `Europe/Berlin` by its rule, no other.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    let posix = (name == "Europe/Berlin").then_some("CET-1CEST,M3.5.0,M10.5.0/3")?;
    TimeZone::posix(posix).ok()
}

impl Shop {
    /// At work, with room for so many tickets.
    pub(crate) fn hire(&mut self, id: PersonId, capacity: u32) {
        self.hire_as(id, profile(capacity));
    }

    pub(crate) fn hire_as(&mut self, id: PersonId, profile: Profile) {
        self.consultant(id, ConsultantCommand::Register(Box::new(profile)));
        self.says(id, Availability::Available);
    }

    pub(crate) fn says(&mut self, id: PersonId, availability: Availability) {
        let change = AvailabilityChange {
            availability: Some(availability),
            hours: None,
        };
        let change = ConsultantCommand::ChangeAvailability(Box::new(change));
        self.consultant(id, change);
    }

    /// Works Mondays to Sundays between those times by the clock in that zone.
    pub(crate) fn works(&mut self, id: PersonId, zone: &str, from: &str, to: &str) {
        let clock = |text: &str| text.parse::<Time>().unwrap();
        let days = Weekday::Monday.cycle_forward().take(7);
        let shifts = days.map(|day| Shift::new(day, clock(from), clock(to)).unwrap());
        let change = AvailabilityChange {
            availability: None,
            hours: Some(Some(Hours {
                zone: ZoneName::new(zone).unwrap(),
                shifts: shifts.collect(),
            })),
        };
        let change = ConsultantCommand::ChangeAvailability(Box::new(change));
        self.consultant(id, change);
    }
}

pub(crate) fn profile(capacity: u32) -> Profile {
    Profile {
        name: Personal::Known(text("Somebody")),
        team: None,
        skills: BTreeMap::new(),
        areas: BTreeSet::new(),
        travel_km_max: None,
        languages: BTreeSet::new(),
        capacity,
    }
}

pub(crate) fn skilled<const N: usize>(skills: [&str; N], capacity: u32) -> Profile {
    Profile {
        skills: skills.map(|skill| (text(skill), Level::MAX)).into(),
        ..profile(capacity)
    }
}
