//! Every command of every stream × every role, and the person itself, against the tables written
//! out by hand.

use docket_domain::catalogue::{CatalogueCommandName, CatalogueEvent, EntryKind};
use docket_domain::consultant::{ConsultantCommandName, ConsultantEvent};
use docket_domain::customer::{CustomerCommandName, CustomerEvent};
use docket_domain::ids::PersonId;
use docket_domain::stream::{Command, Event, StreamId, authorize, decide};
use docket_domain::{Actor, Rejection, Role};

use crate::scenarios::{
    ANNA, CARLA, CATALOGUE, CONSULTANT, CUSTOMER, erased_customer, filled_catalogue,
    registered_consultant, registered_customer, retired_consultant, stranger, to_catalogue,
    to_consultant, to_customer,
};
use crate::story::{Story, given};

// `C` the customer itself, `c` another; `R` receptionist; `S` store staff; `K` the consultant
// itself, `k` another; `M` manager; `A` administrator; `V` service; `I` importer. A letter says
// that they may, a dash that they may not.

const CONSULTANTS: [(ConsultantCommandName, &str); 5] = [
    (ConsultantCommandName::Register, "- - - - - - M A V I"),
    (ConsultantCommandName::ChangeProfile, "- - - - - - M A V I"),
    (
        ConsultantCommandName::ChangeAvailability,
        "- - - - K - M A V I",
    ),
    (ConsultantCommandName::ChangePlace, "- - - - K - M A V I"),
    (ConsultantCommandName::Retire, "- - - - - - M A V I"),
];

const CUSTOMERS: [(CustomerCommandName, &str); 4] = [
    (CustomerCommandName::Register, "C - R S - - M A V I"),
    (CustomerCommandName::ChangeContact, "C - R S - - M A V I"),
    (
        CustomerCommandName::ChangePreferences,
        "C - R S - - M A V I",
    ),
    (CustomerCommandName::Erase, "- - - - - - - A V -"),
];

const CATALOGUES: [(EntryKind, &str); 5] = [
    (EntryKind::Category, "- - - - - - - A - I"),
    (EntryKind::Skill, "- - - - - - - A - I"),
    (EntryKind::Store, "- - - - - - M A - I"),
    (EntryKind::Area, "- - - - - - - A - I"),
    (EntryKind::Holiday, "- - - - - - M A - I"),
];

const fn actor(id: PersonId, role: Role) -> Actor {
    Actor { id, role }
}

const ACTORS: [Actor; 10] = [
    actor(CARLA, Role::Customer),
    stranger(Role::Customer),
    stranger(Role::Receptionist),
    stranger(Role::StoreStaff),
    actor(ANNA, Role::Consultant),
    stranger(Role::Consultant),
    stranger(Role::Manager),
    stranger(Role::Administrator),
    stranger(Role::Service),
    stranger(Role::Importer),
];

#[track_caller]
fn check<E: Into<Event> + Clone>(
    id: StreamId,
    history: &[E],
    row: &str,
    command: impl Into<Command>,
) {
    let command = command.into();
    assert_eq!(row.split(' ').count(), ACTORS.len(), "{command:?}");
    for (actor, cell) in ACTORS.into_iter().zip(row.split(' ')) {
        let decision = given(id, history.to_vec())
            .by(actor)
            .when(command.clone())
            .decision();
        let forbidden = Err(Rejection::Forbidden {
            role: actor.role,
            command: command.name(),
        });
        assert_eq!(
            decision != forbidden,
            cell != "-",
            "{command:?} by {actor:?}: {decision:?}"
        );
    }
}

#[test]
fn each_role_may_say_of_a_consultant_what_the_table_says() {
    assert_eq!(
        CONSULTANTS.map(|(name, _)| name),
        ConsultantCommandName::ALL
    );
    for (name, row) in CONSULTANTS {
        for history in [vec![], registered_consultant(), retired_consultant()] {
            check::<ConsultantEvent>(CONSULTANT, &history, row, to_consultant(name));
        }
    }
}

#[test]
fn each_role_may_say_of_a_customer_what_the_table_says() {
    assert_eq!(CUSTOMERS.map(|(name, _)| name), CustomerCommandName::ALL);
    for (name, row) in CUSTOMERS {
        for history in [vec![], registered_customer(), erased_customer()] {
            check::<CustomerEvent>(CUSTOMER, &history, row, to_customer(name));
        }
    }
}

#[test]
fn each_role_may_change_of_the_catalogue_what_the_table_says() {
    assert_eq!(CATALOGUES.map(|(kind, _)| kind), EntryKind::ALL);
    for (kind, row) in CATALOGUES {
        for history in [vec![], filled_catalogue()] {
            for name in [
                CatalogueCommandName::Put(kind),
                CatalogueCommandName::Remove(kind),
            ] {
                check::<CatalogueEvent>(CATALOGUE, &history, row, to_catalogue(name));
            }
        }
    }
}

#[test]
fn the_right_person_in_the_wrong_role_is_a_stranger() {
    let forbidden = |role, command: Command| Rejection::Forbidden {
        role,
        command: command.name(),
    };
    let place = to_consultant(ConsultantCommandName::ChangePlace);
    given(CONSULTANT, registered_consultant())
        .by(actor(ANNA, Role::Customer))
        .when(place.clone())
        .then_rejected(&forbidden(Role::Customer, place.into()));
    let contact = to_customer(CustomerCommandName::ChangeContact);
    given(CUSTOMER, registered_customer())
        .by(actor(CARLA, Role::Consultant))
        .when(contact.clone())
        .then_rejected(&forbidden(Role::Consultant, contact.into()));
}

#[test]
fn a_command_to_another_kind_of_stream_is_forbidden_to_everybody() {
    let commands: [Command; 3] = [
        to_consultant(ConsultantCommandName::Register).into(),
        to_customer(CustomerCommandName::Register).into(),
        to_catalogue(CatalogueCommandName::ALL[0]).into(),
    ];
    for (own, id) in [CONSULTANT, CUSTOMER, CATALOGUE].into_iter().enumerate() {
        for (n, command) in commands.iter().enumerate() {
            let Story {
                aggregate, context, ..
            } = given::<Event>(id, []);
            let forbidden = Rejection::Forbidden {
                role: Role::Administrator,
                command: command.name(),
            };
            let authorized = authorize(id, &context, &aggregate, command);
            let decided = decide(id, &aggregate, &context, command);
            if n == own {
                assert_eq!(authorized, Ok(()));
                assert!(decided.is_ok());
            } else {
                assert_eq!(authorized, Err(forbidden.clone()), "{command:?} to {id}");
                assert_eq!(decided, Err(forbidden), "{command:?} to {id}");
            }
        }
    }
}
