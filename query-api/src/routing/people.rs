//! Consultants as filters see them now: what they can, what they have to do, whether they are on
//! shift.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::consultants::{HoursView, ShiftView};
use crate::problems::Error;
use crate::ticket::PlaceView;

/// Somebody who might have a ticket.
#[derive(Debug)]
pub(super) struct Consultant {
    pub(super) id: Uuid,
    pub(super) team: Option<String>,
    pub(super) skills: BTreeMap<String, u8>,
    pub(super) areas: BTreeSet<String>,
    pub(super) travel_m_max: Option<f64>,
    pub(super) point: Option<(f64, f64)>,
    pub(super) on_shift: bool,
    pub(super) available: bool,
    pub(super) has_room: bool,
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

/// Days off near now, as the view has them: the date, and where; everywhere if that is `None`.
type DaysOff = HashSet<(String, Option<String>)>;

/// Everybody who works here, as they are.
pub(super) async fn read(pool: &PgPool, now: Timestamp) -> Result<Vec<Consultant>, Error> {
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
    let days_off = days_off(pool, now).await?;
    let rows: Vec<Row> = sqlx::query_as(SQL).fetch_all(pool).await?;
    Ok(rows
        .into_iter()
        .map(|row| Consultant {
            on_shift: row
                .hours
                .as_ref()
                .is_none_or(|hours| on_shift(hours, now, &row.areas, &days_off)),
            id: row.id,
            team: row.team,
            skills: row.skills,
            areas: row.areas,
            travel_m_max: row.travel_km_max.map(|km| km as f64 * 1_000.0),
            point: row
                .place
                .and_then(|place| place.latitude.zip(place.longitude)),
            available: row.availability == "available",
            has_room: row.load < row.capacity,
        })
        .collect())
}

async fn days_off(pool: &PgPool, now: Timestamp) -> Result<DaysOff, Error> {
    const SQL: &str = "
        SELECT content ->> 'date', content ->> 'area' FROM catalogue_entry
        WHERE kind = 'holiday' AND content ->> 'date' = ANY($1)";
    // Whatever the zone, its date is one of these, and so is the day before it.
    let today = now.to_zoned(TimeZone::UTC).date();
    let near: Vec<String> = (-2..=1)
        .filter_map(|days| today.checked_add(days.days()).ok())
        .map(|date| date.to_string())
        .collect();
    let rows: Vec<(String, Option<String>)> =
        sqlx::query_as(SQL).bind(near).fetch_all(pool).await?;
    Ok(rows.into_iter().collect())
}

/// Whether a shift goes on, by the clock on the wall. (In the hour in which clocks are put forward
/// or back a router, who counts moments, may see it otherwise.) In a zone that isn't known, never.
fn on_shift(
    hours: &HoursView,
    now: Timestamp,
    areas: &BTreeSet<String>,
    days_off: &DaysOff,
) -> bool {
    let Ok(zone) = TimeZone::get(&hours.zone) else {
        return false;
    };
    let shown = zone.to_datetime(now);
    let works = |date: Date| {
        let off = |area: Option<&String>| days_off.contains(&(date.to_string(), area.cloned()));
        !off(None) && (areas.is_empty() || !areas.iter().all(|area| off(Some(area))))
    };
    let yesterday = shown.date().yesterday();
    hours.shifts.iter().any(|shift| {
        let Some((from, to)) = times(shift) else {
            return false;
        };
        let begins_on = |date: Date| weekday(date) == shift.weekday && works(date);
        let over_midnight = to <= from;
        let today = from <= shown.time() && (over_midnight || shown.time() < to);
        let still = over_midnight && shown.time() < to;
        (today && begins_on(shown.date())) || (still && yesterday.clone().is_ok_and(begins_on))
    })
}

fn times(shift: &ShiftView) -> Option<(Time, Time)> {
    let time = |text: &str| Time::strptime("%H:%M", text).ok();
    time(&shift.from).zip(time(&shift.to))
}

fn weekday(date: Date) -> String {
    date.strftime("%A").to_string().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(weekday: &str, from: &str, to: &str) -> HoursView {
        HoursView {
            zone: "Europe/Berlin".to_owned(),
            shifts: vec![ShiftView {
                weekday: weekday.to_owned(),
                from: from.to_owned(),
                to: to.to_owned(),
            }],
        }
    }

    fn at(hours: &HoursView, time: &str, days_off: &[(&str, Option<&str>)]) -> bool {
        let areas = BTreeSet::from(["north".to_owned(), "south".to_owned()]);
        let day =
            |(date, area): &(&str, Option<&str>)| ((*date).to_owned(), area.map(ToOwned::to_owned));
        let days_off = days_off.iter().map(day).collect();
        on_shift(hours, time.parse().expect("a time"), &areas, &days_off)
    }

    #[test]
    fn a_shift_goes_by_the_clock_of_its_zone() {
        let day = hours("monday", "08:00", "16:30");
        // A Monday, in winter and in summer.
        assert!(!at(&day, "2026-01-05T06:59:59Z", &[]));
        assert!(at(&day, "2026-01-05T07:00:00Z", &[]));
        assert!(at(&day, "2026-01-05T15:29:59Z", &[]));
        assert!(!at(&day, "2026-01-05T15:30:00Z", &[]));
        assert!(at(&day, "2026-07-06T06:00:00Z", &[]));
        assert!(!at(&day, "2026-01-06T08:00:00Z", &[]));
    }

    #[test]
    fn a_night_shift_belongs_to_the_day_it_begins_on() {
        let night = hours("monday", "22:00", "06:00");
        assert!(at(&night, "2026-01-05T21:00:00Z", &[]));
        assert!(at(&night, "2026-01-06T04:59:59Z", &[]));
        assert!(!at(&night, "2026-01-06T05:00:00Z", &[]));
        assert!(!at(&night, "2026-01-05T04:00:00Z", &[]));
        let monday_off = [("2026-01-05", None)];
        assert!(!at(&night, "2026-01-06T04:00:00Z", &monday_off));
        let tuesday_off = [("2026-01-06", None)];
        assert!(at(&night, "2026-01-06T04:00:00Z", &tuesday_off));
    }

    #[test]
    fn a_day_is_off_when_it_is_off_in_all_areas() {
        let day = hours("monday", "08:00", "16:30");
        let noon = "2026-01-05T11:00:00Z";
        assert!(at(&day, noon, &[("2026-01-05", Some("north"))]));
        let both = [("2026-01-05", Some("north")), ("2026-01-05", Some("south"))];
        assert!(!at(&day, noon, &both));
        let mut unknown = day;
        unknown.zone = "Mars/Olympus".to_owned();
        assert!(!at(&unknown, noon, &[]));
    }
}
