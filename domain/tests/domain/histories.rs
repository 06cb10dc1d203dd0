//! Arbitrary commands by arbitrary actors at arbitrary times, as proptest strategies, and what
//! comes of them.

use docket_domain::command::{Amendment, Awaiting, Origin, Priority, Relation, Visibility};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::text::{Label, Personal};
use docket_domain::{
    Actor, CommandContext, CommandName, EventContext, Rejection, Role, Ticket, TicketCommand,
    TicketEvent, authorize, decide, evolve,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::scenarios::{
    ANNA, BERT, CARLA, IMPORTER, MANAGER, NOON, REPORTER, ROUTER, TICKET, comment, hours,
    new_subject, reason, sample, stranger, text, work,
};

/// A command on its way.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    actor: Actor,
    command: TicketCommand,
    /// Hours since the step before.
    pause: i64,
    /// Hours by which the business time lies back.
    back: i64,
    source_sequence: Option<u64>,
    expected_version: Option<u32>,
}

/// A step that was decided.
pub(crate) struct Told {
    pub(crate) context: CommandContext,
    pub(crate) command: TicketCommand,
    pub(crate) before: Ticket,
    pub(crate) decision: Result<Option<TicketEvent>, Rejection>,
    pub(crate) after: Ticket,
}

/// Runs the steps as the command API would.
pub(crate) fn tell(steps: Vec<Step>) -> Vec<Told> {
    let mut now = NOON;
    let mut ticket = Ticket::Unopened;
    let mut told = Vec::with_capacity(steps.len());
    for step in steps {
        now += hours(step.pause);
        let context = CommandContext {
            actor: step.actor,
            now,
            occurred_at: now - hours(step.back),
            origin: Origin::Live,
            source_sequence: step.source_sequence,
            expected_version: step.expected_version,
        };
        let decision = ask(&ticket, &context, &step.command);
        let before = ticket.clone();
        if let Ok(Some(event)) = &decision {
            ticket = evolve(ticket, &EventContext::from(&context), event);
        }
        told.push(Told {
            context,
            command: step.command,
            before,
            decision,
            after: ticket.clone(),
        });
    }
    told
}

/// Authorises and decides.
pub(crate) fn ask(
    ticket: &Ticket,
    context: &CommandContext,
    command: &TicketCommand,
) -> Result<Option<TicketEvent>, Rejection> {
    authorize(context, ticket, command)?;
    decide(TICKET, ticket, context, command)
}

/// Up to 60 steps, the first of them mostly an opening.
pub(crate) fn history() -> impl Strategy<Value = Vec<Step>> {
    let opening = step().prop_map(|mut step| {
        step.actor = REPORTER;
        step.back = 0;
        step.command = sample(CommandName::Open);
        step.expected_version = None;
        step
    });
    (
        prop_oneof![9 => opening, 1 => step()],
        prop::collection::vec(step(), 0..60),
    )
        .prop_map(|(first, mut rest)| {
            rest.insert(0, first);
            rest
        })
}

fn step() -> impl Strategy<Value = Step> {
    (
        actor(),
        command(),
        0..72i64,
        prop_oneof![8 => Just(0), 2 => -1..200i64],
        prop_oneof![4 => Just(None), 1 => (0..40u64).prop_map(Some)],
        prop_oneof![9 => Just(None), 1 => (0..20u32).prop_map(Some)],
    )
        .prop_map(
            |(actor, command, pause, back, source_sequence, expected_version)| Step {
                actor,
                command,
                pause,
                back,
                source_sequence,
                expected_version,
            },
        )
}

fn consultant() -> impl Strategy<Value = PersonId> {
    prop::sample::select(vec![ANNA, BERT])
}

fn actor() -> impl Strategy<Value = Actor> {
    let anybody = (
        prop::sample::select(vec![ANNA, BERT, CARLA, REPORTER.id, MANAGER.id]),
        prop::sample::select(Role::ALL.to_vec()),
    );
    prop_oneof![
        4 => consultant().prop_map(|id| Actor { id, role: Role::Consultant }),
        3 => Just(MANAGER),
        2 => Just(ROUTER),
        2 => Just(IMPORTER),
        1 => Just(stranger(Role::Receptionist)),
        1 => Just(Actor { id: CARLA, role: Role::Customer }),
        2 => anybody.prop_map(|(id, role)| Actor { id, role }),
    ]
}

