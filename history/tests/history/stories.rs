//! Histories that tell one thing each.

use docket_domain::ids::TicketId;
use docket_domain::stream::StreamId;
use docket_domain::{StatusName, Timestamp};
use docket_history::{Answer, Asked, Budget, RejectionKind, Violation};
use uuid::Uuid;

use crate::story::{
    Story, applied, applied_as, ask, assign, cancel, close, comment, open, refused, reopen,
    resolve, unchanged,
};

/// Opened at version 1 and assigned at version 2, by 20 ms.
fn assigned() -> Story {
    Story::default()
        .asked(1, &open(), [0, 10], applied_as(1, StatusName::Open))
        .asked(2, &assign(5), [11, 20], applied_as(2, StatusName::Assigned))
}

#[test]
fn what_happened_one_after_the_other_is_linearizable() {
    assigned()
        .asked(3, &cancel(), [30, 40], applied_as(3, StatusName::Cancelled))
        .asked(
            4,
            &comment(4),
            [50, 60],
            refused(3, RejectionKind::NotAllowed),
        )
        .asked(5, &cancel(), [70, 80], unchanged(3))
        .passes();
}

#[test]
fn what_overlaps_may_have_happened_in_either_order() {
    assigned()
        .asked(3, &comment(3), [30, 90], applied(4))
        .asked(4, &comment(4), [40, 80], applied(3))
        .passes();
}

#[test]
fn an_acknowledged_event_that_is_lost_shows_in_the_next_version() {
    assigned()
        .asked(3, &comment(3), [30, 40], applied(3))
        .asked(4, &comment(4), [50, 60], applied(3))
        .fails("was applied (version 3), but here it would be applied (version 4");
}

#[test]
fn an_acknowledged_event_that_is_lost_shows_in_what_is_allowed() {
    assigned()
        .asked(3, &cancel(), [30, 40], applied_as(3, StatusName::Cancelled))
        .asked(4, &comment(4), [50, 60], applied(4))
        .fails("here it would be refused: command-not-allowed (version 3)");
}

#[test]
fn an_event_that_is_there_twice_shows_as_a_version_nobody_made() {
    assigned()
        .asked(3, &comment(3), [30, 40], applied(3))
        .asked(4, &comment(4), [50, 60], applied(5))
        .fails("was applied (version 5), but here it would be applied (version 4");
}

#[test]
fn a_refusal_that_was_true_before_but_not_in_between_is_stale() {
    let stale = |moments| {
        assigned()
            .asked(3, &cancel(), [30, 40], applied(3))
            .asked(
                4,
                &comment(4),
                [50, 60],
                refused(3, RejectionKind::NotAllowed),
            )
            .asked(5, &assign(6), moments, applied(3))
    };
    // Assigning was possible until 40 ms at the latest, and made no version that is left.
    stale([45, 60]).fails("assign");
}

#[test]
fn already_so_told_from_an_old_state_is_stale() {
    assigned()
        .asked(3, &assign(6), [30, 40], applied(3))
        .asked(4, &assign(5), [50, 60], unchanged(2))
        .fails("was already so (version 2), which no later version can give");
}

#[test]
fn a_hedge_that_succeeds_contradicts_a_refusal() {
    let violation = assigned()
        .asked(
            3,
            &comment(3),
            [30, 40],
            refused(2, RejectionKind::NotAllowed),
        )
        .asked(3, &comment(3), [31, 60], applied(3))
        .fails("it was answered in two ways");
    assert!(matches!(violation, Violation::Contradiction { .. }));
}

#[test]
fn a_retry_gets_the_first_answer_and_counts_once() {
    assigned()
        .asked(3, &comment(3), [30, 40], Answer::Unknown)
        .asked(4, &comment(4), [50, 60], applied(4))
        .asked(3, &comment(3), [70, 80], applied(3))
        .passes();
}

#[test]
fn an_answer_that_was_never_given_may_be_for_something_that_happened() {
    assigned()
        .asked(3, &cancel(), [30, 40], Answer::Unknown)
        .asked(
            4,
            &comment(4),
            [50, 60],
            refused(3, RejectionKind::NotAllowed),
        )
        .passes();
}

