//! Given what the log says, when commands are decided together, then these records and answers.

mod story;

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::catalogue::{CatalogueCommand, Entry, Key};
use docket_domain::consultant::{ConsultantCommand, Profile};
use docket_domain::text::{Personal, Text};
use docket_domain::{Actor, Rejection, Role, StatusName, TicketNumber};
use docket_schemas::attributes::CommandDigest;

use self::story::{MANAGER, Story, ask, assign, cancel, given, given_drafts, open, ticket};
use super::*;
use crate::partition::command::Settled;
use crate::partition::fold::Folded;

const OPENED: &str = "docket.ticket.opened.v1";
const ASSIGNED: &str = "docket.ticket.assigned.v1";
const CANCELLED: &str = "docket.ticket.cancelled.v1";
const REGISTERED: &str = "docket.consultant.registered.v1";
const RETIRED: &str = "docket.consultant.retired.v1";
const PUT: &str = "docket.catalogue.put.v1";
const BARRIER: &str = "docket.log.barrier.v1";

fn opened_ticket() -> Story {
    given()
        .when(ask(1, ticket(1), open()))
        .decided()
        .all_won()
        .then_applied(0, 1, StatusName::Open)
}

#[test]
fn commands_of_a_batch_are_decided_on_what_those_before_them_did() {
    given()
        .when(ask(1, ticket(1), open()))
        .when(ask(2, ticket(1), assign()))
        .when(ask(3, ticket(1), cancel()))
        .decided()
        .then_records(&[OPENED, ASSIGNED, CANCELLED])
        .then_unanswered(0)
        .all_won()
        .then_applied(0, 1, StatusName::Open)
        .then_applied(1, 2, StatusName::Assigned)
        .then_applied(2, 3, StatusName::Cancelled);
}

#[test]
fn ticket_numbers_count_on_within_a_batch_and_after_it() {
    let mut story = given()
        .when(ask(1, ticket(1), open()))
        .when(ask(2, ticket(2), open()))
        .decided()
        .all_won()
        .when(ask(3, ticket(3), open()))
        .decided()
        .all_won();
    for (n, count) in [(0, 0), (1, 1), (2, 2)] {
        let number = story.outcome(n).number;
        assert_eq!(number, Some(TicketNumber::new(count, 8, 3)));
    }
}

#[test]
fn refusals_and_no_ops_wait_for_one_barrier_at_the_end() {
    opened_ticket()
        .when(ask(2, ticket(9), assign()))
        .when(ask(3, ticket(1), assign()))
        .when(ask(4, ticket(1), assign()))
        .decided()
        .then_records(&[ASSIGNED, BARRIER])
        .then_unanswered(1)
        .then_unanswered(3)
        .all_won()
        .then_rejected(1, Rejection::NotFound)
        .then_applied(2, 2, StatusName::Assigned)
        .then_unchanged(3, 2, StatusName::Assigned);
}

#[test]
fn an_answer_is_written_before_a_later_event_of_its_stream() {
    opened_ticket()
        .when(ask(2, ticket(1), TicketCommand::Accept))
        .when(ask(3, ticket(1), assign()))
        .decided()
        .then_records(&[BARRIER, ASSIGNED])
        // The barrier wins, the event loses: what was answered stays first.
        .won(1)
        .then_unanswered(2)
        .decided()
        .then_records(&[ASSIGNED])
        .all_won()
        .then_applied(2, 2, StatusName::Assigned);
}

#[test]
fn what_loses_is_decided_again_on_what_won() {
    let mut story = opened_ticket()
        .when(ask(2, ticket(1), assign()))
        .decided()
        .won(0)
        .then_unanswered(1);
    let foreign = given_drafts(&mut story, ask(7, ticket(1), cancel()));
    story.read(foreign);
    story
        .decided()
        .then_records(&[BARRIER])
        .all_won()
        .then_rejected(
            1,
            Rejection::NotAllowed {
                command: docket_domain::CommandName::Assign,
                status: StatusName::Cancelled,
            },
        );
}

#[test]
fn a_repeat_gets_the_first_outcome_without_a_record() {
    opened_ticket()
        .when(ask(2, ticket(1), TicketCommand::Accept))
        .decided()
        .all_won()
        .when(ask(3, ticket(1), assign()))
        .decided()
        .all_won()
        // By now it would be allowed to the consultant; but this command was refused.
        .when(ask(2, ticket(1), TicketCommand::Accept))
        .when(ask(1, ticket(1), open()))
        .decided()
        .then_records(&[])
        .then_rejected(
            3,
            Rejection::NotAllowed {
                command: docket_domain::CommandName::Accept,
                status: StatusName::Open,
            },
        )
        .then_applied(4, 1, StatusName::Open);
}

