//! What each answer is in HTTP: the one place where refusals get their status.

mod refused;

use docket_domain::StatusName;
use docket_service::problem::Problem;
use http::StatusCode;

use self::refused::of_rejection;
pub(super) use self::refused::{survey_attempts, survey_expired, survey_link_forged};
use crate::forward::Here;
use crate::partition::Turned;
use crate::partition::command::{Answer, NotDone, Outcomed, Settled};

/// What a command came to, for a single answer and a bulk line alike.
#[derive(Debug)]
pub(super) enum Reply {
    /// It is done, or was so already.
    Done {
        outcomed: Outcomed,
        status: Option<StatusName>,
        applied: bool,
    },
    /// The log says that it was refused.
    Rejected {
        outcomed: Outcomed,
        problem: Problem,
    },
    /// The request itself is at fault; the log knows nothing of it.
    Invalid(Problem),
    /// Not now; a repeat with the same key is safe.
    Unavailable(Problem),
}

/// What a problem says that is about the one replica it comes from: the command was not done there,
/// and another replica might do it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Elsewhere {
    /// This command.
    ThisTime,
    /// Those after it too.
    FromNowOn,
}

/// Whether a problem of that slug is about the replica it comes from.
pub(crate) fn elsewhere(slug: &str) -> Option<Elsewhere> {
    match slug {
        STARTING | UNDECODABLE => Some(Elsewhere::ThisTime),
        STOPPING | FAILED => Some(Elsewhere::FromNowOn),
        _ => None,
    }
}

/// Seconds after which a repeat has a chance.
const SOON: u32 = 1;
/// Seconds after which a repeat may reach another replica, or this one in a better state.
const LATER: u32 = 5;

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Outcome(outcomed) => of_outcome(outcomed),
            Answer::KeyReused => Self::Invalid(key_reused()),
            Answer::TooLarge(why) => Self::Invalid(event_too_large(&why)),
            Answer::Undecodable => Self::Unavailable(undecodable()),
            Answer::NotDone(why) => Self::Unavailable(not_done(why)),
            Answer::Unknown => Self::Unavailable(unknown()),
        }
    }
}

impl From<Turned> for Reply {
    fn from(turned: Turned) -> Self {
        Self::Unavailable(match turned {
            Turned::Full => busy(),
            Turned::Away(why) => not_done(why),
        })
    }
}

impl Reply {
    /// The reply to a command that was also sent to another replica, if what became of it there
    /// isn't known: "not done" would be a lie, unless it is the log that says so. Even a fault found
    /// in the request is this version's opinion only.
    pub(super) fn after_forward(self, here: Here) -> Self {
        match self {
            Self::Invalid(_) | Self::Unavailable(_) if here.uncertain => {
                Self::Unavailable(unknown())
            }
            reply => reply,
        }
    }
}

fn of_outcome(outcomed: Outcomed) -> Reply {
    match &outcomed.result {
        Settled::Applied(status) => Reply::Done {
            status: *status,
            applied: true,
            outcomed,
        },
        Settled::Unchanged(status) => Reply::Done {
            status: *status,
            applied: false,
            outcomed,
        },
        Settled::Rejected(rejection) => Reply::Rejected {
            problem: of_rejection(rejection),
            outcomed,
        },
    }
}

fn key_reused() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency-key-reused",
        "The idempotency key was used for another command",
    )
    .detail(
        "repeat a command with the same key only unchanged; give another command a key of its own",
    )
}

fn event_too_large(why: &str) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "event-too-large",
        "The command says more than a record takes",
    )
    .detail(why)
}

fn undecodable() -> Problem {
    unavailable(UNDECODABLE, LATER).detail(
        "a newer version of this service wrote to the stream; nothing was done here, and a \
         replica of that version will take a repeat with the same Idempotency-Key",
    )
}

fn not_done(why: NotDone) -> Problem {
    match why {
        NotDone::Expired => unavailable("queue-wait-over", SOON)
            .detail("not done by this request: the command waited too long to be sent; repeat it"),
        NotDone::Stalled => unavailable("log-stalled", SOON).detail(
            "not done by this request: nothing can be written to the log at the moment; repeat it a little \
             later",
        ),
        NotDone::Starting => unavailable(STARTING, SOON)
            .detail("not done by this request: this replica is still reading the log; repeat it"),
        NotDone::Stopping => {
            unavailable(STOPPING, SOON).detail("not done by this request: this replica is stopping; repeat it")
        }
        NotDone::Failed => unavailable(FAILED, LATER).detail(
            "not done by this request: this replica can't read the part of the log that holds the stream; \
             repeat it, and see the service's log for the reason",
        ),
    }
}

