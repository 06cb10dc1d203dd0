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

impl Outcome {
    /// Whether both tell the same, to the letter. A bulk request's line says nothing of the ticket's
    /// status.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        let figures = |it: &Self| (it.status, it.position, it.version, it.told);
        if figures(self) != figures(other) || self.body == other.body {
            return figures(self) == figures(other);
        }
        let [one, two] = [self, other].map(|it| {
            let mut body: Value = serde_json::from_str(&it.body).unwrap_or_default();
            let status = body.as_object_mut().and_then(|it| it.remove("status"));
            (body, status)
        });
        one.0 == two.0 && (one.1.is_none() || two.1.is_none())
    }
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
        Self::without_outcome(status, detail).unwrap_or_else(|| Self::Wrong(said()))
    }

    /// Reads the outcome of a bulk request's line of that number.
    pub(crate) fn read_line(line: &[u8], number: usize) -> Self {
        let said = || Self::Wrong(String::from_utf8_lossy(line).into());
        let mut outcome: Value = serde_json::from_slice(line).unwrap_or_default();
        let status = outcome["status"].as_u64().unwrap_or(0) as u16;
        let Ok(status) = StatusCode::from_u16(status) else {
            return said();
        };
        if outcome["line"] != number {
            return said();
        }
        let problem = outcome["problem"].take();
        let Some(position) = outcome["position"].as_str() else {
            let detail = problem["detail"].as_str().unwrap_or_default();
            return Self::without_outcome(status, detail).unwrap_or_else(said);
        };
        let Ok(position) = position.parse() else {
            return said();
        };
        let told = match (status.is_success(), outcome["outcome"].as_str()) {
            (true, Some("applied")) => Told::Applied,
            (true, Some("unchanged")) => Told::Unchanged,
            (false, Some("rejected")) => Told::Rejected,
            _ => return said(),
        };
        let version = outcome["version"].as_u64().unwrap_or(0) as u32;
        let mut body = match told {
            Told::Rejected => problem,
            _ => outcome,
        };
        if let Some(members) = body.as_object_mut() {
            let of_rejections: &[_] = &["instance"];
            let of_others = &["line", "idempotency_key", "status", "problem"];
            let others = match told {
                Told::Rejected => of_rejections,
                _ => of_others,
            };
            members.retain(|name, _| !others.contains(&name.as_str()));
        }
        Self::Outcome(Outcome {
            status: status.as_u16(),
            position,
            version,
            told,
            body: body.to_string().into(),
        })
    }

    /// What an answer is that rests on nothing in the log; none if nobody should get such a one.
    fn without_outcome(status: StatusCode, detail: &str) -> Option<Self> {
        match status {
            StatusCode::TOO_MANY_REQUESTS => Some(Self::NotDone(detail.into())),
            StatusCode::SERVICE_UNAVAILABLE
                if detail.contains("not done") || detail.contains("nothing was done") =>
            {
                Some(Self::NotDone(detail.into()))
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::BAD_GATEWAY => {
                Some(Self::Unknown(detail.into()))
            }
            _ => None,
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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn position() -> String {
        let position = Position {
            incarnation: Uuid::nil(),
            partition: 3,
            sequence: 7,
        };
        position.to_string()
    }

    fn line(line: &Value) -> Answer {
        Answer::read_line(line.to_string().as_bytes(), 2)
    }

    /// The same outcome as the answer to a single command has it.
    fn alone(status: StatusCode, body: &Value) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("docket-position", position().parse().expect("plain text"));
        headers.insert("etag", "\"4\"".parse().expect("plain text"));
        Answer::read(status, &headers, &body.to_string())
    }

    fn agree(one: &Answer, other: &Answer) -> bool {
        match (one, other) {
            (Answer::Outcome(one), Answer::Outcome(other)) => one.agrees_with(other),
            _ => panic!("no outcomes: {one:?}, {other:?}"),
        }
    }

    #[test]
    fn a_bulk_requests_line_and_a_single_commands_answer_tell_the_same() {
        let said = json!({"line": 2, "idempotency_key": "k", "ticket": "t", "status": 200,
            "outcome": "applied", "version": 4, "position": position()});
        let body = |status, number| {
            json!({"ticket": "t", "version": 4, "status": status, "outcome": "applied",
                "position": position(), "number": number})
        };
        let mut same = body("open", "");
        same.as_object_mut().expect("an object").remove("number");
        let same = alone(StatusCode::OK, &same);
        assert!(agree(&line(&said), &same), "{same:?}");
        let other = alone(StatusCode::OK, &body("open", "T-1"));
        assert!(!agree(&line(&said), &other), "another number");
        let closed = alone(StatusCode::OK, &body("closed", "T-1"));
        assert!(
            !agree(&closed, &other),
            "both name a status, and not the same"
        );
    }

    #[test]
    fn a_refused_line_and_a_refusal_tell_the_same() {
        let problem = json!({"type": "refused", "status": 409, "detail": "no", "instance": "here"});
        let said = json!({"line": 2, "status": 409, "outcome": "rejected", "version": 4,
            "position": position(), "problem": problem});
        let refusal = alone(StatusCode::CONFLICT, &problem);
        assert!(agree(&line(&said), &refusal), "{refusal:?}");
    }

    #[test]
    fn a_line_that_rests_on_nothing_is_not_done_or_unknown_or_wrong() {
        let said = |status, detail| {
            line(&json!({"line": 2, "status": status, "problem": {"detail": detail}}))
        };
        assert!(matches!(
            said(503, "not done by this request"),
            Answer::NotDone(_)
        ));
        assert!(matches!(said(503, "repeat it to hear"), Answer::Unknown(_)));
        assert!(matches!(said(400, "no such field"), Answer::Wrong(_)));
        let other = json!({"line": 3, "status": 503});
        assert!(matches!(line(&other), Answer::Wrong(_)), "another line's");
    }
}
