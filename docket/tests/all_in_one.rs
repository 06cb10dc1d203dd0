//! The real binary: started, driven as its own welcome says, stopped, killed, started again.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_mins(1);

/// A directory that also the user `postgres` may pass through.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).expect("it is ours");
    directory
}

/// A started `docket` that has said it is ready.
struct Docket {
    child: Child,
    stdout: BufReader<ChildStdout>,
    data_dir: PathBuf,
    /// What it printed until then.
    welcome: String,
}

impl Docket {
    fn start(data_dir: &Path) -> Self {
        Self::start_with(data_dir, [])
    }

    fn start_with<const N: usize>(data_dir: &Path, settings: [(&str, &str); N]) -> Self {
        let mut child = docket(data_dir)
            .envs(settings)
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("docket starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut welcome = String::new();
        while !welcome.contains("Ctrl-C") {
            let read = stdout.read_line(&mut welcome).expect("text");
            assert!(read > 0, "docket ended before it was ready:\n{welcome}");
        }
        Self {
            child,
            stdout,
            data_dir: data_dir.to_owned(),
            welcome,
        }
    }

    fn signal(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &kill]).status();
        assert!(status.expect("sh runs").success());
    }

    /// The value of a variable in `session.env`.
    fn variable(&self, name: &str) -> String {
        let text = fs::read_to_string(self.data_dir.join("session.env")).expect("session.env");
        let start = format!("export {name}='");
        text.lines()
            .find_map(|line| line.strip_prefix(&start)?.strip_suffix('\''))
            .unwrap_or_else(|| panic!("no {name} in {text}"))
            .to_owned()
    }

    async fn open_ticket(&self, key: &str) -> Value {
        let url = format!("{}/v1/tickets", self.variable("DOCKET_URL"));
        let answer = reqwest::Client::new()
            .post(url)
            .bearer_auth(self.variable("RECEPTIONIST"))
            .header("Idempotency-Key", key)
            .json(&json!({
                "customer": self.variable("CUSTOMER_ID"), "channel": "phone", "subject": "No picture"
            }))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 201);
        answer.json().await.expect("JSON")
    }

    /// As an administrator, and done.
    async fn administer(&self, path: &str, key: &str, body: Value) {
        let url = format!("{}{path}", self.variable("DOCKET_URL"));
        let answer = reqwest::Client::new()
            .post(url)
            .bearer_auth(self.variable("ADMINISTRATOR"))
            .header("Idempotency-Key", key)
            .json(&body)
            .send()
            .await
            .expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }

    async fn read_ticket(&self, opened: &Value) -> Value {
        let ticket = opened["ticket"].as_str().expect("an id");
        let url = format!("{}/v1/tickets/{ticket}", self.variable("DOCKET_URL"));
        let position = opened["position"].as_str().expect("a position");
        let answer = reqwest::Client::new()
            .get(url)
            .bearer_auth(self.variable("MANAGER"))
            .header("Docket-Min-Position", position)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.json().await.expect("JSON")
    }
}

