//! What follows from an act that was carried out, or refused.

use std::time::Duration;

use super::{Act, Day, Outcome};
use crate::demo::plan::{After, Ending};

const LOOKS_MAX: u32 = 10;
const LOOK_AGAIN: Duration = Duration::from_mins(5);

impl Day {
    /// An act was carried out or refused.
    pub(in crate::demo) fn happened(&mut self, now: Duration, act: Act, outcome: &Outcome) {
        match outcome {
            Outcome::Done {
                applied,
                status,
                ticket,
            } => {
                if let Act::Open(which) = act
                    && let Some(id) = ticket
                {
                    self.courses[which].id = Some(*id);
                    self.tickets.insert(*id, which);
                }
                if *applied && let Some(kind) = event(act) {
                    self.tell(kind);
                }
                // Accepted before: it lies with the others already.
                if *applied || !matches!(act, Act::Accept(_)) {
                    self.done(now, act, status);
                }
            }
            Outcome::Refused => self.refused(now, act),
            Outcome::NotYet => self.later(now, act),
        }
    }

    fn done(&mut self, now: Duration, act: Act, status: &str) {
        match act {
            Act::Start(who) => self.hands[who].on_shift = true,
            Act::End(who) => self.hands[who].on_shift = false,
            Act::Open(which) => self.opened(now, which),
            Act::SolveByPhone(which) | Act::Resolve(which) => self.solved(now, which),
            Act::Cancel(which) => {
                self.courses[which].ended = Some(Ending::Cancelled);
                self.let_go(now, which);
            }
            // It will appear on the consultant's phone, as any does.
            Act::Insist(..) | Act::Rate(_) => {}
            Act::Decline(which) => {
                self.courses[which].declined += 1;
                self.courses[which].holder = None;
            }
            Act::Accept(which) => {
                if let Some(who) = self.courses[which].holder {
                    self.hands[who].accepted.push_back(which);
                    self.take_up(now, who);
                }
            }
            Act::Travel(which) => {
                let travel = self.plan.tickets[which].travel.unwrap_or_default();
                self.at(now + travel, Act::Arrive(which));
            }
            Act::Arrive(which) => self.work(now, which),
            Act::Hold(which) => {
                self.courses[which].held = true;
                let lasts = self.plan.tickets[which].hold.map(|hold| hold.lasts);
                self.at(now + lasts.unwrap_or_default(), Act::Resume(which));
                self.let_go(now, which);
            }
            Act::Resume(which) => self.back_to_work(now, which),
            Act::LogWork(which) => self.at(now, Act::Resolve(which)),
            Act::Close(which) => self.closed(now, which),
            Act::Reopen(which) => self.came_back(now, which, status),
        }
    }

    /// It came too late: somebody else has done something to the ticket.
    fn refused(&mut self, now: Duration, act: Act) {
        match act {
            Act::Accept(which)
            | Act::Decline(which)
            | Act::Travel(which)
            | Act::Arrive(which)
            | Act::Hold(which)
            | Act::Resume(which)
            | Act::LogWork(which)
            | Act::Resolve(which) => {
                self.let_go(now, which);
                self.courses[which].holder = None;
            }
            Act::Reopen(which) => self.at(now, Act::Close(which)),
            Act::Start(_)
            | Act::End(_)
            | Act::Open(_)
            | Act::SolveByPhone(_)
            | Act::Cancel(_)
            | Act::Insist(..)
            | Act::Close(_)
            | Act::Rate(_) => {}
        }
    }

    /// Whoever isn't asked how it went looks again, ever more seldom, and forgets it in the end.
    fn later(&mut self, now: Duration, act: Act) {
        if let Act::Rate(which) = act {
            let looked = &mut self.courses[which].looked;
            *looked += 1;
            if *looked < LOOKS_MAX {
                let pause = LOOK_AGAIN * *looked;
                self.at(now + pause, act);
            }
        }
    }

    fn opened(&mut self, now: Duration, which: usize) {
        let planned = &self.plan.tickets[which];
        let (cancels, on_phone) = (planned.cancels, planned.solved_on_phone);
        if let Some(after) = cancels {
            self.at(now + after, Act::Cancel(which));
        }
        if let Some(after) = on_phone {
            self.at(now + after, Act::SolveByPhone(which));
        }
    }

    fn solved(&mut self, now: Duration, which: usize) {
        let course = &mut self.courses[which];
        course.solved = true;
        match self.plan.tickets[which].after {
            After::Left => course.ended = Some(Ending::Resolved),
            After::ComesBack { after, .. } if !course.came_back => {
                self.at(now + after, Act::Reopen(which));
            }
            After::Closes(after) | After::ComesBack { closes: after, .. } => {
                self.at(now + after, Act::Close(which));
            }
        }
        self.let_go(now, which);
    }

    fn closed(&mut self, now: Duration, which: usize) {
        let course = &mut self.courses[which];
        course.closings += 1;
        course.ended = Some(Ending::Closed);
        let planned = &self.plan.tickets[which];
        let asked = planned
            .customer
            .is_some_and(|customer| self.plan.customers[customer].surveys);
        if let Some(rating) = planned.rating.filter(|_| asked) {
            self.at(now + rating.after, Act::Rate(which));
        }
    }

    /// Its consultant goes on with it; or it waits, as if it were new.
    fn came_back(&mut self, now: Duration, which: usize, status: &str) {
        let course = &mut self.courses[which];
        course.came_back = true;
        course.solved = false;
        if status == "in_progress" {
            self.back_to_work(now, which);
        } else {
            course.holder = None;
        }
    }

    fn back_to_work(&mut self, now: Duration, which: usize) {
        if let Some(who) = self.courses[which].holder {
            self.hands[who].accepted.push_front(which);
            self.take_up(now, who);
        }
    }

    /// How long it takes when it has come back.
    pub(super) fn again(&self, which: usize) -> Duration {
        match self.plan.tickets[which].after {
            After::ComesBack { work, .. } => work,
            After::Closes(_) | After::Left => self.plan.tickets[which].work,
        }
    }
}

/// The kind of event that an act comes to in a ticket or a survey.
const fn event(act: Act) -> Option<&'static str> {
    Some(match act {
        Act::Start(_) | Act::End(_) => return None,
        Act::Open(_) => "opened",
        Act::SolveByPhone(_) | Act::Resolve(_) => "resolved",
        Act::Cancel(_) => "cancelled",
        Act::Insist(..) => "assigned",
        Act::Accept(_) => "accepted",
        Act::Decline(_) => "declined",
        Act::Travel(_) => "travel_started",
        Act::Arrive(_) => "arrived",
        Act::Hold(_) => "held",
        Act::Resume(_) => "resumed",
        Act::LogWork(_) => "work_logged",
        Act::Close(_) => "closed",
        Act::Reopen(_) => "reopened",
        Act::Rate(_) => "answered",
    })
}
