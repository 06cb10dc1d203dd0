//! Owners that are no replicas: one that is gone, one that says nothing, one that always says the
//! same; and how they come to own a partition.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse as _;
use docket_event_log::{
    Cursor, Draft, Error, EventLog, Log, LogIdentity, Partition, PartitionWriter, Place, RawEntry,
    RawReader, Reader, Record, WriterConfig,
};
use docket_schemas::control::{self, Claimed};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use http::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use crate::support::free_address;

/// Something that listens where an owner should.
pub(super) struct Other {
    pub(super) claimed: Claimed,
    asked: Arc<AtomicUsize>,
}

/// A log that can be made not to say where it ends, as one whose brokers are away, or to fail its
/// readers for good.
#[derive(Debug)]
pub(super) struct Mute {
    log: Log,
    damaged: watch::Sender<bool>,
    quiet: watch::Sender<bool>,
    questions: AtomicUsize,
}

impl Mute {
    pub(super) fn new(log: Log) -> Arc<Self> {
        Arc::new(Self {
            log,
            damaged: watch::Sender::new(false),
            quiet: watch::Sender::new(false),
            questions: AtomicUsize::new(0),
        })
    }

    pub(super) fn hold_its_tongue(&self, mute: bool) {
        self.quiet.send_replace(mute);
    }

    pub(super) fn damage(&self) {
        self.damaged.send_replace(true);
    }

    /// How often it was asked where the first partition ends, and kept silent.
    pub(super) fn asked_while_mute(&self) -> usize {
        self.questions.load(Ordering::SeqCst)
    }
}

struct Damageable {
    reader: Box<dyn RawReader>,
    damaged: watch::Receiver<bool>,
}

impl RawReader for Damageable {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<RawEntry>, Error>> {
        Box::pin(async {
            tokio::select! {
                biased;
                _ = self.damaged.wait_for(|damaged| *damaged) => {
                    Err(Error::Config("damaged by the test".into()))
                }
                entries = self.reader.next() => entries,
            }
        })
    }
}

impl EventLog for Mute {
    fn identity(&self) -> &LogIdentity {
        self.log.identity()
    }

    fn append(
        &self,
        partition: Partition,
        records: Vec<Record>,
    ) -> BoxFuture<'static, Result<(), Error>> {
        self.log.append(partition, records)
    }

    fn tail(&self, from: &[Cursor]) -> BoxFuture<'_, Result<Vec<Box<dyn RawReader>>, Error>> {
        let from = from.to_vec();
        Box::pin(async move {
            let readers = self.log.tail(&from).await?.into_iter();
            let readers = readers.map(|reader| {
                let damaged = self.damaged.subscribe();
                Box::new(Damageable { reader, damaged }) as Box<dyn RawReader>
            });
            Ok(readers.collect())
        })
    }

    fn end(&self, partition: Partition) -> BoxFuture<'_, Result<Place, Error>> {
        let mut mute = self.quiet.subscribe();
        if *mute.borrow() && partition == Partition(0) {
            self.questions.fetch_add(1, Ordering::SeqCst);
        }
        Box::pin(async move {
            let _ = mute.wait_for(|mute| !mute).await;
            self.log.end(partition).await
        })
    }
}

/// What comes after the last byte.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Break,
    Silence,
}

/// As somebody claims who was at that address and isn't any more.
pub(super) fn claimed(address: SocketAddr) -> Claimed {
    Claimed {
        writer: Uuid::new_v4(),
        address: address.to_string(),
    }
}

/// An owner at whose address nobody listens.
pub(super) fn gone() -> Claimed {
    claimed(free_address())
}

