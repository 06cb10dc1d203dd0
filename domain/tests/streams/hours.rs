//! Shifts as people read them off the wall, over midnight and where clocks change.

use docket_domain::Timestamp;
use docket_domain::consultant::{Duty, HORIZON_DAYS, Hours, InvalidZone, Shift, ZoneName};
use jiff::SignedDuration;
use jiff::civil::{Date, Time, Weekday, date, time};
use jiff::tz::TimeZone;

use crate::scenarios::office_hours;

/// As POSIX writes it, so that no test depends on a machine's zones. Clocks go forward over
/// 02:00–03:00 on 2026-03-29 and back over 03:00–02:00 on 2026-10-25.
pub(crate) const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
/// Forward over 00:00–01:00: that Sunday has no midnight.
pub(crate) const BEIRUT: &str = "EET-2EEST,M3.5.0/0,M10.5.0/0";
/// Until 2011: back from 00:01 to 23:01 of the day before.
pub(crate) const ST_JOHNS: &str = "NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01";

pub(crate) fn zone(posix: &str) -> TimeZone {
    TimeZone::posix(posix).unwrap()
}

fn clock(text: &str) -> Time {
    text.parse().unwrap()
}

fn shift(weekday: Weekday, from: &str, to: &str) -> Shift {
    Shift::new(weekday, clock(from), clock(to)).unwrap()
}

fn hours<const N: usize>(shifts: [Shift; N]) -> Hours {
    Hours {
        zone: ZoneName::new("Europe/Berlin").unwrap(),
        shifts: shifts.into(),
    }
}

fn utc(text: &str) -> Timestamp {
    format!("{text}:00Z").parse().unwrap()
}

fn no_day_off(_: Date) -> bool {
    false
}

/// The shifts as they follow each other from that moment: (from, until), in UTC.
#[track_caller]
fn then_on_duty(hours: &Hours, posix: &str, from: &str, expected: &[(&str, &str)]) {
    let zone = zone(posix);
    let mut at = utc(from);
    let mut started = None;
    let mut shifts = Vec::new();
    while shifts.len() < expected.len() {
        let duty = hours.duty_at(at, &zone, no_day_off);
        assert!(at < duty.until, "no end of {duty:?}");
        if let Some(started) = started.take() {
            shifts.push((started, at));
        }
        if duty.on {
            started = Some(at);
        }
        at = duty.until;
    }
    let expected: Vec<_> = expected
        .iter()
        .map(|(from, until)| (utc(from), utc(until)))
        .collect();
    assert_eq!(shifts, expected);
}

#[test]
fn office_hours_follow_the_clock_on_the_wall() {
    // From Thursday to Monday; clocks go forward on Sunday.
    then_on_duty(
        &office_hours(),
        BERLIN,
        "2026-03-26T00:00",
        &[
            ("2026-03-26T08:00", "2026-03-26T16:00"),
            ("2026-03-27T08:00", "2026-03-27T16:00"),
            ("2026-03-30T07:00", "2026-03-30T15:00"),
        ],
    );
}

#[test]
fn a_shift_begins_with_its_first_moment_and_is_over_at_its_last() {
    let berlin = zone(BERLIN);
    let nano = SignedDuration::from_nanos(1);
    let (from, until) = (utc("2026-03-26T08:00"), utc("2026-03-26T16:00"));
    let next = utc("2026-03-27T08:00");
    for (at, on, changes) in [
        (from - nano, false, from),
        (from, true, until),
        (until - nano, true, until),
        (until, false, next),
    ] {
        let duty = office_hours().duty_at(at, &berlin, no_day_off);
        assert_eq!(duty, Duty { on, until: changes }, "{at}");
    }
}

#[test]
fn a_night_shift_belongs_to_the_day_it_begins_on() {
    then_on_duty(
        &hours([shift(Weekday::Sunday, "22:00", "06:00")]),
        BERLIN,
        "2026-03-01T00:00",
        &[
            ("2026-03-01T21:00", "2026-03-02T05:00"),
            ("2026-03-08T21:00", "2026-03-09T05:00"),
        ],
    );
}

