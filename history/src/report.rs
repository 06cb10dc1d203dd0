//! What a check came to, in words.

use std::collections::BTreeMap;
use std::fmt;

use docket_domain::TicketNumber;
use docket_domain::stream::StreamId;

use crate::history::{Answer, History, Invocation, OperationId};
use crate::numbers;
use crate::operation::{self, Contradiction};
use crate::search::{self, Budget, Found};

/// What a check came to.
#[derive(Clone, Default, Debug)]
#[must_use]
pub struct Report {
    /// Invocations in the history.
    pub invocations: usize,
    /// Logical operations that happened or may have.
    pub operations: usize,
    /// Operations whose outcome nobody was told.
    pub in_doubt: usize,
    /// Streams.
    pub streams: usize,
    /// Decisions that the search made.
    pub decisions: u64,
    /// What no order explains.
    pub violations: Vec<Violation>,
    /// Streams whose search ran out of its budget.
    pub undecided: Vec<Undecided>,
}

/// Something that no order of the commands explains.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Violation {
    /// No order of a stream's operations gives their answers.
    NotLinearizable {
        /// Which stream.
        stream: StreamId,
        /// How far an order got, and what then stands in the way.
        explanation: String,
    },
    /// The answers to one operation contradict each other.
    Contradiction {
        /// Which stream.
        stream: StreamId,
        /// Which operation.
        operation: OperationId,
        /// What was answered.
        explanation: String,
    },
    /// A ticket was given two numbers.
    NumberChanged {
        /// Which ticket.
        ticket: StreamId,
        /// Its first number.
        first: TicketNumber,
        /// Another one.
        then: TicketNumber,
    },
    /// Two tickets were given one number.
    NumberTwice {
        /// Which number.
        number: TicketNumber,
        /// Which tickets.
        tickets: [StreamId; 2],
    },
}

/// A stream whose search ran out of its budget: neither proved nor disproved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Undecided {
    /// Which stream.
    pub stream: StreamId,
    /// Its operations.
    pub operations: usize,
    /// Decisions that were made.
    pub decisions: u64,
}

impl Report {
    /// Whether every stream's order was found.
    pub fn is_linearizable(&self) -> bool {
        self.violations.is_empty() && self.undecided.is_empty()
    }
}

pub(crate) fn check(history: &History, budget: Budget) -> Report {
    let mut by_stream: BTreeMap<StreamId, Vec<&Invocation>> = BTreeMap::new();
    for invocation in &history.invocations {
        by_stream
            .entry(invocation.asked.stream)
            .or_default()
            .push(invocation);
    }
    let mut report = Report {
        invocations: history.invocations.len(),
        streams: by_stream.len(),
        violations: numbers::check(&history.invocations),
        ..Report::default()
    };
    for (stream, invocations) in by_stream {
        let operations = match operation::operations(&invocations) {
            Ok(operations) => operations,
            Err(contradiction) => {
                report.violations.push(contradiction.into_violation(stream));
                continue;
            }
        };
        report.operations += operations.len();
        report.in_doubt += operations
            .iter()
            .filter(|operation| operation.outcome.is_none())
            .count();
        let (found, decisions) = search::search(stream, &operations, budget);
        report.decisions += decisions;
        match found {
            Found::Order => {}
            Found::OutOfBudget => report.undecided.push(Undecided {
                stream,
                operations: operations.len(),
                decisions,
            }),
            Found::None(furthest) => report.violations.push(Violation::NotLinearizable {
                stream,
                explanation: furthest.explain(&operations),
            }),
        }
    }
    report
}

impl Contradiction {
    fn into_violation(self, stream: StreamId) -> Violation {
        use std::fmt::Write as _;
        let mut explanation = self.why.to_owned();
        let start = self.invocations.iter().map(|one| one.invoked).min();
        for one in &self.invocations {
            let asked = one.asked.command.name();
            let (from, to) = (
                Moment(one.invoked, start.unwrap_or(0)),
                Moment(one.returned, start.unwrap_or(0)),
            );
            let _ = write!(
                explanation,
                "\n  client {} asked {asked} from {from} to {to}: {}",
                one.client, one.answer
            );
        }
        Violation::Contradiction {
            stream,
            operation: self.id,
            explanation,
        }
    }
}

/// A moment, as milliseconds since another.
pub(crate) struct Moment(pub(crate) u64, pub(crate) u64);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} ms", (self.0 as f64 - self.1 as f64) / 1e6)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = |f: &mut fmt::Formatter<'_>, status: &Option<docket_domain::StatusName>| {
            status.map_or(Ok(()), |status| write!(f, ", {}", status.as_str()))
        };
        match self {
            Self::Applied {
                version,
                status: told,
            } => {
                write!(f, "applied (version {version}")?;
                status(f, told)?;
                f.write_str(")")
            }
            Self::Unchanged {
                version,
                status: told,
            } => {
                write!(f, "already so (version {version}")?;
                status(f, told)?;
                f.write_str(")")
            }
            Self::Rejected {
                version: Some(version),
                kind,
            } => write!(f, "refused: {kind} (version {version})"),
            Self::Rejected {
                version: None,
                kind,
            } => write!(f, "refused: {kind}"),
            Self::KeyReused => f.write_str("key used for another command"),
            Self::NotDone => f.write_str("not done"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLinearizable {
                stream,
                explanation,
            } => write!(
                f,
                "{stream}: no order of its commands gives their answers\n{explanation}"
            ),
            Self::Contradiction {
                stream,
                operation,
                explanation,
            } => write!(f, "{stream}, operation {}: {explanation}", operation.0),
            Self::NumberChanged {
                ticket,
                first,
                then,
            } => write!(f, "{ticket} was number {first}, and then {then}"),
            Self::NumberTwice {
                number,
                tickets: [one, other],
            } => write!(f, "number {number} was given to {one} and to {other}"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} invocations of {} operations ({} in doubt) on {} streams, {} decisions: ",
            self.invocations, self.operations, self.in_doubt, self.streams, self.decisions
        )?;
        if self.is_linearizable() {
            return f.write_str("linearizable");
        }
        write!(
            f,
            "{} violations, {} streams undecided",
            self.violations.len(),
            self.undecided.len()
        )?;
        for undecided in &self.undecided {
            write!(
                f,
                "\n{}: undecided after {} decisions over {} operations",
                undecided.stream, undecided.decisions, undecided.operations
            )?;
        }
        for violation in &self.violations {
            write!(f, "\n{violation}")?;
        }
        Ok(())
    }
}
