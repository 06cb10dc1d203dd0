//! Who is on shift, and until when that stays so.

use std::collections::HashMap;
use std::fmt;

use docket_domain::Timestamp;
use docket_domain::catalogue::Catalogue;
use docket_domain::consultant::{Duty, ZoneName};
use docket_domain::ids::PersonId;
use docket_domain::routing::Candidate;
use jiff::tz::TimeZone;

use super::world::{Registered, World};

/// Where the rules of time zones come from.
pub type LookUp = Box<dyn Fn(&str) -> Option<TimeZone> + Send + Sync>;

/// The zones asked for so far.
pub(super) struct Zones {
    look_up: LookUp,
    known: HashMap<ZoneName, Option<TimeZone>>,
}

impl fmt::Debug for Zones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.known.keys()).finish()
    }
}

impl Zones {
    pub(super) fn new(look_up: LookUp) -> Self {
        Self {
            look_up,
            known: HashMap::new(),
        }
    }

    /// Somebody as the policy sees them at that moment, and until when that stays so unless the log
    /// says otherwise.
    pub(super) fn candidate(
        &mut self,
        world: &World,
        who: PersonId,
        at: Timestamp,
    ) -> Option<(Candidate, Option<Timestamp>)> {
        let registered = world.consultant(who).registered()?;
        let (on_shift, until) = self.duty(registered, world.catalogue(), at);
        let (load, last) = (world.load(who), world.last_assigned(who));
        Some((registered.candidate(who, load, last, on_shift), until))
    }

    /// Whoever has no hours is always on duty; in a zone that isn't known here, never.
    fn duty(
        &mut self,
        consultant: &Registered,
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> (bool, Option<Timestamp>) {
        let Some(hours) = &consultant.hours else {
            return (true, None);
        };
        let zone = self.known.entry(hours.zone.clone()).or_insert_with(|| {
            let found = (self.look_up)(hours.zone.as_str());
            if found.is_none() {
                tracing::warn!(
                    zone = hours.zone.as_str(),
                    "unknown time zone: its people are off duty"
                );
            }
            found
        });
        let Some(zone) = zone else {
            return (false, None);
        };
        let day_off = |date| catalogue.is_day_off(date, &consultant.areas);
        let Duty { on, until } = hours.duty_at(now, zone, day_off);
        (on, Some(until))
    }
}
