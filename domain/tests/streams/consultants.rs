//! A consultant's working life.

use std::collections::BTreeSet;

use docket_domain::consultant::{
    AREAS_MAX, Availability, AvailabilityChange, Consultant, ConsultantCommand,
    ConsultantCommandName, ConsultantEvent, Hours, LANGUAGES_MAX, Level, Profile, ProfileChange,
    SHIFTS_MAX, SKILLS_MAX, Shift,
};
use docket_domain::rejection::Countable;
use docket_domain::stream::Aggregate;
use docket_domain::{Actor, Rejection, Role};
use jiff::civil::{Weekday, time};

use crate::scenarios::{
    ANNA, CONSULTANT, available, many_labels, new_capacity, office_hours, place, profile,
    registered_consultant, retired_consultant, skills, to_consultant,
};
use crate::story::{Story, given};

const HERSELF: Actor = Actor {
    id: ANNA,
    role: Role::Consultant,
};

fn change_profile(change: ProfileChange) -> ConsultantCommand {
    ConsultantCommand::ChangeProfile(Box::new(change))
}

fn change_availability(change: AvailabilityChange) -> ConsultantCommand {
    ConsultantCommand::ChangeAvailability(Box::new(change))
}

fn register(profile: Profile) -> ConsultantCommand {
    ConsultantCommand::Register(Box::new(profile))
}

fn unregistered() -> Story {
    given::<ConsultantEvent>(CONSULTANT, [])
}

#[track_caller]
fn state(story: &Story) -> &docket_domain::consultant::ConsultantState {
    match &story.aggregate {
        Aggregate::Consultant(Consultant::Registered(state)) => state,
        other => panic!("not a registered consultant: {other:?}"),
    }
}

#[test]
fn a_consultant_from_the_first_day_to_the_last() {
    let hours = AvailabilityChange {
        availability: None,
        hours: Some(Some(office_hours())),
    };
    let story = unregistered()
        .when(register(profile()))
        .then(ConsultantEvent::Registered(Box::new(profile())));
    assert_eq!(state(&story).availability, Availability::Away);
    assert_eq!(state(&story).hours, None);
    let story = story
        .when(change_availability(hours.clone()))
        .then(ConsultantEvent::AvailabilityChanged(Box::new(hours)))
        .by(HERSELF)
        .when(change_availability(available()))
        .then(ConsultantEvent::AvailabilityChanged(Box::new(available())))
        .when(ConsultantCommand::ChangePlace {
            place: Some(place("Main Street 1")),
        })
        .then(ConsultantEvent::PlaceChanged {
            place: Some(place("Main Street 1")),
        });
    assert_eq!(state(&story).availability, Availability::Available);
    assert_eq!(state(&story).hours, Some(office_hours()));
    story
        .by(crate::scenarios::ADMINISTRATOR)
        .when(ConsultantCommand::Retire)
        .then(ConsultantEvent::Retired);
}

#[test]
fn of_a_profile_only_what_changes_is_recorded() {
    let more = ProfileChange {
        skills: Some(skills([("printers", 5)])),
        ..ProfileChange::default()
    };
    given(CONSULTANT, registered_consultant())
        .when(change_profile(ProfileChange {
            skills: more.skills.clone(),
            ..ProfileChange::from(&profile())
        }))
        .then(ConsultantEvent::ProfileChanged(Box::new(more)));
}

#[test]
fn of_availability_only_what_changes_is_recorded() {
    let both = AvailabilityChange {
        availability: Some(Availability::Busy),
        hours: Some(Some(office_hours())),
    };
    let away = AvailabilityChange {
        availability: Some(Availability::Away),
        ..both.clone()
    };
    let only_away = AvailabilityChange {
        availability: Some(Availability::Away),
        hours: None,
    };
    given(CONSULTANT, registered_consultant())
        .when(change_availability(both.clone()))
        .then(ConsultantEvent::AvailabilityChanged(Box::new(both)))
        .when(change_availability(away))
        .then(ConsultantEvent::AvailabilityChanged(Box::new(only_away)));
}

#[test]
fn nobody_is_changed_who_was_never_registered() {
    for command in &ConsultantCommandName::ALL[1..] {
        unregistered()
            .when(to_consultant(*command))
            .then_rejected(&Rejection::NotRegistered);
    }
}