#[test]
fn an_answer_that_was_never_given_may_be_for_something_that_did_not_happen() {
    assigned()
        .asked(3, &cancel(), [30, 40], Answer::Unknown)
        .asked(4, &comment(4), [50, 60], applied(3))
        .passes();
}

#[test]
fn what_nobody_was_answered_may_happen_late_but_not_before_it_was_asked() {
    let late = |asked| {
        assigned()
            .asked(3, &cancel(), [asked, asked + 1], Answer::Unknown)
            .asked(
                4,
                &comment(4),
                [50, 60],
                refused(3, RejectionKind::NotAllowed),
            )
    };
    late(30).passes();
    late(61).fails("was refused: command-not-allowed (version 3)");
}

#[test]
fn what_was_called_not_done_must_not_have_happened() {
    assigned()
        .asked(3, &cancel(), [30, 40], Answer::NotDone)
        .asked(
            4,
            &comment(4),
            [50, 60],
            refused(3, RejectionKind::NotAllowed),
        )
        .fails("was refused: command-not-allowed (version 3)");
}

#[test]
fn what_was_called_not_done_may_be_done_by_its_repeat_and_not_sooner() {
    let repeated = |from| {
        assigned()
            .asked(3, &comment(3), [30, 31], Answer::NotDone)
            .asked(4, &comment(4), [40, 50], applied(4))
            .asked(3, &comment(3), [from, 70], applied(3))
    };
    repeated(45).passes();
    repeated(60).fails("was applied (version 4)");
}

#[test]
fn real_time_is_respected() {
    assigned()
        .asked(3, &comment(3), [30, 40], applied(4))
        .asked(4, &comment(4), [50, 60], applied(3))
        .fails("was applied (version 4), but here it would be applied (version 3");
}

#[test]
fn a_gap_in_the_versions_is_a_violation() {
    assigned()
        .asked(3, &comment(3), [30, 40], applied(7))
        .fails("was applied (version 7), but here it would be applied (version 3");
}

#[test]
fn a_version_before_the_first_is_a_violation() {
    Story::default()
        .asked(1, &open(), [0, 10], applied(0))
        .fails("was applied (version 0)");
}

#[test]
fn a_refusal_without_a_version_must_be_right_somewhere() {
    let without = Answer::Rejected {
        version: None,
        kind: RejectionKind::NotAllowed,
    };
    assigned()
        .asked(3, &cancel(), [30, 40], applied(3))
        .asked(4, &comment(4), [30, 40], without)
        .passes();
    assigned()
        .asked(3, &comment(3), [30, 40], without)
        .fails("was refused: command-not-allowed, but");
}

#[test]
fn a_wrong_status_is_a_violation() {
    assigned()
        .asked(3, &cancel(), [30, 40], applied_as(3, StatusName::Closed))
        .fails(
            "was applied (version 3, closed), but here it would be applied (version 3, cancelled)",
        );
}

#[test]
fn a_stale_version_is_refused_and_shows_the_current_one() {
    let stale = Asked {
        expected_version: Some(1),
        ..comment(3)
    };
    let told =
        |version| assigned().asked(3, &stale, [30, 40], refused(version, RejectionKind::Stale));
    told(2).passes();
    told(1).fails("was refused: stale-version (version 1), which no later version can give");
}

#[test]
fn a_key_is_used_once() {
    assigned()
        .asked(3, &comment(3), [30, 40], applied(3))
        .asked(3, &cancel(), [50, 60], Answer::KeyReused)
        .passes();
    assigned()
        .asked(3, &comment(3), [30, 40], applied(3))
        .asked(3, &cancel(), [50, 60], applied(4))
        .fails("it was answered in two ways");
    assigned()
        .asked(3, &cancel(), [50, 60], Answer::KeyReused)
        .fails("which nobody asked");
}

