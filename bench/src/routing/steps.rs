//! From a ticket's opening to its assignment: everything the router does for it but read and send.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::{Duration, Instant};

use docket_domain::consultant::{Hours, Shift, ZoneName};
use jiff::civil::{Time, Weekday};

use super::story::Story;
use super::{CAPACITY, CONSULTANTS, EVERYWHERE, NOON, p99, skill, text};
use crate::load::Random;
use crate::table::{Budget, Figure, Findings, Row};

/// Where the consultants live, when there are tickets that nobody reaches.
pub(super) const WEST: Range<f64> = 6.0..10.0;
/// Where those tickets are: 85 km from the nearest of them.
pub(super) const EAST: Range<f64> = 11.3..15.0;
/// How many consultants begin their shift at each of the afternoon's hours.
const SHIFT: u128 = 1_000;

/// With others waiting that ask for what nobody knows.
pub(super) fn skills_that_nobody_has(tickets: u128, waiting: u128, findings: &mut Findings) {
    let mut random = Random::new(2);
    let mut shop = Story::new();
    for n in 1..=CONSULTANTS {
        let travel_km_max = (random.below(5) > 0).then(|| 50 + random.below(100) as u32);
        shop.hire(n, &EVERYWHERE, travel_km_max, None, &mut random);
    }
    for n in 0..waiting {
        let nobody_has = text(&format!("rare {}", n % 200));
        shop.open(1_000_000 + n, vec![nobody_has], &EVERYWHERE, &mut random);
    }
    let began = Instant::now();
    assert_eq!(shop.all().len(), 0, "nobody can take them");
    let taken_in = began.elapsed();
    let all = Instant::now();
    let (given, mut times) = day(&mut shop, tickets, &EVERYWHERE, &mut random);
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

/// With others waiting where nobody goes, over consultants with working hours; and what happens when
/// many shifts begin at once.
pub(super) fn out_of_reach(tickets: u128, waiting: u128, findings: &mut Findings) {
    let mut random = Random::new(4);
    let mut shop = Story::new();
    for n in 1..=CONSULTANTS {
        // Two fifths work already, the others begin in the afternoon, at 14, 15 and 16 hours.
        let hours = match (n - 1) / SHIFT {
            0 | 1 => hours(6, 22),
            later => hours(12 + later as i8, 23),
        };
        shop.hire(n, &WEST, Some(50), Some(hours), &mut random);
    }
    for n in 0..waiting {
        shop.open(1_000_000 + n, vec![skill(&mut random)], &EAST, &mut random);
    }
    assert_eq!(shop.all().len(), 0, "nobody can take them");
    let (given, mut times) = day(&mut shop, tickets, &WEST, &mut random);
    let figure = Figure::new(p99(&mut times), "ms");
    let what = "the same, those out of everybody's reach, with working hours: p99";
    findings.row(Row::new(what, figure).budget(Budget::AtMost(20.0)));
    findings.note(format!(
        "routing: of those {given} of {tickets} tickets found somebody"
    ));
    let (waits, settled) = shifts(&mut shop, &mut random);
    let figure = Figure::new(waits.as_secs_f64() * 1_000.0, "ms");
    let what = "a ticket opened when 1,000 shifts begin at once, 50,000 out of reach: longest";
    findings.row(Row::new(what, figure));
    findings.note(format!(
        "routing: all that follows from 1,000 shifts that begin took {:.0} ms at most",
        settled.as_secs_f64() * 1_000.0
    ));
}

/// At each hour that shifts begin at: how long a ticket waits that is opened just then, and how long
/// it takes until nothing is left to do; the longest.
fn shifts(shop: &mut Story, random: &mut Random) -> (Duration, Duration) {
    let (mut waits, mut settled) = (Duration::ZERO, Duration::ZERO);
    // 14:00 in Berlin is an hour after noon.
    for hour in 1..=3_i64 {
        shop.now = NOON + jiff::SignedDuration::from_hours(hour);
        let ticket = shop.open(90_000_000 + hour as u128, Vec::new(), &WEST, random);
        let began = Instant::now();
        let mut sent = None;
        let mut intents = Vec::new();
        loop {
            let (some, more) = shop.some();
            if some.iter().any(|intent| intent.ticket == ticket) {
                sent = Some(began.elapsed());
            }
            intents.extend(some);
            if !more {
                break;
            }
        }
        settled = settled.max(began.elapsed());
        waits = waits.max(sent.unwrap_or_default());
        for intent in intents {
            shop.assigned(intent);
        }
        shop.all();
    }
    (waits, settled)
}

/// Tickets come one after the other, and most of what was given away is done after a while: how many
/// found somebody, and how long each took.
fn day(
    shop: &mut Story,
    tickets: u128,
    lie: &Range<f64>,
    random: &mut Random,
) -> (u128, Vec<Duration>) {
    let mut times = Vec::new();
    let mut busy = VecDeque::new();
    let mut given: u128 = 0;
    for n in 0..tickets {
        shop.open(10_000_000 + n, vec![skill(random)], lie, random);
        let began = Instant::now();
        let intents = shop.all();
        times.push(began.elapsed());
        for intent in intents {
            given += 1;
            busy.push_back(intent.ticket);
            shop.assigned(intent);
        }
        if busy.len() > CONSULTANTS as usize * CAPACITY as usize / 5
            && let Some(done) = busy.pop_front()
        {
            shop.resolved(done);
        }
    }
    (given, times)
}

/// Every day from one hour to another, in Berlin.
fn hours(from: i8, to: i8) -> Hours {
    let hour = |hour| Time::constant(hour, 0, 0, 0);
    let days = Weekday::Monday.cycle_forward().take(7);
    let shifts = days.filter_map(|day| Shift::new(day, hour(from), hour(to)));
    Hours {
        zone: ZoneName::new("Europe/Berlin").expect("a name"),
        shifts: shifts.collect(),
    }
}
