//! Consultants, as the read model and the routing view have them.

use docket_domain::consultant::{Availability, Consultant, ConsultantEvent, Hours, Profile};
use docket_domain::stream::{Aggregate, Event, StreamId};
use docket_domain::text::Personal;
use serde_json::{Map, Value, json};

use crate::fold::Expected;
use crate::history::{History, Past};
use crate::words::{erased, is_erased, known, label, labels, place, word};

pub(crate) fn rows(history: &History, expected: &mut Expected) {
    let StreamId::Consultant(id) = history.id else {
        return;
    };
    let past = history.now();
    let registration = past.last_place(|told| registered(&told.event).is_some());
    let registration = registration.expect("nothing happens to somebody unknown");
    let since = past.before(registration + 1).expect("that is one at least");
    let name = name(past);
    let retired = matches!(past.state(), Aggregate::Consultant(Consultant::Retired(_)));
    let at = past.latest(|event| match event {
        Event::Consultant(ConsultantEvent::PlaceChanged { place }) => Some(place.as_ref()),
        // Whoever retires or comes back is nowhere.
        Event::Consultant(ConsultantEvent::Registered(_) | ConsultantEvent::Retired) => Some(None),
        _ => None,
    });
    let at = at.flatten();
    let mut row = profile(past);
    for (column, value) in [
        ("id", json!(id.0)),
        ("version", json!(past.version())),
        ("name", known(name, |name| json!(name.as_str()))),
        ("availability", json!(word(availability(past)))),
        ("hours", hours(past).map_or(Value::Null, shifts)),
        ("place", known(at, place)),
        ("retired", json!(retired)),
        (
            "erased",
            erased(&[("name", is_erased(name)), ("place", is_erased(at))]),
        ),
        ("registered_at", since.as_of()),
        ("updated_at", past.as_of()),
        ("partition", json!(past.first().partition)),
    ] {
        row.insert(column.to_owned(), value);
    }
    expected.row("consultant", Value::Object(row));
}

fn registered(event: &Event) -> Option<&Profile> {
    match event {
        Event::Consultant(ConsultantEvent::Registered(profile)) => Some(profile),
        _ => None,
    }
}

pub(crate) fn name(past: Past<'_>) -> Option<&Personal<docket_domain::text::Label>> {
    past.latest(|event| match event {
        Event::Consultant(ConsultantEvent::Registered(profile)) => Some(&profile.name),
        Event::Consultant(ConsultantEvent::ProfileChanged(change)) => change.name.as_ref(),
        _ => None,
    })
}

/// What they can, and where; it stays when they retire.
fn profile(past: Past<'_>) -> Map<String, Value> {
    macro_rules! latest {
        ($field:ident) => {
            past.latest(|event| match event {
                Event::Consultant(ConsultantEvent::Registered(profile)) => Some(&profile.$field),
                Event::Consultant(ConsultantEvent::ProfileChanged(change)) => {
                    change.$field.as_ref()
                }
                _ => None,
            })
            .expect("a registration says all of it")
        };
    }
    let skills: Map<String, Value> = latest!(skills)
        .iter()
        .map(|(skill, level)| (skill.to_string(), json!(level.get())))
        .collect();
    let fields = [
        ("team", label(latest!(team).as_ref())),
        ("skills", Value::Object(skills)),
        ("areas", labels(latest!(areas))),
        ("travel_km_max", json!(latest!(travel_km_max))),
        ("languages", labels(latest!(languages))),
        ("capacity", json!(latest!(capacity))),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn availability(past: Past<'_>) -> Availability {
    let said = past.latest(|event| match event {
        Event::Consultant(ConsultantEvent::AvailabilityChanged(change)) => change.availability,
        Event::Consultant(ConsultantEvent::Registered(_) | ConsultantEvent::Retired) => {
            Some(Availability::Away)
        }
        _ => None,
    });
    said.expect("a registration says it")
}

fn hours(past: Past<'_>) -> Option<&Hours> {
    let said = past.latest(|event| match event {
        Event::Consultant(ConsultantEvent::AvailabilityChanged(change)) => {
            change.hours.as_ref().map(Option::as_ref)
        }
        Event::Consultant(ConsultantEvent::Registered(_) | ConsultantEvent::Retired) => Some(None),
        _ => None,
    });
    said.flatten()
}

fn shifts(hours: &Hours) -> Value {
    let shifts = hours.shifts.iter().map(|shift| {
        json!({
            "weekday": word(shift.weekday()),
            "from": shift.from().to_string()[..5],
            "to": shift.to().to_string()[..5],
        })
    });
    let shifts: Value = shifts.collect();
    json!({"zone": hours.zone.as_str(), "shifts": shifts})
}
