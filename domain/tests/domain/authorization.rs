//! Every command × every role and what it has to do with the ticket, against the table written out
//! by hand.

use docket_domain::command::{
    Amendment, Caller, Channel, Customer, OpenTicket, Priority, Visibility,
};
use docket_domain::text::Personal;
use docket_domain::{Actor, CommandName, Rejection, Role, StatusName, TicketCommand, TicketEvent};

use crate::scenarios::{
    ANNA, CONSULTANT, CUSTOMER, REPORTER, comment, new_subject, open_ticket, opened_ticket,
    recorded, sample, stranger, text, ticket_that_is,
};
use crate::story::given;

/// `C` own customer, `c` another; `R` receptionist; `S` store staff who reported it, `s` others;
/// `K` its consultant, `k` another; `M` manager; `A` administrator; `V` service; `I` importer.
/// A letter says that they may, a dash that they may not.
const TABLE: [(CommandName, &str); 18] = [
    (CommandName::Open, "C - R S s K k M A V I"),
    (CommandName::Assign, "- - - - - - - M A V I"),
    (CommandName::Accept, "- - - - - K - M A - I"),
    (CommandName::Decline, "- - - - - K - M A - I"),
    (CommandName::Unassign, "- - - - - K - M A V I"),
    (CommandName::Transfer, "- - R - - K - M A V I"),
    (CommandName::Hold, "- - R - - K - M A V I"),
    (CommandName::Resume, "- - R - - K - M A V I"),
    (CommandName::Resolve, "- - R - - K - M A - I"),
    (CommandName::Close, "C - R S - - - M A V I"),
    (CommandName::Reopen, "C - R S - - - M A V I"),
    (CommandName::Cancel, "C - R S - - - M A - I"),
    (CommandName::Amend, "C - R S - K - M A - I"),
    (CommandName::AddComment, "C - R S - K - M A V I"),
    (CommandName::Link, "- - R - - K - M A V I"),
    (CommandName::StartTravel, "- - - - - K - M A - I"),
    (CommandName::Arrive, "- - - - - K - M A - I"),
    (CommandName::LogWork, "- - - - - K - M A - I"),
];

const ACTORS: [Actor; 11] = [
    CUSTOMER,
    stranger(Role::Customer),
    stranger(Role::Receptionist),
    REPORTER,
    stranger(Role::StoreStaff),
    CONSULTANT,
    stranger(Role::Consultant),
    stranger(Role::Manager),
    stranger(Role::Administrator),
    stranger(Role::Service),
    stranger(Role::Importer),
];

/// Statuses in which Anna has the ticket, or had it when it was solved: there the table holds.
const WITH_ANNA: [StatusName; 5] = [
    StatusName::Assigned,
    StatusName::InProgress,
    StatusName::OnHold,
    StatusName::Resolved,
    StatusName::Closed,
];

#[test]
fn each_role_may_do_what_the_table_says() {
    assert_eq!(TABLE.map(|(command, _)| command), CommandName::ALL);
    for (command, row) in TABLE {
        assert_eq!(row.split(' ').count(), ACTORS.len(), "{command:?}");
        for (actor, cell) in ACTORS.into_iter().zip(row.split(' ')) {
            for status in WITH_ANNA {
                let decision = given(ticket_that_is(status))
                    .by(actor)
                    .when(sample(command))
                    .decision();
                let forbidden = Err(Rejection::Forbidden {
                    role: actor.role,
                    command: command.into(),
                });
                assert_eq!(
                    decision != forbidden,
                    cell != "-",
                    "{command:?} by {actor:?} while {status:?}: {decision:?}"
                );
            }
        }
    }
}

#[test]
fn whoever_may_open_a_ticket_may_do_so_before_there_is_one() {
    let (_, row) = TABLE[0];
    for (actor, cell) in ACTORS.into_iter().zip(row.split(' ')) {
        let decision = given([])
            .by(actor)
            .when(sample(CommandName::Open))
            .decision();
        assert_eq!(decision.is_ok(), cell != "-", "{actor:?}: {decision:?}");
    }
}

