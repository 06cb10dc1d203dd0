//! Arbitrary events: whatever the domain's types allow.

mod catalogue;
mod consultant;
mod customer;
mod decision;
mod survey;
mod ticket;

use docket_domain::Timestamp;
use docket_domain::command::{Place, Point};
use docket_domain::ids::PersonId;
use docket_domain::stream::Event;
use docket_domain::text::{Personal, Text};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

/// Boxed, since all of them together outgrow a test thread's stack.
pub(crate) fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => ticket::event().prop_map(Event::from).boxed(),
        2 => consultant::event().prop_map(Event::from).boxed(),
        2 => customer::event().prop_map(Event::from).boxed(),
        1 => survey::event().prop_map(Event::from).boxed(),
        1 => catalogue::event().prop_map(Event::from).boxed(),
    ]
}

fn text<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> {
    // Quotes, backslashes, line ends and everything beyond ASCII, after one visible character.
    vec(
        prop_oneof![
            any::<char>().prop_filter("allowed", |c| !c.is_control()),
            select(vec!['"', '\\', '/', '\n', '\r', '\t', '\u{2028}', ' ']),
        ],
        0..20,
    )
    .prop_map(|chars| Text::new(format!("x{}", chars.into_iter().collect::<String>())).unwrap())
}

fn personal<T: std::fmt::Debug>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Personal<T>> {
    of(value).prop_map(|value| value.map_or(Personal::Erased, Personal::Known))
}

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

pub(crate) fn person() -> impl Strategy<Value = PersonId> {
    uuid().prop_map(PersonId)
}

pub(crate) fn time() -> impl Strategy<Value = Timestamp> {
    (-62_135_596_800_i64..253_402_207_200, 0..1_000_000_000)
        .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond).unwrap())
}

fn place() -> impl Strategy<Value = Place> {
    let point = (-90.0..=90.0_f64, -180.0..=180.0_f64)
        .prop_map(|(latitude, longitude)| Point::new(latitude, longitude).unwrap());
    (of(text()), of(point)).prop_map(|(address, point)| Place { address, point })
}
