//! Refusals by the domain, as problems.

use std::time::Duration;

use docket_domain::decide::allowed_in;
use docket_domain::{Rejection, Timestamp};
use docket_service::problem::{FieldError, Problem};
use http::StatusCode;
use serde_json::json;

/// What the log refused.
pub(super) fn of_rejection(rejection: &Rejection) -> Problem {
    let (status, slug, title) = kind(rejection);
    let detail = rejection.to_string();
    let problem = Problem::new(status, slug, title).detail(detail.clone());
    match rejection {
        Rejection::Forbidden { role, command } => problem
            .with("role", role.as_str())
            .with("command", command.to_string()),
        Rejection::NotAllowed { command, status } => {
            let allowed = allowed_in(*status).iter();
            let allowed: Vec<&str> = allowed.map(|command| command.as_str()).collect();
            problem
                .with("command", command.as_str())
                .with("ticket_status", status.as_str())
                .with("allowed", allowed)
        }
        Rejection::Stale { expected, actual } => problem
            .with("expected_version", *expected)
            .with("version", *actual),
        Rejection::DeclinedBefore { consultant } => {
            problem.with("consultant", consultant.to_string())
        }
        Rejection::ReopenWindowOver { until } => problem.with("reopen_until", until.to_string()),
        Rejection::TimeNotAllowed {
            earliest, latest, ..
        } => problem
            .with("errors", json!([FieldError::new("occurred_at", &detail)]))
            .with("earliest", earliest.to_string())
            .with("latest", latest.to_string()),
        Rejection::LinkToItself => {
            problem.with("errors", json!([FieldError::new("ticket", &detail)]))
        }
        Rejection::Full { what, max } => problem.with("of", what.to_string()).with("max", *max),
        Rejection::SurveyExpired { expires_at } => {
            problem.with("expires_at", expires_at.to_string())
        }
        Rejection::NotFound
        | Rejection::AlreadyOpened
        | Rejection::NotRegistered
        | Rejection::AlreadyRegistered
        | Rejection::Retired
        | Rejection::Erased
        | Rejection::NotInvited
        | Rejection::AlreadyInvited
        | Rejection::AlreadyAnswered => problem,
    }
}

type Kind = (StatusCode, &'static str, &'static str);

/// The status, the end of the problem's `type`, and its title.
const fn kind(rejection: &Rejection) -> Kind {
    use StatusCode as Is;
    match rejection {
        Rejection::Forbidden { .. } => (Is::FORBIDDEN, "forbidden", "Not allowed to you"),
        Rejection::NotFound => (Is::NOT_FOUND, "ticket-not-found", "No such ticket"),
        Rejection::AlreadyOpened => (
            Is::CONFLICT,
            "already-opened",
            "The ticket was opened by another command",
        ),
        Rejection::NotAllowed { .. } => (
            Is::CONFLICT,
            "command-not-allowed",
            "The ticket's status does not allow it",
        ),
        Rejection::Stale { .. } => (
            Is::PRECONDITION_FAILED,
            "stale-version",
            "It has changed since",
        ),
        Rejection::DeclinedBefore { .. } => (
            Is::CONFLICT,
            "declined-before",
            "The consultant declined this ticket",
        ),
        Rejection::ReopenWindowOver { .. } => {
            (Is::CONFLICT, "reopen-window-over", "Too late to reopen")
        }
        Rejection::TimeNotAllowed { .. } => (
            Is::UNPROCESSABLE_ENTITY,
            "time-not-allowed",
            "That time may not be stated",
        ),
        Rejection::LinkToItself => (
            Is::UNPROCESSABLE_ENTITY,
            "link-to-itself",
            "A ticket can't be linked to itself",
        ),
        Rejection::Full { .. } => (Is::CONFLICT, "limit-reached", "There may be no more"),
        Rejection::NotRegistered => (
            Is::NOT_FOUND,
            "not-registered",
            "Nobody is registered under that id",
        ),
        Rejection::AlreadyRegistered => (
            Is::CONFLICT,
            "already-registered",
            "Somebody is registered under that id",
        ),
        Rejection::Retired => (Is::CONFLICT, "retired", "The consultant has retired"),
        Rejection::Erased => (Is::GONE, "erased", "The customer's data has been erased"),
        Rejection::NotInvited => (
            Is::NOT_FOUND,
            "survey-not-found",
            "Nobody was invited to that survey",
        ),
        Rejection::AlreadyInvited => (
            Is::CONFLICT,
            "already-invited",
            "The customer was invited already",
        ),
        Rejection::AlreadyAnswered => (
            Is::CONFLICT,
            "already-answered",
            "The survey was answered already",
        ),
        Rejection::SurveyExpired { .. } => (Is::GONE, "survey-expired", "The survey is over"),
    }
}

/// Too late to answer, as the link itself says.
pub(in super::super) fn survey_expired(expires_at: Timestamp) -> Problem {
    of_rejection(&Rejection::SurveyExpired { expires_at })
}

/// As often as a survey may be answered, and oftener.
pub(in super::super) fn survey_attempts(wait: Duration) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-answers",
        "Too many attempts to answer that survey",
    )
    .detail("not done by this request: a survey is answered once; its outcome is told again later")
    .retry_after(
        wait.as_secs()
            .try_into()
            .unwrap_or(u32::MAX)
            .saturating_add(1),
    )
}

/// A link that was not made here, or not for that ticket.
pub(in super::super) fn survey_link_forged() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "survey-link-forged",
        "That is no link to this survey",
    )
    .detail("token must be the one in the link that was sent for this very ticket, unchanged")
}
