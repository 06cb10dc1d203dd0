//! What is so already is answered with nothing, not with a refusal and not with a second event;
//! each part of a change is seen when it changes, and not again.

use docket_domain::catalogue::CatalogueCommandName;
use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantCommand, ConsultantCommandName, ConsultantEvent,
    Hours, ProfileChange, ZoneName,
};
use docket_domain::customer::{
    ContactChange, CustomerCommand, CustomerCommandName, CustomerEvent, NotificationChannel,
    PreferencesChange,
};
use docket_domain::stream::{Command, Event};
use docket_domain::text::Personal;

use crate::scenarios::{
    CATALOGUE, CONSULTANT, CUSTOMER, email, filled_catalogue, labels, named, office_hours, phone,
    place, profile, registered_consultant, registered_customer, registration, skills, text,
    to_catalogue, to_consultant, to_customer,
};
use crate::story::{Story, given};

fn consultant() -> Story {
    given(CONSULTANT, registered_consultant())
}

fn customer() -> Story {
    given(CUSTOMER, registered_customer())
}

/// Each change comes to its event, and sent again to nothing.
fn each_once(mut story: Story, changes: impl IntoIterator<Item = (Command, Event)>) {
    for (command, event) in changes {
        story = story
            .when(command.clone())
            .then(event)
            .when(command)
            .then_nothing();
    }
}

#[test]
fn every_command_is_nothing_the_second_time() {
    for name in ConsultantCommandName::ALL {
        if name != ConsultantCommandName::Register {
            consultant()
                .when(to_consultant(name))
                .then_accepted()
                .when(to_consultant(name))
                .then_nothing();
        }
    }
    for name in CustomerCommandName::ALL {
        if name != CustomerCommandName::Register {
            customer()
                .when(to_customer(name))
                .then_accepted()
                .when(to_customer(name))
                .then_nothing();
        }
    }
    for name in CatalogueCommandName::ALL {
        let mut catalogue = given(CATALOGUE, filled_catalogue());
        if let CatalogueCommandName::Put(kind) = name {
            let removal = to_catalogue(CatalogueCommandName::Remove(kind));
            catalogue = catalogue.when(removal).then_accepted();
        }
        catalogue
            .when(to_catalogue(name))
            .then_accepted()
            .when(to_catalogue(name))
            .then_nothing();
    }
}

#[test]
fn a_change_to_what_is_so_is_none() {
    consultant()
        .when(ConsultantCommand::ChangeProfile(Box::default()))
        .then_nothing()
        .when(ConsultantCommand::ChangeProfile(Box::new(
            ProfileChange::from(&profile()),
        )))
        .then_nothing()
        .when(ConsultantCommand::ChangeAvailability(Box::new(
            AvailabilityChange {
                availability: Some(Availability::Away),
                hours: Some(None),
            },
        )))
        .then_nothing()
        .when(ConsultantCommand::ChangePlace { place: None })
        .then_nothing();
    customer()
        .when(CustomerCommand::ChangeContact(Box::default()))
        .then_nothing()
        .when(CustomerCommand::ChangePreferences(
            PreferencesChange::default(),
        ))
        .then_nothing();
}

#[test]
fn each_part_of_a_profile_is_seen_when_it_changes_and_not_again() {
    let none = ProfileChange::default;
    let changes = [
        ProfileChange {
            name: Some(named("Anna B.")),
            ..none()
        },
        ProfileChange {
            team: Some(None),
            ..none()
        },
        ProfileChange {
            skills: Some(skills([("printers", 5), ("networks", 2)])),
            ..none()
        },
        ProfileChange {
            areas: Some(labels([])),
            ..none()
        },
        ProfileChange {
            travel_km_max: Some(None),
            ..none()
        },
        ProfileChange {
            languages: Some(labels(["de"])),
            ..none()
        },
        ProfileChange {
            capacity: Some(0),
            ..none()
        },
    ];
    let changes = changes.map(|change| {
        (
            ConsultantCommand::ChangeProfile(Box::new(change.clone())).into(),
            ConsultantEvent::ProfileChanged(Box::new(change)).into(),
        )
    });
    each_once(consultant(), changes);
}

#[test]
fn each_part_of_availability_is_seen_when_it_changes_and_not_again() {
    let of = |availability| AvailabilityChange {
        availability: Some(availability),
        hours: None,
    };
    let within = |hours| AvailabilityChange {
        availability: None,
        hours: Some(hours),
    };
    let in_lisbon = Hours {
        zone: ZoneName::new("Europe/Lisbon").unwrap(),
        ..office_hours()
    };
    let no_shifts = Hours {
        shifts: [].into(),
        ..in_lisbon.clone()
    };
    let changes = [
        of(Availability::Available),
        of(Availability::Busy),
        of(Availability::Away),
        within(Some(office_hours())),
        within(Some(in_lisbon)),
        within(Some(no_shifts)),
        within(None),
    ];
    let changes = changes.map(|change| {
        (
            ConsultantCommand::ChangeAvailability(Box::new(change.clone())).into(),
            ConsultantEvent::AvailabilityChanged(Box::new(change)).into(),
        )
    });
    each_once(consultant(), changes);
}

#[test]
fn each_place_is_seen_when_it_changes_and_not_again() {
    let places = [
        Some(place("Main Street 1")),
        Some(place("Main Street 2")),
        None,
    ];
    let changes = places.map(|place| {
        (
            ConsultantCommand::ChangePlace {
                place: place.clone(),
            }
            .into(),
            ConsultantEvent::PlaceChanged { place }.into(),
        )
    });
    each_once(consultant(), changes);
}

#[test]
fn each_part_of_a_contact_is_seen_when_it_changes_and_not_again() {
    let none = ContactChange::default;
    let changes = [
        ContactChange {
            name: Some(named("Carlo")),
            ..none()
        },
        ContactChange {
            phone: Some(Some(phone("112"))),
            ..none()
        },
        ContactChange {
            phone: Some(None),
            ..none()
        },
        ContactChange {
            email: Some(Some(email("carla@example.com"))),
            ..none()
        },
        ContactChange {
            email: Some(Some(email("carla@example.org"))),
            ..none()
        },
    ];
    let changes = changes.map(|change| {
        (
            CustomerCommand::ChangeContact(Box::new(change.clone())).into(),
            CustomerEvent::ContactChanged(Box::new(change)).into(),
        )
    });
    each_once(customer(), changes);
}

#[test]
fn each_preference_is_seen_when_it_changes_and_not_again() {
    let none = PreferencesChange::default;
    let changes = [
        PreferencesChange {
            channel: Some(NotificationChannel::None),
            ..none()
        },
        PreferencesChange {
            language: Some(Some(text("fr"))),
            ..none()
        },
        PreferencesChange {
            consultant: Some(None),
            ..none()
        },
        PreferencesChange {
            surveys: Some(false),
            ..none()
        },
    ];
    let changes = changes.map(|change| {
        (
            CustomerCommand::ChangePreferences(change.clone()).into(),
            CustomerEvent::PreferencesChanged(change).into(),
        )
    });
    each_once(customer(), changes);
}

#[test]
fn what_was_erased_can_be_said_anew() {
    let mut erased = registration();
    erased.name = Personal::Erased;
    given(CUSTOMER, [CustomerEvent::Registered(Box::new(erased))])
        .when(CustomerCommand::ChangeContact(Box::new(ContactChange {
            name: Some(registration().name),
            ..ContactChange::default()
        })))
        .then_accepted();
}
