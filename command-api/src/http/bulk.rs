//! `POST /v1/commands`: commands as NDJSON, one outcome line per input line, in input order.
//!
//! Both ways are streams: at most a window of lines is in flight, the rest stays with the sender.
//! Lines are queued one after the other, so those of one stream are executed in their order; for
//! that, too, each partition keeps for the whole request to the way its first line took, to the
//! queue here or to its owner ([`lane`]). A bad line is answered and the others go on. A sender
//! that goes away stops the reading; what was queued is done.

mod lane;
mod line;
mod outcomes;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use docket_schemas::control::Claimed;
use docket_service::auth::Caller;
use docket_service::problem::Problem;
use docket_service::telemetry::TraceContext;
use futures::stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use tokio::sync::mpsc;
use uuid::Uuid;

use self::lane::{Lane, Onward};
pub(crate) use self::line::BulkLine;
use self::line::{Checked, Sender};
pub(crate) use self::outcomes::BulkOutcome;
use self::outcomes::{Outcomes, Sending, Sent};
use super::figures::Timer;
use super::headers::NDJSON;
use super::lines::{Line, Lines};
use super::rejections::Reply;
use super::request::actor;
use super::{App, headers};
use crate::forward::{FORWARDED, Here};
use crate::partition::command::{NotDone, Request};
use crate::partition::{Partitions, Turned, Waiting};

/// The handler.
pub(super) async fn bulk(
    State(app): State<App>,
    caller: Caller,
    trace: TraceContext,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let actor = actor(&caller)?;
    headers::expect_ndjson(&headers)?;
    let (sender, receiver) = mpsc::channel(app.config.bulk_window_lines);
    let lines = Lines::new(body, app.config.bulk_line_bytes_max);
    let queueing = Queueing {
        sender: Arc::new(Sender {
            caller,
            actor,
            traceparent: trace.to_string(),
            line_bytes_max: app.config.bulk_line_bytes_max,
        }),
        trace,
        queue: Queue::new(&app.partitions),
        ways: HashMap::new(),
        lanes: HashMap::new(),
        headers,
        app,
    };
    tokio::spawn(queueing.run(lines, sender));
    let outcomes = stream::unfold(Outcomes::new(receiver), async |mut outcomes| {
        let chunk = outcomes.next_chunk().await?;
        Some((Ok::<_, std::convert::Infallible>(chunk), outcomes))
    });
    let mut response = Response::new(Body::from_stream(Box::pin(outcomes)));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    Ok(response)
}

/// Reads lines and sends each on its way.
struct Queueing {
    sender: Arc<Sender>,
    headers: HeaderMap,
    trace: TraceContext,
    app: App,
    queue: Queue,
    /// The owner that a partition's lines are sent to; none, they are executed here.
    ways: HashMap<usize, Option<Arc<Claimed>>>,
    /// By the owner's process: the next one at its address is another owner.
    lanes: HashMap<Uuid, Lane>,
}

/// The way to the partitions' queues here, for the lines of one request that take it.
struct Queue {
    partitions: Arc<Partitions>,
    /// Partitions that did not take a line of this request. They take none after it either: when
    /// a partition opens in the middle of a request, a stream's later line must not be done before
    /// the one that its sender has to repeat.
    turned_away: HashMap<usize, NotDone>,
}

impl Queue {
    fn new(partitions: &Arc<Partitions>) -> Self {
        Self {
            partitions: Arc::clone(partitions),
            turned_away: HashMap::new(),
        }
    }

    async fn queue(&mut self, partition: usize, request: Request) -> Result<Waiting, Reply> {
        if let Some(why) = self.turned_away.get(&partition) {
            return Err(Turned::Away(*why).into());
        }
        let queued = self.partitions.send_when_free(request).await;
        if let Err(Turned::Away(why)) = queued {
            self.turned_away.insert(partition, why);
        }
        Ok(queued?)
    }
}

impl Queueing {
    async fn run(mut self, mut lines: Lines, sent: mpsc::Sender<Sent>) {
        let mut number = 0;
        loop {
            // The window: a place for this line's outcome, before the line is read. It also ends
            // the reading when nobody waits for outcomes any more.
            let Ok(place) = sent.reserve().await else {
                return;
            };
            let line = tokio::select! {
                line = lines.next() => line,
                () = sent.closed() => return,
                // Lines without an outcome were not read.
                () = self.app.closing.cancelled() => return,
            };
            number += 1;
            let line = match line {
                Ok(Some(Line::Whole(bytes))) if bytes.trim_ascii().is_empty() => continue,
                Ok(Some(line)) => line,
                // The end; or the body broke off, and there is nobody to tell.
                Ok(None) | Err(_) => return,
            };
            let sent = self.send(number, &line).await;
            place.send(sent);
        }
    }

    async fn send(&mut self, number: u64, line: &Line) -> Sent {
        let mut sent = Sent::new(number, Timer::start());
        let sending = match self.sender.check(line, &mut sent) {
            Ok(checked) => self.send_checked(checked, line, &mut sent).await,
            Err(reply) => Err(reply),
        };
        sent.state = sending.unwrap_or_else(Sending::Answered);
        sent
    }

    async fn send_checked(
        &mut self,
        checked: Checked,
        line: &Line,
        sent: &mut Sent,
    ) -> Result<Sending, Reply> {
        let partition = self.app.partitions.number_of(checked.addressed.stream());
        if let (Some(owner), Line::Whole(bytes)) = (self.way(partition), line)
            && let Some(forwarding) = &self.app.forwarding
        {
            sent.of(&checked);
            let to_owner = self.lanes.entry(owner.writer).or_insert_with(|| {
                let queue = Queue::new(&self.app.partitions);
                let sender = Arc::clone(&self.sender);
                let asked = forwarding.bulk(&owner, &self.headers, self.trace);
                let forwarding = Arc::clone(forwarding);
                let patience = Duration::from_millis(self.app.config.command_wait_ms);
                Lane::start(
                    forwarding,
                    Arc::clone(&owner),
                    patience,
                    asked,
                    sender,
                    queue,
                )
            });
            // Whoever sends too much is slowed down here as on the way to the queue.
            let permit = self.app.partitions.admit_forward_when_free(partition);
            let permit = permit.await;
            let (onward, told) = Onward::new(partition, owner, bytes.clone(), checked, permit);
            to_owner.send(onward);
            return Ok(Sending::Forwarded(told));
        }
        let request = self.sender.request(&checked)?;
        sent.of(&checked);
        let waiting = self.queue.queue(partition, request).await?;
        Ok(Sending::Queued(waiting, Here::certainly()))
    }

    /// Where the partition's lines go. A forwarded request is not forwarded again.
    fn way(&mut self, partition: usize) -> Option<Arc<Claimed>> {
        let (forwarding, headers) = (&self.app.forwarding, &self.headers);
        let way = self.ways.entry(partition).or_insert_with(|| {
            let forwarding = forwarding.as_ref()?;
            let forwarded = headers.contains_key(FORWARDED);
            (!forwarded).then(|| forwarding.owners.elsewhere(partition))?
        });
        way.clone()
    }
}
