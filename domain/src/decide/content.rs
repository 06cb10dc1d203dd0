//! What the ticket says, what is said about it, and what it has to do with others.

use super::{ALREADY_SO, Decision, check_status, record};
use crate::command::{
    Amendment, CommandName, ENTRIES_MAX, FIELDS_MAX, LINKS_MAX, OpenTicket, Relation, SKILLS_MAX,
    Visibility,
};
use crate::event::TicketEvent;
use crate::ids::{CommentId, TicketId};
use crate::rejection::{Countable, Rejection};
use crate::text::{Body, Personal};
use crate::ticket::{Content, Digest, TicketState};

pub(super) fn open(open: &OpenTicket) -> Decision {
    if open.skills.len() > SKILLS_MAX {
        return Err(Rejection::full(Countable::Skills, SKILLS_MAX));
    }
    if open.fields.len() > FIELDS_MAX {
        return Err(Rejection::full(Countable::Fields, FIELDS_MAX));
    }
    record(TicketEvent::Opened(Box::new(open.clone())))
}

/// Only what really changes is recorded, so that a timeline shows no change where none was.
pub(super) fn amend(state: &TicketState, amendment: &Amendment) -> Decision {
    let changes = changes(&state.content, amendment);
    if changes == Amendment::default() {
        return ALREADY_SO;
    }
    check_status(state, CommandName::Amend)?;
    if changes
        .skills
        .as_ref()
        .is_some_and(|skills| skills.len() > SKILLS_MAX)
    {
        return Err(Rejection::full(Countable::Skills, SKILLS_MAX));
    }
    if fields_after(&state.content, &changes) > FIELDS_MAX {
        return Err(Rejection::full(Countable::Fields, FIELDS_MAX));
    }
    record(TicketEvent::Amended(Box::new(changes)))
}

/// The amendment without what the ticket says already.
fn changes(content: &Content, amendment: &Amendment) -> Amendment {
    Amendment {
        subject: amendment
            .subject
            .clone()
            .filter(|subject| Digest::from(subject) != content.subject),
        description: amendment
            .description
            .clone()
            .filter(|description| description.as_ref().map(Digest::from) != content.description),
        category: amendment
            .category
            .clone()
            .filter(|category| *category != content.category),
        skills: amendment
            .skills
            .clone()
            .filter(|skills| *skills != content.skills),
        priority: amendment
            .priority
            .filter(|priority| *priority != content.priority),
        place: amendment
            .place
            .clone()
            .filter(|place| place.as_ref().map(Digest::from) != content.place),
        fields: amendment
            .fields
            .iter()
            .filter(|(name, value)| value.as_ref().map(Digest::from) != content.fields.get(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    }
}

/// How many free fields there are once the changes (nothing but changes) are made.
fn fields_after(content: &Content, changes: &Amendment) -> usize {
    let added = changes
        .fields
        .iter()
        .filter(|(name, value)| value.is_some() && content.fields.get(name).is_none())
        .count();
    let removed = changes
        .fields
        .values()
        .filter(|value| value.is_none())
        .count();
    content.fields.len() + added - removed
}

pub(super) fn add_comment(
    state: &TicketState,
    comment: CommentId,
    visibility: Visibility,
    text: &Personal<Body>,
) -> Decision {
    if state.entries.contains(&comment.0) {
        return ALREADY_SO;
    }
    check_status(state, CommandName::AddComment)?;
    if state.entries.len() >= ENTRIES_MAX {
        return Err(Rejection::full(Countable::Entries, ENTRIES_MAX));
    }
    record(TicketEvent::CommentAdded {
        comment,
        visibility,
        text: text.clone(),
    })
}

pub(super) fn link(
    id: TicketId,
    state: &TicketState,
    other: TicketId,
    relation: Relation,
) -> Decision {
    if other == id {
        return Err(Rejection::LinkToItself);
    }
    if state.links.contains(&(other, relation)) {
        return ALREADY_SO;
    }
    check_status(state, CommandName::Link)?;
    if state.links.len() >= LINKS_MAX {
        return Err(Rejection::full(Countable::Links, LINKS_MAX));
    }
    record(TicketEvent::Linked { other, relation })
}
