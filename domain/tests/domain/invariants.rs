//! What holds in every history, whoever sends whatever in whatever order. The expectations are
//! computed from the events alone, without the decider's own state.

use std::collections::HashSet;

use docket_domain::command::{Amendment, Origin};
use docket_domain::{
    Assignment, CommandName, EventContext, Rejection, Role, Status, Ticket, TicketEvent,
    TicketState, Timestamp, evolve,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::histories::{Told, any_event, ask, history, tell};
use crate::scenarios::{ANNA, BERT, MANAGER, NOON};

pub(crate) fn assignment() -> impl Strategy<Value = Assignment> {
    prop::sample::select(vec![
        Assignment::Nobody,
        Assignment::Assigned(ANNA),
        Assignment::InProgress(BERT),
    ])
}

fn state(ticket: &Ticket) -> Option<&TicketState> {
    match ticket {
        Ticket::Unopened => None,
        Ticket::Opened(state) => Some(state),
    }
}

/// The accepted steps, each with its event.
fn events(told: &[Told]) -> impl Iterator<Item = (&Told, &TicketEvent)> {
    told.iter().filter_map(|step| match &step.decision {
        Ok(Some(event)) => Some((step, event)),
        _ => None,
    })
}

/// Whoever the events so far gave the ticket to and didn't take it from.
fn holder_after(holder: Option<Assignment>, event: &TicketEvent) -> Option<Assignment> {
    match event {
        TicketEvent::Assigned { consultant, .. } => Some(Assignment::Assigned(*consultant)),
        TicketEvent::Accepted { consultant } => Some(Assignment::InProgress(*consultant)),
        TicketEvent::Reopened { to, .. } => (*to != Assignment::Nobody).then_some(*to),
        TicketEvent::Declined { .. }
        | TicketEvent::Unassigned { .. }
        | TicketEvent::Transferred { .. } => None,
        _ => holder,
    }
}

proptest! {
    #[test]
    fn an_accepted_command_sent_again_has_no_second_effect(steps in history()) {
        for (step, event) in events(&tell(steps)) {
            let again = ask(&step.after, &step.context, &step.command);
            prop_assert!(
                !matches!(again, Ok(Some(_))),
                "{:?} came to {event:?} and, sent again, to {again:?}", step.command
            );
        }
    }

    #[test]
    fn what_is_so_already_or_refused_leaves_no_trace(steps in history()) {
        for step in tell(steps) {
            if !matches!(step.decision, Ok(Some(_))) {
                prop_assert_eq!(step.before, step.after);
            }
        }
    }

    #[test]
    fn versions_reopenings_times_and_sequences_count_the_events(steps in history()) {
        let told = tell(steps);
        let (mut version, mut reopenings) = (0, 0);
        let (mut as_of, mut sequence) = (Timestamp::MIN, None);
        for (step, event) in events(&told) {
            version += 1;
            reopenings += u32::from(matches!(event, TicketEvent::Reopened { .. }));
            if step.context.source_sequence.is_some() {
                prop_assert!(sequence < step.context.source_sequence);
                sequence = step.context.source_sequence;
            }
            as_of = as_of.max(step.context.occurred_at);
            let state = state(&step.after).unwrap();
            prop_assert_eq!(state.version, version);
            prop_assert_eq!(state.reopen_count, reopenings);
            prop_assert_eq!(state.as_of, as_of);
            prop_assert_eq!(state.source_sequence, sequence);
        }
    }

    #[test]
    fn a_cancelled_ticket_is_done_with(steps in history()) {
        let told = tell(steps);
        let mut cancelled = false;
        for (_, event) in events(&told) {
            prop_assert!(!cancelled, "{event:?} after the ticket was cancelled");
            cancelled = matches!(event, TicketEvent::Cancelled { .. });
        }
    }

    #[test]
    fn only_a_resolved_ticket_is_closed_and_only_a_solved_one_comes_back(steps in history()) {
        let told = tell(steps);
        let mut solved = None;
        let mut closed_until = None;
        for (step, event) in events(&told) {
            match event {
                TicketEvent::Resolved { code, .. } => {
                    prop_assert_eq!(&solved, &None);
                    solved = Some(code.clone());
                }
                TicketEvent::Closed { reopen_until } => {
                    prop_assert!(solved.is_some() && closed_until.is_none());
                    closed_until = Some(*reopen_until);
                }
                TicketEvent::Reopened { .. } => {
                    prop_assert!(solved.take().is_some());
                    prop_assert!(closed_until.take().is_none_or(|until| step.context.occurred_at <= until));
                }
                TicketEvent::Amended(_) | TicketEvent::CommentAdded { .. } | TicketEvent::Linked { .. } => {}
                _ => prop_assert!(solved.is_none(), "{event:?} on a solved ticket"),
            }
            if let Status::Resolved { code, .. } | Status::Closed { code, .. } =
                &state(&step.after).unwrap().status
            {
                prop_assert_eq!(Some(code), solved.as_ref());
            }
        }
    }

    #[test]
    fn only_whoever_has_the_ticket_works_it(steps in history()) {
        let told = tell(steps);
        let mut holder = None;
        for (step, event) in events(&told) {
            let consultant = holder.and_then(Assignment::consultant);
            match event {
                TicketEvent::Accepted { consultant: by } => {
                    prop_assert_eq!(holder, Some(Assignment::Assigned(*by)));
                }
                TicketEvent::Declined { consultant: by, .. }
                | TicketEvent::Unassigned { consultant: by, .. } => {
                    prop_assert_eq!(consultant, Some(*by));
                }
                TicketEvent::TravelStarted | TicketEvent::Arrived | TicketEvent::WorkLogged { .. } => {
                    prop_assert!(consultant.is_some());
                }
                TicketEvent::Resumed { to } => {
                    prop_assert_eq!(to.consultant(), consultant);
                }
                _ => {}
            }
            let actor = step.context.actor;
            if actor.role == Role::Consultant && !matches!(event, TicketEvent::Opened(_)) {
                prop_assert_eq!(consultant, Some(actor.id), "{:?}", event);
            }
            holder = holder_after(holder, event);
            if let Some(held_by) = state(&step.after).unwrap().status.consultant() {
                prop_assert_eq!(holder.and_then(Assignment::consultant), Some(held_by));
            }
        }
    }

    #[test]
    fn a_service_never_gives_a_ticket_to_whoever_declined_it(steps in history()) {
        let told = tell(steps);
        let mut declined = HashSet::new();
        for (step, event) in events(&told) {
            match event {
                TicketEvent::Declined { consultant, .. } => {
                    declined.insert(*consultant);
                }
                TicketEvent::Assigned { consultant, .. } if step.context.actor.role == Role::Service => {
                    prop_assert!(!declined.contains(consultant));
                }
                TicketEvent::Transferred { .. } | TicketEvent::Reopened { .. } => declined.clear(),
                TicketEvent::Amended(amendment) => {
                    let Amendment { category, skills, priority, place, .. } = &**amendment;
                    if category.is_some() || skills.is_some() || priority.is_some() || place.is_some() {
                        declined.clear();
                    }
                }
                _ => {}
            }
        }
    }

    #[test]
    fn no_entry_and_no_link_comes_twice(steps in history()) {
        let told = tell(steps);
        let mut entries = HashSet::new();
        let mut links = HashSet::new();
        for (_, event) in events(&told) {
            match event {
                TicketEvent::CommentAdded { comment, .. } => prop_assert!(entries.insert(comment.0)),
                TicketEvent::WorkLogged { work, .. } => prop_assert!(entries.insert(work.0)),
                TicketEvent::Linked { other, relation } => {
                    prop_assert!(links.insert((*other, *relation as u8)));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn whatever_lies_in_the_log_folds_and_can_be_decided_on(
        lying in prop::collection::vec((any_event(), prop::option::of(any::<u64>())), 0..60),
    ) {
        let mut ticket = Ticket::Unopened;
        for (event, source_sequence) in lying {
            let context = EventContext {
                actor: MANAGER,
                occurred_at: NOON,
                origin: Origin::Import,
                source_sequence,
            };
            ticket = evolve(ticket, &context, &event);
            for command in CommandName::ALL {
                let context = docket_domain::CommandContext {
                    actor: MANAGER,
                    now: NOON,
                    occurred_at: NOON,
                    origin: Origin::Live,
                    source_sequence: None,
                    expected_version: None,
                };
                let _ = ask(&ticket, &context, &crate::scenarios::sample(command));
            }
        }
    }
}

/// Guards the properties above against holding for want of cases.
#[test]
fn the_histories_reach_every_kind_of_event_and_refusal() {
    let mut runner = TestRunner::deterministic();
    let mut events_seen = HashSet::new();
    let mut refusals_seen = HashSet::new();
    let mut resent_as_already_so = 0;
    for _ in 0..500 {
        let steps = history().new_tree(&mut runner).unwrap().current();
        for step in tell(steps) {
            match &step.decision {
                Ok(Some(event)) => {
                    events_seen.insert(std::mem::discriminant(event));
                    let again = ask(&step.after, &step.context, &step.command);
                    resent_as_already_so += usize::from(again == Ok(None));
                }
                Ok(None) => {}
                Err(rejection) => {
                    refusals_seen.insert(std::mem::discriminant(rejection));
                }
            }
        }
    }
    assert_eq!(events_seen.len(), 18);
    // All but Full, which takes longer histories.
    let full = Rejection::Full {
        what: docket_domain::rejection::Countable::Links,
        max: 0,
    };
    assert!(!refusals_seen.contains(&std::mem::discriminant(&full)));
    assert_eq!(refusals_seen.len(), 9);
    assert!(resent_as_already_so > 300);
}
