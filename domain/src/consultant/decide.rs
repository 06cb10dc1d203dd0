//! What becomes of a command about a consultant: an event, nothing because it is already so, or a
//! rejection.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{
    AREAS_MAX, AvailabilityChange, ConsultantCommand, LANGUAGES_MAX, Profile, ProfileChange,
    SHIFTS_MAX, SKILLS_MAX,
};
use super::event::ConsultantEvent;
use super::state::{Consultant, ConsultantState};
use crate::command::{CommandContext, Place};
use crate::decide::Decision;
use crate::rejection::{Countable, Rejection};
use crate::text::Personal;
use crate::ticket::Digest;

/// Decides a command that [`authorize`](super::authorize()) let pass.
///
/// In the order of the ticket's [`decide`](crate::decide()): whether there is such a consultant;
/// whether the command's source sequence was seen before; version; business time; whether they
/// retired; whether it is already so; bounds. A command that was accepted, sent again, is nothing
/// or a rejection, never a second effect.
pub fn decide(
    consultant: &Consultant,
    context: &CommandContext,
    command: &ConsultantCommand,
) -> Decision<ConsultantEvent> {
    match (consultant, command) {
        (Consultant::Unregistered, ConsultantCommand::Register(_))
        | (Consultant::Registered(_) | Consultant::Retired(_), _) => {}
        (Consultant::Unregistered, _) => return Err(Rejection::NotRegistered),
    }
    if !consultant.history().takes(context)? {
        return Ok(None);
    }
    match (consultant, command) {
        (Consultant::Registered(state), _) => decide_registered(state, command),
        (_, ConsultantCommand::Register(profile)) => register(profile),
        (_, ConsultantCommand::Retire) => Ok(None),
        (_, _) => Err(Rejection::Retired),
    }
}

fn decide_registered(
    state: &ConsultantState,
    command: &ConsultantCommand,
) -> Decision<ConsultantEvent> {
    match command {
        ConsultantCommand::Register(profile) => register_again(state, profile),
        ConsultantCommand::ChangeProfile(change) => change_profile(state, change),
        ConsultantCommand::ChangeAvailability(change) => change_availability(state, change),
        ConsultantCommand::ChangePlace { place } => Ok(change_place(state, place.as_ref())),
        ConsultantCommand::Retire => Ok(Some(ConsultantEvent::Retired)),
    }
}

fn register(profile: &Profile) -> Decision<ConsultantEvent> {
    check_bounds(&ProfileChange::from(profile))?;
    Ok(Some(ConsultantEvent::Registered(Box::new(profile.clone()))))
}

/// Whoever brings people from elsewhere may tell of them again and again. That it says something
/// else isn't taken for a correction: what managers entered here would be lost.
fn register_again(state: &ConsultantState, profile: &Profile) -> Decision<ConsultantEvent> {
    if profile_changes(state, &ProfileChange::from(profile)) == ProfileChange::default() {
        Ok(None)
    } else {
        Err(Rejection::AlreadyRegistered)
    }
}

/// Only what really changes is recorded, as of a ticket's amendment.
fn change_profile(state: &ConsultantState, change: &ProfileChange) -> Decision<ConsultantEvent> {
    let changes = profile_changes(state, change);
    if changes == ProfileChange::default() {
        return Ok(None);
    }
    check_bounds(&changes)?;
    Ok(Some(ConsultantEvent::ProfileChanged(Box::new(changes))))
}

/// The change without what is so already.
fn profile_changes(state: &ConsultantState, change: &ProfileChange) -> ProfileChange {
    let ProfileChange {
        name,
        team,
        skills,
        areas,
        travel_km_max,
        languages,
        capacity,
    } = change.clone();
    ProfileChange {
        name: name.filter(|name| Digest::from(name) != state.name),
        team: team.filter(|team| *team != state.team),
        skills: skills.filter(|skills| *skills != state.skills),
        areas: areas.filter(|areas| *areas != state.areas),
        travel_km_max: travel_km_max.filter(|max| *max != state.travel_km_max),
        languages: languages.filter(|languages| *languages != state.languages),
        capacity: capacity.filter(|capacity| *capacity != state.capacity),
    }
}

fn check_bounds(change: &ProfileChange) -> Result<(), Rejection> {
    let skills = change.skills.as_ref().map_or(0, BTreeMap::len);
    let areas = change.areas.as_ref().map_or(0, BTreeSet::len);
    let languages = change.languages.as_ref().map_or(0, BTreeSet::len);
    for (count, what, max) in [
        (skills, Countable::Skills, SKILLS_MAX),
        (areas, Countable::Areas, AREAS_MAX),
        (languages, Countable::Languages, LANGUAGES_MAX),
    ] {
        if count > max {
            return Err(Rejection::full(what, max));
        }
    }
    Ok(())
}

fn change_availability(
    state: &ConsultantState,
    change: &AvailabilityChange,
) -> Decision<ConsultantEvent> {
    let changes = AvailabilityChange {
        availability: change
            .availability
            .filter(|availability| *availability != state.availability),
        hours: change.hours.clone().filter(|hours| *hours != state.hours),
    };
    if changes == AvailabilityChange::default() {
        return Ok(None);
    }
    if let Some(Some(hours)) = &changes.hours
        && hours.shifts.len() > SHIFTS_MAX
    {
        return Err(Rejection::full(Countable::Shifts, SHIFTS_MAX));
    }
    Ok(Some(ConsultantEvent::AvailabilityChanged(Box::new(
        changes,
    ))))
}

fn change_place(
    state: &ConsultantState,
    place: Option<&Personal<Place>>,
) -> Option<ConsultantEvent> {
    if place.map(Digest::from) == state.place {
        return None;
    }
    Some(ConsultantEvent::PlaceChanged {
        place: place.cloned(),
    })
}
