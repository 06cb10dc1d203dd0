//! Somebody who is told of events by HTTP, and notes what of.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use tokio::net::TcpListener;

type Ids = Arc<Mutex<Vec<String>>>;

/// The receiver; gone with the test.
pub(crate) struct Receiver {
    pub(crate) url: String,
    ids: Ids,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let ids = Ids::default();
        let routes = Router::new().fallback(note).with_state(Arc::clone(&ids));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self {
            url: format!("http://{address}/"),
            ids,
        }
    }

    /// The stable ids of what came, in order; one twice is a repetition.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.ids.lock().expect("no panic").clone()
    }
}

async fn note(State(ids): State<Ids>, headers: HeaderMap) -> StatusCode {
    let id = headers.get("webhook-id").expect("an id");
    let id = id.to_str().expect("ASCII").to_owned();
    ids.lock().expect("no panic").push(id);
    StatusCode::NO_CONTENT
}
