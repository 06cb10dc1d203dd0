//! What a ticket or a consultant that changed means to the plan.

use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::Candidate;
use docket_domain::text::Reason;
use docket_domain::{StatusName, Timestamp};
use jiff::SignedDuration;

use super::decide::Lane;
use super::{Plan, Step, Timer, What};
use crate::router::world::{Consultant, TicketRow};

/// How long until a standby looks again whether it has read everything.
const READ_PAUSE: SignedDuration = SignedDuration::from_millis(100);

/// What a ticket needs from the router.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Need {
    /// Nothing, as things are.
    Nothing,
    /// Somebody to work it.
    Somebody,
    /// To be looked at again then.
    Patience(Timestamp),
    /// To be taken from whoever has it.
    TakenBack,
}

impl Plan {
    /// Takes in one thing that the log changed; says whether there was one.
    pub(super) fn look_at_touched(&mut self, now: Timestamp) -> bool {
        let touched = &mut self.world.touched;
        if let Some(ticket) = touched.tickets.pop_first() {
            self.look_at_ticket(ticket, now, Lane::Fresh);
        } else if let Some(ticket) = self.world.next_asking() {
            self.look_at_ticket(ticket, now, Lane::Again);
        } else if let Some(who) = self.world.touched.consultants.pop_first() {
            self.look_at_consultant(who, now);
        } else {
            return false;
        }
        true
    }

    pub(super) fn on_timer(&mut self, timer: Timer, now: Timestamp) {
        match timer {
            Timer::Duty(who) => self.look_at_consultant(who, now),
            Timer::Ticket(ticket) => self.look_at_ticket(ticket, now, Lane::Fresh),
            Timer::Takeover(ticket) => self.look_at_shadow(ticket, now),
        }
    }

    fn look_at_ticket(&mut self, id: TicketId, now: Timestamp, lane: Lane) {
        let version = self.world.ticket(id).map(|row| row.version);
        if let Some(flight) = self.flights.get(id) {
            if Some(flight.version) == version {
                // The log will tell.
                return;
            }
            self.land(id);
        }
        if self
            .stuck
            .get(&id)
            .is_some_and(|stuck| Some(stuck.version) != version)
        {
            self.stuck.remove(&id);
        }
        self.overdue.remove(&id);
        self.timers.clear(Timer::Ticket(id));
        let need = self.need(id, now);
        if need != Need::Somebody {
            self.leave_queue(id);
        }
        match need {
            Need::Nothing => {}
            Need::Patience(until) => self.timers.set(Timer::Ticket(id), until),
            Need::TakenBack => drop(self.overdue.insert(id)),
            Need::Somebody => self.let_wait(id, now, lane),
        }
    }

    /// It is decided on anew only if it asks for something else than it did in the queue.
    fn let_wait(&mut self, id: TicketId, now: Timestamp, lane: Lane) {
        let job = self.world.job(id, now);
        if let Some(until) = self.asks_more_at(id, now) {
            self.timers.set(Timer::Ticket(id), until);
        }
        if job.is_some() && self.queue.get(id) == job.as_ref() {
            return;
        }
        let was_fresh = self.leave_queue(id);
        if let Some(job) = job {
            let lane = if was_fresh { Lane::Fresh } else { lane };
            self.lanes.enter(lane, job.turn(&self.settings.rules), id);
            self.queue.put(job);
        }
    }

    fn need(&self, id: TicketId, now: Timestamp) -> Need {
        let Some(row) = self.world.ticket(id) else {
            return Need::Nothing;
        };
        if row.needs.is_none() {
            return Need::Nothing;
        }
        let need = match row.status {
            StatusName::Open if row.live && !row.spent => Need::Somebody,
            StatusName::Assigned | StatusName::InProgress if self.is_retired(row) => {
                Need::TakenBack
            }
            StatusName::Assigned if row.live && row.routed => {
                let until = self.accept_until(row);
                if until <= now {
                    Need::TakenBack
                } else {
                    Need::Patience(until)
                }
            }
            _ => Need::Nothing,
        };
        match self.stuck.get(&id) {
            Some(stuck) if stuck.until > now && need != Need::Nothing => {
                Need::Patience(stuck.until)
            }
            _ => need,
        }
    }

    /// When somebody may be asked for it who may not be now.
    fn asks_more_at(&self, id: TicketId, now: Timestamp) -> Option<Timestamp> {
        let untils = self.world.ticket(id)?.not_asked(now).map(|it| it.until);
        untils.min().filter(|until| *until < Timestamp::MAX)
    }

