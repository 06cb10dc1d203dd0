//! What a router must know, found another way: streams as the domain itself folds them, and the rest
//! looked up in the log each time.

use std::collections::{BTreeMap, HashMap};

use docket_domain::catalogue::{Catalogue, Entry, Key};
use docket_domain::command::{Origin, Place};
use docket_domain::consultant::{Availability, Consultant, ConsultantEvent, ConsultantState};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::{Candidate, Job, Level, Spot};
use docket_domain::stream::{self, Aggregate, Event, StreamId};
use docket_domain::text::{Label, Personal};
use docket_domain::ticket::Content;
use docket_domain::{EventContext, Status, Ticket, TicketEvent, TicketState, Timestamp};
use jiff::SignedDuration;

use super::shop::zone;
use crate::fact::Told;

/// A log, or its beginning, at a moment.
pub(super) struct Oracle<'a> {
    log: &'a [Told],
    now: Timestamp,
    streams: HashMap<StreamId, Aggregate>,
}

/// An event of a ticket, and what the ticket was before.
struct Past<'a> {
    at: Timestamp,
    event: &'a TicketEvent,
    context: &'a EventContext,
    before: Option<Content>,
    after: Option<Content>,
}

impl<'a> Oracle<'a> {
    pub(super) fn of(log: &'a [Told], now: Timestamp) -> Self {
        let mut streams = HashMap::new();
        for fact in log.iter().filter_map(|told| told.fact.as_ref()) {
            if let Some((event, context)) = &fact.event {
                let state = streams
                    .remove(&fact.stream)
                    .unwrap_or_else(|| Aggregate::initial(fact.stream));
                streams.insert(fact.stream, stream::evolve(state, context, event));
            }
        }
        Self { log, now, streams }
    }

    fn is_readable(&self, id: StreamId) -> bool {
        let facts = self.log.iter().filter_map(|told| told.fact.as_ref());
        facts
            .filter(|fact| fact.stream == id)
            .all(|fact| fact.event.is_some())
    }

    fn events(
        &self,
        id: StreamId,
    ) -> impl DoubleEndedIterator<Item = (&Told, &Event, &EventContext)> {
        self.log.iter().filter_map(move |told| {
            let fact = told.fact.as_ref().filter(|fact| fact.stream == id)?;
            let (event, context) = fact.event.as_ref()?;
            Some((told, event, context))
        })
    }

    fn catalogue(&self) -> Catalogue {
        match self.streams.get(&StreamId::Catalogue) {
            Some(Aggregate::Catalogue(catalogue)) => (**catalogue).clone(),
            _ => Catalogue::default(),
        }
    }

    /// Everybody who is registered.
    pub(super) fn candidates(&self) -> BTreeMap<PersonId, Candidate> {
        let everybody = self
            .streams
            .iter()
            .filter_map(|(id, state)| match (id, state) {
                (
                    StreamId::Consultant(who),
                    Aggregate::Consultant(Consultant::Registered(state)),
                ) if self.is_readable(*id) => Some((*who, self.candidate(*who, state))),
                _ => None,
            });
        everybody.collect()
    }

    fn candidate(&self, who: PersonId, state: &ConsultantState) -> Candidate {
        let on_shift = state.hours.as_ref().is_none_or(|hours| {
            let catalogue = self.catalogue();
            let day_off = |date| catalogue.is_day_off(date, &state.areas);
            let zone = zone(hours.zone.as_str());
            zone.is_some_and(|zone| hours.duty_at(self.now, &zone, day_off).on)
        });
        let place = self
            .events(StreamId::Consultant(who))
            .rev()
            .find_map(|it| match it.1 {
                Event::Consultant(ConsultantEvent::PlaceChanged { place }) => {
                    Some(spot(place.as_ref()))
                }
                // Nothing is left of who was here before.
                Event::Consultant(ConsultantEvent::Registered(_)) => Some(None),
                _ => None,
            });
        Candidate {
            id: who,
            team: state.team.clone(),
            skills: state.skills.clone(),
            areas: state.areas.clone(),
            languages: state.languages.iter().cloned().collect(),
            spot: place.flatten(),
            max_travel_m: state.travel_km_max.map(|km| km * 1_000),
            capacity: state.capacity,
            load: self
                .tickets()
                .filter(|(_, it)| held_by(&it.status) == Some(who))
                .count() as u32,
            on_shift,
            available: state.availability == Availability::Available,
            last_assigned_at: self.last_assigned(who),
        }
    }

    fn last_assigned(&self, who: PersonId) -> Option<Timestamp> {
        let facts = self
            .log
            .iter()
            .filter_map(|told| told.fact.as_ref()?.event.as_ref());
        facts
            .filter_map(|(event, context)| match event {
                Event::Ticket(TicketEvent::Assigned { consultant, .. }) if *consultant == who => {
                    Some(context.occurred_at)
                }
                _ => None,
            })
            .max()
    }

