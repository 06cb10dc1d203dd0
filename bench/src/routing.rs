//! Routing: decisions by the index beside looking at each consultant, and the router's whole way
//! from a ticket that was opened to the assignment to be sent, with a long queue beside it. In this
//! process, without a log and without HTTP.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use docket_domain::command::{
    Caller, Channel, Customer, OpenTicket, Origin, Place, Point, Priority,
};
use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantEvent, Level, Profile,
};
use docket_domain::ids::{PersonId, RouterId, TicketId};
use docket_domain::routing::{Basis, Candidate, Job, Pool, Rules, Spot, scan};
use docket_domain::stream::{Event, StreamId};
use docket_domain::text::{Label, Personal, Text};
use docket_domain::{Actor, EventContext, Role, TicketEvent, TicketNumber, Timestamp};
use docket_event_log::{Partition, Sequence};
use docket_process_managers::fact::{Fact, Told};
use docket_process_managers::router::RouterConfig;
use docket_process_managers::router::plan::{Intent, Plan, Step, What};
use uuid::Uuid;

use crate::load::Random;
use crate::stage::Size;
use crate::table::{Budget, Figure, Findings, Row};

const CONSULTANTS: u128 = 5_000;
const CAPACITY: u32 = 4;
const SKILLS: usize = 40;
/// 2026-03-02T12:00:00Z.
const NOON: Timestamp = Timestamp::constant(1_772_452_800, 0);

pub(crate) fn measure(size: Size) -> Findings {
    let mut findings = Findings::default();
    let rounds = size.pick(2_000, 500, 5);
    for (what, asks) in [
        ("skills and a place", true),
        ("nothing: anybody could take them", false),
    ] {
        decisions(rounds, what, asks, &mut findings);
    }
    let tickets = size.pick(20_000, 5_000, 20);
    let waiting = size.pick(50_000, 50_000, 100);
    steps(tickets, waiting, &mut findings);
    findings
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).expect("short and visible")
}

fn skill(random: &mut Random) -> Label {
    text(&format!("skill {}", random.below(SKILLS)))
}

/// Somewhere in a country of 900 by 700 km.
fn point(random: &mut Random) -> Option<Point> {
    Point::new(47.0 + 8.0 * random.unit(), 6.0 + 9.0 * random.unit())
}

fn profile(random: &mut Random) -> Profile {
    Profile {
        name: Personal::Known(text("Somebody")),
        team: None,
        skills: (0..6)
            .map(|_| (skill(random), Level::MAX))
            .collect::<BTreeMap<_, _>>(),
        areas: BTreeSet::new(),
        travel_km_max: (random.below(5) > 0).then(|| 50 + random.below(100) as u32),
        languages: BTreeSet::from([text("de")]),
        capacity: CAPACITY,
    }
}

fn candidate(n: u128, random: &mut Random) -> Candidate {
    let profile = profile(random);
    Candidate {
        id: PersonId(Uuid::from_u128(n)),
        team: None,
        skills: profile.skills,
        areas: profile.areas,
        languages: profile.languages.into_iter().collect(),
        spot: point(random).map(Spot::from),
        max_travel_m: profile.travel_km_max.map(|km| km * 1_000),
        capacity: CAPACITY,
        load: random.below(CAPACITY as usize + 1) as u32,
        on_shift: random.below(3) > 0,
        available: random.below(5) > 0,
        last_assigned_at: None,
    }
}

fn job(n: u128, asks: bool, random: &mut Random) -> Job {
    Job {
        ticket: TicketId(Uuid::from_u128(n)),
        team: None,
        skills: asks
            .then(|| (skill(random), Level::MIN))
            .into_iter()
            .collect(),
        areas: Vec::new(),
        spot: asks.then(|| point(random)).flatten().map(Spot::from),
        language: Some(text("de")),
        preferred: None,
        priority: Priority::Moderate,
        opened_at: NOON,
        declined: Vec::new(),
    }
}

/// Each decision both ways, which must agree.
fn decisions(rounds: u128, what: &str, asks: bool, findings: &mut Findings) {
    let mut random = Random::new(1);
    let everybody: Vec<Candidate> = (1..=CONSULTANTS)
        .map(|n| {
            let mut candidate = candidate(n, &mut random);
            if !asks {
                (candidate.load, candidate.on_shift, candidate.available) = (0, true, true);
            }
            candidate
        })
        .collect();
    let pool: Pool = everybody.iter().cloned().collect();
    let basis = Basis {
        at: NOON,
        rules: Rules::default(),
        positions: vec![0; 8],
        reserved: Vec::new(),
    };
    let (mut by_index, mut by_scan) = (Duration::ZERO, Duration::ZERO);
    let mut slowest: Vec<Duration> = Vec::new();
    for n in 0..rounds {
        let job = job(n, asks, &mut random);
        let began = Instant::now();
        let decision = pool.decide(&job, &basis);
        let took = began.elapsed();
        by_index += took;
        slowest.push(took);
        let began = Instant::now();
        let scanned = scan(&everybody, &job, &basis);
        by_scan += began.elapsed();
        assert_eq!(decision, scanned, "the index decides as the scan does");
    }
    let rate = |took: Duration| Figure::new(rounds as f64 / took.as_secs_f64(), "decisions/s");
    let row = Row::new(
        format!("decisions over 5,000 consultants, asking for {what}"),
        rate(by_index),
    );
    let row = row.beside("looking at each", rate(by_scan));
    findings.row(row.budget(Budget::AtLeast(1_000.0)));
    findings.note(format!(
        "routing, asking for {what}: p99 of a decision {:.2} ms",
        p99(&mut slowest)
    ));
}

