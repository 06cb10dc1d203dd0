//! The OpenAPI document of the command API. Paths come from the domain's lists of commands
//! ([`operations`]), bodies from the wire structs, so a command can't be missing here.

mod operations;

use docket_domain::stream::AnyCommandName;
use docket_domain::survey::SurveyCommandName;
use docket_service::openapi::BearerAuth;
use docket_service::problem::ProblemDocument;
use utoipa::OpenApi as _;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn, PathItem,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, Ref, Required};

use self::operations::{all, described, path};
use super::answer::{CommandAnswer, StreamMembers};
use super::bulk::{BulkLine, BulkOutcome};
use super::headers::NDJSON;
use super::request::creates;
use crate::wire::bodies::catalogue::{
    CategoryBody, HolidayBody, HolidayKeyBody, NameBody, StoreBody,
};
use crate::wire::bodies::consultant::{
    AvailabilityBody, HoursBody, ProfileBody, RegisterConsultantBody, ShiftBody, WhereBody,
};
use crate::wire::bodies::customer::{ContactBody, PreferencesBody, RegisterCustomerBody};
use crate::wire::bodies::survey::{AnswerBody, InviteBody};
use crate::wire::bodies::{
    AmendBody, AssignBody, CallerBody, CommentBody, EmptyBody, HoldBody, LinkBody, OpenBody,
    PartBody, PlaceBody, ReasonBody, ResolveBody, TransferBody, WorkBody,
};
use crate::wire::values::{
    AskedByWord, AvailabilityWord, AwaitingWord, ChannelWord, NotificationWord, PriorityWord,
    RelationWord, VisibilityWord, WeekdayWord,
};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Docket command API",
        description = "Opens tickets and changes them; registers consultants and customers and \
                       notes what becomes of them; asks customers how it went; keeps the catalogue. Every command carries an Idempotency-Key: \
                       the same key with the same command always gets the first outcome, \
                       refusals included, from any replica. Every error is a problem document \
                       (RFC 9457)."
    ),
    tags(
        (name = "commands", description = "What can be asked of tickets, and many commands at once"),
        (name = "consultants", description = "Who works, what they can, when and where"),
        (name = "customers", description = "Who they are, and how they want to be served"),
        (name = "surveys", description = "How customers found it"),
        (name = "catalogue", description = "What there is to choose from"),
    ),
    components(schemas(
        AmendBody, AssignBody, CallerBody, CommentBody, EmptyBody, HoldBody, LinkBody, OpenBody,
        PartBody, PlaceBody, ReasonBody, ResolveBody, TransferBody, WorkBody,
        RegisterConsultantBody, ProfileBody, AvailabilityBody, HoursBody, ShiftBody, WhereBody,
        RegisterCustomerBody, ContactBody, PreferencesBody,
        InviteBody, AnswerBody,
        NameBody, CategoryBody, StoreBody, HolidayBody, HolidayKeyBody,
        AwaitingWord, ChannelWord, PriorityWord, RelationWord, VisibilityWord,
        AvailabilityWord, WeekdayWord, NotificationWord, AskedByWord,
        StreamMembers, CommandAnswer, BulkLine, BulkOutcome, ProblemDocument,
    )),
    modifiers(&BearerAuth),
)]
struct Document;

/// The document, to be served alone or merged with another API's.
pub(crate) fn document() -> OpenApi {
    let mut document = Document::openapi();
    for name in all() {
        let item = PathItem::new(HttpMethod::Post, operation(name));
        document.paths.paths.insert(path(name), item);
    }
    let bulk = PathItem::new(HttpMethod::Post, bulk());
    document.paths.paths.insert("/v1/commands".to_owned(), bulk);
    document
}

fn operation(name: AnyCommandName) -> Operation {
    let (tag, summary, body) = described(name);
    let mut operation = OperationBuilder::new()
        .operation_id(Some(name.to_string().replace('.', "_")))
        .tag(tag)
        .summary(Some(summary))
        .request_body(Some(json_body(body, body != "EmptyBody")));
    let by_link = name == AnyCommandName::Survey(SurveyCommandName::Answer);
    if !by_link {
        operation = operation.security(SecurityRequirement::new("bearer", [""; 0]));
    }
    if path(name).contains("{id}") {
        operation = operation.parameter(
            ParameterBuilder::new()
                .name("id")
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .description(Some("Which one"))
                .schema(Some(text(
                    (name != AnyCommandName::Survey(SurveyCommandName::Invite))
                        .then_some(KnownFormat::Uuid),
                ))),
        );
    }
    operation = operation
        .parameter(header(
            "Idempotency-Key",
            "Names this command: 1 to 255 visible ASCII characters. Repeat it with the command.",
            if by_link {
                Required::False
            } else {
                Required::True
            },
            text(None),
        ))
        .parameter(header(
            "If-Match",
            "The ETag of the version that was decided on; 412 if there is another by now",
            Required::False,
            text(None),
        ))
        .parameter(header(
            "Docket-Occurred-At",
            "When it happened: any past time for importers, seven days back for consultants",
            Required::False,
            text(Some(KnownFormat::DateTime)),
        ));
    if creates(name) {
        operation = operation.response("201", done("Done; `Location` says where it is"));
    }
    operation = operation.response("200", done("Done, or so already"));
    let of_surveys = matches!(name, AnyCommandName::Survey(_));
    let of_tickets = matches!(name, AnyCommandName::Ticket(_));
    for (status, description) in REFUSALS {
        let description = match *status {
            "410" if of_surveys => "The survey is over",
            "403" if by_link => "The token is not that of a link to this survey",
            "409" if !of_tickets => "The state of things does not allow it; `type` says why",
            _ => description,
        };
        operation = operation.response(*status, refused(description));
    }
    operation.build()
}

