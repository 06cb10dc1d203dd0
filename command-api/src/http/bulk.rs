//! `POST /v1/commands`: commands as NDJSON, one outcome line per input line, in input order.
//!
//! Both ways are streams: at most a window of lines is in flight, the rest stays with the sender.
//! Lines are queued one after the other, so those of one ticket are executed in their order. A bad
//! line is answered and the others go on. A sender that goes away stops the reading; what was
//! queued is done.

mod outcomes;

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use docket_domain::ids::TicketId;
use docket_domain::{Actor, CommandName, Role};
use docket_service::auth::Caller;
use docket_service::problem::Problem;
use docket_service::telemetry::TraceContext;
use futures::stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) use self::outcomes::BulkOutcome;
use self::outcomes::{Outcomes, Sending, Sent};
use super::figures::Timer;
use super::headers::NDJSON;
use super::lines::{Line, Lines};
use super::rejections::{Reply, unknown};
use super::request::{Incoming, actor, request};
use super::single::of_bad_body;
use super::{App, headers};
use crate::partition::command::NotDone;
use crate::partition::{Turned, Waiting};
use crate::wire::{BODY, BadBody, Fault, Stated, tolerant};

/// One line of a bulk request.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BulkLine {
    /// `open`, or any command of a ticket.
    #[schema(required = true)]
    command: Option<String>,
    /// The ticket; for `open` only an importer or a service may choose it.
    ticket: Option<Uuid>,
    /// Names the command, so that the line can be sent again; see `Idempotency-Key`.
    #[schema(required = true, min_length = 1, max_length = 255)]
    idempotency_key: Option<String>,
    /// When it happened; see `Docket-Occurred-At`.
    #[serde(deserialize_with = "time")]
    #[schema(value_type = Option<String>, format = DateTime)]
    occurred_at: Option<Timestamp>,
    /// The line's place in the history of the system it comes from, rising per ticket; only for
    /// importers and services. What the ticket has seen already is not done again, ever.
    source_sequence: Option<u64>,
    /// The ticket's version that the sender decided on; see `If-Match`.
    if_match: Option<u32>,
    /// The same as of the single command.
    #[schema(value_type = Option<Object>)]
    body: Option<Box<RawValue>>,
}

/// The time parser's own messages tell of its insides.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    let wanted = || D::Error::custom(format!("must be {}", headers::time_wanted()));
    text.map(|text| text.parse().map_err(|_| wanted()))
        .transpose()
}

/// The handler.
pub(super) async fn bulk(
    State(app): State<App>,
    caller: Caller,
    trace: TraceContext,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let actor = actor(&caller)?;
    headers::expect_ndjson(&headers)?;
    let (sender, receiver) = mpsc::channel(app.config.bulk_window_lines);
    let lines = Lines::new(body, app.config.bulk_line_bytes_max);
    let queueing = Queueing {
        caller,
        actor,
        traceparent: trace.to_string(),
        app,
        turned_away: HashMap::new(),
    };
    tokio::spawn(queueing.run(lines, sender));
    let outcomes = stream::unfold(Outcomes::new(receiver), async |mut outcomes| {
        let chunk = outcomes.next_chunk().await?;
        Some((Ok::<_, std::convert::Infallible>(chunk), outcomes))
    });
    let mut response = Response::new(Body::from_stream(Box::pin(outcomes)));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    Ok(response)
}

/// Reads lines and queues them.
struct Queueing {
    caller: Caller,
    actor: Actor,
    traceparent: String,
    app: App,
    /// Partitions that did not take a line of this request. They take none after it either: when
    /// a partition opens in the middle of a request, a ticket's later line must not be done before
    /// the one that its sender has to repeat.
    turned_away: HashMap<usize, NotDone>,
}

impl Queueing {
    async fn run(mut self, mut lines: Lines, sent: mpsc::Sender<Sent>) {
        let mut number = 0;
        loop {
            // The window: a place for this line's outcome, before the line is read. It also ends
            // the reading when nobody waits for outcomes any more.
            let Ok(place) = sent.reserve().await else {
                return;
            };
            let line = tokio::select! {
                line = lines.next() => line,
                () = sent.closed() => return,
                // Lines without an outcome were not read.
                () = self.app.closing.cancelled() => return,
            };
            number += 1;
            let line = match line {
                Ok(Some(Line::Whole(bytes))) if bytes.trim_ascii().is_empty() => continue,
                Ok(Some(line)) => line,
                // The end; or the body broke off, and there is nobody to tell.
                Ok(None) | Err(_) => return,
            };
            let sent = self.send(number, &line).await;
            place.send(sent);
        }
    }

