//! Working hours as a client states them.

use docket_domain::consultant::{Hours, SHIFTS_MAX, Shift, ZoneName};
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::bodies::consultant::{HoursBody, ShiftBody};
use super::check::Check;
use super::object::Object;

/// The working hours that the member `hours` states.
pub(super) fn hours(body: HoursBody, check: &mut Check) -> Option<Hours> {
    let zone = check.required("hours.zone", body.zone);
    let zone = zone.and_then(|name| zone_of(name, check));
    let given = check.required("hours.shifts", body.shifts)?;
    check.at_most("hours.shifts", given.len(), SHIFTS_MAX);
    let shifts = (0..)
        .zip(given.into_iter().take(SHIFTS_MAX))
        .filter_map(|(n, Object(given))| shift(n, given, check))
        .collect();
    Some(Hours {
        zone: zone?,
        shifts,
    })
}

/// A zone of the time-zone database here, as that spells it: readers' databases may not take
/// another spelling for it. "Unknown" is in there, and is no zone.
fn zone_of(name: String, check: &mut Check) -> Option<ZoneName> {
    let zone = match ZoneName::new(name) {
        Ok(zone) => zone,
        Err(invalid) => {
            check.fault("hours.zone", invalid.to_string());
            return None;
        }
    };
    let known = TimeZone::get(zone.as_str())
        .ok()
        .filter(|known| !known.is_unknown());
    let spelled = known.and_then(|known| ZoneName::new(known.iana_name()?).ok());
    if spelled.is_none() {
        let why = "is no time zone of the IANA database; one is `Europe/Berlin`";
        check.fault("hours.zone", why);
    }
    spelled
}

fn shift(n: usize, body: ShiftBody, check: &mut Check) -> Option<Shift> {
    let member = |name| format!("hours.shifts[{n}].{name}");
    let weekday = check.required(&member("weekday"), body.weekday);
    let from = time(&member("from"), body.from, check);
    let to = time(&member("to"), body.to, check);
    Shift::new(weekday?.into(), from?, to?)
}

/// Hours and minutes, as in `08:05` and no other spelling.
fn time(field: &str, text: Option<String>, check: &mut Check) -> Option<Time> {
    let text = check.required(field, text)?;
    let number = |digits: &str| {
        let two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        two.then(|| digits.parse().ok()).flatten()
    };
    let time = text
        .split_once(':')
        .and_then(|(hour, minute)| Time::new(number(hour)?, number(minute)?, 0, 0).ok());
    if time.is_none() {
        check.fault(field, "must be a time of the day, as in 08:05");
    }
    time
}