impl Drop for Docket {
    fn drop(&mut self) {
        // Only after a failure is there still something to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn docket(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
    command.arg("--data-dir").arg(data_dir);
    command
}

/// Command lines of running processes that name the directory.
fn processes_on(directory: &Path) -> Vec<String> {
    let directory = directory.to_string_lossy();
    fs::read_dir("/proc")
        .expect("/proc")
        .filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "))
        .filter(|line| line.contains(&*directory))
        .collect()
}

fn wait_until_nothing_runs_on(directory: &Path) {
    let started = Instant::now();
    while !processes_on(directory).is_empty() {
        let left = processes_on(directory);
        assert!(started.elapsed() < PATIENCE, "left: {left:#?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// Where webhooks can be sent, and what arrives there.
async fn receiver() -> (String, tokio::sync::mpsc::Receiver<Value>) {
    let (sender, received) = tokio::sync::mpsc::channel(100);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let take = move |event: axum::Json<Value>| async move {
        sender.send(event.0).await.expect("the test reads on");
    };
    let routes = axum::Router::new().fallback(take);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (url, received)
}

#[tokio::test]
async fn other_systems_are_told_if_they_are_configured() {
    let home = directory();
    let (url, mut received) = receiver().await;
    let secrets = "[\"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\"]";
    let docket = Docket::start_with(
        home.path(),
        [
            ("DOCKET_DELIVERY__POLL_INTERVAL_MS", "20"),
            ("DOCKET_DELIVERY__WEBHOOKS__ALLOW_HTTP", "true"),
            (
                "DOCKET_DELIVERY__WEBHOOKS__ALLOW_NETWORKS",
                "[\"127.0.0.0/8\"]",
            ),
            ("DOCKET_DELIVERY__WEBHOOKS__ENDPOINTS__CRM__URL", &url),
            (
                "DOCKET_DELIVERY__WEBHOOKS__ENDPOINTS__CRM__SECRETS",
                secrets,
            ),
        ],
    );
    let opened = docket.open_ticket("open").await;
    let told = tokio::time::timeout(PATIENCE, received.recv()).await;
    let event = told.expect("soon").expect("an event");
    assert_eq!(event["type"], "ticket.received");
    assert_eq!(event["data"]["ticket"], opened["ticket"]);
    docket.signal("TERM");
    wait_until_nothing_runs_on(home.path());
}

#[tokio::test]
async fn a_ticket_goes_to_a_consultant_by_itself() {
    let home = directory();
    let docket = Docket::start(home.path());
    let id = docket.variable("CONSULTANT_ID");
    let body = json!({"id": id, "name": "Ann", "capacity": 3});
    docket.administer("/v1/consultants", "register", body).await;
    let body = json!({"availability": "available"});
    let path = format!("/v1/consultants/{id}/availability");
    docket.administer(&path, "available", body).await;

    let opened = docket.open_ticket("open").await;
    let started = Instant::now();
    loop {
        let ticket = docket.read_ticket(&opened).await;
        if ticket["status"] == "assigned" {
            assert_eq!(ticket["assignee"], id, "{ticket}");
            break;
        }
        assert!(started.elapsed() < PATIENCE, "{ticket}");
        std::thread::sleep(Duration::from_millis(20));
    }
    explained(&docket, &opened, started);
    docket.signal("TERM");
    wait_until_nothing_runs_on(home.path());
}

/// Whoever may know is told why it was Ann, once the routing view is as far.
fn explained(docket: &Docket, opened: &Value, started: Instant) {
    let explain = |ticket: &Value, token: &str, more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_docket"))
            .args(["route", "explain", ticket.as_str().expect("a text")])
            .args(["--url", &docket.variable("DOCKET_URL")])
            .args(["--token", &docket.variable(token)])
            .args(more)
            .output()
            .expect("docket runs")
    };
    let told = loop {
        let told = text(&explain(&opened["ticket"], "MANAGER", &[]));
        if told.contains("Given to Ann") {
            break told;
        }
        assert!(started.elapsed() < PATIENCE, "{told}");
        std::thread::sleep(Duration::from_millis(20));
    };
    let summary = "Ann, the only one who could have it, on attempt 1 of 3: no answer yet.";
    for line in [": assigned, with ", summary, "1. Ann, ", "fairness 10"] {
        assert!(told.contains(line), "{line} in\n{told}");
    }
    let by_number = explain(&opened["number"], "MANAGER", &["--json"]);
    assert!(text(&by_number).contains(r#""name": "Ann""#), "{told}");
    let of_customer = text(&explain(&opened["ticket"], "CUSTOMER", &[]));
    assert!(of_customer.contains("404"), "{of_customer}");
}

#[test]
fn the_printed_session_runs_as_pasted_and_ctrl_c_leaves_nothing_running() {
    let home = directory();
    let mut docket = Docket::start(home.path());

    let (_, session) = docket
        .welcome
        .split_once("another shell:\n")
        .expect("a session");
    let (session, _) = session.rsplit_once("Ctrl-C").expect("the last line");
    let pasted = Command::new("sh")
        .args(["-euc", session])
        .output()
        .expect("sh runs");
    let told = text(&pasted);
    if told.contains("curl: not found") {
        eprintln!("there is no curl here, so the session itself was not tried");
    } else {
        assert!(pasted.status.success(), "{told}");
        let lines: Vec<Value> = told
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        assert_eq!(lines.len(), 8, "{told}");
        let statuses: Vec<&str> = lines[..7]
            .iter()
            .map(|line| line["status"].as_str().unwrap_or("none"))
            .collect();
        assert_eq!(
            statuses,
            [
                "open",
                "assigned",
                "in_progress",
                "resolved",
                "closed",
                "closed",
                "assigned"
            ],
            "{told}"
        );
    }

    docket.signal("INT");
    let status = docket.child.wait().expect("it ends");
    let mut rest = String::new();
    docket.stdout.read_to_string(&mut rest).expect("text");
    assert!(status.success(), "{status}: {rest}");
    assert!(rest.contains("Docket has stopped"), "{rest}");
    let left = processes_on(home.path());
    assert!(left.is_empty(), "{left:#?}");
}

#[tokio::test]
async fn kill_9_leaves_nothing_running_and_loses_nothing() {
    let home = directory();
    let mut killed = Docket::start(home.path());
    let opened = killed.open_ticket("first").await;
    killed.signal("KILL");
    killed.child.wait().expect("it ends");
    wait_until_nothing_runs_on(home.path());

    let mut next = Docket::start(home.path());
    let again = next.open_ticket("first").await;
    assert_eq!(
        again["ticket"], opened["ticket"],
        "the same key is the same command"
    );
    assert_eq!(next.read_ticket(&opened).await["number"], opened["number"]);
    let second = next.open_ticket("second").await;
    assert_ne!(second["number"], opened["number"]);
    next.signal("TERM");
    assert!(next.child.wait().expect("it ends").success());
    wait_until_nothing_runs_on(home.path());
}

#[tokio::test]
async fn what_it_cant_do_it_says_and_a_token_can_be_made_beside_it() {
    let home = directory();
    let running = Docket::start(home.path());
    let url = running.variable("DOCKET_URL");

    let second = docket(home.path())
        .args(["--listen", "127.0.0.1:0"])
        .output()
        .expect("runs");
    assert_eq!(second.status.code(), Some(1));
    let second = text(&second);
    assert!(second.contains("is in use by another docket"), "{second}");
    assert!(second.contains(&url), "it names the other: {second}");

    let elsewhere = directory();
    let address = url.strip_prefix("http://").expect("an address");
    let refused = docket(elsewhere.path())
        .args(["--listen", address])
        .output()
        .expect("runs");
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused).contains("--listen"), "{}", text(&refused));

    let made = Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(["token", "--role", "manager", "--subject", "eve"])
        .arg("--data-dir")
        .arg(home.path())
        .output()
        .expect("runs");
    let token = text(&made);
    let listed = reqwest::Client::new()
        .get(format!("{url}/v1/tickets"))
        .bearer_auth(token.trim())
        .send()
        .await
        .expect("an answer");
    assert_eq!(listed.status(), 200, "the running one accepts {token}");

    let document = reqwest::get(format!("{url}/openapi.json")).await;
    let document: Value = document.expect("an answer").json().await.expect("JSON");
    let path = &document["paths"]["/v1/tickets"];
    assert!(
        path["get"].is_object() && path["post"].is_object(),
        "both APIs in one document"
    );
}

#[test]
fn an_import_says_what_it_could_not_do_and_how_it_ended() {
    let home = directory();
    let running = Docket::start(home.path());
    let (file, report) = (home.path().join("crm.ndjson"), home.path().join("report"));
    let lines = [
        r#"{"command":"open","ticket":"C-7","occurred_at":"2020-01-02T03:04:05Z","body":{"customer":"ann","channel":"import","subject":"No picture"}}"#,
        r#"{"command":"accept","ticket":"C-7","occurred_at":"2020-01-02T04:00:00Z"}"#,
        "this is no command",
        r#"{"command":"resolve","ticket":"C-7","occurred_at":"2020-01-02T05:00:00Z","body":{"code":"cable"}}"#,
    ];
    fs::write(&file, lines.join("\n")).expect("written");
    let import = |token: &str, options: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_docket"))
            .arg("import")
            .arg(&file)
            .args(["--source", "crm", "--url", &running.variable("DOCKET_URL")])
            .args(["--token", token])
            .args(options)
            .output()
            .expect("runs")
    };

    let stranger = import("not-a-token", &[]);
    assert_eq!(stranger.status.code(), Some(1));
    assert!(
        text(&stranger).contains("refused the token"),
        "{}",
        text(&stranger)
    );

    let manager = import(&running.variable("MANAGER"), &[]);
    assert_eq!(manager.status.code(), Some(1), "{}", text(&manager));
    assert!(
        text(&manager).contains("nothing was imported"),
        "{}",
        text(&manager)
    );

    let importer = running.variable("IMPORTER");
    let whole = import(&importer, &["--report", &report.to_string_lossy()]);
    assert_eq!(whole.status.code(), Some(0), "{}", text(&whole));
    let told: Vec<Value> = fs::read_to_string(&report)
        .expect("a report")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(told.len(), 2, "{told:#?}");
    let of = |kind: &str| told.iter().find(|entry| entry["kind"] == kind).expect(kind);
    assert_eq!(of("unmapped")["row"], 3);
    assert_eq!(of("refused")["row"], 2);
    assert_eq!(of("refused")["problem"]["status"], 409, "nobody has it yet");

    let strict = import(&importer, &["--strict"]);
    assert_eq!(strict.status.code(), Some(2), "{}", text(&strict));
    // Another run's events are not told as this one's.
    let applied = "2 applied (in this run or an earlier one)";
    assert!(text(&strict).contains(applied), "{}", text(&strict));
}

#[test]
fn the_readme_has_the_session_that_docket_prints() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = fs::read_to_string(readme).expect("README.md");
    let session = format!("```sh\n{}```", docket::all_in_one::FIRST_SESSION);
    assert!(
        readme.contains(&session),
        "first-session.sh and README.md differ"
    );
}
