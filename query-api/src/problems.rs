//! What goes wrong with a query, and the problem document that says so: the only place where
//! anything here becomes an HTTP status.

use axum::http::StatusCode;
use docket_service::Position;
use docket_service::problem::{FieldError, Problem};
use docket_service::telemetry::Chain;
use sqlx::error::DatabaseError;
use uuid::Uuid;

use crate::catalogue::KINDS;

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no {what} {id}")]
    NotFound { what: &'static str, id: Uuid },
    #[error("{kind:?} is no kind of entry; those are {}", KINDS.join(", "))]
    NoKind { kind: String },
    #[error("ticket {id} is at version {current}, there is no version {asked} yet")]
    NoVersion { id: Uuid, asked: u32, current: i32 },
    #[error("ticket {id} did not exist then: it was opened at {opened_at}")]
    NotYet {
        id: Uuid,
        opened_at: jiff::Timestamp,
    },
    #[error("parameters are invalid")]
    Parameters(Vec<FieldError>),
    #[error("Docket-Min-Position is not a position")]
    NotAPosition,
    #[error("the position is of another log, or of another life of this one")]
    OtherIncarnation,
    #[error("the view is behind the position")]
    Behind {
        wanted: Position,
        reached: Option<Position>,
    },
    #[error(
        "an event of {stream} (sequence {since}) could not be applied to the view, which shows it as \
         it was before: an operator has to see to it; reading without Docket-Min-Position shows \
         that much"
    )]
    Parked { stream: String, since: i64 },
    #[error(
        "this process doesn't serve that: ask one whose configuration has a section `{section}`"
    )]
    NotServed { section: &'static str },
    #[error("the view has no tables yet")]
    NoView,
    #[error("the query took too long")]
    TooSlow,
    #[error("the view's database can't be reached")]
    Unavailable(#[source] sqlx::Error),
    #[error("as many lists as may be are being read")]
    Busy,
    #[error("a part of the query panicked")]
    Panicked,
    #[error("the query failed")]
    Database(#[source] sqlx::Error),
    #[error("the view holds something that can't be shown")]
    Shown(#[from] serde_json::Error),
}

impl Error {
    pub(crate) const fn no_ticket(id: Uuid) -> Self {
        Self::NotFound { what: "ticket", id }
    }

    pub(crate) fn parameter(name: &str, message: impl Into<String>) -> Self {
        Self::Parameters(vec![FieldError::new(name, message)])
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => match code(&**database).as_str() {
                // No such table, no such schema.
                "42P01" | "3F000" => Self::NoView,
                // Cancelled by statement_timeout.
                "57014" => Self::TooSlow,
                // Shutting down or starting, out of connections or memory, connection broken.
                state if ["57", "53", "08"].contains(&&state[..2]) => Self::Unavailable(error),
                _ => Self::Database(error),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            _ => Self::Database(error),
        }
    }
}

/// The SQLSTATE; `00000` where there is none.
fn code(error: &dyn DatabaseError) -> String {
    error
        .code()
        .filter(|code| code.len() == 5)
        .map_or_else(|| "00000".to_owned(), std::borrow::Cow::into_owned)
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::NotFound { .. } => Self::not_found(format!(
                "{detail}, or it is not yours to see; if it is new, send its Docket-Position as \
                 Docket-Min-Position"
            )),
            Error::NoKind { .. } => Self::not_found(detail),
            Error::NoVersion { current, .. } => {
                Self::not_found(detail).with("current_version", current)
            }
            Error::NotYet { opened_at, .. } => {
                Self::not_found(detail).with("opened_at", opened_at.to_string())
            }
            Error::Parameters(errors) => Self::invalid(&errors),
            Error::NotAPosition => Self::malformed(
                "the header Docket-Min-Position is not a position: send one exactly as it was in \
                 a Docket-Position header",
            ),
            Error::OtherIncarnation => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "position-of-another-log",
                "The position is not of this log",
            )
            .detail(
                "the log was restored since, or this is another one: what the position stands \
                 for may be lost; read without Docket-Min-Position and look",
            ),
            Error::Behind { wanted, reached } => behind(wanted, reached),
            Error::Parked { .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "parked",
                "What was asked for can't be brought up to date",
            )
            .detail(detail)
            .retry_after(60),
            Error::NotServed { .. } => Self::new(
                StatusCode::NOT_FOUND,
                "not-served-here",
                "That is not shown here",
            )
            .detail(detail),
            Error::NoView => Self::unavailable(
                "the view has not been built yet: start a projector on this schema",
                5,
            ),
            Error::TooSlow => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "query-too-slow",
                "The query took too long",
            )
            .detail("ask for less: more filters, a smaller range, a shorter page")
            .retry_after(5),
            Error::Unavailable(source) => {
                tracing::warn!(error = %Chain(&source), "the view's database can't be reached");
                Self::unavailable("the view's database can't be reached; commands go on", 1)
            }
            Error::Busy => Self::unavailable(
                "as many lists and searches as may be are being read; single things still are",
                1,
            ),
            Error::Database(source) => {
                tracing::error!(error = %Chain(&source), "a query failed");
                Self::internal()
            }
            Error::Panicked => Self::internal(),
            Error::Shown(source) => {
                tracing::error!(error = %Chain(&source), "a row can't be shown");
                Self::internal()
            }
        }
    }
}

fn behind(wanted: Position, reached: Option<Position>) -> Problem {
    let problem = Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "view-behind",
        "The view has not caught up yet",
    )
    .retry_after(1);
    match reached {
        Some(reached) => {
            let records = wanted.sequence.saturating_sub(reached.sequence);
            problem
                .detail(format!(
                    "{records} records of the position's partition are not in the view yet"
                ))
                .with("behind_records", records)
                .with("position", reached.to_string())
        }
        None => problem.detail("nothing of the position's partition is in the view yet"),
    }
}