#[test]
fn the_same_key_with_another_payload_is_told_so() {
    let mut other = ask(1, ticket(1), open());
    other.digest = CommandDigest([9; 8]);
    opened_ticket()
        .when(other)
        .decided()
        .then_records(&[])
        .then_answered(1, &Answer::KeyReused);
}

#[test]
fn a_command_twice_in_a_batch_is_done_once() {
    opened_ticket()
        .when(ask(2, ticket(1), assign()))
        .when(ask(2, ticket(1), assign()))
        .decided()
        .then_records(&[ASSIGNED])
        .all_won()
        .then_applied(1, 2, StatusName::Assigned)
        .then_unanswered(2)
        .decided()
        .then_records(&[])
        .then_applied(2, 2, StatusName::Assigned);
}

#[test]
fn a_payload_of_a_newer_version_closes_its_stream_only() {
    let mut story = opened_ticket();
    let newer = Draft {
        kind: "docket.ticket.teleported.v1",
        key: Bytes::from(stream::key(ticket(1))),
        time: Timestamp::UNIX_EPOCH,
        attributes: Vec::new(),
        traceparent: None,
        data: Bytes::from_static(b"{}"),
    };
    assert!(matches!(story.read(newer), Folded::Undecodable { .. }));
    story
        .when(ask(2, ticket(1), assign()))
        .when(ask(3, ticket(2), open()))
        .when(ask(1, ticket(1), open()))
        .decided()
        .then_records(&[OPENED])
        .then_answered(1, &Answer::Undecodable)
        // What it said before stays said.
        .then_applied(3, 1, StatusName::Open)
        .all_won()
        .then_applied(2, 1, StatusName::Open);
}

#[test]
fn a_refused_line_of_an_import_is_done_for_ever() {
    let line = |n, sequence, command| Request {
        source_sequence: Some(sequence),
        actor: Actor {
            id: MANAGER,
            role: Role::Importer,
        },
        ..ask(n, ticket(1), command)
    };
    opened_ticket()
        .when(line(2, 5, TicketCommand::Resume))
        .decided()
        .all_won()
        .then_rejected(
            1,
            Rejection::NotAllowed {
                command: docket_domain::CommandName::Resume,
                status: StatusName::Open,
            },
        )
        // Years later the outcome is forgotten, and the key is new: the sequence still tells.
        .when(line(3, 5, assign()))
        .decided()
        .then_records(&[BARRIER])
        .all_won()
        .then_unchanged(2, 1, StatusName::Open);
}

#[test]
fn a_batch_takes_no_more_than_its_limit() {
    let story = opened_ticket()
        .when(ask(2, ticket(2), open()))
        .when(ask(3, ticket(3), open()))
        .decided_at_most(1)
        .then_records(&[OPENED]);
    assert_eq!(story.waiting.len(), 1);
}

#[test]
fn a_thousand_refusals_fit_their_barriers() {
    let mut story = given();
    for n in 0..1_000_u32 {
        let mut request = ask(1, ticket(u128::from(n)), assign());
        request.id.0[..4].copy_from_slice(&n.to_be_bytes());
        story = story.when(request);
    }
    let mut story = story.decided_at_most(1_000);
    assert_eq!(
        story.drafts.len(),
        1_000_usize.div_ceil(ANSWERS_PER_BARRIER)
    );
    assert!(
        story
            .drafts
            .iter()
            .all(|draft| draft.data.len() < docket_schemas::DATA_BYTES_MAX)
    );
    story = story.all_won();
    for n in 0..1_000 {
        assert!(matches!(story.answer(n), Some(Answer::Outcome(_))));
    }
}

#[test]
fn closing_fixes_until_when_it_may_be_reopened() {
    let story = opened_ticket()
        .when(ask(
            2,
            ticket(1),
            TicketCommand::Resolve {
                code: Text::new("fixed").expect("a text"),
                note: None,
            },
        ))
        .when(ask(
            3,
            ticket(1),
            TicketCommand::Close {
                reopen_until: Timestamp::UNIX_EPOCH,
            },
        ))
        .decided()
        .then_records(&["docket.ticket.resolved.v1", "docket.ticket.closed.v1"]);
    let closed = String::from_utf8(story.drafts[1].data.to_vec()).expect("JSON");
    assert!(closed.contains("2026-11-21T10:00:00Z"), "{closed}");
}

