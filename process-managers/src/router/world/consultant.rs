//! A consultant as the router must know them.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::Timestamp;
use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantEvent, Hours, Profile, ProfileChange,
};
use docket_domain::ids::PersonId;
use docket_domain::routing::{Candidate, Level, Spot};
use docket_domain::text::Label;

use super::spot_of;

/// What is known of a consultant.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) enum Consultant {
    /// Nothing, unless that tickets were given to them.
    #[default]
    Unknown,
    /// At work, or away for a while.
    Registered(Box<Registered>),
    /// Works no more, since then.
    Retired(Timestamp),
    /// There is an event that can't be read: they are given nothing.
    Unreadable,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Registered {
    team: Option<Label>,
    skills: BTreeMap<Label, Level>,
    pub(crate) areas: BTreeSet<Label>,
    travel_km_max: Option<u32>,
    languages: Vec<Label>,
    capacity: u32,
    availability: Availability,
    pub(crate) hours: Option<Hours>,
    spot: Option<Spot>,
}

impl Consultant {
    /// Follows [`evolve`](docket_domain::consultant::evolve).
    pub(crate) fn apply(&mut self, event: &ConsultantEvent, at: Timestamp) {
        match (&mut *self, event) {
            (Self::Unknown | Self::Retired(_), ConsultantEvent::Registered(profile)) => {
                *self = Self::Registered(Box::new(Registered::from(&**profile)));
            }
            (Self::Registered(_), ConsultantEvent::Retired) => *self = Self::Retired(at),
            (Self::Registered(state), _) => state.apply(event),
            (Self::Unknown | Self::Retired(_) | Self::Unreadable, _) => {}
        }
    }

    pub(crate) fn registered(&self) -> Option<&Registered> {
        match self {
            Self::Registered(state) => Some(state),
            Self::Unknown | Self::Retired(_) | Self::Unreadable => None,
        }
    }
}

impl From<&Profile> for Registered {
    fn from(profile: &Profile) -> Self {
        let Profile {
            name: _,
            team,
            skills,
            areas,
            travel_km_max,
            languages,
            capacity,
        } = profile.clone();
        Self {
            team,
            skills,
            areas,
            travel_km_max,
            languages: languages.into_iter().collect(),
            capacity,
            availability: Availability::Away,
            hours: None,
            spot: None,
        }
    }
}

impl Registered {
    fn apply(&mut self, event: &ConsultantEvent) {
        match event {
            ConsultantEvent::Registered(_) | ConsultantEvent::Retired => {}
            ConsultantEvent::ProfileChanged(change) => self.change_profile(change),
            ConsultantEvent::AvailabilityChanged(change) => {
                let AvailabilityChange {
                    availability,
                    hours,
                } = &**change;
                if let Some(availability) = availability {
                    self.availability = *availability;
                }
                if let Some(hours) = hours {
                    self.hours.clone_from(hours);
                }
            }
            ConsultantEvent::PlaceChanged { place } => {
                self.spot = place.as_ref().and_then(spot_of);
            }
        }
    }

    fn change_profile(&mut self, change: &ProfileChange) {
        let ProfileChange {
            name: _,
            team,
            skills,
            areas,
            travel_km_max,
            languages,
            capacity,
        } = change;
        if let Some(team) = team {
            self.team.clone_from(team);
        }
        if let Some(skills) = skills {
            self.skills.clone_from(skills);
        }
        if let Some(areas) = areas {
            self.areas.clone_from(areas);
        }
        if let Some(travel_km_max) = travel_km_max {
            self.travel_km_max = *travel_km_max;
        }
        if let Some(languages) = languages {
            self.languages = languages.iter().cloned().collect();
        }
        if let Some(capacity) = capacity {
            self.capacity = *capacity;
        }
    }

    /// As the policy sees them.
    pub(crate) fn candidate(
        &self,
        id: PersonId,
        load: u32,
        last_assigned_at: Option<Timestamp>,
        on_shift: bool,
    ) -> Candidate {
        Candidate {
            id,
            team: self.team.clone(),
            skills: self.skills.clone(),
            areas: self.areas.clone(),
            languages: self.languages.clone(),
            spot: self.spot,
            max_travel_m: self.travel_km_max.map(|km| km.saturating_mul(1_000)),
            capacity: self.capacity,
            load,
            on_shift,
            available: self.availability == Availability::Available,
            last_assigned_at,
        }
    }
}