#[test]
fn a_consultant_loses_every_right_with_the_ticket() {
    for status in [StatusName::Open, StatusName::Cancelled] {
        for command in CommandName::ALL {
            if command == CommandName::Open {
                continue;
            }
            given(ticket_that_is(status))
                .by(CONSULTANT)
                .when(sample(command))
                .then_rejected(&Rejection::Forbidden {
                    role: Role::Consultant,
                    command: command.into(),
                });
        }
    }
}

#[test]
fn the_right_person_in_the_wrong_role_has_no_part_in_the_ticket() {
    for (person, role, command) in [
        (CONSULTANT, Role::Customer, CommandName::AddComment),
        (CUSTOMER, Role::Consultant, CommandName::Accept),
        (REPORTER, Role::Customer, CommandName::Cancel),
        (CUSTOMER, Role::StoreStaff, CommandName::Cancel),
    ] {
        given(ticket_that_is(StatusName::Assigned))
            .by(Actor {
                id: person.id,
                role,
            })
            .when(sample(command))
            .then_rejected(&Rejection::Forbidden {
                role,
                command: command.into(),
            });
    }
}

#[test]
fn a_ticket_that_does_not_exist_forbids_nothing() {
    for actor in ACTORS {
        for command in CommandName::ALL {
            if command != CommandName::Open {
                given([])
                    .by(actor)
                    .when(sample(command))
                    .then_rejected(&Rejection::NotFound);
            }
        }
    }
}

#[test]
fn a_customer_opens_tickets_only_for_themselves_and_by_web() {
    let caller = Customer::Unregistered(Personal::Known(Caller {
        name: text("Carla"),
        phone: None,
        email: None,
    }));
    for open in [
        OpenTicket {
            customer: Customer::Registered(CONSULTANT.id),
            ..open_ticket()
        },
        OpenTicket {
            customer: caller,
            ..open_ticket()
        },
        OpenTicket {
            channel: Channel::Phone,
            ..open_ticket()
        },
    ] {
        given([])
            .by(CUSTOMER)
            .when(TicketCommand::Open(Box::new(open)))
            .then_rejected(&Rejection::Forbidden {
                role: Role::Customer,
                command: CommandName::Open.into(),
            });
    }
}

#[test]
fn a_customer_corrects_the_story_but_not_the_triage() {
    let story = Amendment {
        description: Some(None),
        place: Some(None),
        ..new_subject("It burns")
    };
    let own = || given(ticket_that_is(StatusName::Open)).by(CUSTOMER);
    own()
        .when(TicketCommand::Amend(Box::new(story.clone())))
        .then_accepted();
    for triage in [
        Amendment {
            category: Some(None),
            ..story.clone()
        },
        Amendment {
            skills: Some(vec![]),
            ..story.clone()
        },
        Amendment {
            priority: Some(Priority::Critical),
            ..story.clone()
        },
        Amendment {
            fields: [(text("floor"), None)].into(),
            ..story
        },
    ] {
        own()
            .when(TicketCommand::Amend(Box::new(triage)))
            .then_rejected(&Rejection::Forbidden {
                role: Role::Customer,
                command: CommandName::Amend.into(),
            });
    }
}

#[test]
fn a_customer_has_no_internal_comments() {
    let internal = TicketCommand::AddComment {
        comment: comment(1),
        visibility: Visibility::Internal,
        text: Personal::Known(text("Difficult customer")),
    };
    given(ticket_that_is(StatusName::Open))
        .by(CUSTOMER)
        .when(internal.clone())
        .then_rejected(&Rejection::Forbidden {
            role: Role::Customer,
            command: CommandName::AddComment.into(),
        });
    given(ticket_that_is(StatusName::Open))
        .by(REPORTER)
        .when(internal)
        .then_accepted();
}

#[test]
fn only_a_router_says_that_a_router_decided() {
    let command = || TicketCommand::Assign {
        consultant: ANNA,
        decision: Some(Box::new(recorded())),
    };
    for role in Role::ALL {
        let asked = given(opened_ticket()).by_role(role).when(command());
        if role == Role::Service {
            asked.then(TicketEvent::Assigned {
                consultant: ANNA,
                decision: Some(Box::new(recorded())),
            });
        } else {
            asked.then_rejected(&Rejection::Forbidden {
                role,
                command: CommandName::Assign.into(),
            });
        }
    }
}
