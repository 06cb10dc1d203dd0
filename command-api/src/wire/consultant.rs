//! Bodies of consultants' commands, made commands.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::consultant::{
    AREAS_MAX, AvailabilityChange, ConsultantCommand, ConsultantCommandName, LANGUAGES_MAX, Level,
    Profile, ProfileChange, SKILLS_MAX,
};
use docket_domain::ids::PersonId;
use docket_domain::text::{Label, Personal};

use super::bodies::consultant::{AvailabilityBody, ProfileBody, RegisterConsultantBody, WhereBody};
use super::check::Check;
use super::command::{Read, Reading, just};
use super::hours::hours;
use super::object::Object;
use super::place::place;
use super::whose::Whose;

/// Reads the body of the named command about that consultant.
pub(super) fn body_of(
    name: ConsultantCommandName,
    from: Reading<'_>,
    id: PersonId,
    issuer: &str,
) -> Read {
    match name {
        ConsultantCommandName::Register => {
            from.read(|body, check| register(body, id, issuer, check))
        }
        ConsultantCommandName::ChangeProfile => from.read(profile),
        ConsultantCommandName::ChangeAvailability => from.read(availability),
        ConsultantCommandName::ChangePlace => from.read(change_place),
        ConsultantCommandName::Retire => from.read(just(ConsultantCommand::Retire)),
    }
}

fn register(
    body: RegisterConsultantBody,
    id: PersonId,
    issuer: &str,
    check: &mut Check,
) -> Option<ConsultantCommand> {
    let whose = Whose {
        id: body.id,
        subject: body.subject,
        issuer: body.issuer,
    };
    whose.expect(id, issuer, check);
    let name = check.required_text("name", body.name);
    let team = check.text("team", body.team);
    let skills = skills(body.skills, check);
    let areas = labels("areas", body.areas, AREAS_MAX, check);
    let languages = labels("languages", body.languages, LANGUAGES_MAX, check);
    let capacity = check.required("capacity", body.capacity);
    Some(ConsultantCommand::Register(Box::new(Profile {
        name: Personal::Known(name?),
        team,
        skills,
        areas,
        travel_km_max: body.travel_km_max,
        languages,
        capacity: capacity?,
    })))
}

#[expect(clippy::unnecessary_wraps, reason = "as its neighbours")]
fn profile(body: ProfileBody, check: &mut Check) -> Option<ConsultantCommand> {
    let change = ProfileChange {
        name: check.personal("name", body.name),
        team: body.team.map(|team| check.text("team", team)),
        skills: body.skills.map(|given| skills(given, check)),
        areas: body
            .areas
            .map(|given| labels("areas", given, AREAS_MAX, check)),
        travel_km_max: body.travel_km_max,
        languages: body
            .languages
            .map(|given| labels("languages", given, LANGUAGES_MAX, check)),
        capacity: body.capacity,
    };
    Some(ConsultantCommand::ChangeProfile(Box::new(change)))
}

fn skills(given: BTreeMap<String, u32>, check: &mut Check) -> BTreeMap<Label, Level> {
    check.at_most("skills", given.len(), SKILLS_MAX);
    let mut skills = BTreeMap::new();
    for (name, level) in given.into_iter().take(SKILLS_MAX) {
        let known = u8::try_from(level).ok().and_then(Level::new);
        if known.is_none() {
            check.fault(&format!("skills.{name}"), "must be a level from 1 to 5");
        }
        match Label::new(name) {
            Ok(name) => skills.extend(known.map(|level| (name, level))),
            Err(invalid) => check.fault("skills", format!("has a name that {invalid}")),
        }
    }
    skills
}

fn labels(field: &str, given: Vec<String>, max: usize, check: &mut Check) -> BTreeSet<Label> {
    check.texts(field, given, max).into_iter().collect()
}

#[expect(clippy::unnecessary_wraps, reason = "as its neighbours")]
fn availability(body: AvailabilityBody, check: &mut Check) -> Option<ConsultantCommand> {
    let change = AvailabilityChange {
        availability: body.availability.map(Into::into),
        hours: body
            .hours
            .map(|given| given.and_then(|Object(given)| hours(given, check))),
    };
    Some(ConsultantCommand::ChangeAvailability(Box::new(change)))
}

fn change_place(body: WhereBody, check: &mut Check) -> Option<ConsultantCommand> {
    let place = check
        .required("place", body.place)?
        .and_then(|Object(given)| place(given, check));
    Some(ConsultantCommand::ChangePlace {
        place: place.map(Personal::Known),
    })
}
