//! A consultant as the router sees them: all that filters and scores read, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::decision::Reserved;
use super::spot::Spot;
use crate::ids::PersonId;
use crate::text::Label;

pub use crate::consultant::Level;

/// A consultant, as known when a decision is taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Who.
    pub id: PersonId,
    /// The team they are in.
    pub team: Option<Label>,
    /// What they know, and how well.
    pub skills: BTreeMap<Label, Level>,
    /// The areas they serve; none named means everywhere.
    pub areas: BTreeSet<Label>,
    /// The languages they speak, as BCP 47 tags.
    pub languages: Vec<Label>,
    /// Where they are, if they said so.
    pub spot: Option<Spot>,
    /// How far they go, in metres; `None` is as far as it takes.
    pub max_travel_m: Option<u32>,
    /// How many tickets they may have at a time.
    pub capacity: u32,
    /// How many they have; may be more than the capacity, which can be lowered.
    pub load: u32,
    /// Whether their working hours, in their time zone and but for holidays, include this moment.
    pub on_shift: bool,
    /// Whether they say they take tickets (neither busy nor away).
    pub available: bool,
    /// When they were last given a ticket.
    pub last_assigned_at: Option<Timestamp>,
}

impl Candidate {
    /// Counts the tickets that are on their way to them.
    pub fn reserve(&mut self, reserved: &Reserved) {
        self.load = self.load.saturating_add(reserved.tickets);
        self.last_assigned_at = self.last_assigned_at.max(Some(reserved.last_at));
    }

    /// Whether they may have another ticket.
    pub const fn has_room(&self) -> bool {
        self.load < self.capacity
    }

    /// Whether they could take a ticket now, if there is one for them.
    pub const fn is_free(&self) -> bool {
        self.on_shift && self.available && self.has_room()
    }
}
