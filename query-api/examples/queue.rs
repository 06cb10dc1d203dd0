//! Measures `GET /v1/queue` on a private Postgres: 50,000 tickets wait for 5,000 consultants.
//!
//! Prints what a page takes, and of that the processor's time, ours and Postgres'; on a machine with
//! other things to do only the latter means anything. Run it as
//! `cargo run --release -p docket-query-api --example queue`.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use docket_query_api::{QueryApi, QueryConfig, RoutingSource};
use docket_service::auth::{AuthConfig, DevelopmentIssuer};
use docket_service::health::Health;
use docket_service::{Role, Shutdown};
use docket_supervisor::{Postgres, PostgresConfig};
use http_body_util::BodyExt as _;
use serde_json::Value;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tower::ServiceExt as _;

/// Skills 1 to 30, areas 1 to 20, four teams, 500 stores, 40 categories; everybody works five days in
/// Berlin and goes 50 km from home; a third have all the tickets that they may have.
const TABLES: [&str; 4] = [
    "INSERT INTO catalogue_entry (kind, key, content)
     SELECT 'store', 's' || n, jsonb_build_object('name', 's' || n, 'area', 'a' || n % 20,
         'place', jsonb_build_object('latitude', 47 + random() * 7, 'longitude', 7 + random() * 7))
     FROM generate_series(1, 500) n
     UNION ALL
     SELECT 'category', 'c' || n, jsonb_build_object('name', 'c' || n,
         'skills', jsonb_build_array('k' || n % 30))
     FROM generate_series(1, 40) n",
    "INSERT INTO consultant (id, version, name, team, skills, areas, travel_km_max, languages,
         capacity, availability, hours, place, retired, erased, registered_at, updated_at, partition)
     SELECT gen_random_uuid(), 1, 'Ann ' || n, 't' || n % 4,
         jsonb_build_object('k' || n % 30, 3, 'k' || n % 7, 4, 'k' || n % 11, 5, 'k' || n % 13, 2),
         jsonb_build_array('a' || n % 20, 'a' || n % 3), 50, '[\"de\"]', 3, 'available',
         '{\"zone\": \"Europe/Berlin\", \"shifts\": [
             {\"weekday\": \"monday\", \"from\": \"08:00\", \"to\": \"16:30\"},
             {\"weekday\": \"tuesday\", \"from\": \"08:00\", \"to\": \"16:30\"},
             {\"weekday\": \"wednesday\", \"from\": \"08:00\", \"to\": \"16:30\"},
             {\"weekday\": \"thursday\", \"from\": \"08:00\", \"to\": \"16:30\"},
             {\"weekday\": \"friday\", \"from\": \"08:00\", \"to\": \"16:30\"}]}',
         jsonb_build_object('latitude', 47 + random() * 7, 'longitude', 7 + random() * 7),
         false, '[]', now(), now(), 0
     FROM generate_series(1, 5000) n",
    "INSERT INTO ticket (id, version, number, status, since, live, assignee, attempts, passed,
         opened_at, skills, priority, partition)
     SELECT gen_random_uuid(), 2, 100000 + row_number() OVER (), 'in_progress', now(), true, c.id, 0,
         '{}', now(), '[]', 1, 0
     FROM (SELECT id FROM consultant ORDER BY name LIMIT 1700) c, generate_series(1, 3)",
    "INSERT INTO ticket (id, version, number, status, since, live, attempts, passed, opened_at,
         team, category, store, skills, priority, partition)
     SELECT gen_random_uuid(), 1, n, 'open', now(), true, 0, '{}',
         now() - n * interval '7 seconds', CASE WHEN n % 5 = 0 THEN 't' || n % 4 END,
         'c' || n % 40, 's' || n % 500,
         CASE WHEN n % 3 = 0 THEN jsonb_build_array('k' || n % 30, 'k' || n % 7) ELSE '[]' END,
         n % 4, 0
     FROM generate_series(1, 50000) n",
];

const PAGES: u32 = 40;

#[tokio::main]
async fn main() {
    let home = tempfile::tempdir().expect("a directory");
    let config = PostgresConfig::new(home.path().join("postgres"));
    let start = tokio::task::spawn_blocking(move || Postgres::start(&config));
    let postgres = start.await.expect("no panic").expect("Postgres starts");
    let url = postgres.url();
    let view = filled(&url).await;
    let keys = AuthConfig {
        key_file: home.path().join("key"),
        ..AuthConfig::default()
    };
    let issuer = DevelopmentIssuer::open(&keys).expect("a key");
    let token = issuer.token("mia", Role::Manager, Duration::from_hours(1));
    let token = token.expect("a token");
    let shutdown = Shutdown::new();
    let config = QueryConfig {
        routing: Some(RoutingSource {
            url: url.clone(),
            ..RoutingSource::default()
        }),
        ..QueryConfig::new(&url)
    };
    let api = QueryApi::start(&config, &Health::new(&shutdown), &shutdown).expect("it starts");
    let api = api.router(issuer.verifier());
    let first = get(&api, &token, "/v1/queue?limit=100").await;
    let cursor = first["next_cursor"].as_str().expect("more");
    for (what, query) in [
        ("the first page", "limit=100".to_owned()),
        ("the next page", format!("limit=100&cursor={cursor}")),
        ("the last page", "limit=100&order=desc".to_owned()),
        (
            "of a team and a skill",
            "limit=100&team=t0&skill=k5".to_owned(),
        ),
        (
            "of a skill nobody asks for",
            "limit=100&skill=k99".to_owned(),
        ),
    ] {
        measure(&api, &token, &view, what, &format!("/v1/queue?{query}")).await;
    }
    shutdown.request();
}

/// A routing view, its tables filled and its statistics made.
async fn filled(url: &str) -> PgPool {
    let made = docket_migrations::prepare(url, "routing_1", &docket_migrations::ROUTING).await;
    made.expect("the tables can be made");
    let options = docket_migrations::connect_options(url, "routing_1").expect("an address");
    let view = PgPoolOptions::new().connect_lazy_with(options);
    for sql in TABLES.into_iter().chain(["VACUUM ANALYZE"]) {
        sqlx::query(sql).execute(&view).await.expect(sql);
    }
    view
}

async fn get(api: &Router, token: &str, path: &str) -> Value {
    let request = Request::get(path).header("authorization", format!("Bearer {token}"));
    let request = request.body(Body::empty()).expect("a request");
    let response = api.clone().oneshot(request).await;
    let response = response.unwrap_or_else(|never| match never {});
    assert!(response.status().is_success(), "{}", response.status());
    let body = response.into_body().collect().await.expect("a body");
    serde_json::from_slice(&body.to_bytes()).expect("JSON")
}

async fn measure(api: &Router, token: &str, view: &PgPool, what: &str, path: &str) {
    for _ in 0..3 {
        get(api, token, path).await;
    }
    let (ours, theirs) = (ticks("self"), postgres_ticks(view).await);
    let mut times = Vec::new();
    for _ in 0..PAGES {
        let started = Instant::now();
        get(api, token, path).await;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    let each = |ticks: u64| ticks as f64 * 10.0 / f64::from(PAGES);
    println!(
        "{what}: {:.1} ms in the middle; processor {:.1} ms here, {:.1} ms Postgres",
        times[times.len() / 2].as_secs_f64() * 1_000.0,
        each(ticks("self") - ours),
        each(postgres_ticks(view).await - theirs),
    );
}

/// Of every process that serves this database.
async fn postgres_ticks(view: &PgPool) -> u64 {
    let pids: Vec<i32> = sqlx::query_scalar("SELECT pid FROM pg_stat_activity")
        .fetch_all(view)
        .await
        .expect("the view answers");
    pids.iter().map(|pid| ticks(&pid.to_string())).sum()
}

/// The processor's time that a process has had, in hundredths of a second.
fn ticks(process: &str) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields = after_name.split_whitespace().skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}
