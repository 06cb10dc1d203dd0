//! Random runs of the real decider, with overlapping intervals around the moments at which their
//! commands took effect, are linearizable; with one answer that can't be true they are not.

use std::collections::BTreeSet;
use std::sync::Arc;

use docket_domain::command::CommandContext;
use docket_domain::stream::{Aggregate, authorize, decide, evolve};
use docket_domain::{EventContext, Ticket, TicketCommand, Timestamp};
use docket_history::{
    Answer, Asked, Budget, History, Invocation, OperationId, RejectionKind, Report,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::story::{TICKET, ask, assign, cancel, close, comment, open, reopen, resolve, text};

/// What a client does: which command, how long before and after it took effect the client knew
/// of it, and what the network did.
#[derive(Clone, Debug)]
struct Doing {
    asked: Asked,
    before: u64,
    after: u64,
    fate: Fate,
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    Answered,
    /// Answered, and once more to a retry that was sent so much later.
    Retried(u64),
    /// It happened, and nobody was told.
    AnswerLost,
    /// It never happened, and nobody was told.
    RequestLost,
    NotDone,
}

fn commands() -> impl Strategy<Value = Asked> {
    let expected = prop_oneof![4 => Just(None), 1 => (0..30u32).prop_map(Some)];
    let sequence = prop_oneof![6 => Just(None), 1 => (0..40u64).prop_map(Some)];
    let command = prop_oneof![
        1 => Just(open()),
        4 => (1000..2000u128).prop_map(comment),
        3 => (5..8u128).prop_map(assign),
        2 => Just(ask(TicketCommand::Accept)),
        1 => Just(ask(TicketCommand::Decline { reason: text("no time") })),
        1 => Just(ask(TicketCommand::Unassign { reason: text("ill") })),
        1 => Just(resolve()),
        1 => Just(close()),
        2 => Just(reopen()),
    ];
    (command, expected, sequence).prop_map(|(asked, expected_version, source_sequence)| Asked {
        expected_version,
        source_sequence,
        ..asked
    })
}

fn doings(fates: impl Strategy<Value = Fate>, count: usize) -> impl Strategy<Value = Vec<Doing>> {
    let doing =
        (commands(), 0..60u64, 0..60u64, fates).prop_map(|(asked, before, after, fate)| Doing {
            asked,
            before,
            after,
            fate,
        });
    proptest::collection::vec(doing, 1..count).prop_map(|mut doings| {
        doings[0].asked = open();
        doings[0].fate = Fate::Answered;
        doings
    })
}

fn any_fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        12 => Just(Fate::Answered),
        3 => (0..200u64).prop_map(Fate::Retried),
        1 => Just(Fate::AnswerLost),
        1 => Just(Fate::RequestLost),
        1 => Just(Fate::NotDone),
    ]
}

/// What the real decider answers, and the ticket afterwards.
fn execute(asked: &Asked, ticket: &mut Aggregate) -> Answer {
    let now = Timestamp::UNIX_EPOCH;
    let context = CommandContext {
        actor: asked.actor,
        now,
        occurred_at: now,
        origin: asked.origin,
        source_sequence: asked.source_sequence,
        expected_version: asked.expected_version,
    };
    let decision = authorize(asked.stream, &context, ticket, &asked.command)
        .and_then(|()| decide(asked.stream, ticket, &context, &asked.command));
    if !matches!(decision, Ok(Some(_))) {
        ticket.saw_source_sequence(asked.source_sequence);
    }
    let status = |ticket: &Aggregate| match ticket {
        Aggregate::Ticket(Ticket::Opened(state)) => Some(state.status.name()),
        _ => None,
    };
    match decision {
        Ok(Some(event)) => {
            *ticket = evolve(ticket.clone(), &EventContext::from(&context), &event);
            Answer::Applied {
                version: ticket.version(),
                status: status(ticket),
            }
        }
        Ok(None) => Answer::Unchanged {
            version: ticket.version(),
            status: status(ticket),
        },
        Err(rejection) => Answer::Rejected {
            version: Some(ticket.version()),
            kind: RejectionKind::from(&rejection),
        },
    }
}

