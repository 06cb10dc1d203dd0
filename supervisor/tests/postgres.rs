//! The private Postgres: durable over `kill -9`, exclusive, and never left behind.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use docket_supervisor::{Error, Postgres, PostgresConfig, testing};
use sqlx::{Connection as _, Executor as _, PgConnection};

fn start(config: &PostgresConfig) -> Postgres {
    Postgres::start(config).expect("a private Postgres starts")
}

async fn count(url: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.expect("it accepts");
    let counted = sqlx::query_scalar("select count(*) from fact").fetch_one(&mut connection);
    counted.await.expect("the table is there")
}

async fn write(url: &str) {
    let mut connection = PgConnection::connect(url).await.expect("it accepts");
    let statements = "create table if not exists fact (id int); insert into fact values (1)";
    connection
        .execute(statements)
        .await
        .expect("it takes a row");
}

#[tokio::test]
async fn what_was_committed_survives_kill_and_restart() {
    let mut server = start(&PostgresConfig::new(testing::directory("killed")));
    write(&server.url()).await;
    server.kill();
    assert!(PgConnection::connect(&server.url()).await.is_err());
    server.restart().expect("it starts again");
    assert_eq!(count(&server.url()).await, 1);
}

#[tokio::test]
async fn the_next_start_finds_the_data_of_the_last() {
    let config = PostgresConfig::new(testing::directory("twice"));
    let server = start(&config);
    write(&server.url()).await;
    server.stop();
    let server = start(&config);
    assert_eq!(count(&server.url()).await, 1);
}

#[tokio::test]
async fn tests_get_databases_of_their_own_and_fsync_is_on() {
    let (one, other) = (testing::database().await, testing::database().await);
    assert_ne!(one, other);
    write(&one).await;
    let mut connection = PgConnection::connect(&other).await.expect("it accepts");
    let found: Option<String> = sqlx::query_scalar("select to_regclass('fact')::text")
        .fetch_one(&mut connection)
        .await
        .expect("it answers");
    assert_eq!(found, None);
    for setting in ["fsync", "synchronous_commit", "data_checksums"] {
        let value: String = sqlx::query_scalar("select current_setting($1)")
            .bind(setting)
            .fetch_one(&mut connection)
            .await
            .expect("it answers");
        assert_eq!(value, "on", "{setting}");
    }
}

#[test]
fn a_second_instance_on_the_directory_is_refused() {
    let config = PostgresConfig::new(testing::directory("contended"));
    let _first = start(&config);
    let second = Postgres::start(&config);
    assert!(matches!(second, Err(Error::InUse { .. })), "{second:?}");
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_is_no_obstacle() {
    let deep = testing::directory("deep")
        .join("d".repeat(60))
        .join("e".repeat(60));
    let parent = deep.parent().expect("it has one");
    std::fs::create_dir_all(parent).expect("directories");
    let server = start(&PostgresConfig::new(&deep));
    write(&server.url()).await;
}

#[test]
fn a_relative_directory_will_do() {
    let here = std::env::current_dir().expect("there is one");
    let mut relative: PathBuf = here.components().skip(1).map(|_| "..").collect();
    relative.extend(testing::directory("relative").components().skip(1));
    start(&PostgresConfig::new(relative));
}

#[test]
fn root_is_told_of_a_directory_that_the_server_can_not_reach_or_must_not_take() {
    if std::fs::metadata("/proc/self").map_or(1, |process| process.uid()) != 0 {
        return; // Others run the server as themselves.
    }
    let closed = testing::directory("closed");
    std::fs::create_dir_all(&closed).expect("a directory");
    std::fs::set_permissions(&closed, Permissions::from_mode(0o700)).expect("a mode");
    let error = Postgres::start(&PostgresConfig::new(closed.join("data"))).expect_err("closed");
    assert!(matches!(&error, Error::NotTraversable { directory, .. } if *directory == closed));

    std::fs::write(closed.join("letter"), "mine").expect("a file");
    let error = Postgres::start(&PostgresConfig::new(&closed)).expect_err("not empty");
    assert!(matches!(error, Error::ForeignDirectory { .. }), "{error}");
}

#[test]
fn a_bad_setting_is_reported_with_the_end_of_the_log() {
    let config = PostgresConfig::new(testing::directory("bad")).setting("max_connections", "many");
    let error = Postgres::start(&config).expect_err("not a number");
    assert!(error.to_string().contains("max_connections"), "{error}");
}

/// Not a test of its own: the process that the next test kills.
#[test]
#[ignore = "run by killing_the_parent_leaves_no_server"]
fn parent_to_be_killed() {
    let directory = std::env::var_os("DOCKET_TEST_DIRECTORY").expect("set by the test");
    let server = start(&PostgresConfig::new(directory));
    println!("pid={}", server.pid());
    std::thread::park();
}

#[tokio::test]
async fn killing_the_parent_leaves_no_server_and_loses_nothing() {
    let config = PostgresConfig::new(testing::directory("orphaned"));
    let server = start(&config);
    write(&server.url()).await;
    server.stop();

    let mut parent = Command::new(std::env::current_exe().expect("we are a program"))
        .args(["--ignored", "--exact", "parent_to_be_killed", "--nocapture"])
        .env("DOCKET_TEST_DIRECTORY", &config.data_dir)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let output = std::io::BufReader::new(parent.stdout.take().expect("piped"));
    let pid = std::io::BufRead::lines(output)
        .map_while(Result::ok)
        .find_map(|line| line.split_once("pid=").map(|(_, pid)| pid.to_owned()))
        .expect("it says its server's id");
    parent.kill().expect("it can be killed");
    parent.wait().expect("it ends");

    // The next start waits for the orphan's end, finds everything, and runs under another id.
    let server = start(&config);
    assert_eq!(count(&server.url()).await, 1);
    assert_ne!(server.pid().to_string(), pid);
    let orphan = Command::new("/bin/sh")
        .args(["-c", &format!("kill -0 {pid}")])
        .output();
    assert!(
        !orphan.expect("sh runs").status.success(),
        "the orphan still runs"
    );
}
