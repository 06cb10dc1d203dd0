//! A ticket as the router must know it: where it stands, and what it asks of a consultant.

use docket_domain::command::{Amendment, Customer, OpenTicket, Origin, Priority};
use docket_domain::ids::PersonId;
use docket_domain::routing::{ASKED_AGAIN_AFTER, Spot};
use docket_domain::text::Label;
use docket_domain::{Assignment, EventContext, StatusName, TicketEvent, Timestamp};

use super::spot_of;
use crate::words::{Word, Words};

/// What is kept of a ticket that isn't over for good.
#[derive(Clone, PartialEq, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and none follows from another"
)]
pub(crate) struct TicketRow {
    /// How many events there are.
    pub(crate) version: u32,
    pub(crate) status: StatusName,
    /// Whoever has it, or had it when it was solved.
    pub(crate) who: Option<PersonId>,
    /// Whether a router gave it to them.
    pub(crate) routed: bool,
    /// Since when it has that status.
    pub(crate) since: Timestamp,
    /// Whether it got that status by something that happened here, rather than by an import.
    pub(crate) live: bool,
    /// Assignments by routers since it began to wait anew.
    pub(crate) attempts: u32,
    /// Whether the last of them was said to be the last: then a manager must assign it.
    pub(crate) spent: bool,
    /// Whether the last router who gave it to somebody saw nobody else who could ever have it.
    pub(crate) nobody_else: bool,
    /// From whom it came back: they declined, or it was taken from them.
    pub(crate) passed: Vec<Passed>,
    /// Closed: when it can't come back any more.
    pub(crate) gone_at: Option<Timestamp>,
    /// What it asks for; `None` if there is an event of it that can't be read.
    pub(crate) needs: Option<Needs>,
}

/// Somebody who isn't asked for it again, for now or at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Passed {
    pub(crate) who: PersonId,
    pub(crate) until: Timestamp,
}

/// What it asks for, and since when.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Needs {
    pub(crate) opened_at: Timestamp,
    pub(crate) customer: Option<PersonId>,
    pub(crate) store: Option<Word>,
    pub(crate) team: Option<Word>,
    pub(crate) category: Option<Word>,
    pub(crate) skills: Box<[Word]>,
    pub(crate) priority: Priority,
    pub(crate) spot: Option<Spot>,
    pub(crate) language: Option<Word>,
}

impl TicketRow {
    pub(crate) fn opened(
        open: &OpenTicket,
        context: &EventContext,
        at: Timestamp,
        words: &mut Words,
    ) -> Self {
        let mut word = |label: &Option<Label>| label.as_ref().map(|label| words.number(label));
        let needs = Needs {
            opened_at: context.occurred_at,
            customer: match &open.customer {
                Customer::Registered(person) => Some(*person),
                Customer::Unregistered(_) => None,
            },
            store: word(&open.store),
            team: word(&open.team),
            category: word(&open.category),
            language: word(&open.language),
            skills: open.skills.iter().map(|it| words.number(it)).collect(),
            priority: open.priority,
            spot: open.place.as_ref().and_then(spot_of),
        };
        Self {
            version: 1,
            status: StatusName::Open,
            who: None,
            routed: false,
            since: at,
            live: context.origin == Origin::Live,
            attempts: 0,
            spent: false,
            nobody_else: false,
            passed: Vec::new(),
            gone_at: None,
            needs: Some(needs),
        }
    }

    /// One of whom only the later events are known, or not even those.
    pub(crate) fn unreadable(at: Timestamp) -> Self {
        Self {
            version: 0,
            status: StatusName::Open,
            who: None,
            routed: false,
            since: at,
            live: false,
            attempts: 0,
            spent: false,
            nobody_else: false,
            passed: Vec::new(),
            gone_at: None,
            needs: None,
        }
    }

