//! The metrics of answered requests, with their handles made once per series: to look one up by its
//! labels costs more than to count.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use http::StatusCode;
use metrics::{Counter, Histogram, SharedString};

/// What a request is counted under, but for its route.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) service: &'static str,
    pub(super) method: &'static str,
    pub(super) status: StatusCode,
}

struct Series {
    requests: Counter,
    duration: Histogram,
}

/// By route, of which there are few, and then by the rest. There is one recorder per process, so
/// the handles are the process's too.
static SERIES: LazyLock<RwLock<HashMap<String, HashMap<Kind, Series>>>> =
    LazyLock::new(RwLock::default);

/// Counts one answer.
pub(super) fn count(route: &str, kind: Kind, seconds: f64) {
    {
        let known = SERIES.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = known.get(route).and_then(|of_route| of_route.get(&kind)) {
            return series.count(seconds);
        }
    }
    let mut known = SERIES.write().unwrap_or_else(PoisonError::into_inner);
    let of_route = known.entry(route.to_owned()).or_default();
    let series = of_route
        .entry(kind)
        .or_insert_with(|| Series::of(route, kind));
    series.count(seconds);
}

impl Series {
    fn of(route: &str, kind: Kind) -> Self {
        let labels = [
            ("service", SharedString::from(kind.service)),
            ("method", kind.method.into()),
            ("route", route.to_owned().into()),
            ("status", kind.status.as_str().to_owned().into()),
        ];
        Self {
            requests: metrics::counter!("docket_http_requests_total", &labels),
            duration: metrics::histogram!("docket_http_request_duration_seconds", &labels),
        }
    }

    fn count(&self, seconds: f64) {
        self.requests.increment(1);
        self.duration.record(seconds);
    }
}
