//! A view with rows of our own, and an API in front of it.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use docket_query_api::{QueryApi, QueryConfig, RoutingSource, SurveySource};
use docket_service::auth::{AuthConfig, DevelopmentIssuer, actor_id};
use docket_service::health::Health;
use docket_service::server::{self, HttpConfig};
use docket_service::{Position, Role, Shutdown};
use docket_supervisor::testing;
use http_body_util::BodyExt as _;
use serde_json::{Map, Value, json};
use sqlx::PgPool;
use tower::ServiceExt as _;
use uuid::Uuid;

pub(crate) struct Setting {
    pub(crate) view: PgPool,
    pub(crate) url: String,
    pub(crate) health: Health,
    issuer: DevelopmentIssuer,
    api: Router,
    _keys: tempfile::TempDir,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, StatusCode::OK, "{:#}", self.body);
        self
    }

    /// A problem of that status and kind; its document.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, slug: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let kind = self.body["type"].as_str().unwrap_or_default();
        assert!(kind.ends_with(&format!("/{slug}")), "{:#}", self.body);
        self.body
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        let value = value.unwrap_or_else(|| panic!("no {name} in {:?}", self.headers));
        value.to_str().expect("a readable header")
    }
}

impl Setting {
    pub(crate) async fn new() -> Self {
        let url = testing::database().await;
        docket_migrations::prepare(&url, "read_model_1", &docket_migrations::READ_MODEL)
            .await
            .expect("the tables can be made");
        Self::over(url, QueryConfig::default())
    }

    /// The same with a routing view, in the schema `routing_1`.
    pub(crate) async fn with_routing(priority_step_s: u32) -> Self {
        let url = testing::database().await;
        for (schema, tables) in [
            ("read_model_1", &docket_migrations::READ_MODEL),
            ("routing_1", &docket_migrations::ROUTING),
        ] {
            let made = docket_migrations::prepare(&url, schema, tables).await;
            made.expect("the tables can be made");
        }
        let routing = RoutingSource {
            url: url.clone(),
            priority_step_s,
            ..RoutingSource::default()
        };
        let config = QueryConfig {
            routing: Some(routing),
            ..QueryConfig::default()
        };
        Self::over(url, config)
    }

    /// The same with a survey view, in the schema `survey_1`, which its projector makes.
    pub(crate) async fn with_surveys() -> Self {
        let url = testing::database().await;
        let source = SurveySource {
            url: url.clone(),
            ..SurveySource::default()
        };
        let config = QueryConfig {
            survey: Some(source),
            ..QueryConfig::default()
        };
        Self::over(url, config)
    }

    /// The same with other settings, and whatever is in that database.
    pub(crate) fn over(url: String, config: QueryConfig) -> Self {
        let config = QueryConfig { url, ..config };
        let options = docket_migrations::connect_options(&config.url, &config.schema)
            .expect("a usable address");
        let keys = tempfile::tempdir().expect("a directory");
        let issuer = DevelopmentIssuer::open(&AuthConfig {
            key_file: keys.path().join("key"),
            ..AuthConfig::default()
        })
        .expect("a key can be made");
        let shutdown = Shutdown::new();
        let health = Health::new(&shutdown);
        let api = QueryApi::start(&config, &health, &shutdown).expect("it starts");
        let routes = api.router(issuer.verifier());
        Self {
            view: sqlx::postgres::PgPoolOptions::new().connect_lazy_with(options),
            url: config.url,
            health,
            issuer,
            api: server::api(routes, "query-api", &HttpConfig::default()),
            _keys: keys,
        }
    }

    /// The id of that subject as actor, customer, consultant.
    pub(crate) fn person(subject: &str) -> Uuid {
        actor_id(&AuthConfig::default().issuer, subject)
    }

