//! What every stream asks of a command before it looks at what is asked: that it is new, that its
//! sender knows the stream as it is, and that the actor may state that business time.

use jiff::{SignedDuration, Timestamp};

use crate::actor::Role;
use crate::command::CommandContext;
use crate::rejection::Rejection;

/// Whether that place in the other system's history was decided before, the highest seen being
/// `highest`.
pub(crate) fn is_seen(highest: Option<u64>, context: &CommandContext) -> bool {
    context.source_sequence.is_some() && context.source_sequence <= highest
}

/// Whether the sender decided on the version that the stream has.
pub(crate) fn check_version(actual: u32, context: &CommandContext) -> Result<(), Rejection> {
    match context.expected_version {
        Some(expected) if expected != actual => Err(Rejection::Stale { expected, actual }),
        _ => Ok(()),
    }
}

/// How far back a consultant who was offline may date work.
const OFFLINE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How far a clock elsewhere may be ahead of ours.
const CLOCK_SKEW_MAX: SignedDuration = SignedDuration::from_mins(5);

/// The first moment that RFC 3339 can name: the start of the year 0.
const WRITABLE_MIN: Timestamp = Timestamp::constant(-62_167_219_200, 0);

/// An importer may state any time that has been since the year 0, a consultant one of the last
/// seven days; all others' commands happen when they are decided.
pub(crate) fn check_time(context: &CommandContext) -> Result<(), Rejection> {
    let CommandContext {
        actor,
        now,
        occurred_at,
        ..
    } = context;
    let skewed = now.checked_add(CLOCK_SKEW_MAX).unwrap_or(Timestamp::MAX);
    let (earliest, latest) = match actor.role {
        Role::Importer => (WRITABLE_MIN.min(*now), skewed),
        Role::Consultant => (
            now.checked_sub(OFFLINE_MAX).unwrap_or(Timestamp::MIN),
            skewed,
        ),
        Role::Customer
        | Role::Receptionist
        | Role::StoreStaff
        | Role::Manager
        | Role::Administrator
        | Role::Service => (*now, *now),
    };
    if (earliest..=latest).contains(occurred_at) {
        Ok(())
    } else {
        Err(Rejection::TimeNotAllowed {
            role: actor.role,
            earliest,
            latest,
        })
    }
}