#[test]
fn a_night_shift_is_an_hour_shorter_or_longer_when_clocks_change_in_it() {
    let saturdays = hours([shift(Weekday::Saturday, "22:00", "06:00")]);
    then_on_duty(
        &saturdays,
        BERLIN,
        "2026-03-21T12:00",
        &[
            ("2026-03-21T21:00", "2026-03-22T05:00"),
            ("2026-03-28T21:00", "2026-03-29T04:00"),
            ("2026-04-04T20:00", "2026-04-05T04:00"),
        ],
    );
    then_on_duty(
        &saturdays,
        BERLIN,
        "2026-10-24T12:00",
        &[("2026-10-24T20:00", "2026-10-25T05:00")],
    );
}

#[test]
fn what_would_begin_or_end_in_the_hour_that_is_skipped_does_so_at_the_change() {
    let change = "2026-03-29T01:00";
    for (from, to, expected) in [
        ("00:30", "02:30", ("2026-03-28T23:30", change)),
        ("02:00", "04:00", (change, "2026-03-29T02:00")),
        ("02:30", "04:00", (change, "2026-03-29T02:00")),
        ("02:45", "03:15", (change, "2026-03-29T01:15")),
        // All of it skipped: the next is a week later.
        ("02:15", "02:45", ("2026-04-05T00:15", "2026-04-05T00:45")),
    ] {
        then_on_duty(
            &hours([shift(Weekday::Sunday, from, to)]),
            BERLIN,
            "2026-03-28T12:00",
            &[expected],
        );
    }
}

#[test]
fn what_would_begin_or_end_in_the_hour_that_comes_twice_does_so_the_first_time() {
    for (from, to, expected) in [
        ("00:30", "02:30", ("2026-10-24T22:30", "2026-10-25T00:30")),
        ("02:30", "04:00", ("2026-10-25T00:30", "2026-10-25T03:00")),
        ("02:15", "02:45", ("2026-10-25T00:15", "2026-10-25T00:45")),
        ("01:00", "03:00", ("2026-10-24T23:00", "2026-10-25T02:00")),
    ] {
        then_on_duty(
            &hours([shift(Weekday::Sunday, from, to)]),
            BERLIN,
            "2026-10-24T12:00",
            &[expected],
        );
    }
}

#[test]
fn a_day_without_midnight_begins_later() {
    then_on_duty(
        &hours([shift(Weekday::Sunday, "00:00", "08:00")]),
        BEIRUT,
        "2026-03-28T12:00",
        &[("2026-03-28T22:00", "2026-03-29T05:00")],
    );
}

#[test]
fn a_clock_put_back_over_midnight_ends_no_shift() {
    // 00:00 to 00:01, then 23:01 of Saturday to 08:00 of Sunday.
    let sundays = hours([shift(Weekday::Sunday, "00:00", "08:00")]);
    then_on_duty(
        &sundays,
        ST_JOHNS,
        "2026-10-31T12:00",
        &[("2026-11-01T02:30", "2026-11-01T11:30")],
    );
    let again_saturday = utc("2026-11-01T03:00");
    let zone = zone(ST_JOHNS);
    assert_eq!(zone.to_datetime(again_saturday).date(), date(2026, 10, 31));
    let duty = sundays.duty_at(again_saturday, &zone, no_day_off);
    assert!(duty.on);
    assert_eq!(duty.until, utc("2026-11-01T11:30"));
}

#[test]
fn shifts_that_adjoin_or_overlap_are_one() {
    let long = hours([
        shift(Weekday::Monday, "08:00", "12:00"),
        shift(Weekday::Monday, "12:00", "16:00"),
        shift(Weekday::Monday, "09:00", "10:00"),
        shift(Weekday::Monday, "15:00", "02:00"),
        shift(Weekday::Tuesday, "02:00", "03:00"),
        shift(Weekday::Tuesday, "04:00", "05:00"),
    ]);
    then_on_duty(
        &long,
        BERLIN,
        "2026-03-02T00:00",
        &[
            ("2026-03-02T07:00", "2026-03-03T02:00"),
            ("2026-03-03T03:00", "2026-03-03T04:00"),
        ],
    );
}

