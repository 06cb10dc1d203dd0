//! What the log says about one ticket, in order.

use docket_domain::ids::TicketId;
use docket_domain::ticket::Ticket;
use docket_domain::{TicketEvent, evolve};
use docket_event_log::{Batch, Noise, RawEntry, Record, packed};
use docket_schemas::attributes::{self, EventAttributes};
use docket_schemas::control::{AnswerOutcome, Barrier};
use docket_schemas::{stream, ticket};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// One thing the log says about the ticket.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// It happened.
    Event(Event),
    /// A command was answered without an event: refused, or already so.
    Answer {
        /// The barrier's.
        sequence: u64,
        /// The barrier's.
        hash: String,
        /// When the barrier was written.
        recorded_at: Option<Timestamp>,
        /// The ticket's version the answer rests on.
        version: u32,
        /// The answer.
        outcome: Value,
    },
    /// It did not happen: an entry under the ticket's key that breaks the chain rule.
    Noise(NoiseEntry),
}

/// An event of the ticket.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// The stream version it made.
    pub version: u32,
    /// Its record's sequence.
    pub sequence: u64,
    /// Its record's hash.
    pub hash: String,
    /// Its type, such as `docket.ticket.opened.v1`.
    pub r#type: String,
    /// Business time.
    pub occurred_at: Option<Timestamp>,
    /// When the record was written.
    pub recorded_at: Option<Timestamp>,
    /// `<uuid>/<role>`.
    pub actor: String,
    /// `live` or `import`.
    pub origin: String,
    /// The payload.
    pub data: Value,
    /// Set when this version of Docket can't read the payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// An entry that breaks the chain rule.
#[derive(Clone, Debug, Serialize)]
pub struct NoiseEntry {
    /// The last valid record before it.
    pub after_sequence: Option<u64>,
    /// The sequence it says it has.
    pub claimed_sequence: Option<String>,
    /// The type it says it has.
    pub r#type: Option<String>,
    /// Who it says caused it.
    pub actor: Option<String>,
    /// Why it is noise.
    pub reason: &'static str,
}

/// The ticket after the events shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct State {
    /// How many events.
    pub version: u32,
    /// Where it stands.
    pub status: &'static str,
    /// Who has it.
    pub consultant: Option<Uuid>,
    /// Which team works it.
    pub team: Option<String>,
    /// The running maximum of business time.
    pub as_of: Timestamp,
}

/// Gathers the entries of one ticket.
pub(super) struct History {
    id: Option<TicketId>,
    key: String,
    at: Option<Timestamp>,
    as_of: Timestamp,
    versions: u32,
    ticket: Ticket,
    number: Option<String>,
    entries: Vec<Entry>,
}

impl History {
    pub(super) fn new(id: Option<TicketId>, at: Option<Timestamp>) -> Self {
        Self {
            id,
            key: id.map(stream::ticket_key).unwrap_or_default(),
            at,
            as_of: Timestamp::MIN,
            versions: 0,
            ticket: Ticket::Unopened,
            number: None,
            entries: Vec::new(),
        }
    }

    pub(super) fn batch(&mut self, batch: &Batch) {
        if self.id.is_none() {
            return;
        }
        let mut noise = batch.noise.iter().peekable();
        for record in &batch.records {
            while let Some(noise) = noise.next_if(|noise| noise.after < Some(record.sequence)) {
                self.noise(noise);
            }
            if record.key == self.key {
                self.event(record);
            } else if record.kind() == Barrier::TYPE {
                self.answers(record);
            }
        }
        noise.for_each(|noise| self.noise(noise));
    }

    pub(super) fn finish(self) -> (Vec<Entry>, Option<State>, Option<String>) {
        let state = match &self.ticket {
            Ticket::Unopened => None,
            Ticket::Opened(state) => Some(State {
                version: state.version,
                status: state.status.name().as_str(),
                consultant: state.status.consultant().map(|person| person.0),
                team: state.team.as_ref().map(ToString::to_string),
                as_of: state.as_of,
            }),
        };
        (self.entries, state, self.number)
    }

    fn event(&mut self, record: &Record) {
        self.versions += 1;
        let context = EventAttributes::from_lookup(|name| record.attribute(name));
        let occurred_at = context.as_ref().ok().map(|it| it.context.occurred_at);
        self.as_of = self.as_of.max(occurred_at.unwrap_or(self.as_of));
        if self.at.is_some_and(|at| self.as_of > at) {
            return;
        }
        let event = ticket::decode(record.kind(), &record.data).map_err(|error| error.to_string());
        let context = context.map_err(|error| error.to_string());
        let unreadable = context.as_ref().err().or(event.as_ref().err()).cloned();
        if let (Ok(context), Ok(event)) = (&context, &event) {
            if let TicketEvent::Opened(open) = event {
                self.number = Some(open.number.to_string());
            }
            self.ticket = evolve(std::mem::take(&mut self.ticket), &context.context, event);
        }
        let text = |name| record.attribute(name).unwrap_or_default().to_owned();
        self.entries.push(Entry::Event(Event {
            version: self.versions,
            sequence: record.sequence.0,
            hash: record.hash.to_string(),
            r#type: record.kind().to_owned(),
            occurred_at,
            recorded_at: record.time(),
            actor: text(attributes::ACTOR),
            origin: text(attributes::ORIGIN),
            data: serde_json::from_slice(&record.data).unwrap_or_default(),
            unreadable,
        }));
    }

    /// Answers are about the version they name, so `at` counts for them as for that version.
    fn answers(&mut self, record: &Record) {
        let Ok(barrier) = Barrier::decode(&record.data) else {
            return;
        };
        if self.at.is_some_and(|at| self.as_of > at) {
            return;
        }
        for answer in barrier.answers {
            if answer.stream == self.key {
                self.entries.push(Entry::Answer {
                    sequence: record.sequence.0,
                    hash: record.hash.to_string(),
                    recorded_at: record.time(),
                    version: answer.version,
                    outcome: outcome(&answer.outcome),
                });
            }
        }
    }

    fn noise(&mut self, noise: &Noise) {
        if noise.entry.key != self.key || self.at.is_some_and(|at| self.as_of > at) {
            return;
        }
        let get = |name| attribute(&noise.entry, name);
        self.entries.push(Entry::Noise(NoiseEntry {
            after_sequence: noise.after.map(|after| after.0),
            claimed_sequence: get("ce_sequence"),
            r#type: get("ce_type"),
            actor: get("ce_actor"),
            reason: noise.reason.as_str(),
        }));
    }
}

fn outcome(outcome: &AnswerOutcome) -> Value {
    serde_json::to_value(outcome).unwrap_or_default()
}

/// A `ce_` header of an entry that may be anything.
pub(super) fn attribute(entry: &RawEntry, name: &str) -> Option<String> {
    packed::Headers::new(&entry.packed)
        .find(|(found, _)| *found == name)
        .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
}
