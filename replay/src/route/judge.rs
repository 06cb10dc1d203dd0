//! What is to be thought of decisions that are made again, one by one and altogether.

use std::collections::BTreeMap;

use docket_domain::Timestamp;
use docket_domain::routing::{Basis, Outcome, POLICY, Rules};
use docket_process_managers::router::again::Again;
use serde::Serialize;
use uuid::Uuid;

use super::decision::{Decision, Names, RulesView};
use super::difference::{Difference, differences};
use super::means::{Means, Sums, grades};
use super::pass::{Found, Reached};

/// A decision that was made again.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Replayed {
    /// On which ticket.
    pub ticket: Uuid,
    /// Where the assignment lies that came of it.
    pub partition: u16,
    /// Its record there.
    pub sequence: u64,
    /// When that was written.
    pub recorded_at: Timestamp,
    /// Who got the ticket.
    pub consultant: Uuid,
    /// Which router decided.
    pub router: Uuid,
    /// How far it had read each partition.
    pub positions: Vec<u64>,
    /// As it is recorded.
    pub decision: Decision,
    /// What comes out otherwise; nothing, if it is the same.
    pub differences: Vec<Difference>,
    /// As it comes out, if that is otherwise.
    pub again: Option<Decision>,
    /// What the other rules would have decided, if there are any.
    pub instead: Option<Instead>,
}

/// What other rules would have decided.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Instead {
    /// Who would have got the ticket.
    pub consultant: Option<Uuid>,
    /// Why it would have waited, if nobody.
    pub waits: Option<String>,
    /// Whether it is the one who got it.
    pub is_same: bool,
    /// How they come to that.
    pub decision: Decision,
}

/// What it all comes to.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Summary {
    /// Decisions made again.
    pub decisions: u64,
    /// Of those: how many come out as recorded.
    pub same: u64,
    /// And how many don't.
    pub different: u64,
    /// Decisions on records that came after this reading began: run it again.
    pub unread: u64,
    /// What the other rules would have done, if there are any.
    pub changed: Option<Changed>,
}

/// What other rules would have done.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Changed {
    /// Which.
    pub rules: RulesView,
    /// How often the same consultant would have got the ticket.
    pub same: u64,
    /// And how often another.
    pub other: u64,
    /// How often nobody, and why.
    pub waits: BTreeMap<String, u64>,
    /// Whether tickets would have had other turns, which is no part of a decision and isn't judged.
    pub other_turns: bool,
    /// What those were like who got the tickets.
    pub before: Means,
    /// What those are like who would have got them.
    pub after: Means,
}

pub(super) struct Judge<'a> {
    pub(super) names: Names,
    rules: Option<Rules>,
    each: &'a mut (dyn FnMut(&Replayed) + Send),
    same: u64,
    different: u64,
    never: Vec<Found>,
    changed: Tally,
}

#[derive(Default)]
struct Tally {
    same: u64,
    other: u64,
    waits: BTreeMap<String, u64>,
    other_turns: bool,
    before: Sums,
    after: Sums,
}

impl<'a> Judge<'a> {
    pub(super) fn new(rules: Option<Rules>, each: &'a mut (dyn FnMut(&Replayed) + Send)) -> Self {
        Self {
            names: Names::new(),
            rules,
            each,
            same: 0,
            different: 0,
            never: Vec::new(),
            changed: Tally::default(),
        }
    }

    pub(super) fn hear(&mut self, reached: Reached<'_>) {
        match reached {
            Reached::There(again, found) => self.judge(again, found),
            Reached::Never(found) => self.never.push(found),
        }
    }

