//! Duty against a clock that is watched minute by minute: whatever the shifts, wherever clocks
//! change.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use docket_domain::Timestamp;
use docket_domain::consultant::{Hours, Shift, ZoneName};
use jiff::civil::{Date, DateTime, Weekday, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;

use crate::hours::{BEIRUT, BERLIN, ST_JOHNS, zone};

/// Three weeks of a zone's clock around a change, minute by minute: what is the latest it has shown
/// so far?
struct Watched {
    zone: TimeZone,
    first: Date,
    from: Timestamp,
    latest: Vec<DateTime>,
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const DAYS: i64 = 21;

fn watch(posix: &str, from: &str) -> Watched {
    let zone = zone(posix);
    let from: Timestamp = from.parse().unwrap();
    let mut shown = DateTime::MIN;
    let latest = (0..DAYS * 24 * 60)
        .map(|minute| {
            shown = shown.max(zone.to_datetime(from + SignedDuration::from_mins(minute)));
            shown
        })
        .collect();
    Watched {
        first: zone.to_datetime(from).date(),
        zone,
        from,
        latest,
    }
}

static CLOCKS: LazyLock<Vec<Watched>> = LazyLock::new(|| {
    vec![
        watch(BERLIN, "2026-03-19T00:00:00Z"),
        watch(BERLIN, "2026-10-15T00:00:00Z"),
        watch(BEIRUT, "2026-03-19T00:00:00Z"),
        watch(BEIRUT, "2026-10-15T00:00:00Z"),
        watch(ST_JOHNS, "2026-02-26T00:00:00Z"),
        watch(ST_JOHNS, "2026-10-22T00:00:00Z"),
    ]
});

impl Watched {
    /// On duty from the first minute at which the clock shows a shift's beginning or more to the
    /// first at which it shows its end or more.
    fn duties(&self, hours: &Hours) -> Vec<bool> {
        let mut on = vec![false; self.latest.len()];
        for day in -2..=DAYS {
            let date = self.first + day.days();
            for shift in hours
                .shifts
                .iter()
                .filter(|s| s.weekday() == date.weekday())
            {
                let last = if shift.to() > shift.from() {
                    date
                } else {
                    date + 1.day()
                };
                let begins = date.to_datetime(shift.from());
                let ends = last.to_datetime(shift.to());
                for (shown, on) in self.latest.iter().zip(&mut on) {
                    *on |= begins <= *shown && *shown < ends;
                }
            }
        }
        on
    }
}

fn shifts() -> impl Strategy<Value = BTreeSet<Shift>> {
    // Mostly around midnight and the changes, on the days of the changes and beside them.
    let clock = || {
        prop_oneof![
            3 => (0..4i8, 0..60i8),
            1 => (0..24i8, 0..60i8),
            1 => (22..24i8, 0..60i8),
            1 => (0..4i8, Just(0i8)),
        ]
        .prop_map(|(hour, minute)| time(hour, minute, 0, 0))
    };
    let weekday = prop_oneof![
        3 => Just(Weekday::Sunday),
        2 => Just(Weekday::Saturday),
        1 => Just(Weekday::Monday),
        1 => Just(Weekday::Thursday),
    ];
    let shift = (weekday, clock(), clock())
        .prop_map(|(weekday, from, to)| Shift::new(weekday, from, to).unwrap());
    prop::collection::btree_set(shift, 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn duty_is_what_the_clock_on_the_wall_says(
        shifts in shifts(),
        clock in 0..6usize,
        starts in prop::collection::vec(0..7 * 24 * 60usize, 8),
    ) {
        let hours = Hours { zone: ZoneName::new("UTC").unwrap(), shifts };
        let watched = &CLOCKS[clock];
        let on = watched.duties(&hours);
        for start in starts {
            // From any minute on, change after change, to the end of what was watched.
            let mut minute = start + 7 * 24 * 60;
            while minute < on.len() {
                let at = watched.from + SignedDuration::from_mins(minute as i64);
                let duty = hours.duty_at(at, &watched.zone, |_| false);
                prop_assert_eq!(duty.on, on[minute], "at {}", at);
                let stays = on[minute..].iter().take_while(|on| **on == duty.on).count();
                if minute + stays == on.len() {
                    prop_assert!(duty.until >= watched.from + MINUTE * on.len() as i32);
                    break;
                }
                prop_assert_eq!(duty.until, at + MINUTE * stays as i32);
                minute += stays;
            }
        }
    }
}
