//! The inviter: asks customers how it went when their ticket was closed, and reopens a ticket whose
//! customer gave a bad score, if that is the policy.
//!
//! Guarantee: a customer is asked once per closing at most, however many inviters run and however
//! often they start: the survey of a closing is a stream of its own, and takes one invitation. Nobody
//! is asked who wanted no surveys when the ticket was closed, nor about what an import solved or
//! closed, nor when the time to answer is over (`docs/decisions/0013`).

mod config;
mod customers;
mod facts;
mod process;
mod surveys;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::num::NonZeroU32;

use docket_domain::Timestamp;
use docket_domain::catalogue::{CatalogueEvent, Entry, Key};
use docket_domain::ids::{SurveyId, TicketId};
use docket_domain::stream::{Event, StreamId};
use docket_domain::survey::{Invitation, Score};
use docket_domain::text::Label;
use jiff::SignedDuration;
use metrics::{Gauge, gauge};

use crate::agenda::Agenda;
use crate::fact::Told;
use crate::tickets::{Stage, Ticket, Tickets};

pub use config::InviterConfig;
use customers::Customers;
use facts::About;
use surveys::{Survey, Surveys};

/// One inviter.
#[derive(Debug)]
pub struct Inviter {
    answer_within: SignedDuration,
    resolved_within: SignedDuration,
    reopen_at_most: Option<u8>,
    tickets: Tickets<About>,
    customers: Customers,
    surveys: Surveys,
    /// Which area each store lies in.
    areas: HashMap<Label, Label>,
    agenda: Agenda<Due>,
    /// Everything is known that was in the log then.
    complete_until: Timestamp,
    figures: Figures,
}

/// What is due for a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Due {
    /// Its customer is to be asked about this closing.
    Invite(SurveyId),
    /// Of what they answered about it, it is to be reopened; good for this version.
    Reopen(SurveyId, Score, u32),
}

impl Due {
    /// Where the command goes.
    const fn stream(self) -> StreamId {
        match self {
            Self::Invite(survey) => StreamId::Survey(survey),
            Self::Reopen(survey, ..) => StreamId::Ticket(survey.ticket),
        }
    }

    const fn ticket(self) -> TicketId {
        match self {
            Self::Invite(survey) | Self::Reopen(survey, ..) => survey.ticket,
        }
    }
}

#[derive(Debug)]
struct Figures {
    tickets: Gauge,
    surveys: Gauge,
}

impl Inviter {
    /// One that knows nothing yet, for a log of so many partitions.
    pub fn new(config: &InviterConfig, partitions: u16) -> Self {
        let answer_within = SignedDuration::from_secs(config.answer_within_s.into());
        Self {
            answer_within,
            resolved_within: SignedDuration::from_secs(config.resolved_within_s.into()),
            reopen_at_most: config.reopen_at_most,
            tickets: Tickets::new(partitions),
            customers: Customers::default(),
            surveys: Surveys::new(partitions, answer_within),
            areas: HashMap::new(),
            agenda: Agenda::new(partitions),
            complete_until: Timestamp::MIN,
            figures: Figures {
                tickets: gauge!("docket_inviter_known_tickets"),
                surveys: gauge!("docket_inviter_known_surveys"),
            },
        }
    }

    /// Folds a record, and notes what it calls for.
    fn take_in(&mut self, now: Timestamp, told: &Told) {
        if let Some(fact) = &told.fact {
            self.customers.read(fact, told.at);
            if let Some((Event::Catalogue(event), _)) = &fact.event {
                self.catalogue_event(event);
            }
        }
        let survey = self.surveys.read(now, told).map(|survey| survey.ticket);
        if let Some(ticket) = self.tickets.read(told).or(survey) {
            self.look(ticket, now);
        }
    }

    fn catalogue_event(&mut self, event: &CatalogueEvent) {
        match event {
            CatalogueEvent::Put(entry) => {
                if let Entry::Store { name, area, .. } = &**entry {
                    match area {
                        Some(area) => drop(self.areas.insert(name.clone(), area.clone())),
                        None => drop(self.areas.remove(name)),
                    }
                }
            }
            CatalogueEvent::Removed(Key::Store(name)) => drop(self.areas.remove(name)),
            CatalogueEvent::Removed(_) => {}
        }
    }

    fn look(&mut self, id: TicketId, now: Timestamp) {
        match self.due(id, now) {
            Some(due) => self.agenda.set(id, due.stream(), due, now),
            None => self.agenda.clear(id),
        }
    }

    /// What a ticket calls for.
    fn due(&self, id: TicketId, now: Timestamp) -> Option<Due> {
        let ticket = self.tickets.get(id)?;
        let Some(Stage::Closed {
            at,
            resolved_at,
            live,
            ..
        }) = ticket.stage
        else {
            return None;
        };
        let survey = SurveyId {
            ticket: id,
            closing: NonZeroU32::new(ticket.closings)?,
        };
        match self.surveys.get(survey) {
            None => {
                let recent = at.duration_since(resolved_at) <= self.resolved_within;
                // Most of a log's closings are of long ago.
                let in_time = self.expires_at(ticket).is_some_and(|end| end > now);
                let asks = live && recent && in_time && ticket.facts.customer.is_some();
                asks.then_some(Due::Invite(survey))
            }
            Some(Survey::Sent | Survey::AnsweredLongAgo) => None,
            Some(Survey::Answered(score)) => {
                let bad = self.reopen_at_most.is_some_and(|most| score.get() <= most);
                bad.then_some(Due::Reopen(survey, score, ticket.version))
            }
        }
    }

    /// Who is asked about that closing, and how; nobody, if they can't be or wouldn't want to be.
    fn invitation(&self, survey: SurveyId, now: Timestamp) -> Option<Invitation> {
        let ticket = self.tickets.get(survey.ticket)?;
        let Some(Stage::Closed { at, .. }) = ticket.stage else {
            return None;
        };
        let expires_at = self.expires_at(ticket)?;
        if expires_at <= now {
            return None;
        }
        let about = &ticket.facts;
        let label = |word: Option<_>| word.map(|word| self.tickets.words.label(word).clone());
        let (channel, language) = self.customers.asked_by(about.customer?, at)?;
        let store = label(about.store);
        Some(Invitation {
            customer: about.customer,
            channel,
            language: language.cloned().or_else(|| label(about.language)),
            consultant: about.consultant,
            team: label(about.team),
            category: label(about.category),
            area: store
                .as_ref()
                .and_then(|store| self.areas.get(store).cloned()),
            store,
            expires_at,
        })
    }

    /// The same for every inviter, and in whole seconds, as links have it.
    fn expires_at(&self, ticket: &Ticket<About>) -> Option<Timestamp> {
        let Some(Stage::Closed { at, .. }) = ticket.stage else {
            return None;
        };
        let at = Timestamp::from_second(at.as_second()).ok()?;
        at.checked_add(self.answer_within).ok()
    }

    /// Whether a ticket may still be reopened.
    fn may_reopen(&self, id: TicketId, now: Timestamp) -> bool {
        let stage = self.tickets.get(id).and_then(|ticket| ticket.stage);
        matches!(stage, Some(Stage::Closed { reopen_until, .. }) if now <= reopen_until)
    }
}
