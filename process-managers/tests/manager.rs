//! The loop that all process managers share, and what it says of itself when things go wrong.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use docket_domain::Timestamp;
use docket_event_log::memory::{MemoryLog, MemoryStore};
use docket_event_log::{Log, LogConfig};
use docket_process_managers::Managers;
use docket_process_managers::commands::{Command, CommandsConfig, Sender};
use docket_process_managers::fact::Told;
use docket_process_managers::manager::{self, Handle, Manager, Step};
use docket_service::Shutdown;
use docket_service::config::Check as _;
use docket_service::health::Health;
use docket_supervisor::{Postgres, PostgresConfig, testing};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

const DEADLINE: Duration = Duration::from_mins(1);

/// Wants so many commands sent, once each.
struct Todo {
    left: BTreeSet<u32>,
    seen: Arc<Seen>,
}

/// What a test and its process manager know of each other.
#[derive(Default)]
struct Seen {
    complete_until: Mutex<Option<Timestamp>>,
    /// Nothing that was sent is wanted any more.
    settled: AtomicBool,
    panics: AtomicBool,
    /// Where it last worked.
    thread: Mutex<Option<ThreadId>>,
}

impl Manager for Todo {
    type Intent = u32;
    const NAME: &'static str = "todo";

    fn read(&mut self, _: Timestamp, _: &Told) {}

    fn complete_until(&mut self, at: Timestamp) {
        *self.seen.complete_until.lock().expect("nobody panicked") = Some(at);
    }

    fn step(&mut self, _: Timestamp) -> Step<u32> {
        assert!(!self.seen.panics.load(Ordering::Relaxed), "as told");
        *self.seen.thread.lock().expect("nobody panicked") = Some(thread::current().id());
        Step {
            intents: std::mem::take(&mut self.left).into_iter().collect(),
            more: false,
        }
    }

    fn next_timer(&self) -> Option<Timestamp> {
        None
    }

    fn command(intent: &u32) -> Command {
        Command::new(
            format!("v1/tickets/{intent}/close"),
            format!("todo-{intent}"),
            0,
            0,
            &json!({}),
        )
    }

    fn refused(&mut self, _: Timestamp, intent: &u32) {
        self.left.insert(*intent);
    }

    fn is_wanted(&self, _: &u32) -> bool {
        !self.seen.settled.load(Ordering::Relaxed)
    }

    fn tell(&self) {}
}

struct Work {
    seen: Arc<Seen>,
    health: Health,
    shutdown: Shutdown,
    handle: Handle,
}

impl Work {
    fn start(log: &Log, url: &str, commands: u32) -> Self {
        let config = CommandsConfig {
            urls: vec![url.to_owned()],
            ..CommandsConfig::default()
        };
        let sender = Sender::with_token(&config, "token".into()).expect("HTTP is spoken");
        let shutdown = Shutdown::new();
        let health = Health::new(&shutdown);
        let seen = Arc::new(Seen::default());
        let todo = Todo {
            left: (0..commands).collect(),
            seen: Arc::clone(&seen),
        };
        Self {
            handle: manager::start(todo, log, &sender, &health, &shutdown),
            seen,
            health,
            shutdown,
        }
    }

    /// What is wrong with it; nothing, if all is well.
    fn trouble(&self) -> String {
        let reasons = self.health.ready().err().unwrap_or_default();
        reasons.into_iter().map(|(_, why)| why).collect()
    }

