//! A consultant's events.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantEvent, Hours, Level, Profile, ProfileChange, Shift,
    ZoneName,
};
use docket_domain::text::Label;
use jiff::civil::{Time, Weekday, time};
use proptest::collection::{btree_map, btree_set};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::{personal, place, text};

fn labels() -> impl Strategy<Value = BTreeSet<Label>> {
    btree_set(text(), 0..4)
}

fn skills() -> impl Strategy<Value = BTreeMap<Label, Level>> {
    btree_map(
        text(),
        (1..=5_u8).prop_map(|n| Level::new(n).unwrap()),
        0..4,
    )
}

fn profile() -> impl Strategy<Value = Profile> {
    let who = (personal(text()), of(text()), skills(), labels());
    let how = (of(any::<u32>()), labels(), any::<u32>());
    (who, how).prop_map(|(who, how)| Profile {
        name: who.0,
        team: who.1,
        skills: who.2,
        areas: who.3,
        travel_km_max: how.0,
        languages: how.1,
        capacity: how.2,
    })
}

fn profile_change() -> impl Strategy<Value = ProfileChange> {
    let who = (
        of(personal(text())),
        of(of(text())),
        of(skills()),
        of(labels()),
    );
    let how = (of(of(any::<u32>())), of(labels()), of(any::<u32>()));
    (who, how).prop_map(|(who, how)| ProfileChange {
        name: who.0,
        team: who.1,
        skills: who.2,
        areas: who.3,
        travel_km_max: how.0,
        languages: how.1,
        capacity: how.2,
    })
}

fn clock() -> impl Strategy<Value = Time> {
    (0..24_i8, 0..60_i8).prop_map(|(hour, minute)| time(hour, minute, 0, 0))
}

fn hours() -> impl Strategy<Value = Hours> {
    let weekday = (0..7_i8).prop_map(|day| Weekday::from_monday_zero_offset(day).unwrap());
    let shift =
        (weekday, clock(), clock()).prop_map(|(day, from, to)| Shift::new(day, from, to).unwrap());
    let zone = "[A-Z][A-Za-z0-9_+-]{0,9}(/[A-Za-z0-9_+-]{1,10}){0,2}";
    (zone, btree_set(shift, 0..4)).prop_map(|(zone, shifts)| Hours {
        zone: ZoneName::new(zone).unwrap(),
        shifts,
    })
}

fn availability_change() -> impl Strategy<Value = AvailabilityChange> {
    let availability = select(vec![
        Availability::Available,
        Availability::Busy,
        Availability::Away,
    ]);
    (of(availability), of(of(hours()))).prop_map(|(availability, hours)| AvailabilityChange {
        availability,
        hours,
    })
}

pub(super) fn event() -> impl Strategy<Value = ConsultantEvent> {
    prop_oneof![
        profile().prop_map(|profile| ConsultantEvent::Registered(profile.into())),
        profile_change().prop_map(|change| ConsultantEvent::ProfileChanged(change.into())),
        availability_change()
            .prop_map(|change| ConsultantEvent::AvailabilityChanged(change.into())),
        of(personal(place())).prop_map(|place| ConsultantEvent::PlaceChanged { place }),
        Just(ConsultantEvent::Retired),
    ]
}
