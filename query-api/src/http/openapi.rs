//! The OpenAPI document of the query API.

use docket_service::openapi::BearerAuth;
use docket_service::problem::ProblemDocument;
use utoipa::{IntoParams, IntoResponses, OpenApi};

use super::{catalogue, consultants, customers, routing, surveys, tickets};
use crate::catalogue::{Catalogue, CatalogueEntry};
use crate::consultants::{ConsultantView, HoursView, LoadView, ShiftView};
use crate::customers::{CustomerView, FoundCustomer, LatestTicket};
use crate::routing::{
    CandidateView, DecisionView, ExcludedView, OutcomeView, PartView, RoutingView, RulesView,
    WaitingView, WhyView,
};
use crate::surveys::{FiguresView, GroupView, SummaryView, SurveyView};
use crate::ticket::{CallerView, PlaceView, TicketView};
use crate::timeline::{Entry, Timeline};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Docket query API",
        description = "Tickets as they are and as they were, their timelines, lists and search; \
                       consultants, customers and the catalogue; which tickets wait \
                       and why, and how routers decided; surveys and what they come to. \
                       Reads a view that follows the log within milliseconds; with \
                       Docket-Min-Position a query waits for what was just written. Every error \
                       is a problem document (RFC 9457)."
    ),
    tags((name = "queries", description = "What can be asked")),
    paths(
        tickets::list, tickets::one, tickets::timeline,
        consultants::list, consultants::one,
        customers::list, customers::one,
        catalogue::whole, catalogue::of_kind,
        routing::queue, routing::ticket,
        surveys::list, surveys::summary,
    ),
    components(schemas(
        TicketView, CallerView, PlaceView, crate::tickets::Page, Timeline, Entry,
        ConsultantView, HoursView, ShiftView, LoadView, crate::consultants::Page,
        CustomerView, FoundCustomer, LatestTicket, crate::customers::Page,
        Catalogue, CatalogueEntry,
        RoutingView, DecisionView, RulesView, CandidateView, PartView, ExcludedView, OutcomeView,
        crate::routing::Page, WaitingView, WhyView,
        crate::surveys::Page, SurveyView, SummaryView, GroupView, FiguresView, ProblemDocument,
    )),
    modifiers(&BearerAuth),
)]
struct Document;

/// The document, to be served alone or merged with another API's.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by the document, not by us")]
pub(super) struct ReadHeaders {
    /// A `Docket-Position` from an earlier answer: wait until the view holds what it stands for.
    #[param(rename = "Docket-Min-Position")]
    min_position: Option<String>,
    /// An `ETag` from an earlier answer: 304 if nothing has changed.
    #[param(rename = "If-None-Match")]
    if_none_match: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by the document, not by us")]
pub(super) struct TicketParameters {
    /// As it was after so many events, from 1.
    version: Option<u32>,
    /// As it was at that time (RFC 3339), in business time.
    at: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by the document, not by us")]
pub(super) struct TimelineParameters {
    /// `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 200; default 100.
    limit: Option<u32>,
}

#[derive(IntoResponses)]
#[expect(dead_code, reason = "read by the document, not by us")]
pub(super) enum Refusals {
    /// The caller has it already
    #[response(status = 304)]
    NotModified,
    /// A header or the path can't be read
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(ProblemDocument),
    /// No valid token
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(ProblemDocument),
    /// No such thing, or none that the caller may see
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemDocument),
    /// The position is of another log, or of another life of it
    #[response(status = 412, content_type = "application/problem+json")]
    OtherLog(ProblemDocument),
    /// Parameters are unknown or wrong; each is named
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(ProblemDocument),
    /// The view is behind the position, or can't be read now; see Retry-After
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemDocument),
}
