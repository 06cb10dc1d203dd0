//! A real company's incident log, imported over HTTP into the whole of Docket, on both logs.
//!
//! What the query API then says is compared with what [`table`] computes straight from the CSV
//! file, sharing no code with the importer; and both logs must hold the same events.
#![allow(
    clippy::unwrap_used,
    reason = "a test's helpers fail like the test itself"
)]

#[path = "import/events.rs"]
mod events;
#[path = "import/table.rs"]
mod table;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use docket::all_in_one::{self, Options, Running};
use docket::import::{Format, ImportOptions, Summary, import};
use docket_service::auth::{AuthConfig, DevelopmentIssuer};
use docket_service::{Role, Shutdown};
use docket_supervisor::testing;
use serde_json::Value;

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/data/servicenow_incident_log.csv.gz"
);

/// An all-in-one that can be stopped and started again.
struct Docket {
    options: Options,
    running: Running,
    client: reqwest::Client,
}

impl Docket {
    async fn start(options: Options) -> Self {
        let running = all_in_one::start(&options, &Shutdown::new()).await.unwrap();
        Self {
            options,
            running,
            client: reqwest::Client::new(),
        }
    }

    /// Stops it and starts it again on the same data and the same port.
    async fn restart(self) -> Self {
        let Self {
            options, running, ..
        } = self;
        let address: SocketAddr = running.url()["http://".len()..].parse().unwrap();
        running.stop().await.unwrap();
        Self::start(Options {
            listen: Some(address),
            ..options
        })
        .await
    }

    fn import_options(&self) -> ImportOptions {
        ImportOptions {
            file: PathBuf::from(FILE),
            format: Format::Servicenow,
            source: None,
            url: self.running.url(),
            token: self.running.tokens().of(Role::Importer).token.clone(),
            report: None,
            progress: false,
        }
    }

    /// The same import, by another importer.
    fn import_options_of(&self, subject: &str) -> ImportOptions {
        let auth = AuthConfig {
            key_file: all_in_one::key_file(&self.options.data_dir),
            ..AuthConfig::default()
        };
        let issuer = DevelopmentIssuer::open(&auth).unwrap();
        let lifetime = Duration::from_hours(1);
        ImportOptions {
            token: issuer.token(subject, Role::Importer, lifetime).unwrap(),
            ..self.import_options()
        }
    }

    async fn import(&self) -> Summary {
        import(&self.import_options()).await.unwrap()
    }

    async fn log(&self) -> docket_event_log::Log {
        docket_event_log::open(self.running.log()).await.unwrap()
    }

    async fn get(&self, path: &str, position: &str) -> Value {
        let answer = self
            .client
            .get(format!("{}{path}", self.running.url()))
            .bearer_auth(&self.running.tokens().of(Role::Manager).token)
            .header("Docket-Min-Position", position)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }
}

fn on_postgres() -> Options {
    Options {
        listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        ..Options::new(testing::directory("docket"))
    }
}

async fn on_kafka() -> Options {
    Options {
        kafka: Some(testing::kafka().await.bootstrap().to_owned()),
        topic: "import.events".to_owned(),
        ..on_postgres()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_log_stands_in_the_views_as_in_its_table_and_both_logs_hold_the_same() {
    let (postgres, kafka) = tokio::join!(imported_through_a_restart(), imported_in_two_runs());
    let on_postgres = events::of_tickets(&postgres.log().await).await;
    let on_kafka = events::of_tickets(&kafka.log().await).await;
    assert_eq!(on_postgres.len(), 890);
    for (ticket, events) in &on_postgres {
        assert_eq!(Some(events), on_kafka.get(ticket), "{ticket}");
    }
    assert_eq!(on_postgres.len(), on_kafka.len());

    for (docket, before) in [(&postgres, &on_postgres), (&kafka, &on_kafka)] {
        stands_as_in_the_table(docket).await;
        // The same importer's commands are the same commands. To the log another importer's are new
        // ones, as everybody's are once their outcomes are forgotten: source sequences tell.
        is_complete(&docket.import().await);
        let by_another = import(&docket.import_options_of("another")).await.unwrap();
        assert_eq!(by_another.applied, 0, "{by_another}");
        is_complete(&by_another);
        let after = events::of_tickets(&docket.log().await).await;
        assert!(after == *before, "a later run changed something");
    }
    postgres.running.stop().await.unwrap();
    kafka.running.stop().await.unwrap();
}

/// Docket stops in the middle and comes back; the import waits for it and goes on.
async fn imported_through_a_restart() -> Docket {
    let docket = Docket::start(on_postgres()).await;
    let options = docket.import_options();
    let importing = tokio::spawn(async move { import(&options).await });
    events::wait_for(&docket.log().await, 1_000).await;
    let docket = docket.restart().await;
    let summary = importing.await.unwrap().unwrap();
    assert!(summary.reconnects > 0, "{summary}");
    is_complete(&summary);
    docket
}

/// The import is interrupted in the middle, and simply run again.
async fn imported_in_two_runs() -> Docket {
    let docket = Docket::start(on_kafka().await).await;
    let options = docket.import_options();
    let importing = tokio::spawn(async move { import(&options).await });
    events::wait_for(&docket.log().await, 1_000).await;
    importing.abort();
    assert!(importing.await.unwrap_err().is_cancelled());
    is_complete(&docket.import().await);
    docket
}

fn is_complete(summary: &Summary) {
    assert_eq!(summary.rows, 5_998);
    assert_eq!(summary.refused_count(), 0, "{summary}");
    assert_eq!(
        summary.commands,
        summary.applied + summary.unchanged,
        "{summary}"
    );
    let unmapped: Vec<(&str, u64)> = summary
        .unmapped
        .iter()
        .map(|(reason, count)| (reason.as_str(), *count))
        .collect();
    assert_eq!(
        unmapped,
        [
            ("active_without_assignee", 167),
            ("assigned_after_resolution", 10),
            ("assignee_unknown", 25),
            ("moved_after_resolution", 2),
            ("team_unknown", 30),
            ("value_unknown", 11),
        ]
    );
}

async fn stands_as_in_the_table(docket: &Docket) {
    let positions = events::last_positions(&docket.log().await).await;
    for position in &positions {
        docket.get("/v1/tickets?limit=1", position).await;
    }
    let incidents = table::read(FILE);
    assert_eq!(incidents.len(), 890);
    let (mut reassignments_agree, mut reopenings_agree) = (0, 0);
    for incident in &incidents {
        let ticket = docket
            .get(&format!("/v1/tickets/{}", incident.ticket()), &positions[0])
            .await;
        let shown = table::Outcome {
            status: ticket["status"].as_str().map(str::to_owned),
            team: ticket["team"].as_str().map(str::to_owned),
            assignee: ticket["assignee"].as_str().map(str::to_owned),
            reassignments: ticket["reassignment_count"].as_u64().unwrap(),
            reopenings: ticket["reopen_count"].as_u64().unwrap(),
            resolved_at: ticket["resolved_at"].as_str().map(|at| at.parse().unwrap()),
        };
        assert_eq!(shown, incident.outcome(), "{}", incident.number);
        assert_eq!(ticket["fields"]["servicenow_number"], *incident.number);
        assert_eq!(ticket["origin"], "import");
        reassignments_agree += u32::from(shown.reassignments == incident.reassignment_count());
        reopenings_agree += u32::from(shown.reopenings == incident.reopen_count());
    }
    // The table's own columns. Its reassignment_count also counts changes between two rows, which
    // no row shows (35 incidents), and one of an incident that was solved already.
    assert_eq!((reopenings_agree, reassignments_agree), (890, 854));
}
