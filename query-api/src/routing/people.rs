//! Consultants as filters see them now: what they can, what they have to do, whether they are on
//! shift.
//!
//! A page of the queue asks each of them about each of its tickets, so they are kept as that is quick
//! to answer: words as numbers, places as points of the unit sphere.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::shift::{DaysOff, Shown, on_shift};
use crate::consultants::HoursView;
use crate::problems::Error;
use crate::store::Connections;
use crate::ticket::PlaceView;

/// A skill, team or area.
pub(super) type Word = u32;

/// Everybody who works here, as they are.
#[derive(Debug, Default)]
pub(super) struct People {
    words: HashMap<String, Word>,
    pub(super) all: Vec<Consultant>,
}

/// Somebody who might have a ticket.
#[derive(Debug)]
pub(super) struct Consultant {
    pub(super) id: Uuid,
    pub(super) team: Option<Word>,
    pub(super) skills: Vec<Word>,
    pub(super) areas: Vec<Word>,
    pub(super) reach: Option<Reach>,
    pub(super) on_shift: bool,
    pub(super) available: bool,
    pub(super) has_room: bool,
}

/// From where and how far somebody goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    from: Point,
    /// The square of the straight line's length, through the sphere.
    most: f64,
}

/// A place on the unit sphere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point([f64; 3]);

/// Mean radius of the Earth; routers take the same.
const EARTH_M: f64 = 6_371_008.8;

impl Point {
    pub(super) fn new(latitude: f64, longitude: f64) -> Self {
        let (y, x) = (latitude.to_radians(), longitude.to_radians());
        Self([y.cos() * x.cos(), y.cos() * x.sin(), y.sin()])
    }
}

impl Reach {
    fn new(from: Point, travel_m: f64) -> Self {
        // Nowhere is farther than half the way around.
        let angle = (travel_m / EARTH_M).min(std::f64::consts::PI);
        Self {
            from,
            most: (2.0 * (angle / 2.0).sin()).powi(2),
        }
    }

    /// Whether it is within reach, to some metres of what routers compute in whole numbers.
    pub(super) fn covers(&self, to: Point) -> bool {
        let axes = self.from.0.iter().zip(to.0);
        axes.map(|(from, to)| (from - to).powi(2)).sum::<f64>() <= self.most
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    team: Option<String>,
    #[sqlx(json)]
    skills: BTreeMap<String, u8>,
    #[sqlx(json)]
    areas: BTreeSet<String>,
    travel_km_max: Option<i64>,
    capacity: i64,
    availability: String,
    #[sqlx(json(nullable))]
    hours: Option<HoursView>,
    #[sqlx(json(nullable))]
    place: Option<PlaceView>,
    load: i64,
}

/// Everybody as the view has them at a moment, not looked at yet.
#[derive(Debug)]
pub(super) struct Unread {
    rows: Vec<PgRow>,
    days_off: DaysOff,
    now: Timestamp,
}

/// Reads them. What is left to do takes no database, but some time.
pub(super) async fn read(pool: &Connections, now: Timestamp) -> Result<Unread, Error> {
    const SQL: &str = "
        SELECT c.id, c.team, c.skills, c.areas, c.travel_km_max, c.capacity, c.availability,
               c.hours, c.place, coalesce(l.load, 0) AS load
        FROM consultant c
        LEFT JOIN (
            SELECT assignee, count(*) AS load FROM ticket
            WHERE status IN ('assigned', 'in_progress', 'on_hold')
            GROUP BY assignee
        ) l ON l.assignee = c.id
        WHERE NOT c.retired";
    Ok(Unread {
        days_off: days_off(pool, now).await?,
        rows: sqlx::query(SQL)
            .fetch_all(&mut *pool.acquire().await?)
            .await?,
        now,
    })
}

async fn days_off(pool: &Connections, now: Timestamp) -> Result<DaysOff, Error> {
    const SQL: &str = "
        SELECT content ->> 'date', content ->> 'area' FROM catalogue_entry
        WHERE kind = 'holiday' AND content ->> 'date' = ANY($1)";
    // Whatever the zone, its date is one of these, and so is the day before it.
    let today = now.to_zoned(TimeZone::UTC).date();
    let near: Vec<String> = (-2..=1)
        .filter_map(|days| today.checked_add(days.days()).ok())
        .map(|date| date.to_string())
        .collect();
    let rows: Vec<(String, Option<String>)> = sqlx::query_as(SQL)
        .bind(near)
        .fetch_all(&mut *pool.acquire().await?)
        .await?;
    Ok(rows.into_iter().collect::<HashSet<_>>())
}

impl People {
    pub(super) fn of(unread: &Unread) -> Result<Self, Error> {
        let mut people = Self::default();
        let mut clocks = HashMap::new();
        for row in &unread.rows {
            let row = Row::from_row(row)?;
            let on_shift = row.hours.as_ref().is_none_or(|hours| {
                let shown = clocks
                    .entry(hours.zone.clone())
                    .or_insert_with(|| Shown::of(&hours.zone, unread.now));
                let shown = shown.as_ref();
                shown.is_some_and(|shown| on_shift(hours, shown, &row.areas, &unread.days_off))
            });
            let place = row.place.as_ref();
            let from = place.and_then(|place| place.latitude.zip(place.longitude));
            let consultant = Consultant {
                id: row.id,
                team: row.team.map(|team| people.learn(team)),
                skills: people.learn_all(row.skills.into_keys()),
                areas: people.learn_all(row.areas),
                reach: from
                    .zip(row.travel_km_max)
                    .map(|((y, x), km)| Reach::new(Point::new(y, x), km as f64 * 1_000.0)),
                on_shift,
                available: row.availability == "available",
                has_room: row.load < row.capacity,
            };
            people.all.push(consultant);
        }
        Ok(people)
    }

    /// The word; one that fits nobody, if it was said of nobody.
    pub(super) fn word(&self, text: &str) -> Word {
        self.words.get(text).copied().unwrap_or(Word::MAX)
    }

    fn learn(&mut self, text: String) -> Word {
        let next = self.words.len() as Word;
        *self.words.entry(text).or_insert(next)
    }

    fn learn_all(&mut self, texts: impl IntoIterator<Item = String>) -> Vec<Word> {
        texts.into_iter().map(|text| self.learn(text)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_within_reach_or_not_wherever_on_earth() {
        // Great circles, in kilometres.
        for (from, to, km) in [
            ((52.52, 13.405), (48.137, 11.575), 504.4),
            ((0.0, 179.9), (0.0, -179.9), 22.24),
            ((89.9, 0.0), (89.9, 180.0), 22.24),
            ((0.0, 0.0), (0.001, 0.0), 0.111_195),
            ((0.0, 0.0), (0.0, 180.0), 20_015.1),
        ] {
            let (from, to) = (Point::new(from.0, from.1), Point::new(to.0, to.1));
            let covers = |km: f64| Reach::new(from, km * 1_000.0).covers(to);
            assert!(covers(km * 1.001) && !covers(km * 0.999), "{km} km");
        }
        let around = Reach::new(Point::new(10.0, 10.0), 1e9);
        assert!(around.covers(Point::new(-10.0, -170.0)));
    }
}
