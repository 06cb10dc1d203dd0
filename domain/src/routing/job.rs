//! A waiting ticket as the router sees it, and whose turn it is.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::candidate::Level;
use super::rules::Rules;
use super::spot::Spot;
use crate::command::Priority;
use crate::ids::{PersonId, TicketId};
use crate::text::Label;

/// A ticket that waits for a consultant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// Which.
    pub ticket: TicketId,
    /// The team that is to work it; `None` is any.
    pub team: Option<Label>,
    /// What its consultant must know (by itself or by its category), and how well at least.
    pub skills: BTreeMap<Label, Level>,
    /// The areas its place lies in. None, as for a ticket without a place, asks for no area.
    pub areas: Vec<Label>,
    /// Where it is. Without a place nobody is too far away, and nobody near.
    pub spot: Option<Spot>,
    /// The customer's language, as a BCP 47 tag.
    pub language: Option<Label>,
    /// Whom the customer would like to come.
    pub preferred: Option<PersonId>,
    /// How soon.
    pub priority: Priority,
    /// Since when the customer waits. The first opening: a decline doesn't send it to the back.
    pub opened_at: Timestamp,
    /// Who must not be offered it: they declined, or it was taken from them less than
    /// [`ASKED_AGAIN_AFTER`] ago.
    pub declined: Vec<PersonId>,
}

/// How long whoever didn't accept a ticket, or had it taken from them, isn't asked for it again. It is
/// a shift's length and less than a night's rest: so whoever went off shift before they saw it is asked
/// again on their next one, and whoever sees it isn't asked twice on one.
pub const ASKED_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(8);

/// A ticket's place among those that wait: the least goes first. Critical ones before all others,
/// the oldest of them first. Of the others too the oldest, but each step of priority below high
/// counts as opened [`Rules::priority_step_s`] later: so the higher priority goes first unless the
/// lower one has waited that much longer, and nothing waits for ever. It never changes while the
/// ticket waits, so a sorted queue stays sorted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Turn {
    // Compared in this order.
    after_critical: bool,
    due_s: i64,
    opened_at: Timestamp,
    ticket: TicketId,
}

impl Job {
    /// When it is this ticket's turn, under these rules.
    pub fn turn(&self, rules: &Rules) -> Turn {
        let steps = match self.priority {
            Priority::Critical | Priority::High => 0,
            Priority::Moderate => 1,
            Priority::Low => 2,
        };
        let opened_s = self.opened_at.as_second();
        Turn {
            after_critical: self.priority != Priority::Critical,
            due_s: opened_s.saturating_add(steps * i64::from(rules.priority_step_s)),
            opened_at: self.opened_at,
            ticket: self.ticket,
        }
    }
}
