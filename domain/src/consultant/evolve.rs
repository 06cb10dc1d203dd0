//! What an event makes of a consultant.

use super::command::{Availability, AvailabilityChange, Profile, ProfileChange};
use super::event::ConsultantEvent;
use super::state::{Consultant, ConsultantState};
use crate::event::EventContext;
use crate::history::History;
use crate::ticket::Digest;

/// The consultant after the event. Never panics and never refuses: what lies in the log has
/// happened. Of events that [`decide`](super::decide()) can't have written, those before
/// `Registered` change nothing, and those out of order only count.
pub fn evolve(
    consultant: Consultant,
    context: &EventContext,
    event: &ConsultantEvent,
) -> Consultant {
    let history = consultant.history().and(context);
    match (consultant, event) {
        (
            Consultant::Unregistered | Consultant::Retired(_),
            ConsultantEvent::Registered(profile),
        ) => Consultant::Registered(Box::new(registered(history, profile))),
        (Consultant::Unregistered, _) => Consultant::Unregistered,
        (Consultant::Retired(_), _) | (Consultant::Registered(_), ConsultantEvent::Retired) => {
            Consultant::Retired(Box::new(history))
        }
        (Consultant::Registered(mut state), _) => {
            state.history = history;
            apply(&mut state, event);
            Consultant::Registered(state)
        }
    }
}

fn registered(history: History, profile: &Profile) -> ConsultantState {
    let Profile {
        name,
        team,
        skills,
        areas,
        travel_km_max,
        languages,
        capacity,
    } = profile;
    ConsultantState {
        history,
        name: Digest::from(name),
        team: team.clone(),
        skills: skills.clone(),
        areas: areas.clone(),
        travel_km_max: *travel_km_max,
        languages: languages.clone(),
        capacity: *capacity,
        availability: Availability::Away,
        hours: None,
        place: None,
    }
}

fn apply(state: &mut ConsultantState, event: &ConsultantEvent) {
    match event {
        ConsultantEvent::Registered(_) | ConsultantEvent::Retired => {}
        ConsultantEvent::ProfileChanged(change) => change_profile(state, change),
        ConsultantEvent::AvailabilityChanged(change) => {
            let AvailabilityChange {
                availability,
                hours,
            } = &**change;
            if let Some(availability) = availability {
                state.availability = *availability;
            }
            if let Some(hours) = hours {
                state.hours.clone_from(hours);
            }
        }
        ConsultantEvent::PlaceChanged { place } => {
            state.place = place.as_ref().map(Digest::from);
        }
    }
}

fn change_profile(state: &mut ConsultantState, change: &ProfileChange) {
    let ProfileChange {
        name,
        team,
        skills,
        areas,
        travel_km_max,
        languages,
        capacity,
    } = change;
    if let Some(name) = name {
        state.name = Digest::from(name);
    }
    if let Some(team) = team {
        state.team.clone_from(team);
    }
    if let Some(skills) = skills {
        state.skills.clone_from(skills);
    }
    if let Some(areas) = areas {
        state.areas.clone_from(areas);
    }
    if let Some(travel_km_max) = travel_km_max {
        state.travel_km_max = *travel_km_max;
    }
    if let Some(languages) = languages {
        state.languages.clone_from(languages);
    }
    if let Some(capacity) = capacity {
        state.capacity = *capacity;
    }
}