/// A forwarded request that is for another replica, or one of another log.
pub(crate) fn not_addressed() -> Problem {
    Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "not-addressed",
        "Meant for another replica",
    )
    .detail(
        "not done by this request: Docket-Forwarded names another log or another writer than is here; it is set by \
         replicas only, so send the request without it",
    )
}

/// The outcome isn't known yet, and this request won't tell.
pub(crate) fn unknown() -> Problem {
    unavailable("outcome-unknown", SOON).detail(
        "unknown: the command may still be done; repeat with the same Idempotency-Key to learn \
         what became of it",
    )
}

fn busy() -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-commands",
        "Too many commands wait",
    )
    .detail("not done by this request: as many commands of this kind wait as may; repeat it a little later")
    .retry_after(SOON)
}

/// What one replica says and another might not, by the problem's slug.
const STARTING: &str = "replica-starting";
const STOPPING: &str = "replica-stopping";
const FAILED: &str = "partition-failed";
const UNDECODABLE: &str = "newer-version-needed";

fn unavailable(slug: &'static str, after: u32) -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        slug,
        "No answer from the log",
    )
    .retry_after(after)
}

#[cfg(test)]
mod tests {
    use docket_domain::ids::PersonId;
    use docket_domain::rejection::Countable;
    use docket_domain::{CommandName, Rejection, Role};
    use docket_history::RejectionKind;
    use docket_service::problem::FieldError;
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn after_an_uncertain_forward_no_fault_or_refusal_of_our_own_is_told() {
        let replies = || {
            let invalid = Problem::invalid(&[FieldError::new("text", "is required")]);
            [Reply::Invalid(invalid), Reply::Unavailable(busy())]
        };
        for reply in replies() {
            let told = reply.after_forward(Here { uncertain: true });
            let Reply::Unavailable(problem) = told else {
                panic!("{told:?}")
            };
            assert_eq!(problem.slug(), unknown().slug());
        }
        let slugs = ["invalid-input", "too-many-commands"];
        for (reply, slug) in replies().into_iter().zip(slugs) {
            let told = reply.after_forward(Here::certainly());
            let (Reply::Invalid(problem) | Reply::Unavailable(problem)) = told else {
                panic!("{told:?}")
            };
            assert_eq!(problem.slug(), slug);
        }
    }

    #[test]
    fn the_history_checker_knows_each_refusal_by_its_slug() {
        let until = Timestamp::UNIX_EPOCH;
        let refusals = [
            Rejection::Forbidden {
                role: Role::Customer,
                command: CommandName::Assign.into(),
            },
            Rejection::NotFound,
            Rejection::AlreadyOpened,
            Rejection::NotAllowed {
                command: CommandName::Accept,
                status: StatusName::Closed,
            },
            Rejection::Stale {
                expected: 1,
                actual: 2,
            },
            Rejection::DeclinedBefore {
                consultant: PersonId(Uuid::nil()),
            },
            Rejection::ReopenWindowOver { until },
            Rejection::TimeNotAllowed {
                role: Role::Consultant,
                earliest: until,
                latest: until,
            },
            Rejection::LinkToItself,
            Rejection::Full {
                what: Countable::Links,
                max: 1,
            },
            Rejection::NotRegistered,
            Rejection::AlreadyRegistered,
            Rejection::Retired,
            Rejection::Erased,
            Rejection::NotInvited,
            Rejection::AlreadyInvited,
            Rejection::AlreadyAnswered,
            Rejection::SurveyExpired { expires_at: until },
        ];
        assert_eq!(refusals.len(), RejectionKind::ALL.len());
        for (rejection, kind) in refusals.iter().zip(RejectionKind::ALL) {
            assert_eq!(RejectionKind::from(rejection), kind);
            let problem = of_rejection(rejection);
            assert_eq!(RejectionKind::from_slug(problem.slug()), Some(kind));
        }
    }
}