const REFUSALS: &[(&str, &str)] = &[
    ("400", "The body is not JSON, or a header can't be read"),
    ("401", "No token, or a bad one"),
    ("403", "Not for that role, or not for that ticket or person"),
    (
        "404",
        "No such ticket or survey; nobody registered under that id",
    ),
    (
        "409",
        "The ticket's status does not allow it; `ticket_status` and `allowed` say what is",
    ),
    ("410", "The customer's data has been erased"),
    (
        "412",
        "There is another version than If-Match says; `version` is the one there is",
    ),
    ("413", "The body is too large"),
    ("415", "The body is not said to be JSON"),
    (
        "422",
        "Faulty fields, each named in `errors`; or the key was used for another command",
    ),
    (
        "429",
        "Too many commands wait. This request did nothing; another one with the same \
         Idempotency-Key that has no answer yet may still be done",
    ),
    (
        "503",
        "No answer from the log; repeat with the same Idempotency-Key. \"Not done by this request\" \
         is certain, but says nothing of another one with the same key; after \"unknown\" only a \
         repeat tells what became of the command",
    ),
];

fn bulk() -> Operation {
    let mut operation = OperationBuilder::new()
        .operation_id(Some("commands"))
        .tag("commands")
        .summary(Some("Many commands, one a line"))
        .description(Some(
            "NDJSON both ways, streamed: one outcome a line, in the order of the lines. Read the \
             outcomes while sending, since only a window of lines is taken in advance. Lines of \
             one stream are executed in their order. A line without an outcome was not read: send \
             it again. Each line and each outcome has the schema below.",
        ))
        .security(SecurityRequirement::new("bearer", [""; 0]))
        .request_body(Some(
            RequestBodyBuilder::new()
                .content(NDJSON, content("BulkLine"))
                .required(Some(Required::True))
                .build(),
        ))
        .response(
            "200",
            ResponseBuilder::new()
                .description("One outcome for each line")
                .content(NDJSON, content("BulkOutcome"))
                .build(),
        );
    for status in ["401", "403", "415"] {
        let refusal = REFUSALS.iter().find(|(known, _)| *known == status);
        if let Some((status, description)) = refusal {
            operation = operation.response(*status, refused(description));
        }
    }
    operation.build()
}

fn json_body(schema: &str, required: bool) -> RequestBody {
    RequestBodyBuilder::new()
        .content("application/json", content(schema))
        .required(Some(if required {
            Required::True
        } else {
            Required::False
        }))
        .build()
}

fn content(schema: &str) -> utoipa::openapi::Content {
    ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(schema)))
        .build()
}

fn done(description: &str) -> Response {
    ResponseBuilder::new()
        .description(description)
        .content("application/json", content("CommandAnswer"))
        .header(
            "ETag",
            HeaderBuilder::new().schema(Some(text(None))).build(),
        )
        .header(
            "Docket-Position",
            HeaderBuilder::new().schema(Some(text(None))).build(),
        )
        .build()
}

fn refused(description: &str) -> Response {
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content("Problem"))
        .build()
}

fn header(name: &str, description: &str, required: Required, schema: Schema) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(description))
        .schema(Some(schema))
}

fn text(format: Option<KnownFormat>) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(format.map(SchemaFormat::KnownFormat))
        .build()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_every_schema_it_names_is_there() {
        let document = document();
        assert_eq!(document.paths.paths.len(), all().count() + 1);
        let json = serde_json::to_value(&document).expect("JSON");
        assert_eq!(json["openapi"], "3.1.0");
        let schemas = json["components"]["schemas"].as_object().expect("schemas");
        let text = json.to_string();
        for named in text.split("#/components/schemas/").skip(1) {
            let name = named.split('"').next().unwrap_or_default();
            assert!(schemas.contains_key(name), "{name} is named, but not there");
        }
    }
}
