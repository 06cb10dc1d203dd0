//! Customers: one, and who a receptionist has on the phone.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use docket_service::{Caller, Path, Problem};
use uuid::Uuid;

use super::answer::Answer;
use super::{App, openapi};
use crate::access::SeesCustomers;
use crate::customers::{self, Filter, Page};
use crate::parameters::Parameters;
use crate::problems::Error;

/// A customer. Consultants see those whose tickets they have.
#[utoipa::path(
    get,
    path = "/v1/customers/{id}",
    operation_id = "customer",
    tag = "queries",
    params(("id" = Uuid, Path, description = "The customer"), openapi::ReadHeaders),
    responses(
        (status = 200, description = "The customer", body = customers::CustomerView, headers(
            ("ETag" = String, description = "The version, in quotes; If-Match of a command takes it"),
            ("Docket-Position" = String, description = "Where the view stood in the customer's partition"),
        )),
        openapi::Refusals,
    ),
    security(("bearer" = [])),
)]
pub(super) async fn one(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    parameters.finish()?;
    let sees = SeesCustomers::of(&caller);
    let sees_all = matches!(sees, SeesCustomers::All) || sees == SeesCustomers::Itself(id);
    app.wait(&headers).await?;
    let read = customers::one(&app.pool, id, sees).await;
    let (customer, position) = app
        .settled(read, format!("customer-{id}"), &headers, sees_all)
        .await?;
    let body = serde_json::to_vec(&customer).map_err(Error::from)?;
    Ok(Answer::of_version(customer.version, body)
        .at(position)
        .to(&headers))
}

/// Customers by name, telephone number or e-mail address, with their latest tickets.
#[utoipa::path(
    get,
    path = "/v1/customers",
    operation_id = "customers",
    tag = "queries",
    params(customers::CustomerList, openapi::ReadHeaders),
    responses(
        (status = 200, description = "A page of customers", body = Page, headers(
            ("ETag" = String, description = "A digest of the answer"),
        )),
        openapi::Refusals,
    ),
    security(("bearer" = [])),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let filter = Filter::parse(parameters)?;
    let page = customers::page(&app.pool, &filter, SeesCustomers::of(&caller));
    app.list(&headers, page).await
}