#[test]
fn a_registration_that_says_something_else_is_no_correction() {
    given(CONSULTANT, registered_consultant())
        .when(register(profile()))
        .then_nothing()
        .when(register(Profile {
            capacity: 4,
            ..profile()
        }))
        .then_rejected(&Rejection::AlreadyRegistered)
        .when(new_capacity(4))
        .then_accepted()
        .when(register(profile()))
        .then_rejected(&Rejection::AlreadyRegistered);
}

#[test]
fn who_has_retired_takes_nothing_but_coming_back() {
    let retired = || given(CONSULTANT, retired_consultant());
    for command in [
        ConsultantCommandName::ChangeProfile,
        ConsultantCommandName::ChangeAvailability,
        ConsultantCommandName::ChangePlace,
    ] {
        retired()
            .when(to_consultant(command))
            .then_rejected(&Rejection::Retired);
    }
    retired().when(ConsultantCommand::Retire).then_nothing();
}

#[test]
fn who_comes_back_starts_anew_in_the_same_stream() {
    let mut history = registered_consultant();
    history.extend([
        ConsultantEvent::AvailabilityChanged(Box::new(available())),
        ConsultantEvent::PlaceChanged {
            place: Some(place("Main Street 1")),
        },
        ConsultantEvent::Retired,
    ]);
    let story = given(CONSULTANT, history)
        .when(register(profile()))
        .then(ConsultantEvent::Registered(Box::new(profile())));
    assert_eq!(state(&story).availability, Availability::Away);
    assert_eq!(state(&story).place, None);
    assert_eq!(state(&story).history.version, 5);
}

#[test]
fn a_profile_has_bounds_whether_new_or_changed() {
    let many_skills = |count| {
        many_labels(count)
            .into_iter()
            .map(|skill| (skill, Level::new(3).unwrap()))
            .collect()
    };
    let too_much = [
        (
            Countable::Skills,
            SKILLS_MAX,
            Profile {
                skills: many_skills(SKILLS_MAX + 1),
                ..profile()
            },
        ),
        (
            Countable::Areas,
            AREAS_MAX,
            Profile {
                areas: many_labels(AREAS_MAX + 1),
                ..profile()
            },
        ),
        (
            Countable::Languages,
            LANGUAGES_MAX,
            Profile {
                languages: many_labels(LANGUAGES_MAX + 1),
                ..profile()
            },
        ),
    ];
    for (what, max, profile) in too_much {
        let full = Rejection::Full {
            what,
            max: u32::try_from(max).unwrap(),
        };
        given(CONSULTANT, registered_consultant())
            .when(change_profile(ProfileChange::from(&profile)))
            .then_rejected(&full);
        unregistered().when(register(profile)).then_rejected(&full);
    }
    unregistered()
        .when(register(Profile {
            skills: many_skills(SKILLS_MAX),
            areas: many_labels(AREAS_MAX),
            languages: many_labels(LANGUAGES_MAX),
            ..profile()
        }))
        .then_accepted();
}

#[test]
fn a_week_has_so_many_shifts() {
    let with = |count: usize| {
        let shifts: BTreeSet<Shift> = (0..i8::try_from(count).unwrap())
            .map(|n| {
                let from = time(n / 6, n % 6 * 10, 0, 0);
                Shift::new(Weekday::Monday, from, time(23, 0, 0, 0)).unwrap()
            })
            .collect();
        assert_eq!(shifts.len(), count);
        change_availability(AvailabilityChange {
            availability: None,
            hours: Some(Some(Hours {
                shifts,
                ..office_hours()
            })),
        })
    };
    let anna = || given(CONSULTANT, registered_consultant());
    anna().when(with(SHIFTS_MAX)).then_accepted();
    anna()
        .when(with(SHIFTS_MAX + 1))
        .then_rejected(&Rejection::Full {
            what: Countable::Shifts,
            max: 50,
        });
}

#[test]
fn a_level_is_one_to_five() {
    let levels: Vec<u8> = (0..=u8::MAX)
        .filter_map(Level::new)
        .map(Level::get)
        .collect();
    assert_eq!(levels, [1, 2, 3, 4, 5]);
}