    /// What an import gives to somebody who is gone already is its history.
    fn is_retired(&self, row: &TicketRow) -> bool {
        match row.who.map(|who| self.world.consultant(who)) {
            Some(Consultant::Retired(at)) => row.live || *at >= row.since,
            _ => false,
        }
    }

    fn accept_until(&self, row: &TicketRow) -> Timestamp {
        let until = row.since.checked_add(self.settings.accept_within);
        until.unwrap_or(Timestamp::MAX)
    }

    /// Takes the ticket from whoever has it, for a reason that they can read.
    pub(super) fn take_back(&mut self, id: TicketId, now: Timestamp, step: &mut Step) {
        let Some(row) = self.world.ticket(id) else {
            return;
        };
        if self.flights.get(id).is_some() || self.need(id, now) != Need::TakenBack {
            return;
        }
        if self.flights.is_full(id) {
            self.flights.hold_up(id, None);
            return;
        }
        let reason = if self.is_retired(row) {
            "the consultant has retired".to_owned()
        } else {
            let minutes = self.settings.accept_within.as_secs() / 60;
            let after = if row.spent {
                format!("; after {} attempts a manager must assign it", row.attempts)
            } else if row.nobody_else {
                "; there is nobody else who could have it".to_owned()
            } else {
                String::new()
            };
            format!("not accepted within {minutes} minutes{after}")
        };
        let version = row.version;
        if let Ok(reason) = Reason::new(reason) {
            self.launch(id, version, What::TakeBack { reason }, now, step);
        }
    }

    fn look_at_consultant(&mut self, who: PersonId, now: Timestamp) {
        let Some((mut candidate, until)) = self.zones.candidate(&self.world, who, now) else {
            self.timers.clear(Timer::Duty(who));
            self.pool.remove(who);
            self.lanes.is_gone(who);
            return;
        };
        if let Some(reserved) = self.flights.to(who) {
            candidate.reserve(&reserved);
        }
        match until {
            Some(until) => self.timers.set(Timer::Duty(who), until),
            None => self.timers.clear(Timer::Duty(who)),
        }
        if candidate.is_free()
            && self
                .pool
                .get(who)
                .is_none_or(|known| gains(known, &candidate))
        {
            self.lanes.is_free(who);
        }
        self.pool.put(candidate);
    }

    /// Another router should have sent by now what this one would have sent. Whether it did is known
    /// once everything has been read that was in the log then; and as long as another's decisions come
    /// in, it is there, and only that ticket's partition may give no answers.
    fn look_at_shadow(&mut self, id: TicketId, now: Timestamp) {
        let due = self.flights.get(id).and_then(|flight| flight.due);
        if self.settings.takeover > SignedDuration::ZERO {
            let heard = self.heard_at.map(|at| at + self.takeover());
            if let Some(until) = heard.filter(|until| *until > now) {
                self.flights.put_off(id, until);
                return self.timers.set(Timer::Takeover(id), until);
            }
            if due > self.complete_until {
                return self.timers.set(Timer::Takeover(id), now + READ_PAUSE);
            }
        }
        self.land(id);
        self.doubted.insert(id);
    }

    /// If something should still be sent for it, be it for a ticket whose turn is sooner, there is no
    /// other router.
    pub(super) fn look_at_doubted(&mut self, id: TicketId, now: Timestamp, step: &mut Step) {
        if self.active || !(self.overdue.contains(&id) || self.finds_somebody(id, now, step)) {
            return;
        }
        tracing::info!(ticket = %id, "no other router sends what is due: becoming active");
        self.active = true;
        for ticket in self.flights.shadows() {
            self.land(ticket);
        }
    }

    /// The ticket's flight is over; it and whom it was for are looked at anew.
    pub(super) fn land(&mut self, id: TicketId) {
        self.timers.clear(Timer::Takeover(id));
        if let Some(flight) = self.flights.end(id) {
            self.world.touched.tickets.insert(id);
            self.world.touched.consultants.extend(flight.consultant);
        }
    }

    /// Says whether it had just begun to wait.
    pub(super) fn leave_queue(&mut self, id: TicketId) -> bool {
        let Some(job) = self.queue.remove(id) else {
            return false;
        };
        self.lanes.leave(job.turn(&self.settings.rules), id)
    }
}

/// Whether they may be able to take a ticket that they couldn't take as they were.
fn gains(known: &Candidate, now: &Candidate) -> bool {
    !known.is_free()
        || known.team != now.team
        || known.skills != now.skills
        || known.areas != now.areas
        || known.spot != now.spot
        || known.max_travel_m != now.max_travel_m
}
