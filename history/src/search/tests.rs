//! The search against one that tries every order, on small histories whose answers may be anything.

use std::sync::Arc;

use docket_domain::command::{Channel, Customer, OpenTicket, Origin, Priority, Visibility};
use docket_domain::ids::{CommentId, PersonId, TicketId};
use docket_domain::stream::Command;
use docket_domain::text::{Personal, Text};
use docket_domain::{Actor, Role, TicketCommand, TicketNumber};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::history::{Asked, OperationId};
use crate::kind::RejectionKind;
use crate::operation::Variant;

/// Whether any order of any of these explains them all: no pruning, no cleverness.
fn any_order(operations: &[Operation], done: &mut Vec<bool>, state: &Aggregate) -> bool {
    let open = |index: &usize| !done[*index];
    let left: Vec<usize> = (0..operations.len()).filter(open).collect();
    let must: Vec<u64> = left
        .iter()
        .filter_map(|one| operations[*one].deadline)
        .collect();
    if must.is_empty() {
        return true;
    }
    let may = |invoked: u64| must.iter().all(|deadline| invoked <= *deadline);
    for index in left {
        for variant in &operations[index].variants {
            if !may(variant.invoked) {
                continue;
            }
            let mut steps = vec![step(&variant.asked, state)];
            steps.extend(steps_against_time(&variant.asked, state));
            for step in steps {
                if operations[index]
                    .outcome
                    .is_some_and(|told| !told.agrees(step.answer))
                {
                    continue;
                }
                done[index] = true;
                let found = any_order(operations, done, step.after.as_ref().unwrap_or(state));
                done[index] = false;
                if found {
                    return true;
                }
            }
        }
    }
    false
}

const STREAM: StreamId = StreamId::Ticket(TicketId(Uuid::from_u128(1)));

fn asked() -> impl Strategy<Value = Asked> {
    let text = |text: &str| Text::new(text).expect("a text");
    let command = prop_oneof![
        Just(TicketCommand::Open(Box::new(OpenTicket {
            number: TicketNumber::new(0, 1, 0),
            customer: Customer::Registered(PersonId(Uuid::from_u128(7))),
            channel: Channel::Phone,
            store: None,
            team: None,
            subject: Personal::Known(Text::new("Printer on fire").expect("a text")),
            description: None,
            category: None,
            skills: Vec::new(),
            priority: Priority::Moderate,
            place: None,
            language: None,
            fields: std::collections::BTreeMap::new(),
        }))),
        (0..2u128).prop_map(move |id| TicketCommand::AddComment {
            comment: CommentId(Uuid::from_u128(id)),
            visibility: Visibility::Public,
            text: Personal::Known(Text::new("Still burning").expect("a text")),
        }),
        Just(TicketCommand::Accept),
        Just(TicketCommand::Assign {
            consultant: PersonId(Uuid::from_u128(5)),
            decision: None,
        }),
        Just(TicketCommand::Cancel {
            reason: text("over over")
        }),
    ];
    let sequence = prop_oneof![3 => Just(None), 1 => (1..3u64).prop_map(Some)];
    (command, sequence).prop_map(|(command, source_sequence)| Asked {
        stream: STREAM,
        actor: Actor {
            id: PersonId(Uuid::from_u128(100)),
            role: Role::Manager,
        },
        command: command.into(),
        origin: Origin::Live,
        occurred_at: None,
        source_sequence,
        expected_version: None,
    })
}

fn answer() -> impl Strategy<Value = Answer> {
    let kind = prop_oneof![
        Just(RejectionKind::NotFound),
        Just(RejectionKind::NotAllowed),
        Just(RejectionKind::AlreadyOpened),
    ];
    prop_oneof![
        3 => (1..4u32).prop_map(|version| Answer::Applied { version, status: None }),
        1 => (1..4u32).prop_map(|version| Answer::Unchanged { version, status: None }),
        2 => (proptest::option::of(0..4u32), kind)
            .prop_map(|(version, kind)| Answer::Rejected { version, kind }),
    ]
}

/// Up to six operations, an opening first so that something may follow.
fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let operation = (
        proptest::collection::vec(asked(), 1..3),
        0..20u64,
        0..10u64,
        proptest::option::weighted(0.7, answer()),
        any::<bool>(),
    );
    let opening = asked().prop_filter("an opening", |asked| {
        matches!(asked.command, Command::Ticket(TicketCommand::Open(_)))
    });
    (opening, proptest::collection::vec(operation, 1..6)).prop_map(|(opening, others)| {
        let mut operations = vec![Operation {
            id: OperationId(Uuid::from_u128(0)),
            variants: vec![Variant {
                asked: Arc::new(opening),
                invoked: 0,
                client: 0,
            }],
            outcome: None,
            deadline: None,
        }];
        for (index, (asked, invoked, lasts, outcome, over)) in others.into_iter().enumerate() {
            let known = if outcome.is_some() { 1 } else { asked.len() };
            operations.push(Operation {
                id: OperationId(Uuid::from_u128(1 + index as u128)),
                variants: asked
                    .into_iter()
                    .take(known)
                    .map(|asked| Variant {
                        asked: Arc::new(asked),
                        invoked,
                        client: 0,
                    })
                    .collect(),
                outcome,
                deadline: (outcome.is_some() || over).then_some(invoked + lasts),
            });
        }
        operations.sort_by_key(Operation::invoked);
        operations
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn it_finds_an_order_exactly_if_there_is_one(operations in operations()) {
        let there_is = any_order(&operations, &mut vec![false; operations.len()], &Aggregate::initial(STREAM));
        let (found, _) = search(STREAM, &operations, Budget::default());
        prop_assert_eq!(matches!(found, Found::Order), there_is, "{:?}", found);
        prop_assert!(!matches!(found, Found::OutOfBudget));
    }
}