    /// Whoever it counts for: who has it while it isn't solved.
    pub(crate) fn held_by(&self) -> Option<PersonId> {
        match self.status {
            StatusName::Assigned | StatusName::InProgress | StatusName::OnHold => self.who,
            _ => None,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.status == StatusName::Open
    }

    /// Folds all but the version; follows [`evolve`](docket_domain::evolve).
    pub(crate) fn apply(
        &mut self,
        event: &TicketEvent,
        context: &EventContext,
        at: Timestamp,
        words: &mut Words,
    ) {
        match event {
            TicketEvent::Opened(_)
            | TicketEvent::CommentAdded { .. }
            | TicketEvent::Linked { .. }
            | TicketEvent::TravelStarted
            | TicketEvent::Arrived
            | TicketEvent::WorkLogged { .. } => return,
            TicketEvent::Amended(amendment) => return self.amend(amendment, words),
            TicketEvent::Closed { .. } if self.status != StatusName::Resolved => return,
            _ => {}
        }
        self.since = at;
        self.live = context.origin == Origin::Live;
        match event {
            TicketEvent::Assigned {
                consultant,
                decision,
            } => {
                self.stand(Assignment::Assigned(*consultant));
                self.routed = decision.is_some();
                if let Some(decision) = decision {
                    self.attempts += 1;
                    self.spent = decision.attempt >= decision.attempts_max;
                }
                let left = decision.as_ref().map(|decision| decision.others_left());
                self.nobody_else = left == Some(0);
            }
            TicketEvent::Accepted { consultant } => {
                self.stand(Assignment::InProgress(*consultant));
                self.attempts = 0;
                self.spent = false;
            }
            TicketEvent::Declined { consultant, .. } => {
                self.pass(*consultant, Timestamp::MAX);
                self.stand(Assignment::Nobody);
            }
            TicketEvent::Unassigned { consultant, .. } => {
                let until = at.checked_add(ASKED_AGAIN_AFTER);
                self.pass(*consultant, until.unwrap_or(Timestamp::MAX));
                self.stand(Assignment::Nobody);
            }
            TicketEvent::Transferred { team, .. } => {
                if let Some(needs) = &mut self.needs {
                    needs.team = Some(words.number(team));
                }
                self.stand(Assignment::Nobody);
                self.begin_anew();
            }
            TicketEvent::Held { .. } => self.status = StatusName::OnHold,
            TicketEvent::Resumed { to } => self.stand(*to),
            TicketEvent::Resolved { .. } => self.status = StatusName::Resolved,
            TicketEvent::Closed { .. } => self.status = StatusName::Closed,
            TicketEvent::Reopened { to, .. } => {
                self.stand(*to);
                self.begin_anew();
            }
            TicketEvent::Cancelled { .. } => self.status = StatusName::Cancelled,
            // Returned above.
            TicketEvent::Opened(_)
            | TicketEvent::Amended(_)
            | TicketEvent::CommentAdded { .. }
            | TicketEvent::Linked { .. }
            | TicketEvent::TravelStarted
            | TicketEvent::Arrived
            | TicketEvent::WorkLogged { .. } => {}
        }
    }

    fn stand(&mut self, to: Assignment) {
        (self.status, self.who) = match to {
            Assignment::Nobody => (StatusName::Open, None),
            Assignment::Assigned(who) => (StatusName::Assigned, Some(who)),
            Assignment::InProgress(who) => (StatusName::InProgress, Some(who)),
        };
    }

    fn pass(&mut self, who: PersonId, until: Timestamp) {
        match self.passed.iter_mut().find(|passed| passed.who == who) {
            Some(passed) => passed.until = passed.until.max(until),
            None => self.passed.push(Passed { who, until }),
        }
    }

    /// It is another matter now, for everybody.
    fn begin_anew(&mut self) {
        self.attempts = 0;
        self.spent = false;
        self.passed.clear();
    }

    /// Who isn't to be asked for it at that moment.
    pub(crate) fn not_asked(&self, at: Timestamp) -> impl Iterator<Item = Passed> {
        self.passed.iter().copied().filter(move |it| it.until > at)
    }

    /// Asked for anew, it is offered anew.
    fn amend(&mut self, amendment: &Amendment, words: &mut Words) {
        let Some(needs) = &mut self.needs else {
            return;
        };
        let before = needs.clone();
        if let Some(category) = &amendment.category {
            needs.category = category.as_ref().map(|label| words.number(label));
        }
        if let Some(skills) = &amendment.skills {
            needs.skills = skills.iter().map(|label| words.number(label)).collect();
        }
        if let Some(priority) = amendment.priority {
            needs.priority = priority;
        }
        if let Some(place) = &amendment.place {
            needs.spot = place.as_ref().and_then(spot_of);
        }
        if *needs != before {
            self.begin_anew();
        }
    }
}
