//! Business time, and the places of commands in another system's history.

use docket_domain::{CommandName, Rejection, Role, StatusName, TicketCommand, Timestamp};
use jiff::SignedDuration;

use crate::scenarios::{
    CONSULTANT, IMPORTER, MANAGER, NOON, accepted_ticket, hours, opened_ticket, sample, stranger,
    ticket_that_is,
};
use crate::story::{Story, given};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const SKEW: SignedDuration = SignedDuration::from_mins(5);

fn not_allowed(role: Role, earliest: Timestamp, latest: Timestamp) -> Rejection {
    Rejection::TimeNotAllowed {
        role,
        earliest,
        latest,
    }
}

#[test]
fn a_consultant_who_was_offline_dates_work_up_to_seven_days_back() {
    let week_ago = NOON - hours(7 * 24);
    let refused = not_allowed(Role::Consultant, week_ago, NOON + SKEW);
    let consultant = || given(accepted_ticket()).by(CONSULTANT);
    let work = || sample(CommandName::LogWork);
    consultant().dated(week_ago).when(work()).then_accepted();
    consultant().dated(NOON + SKEW).when(work()).then_accepted();
    consultant()
        .dated(week_ago - SECOND)
        .when(work())
        .then_rejected(&refused);
    consultant()
        .dated(NOON + SKEW + SECOND)
        .when(work())
        .then_rejected(&refused);
}

#[test]
fn an_importer_tells_of_any_time_that_has_been() {
    // Before the year 0 there is no time that RFC 3339 can write.
    let year_0: Timestamp = "0000-01-01T00:00:00Z".parse().unwrap();
    let refused = not_allowed(Role::Importer, year_0, NOON + SKEW);
    let importer = || given([]).by(IMPORTER);
    let open = || sample(CommandName::Open);
    importer().dated(year_0).when(open()).then_accepted();
    importer().dated(NOON + SKEW).when(open()).then_accepted();
    for elsewhen in [Timestamp::MIN, year_0 - SECOND, NOON + SKEW + SECOND] {
        importer()
            .dated(elsewhen)
            .when(open())
            .then_rejected(&refused);
    }
}

#[test]
fn for_everybody_else_it_happens_when_it_is_decided() {
    for role in Role::ALL {
        if matches!(role, Role::Importer | Role::Consultant | Role::Customer) {
            continue;
        }
        for elsewhen in [NOON - SECOND, NOON + SECOND] {
            given([])
                .by_role(role)
                .dated(elsewhen)
                .when(sample(CommandName::Open))
                .then_rejected(&not_allowed(role, NOON, NOON));
        }
    }
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    for now in [Timestamp::MIN, Timestamp::MAX] {
        for role in [Role::Importer, Role::Consultant, Role::Manager] {
            given([])
                .by(stranger(role))
                .at(now)
                .when(sample(CommandName::Open))
                .then_accepted();
        }
    }
}

#[test]
fn as_of_is_the_latest_business_time_so_far() {
    let as_of = |story: &Story| story.state().as_of;
    let story = given([])
        .by(IMPORTER)
        .dated(NOON - hours(48))
        .when(sample(CommandName::Open))
        .then_accepted();
    assert_eq!(as_of(&story), NOON - hours(48));
    let story = story
        .dated(NOON - hours(24))
        .when(sample(CommandName::Hold))
        .then_accepted();
    assert_eq!(as_of(&story), NOON - hours(24));
    let story = story
        .dated(NOON - hours(36))
        .when(TicketCommand::Resume)
        .then_accepted();
    assert_eq!(
        as_of(&story),
        NOON - hours(24),
        "history never runs backwards"
    );
}

#[test]
fn an_import_that_is_run_again_changes_nothing() {
    let lines = [
        (10, CommandName::Open),
        (20, CommandName::Assign),
        (30, CommandName::Accept),
        (40, CommandName::Resolve),
        (50, CommandName::Close),
        (60, CommandName::Reopen),
    ];
    let mut story = given([]).by(IMPORTER);
    for (sequence, command) in lines {
        story = story
            .with_source_sequence(sequence)
            .when(sample(command))
            .then_accepted();
    }
    let imported = story.ticket.clone();
    for (sequence, command) in lines {
        story = story
            .with_source_sequence(sequence)
            .when(sample(command))
            .then_nothing();
    }
    assert_eq!(story.ticket, imported);
    assert_eq!(story.state().source_sequence, Some(60));
}

#[test]
fn a_sequence_that_was_passed_over_is_done_as_well() {
    given([])
        .by(IMPORTER)
        .with_source_sequence(10)
        .when(sample(CommandName::Open))
        .then_accepted()
        .with_source_sequence(9)
        .when(sample(CommandName::Cancel))
        .then_nothing()
        .with_source_sequence(11)
        .when(sample(CommandName::Cancel))
        .then_accepted();
}

#[test]
fn what_was_refused_is_seen_once_its_answer_is_folded() {
    let mut story = given(opened_ticket()).by(IMPORTER).with_source_sequence(10);
    story = story
        .when(TicketCommand::Accept)
        .then_rejected(&Rejection::NotAllowed {
            command: CommandName::Accept,
            status: StatusName::Open,
        });
    if let docket_domain::Ticket::Opened(state) = &mut story.ticket {
        state.saw_source_sequence(Some(10));
    }
    let story = story
        .with_source_sequence(11)
        .when(sample(CommandName::Assign))
        .then_accepted();
    story
        .with_source_sequence(10)
        .when(TicketCommand::Accept)
        .then_nothing();
}

#[test]
fn a_command_without_a_sequence_is_not_of_that_history() {
    let imported = given([])
        .by(IMPORTER)
        .with_source_sequence(10)
        .when(sample(CommandName::Open))
        .then_accepted();
    let mut live = given([]).by(MANAGER);
    live.ticket = imported.ticket;
    let live = live.when(sample(CommandName::Cancel)).then_accepted();
    assert_eq!(live.state().source_sequence, Some(10));
}

#[test]
fn every_status_answers_a_passed_sequence_with_nothing() {
    for status in StatusName::ALL {
        let mut story = given(ticket_that_is(status)).by(IMPORTER);
        if let docket_domain::Ticket::Opened(state) = &mut story.ticket {
            state.saw_source_sequence(Some(5));
        }
        for command in CommandName::ALL {
            story = story
                .with_source_sequence(5)
                .when(sample(command))
                .then_nothing();
        }
    }
}
