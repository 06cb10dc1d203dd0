//! From invocations to logical operations: between which moments each took effect, and how.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::history::{Answer, Asked, Invocation, OperationId};

/// A logical operation on one stream.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) id: OperationId,
    /// What may have taken effect, once: mostly one. Never empty.
    pub(crate) variants: Vec<Variant>,
    /// How it ended; `None` if nobody was told.
    pub(crate) outcome: Option<Answer>,
    /// When it had taken effect at the latest; `None` if perhaps it never did.
    pub(crate) deadline: Option<u64>,
}

/// One thing asked under an operation's id.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) asked: Arc<Asked>,
    /// The earliest moment at which it can have taken effect.
    pub(crate) invoked: u64,
    /// Who asked first.
    pub(crate) client: u32,
}

impl Operation {
    /// The earliest moment at which it can have taken effect.
    pub(crate) fn invoked(&self) -> u64 {
        let invoked = self.variants.iter().map(|variant| variant.invoked);
        invoked.min().unwrap_or(u64::MAX)
    }
}

/// Answers to one operation that can't all be true.
#[derive(Clone, Debug)]
pub(crate) struct Contradiction {
    pub(crate) id: OperationId,
    pub(crate) why: &'static str,
    pub(crate) invocations: Vec<Invocation>,
}

/// The operations of one stream's invocations; those that certainly never happened are left out.
pub(crate) fn operations(
    invocations: &[&Invocation],
) -> Result<Vec<Operation>, Box<Contradiction>> {
    let mut by_id: BTreeMap<OperationId, Vec<&Invocation>> = BTreeMap::new();
    for invocation in invocations {
        by_id
            .entry(invocation.operation)
            .or_default()
            .push(invocation);
    }
    let mut operations = Vec::with_capacity(by_id.len());
    for (id, invocations) in by_id {
        match operation(id, &invocations) {
            Ok(operation) => operations.extend(operation),
            Err(why) => {
                return Err(Box::new(Contradiction {
                    id,
                    why,
                    invocations: invocations.into_iter().cloned().collect(),
                }));
            }
        }
    }
    operations.sort_by_key(|operation| (operation.invoked(), operation.id));
    Ok(operations)
}

fn operation(
    id: OperationId,
    invocations: &[&Invocation],
) -> Result<Option<Operation>, &'static str> {
    let outcomes: Vec<&&Invocation> = invocations
        .iter()
        .filter(|invocation| invocation.answer.is_outcome())
        .collect();
    let outcome = outcomes
        .iter()
        .map(|invocation| invocation.answer)
        .max_by_key(|answer| told(*answer));
    if let Some(outcome) = outcome
        && !outcomes.iter().all(|other| other.answer.agrees(outcome))
    {
        return Err("it was answered in two ways");
    }
    let done = outcomes.first().map(|invocation| &invocation.asked);
    if outcomes.iter().any(|other| Some(&other.asked) != done) {
        return Err("its key was accepted for two different commands");
    }
    let reused: Vec<&Arc<Asked>> = invocations
        .iter()
        .filter(|invocation| invocation.answer == Answer::KeyReused)
        .map(|invocation| &invocation.asked)
        .collect();
    let deadline = invocations
        .iter()
        .filter(|one| one.answer.is_outcome() || one.answer == Answer::KeyReused)
        .map(|one| one.returned)
        .min();
    let variants: Vec<Variant> = variants(invocations)
        .into_iter()
        .filter(|variant| done.is_none_or(|done| *done == variant.asked))
        .filter(|variant| !reused.contains(&&variant.asked))
        .collect();
    match (variants.is_empty(), deadline) {
        (true, Some(_)) => Err("its key was called used for something else, which nobody asked"),
        (true, None) => Ok(None),
        (false, _) => Ok(Some(Operation {
            id,
            variants,
            outcome,
            deadline,
        })),
    }
}

/// What was asked, each with the first invocation that may have done it.
fn variants(invocations: &[&Invocation]) -> Vec<Variant> {
    let mut variants: Vec<Variant> = Vec::with_capacity(1);
    for invocation in invocations {
        if matches!(invocation.answer, Answer::NotDone | Answer::KeyReused) {
            continue;
        }
        let known = variants
            .iter_mut()
            .find(|variant| variant.asked == invocation.asked);
        let variant = Variant {
            asked: Arc::clone(&invocation.asked),
            invoked: invocation.invoked,
            client: invocation.client,
        };
        match known {
            Some(known) if known.invoked <= variant.invoked => {}
            Some(known) => *known = variant,
            None => variants.push(variant),
        }
    }
    variants
}

/// How much an answer tells.
fn told(answer: Answer) -> bool {
    match answer {
        Answer::Applied { status, .. } | Answer::Unchanged { status, .. } => status.is_some(),
        Answer::Rejected { version, .. } => version.is_some(),
        Answer::KeyReused | Answer::NotDone | Answer::Unknown => false,
    }
}
