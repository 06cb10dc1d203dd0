//! Commands about consultants, customers and the catalogue, as random as those of tickets: names
//! that begin alike, changes of everything at once, people who go and come back.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::catalogue::{CatalogueCommand, Entry};
use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantCommand, Hours, Level, Profile, ProfileChange,
    Shift, ZoneName,
};
use docket_domain::customer::{
    ContactChange, CustomerCommand, Email, NotificationChannel, Phone, Preferences,
    PreferencesChange, Registration,
};
use docket_domain::ids::PersonId;
use docket_domain::stream::{Command, StreamId};
use docket_domain::text::{Label, Personal};
use jiff::civil::{Date, Weekday, date, time};
use uuid::Uuid;

use crate::random::{History, Random, person, place, text};

/// A consultant's history, of at most `commands` events.
pub(crate) fn consultant_history(random: &mut Random, count: u64, commands: usize) -> History {
    let id = PersonId(Uuid::from_u64_pair(random.below(u64::MAX), count));
    History::new(
        random,
        StreamId::Consultant(id),
        commands,
        |random, step| {
            Command::Consultant(match (step, random.below(12)) {
                (0, _) | (_, 0 | 1) => ConsultantCommand::Register(Box::new(profile(random))),
                (_, 2..=5) => ConsultantCommand::ChangeProfile(Box::new(profile_change(random))),
                (_, 6..=8) => ConsultantCommand::ChangeAvailability(Box::new(AvailabilityChange {
                    availability: random.maybe(|random| {
                        random.one_of(&[
                            Availability::Available,
                            Availability::Busy,
                            Availability::Away,
                        ])
                    }),
                    hours: random.maybe(|random| random.maybe(hours)),
                })),
                (_, 9 | 10) => ConsultantCommand::ChangePlace {
                    place: random.maybe(|random| random.maybe(place).unwrap_or(Personal::Erased)),
                },
                (_, _) => ConsultantCommand::Retire,
            })
        },
    )
}

/// A customer's history, of at most `commands` events.
pub(crate) fn customer_history(random: &mut Random, count: u64, commands: usize) -> History {
    let id = PersonId(Uuid::from_u64_pair(random.below(u64::MAX), count));
    History::new(random, StreamId::Customer(id), commands, |random, step| {
        Command::Customer(match (step, random.below(20)) {
            (0, _) => CustomerCommand::Register(Box::new(Registration {
                name: name(random),
                phone: random.maybe(phone),
                email: random.maybe(email),
                preferences: Preferences {
                    channel: channel(random),
                    language: random.maybe(|_| text("de")),
                    consultant: random.maybe(|random| person(random.below(9))),
                    surveys: random.below(2) == 0,
                },
            })),
            (_, 1..=11) => CustomerCommand::ChangeContact(Box::new(ContactChange {
                name: random.maybe(name),
                phone: random.maybe(|random| random.maybe(phone)),
                email: random.maybe(|random| random.maybe(email)),
            })),
            (_, 12..=18) => CustomerCommand::ChangePreferences(PreferencesChange {
                channel: random.maybe(channel),
                language: random.maybe(|random| random.maybe(|_| text("en"))),
                consultant: random.maybe(|random| random.maybe(|_| person(7))),
                surveys: random.maybe(|random| random.below(2) == 0),
            }),
            (_, _) => CustomerCommand::Erase,
        })
    })
}

/// A history of the catalogue; entries are put in, replaced, taken out and put in again.
pub(crate) fn catalogue_history(random: &mut Random, commands: usize) -> History {
    History::new(random, StreamId::Catalogue, commands, |random, _| {
        let entry = entry(random);
        Command::Catalogue(match random.below(3) {
            0 => CatalogueCommand::Remove(entry.key()),
            _ => CatalogueCommand::Put(Box::new(entry)),
        })
    })
}

fn name(random: &mut Random) -> Personal<Label> {
    let names = ["Anna Müller", "Seán O'Brien", "100%_", "Łukasz", "李小龍"];
    random
        .maybe(|random| Personal::Known(text(random.one_of(&names))))
        .unwrap_or(Personal::Erased)
}

fn phone(random: &mut Random) -> Personal<Phone> {
    let phone = Phone::new(format!("+49 30 {}", 1_000 + random.below(3)));
    Personal::Known(phone.expect("a telephone number"))
}

fn email(random: &mut Random) -> Personal<Email> {
    let email = Email::new(format!("c{}@example.org", random.below(3)));
    Personal::Known(email.expect("an e-mail address"))
}

fn channel(random: &mut Random) -> NotificationChannel {
    random.one_of(&[
        NotificationChannel::Email,
        NotificationChannel::Sms,
        NotificationChannel::None,
    ])
}

fn label(random: &mut Random) -> Label {
    text(random.one_of(&["printers", "optics", "mains", "Z"]))
}

fn labels(random: &mut Random) -> BTreeSet<Label> {
    (0..random.below(3)).map(|_| label(random)).collect()
}

fn skills(random: &mut Random) -> BTreeMap<Label, Level> {
    let level = |random: &mut Random| Level::new(1 + random.below(5) as u8).expect("1 to 5");
    (0..random.below(4))
        .map(|_| (label(random), level(random)))
        .collect()
}

fn profile(random: &mut Random) -> Profile {
    Profile {
        name: name(random),
        team: random.maybe(label),
        skills: skills(random),
        areas: labels(random),
        travel_km_max: random.maybe(|random| random.below(1 << 32) as u32),
        languages: labels(random),
        capacity: random.below(1 << 32) as u32,
    }
}

fn profile_change(random: &mut Random) -> ProfileChange {
    ProfileChange {
        name: random.maybe(name),
        team: random.maybe(|random| random.maybe(label)),
        skills: random.maybe(skills),
        areas: random.maybe(labels),
        travel_km_max: random.maybe(|random| random.maybe(|_| 40)),
        languages: random.maybe(labels),
        capacity: random.maybe(|random| random.below(9) as u32),
    }
}

fn hours(random: &mut Random) -> Hours {
    let days = [Weekday::Monday, Weekday::Friday, Weekday::Sunday];
    let shift = |random: &mut Random| {
        let from = time(random.below(24) as i8, 5, 0, 0);
        Shift::new(random.one_of(&days), from, time(17, 30, 0, 0)).expect("whole minutes")
    };
    Hours {
        zone: ZoneName::new("Europe/Berlin").expect("a name"),
        shifts: (0..random.below(4)).map(|_| shift(random)).collect(),
    }
}

fn entry(random: &mut Random) -> Entry {
    let name = label(random);
    match random.below(5) {
        0 => Entry::Category {
            name,
            skills: labels(random),
        },
        1 => Entry::Skill { name },
        2 => Entry::Store {
            name,
            place: random.maybe(|random| match place(random) {
                Personal::Known(place) => place,
                Personal::Erased => unreachable!("a store's place is nobody's"),
            }),
            area: random.maybe(label),
        },
        3 => Entry::Area { name },
        _ => Entry::Holiday {
            date: day(random),
            area: random.maybe(label),
            name,
        },
    }
}

fn day(random: &mut Random) -> Date {
    random.one_of(&[date(2026, 12, 25), date(2027, 1, 1)])
}
