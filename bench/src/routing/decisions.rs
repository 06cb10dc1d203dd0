//! Decisions by the index, and searches in the queue, each beside looking at all there are.

use std::time::{Duration, Instant};

use docket_domain::command::Priority;
use docket_domain::consultant::Level;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::{Basis, Candidate, Job, Pool, Queue, Rules, Spot, exclusion, scan};
use uuid::Uuid;

use super::steps::{EAST, WEST};
use super::{CAPACITY, CONSULTANTS, EVERYWHERE, NOON, p99, point, skill, text};
use crate::load::Random;
use crate::table::{Budget, Figure, Findings, Row};

fn candidate(n: u128, random: &mut Random) -> Candidate {
    Candidate {
        id: PersonId(Uuid::from_u128(n)),
        team: None,
        skills: (0..6).map(|_| (skill(random), Level::MAX)).collect(),
        areas: [].into(),
        languages: vec![text("de")],
        spot: point(random, &EVERYWHERE).map(Spot::from),
        max_travel_m: (random.below(5) > 0).then(|| 50_000 + 1_000 * random.below(100) as u32),
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
        spot: asks
            .then(|| point(random, &EVERYWHERE))
            .flatten()
            .map(Spot::from),
        language: Some(text("de")),
        preferred: None,
        priority: Priority::Moderate,
        opened_at: NOON,
        declined: Vec::new(),
    }
}

/// Each decision both ways, which must agree.
pub(super) fn decisions(rounds: u128, what: &str, asks: bool, findings: &mut Findings) {
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

/// For somebody who came free, among tickets that are all too far away: both ways, which must agree.
pub(super) fn searches(rounds: u128, waiting: u128, findings: &mut Findings) {
    let mut random = Random::new(3);
    let mut queue = Queue::new(Rules::default());
    for n in 0..waiting {
        let spot = point(&mut random, &EAST).map(Spot::from);
        queue.put(Job {
            spot,
            ..job(n, true, &mut random)
        });
    }
    let (mut by_index, mut by_scan) = (Duration::ZERO, Duration::ZERO);
    let mut slowest: Vec<Duration> = Vec::new();
    for n in 0..rounds {
        let free = Candidate {
            spot: point(&mut random, &WEST).map(Spot::from),
            max_travel_m: Some(50_000),
            load: 0,
            on_shift: true,
            available: true,
            ..candidate(n, &mut random)
        };
        let began = Instant::now();
        let found = queue.next_for(&free);
        let took = began.elapsed();
        by_index += took;
        slowest.push(took);
        let began = Instant::now();
        let scanned = queue.iter().find(|job| exclusion(&free, job).is_none());
        by_scan += began.elapsed();
        assert_eq!(found, scanned, "the search finds what looking at each does");
    }
    let rate = |took: Duration| Figure::new(rounds as f64 / took.as_secs_f64(), "searches/s");
    let what = "searches of a ticket for somebody, 50,000 waiting out of everybody's reach";
    findings.row(Row::new(what, rate(by_index)).beside("looking at each", rate(by_scan)));
    findings.note(format!(
        "routing: p99 of a search among {waiting} out of reach {:.2} ms",
        p99(&mut slowest)
    ));
}
