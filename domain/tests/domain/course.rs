//! The rows of the ticket table as stories: what happens, and where the ticket stands then.

use docket_domain::command::{Amendment, Awaiting, Priority};
use docket_domain::text::Personal;
use docket_domain::ticket::Visit;
use docket_domain::{Assignment, CommandName, Status, TicketCommand, TicketEvent};

use crate::scenarios::{
    ANNA, BERT, CARLA, CONSULTANT, CUSTOMER, NOON, REPORTER, ROUTER, accepted_ticket, and_then,
    assign, assigned, assigned_ticket, closed_ticket, declined_ticket, held, held_ticket, hold,
    hours, open_ticket, opened_ticket, reason, reopen_until, resolve, resolved, resolved_ticket,
    sample, text, transfer,
};
use crate::story::given;

#[test]
fn a_ticket_from_the_call_to_the_end() {
    given([])
        .by(REPORTER)
        .when(sample(CommandName::Open))
        .then(TicketEvent::Opened(Box::new(open_ticket())))
        .then_status(&Status::Open)
        .by(ROUTER)
        .when(assign(ANNA))
        .then(assigned(ANNA))
        .then_status(&Status::Assigned { consultant: ANNA })
        .by(CONSULTANT)
        .when(TicketCommand::Accept)
        .then(TicketEvent::Accepted { consultant: ANNA })
        .then_status(&Status::InProgress { consultant: ANNA })
        .when(resolve("replaced"))
        .then(resolved())
        .then_status(&Status::Resolved {
            code: text("replaced"),
            consultant: Some(ANNA),
        })
        .by(CUSTOMER)
        .when(sample(CommandName::Close))
        .then(TicketEvent::Closed {
            reopen_until: reopen_until(),
        })
        .then_status(&Status::Closed {
            code: text("replaced"),
            consultant: Some(ANNA),
            reopen_until: reopen_until(),
        });
}

#[test]
fn opening_keeps_who_reported_it_and_whose_it_is() {
    let story = given([])
        .by(REPORTER)
        .when(sample(CommandName::Open))
        .then_accepted();
    assert_eq!(story.state().reporter, REPORTER.id);
    assert_eq!(story.state().customer, Some(CARLA));
    assert_eq!(story.state().number, open_ticket().number);
    assert_eq!(story.state().version, 1);
}

#[test]
fn a_declined_ticket_waits_for_somebody_else() {
    let story = given(assigned_ticket())
        .by(CONSULTANT)
        .when(TicketCommand::Decline { reason: reason() })
        .then(TicketEvent::Declined {
            consultant: ANNA,
            reason: reason(),
        })
        .then_status(&Status::Open);
    assert_eq!(story.state().declined, [ANNA]);
    story.by(ROUTER).when(assign(BERT)).then(assigned(BERT));
}

#[test]
fn declining_again_after_a_manager_insisted_is_noted_once() {
    let story = given(declined_ticket())
        .when(assign(ANNA))
        .then_accepted()
        .by(CONSULTANT)
        .when(TicketCommand::Decline { reason: reason() })
        .then_accepted();
    assert_eq!(story.state().declined, [ANNA]);
}

#[test]
fn who_declined_may_be_asked_again_when_it_is_another_matter() {
    let amended = |change: fn(&mut Amendment)| {
        let mut amendment = Amendment::default();
        change(&mut amendment);
        TicketCommand::Amend(Box::new(amendment))
    };
    let other_matters = [
        TicketCommand::Transfer {
            team: text("south"),
            reason: None,
        },
        amended(|it| it.category = Some(Some(text("tills")))),
        amended(|it| it.skills = Some(vec![text("lasers")])),
        amended(|it| it.priority = Some(Priority::Critical)),
        amended(|it| it.place = Some(Some(Personal::Erased))),
    ];
    for command in other_matters {
        let story = given(declined_ticket()).when(command).then_accepted();
        story.by(ROUTER).when(assign(ANNA)).then(assigned(ANNA));
    }
    let same = amended(|it| it.subject = Some(Personal::Known(text("Till 4 prints nothing"))));
    let story = given(declined_ticket()).when(same).then_accepted();
    assert_eq!(story.state().declined, [ANNA]);
    let story = given(declined_ticket())
        .when(sample(CommandName::Resolve))
        .then_accepted()
        .when(TicketCommand::Reopen { reason: reason() })
        .then_accepted();
    assert_eq!(story.state().declined, []);
}

#[test]
fn a_ticket_can_be_taken_from_its_consultant_wherever_it_is() {
    for history in [assigned_ticket(), accepted_ticket(), held_ticket()] {
        given(history)
            .when(TicketCommand::Unassign { reason: reason() })
            .then(TicketEvent::Unassigned {
                consultant: ANNA,
                reason: reason(),
            })
            .then_status(&Status::Open);
    }
}

