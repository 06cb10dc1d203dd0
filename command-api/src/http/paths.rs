//! The handlers, one for each path: which command it is, and of which stream.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use docket_domain::CommandName;
use docket_domain::catalogue::CatalogueCommandName;
use docket_domain::consultant::ConsultantCommandName;
use docket_domain::customer::CustomerCommandName;
use docket_domain::ids::{PersonId, TicketId};
use docket_service::Path;
use docket_service::problem::Problem;
use uuid::Uuid;

use super::App;
use super::request::Named;
use super::single::Came;

/// `POST /v1/tickets`
pub(super) async fn open(State(app): State<App>, came: Came, body: Body) -> Response {
    came.respond(&app, Named::Ticket(None, CommandName::Open), body)
        .await
}

/// `POST /v1/tickets/{id}/{command}`
pub(super) async fn ticket(
    State(app): State<App>,
    Path((id, command)): Path<(String, String)>,
    came: Came,
    body: Body,
) -> Result<Response, Problem> {
    let known = &CommandName::ALL[1..];
    let name = one_of(known, CommandName::as_str, &command, "a ticket")?;
    let id = TicketId(id_of(&id, "a ticket")?);
    Ok(came
        .respond(&app, Named::Ticket(Some(id), name), body)
        .await)
}

/// `POST /v1/consultants`
pub(super) async fn register_consultant(
    State(app): State<App>,
    came: Came,
    body: Body,
) -> Response {
    let named = Named::Consultant(None, ConsultantCommandName::Register);
    came.respond(&app, named, body).await
}

/// `POST /v1/consultants/{id}/{command}`
pub(super) async fn consultant(
    State(app): State<App>,
    Path((id, command)): Path<(String, String)>,
    came: Came,
    body: Body,
) -> Result<Response, Problem> {
    let known = &ConsultantCommandName::ALL[1..];
    let name = one_of(
        known,
        ConsultantCommandName::as_str,
        &command,
        "a consultant",
    )?;
    let id = PersonId(id_of(&id, "a consultant")?);
    Ok(came
        .respond(&app, Named::Consultant(Some(id), name), body)
        .await)
}

/// `POST /v1/customers`
pub(super) async fn register_customer(State(app): State<App>, came: Came, body: Body) -> Response {
    let named = Named::Customer(None, CustomerCommandName::Register);
    came.respond(&app, named, body).await
}

/// `POST /v1/customers/{id}/{command}`
pub(super) async fn customer(
    State(app): State<App>,
    Path((id, command)): Path<(String, String)>,
    came: Came,
    body: Body,
) -> Result<Response, Problem> {
    let known = &CustomerCommandName::ALL[1..];
    let name = one_of(known, CustomerCommandName::as_str, &command, "a customer")?;
    let id = PersonId(id_of(&id, "a customer")?);
    Ok(came
        .respond(&app, Named::Customer(Some(id), name), body)
        .await)
}

/// `POST /v1/catalogue/{command}`
pub(super) async fn catalogue(
    State(app): State<App>,
    Path(command): Path<String>,
    came: Came,
    body: Body,
) -> Result<Response, Problem> {
    let known = &CatalogueCommandName::ALL;
    let name = one_of(
        known,
        CatalogueCommandName::as_str,
        &command,
        "the catalogue",
    )?;
    Ok(came.respond(&app, Named::Catalogue(name), body).await)
}

pub(super) fn id_of(text: &str, whose: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text).map_err(|_| {
        Problem::not_found(format!(
            "{text:?} is not the id of {whose}, which is a UUID"
        ))
    })
}

pub(super) fn one_of<T: Copy>(
    known: &[T],
    name: fn(T) -> &'static str,
    text: &str,
    whose: &str,
) -> Result<T, Problem> {
    let found = known.iter().copied().find(|known| name(*known) == text);
    found.ok_or_else(|| {
        let known: Vec<&str> = known.iter().copied().map(name).collect();
        Problem::not_found(format!(
            "{text:?} is no command of {whose}; those are {}",
            known.join(", ")
        ))
    })
}
