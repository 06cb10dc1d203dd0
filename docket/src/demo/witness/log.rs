//! What the log says: a fold of its valid records, by the domain itself.

use std::collections::{HashMap, HashSet};

use docket_domain::consultant::{Availability, ConsultantEvent};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::stream::{Event, StreamId};
use docket_domain::survey::SurveyEvent;
use docket_domain::{Actor, EventContext, Role, Status, Ticket, TicketEvent, Timestamp, evolve};
use docket_event_log::{Cursor, Error, LogConfig, Partition, Reader, Record};
use docket_schemas::attributes::EventAttributes;
use docket_schemas::{event, stream};

use crate::demo::history::{Happening, History};

/// The log of a run, to be read as often as need be.
pub(in crate::demo) struct Log {
    log: docket_event_log::Log,
    team: String,
}

impl Log {
    /// Opens it with the partitions that it has.
    pub(in crate::demo) async fn open(mut config: LogConfig, team: &str) -> Result<Self, Error> {
        let log = match docket_event_log::open(&config).await {
            Err(Error::PartitionCount { found, .. }) => {
                match &mut config {
                    LogConfig::Kafka(kafka) => kafka.partitions = found,
                    LogConfig::Postgres(postgres) => postgres.partitions = found,
                }
                docket_event_log::open(&config).await?
            }
            opened => opened?,
        };
        Ok(Self {
            log,
            team: team.to_owned(),
        })
    }

    /// All that is in it of the run, from each partition's first record to what is its end now.
    pub(in crate::demo) async fn read(&self) -> Result<History, Error> {
        let identity = self.log.identity();
        let starts: Vec<Cursor> = (0..identity.partitions)
            .map(|partition| Cursor::start(identity.log_id, Partition(partition)))
            .collect();
        let mut fold = Fold::new(&self.team);
        for mut reader in Reader::open(&self.log, &starts).await? {
            let end = self.log.end(reader.partition()).await?;
            while !reader.cursor().has_reached(end) {
                for record in reader.next().await?.records {
                    fold.record(&record);
                }
            }
        }
        Ok(fold.finish())
    }
}

struct Fold<'a> {
    team: &'a str,
    tickets: HashMap<TicketId, Ticket>,
    consultants: HashSet<PersonId>,
    /// Of any run: a survey may be read before its ticket.
    surveys: Vec<(TicketId, Option<u8>)>,
    history: History,
}

impl<'a> Fold<'a> {
    fn new(team: &'a str) -> Self {
        Self {
            team,
            tickets: HashMap::new(),
            consultants: HashSet::new(),
            surveys: Vec::new(),
            history: History::default(),
        }
    }

    fn record(&mut self, record: &Record) {
        let (Some(stream), false) = (stream::parse(&record.key), record.is_control()) else {
            return;
        };
        let attributes = EventAttributes::from_lookup(|name| record.attribute(name));
        let (Ok(event), Ok(attributes)) = (event::decode(record.kind(), &record.data), attributes)
        else {
            // It isn't of this run, which this very version has written.
            return;
        };
        let context = attributes.context;
        match (stream, event) {
            (StreamId::Ticket(id), Event::Ticket(event)) => {
                self.ticket(id, &event, &context, record.kind());
            }
            (StreamId::Consultant(id), Event::Consultant(event)) => {
                self.consultant(id, &event, context.occurred_at);
            }
            (StreamId::Survey(id), Event::Survey(event)) => {
                let score = match event {
                    SurveyEvent::Invited(_) => None,
                    SurveyEvent::Answered { score, .. } => Some(score.get()),
                };
                self.surveys.push((id.ticket, score));
            }
            _ => {}
        }
    }

    fn ticket(&mut self, id: TicketId, event: &TicketEvent, context: &EventContext, kind: &str) {
        if let TicketEvent::Opened(open) = event
            && open
                .team
                .as_ref()
                .is_some_and(|team| team.as_str() == self.team)
        {
            self.tickets.insert(id, Ticket::default());
        }
        let Some(ticket) = self.tickets.get_mut(&id) else {
            return;
        };
        *ticket = evolve(std::mem::take(ticket), context, event);
        let Ticket::Opened(state) = ticket else {
            return;
        };
        let Actor { role, .. } = context.actor;
        let happening = Happening {
            at_us: micros(context.occurred_at),
            kind: fact(kind).to_owned(),
            by_service: role == Role::Service,
            status: state.status.name().as_str().to_owned(),
            worker: match state.status {
                Status::InProgress { consultant } => Some(consultant.0),
                _ => None,
            },
        };
        self.history
            .tickets
            .entry(id.0)
            .or_default()
            .push(happening);
    }

    fn consultant(&mut self, id: PersonId, event: &ConsultantEvent, at: Timestamp) {
        match event {
            ConsultantEvent::Registered(profile) => {
                if profile
                    .team
                    .as_ref()
                    .is_some_and(|team| team.as_str() == self.team)
                {
                    self.consultants.insert(id);
                }
            }
            ConsultantEvent::AvailabilityChanged(change) if self.consultants.contains(&id) => {
                if let Some(availability) = change.availability {
                    let is = availability == Availability::Available;
                    self.history.available(id.0, is, micros(at));
                }
            }
            ConsultantEvent::AvailabilityChanged(_)
            | ConsultantEvent::ProfileChanged(_)
            | ConsultantEvent::PlaceChanged { .. }
            | ConsultantEvent::Retired => {}
        }
    }

    fn finish(mut self) -> History {
        for (ticket, score) in self.surveys {
            if self.history.tickets.contains_key(&ticket.0) {
                let surveys = &mut self.history.surveys;
                match score {
                    None => surveys.invited += 1,
                    Some(score) => surveys.scores[usize::from(score) - 1] += 1,
                }
            }
        }
        self.history
    }
}

/// As views keep it.
fn micros(at: Timestamp) -> i64 {
    at.as_nanosecond().div_euclid(1_000) as i64
}

/// `opened` of `docket.ticket.opened.v1`.
fn fact(kind: &str) -> &str {
    kind.split('.').nth(2).unwrap_or(kind)
}
