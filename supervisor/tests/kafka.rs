//! The private Kafka: keeps what it acknowledged over `kill -9`, and is never left behind.

use std::net::TcpStream;
use std::process::{Command, Stdio};

use docket_supervisor::{Error, Kafka, KafkaConfig, testing};

fn accepts(kafka: &Kafka, broker: usize) -> bool {
    TcpStream::connect(kafka.address(broker).expect("it is ours")).is_ok()
}

#[tokio::test]
async fn the_shared_broker_accepts_connections() {
    let kafka = testing::kafka().await;
    let first = kafka.bootstrap().split(',').next().expect("one address");
    assert!(TcpStream::connect(first).is_ok());
}

#[test]
fn three_brokers_start_and_one_can_be_killed_and_come_back_at_its_address() {
    let config = KafkaConfig::new(testing::directory("three")).brokers(3);
    let mut kafka = Kafka::start(&config).expect("three brokers start");
    assert_eq!(kafka.bootstrap().split(',').count(), 3);
    let address = kafka.address(1).expect("it is ours").to_owned();
    kafka.kill(1).expect("it is ours");
    assert!(!accepts(&kafka, 1));
    assert!(accepts(&kafka, 0));
    kafka.restart(1).expect("it starts again");
    assert_eq!(kafka.address(1).expect("it is ours"), address);
    assert!(accepts(&kafka, 1));
}

#[test]
fn a_second_instance_on_the_directory_is_refused_and_the_next_one_is_not() {
    let config = KafkaConfig::new(testing::directory("contended"));
    let first = Kafka::start(&config).expect("it starts");
    let second = Kafka::start(&config);
    assert!(matches!(second, Err(Error::InUse { .. })), "{second:?}");
    first.stop();
    Kafka::start(&config).expect("it starts on the same data");
}

#[test]
fn a_bad_setting_is_reported_with_the_end_of_the_log() {
    let config = KafkaConfig::new(testing::directory("bad")).property("num.io.threads", "many");
    let error = Kafka::start(&config).expect_err("not a number");
    assert!(error.to_string().contains("num.io.threads"), "{error}");
}

#[test]
fn a_broker_of_somebody_else_is_never_touched() {
    let mut kafka = Kafka::running_at("elsewhere:9092");
    assert!(matches!(kafka.kill(0), Err(Error::NotOurs { .. })));
}

/// Not a test of its own: the process that the next test kills.
#[test]
#[ignore = "run by killing_the_parent_leaves_no_broker"]
fn parent_to_be_killed() {
    let directory = std::env::var_os("DOCKET_TEST_DIRECTORY").expect("set by the test");
    let kafka = Kafka::start(&KafkaConfig::new(directory)).expect("it starts");
    println!("pid={}", kafka.pid(0).expect("it is ours"));
    std::thread::park();
}

#[test]
fn killing_the_parent_leaves_no_broker() {
    let config = KafkaConfig::new(testing::directory("orphaned"));
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
        .expect("it says its broker's id");
    parent.kill().expect("it can be killed");
    parent.wait().expect("it ends");

    // The next start waits for the orphan's end.
    let kafka = Kafka::start(&config).expect("it starts on the same data");
    assert_ne!(kafka.pid(0).expect("it is ours").to_string(), pid);
    let orphan = Command::new("/bin/sh")
        .args(["-c", &format!("kill -0 {pid}")])
        .output();
    assert!(
        !orphan.expect("sh runs").status.success(),
        "the orphan still runs"
    );
}