#[test]
fn another_consultant_starts_from_the_beginning() {
    for history in [assigned_ticket(), accepted_ticket(), held_ticket()] {
        given(history)
            .when(assign(BERT))
            .then(assigned(BERT))
            .then_status(&Status::Assigned { consultant: BERT });
    }
}

#[test]
fn a_transferred_ticket_waits_in_the_other_team() {
    for history in [
        opened_ticket(),
        assigned_ticket(),
        accepted_ticket(),
        held_ticket(),
    ] {
        let story = given(history)
            .when(transfer("Field south"))
            .then(TicketEvent::Transferred {
                team: text("Field south"),
                reason: None,
            })
            .then_status(&Status::Open);
        assert_eq!(story.state().team, Some(text("Field south")));
    }
}

#[test]
fn a_consultant_may_hand_it_back_to_their_own_team() {
    given(accepted_ticket())
        .by(CONSULTANT)
        .when(transfer("Field north"))
        .then_accepted()
        .then_status(&Status::Open);
}

#[test]
fn after_a_hold_it_goes_on_where_it_was() {
    for (history, was) in [
        (opened_ticket(), Assignment::Nobody),
        (assigned_ticket(), Assignment::Assigned(ANNA)),
        (accepted_ticket(), Assignment::InProgress(ANNA)),
    ] {
        given(history)
            .when(hold(Awaiting::Customer))
            .then(held())
            .then_status(&Status::OnHold {
                awaiting: Awaiting::Customer,
                was,
            })
            .when(hold(Awaiting::Vendor))
            .then_accepted()
            .then_status(&Status::OnHold {
                awaiting: Awaiting::Vendor,
                was,
            })
            .when(TicketCommand::Resume)
            .then(TicketEvent::Resumed { to: was })
            .then_status(&Status::from(was));
    }
}

#[test]
fn a_receptionist_solves_it_on_the_phone() {
    given(opened_ticket())
        .by_role(docket_domain::Role::Receptionist)
        .when(resolve("replaced"))
        .then(resolved())
        .then_status(&Status::Resolved {
            code: text("replaced"),
            consultant: None,
        });
}

#[test]
fn a_problem_that_comes_back_goes_to_its_consultant() {
    let going_on = TicketEvent::Reopened {
        reason: reason(),
        to: Assignment::InProgress(ANNA),
    };
    for history in [resolved_ticket(), closed_ticket()] {
        let story = given(history)
            .by(CUSTOMER)
            .at(reopen_until())
            .when(TicketCommand::Reopen { reason: reason() })
            .then(going_on.clone())
            .then_status(&Status::InProgress { consultant: ANNA });
        assert_eq!(story.state().reopen_count, 1);
    }
}

#[test]
fn a_problem_that_nobody_worked_comes_back_to_the_queue() {
    given(and_then(opened_ticket(), resolved()))
        .when(TicketCommand::Reopen { reason: reason() })
        .then(TicketEvent::Reopened {
            reason: reason(),
            to: Assignment::Nobody,
        })
        .then_status(&Status::Open);
}

#[test]
fn a_resolved_ticket_can_be_reopened_at_any_time() {
    given(resolved_ticket())
        .at(NOON + hours(24 * 365))
        .when(TicketCommand::Reopen { reason: reason() })
        .then_accepted();
}

#[test]
fn every_new_round_of_work_starts_without_a_visit() {
    for hand_over in [
        vec![assign(BERT)],
        vec![TicketCommand::Unassign { reason: reason() }],
        vec![transfer("Field south")],
        vec![
            resolve("replaced"),
            TicketCommand::Reopen { reason: reason() },
        ],
    ] {
        let mut story = given(accepted_ticket())
            .when(TicketCommand::StartTravel)
            .then(TicketEvent::TravelStarted);
        assert_eq!(story.state().visit, Visit::Travelling);
        for command in hand_over {
            story = story.when(command).then_accepted();
        }
        assert_eq!(story.state().visit, Visit::None);
    }
}

#[test]
fn a_visit_goes_on_through_a_hold_and_may_be_followed_by_another() {
    let story = given(accepted_ticket())
        .by(CONSULTANT)
        .when(TicketCommand::StartTravel)
        .then(TicketEvent::TravelStarted)
        .when(TicketCommand::Arrive)
        .then(TicketEvent::Arrived)
        .when(hold(Awaiting::Parts))
        .then_accepted()
        .when(TicketCommand::Resume)
        .then_accepted();
    assert_eq!(story.state().visit, Visit::Arrived);
    story
        .when(TicketCommand::StartTravel)
        .then(TicketEvent::TravelStarted)
        .when(TicketCommand::Arrive)
        .then(TicketEvent::Arrived);
}
