//! A server that says nothing for a while, or takes its time: a host that vanished, a disk that is
//! overloaded. A proxy on a socket of its own stands between.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use docket_event_log::postgres::PostgresLog;
use docket_event_log::{Log, PostgresConfig};
use docket_supervisor::testing;
use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::{count, writer_at};
use crate::support::*;

/// A way to the test's server. It ends with the test's runtime.
struct Proxy {
    directory: tempfile::TempDir,
    /// How many times the connections of the time were cut off, without a word to either end.
    silenced: watch::Sender<u32>,
    /// How long each answer is held back.
    slowness: watch::Sender<Duration>,
}

impl Proxy {
    async fn start() -> Self {
        let url = testing::postgres().await.url();
        let options = PgConnectOptions::from_str(&url).unwrap();
        let server = options.get_socket().unwrap().join(".s.PGSQL.5432");
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join(".s.PGSQL.5432")).unwrap();
        let (silenced, slowness) = (watch::Sender::new(0), watch::Sender::default());
        let (silence, slow) = (silenced.subscribe(), slowness.subscribe());
        tokio::spawn(serve(listener, server, silence, slow));
        Self {
            directory,
            silenced,
            slowness,
        }
    }

    async fn log(&self, answer_within: Duration) -> Log {
        let host = escaped(self.directory.path());
        let url = format!("postgres://postgres@localhost:5432/postgres?host={host}");
        let config = PostgresConfig {
            partitions: 2,
            connections_max: 3,
            answer_within_ms: answer_within.as_millis() as u64,
            ..PostgresConfig::new(url, format!("log_{}", count()))
        };
        Arc::new(PostgresLog::open(&config).await.unwrap())
    }
}

fn escaped(path: &Path) -> String {
    path.to_str().unwrap().replace('/', "%2F")
}

async fn serve(
    listener: UnixListener,
    server: PathBuf,
    silence: watch::Receiver<u32>,
    slow: watch::Receiver<Duration>,
) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let server = UnixStream::connect(&server).await.unwrap();
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let at_once = watch::Sender::default().subscribe();
        tokio::spawn(copy(from_client, to_server, silence.clone(), at_once));
        tokio::spawn(copy(from_server, to_client, silence.clone(), slow.clone()));
    }
}

/// Copies until silenced; then keeps both ends open, and says nothing more.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut silence: watch::Receiver<u32>,
    slow: watch::Receiver<Duration>,
) {
    silence.mark_unchanged();
    let mut buffer = vec![0; 1 << 16];
    let copying = async {
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let slowness = *slow.borrow();
            if !slowness.is_zero() {
                sleep(slowness).await;
            }
            if to.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = copying => {}
        _ = silence.changed() => std::future::pending().await,
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_is_asked_again_on_other_connections() {
    let proxy = Proxy::start().await;
    let log = proxy.log(Duration::from_millis(300)).await;
    let mut writer = writer(&log).await;
    assert_won(append(&mut writer, &["before"]).await, 1);

    proxy.silenced.send_modify(|times| *times += 1);
    let story = async {
        // It never got there, and a barrier finds out.
        assert_lost(append(&mut writer, &["into the void"]).await, 1);
        assert_won(append(&mut writer, &["after"]).await, 1);
        log.end(P).await.unwrap();
    };
    timeout(Duration::from_secs(20), story)
        .await
        .expect("nothing waits for an answer that can't come");
    assert_eq!(read_all(&log).await.said(), ["before", "after"]);
}

#[tokio::test]
async fn an_answer_that_takes_longer_than_its_reader_waits_arrives_all_the_same() {
    let proxy = Proxy::start().await;
    let log = proxy.log(Duration::from_secs(30)).await;
    let following = reader(&log).await;
    let mut writer = writer_at(&log, following);
    proxy.slowness.send_replace(Duration::from_millis(200));
    // As a partition's task does, which looks at its queue ten times a second.
    for _ in 0..100 {
        if let Ok(step) = timeout(Duration::from_millis(100), writer.next()).await {
            assert!(!step.unwrap().records.is_empty());
            return;
        }
    }
    panic!("the genesis record is never read");
}
