//! The day as it is meant to go: who works when, what breaks when, and how each of them will behave.
//! Pure, and all of it drawn from the seed: the same scale gives the same plan.
//!
//! Times are of the shop: since its doors opened. What routers do isn't planned, nor who gets a
//! ticket; so a plan says how a ticket's next two consultants will decline, not who they are.

mod people;
mod tickets;

use std::time::Duration;

pub(super) use people::{Consultant, Customer};
pub(super) use tickets::{After, By, Ending, Rating, Ticket};

/// How big a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scale {
    /// What everything is drawn from.
    pub seed: u64,
    /// How many consultants work on it.
    pub consultants: usize,
    /// How many tickets come in.
    pub tickets: usize,
    /// How long the doors are open, in hours.
    pub hours: u32,
}

/// After the doors have closed, the last shift goes on for so long.
pub(super) const CLEARING_UP: Duration = Duration::from_mins(90);
/// When the doors open, on the clock.
pub(super) const OPENS_AT: Duration = Duration::from_hours(7);

/// The day as it is meant to go.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Plan {
    pub(super) consultants: Vec<Consultant>,
    pub(super) customers: Vec<Customer>,
    /// In the order in which they come in.
    pub(super) tickets: Vec<Ticket>,
}

impl Plan {
    pub(super) fn of(scale: Scale) -> Self {
        let consultants = people::consultants(scale);
        let customers = people::customers(scale, &consultants);
        let tickets = tickets::tickets(scale, &customers);
        Self {
            consultants,
            customers,
            tickets,
        }
    }

    /// When the last shift is over.
    pub(super) fn ends(&self) -> Duration {
        let ends = self
            .consultants
            .iter()
            .map(|consultant| consultant.shift.end);
        ends.max().unwrap_or_default()
    }
}

/// Draws of their own for each thing there is, so that one more of it changes no other.
fn draws(scale: Scale, of: &str, which: usize) -> fastrand::Rng {
    let mut seed = scale.seed ^ 0x9e37_79b9_7f4a_7c15;
    for byte in of.bytes().chain(which.to_be_bytes()) {
        seed = (seed ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    fastrand::Rng::with_seed(seed)
}

/// In so many cases of a hundred.
fn percent(draw: &mut fastrand::Rng, cases: u32) -> bool {
    draw.u32(0..100) < cases
}

fn minutes(draw: &mut fastrand::Rng, least: u64, most: u64) -> Duration {
    Duration::from_secs(draw.u64(60 * least..=60 * most))
}

/// One of them, as often as its weight is of the sum.
fn weighted<T>(draw: &mut fastrand::Rng, from: &[T], weight: impl Fn(&T) -> u32) -> usize {
    let mut left = draw.u32(0..from.iter().map(&weight).sum());
    let chosen = from.iter().position(|one| {
        let here = left < weight(one);
        left = left.saturating_sub(weight(one));
        here
    });
    chosen.unwrap_or_default()
}

/// A place some kilometres around.
fn near(draw: &mut fastrand::Rng, point: (f64, f64)) -> (f64, f64) {
    let mut off = || f64::from(draw.i32(-600..=600)) / 10_000.0;
    (point.0 + off(), point.1 + off())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::country::{CATEGORIES, CITIES};
    use super::*;

    const SCALE: Scale = Scale {
        seed: 7,
        consultants: 60,
        tickets: 1_000,
        hours: 12,
    };

    #[test]
    fn the_same_seed_gives_the_same_day_and_another_one_another() {
        assert_eq!(Plan::of(SCALE), Plan::of(SCALE));
        assert_ne!(Plan::of(SCALE), Plan::of(Scale { seed: 8, ..SCALE }));
        // More tickets leave those alone that there were.
        let more = Plan::of(Scale {
            tickets: 1_001,
            ..SCALE
        });
        assert_eq!(Plan::of(SCALE).consultants, more.consultants);
    }

    #[test]
    fn a_day_has_of_everything() {
        let plan = Plan::of(SCALE);
        let some = |what: &str, is: &dyn Fn(&Ticket) -> bool| {
            let cases = plan.tickets.iter().filter(|ticket| is(ticket)).count();
            assert!((3..900).contains(&cases), "{cases} × {what}");
        };
        some("declined", &|it| it.declines > 0);
        some("left to a manager", &|it| it.declines == 3);
        some("held", &|it| it.hold.is_some());
        some("cancelled", &|it| it.cancels.is_some());
        some("solved on the phone", &|it| it.solved_on_phone.is_some());
        some("visited", &|it| it.travel.is_some());
        some("by a store", &|it| it.by == By::Store);
        some("without an account", &|it| it.customer.is_none());
        some("reopened", &|it| {
            matches!(it.after, After::ComesBack { .. })
        });
        some("left to the closer", &|it| it.after == After::Left);
        some("rated", &|it| it.rating.is_some());
        assert_eq!(plan.tickets.len(), SCALE.tickets);
        assert!(plan.tickets.is_sorted_by_key(|ticket| ticket.opens));
        let open = Duration::from_hours(12);
        assert!(plan.tickets.iter().all(|ticket| ticket.opens < open));
        let early = |it: &&Ticket| it.opens < Duration::from_hours(2);
        let busy = |it: &&Ticket| (3..5).contains(&(it.opens.as_secs() / 3_600));
        let count = |is: &dyn Fn(&&Ticket) -> bool| plan.tickets.iter().filter(is).count();
        assert!(count(&early) < count(&busy), "there is no rush");
    }

    #[test]
    fn at_any_time_somebody_works_who_can_do_whatever_may_come() {
        for consultants in [10, 60, 300] {
            let plan = Plan::of(Scale {
                consultants,
                ..SCALE
            });
            assert_eq!(plan.consultants.len(), consultants);
            for (quarter, category) in (0..48).flat_map(|q| CATEGORIES.iter().map(move |c| (q, c)))
            {
                let now = Duration::from_mins(15 * quarter + 1);
                let able = plan.consultants.iter().any(|it| {
                    let knows = |skill| it.skills.contains_key(skill);
                    it.shift.contains(&now)
                        && it.areas.is_empty()
                        && it.travel_km_max.is_none()
                        && category.skills.iter().all(knows)
                });
                assert!(able, "nobody for {} at {now:?}", category.name);
            }
        }
        let areas: BTreeSet<_> = CITIES.iter().map(|city| city.area).collect();
        let plan = Plan::of(SCALE);
        let mut served = plan.consultants.iter().flat_map(|it| &it.areas);
        assert!(served.all(|area| areas.contains(area)));
    }
}