impl Other {
    /// A replica of that log that freezes once it has said that all is well.
    pub(super) async fn frozen(log: &Log) -> Self {
        let (listener, other) = Self::listening().await;
        let asked = Arc::clone(&other.asked);
        let log = log.identity().log_id.0;
        let head = format!("HTTP/1.1 200 OK\r\nDocket-Log: {log}\r\nContent-Length: 99\r\n\r\n{{");
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4_096];
                let read = stream.read(&mut request).await.expect("a request");
                assert!(read > 0);
                stream.write_all(head.as_bytes()).await.expect("sent");
                asked.fetch_add(1, Ordering::SeqCst);
                open.push(stream);
            }
        });
        other
    }

    /// A replica of that log that does every line it is sent, and the most lines that ever came in
    /// one piece, unanswered all of them.
    pub(super) async fn doing_lines(log: &Log) -> (Self, Arc<AtomicUsize>) {
        let (listener, other) = Self::listening().await;
        let most = Arc::<AtomicUsize>::default();
        let (seen, log) = (Arc::clone(&most), log.identity().log_id.0.to_string());
        let asked = Arc::clone(&other.asked);
        let doing = async move |body: Body| {
            asked.fetch_add(1, Ordering::SeqCst);
            let outcomes = body.into_data_stream().map(move |piece| {
                let piece = piece?;
                let lines = piece.split(|byte| *byte == b'\n').count() - 1;
                seen.fetch_max(lines, Ordering::SeqCst);
                Ok::<_, axum::Error>("{\"line\":1,\"outcome\":\"applied\"}\n".repeat(lines))
            });
            ([("docket-log", log)], Body::from_stream(outcomes)).into_response()
        };
        let routes = Router::new().fallback(doing);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (other, most)
    }

    /// One that takes connections and never says a word.
    pub(super) async fn silent() -> Self {
        let (listener, other) = Self::listening().await;
        let asked = Arc::clone(&other.asked);
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                asked.fetch_add(1, Ordering::SeqCst);
                open.push(stream);
            }
        });
        other
    }

    /// A replica of that log that answers every request with that problem.
    pub(super) async fn saying(log: &Log, status: StatusCode, slug: &'static str) -> Self {
        let (listener, other) = Self::listening().await;
        let asked = Arc::clone(&other.asked);
        let log = log.identity().log_id.0;
        let addressee = format!("{log}/{}", other.claimed.writer);
        let saying = move |headers: http::HeaderMap| async move {
            assert_eq!(headers["docket-forwarded"], addressee);
            assert!(headers.contains_key("authorization"));
            asked.fetch_add(1, Ordering::SeqCst);
            let kind = format!("https://docket.dev/problems/{slug}");
            let head = [
                ("content-type", "application/problem+json"),
                ("retry-after", "7"),
                ("docket-log", &log.to_string()),
            ];
            let body = json!({"type": kind, "status": status.as_u16()});
            (status, head, body.to_string()).into_response()
        };
        let routes = Router::new().fallback(saying);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        other
    }

    /// A service that has nothing to do with Docket and finds everything in order.
    pub(super) async fn foreign() -> Self {
        let (listener, other) = Self::listening().await;
        let asked = Arc::clone(&other.asked);
        let fine = async move || {
            asked.fetch_add(1, Ordering::SeqCst);
            axum::Json(json!({"line": 1, "outcome": "applied", "version": 7}))
        };
        let routes = Router::new().fallback(fine);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        other
    }

    /// A network before a replica yet to come, whose address it sends; it lets so many bytes of
    /// requests through, and so many of its answers; then the connection breaks, or nothing moves
    /// any more.
    pub(super) async fn cut(bytes: (u64, u64), then: Then) -> (Self, oneshot::Sender<SocketAddr>) {
        let (listener, other) = Self::listening().await;
        let asked = Arc::clone(&other.asked);
        let (known, replica) = oneshot::channel();
        tokio::spawn(async move {
            let replica: SocketAddr = replica.await.expect("a replica");
            while let Ok((near, _)) = listener.accept().await {
                asked.fetch_add(1, Ordering::SeqCst);
                let far = TcpStream::connect(replica).await.expect("it listens");
                tokio::spawn(async move {
                    let (from_near, mut to_near) = near.into_split();
                    let (from_far, mut to_far) = far.into_split();
                    let (mut requests, mut answers) =
                        (from_near.take(bytes.0), from_far.take(bytes.1));
                    let asking = async {
                        let _ = copy(&mut requests, &mut to_far).await;
                        std::future::pending::<()>().await;
                    };
                    let answering = async {
                        let _ = copy(&mut answers, &mut to_near).await;
                        if then == Then::Silence {
                            std::future::pending::<()>().await;
                        }
                    };
                    tokio::select! {
                        () = asking => {}
                        () = answering => {}
                    }
                });
            }
        });
        (other, known)
    }

    async fn listening() -> (TcpListener, Self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let claimed = claimed(listener.local_addr().expect("an address"));
        let asked = Arc::default();
        (listener, Self { claimed, asked })
    }

    /// How often it was asked something.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Appends that claim, as its writer would.
pub(super) async fn claim(log: &Log, partition: u16, claim: &Claimed) {
    let partition = Partition(partition);
    let cursor = Cursor::start(log.identity().log_id, partition);
    let end = log.end(partition).await.expect("an end");
    let reader = Reader::open(log, &[cursor])
        .await
        .expect("a reader")
        .remove(0);
    let mut writer = PartitionWriter::new(Log::clone(log), reader, WriterConfig::default());
    while !writer.cursor().has_reached(end) {
        writer.next().await.expect("readable");
    }
    loop {
        let draft = Draft {
            kind: Claimed::TYPE,
            key: control::KEY.into(),
            time: jiff::Timestamp::now(),
            attributes: Vec::new(),
            traceparent: None,
            data: claim.encode().expect("small").into(),
        };
        writer.start_append(vec![draft]).expect("an open log");
        let settled = loop {
            if let Some(settled) = writer.next().await.expect("readable").settled {
                break settled;
            }
        };
        if settled.won == 1 {
            return;
        }
    }
}
