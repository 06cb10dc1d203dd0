//! A line of a bulk request: read, checked, made a command.

use docket_domain::consultant::ConsultantCommandName;
use docket_domain::customer::CustomerCommandName;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::stream::{AnyCommandName, StreamId};
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
use super::super::request::{Incoming, Named, request};
use super::super::single::of_bad_body;
use super::super::too_large;
use super::outcomes::Sent;
use crate::partition::command::Request;
use crate::wire::{Addressed, BODY, BadBody, Fault, Stated, tolerant};

/// One line of a bulk request.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BulkLine {
    /// `open`, or any command of a ticket; those of other streams stand behind the stream's name,
    /// such as `consultant.register`, `customer.contact` or `catalogue.put_store`. Not of surveys.
    #[schema(required = true)]
    command: Option<String>,
    /// The ticket; for `open` only an importer or a service may choose it.
    ticket: Option<Uuid>,
    /// The consultant; for `consultant.register` the body may say it instead.
    consultant: Option<Uuid>,
    /// The customer; for `customer.register` the body may say it instead, or leave it open.
    customer: Option<Uuid>,
    /// Names the command, so that the line can be sent again; see `Idempotency-Key`.
    #[schema(required = true, min_length = 1, max_length = 255)]
    idempotency_key: Option<String>,
    /// When it happened; see `Docket-Occurred-At`.
    #[serde(deserialize_with = "time")]
    #[schema(value_type = Option<String>, format = DateTime)]
    occurred_at: Option<Timestamp>,
    /// The line's place in the history of the system it comes from, rising per stream; only for
    /// importers and services. What the stream has seen already is not done again, ever.
    source_sequence: Option<u64>,
    /// The stream's version that the sender decided on; see `If-Match`.
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

/// A line that says which command it is, of which stream. The rest of its body has not been looked
/// at.
pub(super) struct Checked {
    line: BulkLine,
    pub(super) addressed: Addressed,
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
        sent.stream = line.stream();
        let named = self.named(&line, &mut faults);
        let (Some(named), Some(key), true) = (named, &line.idempotency_key, faults.is_empty())
        else {
            return Err(Reply::Invalid(Problem::invalid(&faults)));
        };
        Ok(Checked {
            addressed: named.addressed(key, line.body(), &self.caller),
            key: key.clone(),
            line,
        })
    }

    /// Reads the body, too.
    pub(super) fn request(&self, checked: &Checked) -> Result<Request, Reply> {
        let line = &checked.line;
        let incoming = Incoming {
            addressed: checked.addressed,
            key: &checked.key,
            stated: Stated {
                occurred_at: line.occurred_at,
                source_sequence: line.source_sequence,
                if_match: line.if_match,
            },
            body: line.body(),
            traceparent: Some(&self.traceparent),
        };
        request(incoming, &self.caller, self.actor)
            .map_err(|bad| Reply::Invalid(of_bad_body(within_line(bad))))
    }

    /// What the line as such must have; the body is checked with the command.
    fn named(&self, line: &BulkLine, faults: &mut Vec<Fault>) -> Option<Named> {
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
        let name = match line.command.as_deref().map(AnyCommandName::parse) {
            None => {
                fault("command", "is required");
                return None;
            }
            Some(None) => {
                fault("command", "is no command");
                return None;
            }
            Some(Some(name)) => name,
        };
        for (member, stated) in line.of_other_streams(name) {
            if stated {
                fault(member, "doesn't go with this command");
            }
        }
        let Some(named) = line.with_id(name) else {
            fault("command", "is not taken in bulk requests");
            return None;
        };
        match named {
            Named::Ticket(Some(_), CommandName::Open) if !trusted => {
                fault("ticket", "may only be chosen by an importer or a service");
            }
            Named::Ticket(None, name) if name != CommandName::Open => {
                fault("ticket", "is required");
            }
            Named::Consultant(None, name) if name != ConsultantCommandName::Register => {
                fault("consultant", "is required");
            }
            Named::Customer(None, name) if name != CustomerCommandName::Register => {
                fault("customer", "is required");
            }
            _ => {}
        }
        Some(named)
    }
}

impl BulkLine {
    /// The stream that a member names, whatever the command.
    fn stream(&self) -> Option<StreamId> {
        let ticket = self.ticket.map(|id| StreamId::Ticket(TicketId(id)));
        let consultant = || Some(StreamId::Consultant(PersonId(self.consultant?)));
        let customer = || Some(StreamId::Customer(PersonId(self.customer?)));
        ticket.or_else(consultant).or_else(customer)
    }

    /// None of a survey's: each is asked and answered alone.
    fn with_id(&self, name: AnyCommandName) -> Option<Named> {
        Some(match name {
            AnyCommandName::Ticket(name) => Named::Ticket(self.ticket.map(TicketId), name),
            AnyCommandName::Consultant(name) => {
                Named::Consultant(self.consultant.map(PersonId), name)
            }
            AnyCommandName::Customer(name) => Named::Customer(self.customer.map(PersonId), name),
            AnyCommandName::Survey(_) => return None,
            AnyCommandName::Catalogue(name) => Named::Catalogue(name),
        })
    }

    /// The members that name streams of other kinds than the command's, and whether they are there.
    fn of_other_streams(&self, name: AnyCommandName) -> impl Iterator<Item = (&'static str, bool)> {
        let own = match name {
            AnyCommandName::Ticket(_) => "ticket",
            AnyCommandName::Consultant(_) => "consultant",
            AnyCommandName::Customer(_) => "customer",
            AnyCommandName::Survey(_) | AnyCommandName::Catalogue(_) => "",
        };
        [
            ("ticket", self.ticket.is_some()),
            ("consultant", self.consultant.is_some()),
            ("customer", self.customer.is_some()),
        ]
        .into_iter()
        .filter(move |(member, _)| *member != own)
    }

    fn body(&self) -> &[u8] {
        let body = self.body.as_deref();
        body.map_or(b"", |body| body.get().as_bytes())
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
