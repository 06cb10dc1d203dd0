//! A line of a bulk request: read, checked, made a command.

use docket_domain::ids::TicketId;
use docket_domain::{Actor, CommandName, Role};
use docket_service::auth::Caller;
use docket_service::problem::Problem;
use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::headers;
use super::super::lines::Line;
use super::super::rejections::Reply;
use super::super::request::{Incoming, request};
use super::super::single::of_bad_body;
use super::super::too_large;
use super::outcomes::Sent;
use crate::command_id::ticket_id;
use crate::partition::command::Request;
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

/// Who sends the lines, and with what limits.
pub(super) struct Sender {
    pub(super) caller: Caller,
    pub(super) actor: Actor,
    pub(super) traceparent: String,
    pub(super) line_bytes_max: usize,
}

/// A line that says which command it is, of which ticket. Its body has not been looked at.
pub(super) struct Checked {
    line: BulkLine,
    pub(super) name: CommandName,
    pub(super) ticket: TicketId,
    key: String,
}

impl Sender {
    /// Reads a line; what it says of itself goes into its outcome, however it ends.
    pub(super) fn check(&self, line: &Line, sent: &mut Sent) -> Result<Checked, Reply> {
        let Line::Whole(bytes) = line else {
            return Err(Reply::Invalid(too_large("the line", self.line_bytes_max)));
        };
        let (line, mut faults) =
            tolerant::<BulkLine>(bytes).map_err(|bad| Reply::Invalid(of_bad_body(bad)))?;
        sent.key.clone_from(&line.idempotency_key);
        sent.ticket = line.ticket.map(TicketId);
        let name = self.name(&line, &mut faults);
        let (Some(name), Some(key), true) = (name, &line.idempotency_key, faults.is_empty()) else {
            return Err(Reply::Invalid(Problem::invalid(&faults)));
        };
        Ok(Checked {
            name,
            ticket: line
                .ticket
                .map_or_else(|| ticket_id(self.caller.actor_id, key), TicketId),
            key: key.clone(),
            line,
        })
    }

    /// Reads the body, too.
    pub(super) fn request(&self, checked: &Checked) -> Result<Request, Reply> {
        let line = &checked.line;
        let incoming = Incoming {
            name: checked.name,
            ticket: Some(checked.ticket),
            key: &checked.key,
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
        request(incoming, &self.caller, self.actor)
            .map_err(|bad| Reply::Invalid(of_bad_body(within_line(bad))))
    }

    /// What the line as such must have; the body is checked with the command.
    fn name(&self, line: &BulkLine, faults: &mut Vec<Fault>) -> Option<CommandName> {
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