fn command() -> impl Strategy<Value = TicketCommand> {
    let label = || prop::sample::select(vec!["north", "south"]).prop_map(text::<100>);
    prop_oneof![
        1 => Just(sample(CommandName::Open)),
        6 => consultant().prop_map(|consultant| TicketCommand::Assign { consultant, decision: None }),
        6 => Just(TicketCommand::Accept),
        3 => Just(TicketCommand::Decline { reason: reason() }),
        2 => Just(TicketCommand::Unassign { reason: reason() }),
        2 => label().prop_map(|team| TicketCommand::Transfer { team, reason: None }),
        3 => awaiting().prop_map(|awaiting| TicketCommand::Hold { awaiting, note: None }),
        3 => Just(TicketCommand::Resume),
        3 => label().prop_map(|code| TicketCommand::Resolve { code, note: None }),
        4 => (0..60i64).prop_map(|days| TicketCommand::Close {
            reopen_until: NOON + hours(days * 24),
        }),
        4 => Just(TicketCommand::Reopen { reason: reason() }),
        1 => Just(TicketCommand::Cancel { reason: reason() }),
        3 => amendment().prop_map(|amendment| TicketCommand::Amend(Box::new(amendment))),
        3 => (0..4u128, visibility()).prop_map(|(n, visibility)| TicketCommand::AddComment {
            comment: comment(n),
            visibility,
            text: Personal::Known(text("Hello")),
        }),
        2 => (0..3u128, relation()).prop_map(|(n, relation)| TicketCommand::Link {
            other: TicketId(Uuid::from_u128(TICKET.0.as_u128() + n)),
            relation,
        }),
        2 => Just(TicketCommand::StartTravel),
        2 => Just(TicketCommand::Arrive),
        2 => (0..4u128).prop_map(|n| TicketCommand::LogWork {
            work: work(n),
            minutes: 5,
            parts: vec![],
        }),
    ]
}

fn awaiting() -> impl Strategy<Value = Awaiting> {
    prop::sample::select(vec![Awaiting::Customer, Awaiting::Vendor])
}

fn visibility() -> impl Strategy<Value = Visibility> {
    prop::sample::select(vec![Visibility::Public, Visibility::Internal])
}

fn relation() -> impl Strategy<Value = Relation> {
    prop::sample::select(vec![Relation::Related, Relation::Duplicates])
}

fn amendment() -> impl Strategy<Value = Amendment> {
    let label = prop::option::of(prop::sample::select(vec!["a", "b"]).prop_map(text::<100>));
    let priority = prop::sample::select(vec![Priority::Low, Priority::High]);
    let field = prop::sample::select(vec!["a", "b"]).prop_map(text::<100>);
    let value = prop::option::of(prop::sample::select(vec!["1", "2"]).prop_map(text::<1_000>));
    (
        prop::option::of(prop::sample::select(vec!["One", "Two"])),
        prop::option::of(label),
        prop::option::of(priority),
        prop::collection::btree_map(field, value, 0..3),
    )
        .prop_map(|(subject, category, priority, fields)| Amendment {
            category: category as Option<Option<Label>>,
            priority,
            fields,
            ..subject.map_or_else(Amendment::default, new_subject)
        })
}

/// Any command's event, whether or not the ticket could have come to it.
pub(crate) fn any_event() -> impl Strategy<Value = TicketEvent> {
    (command(), crate::invariants::assignment()).prop_map(|(command, assignment)| {
        let consultant = ANNA;
        match command {
            TicketCommand::Open(open) => TicketEvent::Opened(open),
            TicketCommand::Assign {
                consultant,
                decision,
            } => TicketEvent::Assigned {
                consultant,
                decision,
            },
            TicketCommand::Accept => TicketEvent::Accepted { consultant },
            TicketCommand::Decline { reason } => TicketEvent::Declined { consultant, reason },
            TicketCommand::Unassign { reason } => TicketEvent::Unassigned { consultant, reason },
            TicketCommand::Transfer { team, reason } => TicketEvent::Transferred { team, reason },
            TicketCommand::Hold { awaiting, note } => TicketEvent::Held { awaiting, note },
            TicketCommand::Resume => TicketEvent::Resumed { to: assignment },
            TicketCommand::Resolve { code, note } => TicketEvent::Resolved { code, note },
            TicketCommand::Close { reopen_until } => TicketEvent::Closed { reopen_until },
            TicketCommand::Reopen { reason } => TicketEvent::Reopened {
                reason,
                to: assignment,
            },
            TicketCommand::Cancel { reason } => TicketEvent::Cancelled { reason },
            TicketCommand::Amend(amendment) => TicketEvent::Amended(amendment),
            TicketCommand::AddComment {
                comment,
                visibility,
                text,
            } => TicketEvent::CommentAdded {
                comment,
                visibility,
                text,
            },
            TicketCommand::Link { other, relation } => TicketEvent::Linked { other, relation },
            TicketCommand::StartTravel => TicketEvent::TravelStarted,
            TicketCommand::Arrive => TicketEvent::Arrived,
            TicketCommand::LogWork {
                work,
                minutes,
                parts,
            } => TicketEvent::WorkLogged {
                work,
                minutes,
                parts,
            },
        }
    })
}