    async fn send(&mut self, number: u64, line: &Line) -> Sent {
        let mut sent = Sent {
            line: number,
            key: None,
            ticket: None,
            opens: false,
            timer: Timer::start(),
            state: Sending::Answered(Reply::Unavailable(unknown())),
        };
        sent.state = match self.queue(line, &mut sent).await {
            Ok(waiting) => Sending::Queued(waiting),
            Err(reply) => Sending::Answered(reply),
        };
        sent
    }

    async fn queue(&mut self, line: &Line, sent: &mut Sent) -> Result<Waiting, Reply> {
        let Line::Whole(bytes) = line else {
            let max = self.app.config.bulk_line_bytes_max;
            return Err(Reply::Invalid(super::too_large("the line", max)));
        };
        let (line, mut faults) =
            tolerant::<BulkLine>(bytes).map_err(|bad| Reply::Invalid(of_bad_body(bad)))?;
        sent.key.clone_from(&line.idempotency_key);
        sent.ticket = line.ticket.map(TicketId);
        let name = self.check(&line, &mut faults);
        let (Some(name), Some(key), true) = (name, &line.idempotency_key, faults.is_empty()) else {
            return Err(Reply::Invalid(Problem::invalid(&faults)));
        };
        let incoming = Incoming {
            name,
            ticket: line.ticket.map(TicketId),
            key,
            stated: Stated {
                occurred_at: line.occurred_at,
                source_sequence: line.source_sequence,
                if_match: line.if_match,
            },
            body: line
                .body
                .as_deref()
                .map_or(b"", |body| body.get().as_bytes()),
            traceparent: Some(&self.traceparent),
        };
        let request = request(incoming, &self.caller, self.actor)
            .map_err(|bad| Reply::Invalid(of_bad_body(within_line(bad))))?;
        sent.ticket = Some(request.ticket);
        sent.opens = name == CommandName::Open;
        let partition = self.app.partitions.number_of(request.ticket);
        if let Some(why) = self.turned_away.get(&partition) {
            return Err(Turned::Away(*why).into());
        }
        let queued = self.app.partitions.send_when_free(request).await;
        if let Err(Turned::Away(why)) = queued {
            self.turned_away.insert(partition, why);
        }
        Ok(queued?)
    }

    /// What the line as such must have; the body is checked with the command.
    fn check(&self, line: &BulkLine, faults: &mut Vec<Fault>) -> Option<CommandName> {
        let mut fault = |field: &str, message: &str| {
            if !faults.iter().any(|fault| fault.field == field) {
                faults.push(Fault::new(field, message));
            }
        };
        match line.idempotency_key.as_deref() {
            None => fault("idempotency_key", "is required"),
            Some(key) if !headers::is_key(key) => {
                fault(
                    "idempotency_key",
                    "must be 1 to 255 visible ASCII characters",
                );
            }
            Some(_) => {}
        }
        let trusted = matches!(self.actor.role, Role::Importer | Role::Service);
        if line.source_sequence.is_some() && !trusted {
            fault(
                "source_sequence",
                "may only be stated by an importer or a service",
            );
        }
        let name = line.command.as_deref().map(CommandName::parse);
        match name {
            None => fault("command", "is required"),
            Some(None) => fault("command", "is no command of a ticket"),
            Some(Some(CommandName::Open)) if line.ticket.is_some() && !trusted => {
                fault("ticket", "may only be chosen by an importer or a service");
            }
            Some(Some(CommandName::Open)) => {}
            Some(Some(_)) if line.ticket.is_none() => fault("ticket", "is required"),
            Some(Some(_)) => {}
        }
        name.flatten()
    }
}

/// Names faults of the body as members of the line.
fn within_line(bad: BadBody) -> BadBody {
    match bad {
        BadBody::Faulty(mut faults) => {
            for fault in &mut faults {
                if fault.field != BODY {
                    fault.field.insert_str(0, "body.");
                }
            }
            BadBody::Faulty(faults)
        }
        malformed @ BadBody::Malformed(_) => malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_refused_in_the_clients_words() {
        for time in ["9999-12-31T23:59:59Z", "yesterday", ""] {
            let line = format!("{{\"occurred_at\":\"{time}\"}}");
            let (_, faults) = tolerant::<BulkLine>(line.as_bytes()).expect("readable");
            let [fault] = &faults[..] else {
                panic!("{faults:?}")
            };
            assert_eq!(fault.field, "occurred_at");
            assert!(fault.message.starts_with("must be a time as RFC 3339"));
        }
        let line = br#"{"occurred_at":null}"#;
        assert!(tolerant::<BulkLine>(line).expect("readable").1.is_empty());
    }
}