#[test]
fn a_reused_key_says_that_the_other_command_is_over() {
    let reused = assigned()
        .asked(3, &cancel(), [30, 40], Answer::Unknown)
        .asked(3, &comment(3), [50, 60], Answer::KeyReused);
    let then = |moments, answer| reused.clone().asked(4, &comment(4), moments, answer);
    then([70, 80], refused(3, RejectionKind::NotAllowed)).passes();
    then([55, 80], applied(3)).passes();
    then([70, 80], applied(3))
        .fails("over, as its reused key shows; here it would be applied (version 3");
}

#[test]
fn an_import_is_known_again_by_its_source_sequence() {
    let line = |asked: Asked, sequence| Asked {
        source_sequence: Some(sequence),
        ..asked
    };
    assigned()
        .asked(
            3,
            &line(reopen(), 8),
            [30, 40],
            refused(2, RejectionKind::NotAllowed),
        )
        .asked(4, &line(comment(4), 8), [50, 60], unchanged(2))
        .asked(5, &line(comment(5), 9), [70, 80], applied(3))
        .passes();
    assigned()
        .asked(
            3,
            &line(reopen(), 8),
            [30, 40],
            refused(2, RejectionKind::NotAllowed),
        )
        .asked(4, &line(comment(4), 8), [50, 60], applied(3))
        .fails("here it would be already so");
}

#[test]
fn a_refusal_in_doubt_may_have_left_its_source_sequence() {
    let line = |asked: Asked, sequence| Asked {
        source_sequence: Some(sequence),
        ..asked
    };
    assigned()
        .asked(3, &line(reopen(), 8), [30, 40], Answer::Unknown)
        .asked(4, &line(comment(4), 8), [50, 60], unchanged(2))
        .passes();
}

#[test]
fn what_only_a_clock_can_say_is_believed_where_a_clock_can_say_it() {
    let closed = || {
        assigned().asked(3, &resolve(), [30, 40], applied(3)).asked(
            4,
            &close(),
            [50, 60],
            applied(4),
        )
    };
    let late = RejectionKind::ReopenWindowOver;
    closed().asked(5, &reopen(), [70, 80], applied(5)).passes();
    closed()
        .asked(5, &reopen(), [70, 80], refused(4, late))
        .asked(6, &reopen(), [90, 99], applied(5))
        .passes();
    assigned()
        .asked(3, &resolve(), [30, 40], applied(3))
        .asked(5, &reopen(), [70, 80], refused(3, late))
        .fails("was refused: reopen-window-over");
    let dated = Asked {
        occurred_at: Some(Timestamp::UNIX_EPOCH),
        ..comment(3)
    };
    let untimely = refused(2, RejectionKind::TimeNotAllowed);
    assigned().asked(3, &dated, [30, 40], untimely).passes();
    assigned()
        .asked(3, &comment(3), [30, 40], untimely)
        .fails("was refused: time-not-allowed");
}

#[test]
fn a_ticket_has_one_number_and_a_number_one_ticket() {
    let other = Asked {
        stream: StreamId::Ticket(TicketId(Uuid::from_u128(2))),
        ..open()
    };
    let one = || {
        Story::default()
            .numbered(1)
            .asked(1, &open(), [0, 10], applied(1))
    };
    one()
        .numbered(2)
        .asked(2, &other, [20, 30], applied(1))
        .passes();
    one()
        .asked(2, &other, [20, 30], applied(1))
        .fails("number 13 was given to ticket-");
    one()
        .numbered(2)
        .asked(2, &comment(2), [20, 30], applied(2))
        .fails("was number 13, and then");
}

#[test]
fn a_search_that_costs_too_much_is_undecided() {
    // Any of 40 commands without an answer may have made each of 20 versions, and none of the ways
    // to do so explains the end.
    let mut story = assigned();
    for n in 0..40 {
        story = story.asked(10 + n, &comment(10 + n), [30, 31], Answer::Unknown);
    }
    let story = story.asked(
        3,
        &ask(docket_domain::TicketCommand::Resume),
        [40, 50],
        applied(23),
    );
    let report = story.history.check(Budget {
        decisions_per_stream: 20_000,
    });
    assert!(!report.is_linearizable());
    assert_eq!(report.violations, []);
    assert_eq!(report.undecided.len(), 1, "{report}");
}
