//! What the router knows: a fold of the log, and of nothing else.
//!
//! Guarantee: the same records give the same world, in whatever order the partitions come in, as
//! long as each is read in its own order. A record that can't be read leaves its own ticket or
//! consultant alone, and is counted.

mod consultant;
mod ticket;

use std::collections::{BTreeSet, HashMap, HashSet};

use docket_domain::catalogue::{Catalogue, CatalogueEvent, Entry, EntryKind, Key};
use docket_domain::command::Place;
use docket_domain::customer::CustomerEvent;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::{Job, Level, Spot};
use docket_domain::stream::{Event, StreamId};
use docket_domain::text::{Label, Personal};
use docket_domain::{EventContext, StatusName, TicketEvent, Timestamp, catalogue};

use crate::fact::{Fact, Told};
use crate::tickets::gone_at;
use crate::words::{Word, Words};

pub(crate) use consultant::{Consultant, Registered};
pub(crate) use ticket::TicketRow;

/// Everything the log says that routing needs.
#[derive(Debug)]
pub(crate) struct World {
    /// By partition, the last sequence read.
    pub(crate) positions: Vec<u64>,
    consultants: HashMap<PersonId, Consultant>,
    /// Of whoever was ever given a ticket: when last.
    last_assigned: HashMap<PersonId, Timestamp>,
    tickets: HashMap<TicketId, TicketRow>,
    /// Who has which tickets, solved ones not counted.
    held: HashMap<PersonId, BTreeSet<TicketId>>,
    open: HashSet<TicketId>,
    open_of: HashMap<PersonId, HashSet<TicketId>>,
    customers: HashMap<PersonId, Wishes>,
    catalogue: Catalogue,
    words: Words,
    /// By partition, what is closed, by when it can't come back any more.
    closed: Vec<BTreeSet<(Timestamp, TicketId)>>,
    /// Records of streams that count here and can't be read.
    pub(crate) unreadable: u64,
    pub(crate) touched: Touched,
}

/// What changed since somebody last looked.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) tickets: BTreeSet<TicketId>,
    /// Tickets that may ask for something else though nothing happened to them.
    pub(crate) asking: BTreeSet<TicketId>,
    /// Whether all that are open are among them.
    pub(crate) all_asking: bool,
    pub(crate) consultants: BTreeSet<PersonId>,
}

/// What a customer would like.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Wishes {
    language: Option<Label>,
    consultant: Option<PersonId>,
}

/// The most tickets that are forgotten for one record read.
const FORGOTTEN_AT_ONCE: usize = 4;

impl World {
    pub(crate) fn new(partitions: u16) -> Self {
        Self {
            positions: vec![0; usize::from(partitions)],
            consultants: HashMap::new(),
            last_assigned: HashMap::new(),
            tickets: HashMap::new(),
            held: HashMap::new(),
            open: HashSet::new(),
            open_of: HashMap::new(),
            customers: HashMap::new(),
            catalogue: Catalogue::default(),
            words: Words::default(),
            closed: vec![BTreeSet::new(); usize::from(partitions)],
            unreadable: 0,
            touched: Touched::default(),
        }
    }

    /// Folds one record.
    pub(crate) fn read(&mut self, told: &Told) {
        let partition = usize::from(told.partition.0);
        self.positions[partition] = told.sequence.0;
        if let Some(fact) = &told.fact {
            self.fold(partition, fact, told.at);
        }
        self.forget(partition, told.at);
    }

    fn fold(&mut self, partition: usize, fact: &Fact, at: Timestamp) {
        self.unreadable += u64::from(fact.event.is_none());
        match (fact.stream, &fact.event) {
            (StreamId::Ticket(id), Some((Event::Ticket(event), context))) => {
                self.ticket_event(partition, id, event, context, at);
            }
            (StreamId::Ticket(id), _) if self.tickets.contains_key(&id) => {
                self.change_ticket(id, at, |row, _| row.needs = None);
            }
            (StreamId::Consultant(id), Some((Event::Consultant(event), _))) => {
                self.consultants.entry(id).or_default().apply(event, at);
                self.touch_with_tickets(id);
            }
            (StreamId::Consultant(id), _) => {
                self.consultants.insert(id, Consultant::Unreadable);
                self.touch_with_tickets(id);
            }
            (StreamId::Customer(id), Some((Event::Customer(event), _))) => {
                self.customer_event(id, event);
            }
            (StreamId::Catalogue, Some((Event::Catalogue(event), context))) => {
                self.catalogue_event(event, context);
            }
            // What these would have changed is a matter of taste, or of nothing that is known.
            (
                StreamId::Ticket(_)
                | StreamId::Customer(_)
                | StreamId::Survey(_)
                | StreamId::Catalogue,
                _,
            ) => {}
        }
    }