    async fn wait_until_it_says(&self, what: &str) {
        let began = Instant::now();
        while !self.trouble().contains(what) || (what.is_empty() && !self.trouble().is_empty()) {
            let now = self.trouble();
            assert!(began.elapsed() < DEADLINE, "not {what:?} but {now:?}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    async fn stop(self) {
        self.shutdown.request();
        self.handle.stopped().await;
    }
}

async fn memory() -> Log {
    let store = MemoryStore::new(2);
    Arc::new(MemoryLog::open(&store, 2).await.expect("it opens"))
}

/// A command API that always answers the same.
#[derive(Clone, Default)]
struct Server {
    status: Arc<AtomicU16>,
    keys: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(status: u16) -> (Self, String) {
        let server = Self::default();
        server.status.store(status, Ordering::Relaxed);
        let routes = Router::new()
            .route("/v1/tickets/{id}/close", post(answer))
            .with_state(server.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (server, url)
    }

    fn keys(&self) -> Vec<String> {
        self.keys.lock().expect("nobody panicked").clone()
    }
}

async fn answer(State(server): State<Server>, headers: HeaderMap) -> Response {
    let key = headers["idempotency-key"].to_str().expect("ASCII");
    server
        .keys
        .lock()
        .expect("nobody panicked")
        .push(key.to_owned());
    let status = StatusCode::from_u16(server.status.load(Ordering::Relaxed)).expect("a status");
    let body = json!({"version": 1, "detail": "no such role"});
    (status, axum::Json(body)).into_response()
}

#[tokio::test]
async fn while_its_token_is_not_accepted_one_command_at_a_time_is_tried() {
    let (server, url) = Server::start(403).await;
    let work = Work::start(&memory().await, &url, 10);
    work.wait_until_it_says("its token is not accepted, so nothing is sent: 403 Forbidden: no")
        .await;
    let first = Instant::now();
    while server.keys().len() < 12 {
        assert!(first.elapsed() < DEADLINE, "{:?}", server.keys());
        sleep(Duration::from_millis(10)).await;
    }
    assert!(first.elapsed() > Duration::from_secs(2), "one, then two");
    assert_eq!(server.keys().len(), 12, "ten, and two attempts");

    server.status.store(200, Ordering::Relaxed);
    work.wait_until_it_says("").await;
    let began = Instant::now();
    while server.keys().len() < 22 {
        assert!(began.elapsed() < DEADLINE, "{:?}", server.keys());
        sleep(Duration::from_millis(10)).await;
    }
    let keys: BTreeSet<String> = server.keys().into_iter().collect();
    assert_eq!(keys.len(), 22, "a refusal would be repeated to its key");
    work.stop().await;
    assert_eq!(server.keys().len(), 22, "each was done once");
}

#[tokio::test]
async fn that_no_command_api_answers_is_forgotten_when_nothing_is_to_be_sent_any_more() {
    let work = Work::start(&memory().await, "http://127.0.0.1:9", 1);
    work.wait_until_it_says("no command API answers: ").await;
    // Another one has done it, say.
    work.seen.settled.store(true, Ordering::Relaxed);
    work.wait_until_it_says("").await;
    work.stop().await;
}

/// However long a fold takes, whoever answers requests beside it goes on.
#[tokio::test]
async fn it_works_on_a_thread_of_its_own() {
    let work = Work::start(&memory().await, "http://127.0.0.1:9", 0);
    work.wait_until_it_says("").await;
    let worked_on = *work.seen.thread.lock().expect("nobody panicked");
    assert_ne!(worked_on.expect("it worked"), thread::current().id());
    work.stop().await;
}

#[tokio::test]
async fn only_those_that_are_enabled_start() {
    let shutdown = Shutdown::new();
    let health = Health::new(&shutdown);
    let sender = Sender::with_token(&CommandsConfig::default(), "token".into());
    let mut managers = Managers::default();
    managers.closer.enabled = false;
    let (log, sender) = (memory().await, sender.expect("HTTP is spoken"));
    let handles = docket_process_managers::start(&log, &managers, &sender, &health, &shutdown);
    let reasons = health.ready().expect_err("they have read nothing yet");
    let names: Vec<_> = reasons.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["router", "inviter"]);
    health.wait_until_ready().await;
    shutdown.request();
    handles.stopped().await;
}

#[test]
fn an_inviter_that_would_ask_nobody_is_refused() {
    let mut managers = Managers::default();
    managers.closer.after_s = managers.inviter.resolved_within_s;
    let refused = managers.check().expect_err("nobody would be asked");
    assert!(refused.to_string().contains("inviter.resolved_within_s"));
    managers.closer.enabled = false;
    managers
        .check()
        .expect("customers close their tickets themselves");
}

#[tokio::test]
async fn a_panic_shows() {
    let work = Work::start(&memory().await, "http://127.0.0.1:9", 0);
    work.wait_until_it_says("").await;
    work.seen.panics.store(true, Ordering::Relaxed);
    work.wait_until_it_says("as told").await;
    assert!(work.trouble().contains("panicked"), "{}", work.trouble());
    work.stop().await;
}

async fn start(config: &PostgresConfig) -> Postgres {
    let config = config.clone();
    let started = tokio::task::spawn_blocking(move || Postgres::start(&config));
    started
        .await
        .expect("starting doesn't panic")
        .expect("it starts")
}

#[tokio::test]
async fn a_log_that_is_away_shows_until_it_is_back() {
    let config = testing::test_settings(PostgresConfig::new(testing::directory("away")));
    let server = start(&config).await;
    let log = docket_event_log::PostgresConfig::new(server.url(), "event_log");
    let log = docket_event_log::open(&LogConfig::Postgres(log)).await;
    let work = Work::start(&log.expect("it opens"), "http://127.0.0.1:9", 0);
    work.wait_until_it_says("").await;

    tokio::task::spawn_blocking(move || drop(server))
        .await
        .expect("stopping doesn't panic");
    work.wait_until_it_says("the log can't be read: ").await;

    let away = Timestamp::now();
    let _server = start(&config).await;
    work.wait_until_it_says("").await;
    let complete_until = || *work.seen.complete_until.lock().expect("nobody panicked");
    let began = Instant::now();
    while complete_until().is_none_or(|at| at < away) {
        assert!(began.elapsed() < DEADLINE, "it reads no further");
        sleep(Duration::from_millis(10)).await;
    }
    work.stop().await;
}
