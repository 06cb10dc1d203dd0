//! The process's metrics, as Prometheus reads them.
//!
//! Names start with `docket_` and end with their unit. Histograms that end in `_seconds` and
//! `_records` get fixed buckets, so that several processes can be added up.

use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::header::CONTENT_TYPE;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

const SECONDS: [f64; 16] = [
    0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
];
const RECORDS: [f64; 13] = [
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0,
];

/// Reads what the `metrics` macros count.
#[derive(Clone, Debug)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Sets up the process's recorder; the second call gives the same one.
    ///
    /// # Panics
    /// If the process has a recorder that is not ours.
    pub fn install() -> Self {
        static INSTALLED: OnceLock<PrometheusHandle> = OnceLock::new();
        let handle = INSTALLED.get_or_init(|| {
            let suffix = |end: &str| Matcher::Suffix(end.into());
            PrometheusBuilder::new()
                .set_buckets_for_metric(suffix("_seconds"), &SECONDS)
                .and_then(|builder| builder.set_buckets_for_metric(suffix("_records"), &RECORDS))
                .and_then(PrometheusBuilder::install_recorder)
                .expect("the buckets are not empty, and nobody else installs a recorder")
        });
        Self(handle.clone())
    }

    /// All of them, as text.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// `/metrics`.
    pub fn router(&self) -> Router {
        let metrics = self.clone();
        let render = move || async move {
            (
                [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
                metrics.render(),
            )
        };
        Router::new().route("/metrics", get(render))
    }

    /// Histograms collect samples until this runs; without it nobody scraping means growing.
    pub(crate) async fn keep_up(self) {
        let mut tick = tokio::time::interval(Duration::from_secs(5));
        loop {
            tick.tick().await;
            self.0.run_upkeep();
        }
    }
}