/// One of Ann's commands by a manager.
fn register(capacity: u32) -> ConsultantCommand {
    ConsultantCommand::Register(Box::new(Profile {
        name: Personal::Known(Text::new("Ann").expect("a text")),
        team: None,
        skills: BTreeMap::new(),
        areas: BTreeSet::new(),
        travel_km_max: None,
        languages: BTreeSet::new(),
        capacity,
    }))
}

const ANN: StreamId = StreamId::Consultant(MANAGER);

#[test]
fn streams_of_all_kinds_share_a_batch() {
    let mut story = given()
        .when(ask(1, ANN, register(2)))
        .when(ask(2, ticket(1), open()))
        .when(ask(3, ANN, ConsultantCommand::Retire))
        .when(ask(4, ANN, ConsultantCommand::Retire))
        .when(ask(
            5,
            StreamId::Catalogue,
            CatalogueCommand::Remove(Key::Area(area())),
        ))
        .decided()
        .then_records(&[REGISTERED, OPENED, RETIRED, BARRIER])
        .all_won()
        .then_applied(1, 1, StatusName::Open);
    let told = |story: &mut Story, n| {
        let outcomed = story.outcome(n);
        (outcomed.version, outcomed.result)
    };
    assert_eq!(told(&mut story, 0), (1, Settled::Applied(None)));
    assert_eq!(told(&mut story, 2), (2, Settled::Applied(None)));
    assert_eq!(told(&mut story, 3), (2, Settled::Unchanged(None)));
    assert!(matches!(told(&mut story, 4), (0, Settled::Rejected(_))));
    assert_eq!(story.state.opened(), 1, "numbers count tickets only");
}

fn area() -> Text<100> {
    Text::new("Berlin").expect("a text")
}

#[test]
fn an_import_of_the_catalogue_that_is_run_again_changes_nothing() {
    let line = |n, sequence, name| {
        let name = Text::new(name).expect("a text");
        let entry = Entry::Area { name };
        let mut request = ask(
            n,
            StreamId::Catalogue,
            CatalogueCommand::Put(Box::new(entry)),
        );
        request.actor.role = Role::Importer;
        request.source_sequence = Some(sequence);
        request
    };
    // The second is so already, and what it says of its sequence holds for the third.
    let mut story = given()
        .when(line(1, 1, "Berlin"))
        .when(line(2, 5, "Berlin"))
        .when(line(3, 4, "Bonn"))
        .decided()
        .then_records(&[PUT, BARRIER])
        .all_won();
    let state = story.state.stream(StreamId::Catalogue).expect("a stream");
    let Aggregate::Catalogue(catalogue) = &state.aggregate else {
        panic!("{state:?}")
    };
    assert_eq!(catalogue.history.source_sequence, Some(5));
    assert_eq!(story.outcome(2).result, Settled::Unchanged(None));
}

#[test]
fn an_event_of_another_kind_of_stream_is_none_of_this_one() {
    let draft = |key| Draft {
        kind: RETIRED,
        key: Bytes::from(stream::key(key)),
        time: Timestamp::UNIX_EPOCH,
        attributes: {
            let request = ask(1, ANN, ConsultantCommand::Retire);
            EventAttributes {
                context: EventContext::from(&request.context(Timestamp::UNIX_EPOCH)),
                command_id: request.id,
                command_digest: request.digest,
            }
            .to_pairs()
        },
        traceparent: None,
        data: Bytes::from_static(b"{}"),
    };
    let mut story = given();
    assert!(matches!(
        story.read(draft(ticket(1))),
        Folded::Undecodable { .. }
    ));
    // Nor is it what a version of that stream's own kind can't read.
    assert_eq!(story.read(draft(ANN)), Folded::Fine);
}

#[test]
fn a_stream_of_an_unknown_kind_is_read_past() {
    let mut story = given();
    let draft = Draft {
        kind: "docket.weather.measured.v1",
        key: Bytes::from_static(b"weather-00000000-0000-4000-8000-000000000001"),
        time: Timestamp::UNIX_EPOCH,
        attributes: Vec::new(),
        traceparent: None,
        data: Bytes::from_static(b"{}"),
    };
    assert_eq!(story.read(draft), Folded::Fine);
    assert_eq!(story.state.streams().count(), 0);
}

/// A million open tickets are held in these.
#[test]
fn a_stream_in_memory_stays_small() {
    let size = size_of::<(StreamId, crate::partition::state::Stream)>();
    assert!(size <= 96, "{size}");
}
