//! A whole Docket on Kafka, each part by itself, and the people who use it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use docket_agreement::View;
use docket_command_api::{CommandApi, CommandConfig};
use docket_delivery::{DeliveryConfig, Endpoint, Queue, Secret, Worker};
use docket_event_log::{KafkaConfig, Log, LogConfig};
use docket_process_managers::commands::{CommandsConfig, Sender};
use docket_process_managers::{Handles, Managers};
use docket_service::Shutdown;
use docket_service::auth::{AuthConfig, DevelopmentIssuer, Role, actor_id};
use docket_service::health::Health;
use docket_service::server::{self, Edge, HttpConfig};
use docket_service::survey_link::SurveyLinks;
use docket_service::telemetry::{self, TelemetryConfig};
use docket_supervisor::testing;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::receiver::Receiver;
use crate::views::{Views, schema};
use crate::watch::Watch;

/// Longer than a test.
const TOKEN: Duration = Duration::from_hours(1);
/// They have room for whatever tests open at once.
pub(crate) const CONSULTANTS: usize = 4;
const CAPACITY: u32 = 500;

pub(crate) struct Shop {
    pub(crate) log: Log,
    pub(crate) views: Views,
    pub(crate) watch: Watch,
    pub(crate) receiver: Receiver,
    pub(crate) address: SocketAddr,
    issuer: DevelopmentIssuer,
    pub(crate) survey_links: SurveyLinks,
    pub(crate) http: reqwest::Client,
    api: CommandApi,
    serving: JoinHandle<()>,
    managers: Handles,
    worker: Worker,
    shutdown: Shutdown,
    _directory: tempfile::TempDir,
}

impl Shop {
    /// On a topic of the test process's Kafka, all views in one database.
    pub(crate) async fn open() -> Self {
        let url = testing::database().await;
        Self::with(|_| url.clone()).await
    }

    /// The same, with views where the test wants them.
    pub(crate) async fn with(url: impl Fn(View) -> String) -> Self {
        let kafka = testing::kafka().await;
        let topic = format!("independence-{}", Uuid::new_v4());
        let mut config = KafkaConfig::new(kafka.bootstrap(), topic);
        config.development = true;
        config.partitions = 4;
        Self::on(&LogConfig::Kafka(config), patient(), url).await
    }

