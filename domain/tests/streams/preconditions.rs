//! Versions, business times, and places in another system's history, which every stream asks about
//! before it looks at what is asked.

use docket_domain::catalogue::{CatalogueCommandName, EntryKind};
use docket_domain::consultant::ConsultantCommandName;
use docket_domain::customer::CustomerCommandName;
use docket_domain::stream::{Command, Event, StreamId};
use docket_domain::{Actor, Rejection, Role};
use jiff::SignedDuration;

use crate::scenarios::{
    ANNA, CATALOGUE, CONSULTANT, CUSTOMER, IMPORTER, NOON, erased_customer, filled_catalogue,
    new_capacity, registered_consultant, registered_customer, retired_consultant, stranger,
    to_catalogue, to_consultant, to_customer,
};
use crate::story::given;

fn events<E: Into<Event>>(events: Vec<E>) -> Vec<Event> {
    events.into_iter().map(Into::into).collect()
}

/// Every stream as far as it gets, with a command that is then nothing, something or refused.
fn streams() -> Vec<(StreamId, Vec<Event>, Command)> {
    let place = to_consultant(ConsultantCommandName::ChangePlace);
    let contact = to_customer(CustomerCommandName::ChangeContact);
    let removal = to_catalogue(CatalogueCommandName::Remove(EntryKind::Skill));
    vec![
        (
            CONSULTANT,
            events(registered_consultant()),
            place.clone().into(),
        ),
        (CONSULTANT, events(retired_consultant()), place.into()),
        (
            CUSTOMER,
            events(registered_customer()),
            contact.clone().into(),
        ),
        (CUSTOMER, events(erased_customer()), contact.into()),
        (CATALOGUE, events(filled_catalogue()), removal.into()),
    ]
}

#[test]
fn a_sender_who_decided_on_another_version_is_told_the_actual_one() {
    for (id, history, command) in streams() {
        let actual = u32::try_from(history.len()).unwrap();
        for expected in [0, actual - 1, actual + 1] {
            given(id, history.clone())
                .expecting_version(expected)
                .when(command.clone())
                .then_rejected(&Rejection::Stale { expected, actual });
        }
        let decision = given(id, history)
            .expecting_version(actual)
            .when(command)
            .decision();
        assert!(!matches!(decision, Err(Rejection::Stale { .. })));
    }
}

#[test]
fn a_first_command_expects_no_version() {
    let firsts: [(StreamId, Command); 3] = [
        (
            CONSULTANT,
            to_consultant(ConsultantCommandName::Register).into(),
        ),
        (CUSTOMER, to_customer(CustomerCommandName::Register).into()),
        (CATALOGUE, to_catalogue(CatalogueCommandName::ALL[0]).into()),
    ];
    for (id, command) in firsts {
        given::<Event>(id, [])
            .expecting_version(1)
            .when(command.clone())
            .then_rejected(&Rejection::Stale {
                expected: 1,
                actual: 0,
            })
            .expecting_version(0)
            .when(command)
            .then_accepted();
    }
}

#[test]
fn times_are_stated_as_of_tickets() {
    let ago = |hours| NOON - SignedDuration::from_hours(hours);
    for (id, history, command) in streams() {
        given(id, history.clone())
            .dated(ago(1))
            .when(command.clone())
            .then_rejected(&Rejection::TimeNotAllowed {
                role: Role::Administrator,
                earliest: NOON,
                latest: NOON,
            });
        let decision = given(id, history)
            .by(IMPORTER)
            .dated(ago(100_000))
            .when(command)
            .decision();
        assert!(
            !matches!(decision, Err(Rejection::TimeNotAllowed { .. })),
            "{decision:?}"
        );
    }
    let anna = Actor {
        id: ANNA,
        role: Role::Consultant,
    };
    given(CONSULTANT, registered_consultant())
        .by(anna)
        .dated(ago(7 * 24))
        .when(to_consultant(ConsultantCommandName::ChangeAvailability))
        .then_accepted();
}

#[test]
fn what_another_system_told_before_is_done() {
    for (id, history, command) in streams() {
        let mut story = given(id, history);
        story.aggregate.saw_source_sequence(Some(7));
        let before = story.aggregate.clone();
        let story = story
            .with_source_sequence(7)
            .when(command.clone())
            .then_nothing()
            .with_source_sequence(3)
            .when(command.clone())
            .then_nothing();
        assert_eq!(story.aggregate, before);
        // It is looked at again only as something new.
        let decision = story.with_source_sequence(8).when(command).decision();
        assert_ne!(decision, Ok(None));
    }
}

#[test]
fn an_import_that_is_run_again_changes_nothing() {
    let lines = [
        (10, to_consultant(ConsultantCommandName::Register)),
        (20, new_capacity(5)),
        (30, new_capacity(3)),
        (40, to_consultant(ConsultantCommandName::Retire)),
        (50, to_consultant(ConsultantCommandName::Register)),
    ];
    let mut story = given::<Event>(CONSULTANT, []).by(IMPORTER);
    for (sequence, command) in lines.clone() {
        story = story
            .with_source_sequence(sequence)
            .when(command)
            .then_accepted();
    }
    let imported = story.aggregate.clone();
    for (sequence, command) in lines {
        story = story
            .with_source_sequence(sequence)
            .when(command)
            .then_nothing();
    }
    assert_eq!(story.aggregate, imported);
}

#[test]
fn of_nobody_no_place_in_a_history_is_kept() {
    for id in [CONSULTANT, CUSTOMER] {
        let mut story = given::<Event>(id, []);
        story.aggregate.saw_source_sequence(Some(7));
        assert_eq!(story.aggregate, given::<Event>(id, []).aggregate);
    }
    let mut story = given::<Event>(CATALOGUE, []).by(stranger(Role::Importer));
    story.aggregate.saw_source_sequence(Some(7));
    story
        .with_source_sequence(7)
        .when(to_catalogue(CatalogueCommandName::ALL[0]))
        .then_nothing();
}
