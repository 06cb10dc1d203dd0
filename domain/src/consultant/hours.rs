//! When a consultant works: shifts by the clock on the wall, in a time zone by name.
//!
//! The rules of a zone (when its clocks change) are data that whoever asks looks up and passes in:
//! they differ between machines and years, and to look them up is I/O. Everything else is pure.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// The same shifts every week.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hours {
    /// Where the clock hangs.
    pub zone: ZoneName,
    /// At most [`SHIFTS_MAX`](super::SHIFTS_MAX); they may overlap. Without any, no work is done.
    pub shifts: BTreeSet<Shift>,
}

/// The name of a time zone in the IANA database, such as `Europe/Berlin`. Only its form is checked
/// here; that there is such a zone must be checked where commands come in, against the database
/// there. A reader whose database doesn't know it takes the consultant for being off duty.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ZoneName(Box<str>);

/// Why a text is no zone's name; the message goes to the user as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("is not the name of a time zone, such as `Europe/Berlin`")]
pub struct InvalidZone;

impl ZoneName {
    /// Words of letters, digits, `_`, `+` and `-` with slashes between, 64 bytes at most: nothing
    /// that would leave a directory of zones.
    pub fn new(name: impl Into<Box<str>>) -> Result<Self, InvalidZone> {
        let name = name.into();
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte);
        let word = |word: &str| !word.is_empty() && word.bytes().all(letter);
        if name.len() <= 64
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.split('/').all(word)
        {
            Ok(Self(name))
        } else {
            Err(InvalidZone)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Work from one time of the day to another, every week.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Shift {
    weekday: Weekday,
    from: Time,
    to: Time,
}

impl Shift {
    /// Begins on that day of the week and ends when the clock next shows `to`: on the next day, if
    /// that isn't after `from`. `None` if a time has seconds, which no wall clock is read for.
    pub fn new(weekday: Weekday, from: Time, to: Time) -> Option<Self> {
        let whole = |time: Time| time.second() == 0 && time.subsec_nanosecond() == 0;
        (whole(from) && whole(to)).then_some(Self { weekday, from, to })
    }

    /// The day it begins on.
    pub const fn weekday(self) -> Weekday {
        self.weekday
    }

    /// When it begins.
    pub const fn from(self) -> Time {
        self.from
    }

    /// When it ends.
    pub const fn to(self) -> Time {
        self.to
    }

    /// From when until when it goes if it begins on that date. Nothing if the clock skips all of
    /// it, or past the ends of time.
    fn on(self, date: Date, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let last = if self.to > self.from {
            date
        } else {
            date.tomorrow().ok()?
        };
        let start = first_moment(date.to_datetime(self.from), zone)?;
        let end = first_moment(last.to_datetime(self.to), zone)?;
        (start < end).then_some((start, end))
    }
}

/// By the course of the week, from Monday.
impl Ord for Shift {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |shift: &Self| {
            let day = shift.weekday.to_monday_zero_offset();
            (day, shift.from, shift.to)
        };
        place(self).cmp(&place(other))
    }
}

impl PartialOrd for Shift {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The first moment at which the zone's clock shows that time or a later one. So where clocks are
/// put forward over it, that is when they are; where they are put back, it is the first of the two
/// times they show it. Moments keep the order of the times they are for, so no shift ever ends
/// before it begins, and two that adjoin on the wall do so in time.
fn first_moment(shown: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(shown);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
            ambiguous.earlier().ok()
        }
        AmbiguousOffset::Gap { .. } => {
            // By the clock from before the change: the change itself, or as long after it as the
            // time shown lies in the gap.
            let after = ambiguous.later().ok()?;
            let past = after.checked_add(SignedDuration::from_nanos(1)).ok()?;
            let change = zone.preceding(past).next();
            Some(change.map_or(after, |change| change.timestamp()))
        }
    }
}

/// Whether somebody is on duty, and for how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Duty {
    /// Within a shift.
    pub on: bool,
    /// It stays so at least until then, and changes then unless that is [`HORIZON_DAYS`] ahead:
    /// the moment to ask again.
    pub until: Timestamp,
}

/// How many days ahead a change is looked for.
pub const HORIZON_DAYS: u16 = 35;

impl Hours {
    /// Whether a shift goes on at that moment, in the zone of that [name](Self::zone). A shift that
    /// would begin on a day off (a date in that zone) doesn't take place.
    pub fn duty_at(&self, at: Timestamp, zone: &TimeZone, day_off: impl Fn(Date) -> bool) -> Duty {
        let mut on_until = None;
        for (start, end) in self.shifts_from(at, zone, day_off) {
            match on_until {
                None if at < start => {
                    return Duty {
                        on: false,
                        until: start,
                    };
                }
                None => on_until = Some(end),
                Some(until) if until < start => break,
                Some(until) => on_until = Some(until.max(end)),
            }
        }
        let horizon = SignedDuration::from_hours(24 * i64::from(HORIZON_DAYS));
        Duty {
            on: on_until.is_some(),
            until: on_until.unwrap_or_else(|| at.checked_add(horizon).unwrap_or(Timestamp::MAX)),
        }
    }

    /// The shifts that end after that moment, by their beginning, as far as the horizon. Those of
    /// the day before may still go on; and those of the day after may have begun already, where
    /// clocks are put back over midnight.
    fn shifts_from(
        &self,
        at: Timestamp,
        zone: &TimeZone,
        day_off: impl Fn(Date) -> bool,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let today = zone.to_datetime(at).date();
        let yesterday = today.yesterday().unwrap_or(today);
        std::iter::successors(Some(yesterday), |date| date.tomorrow().ok())
            .take(usize::from(HORIZON_DAYS) + 2)
            .filter(move |date| !day_off(*date))
            .flat_map(move |date| {
                self.shifts
                    .iter()
                    .filter(move |shift| shift.weekday == date.weekday())
                    .filter_map(move |shift| shift.on(date, zone))
            })
            .filter(move |(_, end)| at < *end)
    }
}
