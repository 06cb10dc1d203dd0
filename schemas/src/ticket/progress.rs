//! How far the ticket is: `held`, `resumed`, `resolved`, `closed`, `reopened`, `cancelled`, all v1.
//! Frozen.

use std::borrow::Cow;

use docket_domain::command::Awaiting;
use docket_domain::text::{Body, Label, Personal, Reason};
use docket_domain::{Assignment, TicketEvent};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::assignment::AssignmentV1;
use crate::fact::{Fact, Invalid, borrowed, text};
use crate::personal::PersonalV1;
use crate::words::AwaitingV1;

/// Work on the ticket waits for somebody or something.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HeldV1<'a> {
    /// For whom or what.
    awaiting: AwaitingV1,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<PersonalV1<Cow<'a, str>>>,
}

impl<'a> HeldV1<'a> {
    pub(super) fn new(awaiting: Awaiting, note: Option<&'a Personal<Body>>) -> Self {
        Self {
            awaiting: awaiting.into(),
            note: PersonalV1::of_optional(note, borrowed),
        }
    }
}

impl Fact for HeldV1<'_> {
    const TYPE: &'static str = "docket.ticket.held.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        Ok(TicketEvent::Held {
            awaiting: self.awaiting.into(),
            note: PersonalV1::into_optional(self.note, |note| text("note", note))?,
        })
    }
}

/// Work on the ticket goes on.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResumedV1 {
    /// Where it was before it was held.
    to: AssignmentV1,
}

impl ResumedV1 {
    pub(super) fn new(to: Assignment) -> Self {
        Self { to: to.into() }
    }
}

impl Fact for ResumedV1 {
    const TYPE: &'static str = "docket.ticket.resumed.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        let to = self.to.into();
        Ok(TicketEvent::Resumed { to })
    }
}

/// The problem is solved.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResolvedV1<'a> {
    /// How, from the catalogue.
    code: Cow<'a, str>,
    /// How, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<PersonalV1<Cow<'a, str>>>,
}

impl<'a> ResolvedV1<'a> {
    pub(super) fn new(code: &'a Label, note: Option<&'a Personal<Body>>) -> Self {
        Self {
            code: borrowed(code),
            note: PersonalV1::of_optional(note, borrowed),
        }
    }
}

impl Fact for ResolvedV1<'_> {
    const TYPE: &'static str = "docket.ticket.resolved.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        Ok(TicketEvent::Resolved {
            code: text("code", self.code)?,
            note: PersonalV1::into_optional(self.note, |note| text("note", note))?,
        })
    }
}

/// Nothing more is to be done.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClosedV1 {
    /// Until when the ticket may be reopened.
    reopen_until: Timestamp,
}

impl ClosedV1 {
    pub(super) fn new(reopen_until: Timestamp) -> Self {
        Self { reopen_until }
    }
}

impl Fact for ClosedV1 {
    const TYPE: &'static str = "docket.ticket.closed.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        let reopen_until = self.reopen_until;
        Ok(TicketEvent::Closed { reopen_until })
    }
}

/// The problem came back.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReopenedV1<'a> {
    /// Why.
    reason: Cow<'a, str>,
    /// Who goes on with it; nobody if its consultant is gone.
    to: AssignmentV1,
}

impl<'a> ReopenedV1<'a> {
    pub(super) fn new(reason: &'a Reason, to: Assignment) -> Self {
        Self {
            reason: borrowed(reason),
            to: to.into(),
        }
    }
}

impl Fact for ReopenedV1<'_> {
    const TYPE: &'static str = "docket.ticket.reopened.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        Ok(TicketEvent::Reopened {
            reason: text("reason", self.reason)?,
            to: self.to.into(),
        })
    }
}

/// The ticket is given up, for good.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelledV1<'a> {
    /// Why.
    reason: Cow<'a, str>,
}

impl<'a> CancelledV1<'a> {
    pub(super) fn new(reason: &'a Reason) -> Self {
        let reason = borrowed(reason);
        Self { reason }
    }
}

impl Fact for CancelledV1<'_> {
    const TYPE: &'static str = "docket.ticket.cancelled.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        let reason = text("reason", self.reason)?;
        Ok(TicketEvent::Cancelled { reason })
    }
}
