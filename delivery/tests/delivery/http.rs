//! A receiver of webhooks and text messages on a socket, which can be told to misbehave.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// What the receiver does.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// Takes it.
    Takes,
    /// Takes it after this many milliseconds.
    Slowly(u64),
    /// Answers this so many times; then takes it.
    Answers(StatusCode, u32),
    /// Sends the sender elsewhere.
    Redirects(String),
    /// Never answers.
    Hangs,
}

#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).expect("the header is there");
        value.to_str().expect("ASCII")
    }
}

#[derive(Debug)]
struct Inner {
    manner: Manner,
    received: Vec<Received>,
    /// Ids being answered now, and those that were while the same one came again.
    under_way: Vec<String>,
    twice_at_once: Vec<String>,
}

/// The receiver; gone with the test.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    inner: Arc<Mutex<Inner>>,
}

impl Receiver {
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let receiver = Self {
            url: format!("http://{address}/hook"),
            inner: Arc::new(Mutex::new(Inner {
                manner,
                received: Vec::new(),
                under_way: Vec::new(),
                twice_at_once: Vec::new(),
            })),
        };
        let routes = Router::new().fallback(answer).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        receiver
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.inner.lock().expect("no panic").received.clone()
    }

    pub(crate) fn twice_at_once(&self) -> Vec<String> {
        self.inner.lock().expect("no panic").twice_at_once.clone()
    }

    pub(crate) fn set(&self, manner: Manner) {
        self.inner.lock().expect("no panic").manner = manner;
    }

    /// Notes the request; what to do with it.
    fn note(&self, received: Received, id: &str) -> Manner {
        let mut inner = self.inner.lock().expect("no panic");
        inner.received.push(received);
        if inner.under_way.iter().any(|other| other == id) {
            inner.twice_at_once.push(id.to_owned());
        }
        inner.under_way.push(id.to_owned());
        let manner = inner.manner.clone();
        if let Manner::Answers(_, times) = &mut inner.manner {
            *times = times.saturating_sub(1);
        }
        manner
    }

    fn answered(&self, id: &str) {
        let mut inner = self.inner.lock().expect("no panic");
        if let Some(place) = inner.under_way.iter().position(|other| other == id) {
            inner.under_way.remove(place);
        }
    }
}

async fn answer(State(receiver): State<Receiver>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 100_000).await.expect("a body");
    let id = head
        .headers
        .get("webhook-id")
        .map_or("", |id| id.to_str().expect("ASCII"));
    let id = id.to_owned();
    let request = Received {
        path: head.uri.to_string(),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).expect("text"),
    };
    let answer = match receiver.note(request, &id) {
        Manner::Answers(status, times) if times > 0 => status.into_response(),
        Manner::Takes | Manner::Answers(..) => StatusCode::NO_CONTENT.into_response(),
        Manner::Slowly(ms) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            StatusCode::OK.into_response()
        }
        Manner::Redirects(to) => {
            (StatusCode::TEMPORARY_REDIRECT, [("location", to)]).into_response()
        }
        Manner::Hangs => std::future::pending().await,
    };
    receiver.answered(&id);
    answer
}

/// A receiver whose answer never ends: its head comes byte by byte.
pub(crate) async fn trickling() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx-long: ").await;
                while stream.write_all(b"x").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            });
        }
    });
    format!("http://{address}/hook")
}
