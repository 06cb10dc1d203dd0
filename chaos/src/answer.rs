//! What came back, as far as a client needs to tell it apart.

use docket_service::Position;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// Why it was not done where no connection could be made.
pub(crate) const NOBODY_LISTENS: &str = "nobody listens";

/// Why nothing is known where a client's patience ended.
pub(crate) const NO_ANSWER: &str = "no answer in time";

/// One attempt's end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The log says so, and it stays so.
    Outcome(Outcome),
    /// It was not done, for certain; why.
    NotDone(Box<str>),
    /// Nobody said what became of it; why.
    Unknown(Box<str>),
    /// Something that no client should ever see here.
    Wrong(Box<str>),
}

/// An outcome, refusals included.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The HTTP status.
    pub status: u16,
    /// Where the record that says so lies.
    pub position: Position,
    /// The ticket's version after it; 0 where there is no ticket.
    pub version: u32,
    /// What it was.
    pub told: Told,
    /// The whole body without what differs from request to request, to be compared.
    pub body: Box<str>,
}

/// An outcome in one word.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Told {
    /// It made an event.
    Applied,
    /// It was so already.
    Unchanged,
    /// It was refused.
    Rejected,
}

impl Answer {
    /// Reads an HTTP answer. What carries a position rests on the log; without one it is a refusal
    /// that says "not done", or nothing is known.
    pub(crate) fn read(status: StatusCode, headers: &HeaderMap, text: &str) -> Self {
        let mut body: Value = serde_json::from_str(text).unwrap_or_default();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let detail = body["detail"].as_str().unwrap_or_default();
        let said = || format!("{status} {text}").into_boxed_str();
        if let Some(position) = header("docket-position").and_then(|text| text.parse().ok()) {
            let version = header("etag").and_then(|tag| tag.trim_matches('"').parse().ok());
            let told = match (status.is_success(), body["outcome"].as_str()) {
                (true, Some("applied")) => Told::Applied,
                (true, Some("unchanged")) => Told::Unchanged,
                (false, _) if status.is_client_error() => Told::Rejected,
                _ => return Self::Wrong(said()),
            };
            // The trace, another one each time.
            if let Some(members) = body.as_object_mut() {
                members.remove("instance");
            }
            return Self::Outcome(Outcome {
                status: status.as_u16(),
                position,
                version: version.unwrap_or(0),
                told,
                body: body.to_string().into(),
            });
        }
        match status {
            StatusCode::TOO_MANY_REQUESTS => Self::NotDone(detail.into()),
            StatusCode::SERVICE_UNAVAILABLE
                if detail.contains("not done") || detail.contains("nothing was done") =>
            {
                Self::NotDone(detail.into())
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::BAD_GATEWAY => {
                Self::Unknown(detail.into())
            }
            _ => Self::Wrong(said()),
        }
    }

    /// What a request came to that got no answer.
    pub(crate) fn of_error(error: &reqwest::Error) -> Self {
        if error.is_connect() {
            Self::NotDone(NOBODY_LISTENS.into())
        } else if error.is_timeout() {
            Self::Unknown(NO_ANSWER.into())
        } else {
            Self::Unknown("the connection broke".into())
        }
    }
}
