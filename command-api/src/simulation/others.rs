//! What clients ask of streams that are no tickets: consultants, customers, surveys, the catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use docket_domain::catalogue::{CatalogueCommand, Entry, Key};
use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantCommand, Profile, ProfileChange,
};
use docket_domain::customer::{
    ContactChange, CustomerCommand, NotificationChannel, Preferences, PreferencesChange,
    Registration,
};
use docket_domain::ids::SurveyId;
use docket_domain::stream::{Command, StreamId};
use docket_domain::survey::{AskedBy, Invitation, Score, SurveyCommand};
use docket_domain::text::{Label, Personal};
use docket_domain::{Actor, Role};
use jiff::SignedDuration;

use super::commands::{CUSTOMER, START, actor, person, text, ticket};
use super::random::Random;

/// Any of them; each run has its own few.
pub(super) fn stream(random: &mut Random) -> StreamId {
    match random.below(6) {
        0 | 1 => StreamId::Consultant(person(10 + random.below(2) as u128)),
        2 => StreamId::Customer(person(CUSTOMER)),
        3 | 4 => StreamId::Survey(SurveyId {
            ticket: ticket(0),
            closing: NonZeroU32::MIN.saturating_add(random.below(2) as u32),
        }),
        _ => StreamId::Catalogue,
    }
}

/// Whoever may ask that.
pub(super) fn who(stream: StreamId, command: &Command) -> Actor {
    match (stream, command) {
        (StreamId::Survey(id), Command::Survey(SurveyCommand::Answer { .. })) => Actor {
            id: id.respondent(),
            role: Role::Customer,
        },
        (StreamId::Survey(_), _) => actor(Role::Service, 3),
        (StreamId::Customer(_) | StreamId::Catalogue, _) => actor(Role::Administrator, 4),
        (StreamId::Ticket(_) | StreamId::Consultant(_), _) => actor(Role::Manager, 1),
    }
}

/// A command that is refused for its version, if it is another.
pub(super) fn plain(stream: StreamId) -> Command {
    match stream {
        StreamId::Ticket(_) | StreamId::Consultant(_) => ConsultantCommand::Retire.into(),
        StreamId::Customer(_) => CustomerCommand::Erase.into(),
        StreamId::Survey(_) => invite(AskedBy::Email).into(),
        StreamId::Catalogue => CatalogueCommand::Remove(Key::Skill(text("video"))).into(),
    }
}

/// Any command to such a stream.
pub(super) fn any(stream: StreamId, random: &mut Random) -> Command {
    match stream {
        StreamId::Ticket(_) | StreamId::Consultant(_) => about_consultant(random).into(),
        StreamId::Customer(_) => about_customer(random).into(),
        StreamId::Survey(_) => about_survey(random).into(),
        StreamId::Catalogue => about_catalogue(random).into(),
    }
}

fn about_consultant(random: &mut Random) -> ConsultantCommand {
    match random.below(10) {
        0..=3 => ConsultantCommand::Register(Box::new(Profile {
            name: Personal::Known(text("Ann")),
            team: None,
            skills: BTreeMap::new(),
            areas: BTreeSet::new(),
            travel_km_max: None,
            languages: BTreeSet::new(),
            capacity: random.pick(&[1, 2]),
        })),
        4 | 5 => ConsultantCommand::ChangeProfile(Box::new(ProfileChange {
            capacity: Some(random.pick(&[1, 2, 3])),
            ..ProfileChange::default()
        })),
        6..=8 => ConsultantCommand::ChangeAvailability(Box::new(AvailabilityChange {
            availability: Some(random.pick(&[Availability::Available, Availability::Away])),
            hours: None,
        })),
        _ => ConsultantCommand::Retire,
    }
}

fn about_customer(random: &mut Random) -> CustomerCommand {
    let channels = [NotificationChannel::Email, NotificationChannel::None];
    match random.below(12) {
        0..=4 => CustomerCommand::Register(Box::new(Registration {
            name: Personal::Known(text(random.pick(&["Carla", "Carlo"]))),
            phone: None,
            email: None,
            preferences: Preferences {
                channel: NotificationChannel::Email,
                language: None,
                consultant: None,
                surveys: true,
            },
        })),
        5..=7 => CustomerCommand::ChangeContact(Box::new(ContactChange {
            name: Some(Personal::Known(text(random.pick(&["Carla", "Karla"])))),
            ..ContactChange::default()
        })),
        8..=10 => CustomerCommand::ChangePreferences(PreferencesChange {
            channel: Some(random.pick(&channels)),
            ..PreferencesChange::default()
        }),
        _ => CustomerCommand::Erase,
    }
}

fn invite(channel: AskedBy) -> SurveyCommand {
    SurveyCommand::Invite(Box::new(Invitation {
        customer: Some(person(CUSTOMER)),
        channel,
        language: None,
        consultant: None,
        team: None,
        category: None,
        store: None,
        area: None,
        // Clocks that jump are past it.
        expires_at: START + SignedDuration::from_hours(5),
    }))
}

fn about_survey(random: &mut Random) -> SurveyCommand {
    if random.percent(40) {
        return invite(random.pick(&[AskedBy::Email, AskedBy::Email, AskedBy::Sms]));
    }
    SurveyCommand::Answer {
        score: Score::new(random.pick(&[1, 5])).expect("a score"),
        text: None,
    }
}

fn about_catalogue(random: &mut Random) -> CatalogueCommand {
    let name: Label = text(random.pick(&["video", "radio"]));
    match random.below(5) {
        0 | 1 => CatalogueCommand::Put(Box::new(Entry::Skill { name })),
        2 => CatalogueCommand::Put(Box::new(Entry::Category {
            skills: BTreeSet::from([text(random.pick(&["video", "radio"]))]),
            name,
        })),
        3 => CatalogueCommand::Remove(Key::Category(name)),
        _ => CatalogueCommand::Remove(Key::Skill(name)),
    }
}
