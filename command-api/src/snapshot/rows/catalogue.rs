//! How the catalogue looks in a snapshot file.

use docket_domain::catalogue::{Catalogue, Entry};
use docket_domain::command::{Place, Point};
use docket_domain::text::Text;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::history::HistoryRow;
use super::{Odd, label, text};

#[derive(Serialize, Deserialize)]
pub(in super::super) struct CatalogueRow {
    history: HistoryRow,
    entries: Vec<EntryRow>,
}

#[derive(Serialize, Deserialize)]
enum EntryRow {
    Category(Box<str>, Vec<Box<str>>),
    Skill(Box<str>),
    Store(Box<str>, Option<PlaceRow>, Option<Box<str>>),
    Area(Box<str>),
    /// Year, month and day; area; name.
    Holiday((i16, i8, i8), Option<Box<str>>, Box<str>),
}

#[derive(Serialize, Deserialize)]
struct PlaceRow {
    address: Option<Box<str>>,
    point: Option<(f64, f64)>,
}

impl From<&Catalogue> for CatalogueRow {
    fn from(catalogue: &Catalogue) -> Self {
        let Catalogue { history, entries } = catalogue;
        Self {
            history: (*history).into(),
            entries: entries.values().map(EntryRow::from).collect(),
        }
    }
}

impl TryFrom<CatalogueRow> for Catalogue {
    type Error = Odd;

    fn try_from(row: CatalogueRow) -> Result<Self, Odd> {
        let keyed = |row| {
            let entry = Entry::try_from(row)?;
            Ok((entry.key(), entry))
        };
        Ok(Self {
            history: row.history.try_into()?,
            entries: row
                .entries
                .into_iter()
                .map(keyed)
                .collect::<Result<_, Odd>>()?,
        })
    }
}

impl From<&Entry> for EntryRow {
    fn from(entry: &Entry) -> Self {
        match entry {
            Entry::Category { name, skills } => {
                Self::Category(text(name), skills.iter().map(text).collect())
            }
            Entry::Skill { name } => Self::Skill(text(name)),
            Entry::Store { name, place, area } => Self::Store(
                text(name),
                place.as_ref().map(PlaceRow::from),
                area.as_ref().map(text),
            ),
            Entry::Area { name } => Self::Area(text(name)),
            Entry::Holiday { date, area, name } => Self::Holiday(
                (date.year(), date.month(), date.day()),
                area.as_ref().map(text),
                text(name),
            ),
        }
    }
}

impl TryFrom<EntryRow> for Entry {
    type Error = Odd;

    fn try_from(row: EntryRow) -> Result<Self, Odd> {
        Ok(match row {
            EntryRow::Category(name, skills) => Self::Category {
                name: label(name)?,
                skills: skills.into_iter().map(label).collect::<Result<_, _>>()?,
            },
            EntryRow::Skill(name) => Self::Skill { name: label(name)? },
            EntryRow::Store(name, place, area) => Self::Store {
                name: label(name)?,
                place: place.map(Place::try_from).transpose()?,
                area: area.map(label).transpose()?,
            },
            EntryRow::Area(name) => Self::Area { name: label(name)? },
            EntryRow::Holiday((year, month, day), area, name) => Self::Holiday {
                date: Date::new(year, month, day).map_err(|_| Odd::Malformed)?,
                area: area.map(label).transpose()?,
                name: label(name)?,
            },
        })
    }
}

impl From<&Place> for PlaceRow {
    fn from(place: &Place) -> Self {
        let Place { address, point } = place;
        Self {
            address: address.as_ref().map(|address| address.as_str().into()),
            point: point.map(|point| (point.latitude(), point.longitude())),
        }
    }
}

impl TryFrom<PlaceRow> for Place {
    type Error = Odd;

    fn try_from(row: PlaceRow) -> Result<Self, Odd> {
        let point = |(latitude, longitude)| Point::new(latitude, longitude).ok_or(Odd::Malformed);
        Ok(Self {
            address: row
                .address
                .map(Text::new)
                .transpose()
                .map_err(|_| Odd::Malformed)?,
            point: row.point.map(point).transpose()?,
        })
    }
}
