//! Names are read as they are written, and no two commands have one in common.

use std::collections::HashSet;

use docket_domain::CommandName;
use docket_domain::catalogue::CatalogueCommandName;
use docket_domain::consultant::ConsultantCommandName;
use docket_domain::customer::CustomerCommandName;
use docket_domain::ids::TicketId;
use docket_domain::stream::{AnyCommandName, StreamId};
use docket_domain::survey::SurveyCommandName;
use uuid::Uuid;

use crate::scenarios::{ANNA, CARLA, SURVEY, to_catalogue, to_consultant, to_customer, to_survey};

fn all() -> Vec<AnyCommandName> {
    let mut all: Vec<AnyCommandName> = CommandName::ALL.map(AnyCommandName::from).into();
    all.extend(ConsultantCommandName::ALL.map(AnyCommandName::from));
    all.extend(CustomerCommandName::ALL.map(AnyCommandName::from));
    all.extend(SurveyCommandName::ALL.map(AnyCommandName::from));
    all.extend(CatalogueCommandName::ALL.map(AnyCommandName::from));
    all
}

#[test]
fn every_command_has_a_name_of_its_own_that_reads_back() {
    let written: HashSet<String> = all().iter().map(ToString::to_string).collect();
    assert_eq!(written.len(), 18 + 5 + 4 + 2 + 10);
    for name in all() {
        assert_eq!(AnyCommandName::parse(&name.to_string()), Some(name));
    }
}

#[test]
fn a_tickets_command_stands_alone_as_it_always_did() {
    for name in CommandName::ALL {
        assert_eq!(AnyCommandName::from(name).to_string(), name.as_str());
    }
    for (written, path) in [
        ("consultant.availability", "availability"),
        ("customer.erase", "erase"),
        ("survey.answer", "answer"),
        ("catalogue.put_category", "put_category"),
    ] {
        assert_eq!(AnyCommandName::parse(written).unwrap().as_str(), path);
    }
    for unknown in [
        "retire",
        "consultant.erase",
        "ticket.assign",
        "customer.",
        "answer",
        "",
    ] {
        assert_eq!(AnyCommandName::parse(unknown), None, "{unknown}");
    }
}

#[test]
fn samples_are_what_they_are_called() {
    for name in ConsultantCommandName::ALL {
        assert_eq!(to_consultant(name).name(), name);
        assert_eq!(ConsultantCommandName::parse(name.as_str()), Some(name));
    }
    for name in CustomerCommandName::ALL {
        assert_eq!(to_customer(name).name(), name);
        assert_eq!(CustomerCommandName::parse(name.as_str()), Some(name));
    }
    for name in SurveyCommandName::ALL {
        assert_eq!(to_survey(name).name(), name);
        assert_eq!(SurveyCommandName::parse(name.as_str()), Some(name));
    }
    for name in CatalogueCommandName::ALL {
        assert_eq!(to_catalogue(name).name(), name);
        assert_eq!(CatalogueCommandName::parse(name.as_str()), Some(name));
    }
}

#[test]
fn streams_are_called_what_their_records_are_keyed_by() {
    let ticket = StreamId::Ticket(TicketId(Uuid::from_u128(2)));
    for (id, key) in [
        (ticket, "ticket-00000000-0000-0000-0000-000000000002"),
        (
            StreamId::Consultant(ANNA),
            "consultant-00000000-0000-0000-0000-000000000001",
        ),
        (
            StreamId::Customer(CARLA),
            "customer-00000000-0000-0000-0000-000000000003",
        ),
        (SURVEY, "survey-00000000-0000-0000-0000-000000000007-2"),
        (StreamId::Catalogue, "catalogue"),
    ] {
        assert_eq!(id.to_string(), key);
    }
}