    pub(super) fn tickets(&self) -> impl Iterator<Item = (TicketId, &TicketState)> {
        self.streams
            .iter()
            .filter_map(|(id, state)| match (id, state) {
                (StreamId::Ticket(id), Aggregate::Ticket(Ticket::Opened(state))) => {
                    Some((*id, &**state))
                }
                _ => None,
            })
    }

    /// The ticket's version, events that nobody can read included.
    pub(super) fn version(&self, id: TicketId) -> u32 {
        let facts = self.log.iter().filter_map(|told| told.fact.as_ref());
        facts
            .filter(|fact| fact.stream == StreamId::Ticket(id))
            .count() as u32
    }

    fn past(&self, id: TicketId) -> Vec<Past<'_>> {
        let content = |state: &Aggregate| match state {
            Aggregate::Ticket(Ticket::Opened(state)) => Some(state.content.clone()),
            _ => None,
        };
        let id = StreamId::Ticket(id);
        let mut state = Aggregate::initial(id);
        let mut past = Vec::new();
        for (told, event, context) in self.events(id) {
            let Event::Ticket(event) = event else {
                continue;
            };
            let before = content(&state);
            state = stream::evolve(state, context, &event.clone().into());
            past.push(Past {
                at: told.at,
                event,
                context,
                before,
                after: content(&state),
            });
        }
        past
    }

    /// The tickets that routers should find somebody for.
    pub(super) fn jobs(&self, attempts_max: usize) -> BTreeMap<TicketId, Job> {
        let open = self.tickets().filter(|(id, state)| {
            state.status == Status::Open && self.is_readable(StreamId::Ticket(*id))
        });
        open.filter_map(|(id, state)| Some((id, self.job(id, state, attempts_max)?)))
            .collect()
    }

    fn job(&self, id: TicketId, state: &TicketState, attempts_max: usize) -> Option<Job> {
        let past = self.past(id);
        let mut course = past.iter().rev();
        let last = course.find(|it| !matches!(it.event, TicketEvent::Amended(_)))?;
        let assigned = |it: &&Past<'_>| {
            matches!(
                it.event,
                TicketEvent::Assigned {
                    decision: Some(_),
                    ..
                }
            )
        };
        let accepted = |it: &Past<'_>| matches!(it.event, TicketEvent::Accepted { .. });
        let attempts = past.iter().rev();
        let attempts = attempts.take_while(|it| !is_another_matter(it) && !accepted(it));
        if last.context.origin != Origin::Live || attempts.filter(assigned).count() >= attempts_max
        {
            return None;
        }
        let round: Vec<_> = past
            .iter()
            .rev()
            .take_while(|it| !is_another_matter(it))
            .collect();
        let mut declined: Vec<PersonId> = round
            .iter()
            .filter_map(|it| match it.event {
                TicketEvent::Declined { consultant, .. } => Some(*consultant),
                TicketEvent::Unassigned { consultant, .. }
                    if self.now < it.at + SignedDuration::from_hours(8) =>
                {
                    Some(*consultant)
                }
                _ => None,
            })
            .collect();
        declined.sort();
        declined.dedup();
        let TicketEvent::Opened(open) = past.first()?.event else {
            return None;
        };
        Some(Job {
            ticket: id,
            team: state.team.clone(),
            skills: self.skills(&state.content),
            areas: Vec::new(),
            spot: spot(open.place.as_ref()),
            language: None,
            preferred: None,
            priority: state.content.priority,
            opened_at: past.first()?.context.occurred_at,
            declined,
        })
    }

    fn skills(&self, content: &Content) -> BTreeMap<Label, Level> {
        let catalogue = self.catalogue();
        let of_category = content.category.clone().and_then(|name| {
            match catalogue.entries.get(&Key::Category(name)) {
                Some(Entry::Category { skills, .. }) => Some(skills.iter().cloned().collect()),
                _ => None,
            }
        });
        let own = Some(content.skills.clone()).filter(|skills| !skills.is_empty());
        let asked: Vec<Label> = own.or(of_category).unwrap_or_default();
        asked.into_iter().map(|skill| (skill, Level::MIN)).collect()
    }
}

fn spot(place: Option<&Personal<Place>>) -> Option<Spot> {
    place?.known()?.point.map(Spot::from)
}

fn held_by(status: &Status) -> Option<PersonId> {
    match status {
        Status::Assigned { .. } | Status::InProgress { .. } | Status::OnHold { .. } => {
            status.consultant()
        }
        _ => None,
    }
}

/// Whether everybody may be asked again from there on.
fn is_another_matter(it: &Past<'_>) -> bool {
    let asks = |content: &Option<Content>| {
        content.as_ref().map(|it| {
            (
                it.category.clone(),
                it.skills.clone(),
                it.priority,
                it.place,
            )
        })
    };
    match it.event {
        TicketEvent::Transferred { .. } | TicketEvent::Reopened { .. } => true,
        TicketEvent::Amended(_) => asks(&it.before) != asks(&it.after),
        _ => false,
    }
}
