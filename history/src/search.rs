//! One order of a stream's operations that gives their answers: a depth-first search.
//!
//! An operation may come next if no operation that must come has ended before it began. What is
//! told by versions narrows that down: an operation answered at version 7 can come nowhere else. So
//! the search only branches where the history leaves it open, at versions that nobody was told the
//! maker of. What was tried is remembered, as the set of operations done and the state they made.

mod furthest;
mod pending;

use std::collections::HashMap;

use docket_domain::stream::{Aggregate, StreamId};

pub(crate) use self::furthest::Furthest;
use self::pending::Pending;
use crate::history::Answer;
use crate::legal::{Step, step, steps_against_time};
use crate::operation::Operation;

/// How much a check may cost before it gives up on a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// Decisions for one stream, each about a microsecond.
    pub decisions_per_stream: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            decisions_per_stream: 2_000_000,
        }
    }
}

/// How a search ended.
#[derive(Debug)]
pub(crate) enum Found {
    /// With an order.
    Order,
    /// Without one: there is none.
    None(Box<Furthest>),
    /// Without having tried all.
    OutOfBudget,
}

/// Searches, and says how many decisions it took.
pub(crate) fn search(stream: StreamId, operations: &[Operation], budget: Budget) -> (Found, u64) {
    let mut search = Search {
        operations,
        pending: Pending::new(operations),
        aggregate: Aggregate::initial(stream),
        order: Vec::with_capacity(operations.len()),
        branches: Vec::new(),
        tried: HashMap::new(),
        furthest: None,
        decisions: 0,
        decisions_max: budget.decisions_per_stream,
    };
    let found = search.run();
    (found, search.decisions)
}

/// An operation in the order: how it ended there.
#[derive(Clone, Debug)]
struct Placed {
    operation: usize,
    variant: usize,
    answer: Answer,
}

/// One that may come next.
struct Choice {
    operation: usize,
    variant: usize,
    step: Step,
}

/// A place in the order where more than one may come next.
struct Branch {
    /// The order's length there.
    length: usize,
    aggregate: Aggregate,
    /// Those not tried yet, the next one last.
    left: Vec<Choice>,
}

struct Search<'a> {
    operations: &'a [Operation],
    pending: Pending,
    aggregate: Aggregate,
    order: Vec<Placed>,
    branches: Vec<Branch>,
    tried: HashMap<u128, Vec<Aggregate>>,
    furthest: Option<Box<Furthest>>,
    decisions: u64,
    decisions_max: u64,
}

