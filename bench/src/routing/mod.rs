//! Routing: decisions by the index beside looking at each consultant, the search for a ticket beside
//! looking at each that waits, and the router's whole way from a ticket that was opened to the
//! assignment to be sent, with a long queue beside it, in this process, without a log and without HTTP;
//! and opening tickets over HTTP beside a long queue.

mod decisions;
mod opening;
mod steps;
mod story;

use std::ops::Range;
use std::time::Duration;

use docket_domain::Timestamp;
use docket_domain::command::Point;
use docket_domain::text::{Label, Text};

use crate::load::Random;
use crate::stage::{Size, Stage};
use crate::table::Findings;

const CONSULTANTS: u128 = 5_000;
const CAPACITY: u32 = 4;
const SKILLS: usize = 40;
/// 2026-03-02T12:00:00Z, a Monday.
const NOON: Timestamp = Timestamp::constant(1_772_452_800, 0);
/// Longitudes of a country of 900 by 700 km.
const EVERYWHERE: Range<f64> = 6.0..15.0;

pub(crate) async fn measure(stage: &Stage, size: Size) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let rounds = size.pick(2_000, 500, 5);
    for (what, asks) in [
        ("skills and a place", true),
        ("nothing: anybody could take them", false),
    ] {
        decisions::decisions(rounds, what, asks, &mut findings);
    }
    let waiting = size.pick(50_000, 50_000, 100);
    decisions::searches(size.pick(2_000, 500, 5), waiting, &mut findings);
    let tickets = size.pick(20_000, 5_000, 20);
    steps::skills_that_nobody_has(tickets, waiting, &mut findings);
    steps::out_of_reach(tickets, waiting, &mut findings);
    opening::opening(stage, size, &mut findings).await?;
    Ok(findings)
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).expect("short and visible")
}

fn skill(random: &mut Random) -> Label {
    text(&format!("skill {}", random.below(SKILLS)))
}

/// Somewhere between those longitudes.
fn point(random: &mut Random, longitudes: &Range<f64>) -> Option<Point> {
    let width = longitudes.end - longitudes.start;
    let east = longitudes.start + width * random.unit();
    Point::new(47.0 + 8.0 * random.unit(), east)
}

/// In milliseconds.
fn p99(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    let place = times.len() * 99 / 100;
    times[place.min(times.len() - 1)].as_secs_f64() * 1_000.0
}
