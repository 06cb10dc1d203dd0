//! The consultant's visit: `travel_started`, `arrived`, `work_logged`, all v1. Frozen.

use std::borrow::Cow;

use docket_domain::TicketEvent;
use docket_domain::command::Part;
use docket_domain::ids::WorkId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fact::{Fact, Invalid, borrowed, text};

/// The consultant, who is the record's actor, set out.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TravelStartedV1 {}

impl Fact for TravelStartedV1 {
    const TYPE: &'static str = "docket.ticket.travel_started.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        Ok(TicketEvent::TravelStarted)
    }
}

/// The consultant, who is the record's actor, is there.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ArrivedV1 {}

impl Fact for ArrivedV1 {
    const TYPE: &'static str = "docket.ticket.arrived.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        Ok(TicketEvent::Arrived)
    }
}

/// Time and parts were spent on the ticket.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkLoggedV1<'a> {
    /// The entry's own id.
    work: Uuid,
    /// Minutes worked.
    minutes: u32,
    /// Parts used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<PartV1<'a>>,
}

/// A part used.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PartV1<'a> {
    /// What, as the warehouse calls it.
    name: Cow<'a, str>,
    /// How many.
    quantity: u32,
}

impl<'a> WorkLoggedV1<'a> {
    pub(super) fn new(work: WorkId, minutes: u32, parts: &'a [Part]) -> Self {
        let part = |part: &'a Part| PartV1 {
            name: borrowed(&part.name),
            quantity: part.quantity,
        };
        Self {
            work: work.0,
            minutes,
            parts: parts.iter().map(part).collect(),
        }
    }
}

impl Fact for WorkLoggedV1<'_> {
    const TYPE: &'static str = "docket.ticket.work_logged.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        let part = |part: PartV1<'_>| {
            Ok(Part {
                name: text("parts.name", part.name)?,
                quantity: part.quantity,
            })
        };
        Ok(TicketEvent::WorkLogged {
            work: WorkId(self.work),
            minutes: self.minutes,
            parts: self
                .parts
                .into_iter()
                .map(part)
                .collect::<Result<_, Invalid>>()?,
        })
    }
}
