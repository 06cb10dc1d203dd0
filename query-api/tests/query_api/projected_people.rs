//! People and the catalogue as the projector makes them, and an erasure on its way through.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::catalogue::{CatalogueEvent, Entry, Key};
use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantEvent, Hours, Level, Profile, Shift, ZoneName,
};
use docket_domain::customer::{
    ContactChange, CustomerEvent, Email, NotificationChannel, Phone, Preferences, Registration,
};
use docket_domain::ids::PersonId;
use docket_domain::stream::{Event, StreamId};
use docket_domain::text::Personal;
use jiff::civil::{Weekday, date, time};
use serde_json::{Value, json};

use crate::projected::{Projected, text};
use crate::setting::Setting;

fn anna() -> PersonId {
    PersonId(Setting::person("anna"))
}

fn carla() -> PersonId {
    PersonId(Setting::person("carla"))
}

fn of_anna() -> Vec<Event> {
    let shift = Shift::new(Weekday::Monday, time(8, 0, 0, 0), time(16, 30, 0, 0));
    let registered = ConsultantEvent::Registered(Box::new(Profile {
        name: Personal::Known(text("Anna Müller")),
        team: Some(text("field")),
        skills: BTreeMap::from([(text("optics"), Level::new(4).expect("a level"))]),
        areas: BTreeSet::from([text("north")]),
        travel_km_max: Some(40),
        languages: BTreeSet::new(),
        capacity: 5,
    }));
    let available = ConsultantEvent::AvailabilityChanged(Box::new(AvailabilityChange {
        availability: Some(Availability::Available),
        hours: Some(Some(Hours {
            zone: ZoneName::new("Europe/Berlin").expect("a zone"),
            shifts: shift.into_iter().collect(),
        })),
    }));
    vec![registered.into(), available.into()]
}

fn of_carla() -> Vec<Event> {
    let registered = CustomerEvent::Registered(Box::new(Registration {
        name: Personal::Known(text("Carla O'Brien")),
        phone: Some(Personal::Known(
            Phone::new("030 / 12 34").expect("a number"),
        )),
        email: None,
        preferences: Preferences {
            channel: NotificationChannel::Sms,
            language: Some(text("de")),
            consultant: Some(anna()),
            surveys: true,
        },
    }));
    let email = Email::new("Carla@example.org").expect("an address");
    let contact = CustomerEvent::ContactChanged(Box::new(ContactChange {
        email: Some(Some(Personal::Known(email))),
        ..ContactChange::default()
    }));
    vec![registered.into(), contact.into()]
}

fn of_the_catalogue() -> Vec<Event> {
    let put = |entry| CatalogueEvent::Put(Box::new(entry)).into();
    vec![
        put(Entry::Skill {
            name: text("optics"),
        }),
        put(Entry::Area {
            name: text("north"),
        }),
        put(Entry::Holiday {
            date: date(2026, 12, 25),
            area: Some(text("north")),
            name: text("Christmas"),
        }),
        CatalogueEvent::Removed(Key::Area(text("north"))).into(),
    ]
}

#[tokio::test]
async fn what_the_projector_writes_of_people_is_what_a_query_shows() {
    let setting = Setting::new().await;
    let mut projected = Projected::start(&setting).await;
    let streams = [
        (StreamId::Consultant(anna()), of_anna()),
        (StreamId::Customer(carla()), of_carla()),
        (StreamId::Catalogue, of_the_catalogue()),
    ];
    let events = streams
        .into_iter()
        .flat_map(|(id, events)| events.into_iter().map(move |event| (id, event)));
    let end = projected.tell(events).await.to_string();
    let get = async |path: &str| {
        let wanted = [("docket-min-position", end.as_str())];
        setting.get_with(path, &wanted).await.ok().body
    };
    let consultant = get(&format!("/v1/consultants/{}", anna())).await;
    for (field, expected) in [
        ("version", json!(2)),
        ("name", json!("Anna Müller")),
        ("skills", json!({"optics": 4})),
        ("availability", json!("available")),
        (
            "hours",
            json!({
                "zone": "Europe/Berlin",
                "shifts": [{"weekday": "monday", "from": "08:00", "to": "16:30"}],
            }),
        ),
        ("capacity", json!(5)),
        ("erased", json!([])),
    ] {
        assert_eq!(consultant[field], expected, "{field}");
    }
    let listed = get("/v1/consultants?q=mueller&skill=optics&area=north").await;
    assert_eq!(listed["consultants"], json!([consultant]));

    let mut customer = get(&format!("/v1/customers/{}", carla())).await;
    assert_eq!(customer["channel"], "sms");
    assert_eq!(customer["consultant"], json!(anna().0));
    customer["tickets"] = json!([]);
    for q in ["obrien", "%2B49%2030%201234", "carla@"] {
        let listed = get(&format!("/v1/customers?q={q}")).await;
        assert_eq!(listed["customers"], json!([customer]), "{q}");
    }

    let catalogue = get("/v1/catalogue").await;
    assert_eq!(
        catalogue,
        json!({
            "version": 4,
            "entries": [
                {"kind": "holiday", "date": "2026-12-25", "area": "north", "name": "Christmas"},
                {"kind": "skill", "name": "optics"},
            ],
        })
    );
    projected.stop().await;
}

#[tokio::test]
async fn who_is_erased_in_the_log_is_found_no_more() {
    let setting = Setting::new().await;
    let mut projected = Projected::start(&setting).await;
    let id = StreamId::Customer(carla());
    let events = of_carla().into_iter().map(|event| (id, event));
    let known = projected.tell(events).await.to_string();
    let found = async |end: &str, q: &str| {
        let wanted = [("docket-min-position", end)];
        let path = format!("/v1/customers?q={q}");
        let page = setting.get_with(&path, &wanted).await.ok().body;
        page["customers"].as_array().map(Vec::len)
    };
    let questions = ["carla", "1234", "carla@example.org"];
    for q in questions {
        assert_eq!(found(&known, q).await, Some(1), "{q}");
    }
    let erased = [(id, CustomerEvent::Erased.into())];
    let end = projected.tell(erased).await.to_string();
    for q in questions {
        assert_eq!(found(&end, q).await, Some(0), "{q}");
    }
    let path = format!("/v1/customers/{}", carla());
    let left = setting.get(&path).await.ok().body;
    assert_eq!(left["erased"], json!(["email", "name", "phone"]));
    let gone = [
        "name",
        "phone",
        "email",
        "channel",
        "language",
        "consultant",
        "surveys",
    ];
    for field in gone {
        assert_eq!(left[field], Value::Null, "{field}");
    }
    projected.stop().await;
}