    /// As a manager.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_as("mia", Role::Manager, path, &[]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.get_as("mia", Role::Manager, path, headers).await
    }

    pub(crate) async fn get_as(
        &self,
        subject: &str,
        role: Role,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let token = self.issuer.token(subject, role, Duration::from_mins(1));
        let token = token.expect("a token can be signed");
        let mut request = Request::get(path).header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.api.clone().oneshot(request).await;
        let (parts, body) = response.unwrap_or_else(|never| match never {}).into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    /// Puts a ticket into the view: the usual one with these columns changed.
    pub(crate) async fn ticket(&self, columns: Value) -> Uuid {
        let mut row = usual();
        row.extend(columns.as_object().expect("an object").clone());
        self.insert("ticket", &Value::Object(row.clone())).await;
        row["id"].as_str().expect("an id").parse().expect("a UUID")
    }

    /// Puts a line into a ticket's timeline; its hour is its business time.
    pub(crate) async fn line(&self, ticket: Uuid, version: i32, columns: Value) {
        let time = format!("2026-03-01T{version:02}:00:00Z");
        let mut row = json!({
            "ticket_id": ticket, "version": version, "type": "amended", "occurred_at": time,
            "as_of": time, "recorded_at": time, "actor": Self::person("rita"),
            "role": "receptionist", "origin": "live", "visibility": "public", "data": {},
            "changes": {}, "partition": 0, "sequence": version,
        });
        let fields = row.as_object_mut().expect("an object");
        fields.extend(columns.as_object().expect("an object").clone());
        self.insert("timeline", &row).await;
    }

    /// Says how far the view is.
    pub(crate) async fn checkpoint(&self, position: Position) {
        sqlx::query(
            "INSERT INTO checkpoint
             (partition, log_id, incarnation, next, head_at, sequence, head, closed)
             VALUES ($1, $2, $2, $3 + 1, $3, $3, '', false)
             ON CONFLICT (partition) DO UPDATE SET sequence = excluded.sequence",
        )
        .bind(i32::from(position.partition))
        .bind(position.incarnation)
        .bind(position.sequence as i64)
        .execute(&self.view)
        .await
        .expect("the table is there");
    }

    /// Puts a consultant into the view: one with little to say, with these columns changed.
    pub(crate) async fn consultant(&self, columns: Value) -> Uuid {
        let row = json!({
            "name": "Anna", "team": null, "skills": {}, "areas": [], "travel_km_max": null,
            "languages": [], "capacity": 3, "availability": "available", "hours": null,
            "place": null, "retired": false,
        });
        self.registered("consultant", row, columns).await
    }

    /// The same for a customer.
    pub(crate) async fn customer(&self, columns: Value) -> Uuid {
        let row = json!({
            "name": "Carla", "phone": null, "email": null, "channel": "none", "language": null,
            "consultant": null, "surveys": true, "erased_at": null,
        });
        self.registered("customer", row, columns).await
    }

    async fn registered(&self, table: &str, mut row: Value, columns: Value) -> Uuid {
        let id = Uuid::new_v4();
        for more in [
            json!({
                "id": id, "version": 1, "erased": [], "partition": 0,
                "registered_at": "2026-03-01T01:00:00Z", "updated_at": "2026-03-01T01:00:00Z",
            }),
            columns,
        ] {
            let row = row.as_object_mut().expect("an object");
            row.extend(more.as_object().expect("an object").clone());
        }
        self.insert(table, &row).await;
        row["id"].as_str().expect("an id").parse().expect("a UUID")
    }

    /// Puts entries into the catalogue, of which there have been so many events.
    pub(crate) async fn catalogue(&self, version: i32, entries: &[(&str, &str, Value)]) {
        let stream = json!({
            "stream": "catalogue", "version": version, "updated_at": "2026-03-01T01:00:00Z",
            "partition": 0,
        });
        self.insert("catalogue", &stream).await;
        for (kind, key, content) in entries {
            let entry = json!({"kind": kind, "key": key, "content": content});
            self.insert("catalogue_entry", &entry).await;
        }
    }

    /// Parks a stream from that position on.
    pub(crate) async fn parked(&self, stream: String, since: Position) {
        let row = json!({
            "partition": since.partition, "stream": stream,
            "since_sequence": since.sequence, "error": "it is poison",
            "parked_at": "2026-03-01T00:00:00Z",
        });
        self.insert("parked_stream", &row).await;
    }

    /// Columns that Postgres computes are left to it.
    pub(crate) async fn insert(&self, table: &str, row: &Value) {
        let names: Vec<&String> = row.as_object().expect("an object").keys().collect();
        let names = names
            .iter()
            .map(|name| name.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "INSERT INTO {table} ({names})
             SELECT {names} FROM jsonb_populate_record(NULL::{table}, $1)"
        )))
        .bind(row)
        .execute(&self.view)
        .await
        .unwrap_or_else(|error| panic!("{error}: {row:#}"));
    }
}

/// An open ticket with little in it, each time with another id and number.
fn usual() -> Map<String, Value> {
    let id = Uuid::new_v4();
    let row = json!({
        "id": id, "number": (id.as_u128() >> 70) as i64, "version": 1, "status": "open",
        "customer": null, "caller": null, "reporter": Setting::person("rita"),
        "channel": "phone", "store": null, "team": null, "assignee": null, "subject": "No light",
        "description": null, "category": null, "skills": [], "priority": 1, "place": null,
        "language": null, "fields": {}, "awaiting": null, "resolution_code": null,
        "resolution_note": null, "erased": [], "opened_at": "2026-03-01T01:00:00Z",
        "updated_at": "2026-03-01T01:00:00Z", "resolved_at": null, "closed_at": null,
        "reopen_until": null, "reassignment_count": 0, "assignment_count": 0, "reopen_count": 0,
        "origin": "live", "partition": 0,
    });
    match row {
        Value::Object(row) => row,
        _ => unreachable!("an object"),
    }
}
