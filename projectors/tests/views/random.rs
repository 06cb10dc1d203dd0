//! Long histories of many streams, as the decider makes them: random, and the same for the same
//! seed.

use std::collections::BTreeMap;

use docket_domain::command::{
    Amendment, Awaiting, Caller, Channel, Customer, OpenTicket, Origin, Part, Place, Point,
    Priority, Relation, Visibility,
};
use docket_domain::ids::{CommentId, PersonId, TicketId, WorkId};
use docket_domain::stream::{Aggregate, Command, Event, StreamId, decide, evolve};
use docket_domain::text::{Personal, Text};
use docket_domain::{
    Actor, CommandContext, EventContext, Role, TicketCommand, TicketNumber, Timestamp,
};
use uuid::Uuid;

/// Steele and Vigna's `SplitMix64`: enough for a test, and no dependency.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    pub(crate) fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize].clone()
    }

    pub(crate) fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(2) == 0).then(|| make(self))
    }
}

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).expect("a short text without control characters")
}

pub(crate) fn known<const MAX: usize>(words: &str) -> Personal<Text<MAX>> {
    Personal::Known(text(words))
}

pub(crate) fn person(number: u64) -> PersonId {
    PersonId(Uuid::from_u64_pair(0xbeef, number))
}

/// One stream's history, and the decider's state after each event.
pub(crate) struct History {
    pub(crate) id: StreamId,
    pub(crate) events: Vec<(EventContext, Event)>,
    pub(crate) states: Vec<Aggregate>,
}

/// A ticket's history, of at most `commands` events.
pub(crate) fn history(random: &mut Random, count: u64, commands: usize) -> History {
    let id = TicketId(Uuid::from_u64_pair(random.below(u64::MAX), count));
    History::new(random, StreamId::Ticket(id), commands, |random, step| {
        Command::Ticket(match step {
            0 => TicketCommand::Open(Box::new(open(random, count))),
            _ => command(random),
        })
    })
}

impl History {
    /// A history of at most `commands` events. Business time jumps back and forth, as in imports.
    pub(crate) fn new(
        random: &mut Random,
        id: StreamId,
        commands: usize,
        mut command: impl FnMut(&mut Random, usize) -> Command,
    ) -> Self {
        let mut state = Aggregate::initial(id);
        let mut history = Self {
            id,
            events: Vec::new(),
            states: Vec::new(),
        };
        for step in 0..commands {
            let command = command(random, step);
            let second = 1_400_000_000 + step as i64 * 3_600 + random.below(20_000) as i64;
            let occurred_at = Timestamp::new(second, random.below(1_000_000_000) as i32)
                .expect("within our century");
            let context = CommandContext {
                actor: Actor {
                    id: person(random.below(5)),
                    role: Role::Importer,
                },
                now: Timestamp::from_second(1_800_000_000).expect("within our century"),
                occurred_at,
                origin: random.one_of(&[Origin::Live, Origin::Import]),
                source_sequence: None,
                expected_version: None,
            };
            if let Ok(Some(event)) = decide(id, &state, &context, &command) {
                let context = EventContext::from(&context);
                state = evolve(state, &context, &event);
                history.events.push((context, event));
                history.states.push(state.clone());
            }
        }
        history
    }
}

/// Histories of several streams, mixed as a log mixes them.
pub(crate) fn mixed(
    histories: &[History],
    random: &mut Random,
) -> Vec<(StreamId, EventContext, Event)> {
    let mut next = vec![0; histories.len()];
    let mut log = Vec::new();
    while next.iter().zip(histories).any(|(n, h)| *n < h.events.len()) {
        let chosen = random.below(histories.len() as u64) as usize;
        if let Some((context, event)) = histories[chosen].events.get(next[chosen]) {
            log.push((histories[chosen].id, context.clone(), event.clone()));
            next[chosen] += 1;
        }
    }
    log
}

