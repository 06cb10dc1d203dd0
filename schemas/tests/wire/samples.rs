//! One fixed domain event or control record per golden file: every type in full, and once more
//! where something may be absent or erased.

mod catalogue;
mod consultant;
mod control;
mod customer;
mod decision;
mod survey;
mod ticket;

use docket_domain::Timestamp;
use docket_domain::command::{Place, Point};
use docket_domain::ids::PersonId;
use docket_domain::stream::Event;
use docket_domain::text::{Personal, Text};
use uuid::Uuid;

pub(crate) use self::decision::decision;
pub(crate) use control::{answer, controls, later_rejections, rejections};

/// Every event as (name of its golden file without `.json`, event). The name starts with the type.
pub(crate) fn events() -> Vec<(&'static str, Event)> {
    fn any<E>(samples: Vec<(&'static str, E)>) -> impl Iterator<Item = (&'static str, Event)>
    where
        Event: From<E>,
    {
        samples
            .into_iter()
            .map(|(name, event)| (name, event.into()))
    }
    any(ticket::events())
        .chain(any(consultant::events()))
        .chain(any(customer::events()))
        .chain(any(survey::events()))
        .chain(any(catalogue::events()))
        .collect()
}

fn t<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

fn known<const MAX: usize>(value: &str) -> Personal<Text<MAX>> {
    Personal::Known(t(value))
}

pub(crate) fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn place() -> Place {
    Place {
        address: Some(t("Hauptstraße 1\n10115 Berlin")),
        point: Some(Point::new(52.531_677, 13.381_777_000_000_01).unwrap()),
    }
}
