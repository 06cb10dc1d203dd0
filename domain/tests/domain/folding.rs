//! Folding is total: whatever lies in the log folds, in whatever order, the same way everywhere.

use docket_domain::{Status, Ticket, TicketEvent, TicketState};

use crate::scenarios::{
    ANNA, and_then, assigned, assigned_ticket, closed_ticket, held, open_ticket, opened_ticket,
    reason, recorded, reopen_until, resolved, text,
};
use crate::story::given;

#[test]
fn before_the_ticket_is_opened_nothing_is_known_of_it() {
    let story = given([assigned(ANNA), resolved()]);
    assert_eq!(story.ticket, Ticket::Unopened);
    assert_eq!(story.ticket.version(), 0);
}

#[test]
fn a_second_opening_only_counts() {
    let mut other = open_ticket();
    other.team = Some(text("Elsewhere"));
    let mut history = closed_ticket();
    history.push(TicketEvent::Opened(Box::new(other)));
    let story = given(history);
    assert_eq!(story.state().version, 6);
    assert_eq!(story.state().team, Some(text("Field north")));
    assert!(matches!(story.state().status, Status::Closed { .. }));
}

#[test]
fn a_ticket_that_was_not_resolved_does_not_become_closed() {
    let mut history = opened_ticket();
    history.push(TicketEvent::Closed {
        reopen_until: reopen_until(),
    });
    given(history).then_status(&Status::Open);
}

#[test]
fn events_out_of_order_still_leave_a_state() {
    let mut history = closed_ticket();
    history.extend([
        held(),
        TicketEvent::Cancelled { reason: reason() },
        held(),
        resolved(),
    ]);
    assert_eq!(given(history).state().version, 9);
}

#[test]
fn an_open_ticket_is_small() {
    // The budget of DESIGN is 1 KiB for all that an open ticket costs, its lists and labels
    // included; raise this only with that in view.
    let size = size_of::<TicketState>();
    assert!(size <= 512, "TicketState takes {size} bytes");
    assert_eq!(size_of::<Ticket>(), size_of::<usize>());
}

#[test]
fn why_a_ticket_was_assigned_is_kept_in_the_log_and_not_in_its_state() {
    let by_hand = given(assigned_ticket()).ticket;
    let routed = given(and_then(
        opened_ticket(),
        TicketEvent::Assigned {
            consultant: ANNA,
            decision: Some(Box::new(recorded())),
        },
    ));
    assert_eq!(routed.ticket, by_hand);
}
