//! Random histories of some streams, with snapshots built, adopted slowly and started from at
//! random moments: every command is decided as by somebody who has read the whole log and keeps all
//! of it in memory.

use docket_domain::consultant::ConsultantCommand;
use docket_domain::customer::CustomerCommand;
use docket_domain::stream::StreamId;
use docket_domain::{Role, TicketCommand};
use proptest::prelude::*;

use super::asks::{
    amend, answer, ask, ask_of, assign, by_ann, cancel, capacity, close, comment, consultant,
    customer, decline, entries, hold, hours, invite, line, link, no_surveys, open, place, profile,
    registration, reopen, resolve, survey, ticket, work,
};
use super::desk::{DAY, Desk};
use crate::partition::command::Request;
use crate::partition::outcomes::KEPT_HOURS;

#[derive(Clone, Debug)]
enum Step {
    Command {
        ticket: u128,
        what: usize,
        seconds_later: i64,
        source_sequence: Option<u64>,
        /// Repeats an earlier command's id, if there was one.
        repeat: Option<u16>,
        /// Another replica decides it.
        elsewhere: bool,
    },
    Claim(u8),
    Hours(u32),
    Build,
    Adopt,
    Shed(usize),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    // Now and then a clock is wrong.
    let pause = prop_oneof![9 => 0..600i64, 6 => 0..200_000i64, 1 => -30 * DAY..30 * DAY];
    let command = (
        0..6u128,
        0..COMMANDS.len() + OTHERS,
        pause,
        prop_oneof![6 => Just(None), 1 => (0..9u64).prop_map(Some)],
        prop_oneof![9 => Just(None), 1 => (0..80u16).prop_map(Some)],
        any::<bool>(),
    )
        .prop_map(
            |(ticket, what, seconds_later, source_sequence, repeat, elsewhere)| Step::Command {
                ticket,
                what,
                seconds_later,
                source_sequence,
                repeat,
                elsewhere,
            },
        );
    prop_oneof![
        20 => command,
        1 => any::<u8>().prop_map(Step::Claim),
        2 => (1..KEPT_HOURS + 2).prop_map(Step::Hours),
        2 => Just(Step::Build),
        2 => Just(Step::Adopt),
        2 => (1..3usize).prop_map(Step::Shed),
        1 => Just(Step::Restart),
    ]
}

/// How many kinds of commands go to other streams than tickets.
const OTHERS: usize = 12;

/// One of those.
fn to_others(n: u16, id: u128, what: usize) -> Request {
    let person = id % 2;
    let mut request = match what {
        0 => ask_of(n, consultant(person), profile(1)),
        1 => ask_of(n, consultant(person), capacity(u32::from(n % 3))),
        2 => ask_of(n, consultant(person), ConsultantCommand::Retire),
        3 => ask_of(n, customer(person), registration()),
        4 => ask_of(n, customer(person), no_surveys()),
        5 => ask_of(n, customer(person), CustomerCommand::Erase),
        6 => ask_of(n, consultant(person), hours()),
        7 => ask_of(n, consultant(person), place()),
        8 | 9 => return invite(n, survey(person, 1)),
        10 => return answer(n, survey(person, 1), u32::from(n % 2) + 1),
        _ => {
            let [mut entry, rest @ ..] = entries();
            entry = rest.into_iter().nth(usize::from(n % 5)).unwrap_or(entry);
            ask_of(n, StreamId::Catalogue, entry)
        }
    };
    request.actor.role = Role::Administrator;
    request
}

type Command = fn(u16) -> TicketCommand;

/// Whether the consultant sends it, and what. Opening and ending come often enough that many
/// tickets end.
const COMMANDS: [(bool, Command); 17] = [
    (false, |_| open()),
    (false, |_| open()),
    (false, |_| assign()),
    (true, |_| TicketCommand::Accept),
    (true, |_| decline()),
    (false, |_| hold()),
    (false, |_| TicketCommand::Resume),
    (false, |_| resolve()),
    (false, |_| resolve()),
    (false, |_| close()),
    (false, |_| close()),
    (false, |_| reopen()),
    (false, |_| cancel()),
    (false, |n| amend(&format!("Subject {}", n % 3))),
    (false, |n| comment(u128::from(n % 7))),
    (false, |n| link(ticket(u128::from(n % 4)))),
    (true, |n| work(u128::from(n % 5))),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn where_a_stream_lies_makes_no_difference(steps in prop::collection::vec(step(), 1..120)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(run(steps));
    }
}

async fn run(steps: Vec<Step>) {
    let mut desk = Desk::new().await;
    for (n, step) in (0..).zip(steps) {
        match step {
            Step::Command {
                ticket: id,
                what,
                seconds_later,
                source_sequence,
                repeat,
                elsewhere,
            } => {
                let n = repeat.filter(|earlier| *earlier < n).unwrap_or(n);
                let (by_consultant, mut request) = match COMMANDS.get(what) {
                    Some((by_consultant, command)) => {
                        (*by_consultant, ask(n, ticket(id), command(n)))
                    }
                    None => (false, to_others(n, id, what - COMMANDS.len())),
                };
                if by_consultant {
                    request = by_ann(request);
                }
                if let Some(sequence) = source_sequence {
                    request = line(request, sequence);
                }
                if elsewhere {
                    desk.tell_another(seconds_later, request).await;
                    continue;
                }
                desk.tell(seconds_later, request).await;
            }
            Step::Claim(n) => desk.claim(&format!("replica-{n}:80")).await,
            Step::Hours(hours) => {
                for _ in 0..hours {
                    desk.hour().await;
                }
            }
            // What others wrote stays unread.
            Step::Build => {
                desk.try_snapshot().await.expect("built");
                continue;
            }
            Step::Adopt => {
                desk.adopt_slowly();
                continue;
            }
            Step::Shed(streams) => desk.shed(streams),
            Step::Restart => desk.restart().await,
        }
        desk.agrees();
    }
    desk.restart().await;
    desk.agrees();
}
