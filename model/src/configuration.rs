//! What is searched: how many writers, which commands, and how many of each fault. All of them
//! stand here.
//!
//! Faults are bounded by a budget, so that the search ends; within it they come at any moment.

use crate::decider::{Command, Consultant, Wish};
use crate::invariants::Invariant;
use crate::weakening::Weakening;

/// Most writers of one configuration.
pub const WRITERS_MAX: usize = 3;

/// How often each of these may happen in one run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Budget {
    /// A writer loses its memory and starts again.
    pub crashes: u8,
    /// A writer's state is saved, to start again from.
    pub snapshots: u8,
    /// A delivery is stored and yet stays under way, to be stored again at any later time.
    pub duplicates: u8,
    /// One record of a batch is stored without the other.
    pub splits: u8,
    /// What is under way is lost.
    pub drops: u8,
    /// A client sends again what is under way elsewhere, was answered, or was not done.
    pub repeats: u8,
    /// A writer answers "not done" to a command that is still in its queue.
    pub expiries: u8,
    /// A writer settles its batch by a barrier before it is clear that nothing else will.
    pub barriers: u8,
}

/// One search.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Configuration {
    /// What it is called in the output.
    pub name: &'static str,
    /// How many replicas execute commands.
    pub writers: usize,
    /// The clients' commands; sent at any time, in any order, to any replica.
    pub commands: &'static [Command],
    /// The faults.
    pub budget: Budget,
}

const fn accept(ticket: u8, consultant: Consultant) -> Command {
    let wish = Wish::Accept(consultant);
    Command { ticket, wish }
}

const fn unassign(ticket: u8) -> Command {
    let wish = Wish::Unassign;
    Command { ticket, wish }
}

const ANNA: Command = accept(0, Consultant::Anna);
const BEN: Command = accept(0, Consultant::Ben);
const FREE: Command = unassign(0);
const ANNA_ELSEWHERE: Command = accept(1, Consultant::Anna);

/// Two consultants want one ticket.
const TWO: &[Command] = &[ANNA, BEN];
/// One and the same ticket is accepted and freed: either may come first.
const FREED: &[Command] = &[ANNA, FREE];
/// Each of them may be refused or not.
const THREE: &[Command] = &[ANNA, BEN, FREE];
/// Two tickets: a refusal and an event of different streams in one batch.
const ACROSS: &[Command] = &[BEN, FREE, ANNA_ELSEWHERE];
/// The same on two tickets.
const FOUR: &[Command] = &[ANNA, BEN, FREE, ANNA_ELSEWHERE];
/// With one that may be "already so".
const TWICE: &[Command] = &[ANNA, BEN, FREE, ANNA];

/// No fault at all.
const NONE: Budget = Budget {
    crashes: 0,
    snapshots: 0,
    duplicates: 0,
    splits: 0,
    drops: 0,
    repeats: 0,
    expiries: 0,
    barriers: 0,
};

/// One of each.
const ALL: Budget = Budget {
    crashes: 1,
    snapshots: 1,
    duplicates: 1,
    splits: 1,
    drops: 1,
    repeats: 1,
    expiries: 1,
    barriers: 1,
};

/// What the replicas and their clients do wrong.
const PROCESSES: Budget = Budget {
    crashes: 1,
    repeats: 1,
    expiries: 1,
    ..NONE
};

/// What the network does wrong.
const DELIVERIES: Budget = Budget {
    duplicates: 1,
    splits: 1,
    drops: 1,
    barriers: 1,
    ..NONE
};

/// What snapshots have to do with: noise that comes before what it extends.
const RESTARTS: Budget = Budget {
    crashes: 1,
    snapshots: 1,
    duplicates: 1,
    splits: 1,
    ..NONE
};

const fn search(
    name: &'static str,
    writers: usize,
    commands: &'static [Command],
    budget: Budget,
) -> Configuration {
    Configuration {
        name,
        writers,
        commands,
        budget,
    }
}

