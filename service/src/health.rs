//! Is the process alive, and should it get requests? Each part of it says so for itself.
//!
//! A part that was named and has not yet spoken is not ready; from the moment the end was asked
//! for nothing is, so that a load balancer looks elsewhere while we still answer.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::StatusCode;
use serde_json::json;
use tokio::sync::watch;

use crate::problem::Problem;
use crate::shutdown::Shutdown;

/// What one part says: fine, or why not.
type Said = Result<(), String>;

/// All parts of a process. Clones share them.
#[derive(Clone, Debug)]
pub struct Health {
    components: watch::Sender<Vec<(String, Said)>>,
    shutdown: Shutdown,
}

/// One part's voice.
#[derive(Clone, Debug)]
pub struct Component {
    components: watch::Sender<Vec<(String, Said)>>,
    name: String,
}

impl Health {
    /// No parts yet.
    pub fn new(shutdown: &Shutdown) -> Self {
        Self {
            components: watch::Sender::new(Vec::new()),
            shutdown: shutdown.clone(),
        }
    }

    /// Adds a part, not ready until it says so. Naming one again gives the same part.
    pub fn component(&self, name: impl Into<String>) -> Component {
        let name = name.into();
        self.components.send_if_modified(|components| {
            let known = components.iter().any(|(known, _)| *known == name);
            if !known {
                components.push((name.clone(), Err("starting".into())));
            }
            !known
        });
        Component {
            components: self.components.clone(),
            name,
        }
    }

    /// Ready, or every reason why not, each after its part's name.
    pub fn ready(&self) -> Result<(), Vec<(String, String)>> {
        let mut reasons: Vec<_> = self
            .components
            .borrow()
            .iter()
            .filter_map(|(name, state)| Some((name.clone(), state.clone().err()?)))
            .collect();
        if self.shutdown.is_requested() {
            reasons.push(("process".into(), "stopping".into()));
        }
        if reasons.is_empty() {
            Ok(())
        } else {
            Err(reasons)
        }
    }

    /// Waits until every part is ready.
    pub async fn wait_until_ready(&self) {
        let mut changes = self.components.subscribe();
        // We hold the sender, so this ends only when they all are.
        let _ = changes
            .wait_for(|components| components.iter().all(|(_, state)| state.is_ok()))
            .await;
    }

    /// `/livez` and `/readyz`, the latter with one line per part when asked `?verbose`.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/livez", get(|| async { "ok\n" }))
            .route("/readyz", get(readyz))
            .with_state(self.clone())
    }
}

impl Component {
    /// All is well.
    pub fn ok(&self) {
        self.set(Ok(()));
    }

    /// Something is not, and this is what.
    pub fn failing(&self, why: impl Into<String>) {
        self.set(Err(why.into()));
    }

    fn set(&self, new: Said) {
        self.components.send_if_modified(|components| {
            let own = components.iter_mut().find(|(name, _)| *name == self.name);
            let Some((_, state)) = own.filter(|(_, state)| *state != new) else {
                return false;
            };
            match &new {
                Ok(()) => tracing::info!(component = self.name, "ready"),
                Err(why) => tracing::warn!(component = self.name, %why, "not ready"),
            }
            *state = new;
            true
        });
    }
}

async fn readyz(State(health): State<Health>, RawQuery(query): RawQuery) -> Response {
    let ready = health.ready();
    let verbose =
        query.is_some_and(|query| query.split('&').any(|part| part.starts_with("verbose")));
    if verbose {
        let status = if ready.is_ok() {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        return (status, health.lines()).into_response();
    }
    match ready {
        Ok(()) => "ok\n".into_response(),
        Err(reasons) => {
            let told: Vec<_> = reasons
                .iter()
                .map(|(name, why)| format!("{name}: {why}"))
                .collect();
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", "Not ready")
                .detail(told.join("; "))
                .with(
                    "components",
                    json!(
                        reasons
                            .into_iter()
                            .collect::<std::collections::BTreeMap<_, _>>()
                    ),
                )
                .retry_after(1)
                .into_response()
        }
    }
}

impl Health {
    fn lines(&self) -> String {
        let mut text = String::new();
        for (name, state) in self.components.borrow().iter() {
            let _ = match state {
                Ok(()) => writeln!(text, "[+] {name}: ok"),
                Err(why) => writeln!(text, "[-] {name}: {why}"),
            };
        }
        if self.shutdown.is_requested() {
            text.push_str("[-] process: stopping\n");
        }
        text
    }
}
