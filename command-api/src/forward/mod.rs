//! Forwarding: a command that reaches a replica that does not own its partition goes once to the
//! one that does.
//!
//! For speed only. What holds whatever becomes of it: a forwarded command is executed by whoever
//! receives it, if it is meant for that one ([`addressee`]); the owner's answer is passed on as it
//! is; an owner that is gone, or silent while the log is not ([`silence`]), has its command executed
//! here, behind a claim. The command id makes a command that ran in both places run once. After a
//! forward whose end isn't known, nobody is told "not done".

pub(crate) mod addressee;
mod failure;
mod figures;
mod owners;
mod send;
mod silence;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::response::Response;
use docket_event_log::{Log, LogId};
use docket_schemas::control::Claimed;
use docket_service::telemetry::TraceContext;
use http::header::{CONNECTION, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

pub(crate) use self::addressee::FORWARDED;
use self::addressee::Signature;
pub(crate) use self::failure::failure;
pub(crate) use self::figures::{Came, count};
pub(crate) use self::owners::Owners;
pub(crate) use self::silence::{LOOK, Silence};
use self::silence::{SILENCE, WORDLESS};
use crate::http::headers::POSITION;
use crate::http::rejections::{Elsewhere, elsewhere};
use crate::partition::admission::Class;
use crate::partition::{Owner, Partitions, Turned};

/// How many owners are asked one after the other, when the partition changes hands meanwhile.
const OWNERS_ASKED_MAX: usize = 4;
/// Connections are let go before the other side does so: it gives a request's head 10 s.
const IDLE: Duration = Duration::from_secs(5);
/// Connections to one owner that are kept for later.
const IDLE_MAX: usize = 256;
/// The longest answer; one that names every faulty member of a body has some hundred KiB.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// Sends commands to their owners.
#[derive(Debug)]
pub(crate) struct Forwarding {
    pub(crate) owners: Owners,
    pub(crate) silence: Silence,
    partitions: Arc<Partitions>,
    client: Client<HttpConnector, Body>,
    log: LogId,
    signature: Signature,
    /// What a request says that is meant for this replica.
    me: HeaderValue,
}

/// A single command as it came in.
pub(crate) struct Single<'a> {
    pub(crate) partition: usize,
    pub(crate) class: Class,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) trace: TraceContext,
    pub(crate) body: &'a Bytes,
    /// Until when an answer is of any use.
    pub(crate) deadline: Instant,
}

/// That a command is to be executed here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Here {
    /// Somebody else may be executing it, so that "not done" would be a lie.
    pub(crate) uncertain: bool,
}

impl Here {
    /// It was sent nowhere else.
    pub(crate) fn certainly() -> Self {
        Self { uncertain: false }
    }
}

/// What came of a command that was to be forwarded.
pub(crate) enum Forwarded {
    /// The owner's answer.
    Answered(Response),
    /// It may have been done, and nobody says so.
    Unknown,
    /// It is to be executed here.
    Here(Here),
}

/// What came of asking one owner.
enum Heard {
    Answer(Response),
    /// It says that another replica might do it.
    Elsewhere(Elsewhere),
    /// There is nobody at its address.
    Gone,
    /// This replica could not even try.
    Unreached,
    /// The connection broke.
    Broken,
    /// What answers there is no replica of this log.
    Foreign,
    Silent,
    /// The partition has another owner.
    Changed,
    /// The time is up.
    Late,
}