#[test]
fn from_a_time_to_the_same_is_a_day() {
    then_on_duty(
        &hours([shift(Weekday::Monday, "08:00", "08:00")]),
        BERLIN,
        "2026-03-02T00:00",
        &[("2026-03-02T07:00", "2026-03-03T07:00")],
    );
}

#[test]
fn no_shift_begins_on_a_day_off_and_the_night_before_goes_on() {
    let good_friday = date(2026, 4, 3);
    let nights = hours([
        shift(Weekday::Thursday, "22:00", "06:00"),
        shift(Weekday::Friday, "22:00", "06:00"),
    ]);
    let berlin = zone(BERLIN);
    let duty = |at| nights.duty_at(utc(at), &berlin, |day| day == good_friday);
    let thursday = duty("2026-04-03T00:00");
    assert!(thursday.on);
    assert_eq!(thursday.until, utc("2026-04-03T04:00"));
    let friday = duty("2026-04-03T22:00");
    assert!(!friday.on);
    assert_eq!(friday.until, utc("2026-04-09T20:00"));
}

#[test]
fn where_nothing_changes_one_asks_again_at_the_horizon() {
    let berlin = zone(BERLIN);
    let at = utc("2026-03-02T12:00");
    let horizon = at + SignedDuration::from_hours(24 * i64::from(HORIZON_DAYS));
    let never = hours([]).duty_at(at, &berlin, no_day_off);
    assert_eq!((never.on, never.until), (false, horizon));
    let holidays = office_hours().duty_at(utc("2026-03-01T12:00"), &berlin, |_| true);
    assert!(!holidays.on);
    let all_week = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ]
    .map(|day| shift(day, "00:00", "00:00"));
    let always = hours(all_week).duty_at(at, &berlin, no_day_off);
    assert!(always.on);
    assert!(always.until >= horizon, "{}", always.until);
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    let berlin = zone(BERLIN);
    for at in [Timestamp::MIN, Timestamp::MAX] {
        for zone in [&berlin, &TimeZone::UTC] {
            let duty = office_hours().duty_at(at, zone, no_day_off);
            assert!(!duty.on && duty.until >= at, "{duty:?}");
        }
    }
}

#[test]
fn a_shift_is_given_in_whole_minutes() {
    let (nine, late) = (time(9, 0, 0, 0), time(17, 30, 1, 0));
    assert_eq!(Shift::new(Weekday::Monday, nine, late), None);
    assert_eq!(Shift::new(Weekday::Monday, late, nine), None);
    assert_eq!(Shift::new(Weekday::Monday, nine, time(17, 0, 0, 1)), None);
    let shift = shift(Weekday::Monday, "09:00", "17:30");
    assert_eq!(
        (shift.weekday(), shift.from(), shift.to()),
        (Weekday::Monday, nine, clock("17:30"))
    );
}

#[test]
fn a_zone_has_the_form_of_a_zones_name() {
    for name in [
        "UTC",
        "Europe/Berlin",
        "America/Argentina/Buenos_Aires",
        "Etc/GMT+12",
    ] {
        assert_eq!(ZoneName::new(name).unwrap().as_str(), name);
    }
    let too_long = "A".repeat(65);
    for name in [
        "",
        "/etc/passwd",
        "Europe/",
        "Europe//Berlin",
        "../../etc/passwd",
        "Europe/../Berlin",
        "Europe Berlin",
        "Europe\\Berlin",
        "1+1",
        "Europe/Berlin\n",
        &too_long,
    ] {
        assert_eq!(ZoneName::new(name), Err(InvalidZone), "{name:?}");
    }
}