fn run(doings: &[Doing]) -> Vec<Invocation> {
    let mut ticket = Aggregate::initial(TICKET);
    let mut invocations = Vec::new();
    for (index, doing) in doings.iter().enumerate() {
        let moment = 100 + 10 * index as u64;
        let mut invoke = |invoked, returned, answer| {
            invocations.push(Invocation {
                client: index as u32,
                operation: OperationId(Uuid::from_u128(index as u128)),
                asked: Arc::new(doing.asked.clone()),
                invoked,
                returned,
                answer,
                number: None,
            });
        };
        let (from, to) = (moment - doing.before, moment + doing.after);
        match doing.fate {
            Fate::Answered => invoke(from, to, execute(&doing.asked, &mut ticket)),
            Fate::Retried(later) => {
                invoke(from, to, Answer::Unknown);
                let answer = execute(&doing.asked, &mut ticket);
                invoke(to + later, to + later + 1, answer);
            }
            Fate::AnswerLost => {
                execute(&doing.asked, &mut ticket);
                invoke(from, to, Answer::Unknown);
            }
            Fate::RequestLost => invoke(from, to, Answer::Unknown),
            Fate::NotDone => invoke(from, to, Answer::NotDone),
        }
    }
    invocations
}

fn check(invocations: &[Invocation]) -> Report {
    let mut history = History::new();
    history.extend(invocations.iter().cloned());
    history.check(Budget::default())
}

/// Breaks the history at one applied event, in a way that can't be explained when everything was
/// answered.
fn corrupt(invocations: &mut Vec<Invocation>, which: usize, how: u8) -> bool {
    let applied: Vec<(u32, usize)> = invocations
        .iter()
        .enumerate()
        .filter_map(|(index, invocation)| match invocation.answer {
            Answer::Applied { version, .. } => Some((version, index)),
            _ => None,
        })
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let (version, index) = applied[which % applied.len()];
    let next = applied.iter().find(|(other, _)| *other == version + 1);
    match (how, next) {
        (0, _) => {
            invocations[index].answer = Answer::Applied {
                version: version + 1,
                status: None,
            };
        }
        (1, _) => {
            invocations[index].answer = Answer::Applied {
                version: version - 1,
                status: None,
            };
        }
        (2, _) => {
            invocations[index].answer = Answer::Rejected {
                version: Some(version),
                kind: RejectionKind::LinkToItself,
            };
        }
        // The rest only shows by what comes after.
        (_, None) => return false,
        (3, _) => invocations[index].answer = Answer::NotDone,
        (4, _) => drop(invocations.remove(index)),
        (_, Some((_, next))) => {
            let late = invocations[*next].returned + 1;
            invocations[index].invoked = late;
            invocations[index].returned = late + 1;
        }
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_run_is_linearizable(doings in doings(any_fate(), 60)) {
        let report = check(&run(&doings));
        prop_assert!(report.is_linearizable(), "{}", report);
    }

    #[test]
    fn a_run_with_an_answer_that_is_not_true_is_not(
        doings in doings(Just(Fate::Answered), 30),
        which in 0..100usize,
        how in 0..6u8,
    ) {
        let mut invocations = run(&doings);
        prop_assume!(corrupt(&mut invocations, which, how));
        let report = check(&invocations);
        prop_assert_eq!(&report.undecided, &[]);
        prop_assert!(!report.is_linearizable(), "{}", report);
    }
}

#[test]
fn thousands_of_commands_on_one_ticket_are_cheap() {
    let doings: Vec<Doing> = (0..5_000u64)
        .map(|n| Doing {
            asked: match n {
                0 => open(),
                _ if n % 7 == 0 => assign(5 + u128::from(n % 3)),
                _ if n % 11 == 0 => cancel_unless_last(n),
                _ => comment(u128::from(n % 1_500)),
            },
            before: n * 7 % 60,
            after: n * 13 % 60,
            fate: match n % 50 {
                17 => Fate::AnswerLost,
                31 => Fate::RequestLost,
                _ => Fate::Answered,
            },
        })
        .collect();
    let report = check(&run(&doings));
    assert!(report.is_linearizable(), "{report}");
    assert!(report.decisions < 100_000, "{report}");
}

/// A cancellation that is refused as stale, but for the last.
fn cancel_unless_last(n: u64) -> Asked {
    Asked {
        expected_version: (n < 4_900).then_some(0),
        ..cancel()
    }
}