    pub(crate) async fn on(
        log: &LogConfig,
        config: CommandConfig,
        url: impl Fn(View) -> String,
    ) -> Self {
        let _ = telemetry::init(&TelemetryConfig {
            log_filter: "error".to_owned(),
            ..TelemetryConfig::default()
        });
        let log = docket_event_log::open(log).await.expect("the log opens");
        let receiver = Receiver::start().await;
        let delivery = delivery(url(View::Outbox), &receiver);
        // Notifications are of what happens from here on.
        Queue::open(&delivery).await.expect("its tables are made");
        let directory = tempfile::tempdir().expect("a directory");
        let auth = AuthConfig {
            key_file: directory.path().join("docket.key"),
            ..AuthConfig::default()
        };
        let issuer = DevelopmentIssuer::open(&auth).expect("a key");
        let survey_links = SurveyLinks::open_or_make(&directory.path().join("survey.key"));
        let survey_links = survey_links.expect("a key");
        let http = HttpConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            ..HttpConfig::default()
        };
        let shutdown = Shutdown::new();
        let edge = Edge::new(http.clone(), &shutdown);
        let health = Health::new(&shutdown);
        let api = CommandApi::start(Log::clone(&log), config, &edge.health);
        let api = api.await.expect("the command API starts");
        api.caught_up().await.expect("the log is read");
        let routes = api.router(issuer.verifier(), survey_links.clone());
        let routes = server::api(routes, "command-api", &http);
        let listener = server::bind(&http).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let serving = tokio::spawn(server::serve(listener, routes, edge));
        let shop = Self {
            views: Views::start(&log, url),
            watch: Watch::start(&log).await,
            managers: start_managers(&log, &issuer, address, &health, &shutdown),
            worker: docket_delivery::start(delivery, survey_links.clone(), &health, &shutdown)
                .expect("it starts"),
            http: reqwest::Client::new(),
            _directory: directory,
            survey_links,
            receiver,
            shutdown,
            address,
            serving,
            issuer,
            log,
            api,
        };
        // Nobody is told of what was before the worker knew whom to tell.
        health.wait_until_ready().await;
        shop.hire().await;
        shop
    }

    /// Somebody, by name.
    pub(crate) fn person(name: &str) -> Uuid {
        actor_id(&AuthConfig::default().issuer, name)
    }

    pub(crate) fn token(&self, name: &str, role: Role) -> String {
        let token = self.issuer.token(name, role, TOKEN);
        token.expect("a token")
    }

    /// A command in somebody's name.
    pub(crate) fn post(
        &self,
        (name, role): (&str, Role),
        path: &str,
        body: &Value,
    ) -> reqwest::RequestBuilder {
        self.http
            .post(format!("http://{}/v1/{path}", self.address))
            .bearer_auth(self.token(name, role))
            .header("idempotency-key", Uuid::new_v4().to_string())
            .json(body)
    }

    /// A command that is done at once: nothing that is wrong with a view shows here.
    pub(crate) async fn ask(&self, who: (&str, Role), path: &str, body: Value) -> Value {
        let request = self.post(who, path, &body);
        let since = Instant::now();
        let answer = repeated(request).await;
        self.watch.took(since, path);
        let status = answer.status();
        let told: Value = answer.json().await.expect("JSON");
        assert!(status.is_success(), "{path}: {status} {told}");
        told
    }

    /// The same by the manager.
    pub(crate) async fn manage(&self, path: &str, body: Value) -> Value {
        self.ask(("mia", Role::Manager), path, body).await
    }

    async fn hire(&self) {
        for n in 0..CONSULTANTS {
            let id = Self::person(&consultant(n));
            let body = json!({"id": id, "name": consultant(n), "capacity": CAPACITY});
            self.manage("consultants", body).await;
            let body = json!({"availability": "available"});
            let path = format!("consultants/{id}/availability");
            self.manage(&path, body).await;
        }
        for name in ["carla", "paul"] {
            let email = format!("{name}@example.com");
            let body = json!({"id": Self::person(name), "name": name, "email": email});
            self.manage("customers", body).await;
        }
    }

    /// Waits until everybody has been told of everything, and shows that nothing is left out: each
    /// notification is a delivery, and each webhook has come.
    pub(crate) async fn everybody_is_told(&self) {
        self.views.follows(View::Outbox).await;
        let waiting = "notification n WHERE NOT EXISTS
            (SELECT FROM delivery.delivery d WHERE d.notification = n.id AND d.target IS NOT NULL)
            AND recipient = 'endpoints'";
        let due = "notification n JOIN delivery.delivery d ON d.notification = n.id
            WHERE n.recipient = 'endpoints' AND d.state <> 'delivered'";
        for rows in ["pending", waiting, due] {
            self.none_left(rows).await;
        }
        let of_endpoints = "notification WHERE recipient = 'endpoints'";
        let called_for = self.views.count(View::Outbox, of_endpoints).await;
        let came: std::collections::HashSet<_> = self.receiver.ids().into_iter().collect();
        assert_eq!(came.len() as i64, called_for);
    }

    async fn none_left(&self, rows: &'static str) {
        let waiting = async {
            while self.views.count(View::Outbox, rows).await > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_mins(1), waiting).await;
        assert!(in_time.is_ok(), "left for ever: {rows}");
    }

    /// What has come more than once.
    pub(crate) fn told_twice(&self) -> Vec<String> {
        let mut seen = std::collections::HashSet::new();
        let mut ids = self.receiver.ids();
        ids.retain(|id| !seen.insert(id.clone()));
        ids
    }

    pub(crate) async fn close(mut self) {
        self.views.stop_all().await;
        self.shutdown.request();
        self.serving.await.expect("the edge ends");
        self.managers.stopped().await;
        self.worker.stopped().await;
        self.api.stop().await.expect("everything was settled");
    }
}

/// Sent again with the same key, as by any client, if the connection that it was to go over had just
/// been closed for being idle.
async fn repeated(request: reqwest::RequestBuilder) -> reqwest::Response {
    let again = request.try_clone().expect("a body in memory");
    match request.send().await {
        Ok(answer) => answer,
        Err(_) => again.send().await.expect("an answer"),
    }
}

/// However busy the machine is that all this runs on, the log is not taken to stand still.
pub(crate) fn patient() -> CommandConfig {
    CommandConfig {
        stalled_after_ms: 120_000,
        queue_wait_ms: 120_000,
        command_wait_ms: 120_000,
        ..CommandConfig::default()
    }
}

/// A consultant's name.
pub(crate) fn consultant(n: usize) -> String {
    format!("consultant-{n}")
}

fn delivery(url: String, receiver: &Receiver) -> DeliveryConfig {
    let mut config = DeliveryConfig {
        url,
        outbox: schema(View::Outbox),
        poll_interval_ms: 20,
        connect_timeout_ms: 1_000,
        retry_after_ms: vec![200; 200],
        ..DeliveryConfig::default()
    };
    config.webhooks.allow_http = true;
    config.webhooks.allow_networks = vec!["127.0.0.0/8".to_owned()];
    let endpoint = Endpoint {
        url: receiver.url.clone(),
        kinds: std::collections::BTreeSet::default(),
        survey_links: false,
        secrets: vec![Secret("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3".to_owned())],
    };
    config.webhooks.endpoints = [("shop".to_owned(), endpoint)].into();
    config
}

fn start_managers(
    log: &Log,
    issuer: &DevelopmentIssuer,
    address: SocketAddr,
    health: &Health,
    shutdown: &Shutdown,
) -> Handles {
    let commands = CommandsConfig {
        urls: vec![format!("http://{address}")],
        ..CommandsConfig::default()
    };
    let token = issuer.token("managers", Role::Service, TOKEN);
    let sender = Sender::with_token(&commands, token.expect("a token"));
    let sender = sender.expect("HTTP is spoken");
    let mut managers = Managers::default();
    // It is alone.
    managers.router.takeover_ms = 0;
    managers.closer.after_s = 1;
    docket_process_managers::start(log, &managers, &sender, health, shutdown)
}
