//! Signals: the first one asks, the second one ends. Each test signals a process of its own.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use docket_service::Shutdown;

/// Not a test of its own: the process that the others signal. Told by `DOCKET_TEST_STUBBORN` it
/// never finishes what it accepted.
#[tokio::test]
#[ignore = "run by the other tests"]
async fn process_to_be_signalled() {
    let shutdown = Shutdown::new();
    shutdown.on_signals().expect("signals can be handled");
    println!("ready for signals");
    shutdown.requested().await;
    println!("asked to stop");
    if std::env::var_os("DOCKET_TEST_STUBBORN").is_some() {
        std::future::pending::<()>().await;
    }
}

struct Process {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
}

fn start(stubborn: bool) -> Process {
    let mut command = Command::new(std::env::current_exe().expect("we are a program"));
    command.args([
        "--ignored",
        "--exact",
        "process_to_be_signalled",
        "--nocapture",
    ]);
    if stubborn {
        command.env("DOCKET_TEST_STUBBORN", "1");
    }
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it runs");
    let output = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut process = Process { child, output };
    process.wait_for("ready for signals");
    process
}

impl Process {
    fn wait_for(&mut self, said: &str) {
        let mut lines = self.output.by_ref().map_while(Result::ok);
        assert!(
            lines.any(|line| line.contains(said)),
            "it never said {said:?}"
        );
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let done = Command::new("/bin/sh")
            .args(["-c", &kill])
            .status()
            .expect("sh runs");
        assert!(done.success());
    }

    fn ends(&mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }
}

#[test]
fn either_signal_asks_for_an_orderly_end() {
    for name in ["INT", "TERM"] {
        let mut process = start(false);
        process.signal(name);
        process.wait_for("asked to stop");
        assert!(process.ends().success(), "{name}");
    }
}

#[test]
fn the_second_signal_ends_it_at_once() {
    let mut process = start(true);
    process.signal("TERM");
    process.wait_for("asked to stop");
    process.signal("INT");
    assert_eq!(process.ends().code(), Some(130));
}
