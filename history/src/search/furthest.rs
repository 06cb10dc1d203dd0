//! How far an order got before nothing could come next: the explanation of a violation.

use std::fmt::Write as _;

use docket_domain::stream::Aggregate;

use super::Placed;
use super::pending::Pending;
use crate::legal::{status, step};
use crate::operation::Operation;
use crate::report::Moment;

/// How many operations are shown on either side of the point where it ends.
const SHOWN: usize = 8;

/// The order that placed most of what must come, and what stands after it.
#[derive(Debug)]
pub(crate) struct Furthest {
    order: Vec<Placed>,
    aggregate: Aggregate,
    left: usize,
    /// Those that must come and may come now.
    next: Vec<usize>,
    /// Those that say they came at this very version.
    here: Vec<usize>,
}

impl Furthest {
    pub(super) fn new(order: &[Placed], aggregate: &Aggregate, pending: &Pending) -> Self {
        Self {
            order: order.to_vec(),
            aggregate: aggregate.clone(),
            left: pending.must_come(),
            next: pending.next_to_come().collect(),
            here: pending.all_left_at(aggregate.version()).collect(),
        }
    }

    /// How many that must come had no place.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// In words.
    pub(crate) fn explain(&self, operations: &[Operation]) -> String {
        let start = operations.iter().map(Operation::invoked).min().unwrap_or(0);
        let mut text = String::new();
        let _ = writeln!(
            text,
            "the furthest order places {} of {} operations, {} that must come are left; it ends",
            self.order.len(),
            operations.len(),
            self.left
        );
        let skipped = self.order.len().saturating_sub(SHOWN);
        for placed in &self.order[skipped..] {
            let operation = &operations[placed.operation];
            let _ = writeln!(
                text,
                "  {}: {}",
                describe(operation, placed.variant, start),
                placed.answer
            );
        }
        let _ = writeln!(
            text,
            "there it is at version {} ({}), and nothing explains what comes next:",
            self.aggregate.version(),
            status(&self.aggregate).map_or("no status", docket_domain::StatusName::as_str)
        );
        for index in self.next.iter().take(SHOWN) {
            let operation = &operations[*index];
            let _ = write!(text, "  {}: was ", describe(operation, 0, start));
            let here = step(&operation.variants[0].asked, &self.aggregate).answer;
            let _ = match operation.outcome {
                Some(told) if here.agrees(told) => {
                    writeln!(text, "{told}, which fits, but not before what follows")
                }
                Some(told) => writeln!(text, "{told}, but here it would be {here}"),
                None => writeln!(
                    text,
                    "over, as its reused key shows; here it would be {here}"
                ),
            };
        }
        for index in self.here.iter().filter(|index| !self.next.contains(index)) {
            let operation = &operations[*index];
            if let Some(told) = operation.outcome {
                let _ = writeln!(
                    text,
                    "  {}: was {told}, which no later version can give",
                    describe(operation, 0, start)
                );
            }
        }
        if self.next.len() > SHOWN {
            let _ = writeln!(text, "  and {} more", self.next.len() - SHOWN);
        }
        let placed = |index: usize| self.order.iter().any(|placed| placed.operation == index);
        let doubtful = (0..operations.len())
            .filter(|index| operations[*index].outcome.is_none() && !placed(*index))
            .count();
        let _ = write!(
            text,
            "({doubtful} operations that nobody was told the outcome of don't explain it either)"
        );
        text
    }
}

fn describe(operation: &Operation, variant: usize, start: u64) -> String {
    let variant = &operation.variants[variant];
    let deadline = operation.deadline.map_or_else(
        || "no answer".to_owned(),
        |deadline| Moment(deadline, start).to_string(),
    );
    format!(
        "{} by client {} ({} to {deadline}, operation {})",
        variant.asked.command.name().as_str(),
        variant.client,
        Moment(variant.invoked, start),
        operation.id.0
    )
}
