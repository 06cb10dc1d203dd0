//! What begins with somebody else: an assignment that appears on a consultant's phone, a ticket that
//! nobody accepts; and what can't be any more when its time has come.

use std::time::Duration;

use uuid::Uuid;

use super::{Act, Day};
use crate::demo::country::CATEGORIES;

impl Day {
    /// A consultant sees that they were given a ticket, for the how many-th time somebody was. Seen
    /// again, it is nothing new.
    pub(in crate::demo) fn assigned(
        &mut self,
        now: Duration,
        ticket: Uuid,
        consultant: Uuid,
        assignments: u64,
    ) {
        let Some((&which, &who)) = self
            .tickets
            .get(&ticket)
            .zip(self.consultants.get(&consultant))
        else {
            return;
        };
        let course = &mut self.courses[which];
        if assignments <= course.seen || course.solved || course.ended.is_some() {
            return;
        }
        course.seen = assignments;
        course.holder = Some(who);
        let planned = &self.plan.tickets[which];
        let act = if course.declined < planned.declines {
            Act::Decline(which)
        } else {
            Act::Accept(which)
        };
        let at = now + planned.reaction;
        self.at(at, act);
    }

    /// Routers have given up on a ticket: a manager gives it to whoever on shift knows what is asked
    /// for and has the least to do.
    pub(in crate::demo) fn nobody_accepts(&mut self, now: Duration, ticket: Uuid) {
        let Some(&which) = self.tickets.get(&ticket) else {
            return;
        };
        let course = &self.courses[which];
        if course.insisted >= course.declined {
            return;
        }
        let skills = CATEGORIES[self.plan.tickets[which].category].skills;
        let able = self
            .plan
            .consultants
            .iter()
            .enumerate()
            .filter(|(who, it)| {
                self.hands[*who].on_shift
                    && skills.iter().all(|skill| it.skills.contains_key(skill))
            });
        let least = able.min_by_key(|(who, _)| self.hands[*who].accepted.len());
        if let Some((who, _)) = least {
            self.courses[which].insisted = self.courses[which].declined;
            self.at(now, Act::Insist(which, who));
        }
    }

    pub(super) fn can_be(&self, act: Act) -> bool {
        let over = |which: usize| self.courses[which].ended.is_some();
        let solved = |which: usize| self.courses[which].solved || over(which);
        match act {
            Act::Start(_) | Act::Open(_) | Act::Close(_) | Act::Reopen(_) | Act::Rate(_) => true,
            Act::End(who) => self.hands[who].on_shift,
            // Whoever works on it already goes on.
            Act::SolveByPhone(which) => !solved(which) && !self.is_worked(which),
            Act::Cancel(which)
            | Act::Insist(which, _)
            | Act::Accept(which)
            | Act::Decline(which)
            | Act::Travel(which)
            | Act::Arrive(which)
            | Act::Hold(which)
            | Act::Resume(which)
            | Act::LogWork(which)
            | Act::Resolve(which) => !solved(which),
        }
    }

    fn is_worked(&self, which: usize) -> bool {
        self.courses[which]
            .holder
            .is_some_and(|who| self.hands[who].working_on == Some(which))
    }

    /// Takes up the next accepted ticket, if there is one and nothing else is being done.
    pub(super) fn take_up(&mut self, now: Duration, who: usize) {
        if self.hands[who].working_on.is_some() {
            return;
        }
        let Some(which) = self.hands[who].accepted.pop_front() else {
            return;
        };
        self.hands[who].working_on = Some(which);
        let (planned, course) = (&self.plan.tickets[which], &self.courses[which]);
        if planned.travel.is_some() && !course.held && !course.came_back {
            self.at(now, Act::Travel(which));
        } else {
            self.work(now, which);
        }
    }

    /// Works on it, up to where it must be put on hold or to the end.
    pub(super) fn work(&mut self, now: Duration, which: usize) {
        let (planned, course) = (&self.plan.tickets[which], &self.courses[which]);
        let (lasts, then) = match (&planned.hold, planned.after) {
            _ if course.came_back => (self.again(which), Act::LogWork(which)),
            (Some(_), _) if !course.held => (planned.work / 2, Act::Hold(which)),
            (Some(_), _) => (planned.work / 2, Act::LogWork(which)),
            (None, _) => (planned.work, Act::LogWork(which)),
        };
        self.at(now + lasts, then);
    }

    /// Whoever worked on it, or was about to, is free for the next.
    pub(super) fn let_go(&mut self, now: Duration, which: usize) {
        let Some(who) = self.courses[which].holder else {
            return;
        };
        let hands = &mut self.hands[who];
        hands.accepted.retain(|accepted| *accepted != which);
        if hands.working_on == Some(which) {
            hands.working_on = None;
        }
        self.take_up(now, who);
    }
}
