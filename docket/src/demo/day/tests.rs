//! A day played through without any docket: a router that gives each ticket to whoever comes next, and
//! answers that come at once.

use std::collections::HashMap;

use super::*;
use crate::demo::plan::{After, Scale};

/// A shop in which everything that is asked is done, but what `refuse` says.
struct Shop {
    day: Day,
    now: Duration,
    people: Vec<Uuid>,
    status: HashMap<usize, &'static str>,
    given: HashMap<usize, u64>,
    declined: HashMap<usize, u32>,
    /// Who does something that takes time, and for which ticket.
    at: HashMap<usize, usize>,
}

impl Shop {
    fn open(plan: Plan) -> Self {
        let people: Vec<Uuid> = (1..=plan.consultants.len() as u128)
            .map(Uuid::from_u128)
            .collect();
        Self {
            day: Day::new(plan, &people),
            now: Duration::ZERO,
            people,
            status: HashMap::new(),
            given: HashMap::new(),
            declined: HashMap::new(),
            at: HashMap::new(),
        }
    }

    fn ticket(which: usize) -> Uuid {
        Uuid::from_u128(1_000_000 + which as u128)
    }

    /// To the end of the day.
    fn play(&mut self, refuse: impl Fn(Act) -> bool) {
        while let Some(at) = self.day.next_at() {
            self.now = self.now.max(at);
            while let Some((_, act)) = self.day.next(self.now) {
                let outcome = if refuse(act) {
                    if let Act::Arrive(which) = act {
                        self.leaves(which);
                    }
                    Outcome::Refused
                } else {
                    self.carry_out(act)
                };
                self.day.happened(self.now, act, &outcome);
                self.route();
            }
        }
    }

    fn carry_out(&mut self, act: Act) -> Outcome {
        let status = match act {
            Act::Open(which) => self.stands(which, "open"),
            Act::Accept(which) | Act::Resume(which) | Act::Reopen(which) => {
                self.stands(which, "in_progress")
            }
            Act::Decline(which) => {
                *self.declined.entry(which).or_default() += 1;
                self.stands(which, "open")
            }
            Act::Travel(which) | Act::Arrive(which) => {
                let who = self.day.holder(which).expect("somebody");
                let before = self.at.insert(who, which);
                assert!(
                    before.is_none_or(|it| it == which),
                    "{who} is at two places"
                );
                "in_progress"
            }
            Act::Hold(which) => {
                self.leaves(which);
                self.stands(which, "on_hold")
            }
            Act::LogWork(_) => "in_progress",
            Act::Resolve(which) | Act::SolveByPhone(which) => {
                self.leaves(which);
                self.stands(which, "resolved")
            }
            Act::Close(which) => self.stands(which, "closed"),
            Act::Cancel(which) => {
                self.leaves(which);
                self.stands(which, "cancelled")
            }
            Act::Insist(which, who) => self.give(which, who),
            Act::Start(_) | Act::End(_) | Act::Rate(_) => "",
        };
        Outcome::Done {
            applied: true,
            status: status.to_owned(),
            ticket: match act {
                Act::Open(which) => Some(Self::ticket(which)),
                _ => None,
            },
        }
    }

    fn stands(&mut self, which: usize, status: &'static str) -> &'static str {
        self.status.insert(which, status);
        status
    }

    fn leaves(&mut self, which: usize) {
        self.at.retain(|_, at| *at != which);
    }

    fn give(&mut self, which: usize, who: usize) -> &'static str {
        let given = self.given.entry(which).or_default();
        *given += 1;
        self.day
            .assigned(self.now, Self::ticket(which), self.people[who], *given);
        // Shown twice, it is nothing new.
        self.day
            .assigned(self.now, Self::ticket(which), self.people[who], *given);
        self.stands(which, "assigned")
    }

    /// Whatever waits goes to somebody, unless three have declined.
    fn route(&mut self) {
        let there: Vec<usize> = self.day.on_shift().collect();
        let mut waiting: Vec<usize> = self
            .status
            .iter()
            .filter(|it| *it.1 == "open")
            .map(|it| *it.0)
            .collect();
        waiting.sort_unstable();
        for which in waiting {
            if there.is_empty() {
                return;
            }
            if self.declined.get(&which) == Some(&3) {
                self.day.nobody_accepts(self.now, Self::ticket(which));
            } else {
                self.give(which, there[which % there.len()]);
            }
        }
    }

    fn ended(&self, which: usize) -> &str {
        self.status
            .get(&which)
            .map_or("not opened", |status| status)
    }
}

fn plan() -> Plan {
    Plan::of(Scale {
        seed: 3,
        consultants: 60,
        tickets: 400,
        hours: 10,
    })
}

#[test]
fn every_ticket_ends_as_planned_and_everybody_does_one_thing_at_a_time() {
    let mut shop = Shop::open(plan());
    shop.play(|_| false);
    let mut solved_first = 0;
    for (which, planned) in plan().tickets.iter().enumerate() {
        match (planned.ending(), shop.ended(which)) {
            (Ending::Closed, "closed")
            | (Ending::Resolved, "resolved")
            | (Ending::Cancelled, "cancelled") => {}
            (Ending::Cancelled, "closed" | "resolved") => solved_first += 1,
            (planned, ended) => panic!("ticket {which} was to end {planned:?} and is {ended}"),
        }
    }
    assert!(
        solved_first < 20,
        "{solved_first} were solved before they could be cancelled"
    );
    assert_eq!((shop.day.in_hand(), shop.day.on_shift().count()), (0, 0));
    let told = |kind| shop.day.told[kind];
    let count = |is: &dyn Fn(&crate::demo::plan::Ticket) -> bool| {
        plan().tickets.iter().filter(|it| is(it)).count() as u64
    };
    assert_eq!(told("opened"), 400);
    assert_eq!(
        told("assigned"),
        count(&|it| it.declines == 3 && it.ending() != Ending::Cancelled)
    );
    assert!(told("declined") > 20 && told("held") > 10 && told("answered") > 50);
    assert_eq!(told("held"), told("resumed"));
    assert!(
        told("reopened") >= 5
            && count(&|it| matches!(it.after, After::ComesBack { .. })) >= told("reopened")
    );
}

#[test]
fn who_comes_too_late_is_free_for_the_next() {
    let mut shop = Shop::open(plan());
    // Every seventh ticket is taken out of the hands of whoever arrives for it.
    shop.play(|act| matches!(act, Act::Arrive(which) if which % 7 == 0));
    assert_eq!(shop.day.in_hand(), 0);
    let plan = plan();
    let left = plan
        .tickets
        .iter()
        .enumerate()
        .filter(|(which, _)| shop.ended(*which) == "in_progress");
    for (which, planned) in left {
        assert!(
            which % 7 == 0 && planned.travel.is_some(),
            "ticket {which} was left alone"
        );
    }
}
