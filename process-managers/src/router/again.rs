//! Past decisions made again, from nothing but the log and what they recorded.
//!
//! Guarantee: told the log exactly as far as a decision's positions, it comes to that decision, by
//! the rules in its basis; by other rules in the basis, to what those would have decided then. (As
//! long as the policy is the same, and the time zones' rules are.)

use docket_domain::Timestamp;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::{Basis, Decision, Pool, Scored, scan};

use super::duty::{LookUp, Zones};
use super::timers::Timers;
use super::world::World;
use crate::fact::Told;

/// The log, as far as it was told.
#[derive(Debug)]
pub struct Again {
    world: World,
    zones: Zones,
    pool: Pool,
    /// When whose shift begins or ends.
    duties: Timers<PersonId>,
    /// The moment that the pool is as of.
    at: Timestamp,
}

impl Again {
    /// Nothing yet.
    pub fn new(partitions: u16, zones: LookUp) -> Self {
        Self {
            world: World::new(partitions),
            zones: Zones::new(zones),
            pool: Pool::new(),
            duties: Timers::default(),
            at: Timestamp::MIN,
        }
    }

    /// Takes in the next record of its partition.
    pub fn read(&mut self, told: &Told) {
        self.world.read(told);
        // Only consultants matter here, and between two decisions lie any number of tickets.
        self.world.touched.tickets.clear();
        self.world.touched.asking.clear();
    }

    /// How far each partition was told.
    pub fn positions(&self) -> &[u64] {
        &self.world.positions
    }

    /// Decides on that ticket, at the time and by the rules of the basis, counting what it says was
    /// on its way. `None` if it isn't known what the ticket asks for. The log must have been told
    /// exactly as far as the basis says; decisions may come in any order that allows that.
    pub fn decide(&mut self, ticket: TicketId, basis: &Basis) -> Option<Decision> {
        self.bring_to(basis.at);
        let job = self.world.job(ticket, basis.at)?;
        for reserved in &basis.reserved {
            self.pool
                .change(reserved.consultant, |one| one.reserve(reserved));
        }
        let decision = self.pool.decide(&job, basis);
        for reserved in &basis.reserved {
            self.refresh(reserved.consultant);
        }
        Some(decision)
    }

    /// Which attempt the next decision on that ticket is, if it is known.
    pub fn attempt(&self, ticket: TicketId) -> Option<u32> {
        let row = self.world.ticket(ticket)?;
        Some(row.attempts + 1)
    }

    /// How well one of them suits that ticket by that basis, if they can have it; of the moment and
    /// the place in the log that were last decided at.
    pub fn suits(&self, who: PersonId, ticket: TicketId, basis: &Basis) -> Option<Scored> {
        let mut candidate = self.pool.get(who)?.clone();
        let on_its_way = basis.reserved.iter().find(|it| it.consultant == who);
        on_its_way.inspect(|reserved| candidate.reserve(reserved));
        let decision = scan(&[candidate], &self.world.job(ticket, basis.at)?, basis);
        decision.best.first().copied()
    }

    /// Everybody as they are then, on what has been told.
    fn bring_to(&mut self, at: Timestamp) {
        if at < self.at {
            // Another router's clock. When a shift began before is only known by looking.
            let everybody: Vec<PersonId> = self.pool.iter().map(|one| one.id).collect();
            self.world.touched.consultants.extend(everybody);
        }
        self.at = at;
        while let Some(who) = self.duties.due(at) {
            self.world.touched.consultants.insert(who);
        }
        while let Some(who) = self.world.touched.consultants.pop_first() {
            self.refresh(who);
        }
    }

    fn refresh(&mut self, who: PersonId) {
        self.duties.clear(who);
        let Some((candidate, until)) = self.zones.candidate(&self.world, who, self.at) else {
            self.pool.remove(who);
            return;
        };
        self.pool.put(candidate);
        if let Some(until) = until {
            self.duties.set(who, until);
        }
    }
}
