//! An import from which nobody is heard again.

use std::fs;
use std::time::Duration;

use docket::import::{Format, ImportError, ImportOptions, import};
use tokio::net::TcpListener;
use tokio::time::timeout;

/// The clock stands still but for who waits for it, so this takes no minute.
#[tokio::test(start_paused = true)]
async fn a_server_that_takes_the_connection_and_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            held.push(listener.accept().await);
        }
    });
    let home = tempfile::tempdir().expect("a directory");
    let file = home.path().join("crm.ndjson");
    fs::write(&file, r#"{"command":"accept","ticket":"C-7"}"#).expect("written");
    let options = ImportOptions {
        file,
        format: Format::Neutral,
        source: None,
        url: format!("http://{address}"),
        token: "token".to_owned(),
        report: None,
        progress: false,
    };
    let ended = timeout(Duration::from_hours(1), import(&options)).await;
    let why = ended
        .expect("it doesn't wait for ever")
        .expect_err("no answer");
    assert!(matches!(why, ImportError::Unreachable { .. }), "{why}");
}
