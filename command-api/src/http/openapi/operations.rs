//! All commands there are: their paths, and what is said of each.

use docket_domain::CommandName;
use docket_domain::catalogue::{CatalogueCommandName, EntryKind};
use docket_domain::consultant::ConsultantCommandName;
use docket_domain::customer::CustomerCommandName;
use docket_domain::stream::AnyCommandName;
use docket_domain::survey::SurveyCommandName;

/// Every command of every stream.
pub(super) fn all() -> impl Iterator<Item = AnyCommandName> {
    let tickets = CommandName::ALL.into_iter().map(AnyCommandName::from);
    let consultants = ConsultantCommandName::ALL
        .into_iter()
        .map(AnyCommandName::from);
    let customers = CustomerCommandName::ALL
        .into_iter()
        .map(AnyCommandName::from);
    let catalogue = CatalogueCommandName::ALL
        .into_iter()
        .map(AnyCommandName::from);
    let surveys = SurveyCommandName::ALL.into_iter().map(AnyCommandName::from);
    tickets
        .chain(consultants)
        .chain(customers)
        .chain(surveys)
        .chain(catalogue)
}

/// Where it is sent.
pub(super) fn path(name: AnyCommandName) -> String {
    let command = name.as_str();
    match name {
        AnyCommandName::Ticket(CommandName::Open) => "/v1/tickets".to_owned(),
        AnyCommandName::Consultant(ConsultantCommandName::Register) => "/v1/consultants".to_owned(),
        AnyCommandName::Customer(CustomerCommandName::Register) => "/v1/customers".to_owned(),
        AnyCommandName::Survey(SurveyCommandName::Answer) => "/v1/tickets/{id}/survey".to_owned(),
        AnyCommandName::Survey(_) => format!("/v1/surveys/{{id}}/{command}"),
        AnyCommandName::Ticket(_) => format!("/v1/tickets/{{id}}/{command}"),
        AnyCommandName::Consultant(_) => format!("/v1/consultants/{{id}}/{command}"),
        AnyCommandName::Customer(_) => format!("/v1/customers/{{id}}/{command}"),
        AnyCommandName::Catalogue(_) => format!("/v1/catalogue/{command}"),
    }
}

type Described = (&'static str, &'static str, &'static str);

/// Its tag, what it does in one line, and the schema of its body.
pub(super) const fn described(name: AnyCommandName) -> Described {
    let (tag, (summary, body)) = match name {
        AnyCommandName::Ticket(name) => ("commands", of_ticket(name)),
        AnyCommandName::Consultant(name) => ("consultants", of_consultant(name)),
        AnyCommandName::Customer(name) => ("customers", of_customer(name)),
        AnyCommandName::Survey(name) => ("surveys", of_survey(name)),
        AnyCommandName::Catalogue(name) => ("catalogue", of_catalogue(name)),
    };
    (tag, summary, body)
}

/// Of a ticket's command.
const fn of_ticket(name: CommandName) -> (&'static str, &'static str) {
    match name {
        CommandName::Open => ("Open a ticket", "OpenBody"),
        CommandName::Assign => ("Give it to a consultant", "AssignBody"),
        CommandName::Accept => ("Take it, as its consultant", "EmptyBody"),
        CommandName::Decline => ("Don't take it, as its consultant", "ReasonBody"),
        CommandName::Unassign => ("Take it from its consultant", "ReasonBody"),
        CommandName::Transfer => ("Move it to another team", "TransferBody"),
        CommandName::Hold => ("Let it wait for somebody or something", "HoldBody"),
        CommandName::Resume => ("Go on where it was", "EmptyBody"),
        CommandName::Resolve => ("Say that it is solved", "ResolveBody"),
        CommandName::Close => ("Say that nothing more is to be done", "EmptyBody"),
        CommandName::Reopen => ("Say that the problem came back", "ReasonBody"),
        CommandName::Cancel => ("Give it up", "ReasonBody"),
        CommandName::Amend => ("Correct what it says", "AmendBody"),
        CommandName::AddComment => ("Say something about it", "CommentBody"),
        CommandName::Link => ("Say that it has to do with another", "LinkBody"),
        CommandName::StartTravel => ("Set out to it", "EmptyBody"),
        CommandName::Arrive => ("Be there", "EmptyBody"),
        CommandName::LogWork => ("Log time and parts", "WorkBody"),
    }
}

const fn of_consultant(name: ConsultantCommandName) -> (&'static str, &'static str) {
    match name {
        ConsultantCommandName::Register => (
            "Register a consultant, or one who comes back",
            "RegisterConsultantBody",
        ),
        ConsultantCommandName::ChangeProfile => ("Correct what they are and can", "ProfileBody"),
        ConsultantCommandName::ChangeAvailability => {
            ("Say whether and when they work", "AvailabilityBody")
        }
        ConsultantCommandName::ChangePlace => ("Say where they are", "WhereBody"),
        ConsultantCommandName::Retire => ("Say that they work no more", "EmptyBody"),
    }
}

const fn of_customer(name: CustomerCommandName) -> (&'static str, &'static str) {
    match name {
        CustomerCommandName::Register => ("Register a customer", "RegisterCustomerBody"),
        CustomerCommandName::ChangeContact => {
            ("Correct who they are and how to reach them", "ContactBody")
        }
        CustomerCommandName::ChangePreferences => {
            ("Say how they want to be served", "PreferencesBody")
        }
        CustomerCommandName::Erase => ("Erase everything personal of them, for good", "EmptyBody"),
    }
}

const fn of_survey(name: SurveyCommandName) -> (&'static str, &'static str) {
    match name {
        SurveyCommandName::Invite => ("Ask the ticket's customer, as a service", "InviteBody"),
        SurveyCommandName::Answer => (
            "Say how it went, by the link that was sent; no bearer token is asked for",
            "AnswerBody",
        ),
    }
}

const fn of_catalogue(name: CatalogueCommandName) -> (&'static str, &'static str) {
    match name {
        CatalogueCommandName::Put(EntryKind::Category) => (
            "Put a category, in place of the one of that name",
            "CategoryBody",
        ),
        CatalogueCommandName::Put(EntryKind::Skill) => ("Put a skill", "NameBody"),
        CatalogueCommandName::Put(EntryKind::Store) => {
            ("Put a store, in place of the one of that name", "StoreBody")
        }
        CatalogueCommandName::Put(EntryKind::Area) => ("Put an area", "NameBody"),
        CatalogueCommandName::Put(EntryKind::Holiday) => (
            "Put a holiday, in place of the one of that day and area",
            "HolidayBody",
        ),
        CatalogueCommandName::Remove(EntryKind::Category) => ("Remove a category", "NameBody"),
        CatalogueCommandName::Remove(EntryKind::Skill) => ("Remove a skill", "NameBody"),
        CatalogueCommandName::Remove(EntryKind::Store) => ("Remove a store", "NameBody"),
        CatalogueCommandName::Remove(EntryKind::Area) => ("Remove an area", "NameBody"),
        CatalogueCommandName::Remove(EntryKind::Holiday) => ("Remove a holiday", "HolidayKeyBody"),
    }
}
