//! How far an order got before nothing could come next: the explanation of a violation.

use std::fmt::Write as _;

use docket_domain::Ticket;

use super::Placed;
use crate::legal::{status, step};
use crate::operation::Operation;
use crate::report::Moment;

/// How many operations are shown on either side of the point where it ends.
const SHOWN: usize = 8;

/// The order that placed most of what must come, and what stands after it.
#[derive(Debug)]
pub(crate) struct Furthest {
    order: Vec<Placed>,
    ticket: Ticket,
    left: usize,
    next: Vec<usize>,
}

impl Furthest {
    pub(super) fn new(order: Vec<Placed>, ticket: Ticket, left: usize, next: Vec<usize>) -> Self {
        Self {
            order,
            ticket,
            left,
            next,
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
            "there the ticket is at version {} ({}), and nothing explains what comes next:",
            self.ticket.version(),
            status(&self.ticket).map_or("not opened", docket_domain::StatusName::as_str)
        );
        for index in self.next.iter().take(SHOWN) {
            let operation = &operations[*index];
            let here = step(&operation.variants[0].asked, &self.ticket);
            let told = operation.outcome.map_or_else(
                || "done, in whatever way".to_owned(),
                |told| told.to_string(),
            );
            let _ = writeln!(
                text,
                "  {}: was {told}, but here it would be {}",
                describe(operation, 0, start),
                here.answer
            );
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
