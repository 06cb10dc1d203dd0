//! A customer, from the first call to the last trace.

use docket_domain::customer::{
    ContactChange, Customer, CustomerCommand, CustomerCommandName, CustomerEvent, Email,
    InvalidEmail, InvalidPhone, NotificationChannel, Phone, Preferences, PreferencesChange,
    Registration,
};
use docket_domain::stream::Aggregate;
use docket_domain::{Actor, Rejection, Role};

use crate::scenarios::{
    CARLA, CUSTOMER, email, erased_customer, named, registered_customer, registration, stranger,
    text, to_customer,
};
use crate::story::{Story, given};

const HERSELF: Actor = Actor {
    id: CARLA,
    role: Role::Customer,
};

fn unregistered() -> Story {
    given::<CustomerEvent>(CUSTOMER, [])
}

#[test]
fn a_customer_from_the_first_call_to_the_last_trace() {
    let contact = ContactChange {
        name: Some(named("Carla Meyer")),
        phone: Some(None),
        email: Some(Some(email("carla@example.com"))),
    };
    let preferences = PreferencesChange {
        channel: Some(NotificationChannel::Email),
        language: Some(Some(text("en"))),
        consultant: Some(None),
        surveys: Some(false),
    };
    let story = unregistered()
        .by(stranger(Role::Receptionist))
        .when(CustomerCommand::Register(Box::new(registration())))
        .then(CustomerEvent::Registered(Box::new(registration())))
        .by(HERSELF)
        .when(CustomerCommand::ChangeContact(Box::new(contact.clone())))
        .then(CustomerEvent::ContactChanged(Box::new(contact)))
        .when(CustomerCommand::ChangePreferences(preferences.clone()))
        .then(CustomerEvent::PreferencesChanged(preferences));
    match &story.aggregate {
        Aggregate::Customer(Customer::Registered(state)) => {
            let expected = Preferences {
                channel: NotificationChannel::Email,
                language: Some(text("en")),
                consultant: None,
                surveys: false,
            };
            assert_eq!(state.preferences, expected);
        }
        other => panic!("not a registered customer: {other:?}"),
    }
    let story = story
        .by(stranger(Role::Administrator))
        .when(CustomerCommand::Erase)
        .then(CustomerEvent::Erased);
    assert!(matches!(
        story.aggregate,
        Aggregate::Customer(Customer::Erased(_))
    ));
}

#[test]
fn customers_register_themselves_and_nobody_else() {
    unregistered()
        .by(HERSELF)
        .when(to_customer(CustomerCommandName::Register))
        .then_accepted();
    unregistered()
        .by(stranger(Role::Customer))
        .when(to_customer(CustomerCommandName::Register))
        .then_rejected(&Rejection::Forbidden {
            role: Role::Customer,
            command: CustomerCommandName::Register.into(),
        });
}

#[test]
fn only_what_changes_is_recorded() {
    let as_before = registration();
    given(CUSTOMER, registered_customer())
        .when(CustomerCommand::ChangeContact(Box::new(ContactChange {
            name: Some(as_before.name),
            phone: Some(as_before.phone),
            email: Some(Some(email("carla@example.com"))),
        })))
        .then(CustomerEvent::ContactChanged(Box::new(ContactChange {
            email: Some(Some(email("carla@example.com"))),
            ..ContactChange::default()
        })))
        .when(CustomerCommand::ChangePreferences(PreferencesChange {
            channel: Some(as_before.preferences.channel),
            language: Some(as_before.preferences.language),
            consultant: Some(as_before.preferences.consultant),
            surveys: Some(false),
        }))
        .then(CustomerEvent::PreferencesChanged(PreferencesChange {
            surveys: Some(false),
            ..PreferencesChange::default()
        }));
}

#[test]
fn nobody_is_changed_who_was_never_registered() {
    for command in &CustomerCommandName::ALL[1..] {
        unregistered()
            .when(to_customer(*command))
            .then_rejected(&Rejection::NotRegistered);
    }
}

#[test]
fn a_registration_that_says_something_else_is_no_correction() {
    let others = [
        Registration {
            name: named("Carlo"),
            ..registration()
        },
        Registration {
            phone: None,
            ..registration()
        },
        Registration {
            email: Some(email("carla@example.com")),
            ..registration()
        },
        Registration {
            preferences: Preferences {
                surveys: false,
                ..registration().preferences
            },
            ..registration()
        },
    ];
    for other in others {
        given(CUSTOMER, registered_customer())
            .when(CustomerCommand::Register(Box::new(registration())))
            .then_nothing()
            .when(CustomerCommand::Register(Box::new(other)))
            .then_rejected(&Rejection::AlreadyRegistered);
    }
}

#[test]
fn who_was_erased_stays_erased() {
    let erased = || given(CUSTOMER, erased_customer());
    for command in [
        CustomerCommandName::Register,
        CustomerCommandName::ChangeContact,
        CustomerCommandName::ChangePreferences,
    ] {
        erased()
            .when(to_customer(command))
            .then_rejected(&Rejection::Erased);
    }
    erased().when(CustomerCommand::Erase).then_nothing();
}

#[test]
fn a_telephone_number_can_be_dialled() {
    for said in ["112", "+49 (40) 12-34.56/7", "00000000000000000000"] {
        assert_eq!(Phone::new(said).unwrap().as_str(), said);
    }
    for said in [
        "",
        "12",
        "0".repeat(21).as_str(),
        &format!("123{}", " ".repeat(38)),
        "0800-PIZZA",
        "123\n456",
        "１２３",
    ] {
        assert_eq!(Phone::new(said), Err(InvalidPhone), "{said:?}");
    }
}

#[test]
fn an_address_can_be_written_to_and_holds_nothing_else() {
    let longest = format!("{}@example.com", "a".repeat(242));
    for said in [
        "a@b",
        "carla+docket@example.com",
        "käthe@müller.example",
        &longest,
    ] {
        assert_eq!(Email::new(said).unwrap().as_str(), said);
    }
    let too_long = format!("a{longest}");
    for said in [
        "",
        "carla",
        "@example.com",
        "carla@",
        "carla@home@example.com",
        "carla@example.com\r\nBcc: all@example.com",
        "Carla <carla@example.com>",
        "carla@example.com,bert@example.com",
        "carla\0@example.com",
        "carla meyer@example.com",
        &too_long,
    ] {
        assert_eq!(Email::new(said), Err(InvalidEmail), "{said:?}");
    }
}
