//! What answers are counted by: who worked a ticket, and what it is about.

use docket_domain::command::{Customer, OpenTicket};
use docket_domain::ids::PersonId;
use docket_domain::text::Label;
use docket_domain::{Assignment, TicketEvent};

use crate::tickets::Facts;
use crate::words::{Word, Words};

/// Of one ticket.
#[derive(Debug)]
pub(super) struct About {
    pub(super) customer: Option<PersonId>,
    /// Whoever has it, or had it when it was solved.
    pub(super) consultant: Option<PersonId>,
    pub(super) team: Option<Word>,
    pub(super) category: Option<Word>,
    pub(super) store: Option<Word>,
    pub(super) language: Option<Word>,
}

impl Facts for About {
    fn opened(open: &OpenTicket, words: &mut Words) -> Self {
        let mut word = |label: &Option<Label>| label.as_ref().map(|label| words.number(label));
        Self {
            customer: match &open.customer {
                Customer::Registered(person) => Some(*person),
                Customer::Unregistered(_) => None,
            },
            consultant: None,
            team: word(&open.team),
            category: word(&open.category),
            store: word(&open.store),
            language: word(&open.language),
        }
    }

    /// Follows [`evolve`](docket_domain::evolve).
    fn apply(&mut self, event: &TicketEvent, words: &mut Words) {
        match event {
            TicketEvent::Assigned { consultant, .. } | TicketEvent::Accepted { consultant } => {
                self.consultant = Some(*consultant);
            }
            TicketEvent::Declined { .. } | TicketEvent::Unassigned { .. } => self.consultant = None,
            TicketEvent::Transferred { team, .. } => {
                self.consultant = None;
                self.team = Some(words.number(team));
            }
            TicketEvent::Resumed { to } | TicketEvent::Reopened { to, .. } => {
                self.consultant = Assignment::consultant(*to);
            }
            TicketEvent::Amended(amendment) => {
                if let Some(category) = &amendment.category {
                    self.category = category.as_ref().map(|label| words.number(label));
                }
            }
            TicketEvent::Opened(_)
            | TicketEvent::Held { .. }
            | TicketEvent::Resolved { .. }
            | TicketEvent::Closed { .. }
            | TicketEvent::Cancelled { .. }
            | TicketEvent::CommentAdded { .. }
            | TicketEvent::Linked { .. }
            | TicketEvent::TravelStarted
            | TicketEvent::Arrived
            | TicketEvent::WorkLogged { .. } => {}
        }
    }
}