/// In milliseconds.
fn p99(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    let place = times.len() * 99 / 100;
    times[place.min(times.len() - 1)].as_secs_f64() * 1_000.0
}

/// A router with a log that is told to it.
struct Story {
    plan: Plan,
    sequences: [u64; 8],
}

impl Story {
    fn tell(&mut self, stream: StreamId, event: Event) {
        let partition = match stream {
            StreamId::Ticket(TicketId(id))
            | StreamId::Consultant(PersonId(id))
            | StreamId::Customer(PersonId(id)) => (id.as_u128() % 8) as u16,
            StreamId::Survey(_) | StreamId::Catalogue => 0,
        };
        let sequence = &mut self.sequences[usize::from(partition)];
        *sequence += 1;
        let context = EventContext {
            actor: Actor {
                id: PersonId(Uuid::nil()),
                role: Role::Service,
            },
            occurred_at: NOON,
            origin: Origin::Live,
            source_sequence: None,
        };
        let told = Told {
            partition: Partition(partition),
            sequence: Sequence(*sequence),
            at: NOON,
            fact: Some(Fact {
                stream,
                event: Some((event, context)),
            }),
        };
        self.plan.read(&told);
    }

    /// Everything there is to do.
    fn step(&mut self) -> Vec<Intent> {
        let mut intents = Vec::new();
        loop {
            let Step {
                intents: more_intents,
                more,
                ..
            } = self.plan.step(NOON);
            intents.extend(more_intents);
            if !more {
                return intents;
            }
        }
    }

    fn open(&mut self, n: u128, skills: Vec<Label>, random: &mut Random) {
        let place = point(random).map(|point| {
            Personal::Known(Place {
                address: None,
                point: Some(point),
            })
        });
        let opened = TicketEvent::Opened(Box::new(OpenTicket {
            number: TicketNumber::new(1, 8, 0),
            customer: Customer::Unregistered(Personal::<Caller>::Erased),
            channel: Channel::Phone,
            store: None,
            team: None,
            subject: Personal::Erased,
            description: None,
            category: None,
            skills,
            priority: Priority::Moderate,
            place,
            language: Some(text("de")),
            fields: BTreeMap::new(),
        }));
        self.tell(ticket(n), opened.into());
    }

    fn assigned(&mut self, intent: Intent) {
        let What::Assign {
            consultant,
            decision,
        } = intent.what
        else {
            return;
        };
        let event = TicketEvent::Assigned {
            consultant,
            decision: Some(decision),
        };
        self.tell(StreamId::Ticket(intent.ticket), event.into());
    }
}

fn ticket(n: u128) -> StreamId {
    StreamId::Ticket(TicketId(Uuid::from_u128(n)))
}

/// From a ticket's opening to its assignment: everything the router does for it but read and send.
fn steps(tickets: u128, waiting: u128, findings: &mut Findings) {
    let mut random = Random::new(2);
    let config = RouterConfig {
        takeover_ms: 0,
        ..RouterConfig::default()
    };
    let router = RouterId(Uuid::from_u128(1));
    let mut shop = Story {
        plan: Plan::new(router, config.settings(), 8, Box::new(|_| None)),
        sequences: [0; 8],
    };
    for n in 1..=CONSULTANTS {
        let id = StreamId::Consultant(PersonId(Uuid::from_u128(n)));
        let registered = ConsultantEvent::Registered(Box::new(profile(&mut random)));
        shop.tell(id, registered.into());
        let available = ConsultantEvent::AvailabilityChanged(Box::new(AvailabilityChange {
            availability: Some(Availability::Available),
            hours: None,
        }));
        shop.tell(id, available.into());
        let place = point(&mut random).map(|point| {
            Personal::Known(Place {
                address: None,
                point: Some(point),
            })
        });
        shop.tell(id, ConsultantEvent::PlaceChanged { place }.into());
    }
    for n in 0..waiting {
        let nobody_has = text(&format!("rare {}", n % 200));
        shop.open(1_000_000 + n, vec![nobody_has], &mut random);
    }
    let began = Instant::now();
    assert_eq!(shop.step().len(), 0, "nobody can take them");
    let taken_in = began.elapsed();
    let mut times = Vec::new();
    let mut busy = VecDeque::new();
    let mut given: u128 = 0;
    let all = Instant::now();
    for n in 0..tickets {
        shop.open(10_000_000 + n, vec![skill(&mut random)], &mut random);
        let began = Instant::now();
        let intents = shop.step();
        times.push(began.elapsed());
        for intent in intents {
            given += 1;
            busy.push_back(intent.ticket);
            shop.assigned(intent);
        }
        if busy.len() > CONSULTANTS as usize * CAPACITY as usize / 2
            && let Some(done) = busy.pop_front()
        {
            let resolved = TicketEvent::Resolved {
                code: text("fixed"),
                note: None,
            };
            shop.tell(StreamId::Ticket(done), resolved.into());
        }
    }
    let rate = given as f64 / all.elapsed().as_secs_f64();
    let figure = Figure::new(p99(&mut times), "ms");
    let what = "a ticket routed over 5,000 consultants, 50,000 others waiting: p99";
    findings.row(Row::new(what, figure).budget(Budget::AtMost(20.0)));
    let figure = Figure::new(rate, "tickets/s");
    let what = "tickets routed, one after the other, with what follows from each";
    findings.row(Row::new(what, figure).budget(Budget::AtLeast(1_000.0)));
    findings.note(format!(
        "routing: {given} of {tickets} tickets found somebody; the {waiting} that wait were taken \
         in within {:.0} ms",
        taken_in.as_secs_f64() * 1_000.0
    ));
}
