//! The binary as an operator runs it: configured by the environment, stopped by a signal, killed.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use docket_event_log::LogConfig;
use docket_service::auth::{AuthConfig, DevelopmentIssuer, Role};

use crate::support::{Client, answer, opening, postgres_log};

struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// Starts it and waits until it is ready.
    async fn start(log: &LogConfig, key: &Path) -> Self {
        let LogConfig::Postgres(postgres) = log else {
            panic!("this story is told on Postgres");
        };
        // Free when asked; nobody else takes it in that moment.
        let address = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port");
        let child = Command::new(env!("CARGO_BIN_EXE_command-api"))
            .env("DOCKET_LOG__POSTGRES__URL", &postgres.url)
            .env(
                "DOCKET_LOG__POSTGRES__PARTITIONS",
                postgres.partitions.to_string(),
            )
            .env("DOCKET_AUTH__KEY_FILE", key)
            .env("DOCKET_HTTP__LISTEN", address.to_string())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let process = Self { child, address };
        let ready = async {
            let http = reqwest::Client::new();
            let url = format!("http://{address}/readyz");
            loop {
                match http.get(&url).send().await {
                    Ok(response) if response.status() == 200 => return,
                    _ => tokio::task::yield_now().await,
                }
            }
        };
        tokio::time::timeout(Duration::from_mins(1), ready)
            .await
            .expect("ready within a minute");
        process
    }

    fn client(&self, issuer: &DevelopmentIssuer) -> Client {
        Client {
            http: reqwest::Client::new(),
            base: format!("http://{}", self.address),
            token: issuer
                .token("mia", Role::Manager, Duration::from_mins(5))
                .expect("a token"),
        }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([name, &self.child.id().to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()));
    }

    async fn ended(mut self) -> std::process::ExitStatus {
        tokio::task::spawn_blocking(move || self.child.wait())
            .await
            .expect("no panic")
            .expect("its status")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_the_process_however_it_ends() {
    let directory = tempfile::tempdir().expect("a directory");
    let key = directory.path().join("docket.key");
    let auth = AuthConfig {
        key_file: key.clone(),
        ..AuthConfig::default()
    };
    let issuer = DevelopmentIssuer::open(&auth).expect("a key");
    let log = postgres_log().await;

    let killed = Process::start(&log, &key).await;
    let first = killed
        .client(&issuer)
        .send("/v1/tickets", "open", opening())
        .await
        .expect(201);
    killed.signal("-KILL");
    assert!(!killed.ended().await.success());

    let stopped = Process::start(&log, &key).await;
    let repeat = stopped
        .client(&issuer)
        .send("/v1/tickets", "open", opening())
        .await
        .expect(201);
    assert_eq!(repeat.body, first.body);
    let document = format!("http://{}/openapi.json", stopped.address);
    answer(reqwest::Client::new().get(document))
        .await
        .expect(200);
    stopped.signal("-TERM");
    assert!(stopped.ended().await.success());
}

#[test]
fn it_says_what_is_wrong_with_its_configuration() {
    let run = |environment: &[(&str, &str)]| {
        let output = Command::new(env!("CARGO_BIN_EXE_command-api"))
            .envs(environment.iter().copied())
            .output()
            .expect("it runs");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let url = (
        "DOCKET_LOG__POSTGRES__URL",
        "postgres://nobody@localhost/no",
    );
    let misspelt = run(&[url, ("DOCKET_COMMAND__QUEUE_WAIT", "5")]);
    assert!(
        misspelt.contains("DOCKET_COMMAND__QUEUE_WAIT"),
        "{misspelt}"
    );
    let impossible = run(&[url, ("DOCKET_COMMAND__QUEUE_WAIT_MS", "60000")]);
    assert!(
        impossible.contains("command.queue_wait_ms is more than"),
        "{impossible}"
    );
    let keyless = run(&[url, ("DOCKET_AUTH__KEY_FILE", "/nonexistent/docket.key")]);
    assert!(keyless.contains("/nonexistent/docket.key"), "{keyless}");
}
