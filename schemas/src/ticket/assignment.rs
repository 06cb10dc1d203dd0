//! Who has the ticket: `assigned`, `accepted`, `declined`, `unassigned`, `transferred`, all v1.
//! Frozen.

use std::borrow::Cow;

use docket_domain::ids::PersonId;
use docket_domain::routing::Recorded;
use docket_domain::text::{Label, Reason};
use docket_domain::{Assignment, TicketEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::decision::DecisionV1;
use crate::fact::{Fact, Invalid, borrowed, optional, text};

/// The ticket was given to a consultant.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AssignedV1 {
    /// Who is to work it.
    consultant: Uuid,
    /// Why them, if the router decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionV1>,
}

impl AssignedV1 {
    pub(super) fn new(consultant: PersonId, decision: Option<&Recorded>) -> Self {
        Self {
            consultant: consultant.0,
            decision: decision.map(DecisionV1::from),
        }
    }
}

impl Fact for AssignedV1 {
    const TYPE: &'static str = "docket.ticket.assigned.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        let consultant = PersonId(self.consultant);
        let decision = self
            .decision
            .map(|decision| decision.for_consultant(consultant))
            .transpose()
            .map_err(|invalid| Invalid::new("decision", &invalid))?;
        Ok(TicketEvent::Assigned {
            consultant,
            decision: decision.map(Box::new),
        })
    }
}

/// The assigned consultant took the ticket.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptedV1 {
    /// Who works it.
    consultant: Uuid,
}

impl AcceptedV1 {
    pub(super) fn new(consultant: PersonId) -> Self {
        let consultant = consultant.0;
        Self { consultant }
    }
}

impl Fact for AcceptedV1 {
    const TYPE: &'static str = "docket.ticket.accepted.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        let consultant = PersonId(self.consultant);
        Ok(TicketEvent::Accepted { consultant })
    }
}

/// The assigned consultant didn't take the ticket; it waits for another.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclinedV1<'a> {
    /// Who declined.
    consultant: Uuid,
    /// Why not.
    reason: Cow<'a, str>,
}

impl<'a> DeclinedV1<'a> {
    pub(super) fn new(consultant: PersonId, reason: &'a Reason) -> Self {
        Self {
            consultant: consultant.0,
            reason: borrowed(reason),
        }
    }
}

impl Fact for DeclinedV1<'_> {
    const TYPE: &'static str = "docket.ticket.declined.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        Ok(TicketEvent::Declined {
            consultant: PersonId(self.consultant),
            reason: text("reason", self.reason)?,
        })
    }
}

/// The ticket was taken from its consultant; it waits for another.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnassignedV1<'a> {
    /// From whom.
    consultant: Uuid,
    /// Why.
    reason: Cow<'a, str>,
}

impl<'a> UnassignedV1<'a> {
    pub(super) fn new(consultant: PersonId, reason: &'a Reason) -> Self {
        Self {
            consultant: consultant.0,
            reason: borrowed(reason),
        }
    }
}

impl Fact for UnassignedV1<'_> {
    const TYPE: &'static str = "docket.ticket.unassigned.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        Ok(TicketEvent::Unassigned {
            consultant: PersonId(self.consultant),
            reason: text("reason", self.reason)?,
        })
    }
}

/// The ticket went to another team, where it waits for a consultant.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TransferredV1<'a> {
    /// The new team.
    team: Cow<'a, str>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
}

impl<'a> TransferredV1<'a> {
    pub(super) fn new(team: &'a Label, reason: Option<&'a Reason>) -> Self {
        Self {
            team: borrowed(team),
            reason: reason.map(borrowed),
        }
    }
}

impl Fact for TransferredV1<'_> {
    const TYPE: &'static str = "docket.ticket.transferred.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        Ok(TicketEvent::Transferred {
            team: text("team", self.team)?,
            reason: optional("reason", self.reason)?,
        })
    }
}

/// Who goes on with a ticket: `"nobody"`, `{"assigned":"<uuid>"}` or `{"in_progress":"<uuid>"}`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AssignmentV1 {
    /// It waits for a consultant.
    Nobody,
    /// A consultant who has not accepted yet.
    Assigned(Uuid),
    /// A consultant who works it.
    InProgress(Uuid),
}

impl From<Assignment> for AssignmentV1 {
    fn from(assignment: Assignment) -> Self {
        match assignment {
            Assignment::Nobody => Self::Nobody,
            Assignment::Assigned(consultant) => Self::Assigned(consultant.0),
            Assignment::InProgress(consultant) => Self::InProgress(consultant.0),
        }
    }
}

impl From<AssignmentV1> for Assignment {
    fn from(assignment: AssignmentV1) -> Self {
        match assignment {
            AssignmentV1::Nobody => Self::Nobody,
            AssignmentV1::Assigned(consultant) => Self::Assigned(PersonId(consultant)),
            AssignmentV1::InProgress(consultant) => Self::InProgress(PersonId(consultant)),
        }
    }
}