    fn ticket_event(
        &mut self,
        partition: usize,
        id: TicketId,
        event: &TicketEvent,
        context: &EventContext,
        at: Timestamp,
    ) {
        if let TicketEvent::Assigned { consultant, .. } = event {
            let last = self
                .last_assigned
                .entry(*consultant)
                .or_insert(Timestamp::MIN);
            *last = (*last).max(context.occurred_at);
            self.touched.consultants.insert(*consultant);
        }
        match (event, self.tickets.contains_key(&id)) {
            (TicketEvent::Opened(open), false) => {
                let row = TicketRow::opened(open, context, at, &mut self.words);
                self.tickets.insert(id, row);
                self.change_ticket(id, at, |row, _| row.version = 0);
            }
            // Said of a ticket that was forgotten, or that can't be read from its beginning.
            (
                TicketEvent::Amended(_)
                | TicketEvent::CommentAdded { .. }
                | TicketEvent::Linked { .. }
                | TicketEvent::Closed { .. }
                | TicketEvent::Cancelled { .. },
                false,
            ) => return,
            (_, known) => {
                if !known {
                    tracing::warn!(ticket = %id, "came back after it was forgotten: only a manager can assign it");
                }
                self.change_ticket(id, at, |row, words| row.apply(event, context, at, words));
            }
        }
        match event {
            TicketEvent::Closed { reopen_until } => {
                let gone = gone_at(at, *reopen_until);
                if let Some(row) = self.tickets.get_mut(&id) {
                    row.gone_at = Some(gone);
                    self.closed[partition].insert((gone, id));
                }
            }
            TicketEvent::Cancelled { .. } => drop(self.tickets.remove(&id)),
            _ => {}
        }
    }

    /// Changes what is known of a ticket, which has one event more, and what follows from it.
    fn change_ticket(
        &mut self,
        id: TicketId,
        at: Timestamp,
        change: impl FnOnce(&mut TicketRow, &mut Words),
    ) {
        let row = self
            .tickets
            .entry(id)
            .or_insert_with(|| TicketRow::unreadable(at));
        let holder = row.held_by();
        change(row, &mut self.words);
        row.version += 1;
        let (now, open) = (row.held_by(), row.is_open());
        let customer = row.needs.as_ref().and_then(|needs| needs.customer);
        self.touched.tickets.insert(id);
        if holder != now {
            if let Some(tickets) = holder.and_then(|who| self.held.get_mut(&who)) {
                tickets.remove(&id);
            }
            if let Some(who) = now {
                self.held.entry(who).or_default().insert(id);
            }
            self.touched
                .consultants
                .extend(holder.into_iter().chain(now));
        }
        if open {
            self.open.insert(id);
            if let Some(customer) = customer {
                self.open_of.entry(customer).or_default().insert(id);
            }
        } else if self.open.remove(&id)
            && let Some(customer) = customer
            && let Some(tickets) = self.open_of.get_mut(&customer)
        {
            tickets.remove(&id);
            if tickets.is_empty() {
                self.open_of.remove(&customer);
            }
        }
    }

    fn touch_with_tickets(&mut self, id: PersonId) {
        self.touched.consultants.insert(id);
        if let Some(tickets) = self.held.get(&id) {
            self.touched.tickets.extend(tickets);
        }
    }

    fn customer_event(&mut self, id: PersonId, event: &CustomerEvent) {
        let wishes = self.customers.entry(id).or_default();
        let before = wishes.clone();
        match event {
            CustomerEvent::Registered(registration) => {
                wishes
                    .language
                    .clone_from(&registration.preferences.language);
                wishes.consultant = registration.preferences.consultant;
            }
            CustomerEvent::PreferencesChanged(change) => {
                if let Some(language) = &change.language {
                    wishes.language.clone_from(language);
                }
                if let Some(consultant) = change.consultant {
                    wishes.consultant = consultant;
                }
            }
            CustomerEvent::ContactChanged(_) => {}
            CustomerEvent::Erased => *wishes = Wishes::default(),
        }
        let changed = *wishes != before;
        if *wishes == Wishes::default() {
            self.customers.remove(&id);
        }
        if changed && let Some(tickets) = self.open_of.get(&id) {
            self.touched.tickets.extend(tickets);
        }
    }

