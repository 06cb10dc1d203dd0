//! People, samples of commands, and streams that have got somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use docket_domain::catalogue::{
    CatalogueCommand, CatalogueCommandName, CatalogueEvent, Entry, EntryKind, Key,
};
use docket_domain::command::{Place, Point};
use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantCommand, ConsultantCommandName, ConsultantEvent,
    Hours, Level, Profile, ProfileChange, Shift, ZoneName,
};
use docket_domain::customer::{
    ContactChange, CustomerCommand, CustomerCommandName, CustomerEvent, Email, NotificationChannel,
    Phone, Preferences, PreferencesChange, Registration,
};
use docket_domain::ids::{PersonId, SurveyId, TicketId};
use docket_domain::stream::StreamId;
use docket_domain::survey::{
    AskedBy, Invitation, Score, SurveyCommand, SurveyCommandName, SurveyEvent,
};
use docket_domain::text::{Label, Personal, Text};
use docket_domain::{Actor, Role, Timestamp};
use jiff::SignedDuration;
use jiff::civil::{Date, Weekday, date, time};
use uuid::Uuid;

pub(crate) const ANNA: PersonId = person(1);
pub(crate) const CARLA: PersonId = person(3);

/// Anna's stream.
pub(crate) const CONSULTANT: StreamId = StreamId::Consultant(ANNA);
/// Carla's stream.
pub(crate) const CUSTOMER: StreamId = StreamId::Customer(CARLA);
/// Of a ticket's second closing.
pub(crate) const SURVEY: StreamId = StreamId::Survey(SURVEY_ID);
pub(crate) const SURVEY_ID: SurveyId = SurveyId {
    ticket: TicketId(Uuid::from_u128(7)),
    closing: NonZeroU32::MIN.saturating_add(1),
};
pub(crate) const CATALOGUE: StreamId = StreamId::Catalogue;

pub(crate) const ADMINISTRATOR: Actor = stranger(Role::Administrator);
pub(crate) const IMPORTER: Actor = stranger(Role::Importer);

/// 2026-03-02T12:00:00Z.
pub(crate) const NOON: Timestamp = Timestamp::constant(1_772_452_800, 0);

const fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

/// Somebody in that role who is neither Anna nor Carla.
pub(crate) const fn stranger(role: Role) -> Actor {
    Actor {
        id: person(99),
        role,
    }
}

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

pub(crate) fn labels<const N: usize>(labels: [&str; N]) -> BTreeSet<Label> {
    labels.map(text).into()
}

/// `count` different ones.
pub(crate) fn many_labels(count: usize) -> BTreeSet<Label> {
    (0..count).map(|n| text(&format!("label {n}"))).collect()
}

pub(crate) fn named(name: &str) -> Personal<Label> {
    Personal::Known(text(name))
}

pub(crate) fn skills<const N: usize>(skills: [(&str, u8); N]) -> BTreeMap<Label, Level> {
    skills
        .map(|(skill, level)| (text(skill), Level::new(level).unwrap()))
        .into()
}

pub(crate) fn profile() -> Profile {
    Profile {
        name: named("Anna"),
        team: Some(text("Field north")),
        skills: skills([("printers", 4), ("networks", 2)]),
        areas: labels(["Hamburg"]),
        travel_km_max: Some(80),
        languages: labels(["de", "en"]),
        capacity: 3,
    }
}

pub(crate) fn new_capacity(capacity: u32) -> ConsultantCommand {
    ConsultantCommand::ChangeProfile(Box::new(ProfileChange {
        capacity: Some(capacity),
        ..ProfileChange::default()
    }))
}

pub(crate) fn place(address: &str) -> Personal<Place> {
    Personal::Known(Place {
        address: Some(text(address)),
        point: Point::new(53.55, 9.99),
    })
}

/// Monday to Friday, nine to five.
pub(crate) fn office_hours() -> Hours {
    use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
    Hours {
        zone: ZoneName::new("Europe/Berlin").unwrap(),
        shifts: [Monday, Tuesday, Wednesday, Thursday, Friday]
            .map(|weekday| Shift::new(weekday, time(9, 0, 0, 0), time(17, 0, 0, 0)).unwrap())
            .into(),
    }
}

pub(crate) fn available() -> AvailabilityChange {
    AvailabilityChange {
        availability: Some(Availability::Available),
        hours: None,
    }
}

/// A command of that name that asks Anna, as she is registered, for something new.
pub(crate) fn to_consultant(command: ConsultantCommandName) -> ConsultantCommand {
    match command {
        ConsultantCommandName::Register => ConsultantCommand::Register(Box::new(profile())),
        ConsultantCommandName::ChangeProfile => new_capacity(5),
        ConsultantCommandName::ChangeAvailability => {
            ConsultantCommand::ChangeAvailability(Box::new(available()))
        }
        ConsultantCommandName::ChangePlace => ConsultantCommand::ChangePlace {
            place: Some(place("Main Street 1")),
        },
        ConsultantCommandName::Retire => ConsultantCommand::Retire,
    }
}