/// What an ordinary test run searches.
pub fn ordinary() -> Vec<Configuration> {
    let zombies = Budget {
        crashes: 1,
        repeats: 1,
        barriers: 1,
        ..NONE
    };
    vec![
        search("2 writers, 2 commands, all faults", 2, TWO, ALL),
        search("2 writers, 3 commands, zombies", 2, THREE, zombies),
        search("2 writers, 3 commands, processes", 2, THREE, PROCESSES),
        search("2 writers, 3 commands, deliveries", 2, THREE, DELIVERIES),
        search("2 writers, 3 commands, restarts", 2, ACROSS, RESTARTS),
        search(
            "2 writers, 4 commands, crash",
            2,
            FOUR,
            Budget { crashes: 1, ..NONE },
        ),
        search(
            "2 writers, 4 commands, barrier",
            2,
            TWICE,
            Budget {
                barriers: 1,
                ..NONE
            },
        ),
        search(
            "3 writers, 3 commands, crash",
            3,
            THREE,
            Budget {
                crashes: 1,
                repeats: 1,
                ..NONE
            },
        ),
        search("3 writers, 4 commands, races", 3, TWICE, NONE),
    ]
}

/// What `DOCKET_MODEL=large` searches besides.
pub fn large() -> Vec<Configuration> {
    let zombies = Budget {
        crashes: 2,
        repeats: 1,
        barriers: 1,
        ..NONE
    };
    vec![
        search("3 writers, 2 commands, all faults", 3, TWO, ALL),
        search("2 writers, 3 commands, crash twice", 2, THREE, zombies),
        search(
            "2 writers, 3 commands, all deliveries",
            2,
            THREE,
            Budget {
                crashes: 1,
                ..DELIVERIES
            },
        ),
        search("2 writers, 4 commands, deliveries", 2, TWICE, DELIVERIES),
        search("2 writers, 4 commands, restarts", 2, FOUR, RESTARTS),
        search(
            "3 writers, 3 commands, processes",
            3,
            THREE,
            Budget {
                barriers: 1,
                ..PROCESSES
            },
        ),
        search(
            "3 writers, 4 commands, crash",
            3,
            TWICE,
            Budget { crashes: 1, ..NONE },
        ),
    ]
}

/// Small ones, searched with and without reductions.
pub fn small() -> Vec<Configuration> {
    vec![
        search("races", 2, THREE, NONE),
        search("zombies", 2, TWO, Budget { crashes: 1, ..NONE }),
        search(
            "repeats",
            2,
            FREED,
            Budget {
                repeats: 1,
                expiries: 1,
                ..NONE
            },
        ),
        search(
            "deliveries",
            2,
            TWO,
            Budget {
                duplicates: 1,
                splits: 1,
                drops: 1,
                ..NONE
            },
        ),
        search(
            "restarts",
            2,
            TWO,
            Budget {
                duplicates: 0,
                ..RESTARTS
            },
        ),
    ]
}

/// Where a weakening shows, and which promise it breaks.
pub fn weakened(weakening: Weakening) -> (Configuration, Invariant) {
    let of = |commands, budget, promise| (search("weakened", 2, commands, budget), promise);
    match weakening {
        Weakening::AcknowledgeOnReport | Weakening::NoChainRule => {
            of(TWO, NONE, Invariant::Linearizable)
        }
        Weakening::RefusalUnconfirmed => of(FREED, NONE, Invariant::Linearizable),
        Weakening::TimeoutIsFailure => of(TWO, NONE, Invariant::NotDone),
        Weakening::LookalikeConfirms => of(
            FREED,
            Budget {
                barriers: 1,
                ..NONE
            },
            Invariant::Linearizable,
        ),
        Weakening::BarrierOnlyAfterTimeout => {
            of(TWO, Budget { splits: 1, ..NONE }, Invariant::Progress)
        }
        Weakening::RefusalUnlisted => of(
            FREED,
            Budget { repeats: 1, ..NONE },
            Invariant::FirstOutcome,
        ),
        Weakening::SnapshotWithoutOffset => of(TWO, RESTARTS, Invariant::Agreement),
        Weakening::BarrierLast => of(FREED, NONE, Invariant::LegalRun),
        Weakening::OneNotDoneForAll => of(TWO, PROCESSES, Invariant::NotDone),
        Weakening::NoFreshId => of(TWO, Budget { drops: 0, ..ALL }, Invariant::OneRecord),
    }
}