pub(crate) fn open(random: &mut Random, count: u64) -> OpenTicket {
    OpenTicket {
        number: TicketNumber::new(count, 1, 0),
        customer: random
            .maybe(|random| Customer::Registered(person(random.below(5))))
            .unwrap_or_else(|| {
                Customer::Unregistered(Personal::Known(Caller {
                    name: text("Rosa Luz"),
                    phone: Some(text("+49 30 1234")),
                    email: None,
                }))
            }),
        channel: random.one_of(&[Channel::Web, Channel::Phone, Channel::Store]),
        store: random.maybe(|_| text("Berlin 1")),
        team: random.maybe(|random| random.one_of(&teams())),
        subject: random
            .maybe(|_| Personal::Erased)
            .unwrap_or_else(|| known("Der Drucker druckt nicht")),
        description: random.maybe(|_| known("Seit gestern.\nNur Streifen.")),
        category: random.maybe(|_| text("printer")),
        skills: vec![text("hardware")],
        priority: priority(random),
        place: random.maybe(place),
        language: random.maybe(|_| text("de")),
        fields: BTreeMap::from([(text("serial"), text("A-1"))]),
    }
}

fn teams() -> [Text<100>; 3] {
    [text("first level"), text("printers"), text("field")]
}

fn priority(random: &mut Random) -> Priority {
    random.one_of(&[
        Priority::Low,
        Priority::Moderate,
        Priority::High,
        Priority::Critical,
    ])
}

pub(crate) fn place(random: &mut Random) -> Personal<Place> {
    Personal::Known(Place {
        address: random.maybe(|_| text("Unter den Linden 1")),
        point: random.maybe(|_| Point::new(52.517, 13.389).expect("in Berlin")),
    })
}

fn command(random: &mut Random) -> TicketCommand {
    let consultant = person(10 + random.below(3));
    let reason = || text("weil es so ist");
    match random.below(20) {
        0..=2 => TicketCommand::Assign {
            consultant,
            decision: None,
        },
        3 | 4 => TicketCommand::Accept,
        5 => TicketCommand::Decline { reason: reason() },
        6 => TicketCommand::Unassign { reason: reason() },
        7 => TicketCommand::Transfer {
            team: random.one_of(&teams()),
            reason: random.maybe(|_| reason()),
        },
        8 => TicketCommand::Hold {
            awaiting: random.one_of(&[Awaiting::Customer, Awaiting::Parts]),
            note: random.maybe(|_| known("wartet")),
        },
        9 => TicketCommand::Resume,
        10 => TicketCommand::Resolve {
            code: text("fixed"),
            note: random
                .maybe(|_| Personal::Erased)
                .or_else(|| Some(known("neue Trommel"))),
        },
        11 => TicketCommand::Close {
            reopen_until: Timestamp::from_second(1_700_000_000).expect("within our century"),
        },
        12 => TicketCommand::Reopen { reason: reason() },
        13 => TicketCommand::Link {
            other: TicketId(Uuid::from_u128(u128::from(random.below(9)))),
            relation: Relation::Related,
        },
        14 => TicketCommand::StartTravel,
        15 => TicketCommand::Arrive,
        16 => TicketCommand::LogWork {
            work: WorkId(Uuid::from_u128(u128::from(random.below(9)))),
            minutes: 30,
            parts: vec![Part {
                name: text("Trommel"),
                quantity: 1,
            }],
        },
        17 => TicketCommand::AddComment {
            comment: CommentId(Uuid::from_u64_pair(1, random.below(u64::MAX))),
            visibility: random.one_of(&[Visibility::Public, Visibility::Internal]),
            text: known("Kommt jemand?"),
        },
        _ => TicketCommand::Amend(Box::new(amendment(random))),
    }
}

fn amendment(random: &mut Random) -> Amendment {
    Amendment {
        subject: random.maybe(|_| known("Der Drucker druckt Streifen")),
        description: random.maybe(|random| random.maybe(|_| known("Immer noch."))),
        category: random.maybe(|random| random.maybe(|_| text("scanner"))),
        skills: random.maybe(|_| vec![text("hardware"), text("optics")]),
        priority: random.maybe(priority),
        place: random.maybe(|random| random.maybe(place)),
        fields: BTreeMap::from([(text("floor"), random.maybe(|_| text("3")))]),
    }
}
