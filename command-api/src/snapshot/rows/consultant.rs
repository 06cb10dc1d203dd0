//! How a consultant's state looks in a snapshot file.

use docket_domain::History;
use docket_domain::consultant::{
    Availability, Consultant, ConsultantState, Hours, Level, Shift, ZoneName,
};
use docket_domain::ticket::Digest;
use jiff::civil::{Time, Weekday};
use serde::{Deserialize, Serialize};

use super::history::HistoryRow;
use super::{Odd, label, text};

#[derive(Serialize, Deserialize)]
pub(in super::super) enum ConsultantRow {
    Unregistered,
    Registered(RegisteredRow),
    Retired(HistoryRow),
}

#[derive(Serialize, Deserialize)]
pub(in super::super) struct RegisteredRow {
    history: HistoryRow,
    name: u64,
    team: Option<Box<str>>,
    skills: Vec<(Box<str>, u8)>,
    areas: Vec<Box<str>>,
    travel_km_max: Option<u32>,
    languages: Vec<Box<str>>,
    capacity: u32,
    availability: AvailabilityRow,
    hours: Option<HoursRow>,
    place: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct HoursRow {
    zone: Box<str>,
    shifts: Vec<ShiftRow>,
}

/// The day of the week, from Monday, and the minutes of the day it begins and ends at.
#[derive(Serialize, Deserialize)]
struct ShiftRow(i8, i16, i16);

words! {
    AvailabilityRow = Availability { Available, Busy, Away }
}

impl From<&Consultant> for ConsultantRow {
    fn from(consultant: &Consultant) -> Self {
        match consultant {
            Consultant::Unregistered => Self::Unregistered,
            Consultant::Registered(state) => Self::Registered((&**state).into()),
            Consultant::Retired(history) => Self::Retired((**history).into()),
        }
    }
}

impl TryFrom<ConsultantRow> for Consultant {
    type Error = Odd;

    fn try_from(row: ConsultantRow) -> Result<Self, Odd> {
        Ok(match row {
            ConsultantRow::Unregistered => Self::Unregistered,
            ConsultantRow::Registered(row) => Self::Registered(Box::new(row.try_into()?)),
            ConsultantRow::Retired(row) => Self::Retired(Box::new(History::try_from(row)?)),
        })
    }
}

impl From<&ConsultantState> for RegisteredRow {
    fn from(state: &ConsultantState) -> Self {
        // Every field by name: a new one must be put somewhere.
        let ConsultantState {
            history,
            name,
            team,
            skills,
            areas,
            travel_km_max,
            languages,
            capacity,
            availability,
            hours,
            place,
        } = state;
        let skill = |(skill, level): (_, &Level)| (text(skill), level.get());
        Self {
            history: (*history).into(),
            name: name.0,
            team: team.as_ref().map(text),
            skills: skills.iter().map(skill).collect(),
            areas: areas.iter().map(text).collect(),
            travel_km_max: *travel_km_max,
            languages: languages.iter().map(text).collect(),
            capacity: *capacity,
            availability: (*availability).into(),
            hours: hours.as_ref().map(HoursRow::from),
            place: place.map(|digest| digest.0),
        }
    }
}

impl TryFrom<RegisteredRow> for ConsultantState {
    type Error = Odd;

    fn try_from(row: RegisteredRow) -> Result<Self, Odd> {
        let skill = |(skill, level)| Ok((label(skill)?, Level::new(level).ok_or(Odd::Malformed)?));
        let labels = |texts: Vec<_>| texts.into_iter().map(label).collect::<Result<_, Odd>>();
        Ok(Self {
            history: row.history.try_into()?,
            name: Digest(row.name),
            team: row.team.map(label).transpose()?,
            skills: row
                .skills
                .into_iter()
                .map(skill)
                .collect::<Result<_, Odd>>()?,
            areas: labels(row.areas)?,
            travel_km_max: row.travel_km_max,
            languages: labels(row.languages)?,
            capacity: row.capacity,
            availability: row.availability.into(),
            hours: row.hours.map(Hours::try_from).transpose()?,
            place: row.place.map(Digest),
        })
    }
}

impl From<&Hours> for HoursRow {
    fn from(hours: &Hours) -> Self {
        let Hours { zone, shifts } = hours;
        let minute = |time: Time| i16::from(time.hour()) * 60 + i16::from(time.minute());
        let shift = |shift: &Shift| {
            let day = shift.weekday().to_monday_zero_offset();
            ShiftRow(day, minute(shift.from()), minute(shift.to()))
        };
        Self {
            zone: zone.as_str().into(),
            shifts: shifts.iter().map(shift).collect(),
        }
    }
}

impl TryFrom<HoursRow> for Hours {
    type Error = Odd;

    fn try_from(row: HoursRow) -> Result<Self, Odd> {
        Ok(Self {
            zone: ZoneName::new(row.zone).map_err(|_| Odd::Malformed)?,
            shifts: row
                .shifts
                .into_iter()
                .map(|row| Option::<Shift>::from(row).ok_or(Odd::Malformed))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl From<ShiftRow> for Option<Shift> {
    fn from(ShiftRow(day, from, to): ShiftRow) -> Self {
        let time = |minutes: i16| {
            let (hour, minute) = (minutes.div_euclid(60), minutes.rem_euclid(60));
            Time::new(hour.try_into().ok()?, minute.try_into().ok()?, 0, 0).ok()
        };
        Shift::new(
            Weekday::from_monday_zero_offset(day).ok()?,
            time(from)?,
            time(to)?,
        )
    }
}
