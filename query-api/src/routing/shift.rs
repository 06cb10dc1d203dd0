//! Whether somebody is on shift. Pure.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::consultants::{HoursView, ShiftView};

/// Days off near now, as the view has them: the date, and where; everywhere if that is `None`.
pub(super) type DaysOff = HashSet<(String, Option<String>)>;

/// What clock and calendar on the wall of a zone show.
#[derive(Debug)]
pub(super) struct Shown {
    time: Time,
    today: Day,
    yesterday: Option<Day>,
}

#[derive(Debug)]
struct Day {
    date: String,
    weekday: String,
}

impl Day {
    fn of(date: Date) -> Self {
        Self {
            date: date.to_string(),
            weekday: date.strftime("%A").to_string().to_lowercase(),
        }
    }
}

impl Shown {
    /// `None` in a zone that isn't known.
    pub(super) fn of(zone: &str, now: Timestamp) -> Option<Self> {
        let shown = TimeZone::get(zone).ok()?.to_datetime(now);
        Some(Self {
            time: shown.time(),
            today: Day::of(shown.date()),
            yesterday: shown.date().yesterday().ok().map(Day::of),
        })
    }
}

/// Whether a shift goes on, by the clock on the wall. (In the hour in which clocks are put forward
/// or back a router, who counts moments, may see it otherwise.)
pub(super) fn on_shift(
    hours: &HoursView,
    shown: &Shown,
    areas: &BTreeSet<String>,
    days_off: &DaysOff,
) -> bool {
    let works = |day: &Day| {
        let off = |area: Option<&String>| days_off.contains(&(day.date.clone(), area.cloned()));
        !off(None) && (areas.is_empty() || !areas.iter().all(|area| off(Some(area))))
    };
    hours.shifts.iter().any(|shift| {
        let begins_on = |day: &Day| day.weekday == shift.weekday;
        let today = Some(&shown.today).filter(|day| begins_on(day));
        let yesterday = shown.yesterday.as_ref().filter(|day| begins_on(day));
        if today.or(yesterday).is_none() {
            return false;
        }
        let Some((from, to)) = times(shift) else {
            return false;
        };
        let over_midnight = to <= from;
        let begun = from <= shown.time && (over_midnight || shown.time < to);
        let still = over_midnight && shown.time < to;
        (begun && today.is_some_and(works)) || (still && yesterday.is_some_and(works))
    })
}

fn times(shift: &ShiftView) -> Option<(Time, Time)> {
    let time = |text: &str| Time::strptime("%H:%M", text).ok();
    time(&shift.from).zip(time(&shift.to))
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
        let shown = Shown::of(&hours.zone, time.parse().expect("a time"));
        shown.is_some_and(|shown| on_shift(hours, &shown, &areas, &days_off))
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
