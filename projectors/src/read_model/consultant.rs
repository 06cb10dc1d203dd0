//! Consultants: a row and one event make the next row. Pure.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantEvent, Hours, Level, Profile, ProfileChange,
};
use docket_domain::ids::PersonId;
use docket_domain::text::Label;
use jiff_sqlx::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use super::fold::Happening;
use super::personal::{personal, place_json};
use super::row::PlaceJson;
use super::words;
use crate::projector::FoldError;

/// A row of `consultant`; the columns' meaning is in the migration.
#[derive(Clone, PartialEq, Debug, sqlx::FromRow)]
pub(crate) struct ConsultantRow {
    pub(crate) id: Uuid,
    pub(crate) version: i32,
    pub(crate) name: Option<String>,
    pub(crate) team: Option<String>,
    pub(crate) skills: Json<BTreeMap<String, u8>>,
    pub(crate) areas: Json<Vec<String>>,
    pub(crate) travel_km_max: Option<i64>,
    pub(crate) languages: Json<Vec<String>>,
    pub(crate) capacity: i64,
    pub(crate) availability: String,
    pub(crate) hours: Option<Json<HoursJson>>,
    pub(crate) place: Option<Json<PlaceJson>>,
    pub(crate) retired: bool,
    pub(crate) erased: Json<Vec<String>>,
    pub(crate) registered_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) partition: i32,
}

/// Working hours, as columns and answers have them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct HoursJson {
    pub(crate) zone: String,
    pub(crate) shifts: Vec<ShiftJson>,
}

/// A shift, as columns and answers have it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct ShiftJson {
    pub(crate) weekday: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

/// Applies one event to the row as it was before it (`None`: no event yet).
pub(crate) fn apply(
    before: Option<&ConsultantRow>,
    consultant: PersonId,
    event: &ConsultantEvent,
    happening: &Happening,
) -> Result<ConsultantRow, FoldError> {
    match (before, event) {
        (None, ConsultantEvent::Registered(profile)) => {
            Ok(registered(consultant, profile, happening))
        }
        (None, _) => Err(FoldError::NotRegistered),
        (Some(before), ConsultantEvent::Registered(profile)) if before.retired => {
            let mut row = registered(consultant, profile, happening);
            row.version += before.version;
            row.updated_at = row.updated_at.max(before.updated_at);
            row.registered_at = row.updated_at;
            Ok(row)
        }
        (Some(_), ConsultantEvent::Registered(_)) => Err(FoldError::RegisteredTwice),
        (Some(before), _) if before.retired => Err(FoldError::Gone),
        (Some(before), _) => {
            let mut row = before.clone();
            row.version += 1;
            row.updated_at = row.updated_at.max(happening.occurred_at);
            change(&mut row, event);
            Ok(row)
        }
    }
}

fn registered(consultant: PersonId, profile: &Profile, happening: &Happening) -> ConsultantRow {
    let mut row = ConsultantRow {
        id: consultant.0,
        version: 1,
        name: None,
        team: None,
        skills: Json(BTreeMap::new()),
        areas: Json(Vec::new()),
        travel_km_max: None,
        languages: Json(Vec::new()),
        capacity: 0,
        availability: words::availability(Availability::Away).to_owned(),
        hours: None,
        place: None,
        retired: false,
        erased: Json(Vec::new()),
        registered_at: happening.occurred_at,
        updated_at: happening.occurred_at,
        partition: happening.partition,
    };
    change_profile(&mut row, &ProfileChange::from(profile));
    row
}

fn change(row: &mut ConsultantRow, event: &ConsultantEvent) {
    match event {
        // The caller sees to it.
        ConsultantEvent::Registered(_) => {}
        ConsultantEvent::ProfileChanged(change) => change_profile(row, change),
        ConsultantEvent::AvailabilityChanged(change) => change_availability(row, change),
        ConsultantEvent::PlaceChanged { place } => {
            let erased = &mut row.erased.0;
            row.place = personal(erased, "place", place.as_ref(), place_json);
        }
        // What they could and were called stays, for the tickets they had.
        ConsultantEvent::Retired => {
            row.retired = true;
            words::availability(Availability::Away).clone_into(&mut row.availability);
            row.hours = None;
            row.place = personal(&mut row.erased.0, "place", None, place_json);
        }
    }
}

fn change_profile(row: &mut ConsultantRow, change: &ProfileChange) {
    let ProfileChange {
        name,
        team,
        skills,
        areas,
        travel_km_max,
        languages,
        capacity,
    } = change;
    let texts = |labels: &BTreeSet<Label>| Json(labels.iter().map(ToString::to_string).collect());
    if let Some(name) = name {
        row.name = personal(&mut row.erased.0, "name", Some(name), ToString::to_string);
    }
    if let Some(team) = team {
        row.team = team.as_ref().map(ToString::to_string);
    }
    if let Some(skills) = skills {
        let level = |(skill, level): (&Label, &Level)| (skill.to_string(), level.get());
        row.skills = Json(skills.iter().map(level).collect());
    }
    if let Some(areas) = areas {
        row.areas = texts(areas);
    }
    if let Some(travel_km_max) = travel_km_max {
        row.travel_km_max = travel_km_max.map(i64::from);
    }
    if let Some(languages) = languages {
        row.languages = texts(languages);
    }
    if let Some(capacity) = capacity {
        row.capacity = i64::from(*capacity);
    }
}

fn change_availability(row: &mut ConsultantRow, change: &AvailabilityChange) {
    let AvailabilityChange {
        availability,
        hours,
    } = change;
    if let Some(availability) = availability {
        words::availability(*availability).clone_into(&mut row.availability);
    }
    if let Some(hours) = hours {
        row.hours = hours.as_ref().map(hours_json);
    }
}

fn hours_json(hours: &Hours) -> Json<HoursJson> {
    let time = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
    let shifts = hours.shifts.iter().map(|shift| ShiftJson {
        weekday: words::weekday(shift.weekday()).to_owned(),
        from: time(shift.from()),
        to: time(shift.to()),
    });
    Json(HoursJson {
        zone: hours.zone.as_str().to_owned(),
        shifts: shifts.collect(),
    })
}
