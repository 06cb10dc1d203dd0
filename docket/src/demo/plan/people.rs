//! Who works, and whose things break.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::super::country::{CITIES, FIRST_NAMES, LAST_NAMES, SKILLS};
use super::{CLEARING_UP, Scale, draws, near, percent, weighted};

/// Every so many-th consultant can do everything, everywhere: whatever comes, somebody may have it.
const SPECIALIST_EVERY: usize = 5;
const SHIFT: Duration = Duration::from_hours(8);

/// A consultant's day.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::demo) struct Consultant {
    pub(in crate::demo) name: String,
    pub(in crate::demo) skills: BTreeMap<&'static str, u8>,
    /// Everywhere if there are none.
    pub(in crate::demo) areas: Vec<&'static str>,
    pub(in crate::demo) travel_km_max: Option<u32>,
    pub(in crate::demo) languages: Vec<&'static str>,
    pub(in crate::demo) capacity: u32,
    pub(in crate::demo) home: (f64, f64),
    /// What they work of the day.
    pub(in crate::demo) shift: Range<Duration>,
}

/// Somebody with an account.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::demo) struct Customer {
    pub(in crate::demo) name: String,
    /// In [`CITIES`].
    pub(in crate::demo) city: usize,
    pub(in crate::demo) home: (f64, f64),
    /// Whether they may be asked how it went.
    pub(in crate::demo) surveys: bool,
    /// Whom they would like to come.
    pub(in crate::demo) prefers: Option<usize>,
}

pub(super) fn name(draw: &mut fastrand::Rng) -> String {
    let first = FIRST_NAMES[draw.usize(0..FIRST_NAMES.len())];
    format!("{first} {}", LAST_NAMES[draw.usize(0..LAST_NAMES.len())])
}

pub(super) fn consultants(scale: Scale) -> Vec<Consultant> {
    let one = |which| consultant(scale, which, &mut draws(scale, "consultant", which));
    (0..scale.consultants).map(one).collect()
}

fn consultant(scale: Scale, which: usize, draw: &mut fastrand::Rng) -> Consultant {
    let city = &CITIES[weighted(draw, &CITIES, |city| city.weight)];
    let specialist = which.is_multiple_of(SPECIALIST_EVERY);
    let mut known = SKILLS;
    draw.shuffle(&mut known);
    let skills = if specialist {
        known.len()
    } else {
        draw.usize(2..=4)
    };
    let mut languages = vec![city.language];
    if specialist || percent(draw, 40) {
        languages.extend(["de-CH", "fr-CH"].iter().filter(|it| **it != city.language));
    }
    let turn = which / SPECIALIST_EVERY;
    Consultant {
        name: name(draw),
        skills: known[..skills]
            .iter()
            .map(|skill| (*skill, draw.u8(2..=5)))
            .collect(),
        areas: if specialist {
            Vec::new()
        } else {
            vec![city.area]
        },
        travel_km_max: (!specialist).then(|| draw.u32(40..=90)),
        languages,
        capacity: draw.u32(1..=3),
        home: near(draw, city.point),
        shift: if specialist {
            halves(scale)[turn % 2].clone()
        } else {
            shift(scale, draw)
        },
    }
}

/// The day in two shifts that meet in its middle.
fn halves(scale: Scale) -> [Range<Duration>; 2] {
    let open = Duration::from_hours(scale.hours.into());
    let handing_over = Duration::from_mins(30).min(open / 4);
    [
        Duration::ZERO..open / 2 + handing_over,
        (open / 2).saturating_sub(handing_over)..open + CLEARING_UP,
    ]
}

/// Eight hours, or the whole day if that is shorter; early ones and late ones, most in between.
fn shift(scale: Scale, draw: &mut fastrand::Rng) -> Range<Duration> {
    let day = Duration::from_hours(scale.hours.into()) + CLEARING_UP;
    let latest = day.saturating_sub(SHIFT);
    let from = latest * [0, 0, 1, 1, 2, 3][draw.usize(0..6)] / 3;
    from..(from + SHIFT).min(day)
}

pub(super) fn customers(scale: Scale, consultants: &[Consultant]) -> Vec<Customer> {
    let one = |which| {
        let draw = &mut draws(scale, "customer", which);
        let city = weighted(draw, &CITIES, |city| city.weight);
        let likes = percent(draw, 6) && !consultants.is_empty();
        Customer {
            name: name(draw),
            city,
            home: near(draw, CITIES[city].point),
            surveys: percent(draw, 90),
            prefers: likes.then(|| draw.usize(0..consultants.len())),
        }
    };
    // Some have more than one ticket.
    (0..scale.tickets.div_ceil(2)).map(one).collect()
}
