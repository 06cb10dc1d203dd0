//! What breaks, and how everybody who has to do with it will behave.

use std::time::Duration;

use super::super::country::{CATEGORIES, CITIES, REMARKS};
use super::people::{Customer, name};
use super::{Scale, draws, minutes, near, percent, weighted};

/// How many tickets come in each twelfth of the day: few at first, a rush in the late morning, a
/// lull at noon, another rush.
const CURVE: [u32; 12] = [4, 7, 11, 13, 12, 8, 6, 8, 10, 9, 7, 5];
const PRIORITIES: [(&str, u32); 4] = [("low", 20), ("moderate", 55), ("high", 20), ("critical", 5)];

/// A ticket, from its opening to the customer's word on it.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::demo) struct Ticket {
    pub(in crate::demo) opens: Duration,
    pub(in crate::demo) by: By,
    /// One with an account; without, somebody on the phone or at the counter.
    pub(in crate::demo) customer: Option<usize>,
    /// As they are called.
    pub(in crate::demo) name: String,
    /// In [`CITIES`].
    pub(in crate::demo) city: usize,
    pub(in crate::demo) place: (f64, f64),
    /// In [`CATEGORIES`].
    pub(in crate::demo) category: usize,
    pub(in crate::demo) subject: &'static str,
    pub(in crate::demo) priority: &'static str,
    /// So long after the opening the receptionist has solved it, unless somebody works on it.
    pub(in crate::demo) solved_on_phone: Option<Duration>,
    /// So long after the opening the customer doesn't want it any more, unless it is solved.
    pub(in crate::demo) cancels: Option<Duration>,
    /// So many of those it is given to decline, one after the other.
    pub(in crate::demo) declines: u32,
    /// How long whoever it is given to takes to answer.
    pub(in crate::demo) reaction: Duration,
    /// The way there, if somebody has to go.
    pub(in crate::demo) travel: Option<Duration>,
    pub(in crate::demo) work: Duration,
    pub(in crate::demo) hold: Option<Hold>,
    pub(in crate::demo) after: After,
    /// What they answer when they are asked.
    pub(in crate::demo) rating: Option<Rating>,
}

/// Who types it in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::demo) enum By {
    /// The customer.
    Web,
    /// A receptionist.
    Phone,
    /// The staff of the city's store.
    Store,
}

/// In the middle of the work something is missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::demo) struct Hold {
    pub(in crate::demo) awaiting: &'static str,
    pub(in crate::demo) lasts: Duration,
}

/// What becomes of a solved ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::demo) enum After {
    /// It is closed, so much later.
    Closes(Duration),
    /// It comes back, is worked again for a while, and closed.
    ComesBack {
        after: Duration,
        work: Duration,
        closes: Duration,
    },
    /// Nobody says anything: the closer's business, after days.
    Left,
}

/// What a customer thinks of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::demo) struct Rating {
    /// After the closing.
    pub(in crate::demo) after: Duration,
    pub(in crate::demo) score: u8,
    pub(in crate::demo) text: Option<&'static str>,
}

/// How a ticket is meant to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::demo) enum Ending {
    Closed,
    Resolved,
    Cancelled,
}

impl Ticket {
    pub(in crate::demo) const fn ending(&self) -> Ending {
        match (self.cancels, self.after) {
            (Some(_), _) => Ending::Cancelled,
            (None, After::Left) => Ending::Resolved,
            (None, After::Closes(_) | After::ComesBack { .. }) => Ending::Closed,
        }
    }
}

pub(super) fn tickets(scale: Scale, customers: &[Customer]) -> Vec<Ticket> {
    let one = |which| ticket(scale, customers, &mut draws(scale, "ticket", which));
    let mut tickets: Vec<Ticket> = (0..scale.tickets).map(one).collect();
    tickets.sort_by_key(|ticket| ticket.opens);
    tickets
}

fn ticket(scale: Scale, customers: &[Customer], draw: &mut fastrand::Rng) -> Ticket {
    let by = [By::Web, By::Phone, By::Store][weighted(draw, &[45, 40, 15], |it| *it)];
    let account = by == By::Web || percent(draw, 50);
    let customer = account.then(|| draw.usize(0..customers.len()));
    let known = customer.map(|which| &customers[which]);
    let city = match known {
        Some(customer) => customer.city,
        None => weighted(draw, &CITIES, |city| city.weight),
    };
    let category = weighted(draw, &CATEGORIES, |it| it.weight);
    let kind = &CATEGORIES[category];
    let on_phone = by == By::Phone && percent(draw, 8);
    Ticket {
        opens: opens(scale, draw),
        by,
        customer,
        name: known.map_or_else(|| name(draw), |customer| customer.name.clone()),
        city,
        place: known.map_or_else(|| near(draw, CITIES[city].point), |it| it.home),
        category,
        subject: kind.subjects[draw.usize(0..kind.subjects.len())],
        priority: PRIORITIES[weighted(draw, &PRIORITIES, |it| it.1)].0,
        solved_on_phone: on_phone.then(|| minutes(draw, 1, 4)),
        cancels: (!on_phone && percent(draw, 4)).then(|| minutes(draw, 2, 60)),
        declines: [0, 1, 2, 3][weighted(draw, &[905, 65, 15, 15], |it| *it)],
        reaction: minutes(draw, 1, 8),
        travel: percent(draw, kind.visits).then(|| minutes(draw, 6, 35)),
        work: minutes(draw, kind.work.0, kind.work.1),
        hold: percent(draw, 8).then(|| hold(draw)),
        after: after(draw, on_phone),
        rating: percent(draw, 60).then(|| rating(draw)),
    }
}

fn opens(scale: Scale, draw: &mut fastrand::Rng) -> Duration {
    let twelfth_s = u64::from(scale.hours) * 300;
    let twelfth = weighted(draw, &CURVE, |it| *it) as u64;
    let ms = draw.u64(0..twelfth_s * 1_000);
    Duration::from_secs(twelfth * twelfth_s) + Duration::from_millis(ms)
}

fn hold(draw: &mut fastrand::Rng) -> Hold {
    Hold {
        awaiting: ["customer", "parts", "vendor", "evidence"][draw.usize(0..4)],
        lasts: minutes(draw, 20, 90),
    }
}

fn after(draw: &mut fastrand::Rng, on_phone: bool) -> After {
    let closes = minutes(draw, 1, 40);
    match draw.u32(0..100) {
        0..20 => After::Left,
        20..26 if !on_phone => After::ComesBack {
            after: minutes(draw, 5, 40),
            work: minutes(draw, 5, 25),
            closes,
        },
        _ => After::Closes(closes),
    }
}

fn rating(draw: &mut fastrand::Rng) -> Rating {
    let score = 1 + weighted(draw, &[4, 6, 15, 35, 40], |it| *it) as u8;
    Rating {
        after: minutes(draw, 2, 60),
        score,
        text: percent(draw, 30).then(|| REMARKS[usize::from(score) - 1]),
    }
}
