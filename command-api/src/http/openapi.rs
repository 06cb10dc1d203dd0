//! The OpenAPI document of the command API. Paths come from the domain's list of commands, bodies
//! from the wire structs, so a command can't be missing here.

use docket_domain::CommandName;
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

use super::bulk::{BulkLine, BulkOutcome};
use super::headers::NDJSON;
use super::single::CommandAnswer;
use crate::wire::bodies::{
    AmendBody, AssignBody, CallerBody, CommentBody, EmptyBody, HoldBody, LinkBody, OpenBody,
    PartBody, PlaceBody, ReasonBody, ResolveBody, TransferBody, WorkBody,
};
use crate::wire::values::{AwaitingWord, ChannelWord, PriorityWord, RelationWord, VisibilityWord};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Docket command API",
        description = "Opens tickets and changes them. Every command carries an Idempotency-Key: \
                       the same key with the same command always gets the first outcome, \
                       refusals included, from any replica. Every error is a problem document \
                       (RFC 9457)."
    ),
    tags((name = "commands", description = "What can be asked of tickets")),
    components(schemas(
        AmendBody, AssignBody, CallerBody, CommentBody, EmptyBody, HoldBody, LinkBody, OpenBody,
        PartBody, PlaceBody, ReasonBody, ResolveBody, TransferBody, WorkBody,
        AwaitingWord, ChannelWord, PriorityWord, RelationWord, VisibilityWord,
        CommandAnswer, BulkLine, BulkOutcome, ProblemDocument,
    )),
    modifiers(&BearerAuth),
)]
struct Document;

/// The document, to be served alone or merged with another API's.
pub(crate) fn document() -> OpenApi {
    let mut document = Document::openapi();
    for name in CommandName::ALL {
        let path = match name {
            CommandName::Open => "/v1/tickets".to_owned(),
            _ => format!("/v1/tickets/{{id}}/{}", name.as_str()),
        };
        let item = PathItem::new(HttpMethod::Post, operation(name));
        document.paths.paths.insert(path, item);
    }
    let bulk = PathItem::new(HttpMethod::Post, bulk());
    document.paths.paths.insert("/v1/commands".to_owned(), bulk);
    document
}

/// In one line, and the schema of its body.
const fn told(name: CommandName) -> (&'static str, &'static str) {
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

fn operation(name: CommandName) -> Operation {
    let (summary, body) = told(name);
    let mut operation = OperationBuilder::new()
        .operation_id(Some(name.as_str()))
        .tag("commands")
        .summary(Some(summary))
        .security(SecurityRequirement::new("bearer", [""; 0]))
        .request_body(Some(json_body(body, body != "EmptyBody")));
    if name != CommandName::Open {
        operation = operation.parameter(
            ParameterBuilder::new()
                .name("id")
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .description(Some("The ticket"))
                .schema(Some(text(Some(KnownFormat::Uuid)))),
        );
    }
    operation = operation
        .parameter(header(
            "Idempotency-Key",
            "Names this command: 1 to 255 visible ASCII characters. Repeat it with the command.",
            Required::True,
            text(None),
        ))
        .parameter(header(
            "If-Match",
            "The ETag of the version that was decided on; 412 if the ticket has another",
            Required::False,
            text(None),
        ))
        .parameter(header(
            "Docket-Occurred-At",
            "When it happened: any past time for importers, seven days back for consultants",
            Required::False,
            text(Some(KnownFormat::DateTime)),
        ));
    if name == CommandName::Open {
        operation = operation.response("201", done("Opened"));
    }
    operation = operation.response("200", done("Done, or so already"));
    for (status, description) in REFUSALS {
        operation = operation.response(*status, refused(description));
    }
    operation.build()
}

const REFUSALS: &[(&str, &str)] = &[
    ("400", "The body is not JSON, or a header can't be read"),
    ("401", "No token, or a bad one"),
    ("403", "Not for that role, or not that ticket"),
    ("404", "No such ticket"),
    (
        "409",
        "The ticket's status does not allow it; `ticket_status` and `allowed` say what is",
    ),
    (
        "412",
        "The ticket has another version than If-Match says; `version` is its own",
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
             one ticket are executed in their order. A line without an outcome was not read: send \
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
        assert_eq!(document.paths.paths.len(), CommandName::ALL.len() + 1);
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