    fn judge(&mut self, again: &mut Again, found: Found) {
        let recorded = &found.recorded;
        let Some(made) = again.decide(found.ticket, &recorded.basis) else {
            let lost = Difference::new("what the ticket asks for", "known", "unknown");
            return self.tell(found, vec![lost], None, None);
        };
        let mut differences = differences(recorded, &made);
        let attempt = again.attempt(found.ticket);
        if let Some(attempt) = attempt.filter(|it| *it != recorded.attempt) {
            differences.push(Difference::new("attempt", recorded.attempt, attempt));
        }
        let of_its_own = recorded.basis.positions[usize::from(found.partition)];
        if of_its_own >= found.sequence {
            let before = format!("before {}", found.sequence);
            let what = format!("position in partition {}", found.partition);
            differences.push(Difference::new(what, of_its_own, before));
        }
        if !differences.is_empty() && recorded.policy != POLICY {
            differences.insert(0, Difference::new("policy", recorded.policy, POLICY));
        }
        let best = (made.considered, made.excluded);
        let other = (!differences.is_empty())
            .then(|| Decision::new(&recorded.basis, POLICY, best, &made.best, &self.names));
        let instead = self
            .rules
            .and_then(|rules| self.instead(again, &found, rules));
        self.tell(found, differences, other, instead);
    }

    fn instead(&mut self, again: &mut Again, found: &Found, rules: Rules) -> Option<Instead> {
        let basis = Basis {
            rules,
            ..found.recorded.basis.clone()
        };
        let made = again.decide(found.ticket, &basis)?;
        let graded = grades(&basis);
        let tally = &mut self.changed;
        let step = found.recorded.basis.rules.priority_step_s;
        tally.other_turns |= step != rules.priority_step_s;
        let (consultant, waits) = match &made.outcome {
            Outcome::Assign { consultant } => (Some(*consultant), None),
            Outcome::Waits { why } => (None, Some(why.to_string())),
        };
        let is_same = consultant == Some(found.consultant);
        match &waits {
            Some(why) => *tally.waits.entry(why.clone()).or_default() += 1,
            None if is_same => tally.same += 1,
            None => tally.other += 1,
        }
        let suits = |who| again.suits(who, found.ticket, &graded);
        // Only pairs are compared: that one has no other side.
        if let (Some(before), Some(after)) = (suits(found.consultant), consultant.and_then(suits)) {
            tally.before.add(basis.at, &before);
            tally.after.add(basis.at, &after);
        }
        let counts = (made.considered, made.excluded);
        Some(Instead {
            consultant: consultant.map(|who| who.0),
            waits,
            is_same,
            decision: Decision::new(&basis, POLICY, counts, &made.best, &self.names),
        })
    }

    fn tell(
        &mut self,
        found: Found,
        differences: Vec<Difference>,
        again: Option<Decision>,
        instead: Option<Instead>,
    ) {
        if differences.is_empty() {
            self.same += 1;
        } else {
            self.different += 1;
        }
        let recorded = found.recorded;
        let counts = (recorded.considered, recorded.excluded);
        (self.each)(&Replayed {
            ticket: found.ticket.0,
            partition: found.partition,
            sequence: found.sequence,
            recorded_at: found.recorded_at,
            consultant: found.consultant.0,
            router: recorded.router.0,
            decision: Decision::new(
                &recorded.basis,
                recorded.policy,
                counts,
                &recorded.best,
                &self.names,
            ),
            positions: recorded.basis.positions,
            differences,
            again,
            instead,
        });
    }

    /// What wasn't reached is a fault of the record, unless the log went on meanwhile.
    pub(super) fn finish(mut self, ends: &[u64]) -> Summary {
        let mut unread = 0;
        for found in std::mem::take(&mut self.never) {
            let positions = &found.recorded.basis.positions;
            let known = positions.len() == ends.len()
                && positions.iter().zip(ends).all(|(named, end)| named < end);
            if known {
                unread += 1;
                continue;
            }
            let positions = format!("{positions:?}");
            let lost = Difference::new("positions", positions, "not in this log");
            self.tell(found, vec![lost], None, None);
        }
        let Tally {
            same,
            other,
            waits,
            other_turns,
            before,
            after,
        } = self.changed;
        Summary {
            decisions: self.same + self.different,
            same: self.same,
            different: self.different,
            unread,
            changed: self.rules.map(|rules| Changed {
                rules: RulesView::new(&rules, POLICY),
                same,
                other,
                waits,
                other_turns,
                before: before.means(),
                after: after.means(),
            }),
        }
    }
}