pub(crate) fn registered_consultant() -> Vec<ConsultantEvent> {
    vec![ConsultantEvent::Registered(Box::new(profile()))]
}

pub(crate) fn retired_consultant() -> Vec<ConsultantEvent> {
    let mut history = registered_consultant();
    history.push(ConsultantEvent::Retired);
    history
}

pub(crate) fn phone(phone: &str) -> Personal<Phone> {
    Personal::Known(Phone::new(phone).unwrap())
}

pub(crate) fn email(email: &str) -> Personal<Email> {
    Personal::Known(Email::new(email).unwrap())
}

pub(crate) fn registration() -> Registration {
    Registration {
        name: named("Carla"),
        phone: Some(phone("+49 40 123456")),
        email: None,
        preferences: Preferences {
            channel: NotificationChannel::Sms,
            language: Some(text("de")),
            consultant: Some(ANNA),
            surveys: true,
        },
    }
}

/// A command of that name that asks Carla, as she is registered, for something new.
pub(crate) fn to_customer(command: CustomerCommandName) -> CustomerCommand {
    match command {
        CustomerCommandName::Register => CustomerCommand::Register(Box::new(registration())),
        CustomerCommandName::ChangeContact => {
            CustomerCommand::ChangeContact(Box::new(ContactChange {
                email: Some(Some(email("carla@example.com"))),
                ..ContactChange::default()
            }))
        }
        CustomerCommandName::ChangePreferences => {
            CustomerCommand::ChangePreferences(PreferencesChange {
                surveys: Some(false),
                ..PreferencesChange::default()
            })
        }
        CustomerCommandName::Erase => CustomerCommand::Erase,
    }
}

pub(crate) fn registered_customer() -> Vec<CustomerEvent> {
    vec![CustomerEvent::Registered(Box::new(registration()))]
}

pub(crate) fn erased_customer() -> Vec<CustomerEvent> {
    let mut history = registered_customer();
    history.push(CustomerEvent::Erased);
    history
}

pub(crate) fn invitation() -> Invitation {
    Invitation {
        customer: Some(CARLA),
        channel: AskedBy::Email,
        language: Some(text("de")),
        consultant: Some(ANNA),
        team: Some(text("Field north")),
        category: Some(text("printers")),
        store: Some(text("Altona")),
        area: Some(text("Hamburg")),
        expires_at: NOON + SignedDuration::from_hours(14 * 24),
    }
}

pub(crate) fn score(score: u32) -> Score {
    Score::new(score).unwrap()
}

/// Whoever has the survey's link.
pub(crate) fn respondent() -> Actor {
    Actor {
        id: SURVEY_ID.respondent(),
        role: Role::Customer,
    }
}

pub(crate) fn to_survey(command: SurveyCommandName) -> SurveyCommand {
    match command {
        SurveyCommandName::Invite => SurveyCommand::Invite(Box::new(invitation())),
        SurveyCommandName::Answer => SurveyCommand::Answer {
            score: score(4),
            text: Some(Personal::Known(text("Quick, and kind"))),
        },
    }
}

pub(crate) fn invited() -> Vec<SurveyEvent> {
    vec![SurveyEvent::Invited(Box::new(invitation()))]
}

pub(crate) fn answered() -> Vec<SurveyEvent> {
    let mut history = invited();
    history.push(SurveyEvent::Answered {
        score: score(4),
        text: Some(Personal::Known(text("Quick, and kind"))),
    });
    history
}

pub(crate) const UNITY_DAY: Date = date(2026, 10, 3);

pub(crate) fn holiday(date: Date, area: Option<&str>) -> Entry {
    Entry::Holiday {
        date,
        area: area.map(text),
        name: text("A day off"),
    }
}

pub(crate) fn entry(kind: EntryKind) -> Entry {
    match kind {
        EntryKind::Category => Entry::Category {
            name: text("printers"),
            skills: labels(["printers"]),
        },
        EntryKind::Skill => Entry::Skill {
            name: text("printers"),
        },
        EntryKind::Store => Entry::Store {
            name: text("Altona"),
            place: None,
            area: Some(text("Hamburg")),
        },
        EntryKind::Area => Entry::Area {
            name: text("Hamburg"),
        },
        EntryKind::Holiday => holiday(UNITY_DAY, None),
    }
}

pub(crate) fn put(entry: Entry) -> CatalogueCommand {
    CatalogueCommand::Put(Box::new(entry))
}

pub(crate) fn remove(key: Key) -> CatalogueCommand {
    CatalogueCommand::Remove(key)
}

/// A command of that name, about the entry of that kind.
pub(crate) fn to_catalogue(command: CatalogueCommandName) -> CatalogueCommand {
    match command {
        CatalogueCommandName::Put(kind) => put(entry(kind)),
        CatalogueCommandName::Remove(kind) => remove(entry(kind).key()),
    }
}

/// With one entry of each kind.
pub(crate) fn filled_catalogue() -> Vec<CatalogueEvent> {
    EntryKind::ALL
        .map(|kind| CatalogueEvent::Put(Box::new(entry(kind))))
        .into()
}