impl Search<'_> {
    fn run(&mut self) -> Found {
        loop {
            self.place_what_changes_nothing();
            if self.pending.must_come() == 0 {
                return Found::Order;
            }
            if self.decisions > self.decisions_max {
                return Found::OutOfBudget;
            }
            let mut choices = self.choices();
            let forced = choices.len() == 1;
            let next = choices.pop();
            match next {
                Some(choice) if forced => self.place(choice),
                Some(choice) if self.is_new() => {
                    self.branches.push(Branch {
                        length: self.order.len(),
                        aggregate: self.aggregate.clone(),
                        left: choices,
                    });
                    self.place(choice);
                }
                _ => {
                    self.remember_furthest();
                    if !self.back() {
                        return self.furthest.take().map_or(Found::OutOfBudget, Found::None);
                    }
                }
            }
        }
    }

    /// Places every operation whose answer fits here and that changes nothing. That closes no way:
    /// in any order that goes on from here they could be moved to this place.
    fn place_what_changes_nothing(&mut self) {
        let version = self.aggregate.version();
        let mut at = 0;
        while let Some(operation) = self.pending.answered_at(version, &mut at) {
            if let Some(choice) = self.fits(operation)
                && choice.step.after.is_none()
            {
                self.place(choice);
            }
        }
    }

    /// What may come next, the most likely last. Everything that must come at this version goes
    /// before what makes the next one.
    fn choices(&mut self) -> Vec<Choice> {
        let version = self.aggregate.version();
        let mut choices = Vec::new();
        let mut at = 0;
        while let Some(operation) = self.pending.answered_at(version, &mut at) {
            choices.extend(self.fits(operation));
        }
        let closed = self.pending.left_at(version) > 0;
        let makers = self.pending.makers_of(version.saturating_add(1));
        if !closed {
            for operation in makers.clone().unwrap_or_default() {
                choices.extend(self.fits(operation));
            }
        }
        let makes_next = !closed && makers.is_none();
        let doubtful: Vec<usize> = self.pending.doubtful().collect();
        for operation in doubtful {
            self.doubtful_choices(operation, makes_next, &mut choices);
        }
        choices.reverse();
        choices
    }

    /// An operation that nobody was told the outcome of may make the next version, if nobody else
    /// says so; or leave its source sequence; or just be over, if that is known.
    fn doubtful_choices(&mut self, operation: usize, makes_next: bool, choices: &mut Vec<Choice>) {
        let whole = &self.operations[operation];
        for variant in 0..whole.variants.len() {
            if !self.pending.may_begin(whole.variants[variant].invoked) {
                continue;
            }
            let asked = &whole.variants[variant].asked;
            let matters = whole.deadline.is_some() || asked.source_sequence.is_some();
            if !makes_next && !matters {
                continue;
            }
            self.decisions += 1;
            let mut steps = vec![step(asked, &self.aggregate)];
            if matters {
                steps.extend(steps_against_time(asked, &self.aggregate));
            }
            choices.extend(
                steps
                    .into_iter()
                    .filter(|step| {
                        if step.is_event() {
                            makes_next
                        } else {
                            step.after.is_some() || whole.deadline.is_some()
                        }
                    })
                    .map(|step| Choice {
                        operation,
                        variant,
                        step,
                    }),
            );
        }
    }

    /// The operation coming next with the answer it got, if that is right here.
    fn fits(&mut self, operation: usize) -> Option<Choice> {
        let whole = &self.operations[operation];
        let told = whole.outcome?;
        let variant = 0;
        let asked = &whole.variants[variant].asked;
        self.decisions += 1;
        let about_time = matches!(told, Answer::Rejected { kind, .. } if kind.is_about_time());
        let steps = if about_time {
            steps_against_time(asked, &self.aggregate)
        } else {
            vec![step(asked, &self.aggregate)]
        };
        let step = steps.into_iter().find(|step| step.answer.agrees(told))?;
        Some(Choice {
            operation,
            variant,
            step,
        })
    }

    fn place(&mut self, choice: Choice) {
        self.pending.take(choice.operation);
        self.order.push(Placed {
            operation: choice.operation,
            variant: choice.variant,
            answer: choice.step.answer,
        });
        if let Some(after) = choice.step.after {
            self.aggregate = after;
        }
    }

    /// Whether this set of operations with this state hasn't been tried yet.
    fn is_new(&mut self) -> bool {
        let states = self.tried.entry(self.pending.done()).or_default();
        let new = !states.contains(&self.aggregate);
        if new {
            states.push(self.aggregate.clone());
        }
        new
    }

    /// Goes back to the last branch with something left to try.
    fn back(&mut self) -> bool {
        while let Some(mut branch) = self.branches.pop() {
            let Some(choice) = branch.left.pop() else {
                continue;
            };
            for placed in self.order.drain(branch.length..).rev() {
                self.pending.put_back(placed.operation);
            }
            self.aggregate.clone_from(&branch.aggregate);
            self.branches.push(branch);
            self.place(choice);
            return true;
        }
        false
    }

    fn remember_furthest(&mut self) {
        let left = self.pending.must_come();
        if self.furthest.as_ref().is_none_or(|best| left < best.left()) {
            self.furthest = Some(Box::new(Furthest::new(
                &self.order,
                &self.aggregate,
                &self.pending,
            )));
        }
    }
}

#[cfg(test)]
mod tests;
