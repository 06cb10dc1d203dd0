//! The real binary, started on a directory of its own, driven, looked for when it is gone.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A directory that also the user `postgres` may pass through.
pub(crate) fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).expect("it is ours");
    directory
}

/// A started `docket` that has said it is ready.
pub(crate) struct Docket {
    pub(crate) child: Child,
    pub(crate) stdout: BufReader<ChildStdout>,
    data_dir: PathBuf,
    /// What it printed until then.
    pub(crate) welcome: String,
}

impl Docket {
    pub(crate) fn start(data_dir: &Path) -> Self {
        Self::start_with(data_dir, [])
    }

    pub(crate) fn start_with<const N: usize>(data_dir: &Path, settings: [(&str, &str); N]) -> Self {
        let mut command = docket(data_dir);
        command.envs(settings);
        Self::start_by(data_dir, command)
    }

    pub(crate) fn start_on_kafka(data_dir: &Path, brokers: &str, topic: &str) -> Self {
        let mut command = docket(data_dir);
        command.args(["--kafka", brokers, "--topic", topic]);
        Self::start_by(data_dir, command)
    }

    fn start_by(data_dir: &Path, mut command: Command) -> Self {
        let mut child = command
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

    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub(crate) fn signal(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &kill]).status();
        assert!(status.expect("sh runs").success());
    }

    /// The value of a variable in `session.env`.
    pub(crate) fn variable(&self, name: &str) -> String {
        let text = fs::read_to_string(self.data_dir.join("session.env")).expect("session.env");
        let start = format!("export {name}='");
        text.lines()
            .find_map(|line| line.strip_prefix(&start)?.strip_suffix('\''))
            .unwrap_or_else(|| panic!("no {name} in {text}"))
            .to_owned()
    }

    pub(crate) async fn open_ticket(&self, key: &str) -> Value {
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
    pub(crate) async fn administer(&self, path: &str, key: &str, body: Value) {
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

    pub(crate) async fn read_ticket(&self, opened: &Value) -> Value {
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

pub(crate) fn docket(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
    command.arg("--data-dir").arg(data_dir);
    command
}

/// Command lines of running processes that name the directory.
pub(crate) fn processes_on(directory: &Path) -> Vec<String> {
    let directory = directory.to_string_lossy();
    fs::read_dir("/proc")
        .expect("/proc")
        .filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "))
        .filter(|line| line.contains(&*directory))
        .collect()
}

pub(crate) fn wait_until_nothing_runs_on(directory: &Path) {
    let started = Instant::now();
    while !processes_on(directory).is_empty() {
        let left = processes_on(directory);
        assert!(started.elapsed() < PATIENCE, "left: {left:#?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).into_owned()
}
