//! What is said about the ticket: `comment_added`, `linked`, both v1. Frozen.

use std::borrow::Cow;

use docket_domain::TicketEvent;
use docket_domain::command::{Relation, Visibility};
use docket_domain::ids::{CommentId, TicketId};
use docket_domain::text::{Body, Personal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fact::{Fact, Invalid, borrowed, text};
use crate::personal::PersonalV1;
use crate::words::{RelationV1, VisibilityV1};

/// Somebody said something about the ticket.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CommentAddedV1<'a> {
    /// The comment's own id.
    comment: Uuid,
    /// Who may read it.
    visibility: VisibilityV1,
    /// The comment.
    text: PersonalV1<Cow<'a, str>>,
}

impl<'a> CommentAddedV1<'a> {
    pub(super) fn new(
        comment: CommentId,
        visibility: Visibility,
        text: &'a Personal<Body>,
    ) -> Self {
        Self {
            comment: comment.0,
            visibility: visibility.into(),
            text: PersonalV1::of(text, borrowed),
        }
    }
}

impl Fact for CommentAddedV1<'_> {
    const TYPE: &'static str = "docket.ticket.comment_added.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        Ok(TicketEvent::CommentAdded {
            comment: CommentId(self.comment),
            visibility: self.visibility.into(),
            text: self.text.into_domain(|value| text("text", value))?,
        })
    }
}

/// The ticket has to do with another.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkedV1 {
    /// The other ticket.
    ticket: Uuid,
    /// What this one has to do with it.
    relation: RelationV1,
}

impl LinkedV1 {
    pub(super) fn new(other: TicketId, relation: Relation) -> Self {
        Self {
            ticket: other.0,
            relation: relation.into(),
        }
    }
}

impl Fact for LinkedV1 {
    const TYPE: &'static str = "docket.ticket.linked.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        Ok(TicketEvent::Linked {
            other: TicketId(self.ticket),
            relation: self.relation.into(),
        })
    }
}