impl Forwarding {
    pub(crate) fn new(log: Log, partitions: &Arc<Partitions>, me: Claimed) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(4 * SILENCE));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_MAX)
            .build(connector);
        figures::begin();
        let id = log.identity().log_id;
        Self {
            log: id,
            signature: Signature::of(id),
            me: addressee::meant_for(id, me.writer),
            owners: Owners::new(Arc::clone(partitions), me),
            silence: Silence::new(log, Arc::clone(partitions)),
            partitions: Arc::clone(partitions),
            client,
        }
    }

    /// Has the command executed by the partition's owner, if that is another replica.
    pub(crate) async fn single(&self, single: Single<'_>) -> Result<Forwarded, Turned> {
        let mut here = Here::certainly();
        if single.headers.contains_key(FORWARDED)
            || self.owners.elsewhere(single.partition).is_none()
        {
            return Ok(Forwarded::Here(here));
        }
        let _permit = self
            .partitions
            .admit_forward(single.partition, single.class)?;
        let mut changes = self.partitions.owner_changes(single.partition);
        let mut broken = false;
        for _ in 0..OWNERS_ASKED_MAX {
            changes.mark_unchanged();
            let Some(owner) = self.owners.elsewhere(single.partition) else {
                break;
            };
            let heard = self.ask(&owner, &single, &mut changes).await;
            count(heard.came());
            match heard {
                Heard::Answer(answer) => {
                    self.silence.answered(single.partition, &owner);
                    return Ok(passed_on(answer, &owner, here));
                }
                Heard::Late => return Ok(Forwarded::Unknown),
                Heard::Changed => here.uncertain = true,
                // A connection that had stood idle, as a rule: once more over a new one.
                Heard::Broken if !broken => (broken, here.uncertain) = (true, true),
                Heard::Unreached | Heard::Elsewhere(Elsewhere::ThisTime) => break,
                heard => {
                    here.uncertain |= !matches!(heard, Heard::Gone | Heard::Elsewhere(_));
                    self.owners.take_over(single.partition, &owner);
                    break;
                }
            }
        }
        Ok(Forwarded::Here(here))
    }

    async fn ask(
        &self,
        owner: &Claimed,
        single: &Single<'_>,
        changes: &mut watch::Receiver<Owner>,
    ) -> Heard {
        let body = Body::from(single.body.clone());
        let path = single.uri.path_and_query();
        let Some(asked) = self.request(owner, path, single.headers, single.trace, body) else {
            return Heard::Gone;
        };
        let heard = async {
            match asked.await {
                Ok(answer) => self.heard(answer.map(Body::new)).await,
                Err(error) => match failure(&error) {
                    Came::Gone => Heard::Gone,
                    Came::Unreached => Heard::Unreached,
                    _ => Heard::Broken,
                },
            }
        };
        tokio::select! {
            biased;
            heard = heard => heard,
            _ = changes.changed() => Heard::Changed,
            () = sleep_until(single.deadline) => Heard::Late,
            () = self.gone(single.partition, owner) => Heard::Silent,
        }
    }

    /// An answer, unless it is about the replica that gave it.
    async fn heard(&self, answer: Response) -> Heard {
        if !self.signature.is_on(answer.headers()) {
            return Heard::Foreign;
        }
        // The owner's address has another writer now.
        if answer.status() == StatusCode::MISDIRECTED_REQUEST {
            return Heard::Elsewhere(Elsewhere::FromNowOn);
        }
        // To its end, under the same watch as its head: an owner may freeze in between.
        let (head, body) = answer.into_parts();
        let Ok(body) = to_bytes(body, ANSWER_BYTES_MAX).await else {
            return Heard::Broken;
        };
        let elsewhere = (head.status == StatusCode::SERVICE_UNAVAILABLE)
            .then(|| elsewhere_in(&body))
            .flatten();
        match elsewhere {
            Some(elsewhere) => Heard::Elsewhere(elsewhere),
            None => Heard::Answer(Response::from_parts(head, Body::from(body))),
        }
    }

    /// Whether the head of an answer comes from a replica of this log.
    pub(crate) fn is_from_replica(&self, answer: &HeaderMap) -> bool {
        self.signature.is_on(answer)
    }

    /// Waits until a silence that begins now means that the partition's owner is gone, or somebody
    /// else has found that out.
    async fn gone(&self, partition: usize, owner: &Claimed) {
        let (silence, of) = (&self.silence, [partition]);
        let mut quiet = silence.begins(owner, &of);
        loop {
            sleep(LOOK).await;
            let wordless = silence.wordless(&mut quiet, &of);
            if wordless >= WORDLESS || self.owners.has_failed_lately(partition, owner) {
                return;
            }
            if silence.is_long(&mut quiet, &of) {
                if silence.is_not_the_logs(&of).await {
                    return;
                }
                quiet.broken();
            }
        }
    }
}

/// The `type` of a problem document.
#[derive(Deserialize)]
pub(crate) struct Typed {
    r#type: String,
}

impl Typed {
    /// What it says of the replica it comes from.
    pub(crate) fn elsewhere(&self) -> Option<Elsewhere> {
        elsewhere(self.r#type.rsplit('/').next()?)
    }
}

fn elsewhere_in(problem: &[u8]) -> Option<Elsewhere> {
    let typed: Typed = serde_json::from_slice(problem).ok()?;
    typed.elsewhere()
}

fn passed_on(mut answer: Response, owner: &Claimed, here: Here) -> Forwarded {
    // This owner did not do it, but an earlier one may, unless the log says what became of it.
    if here.uncertain && !answer.headers().contains_key(POSITION) {
        return Forwarded::Unknown;
    }
    let headers = answer.headers_mut();
    // Those are about the connection between us.
    headers.remove(CONNECTION);
    headers.remove(TRANSFER_ENCODING);
    headers.remove("keep-alive");
    Signature::take_off(headers);
    headers.insert(FORWARDED, addressee::text(&owner.writer.to_string()));
    Forwarded::Answered(answer)
}

impl Heard {
    fn came(&self) -> Came {
        match self {
            Self::Answer(_) => Came::Answered,
            Self::Elsewhere(_) => Came::Elsewhere,
            Self::Gone => Came::Gone,
            Self::Unreached => Came::Unreached,
            Self::Broken => Came::Broken,
            Self::Foreign => Came::Foreign,
            Self::Silent => Came::Silent,
            Self::Changed => Came::Changed,
            Self::Late => Came::Late,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn after_an_uncertain_forward_only_what_the_log_says_is_passed_on() {
        let owner = Claimed {
            writer: Uuid::new_v4(),
            address: "replica-2:8080".to_owned(),
        };
        let told = |status: u16, position: bool, uncertain: bool| {
            let mut answer = Response::new(Body::empty());
            *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
            if position {
                let position = HeaderValue::from_static("somewhere");
                answer.headers_mut().insert(POSITION, position);
            }
            match passed_on(answer, &owner, Here { uncertain }) {
                Forwarded::Answered(answer) => Some(answer.status().as_u16()),
                Forwarded::Unknown | Forwarded::Here(_) => None,
            }
        };
        for status in [401, 413, 422, 429, 503] {
            assert_eq!(told(status, false, false), Some(status));
            assert_eq!(told(status, false, true), None);
        }
        for status in [200, 201, 403, 409, 422] {
            assert_eq!(told(status, true, true), Some(status));
        }
    }
}