    /// Rare, so all that wait may be gone through for it; once for many that come together.
    fn catalogue_event(&mut self, event: &CatalogueEvent, context: &EventContext) {
        let before = std::mem::take(&mut self.catalogue);
        self.catalogue = catalogue::evolve(before, context, event);
        let kind = match event {
            CatalogueEvent::Put(entry) => entry.kind(),
            CatalogueEvent::Removed(key) => key.kind(),
        };
        match kind {
            EntryKind::Category | EntryKind::Store => {
                self.touched.all_asking = true;
            }
            EntryKind::Holiday => self.touched.consultants.extend(self.consultants.keys()),
            EntryKind::Skill | EntryKind::Area => {}
        }
    }

    /// Drops tickets that can't come back any more, as this partition's records tell the time.
    fn forget(&mut self, partition: usize, at: Timestamp) {
        for _ in 0..FORGOTTEN_AT_ONCE {
            let Some((gone, id)) = self.closed[partition].first().copied() else {
                return;
            };
            if gone > at {
                return;
            }
            self.closed[partition].pop_first();
            // One that came back and was closed again is in the list a second time.
            let over =
                |row: &TicketRow| row.status == StatusName::Closed && row.gone_at == Some(gone);
            if self.tickets.get(&id).is_some_and(over) {
                self.tickets.remove(&id);
            }
        }
    }

    /// The next ticket that may ask for something else.
    pub(crate) fn next_asking(&mut self) -> Option<TicketId> {
        if std::mem::take(&mut self.touched.all_asking) {
            self.touched.asking.extend(&self.open);
        }
        self.touched.asking.pop_first()
    }

    pub(crate) fn ticket(&self, id: TicketId) -> Option<&TicketRow> {
        self.tickets.get(&id)
    }

    pub(crate) fn consultant(&self, id: PersonId) -> &Consultant {
        self.consultants.get(&id).unwrap_or(&Consultant::Unknown)
    }

    /// How many tickets somebody has.
    pub(crate) fn load(&self, id: PersonId) -> u32 {
        self.held.get(&id).map_or(0, |tickets| tickets.len() as u32)
    }

    pub(crate) fn last_assigned(&self, id: PersonId) -> Option<Timestamp> {
        self.last_assigned.get(&id).copied()
    }

    pub(crate) const fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// How many tickets are kept, and how many of them are open.
    pub(crate) fn count(&self) -> (usize, usize) {
        (self.tickets.len(), self.open.len())
    }

    /// What the ticket asks for at that moment, if all of it is known.
    pub(crate) fn job(&self, id: TicketId, at: Timestamp) -> Option<Job> {
        let row = self.tickets.get(&id)?;
        let needs = row.needs.as_ref()?;
        let label = |word: Option<Word>| word.map(|word| self.words.label(word).clone());
        let store = label(needs.store).and_then(|name| self.entry(&Key::Store(name)));
        let (store_spot, area) = match store {
            Some(Entry::Store { place, area, .. }) => {
                (place.as_ref().and_then(|it| it.point), area.clone())
            }
            _ => (None, None),
        };
        let wishes = needs.customer.and_then(|id| self.customers.get(&id));
        Some(Job {
            ticket: id,
            team: label(needs.team),
            skills: self.skills(needs),
            areas: area.into_iter().collect(),
            spot: needs.spot.or_else(|| store_spot.map(Spot::from)),
            language: label(needs.language).or_else(|| wishes?.language.clone()),
            preferred: wishes.and_then(|wishes| wishes.consultant),
            priority: needs.priority,
            opened_at: needs.opened_at,
            declined: row.not_asked(at).map(|passed| passed.who).collect(),
        })
    }

    /// The ticket's own, or else its category's.
    fn skills(&self, needs: &ticket::Needs) -> std::collections::BTreeMap<Label, Level> {
        if !needs.skills.is_empty() {
            let own = needs.skills.iter();
            return own
                .map(|word| (self.words.label(*word).clone(), Level::MIN))
                .collect();
        }
        let name = needs.category.map(|word| self.words.label(word).clone());
        match name.and_then(|name| self.entry(&Key::Category(name))) {
            Some(Entry::Category { skills, .. }) => skills
                .iter()
                .map(|skill| (skill.clone(), Level::MIN))
                .collect(),
            _ => std::collections::BTreeMap::new(),
        }
    }

    fn entry(&self, key: &Key) -> Option<&Entry> {
        self.catalogue.entries.get(key)
    }
}

/// Where a place is, if that is known (still).
fn spot_of(place: &Personal<Place>) -> Option<Spot> {
    place.known().and_then(|place| place.point).map(Spot::from)
}
