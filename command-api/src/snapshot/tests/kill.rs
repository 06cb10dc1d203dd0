//! A process is killed while it writes snapshots: whatever lies under the partition's name then is
//! whole.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use docket_event_log::{LogId, LogIdentity};

use super::asks::{ask, cancel, open, ticket};
use super::desk::{Desk, PARTITION};
use crate::snapshot::read::{Found, load};
use crate::snapshot::{Directory, build};

const WHERE: &str = "DOCKET_SNAPSHOTS_UNTIL_KILLED";
const TICKETS: u16 = 400;

#[test]
fn a_kill_leaves_a_whole_file() {
    let home = tempfile::tempdir().expect("a directory");
    for round in 0..8 {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "snapshot::tests::kill::writes_until_killed"])
            .args(["--ignored", "--nocapture"])
            .env(WHERE, home.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let log_id = out
            .lines()
            .find_map(|line| line.ok()?.split_once("log ").map(|(_, id)| id.to_owned()))
            .expect("it says which log");
        // Any moment is as good as another; they differ from round to round.
        std::thread::sleep(Duration::from_millis(3 + 7 * round));
        child.kill().expect("killed");
        child.wait().expect("gone");
        let identity = LogIdentity {
            log_id: LogId(log_id.parse().expect("an id")),
            partitions: 1,
        };
        let directory = Directory::open(home.path()).expect("a directory");
        let found = load(&directory, &identity, PARTITION);
        let Found::Whole(snapshot, _) = found else {
            panic!("round {round}: {found:?}");
        };
        assert!(snapshot.streams() >= u64::from(TICKETS));
    }
}

#[test]
#[ignore = "run by a_kill_leaves_a_whole_file, which kills it"]
fn writes_until_killed() {
    let Some(home) = std::env::var_os(WHERE) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut desk = Desk::new().await;
        for n in 0..TICKETS {
            let ticket = ticket(u128::from(n));
            desk.tell(0, ask(n, ticket, open())).await;
            if n % 2 == 0 {
                desk.tell(0, ask(1_000 + n, ticket, cancel())).await;
            }
        }
        desk.pass(30).await;
        desk.tell(0, ask(2_000, ticket(2_000), open())).await;
        let mut job = desk.job();
        job.directory = Directory::open(Path::new(&home)).expect("a directory");
        build(&job).await.expect("built").expect("something");
        println!("log {}", desk.identity().log_id);
        loop {
            build(&job).await.expect("built").expect("something");
        }
    });
}
