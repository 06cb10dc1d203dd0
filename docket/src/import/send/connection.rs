//! One bulk request: lines out, outcomes in, both at once.

use std::convert::Infallible;
use std::error::Error as _;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt as _, StreamExt as _};
use reqwest::{Body, Response};
use serde_json::Value;
use tokio::sync::mpsc;

use super::target::{Target, detail};
use crate::import::ImportError;
use crate::import::item::Line;
use crate::import::report::Outcome;

/// Lines are gathered into chunks while the socket takes no more; past that no line is taken on.
const CHUNK_MAX: usize = 64 * 1024;
/// An outcome line is some hundred bytes; a problem may carry texts.
const OUTCOME_MAX: usize = 1024 * 1024;

/// Why a connection ended before its time.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) detail: String,
    /// How long the server asked to wait.
    pub(super) retry_after: Option<Duration>,
}

impl Lost {
    /// A line was answered "unavailable": nothing is known of it yet.
    pub(super) fn unavailable(problem: &Value) -> Self {
        Self {
            detail: detail(problem).unwrap_or_else(|| "Docket is unavailable".into()),
            retry_after: None,
        }
    }

    /// The connection stands, and nothing comes.
    pub(super) fn silent() -> Self {
        Self {
            detail: "the connection stands, but nothing comes".into(),
            retry_after: None,
        }
    }

    fn new(what: &str, error: &reqwest::Error) -> Self {
        let mut detail = format!("{what}: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            detail = format!("{detail}: {cause}");
            source = cause.source();
        }
        Self {
            detail,
            retry_after: None,
        }
    }
}

/// What happened on a connection.
pub(super) enum Event {
    /// A chunk of lines went out.
    Sent,
    /// The next line's outcome.
    Outcome(Outcome),
    /// It is over.
    Lost(Lost),
}

pub(super) struct Connection {
    /// Gone when the request is complete.
    out: Option<mpsc::Sender<Bytes>>,
    chunk: BytesMut,
    complete: bool,
    answer: Answer,
    received: BytesMut,
}

enum Answer {
    Awaited(BoxFuture<'static, Result<Result<Response, Lost>, ImportError>>),
    Streaming(BoxStream<'static, reqwest::Result<Bytes>>),
}

impl Connection {
    /// Starts a request with these lines.
    pub(super) fn open<'a>(target: &Target, lines: impl Iterator<Item = &'a Line>) -> Self {
        let (out, chunks) = mpsc::channel::<Bytes>(1);
        let body = stream::unfold(chunks, async |mut chunks| {
            let chunk = chunks.recv().await?;
            Some((Ok::<_, Infallible>(chunk), chunks))
        });
        let request = target.request().body(Body::wrap_stream(body));
        let target = target.clone();
        let answer = async move {
            match request.send().await {
                Ok(response) if response.status().is_success() => Ok(Ok(response)),
                Ok(response) => target.refusal(response).await.map(Err),
                Err(error) => Ok(Err(Lost::new("the connection failed", &error))),
            }
        };
        let mut connection = Self {
            out: Some(out),
            chunk: BytesMut::new(),
            complete: false,
            answer: Answer::Awaited(answer.boxed()),
            received: BytesMut::new(),
        };
        for line in lines {
            connection.send(line);
        }
        connection
    }

    pub(super) fn has_room(&self) -> bool {
        self.chunk.len() < CHUNK_MAX
    }

    pub(super) fn send(&mut self, line: &Line) {
        self.chunk.extend_from_slice(&line.json);
    }

    /// Ends the request once everything given has gone out.
    pub(super) fn no_more_lines(&mut self) {
        self.complete = true;
    }

    /// The next thing that happens. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Result<Event, ImportError> {
        loop {
            if let Some(outcome) = self.outcome()? {
                return Ok(Event::Outcome(outcome));
            }
            if self.complete && self.chunk.is_empty() {
                self.out = None;
            }
            let sending = !self.chunk.is_empty();
            let open = tokio::select! {
                permit = reserve(self.out.as_ref()), if sending && self.out.is_some() => {
                    match permit {
                        Some(permit) => {
                            permit.send(self.chunk.split().freeze());
                            return Ok(Event::Sent);
                        }
                        // Nobody reads the request any more; the answer says why.
                        None => false,
                    }
                }
                received = self.answer.next() => {
                    match received? {
                        Received::Head => {}
                        Received::Bytes(bytes) => self.received.extend_from_slice(&bytes),
                        Received::Lost(lost) => return Ok(Event::Lost(lost)),
                    }
                    true
                }
            };
            if !open {
                self.out = None;
            }
        }
    }

    /// The first whole line of what was received.
    fn outcome(&mut self) -> Result<Option<Outcome>, ImportError> {
        let Some(end) = self.received.iter().position(|byte| *byte == b'\n') else {
            if self.received.len() > OUTCOME_MAX {
                return Err(ImportError::Protocol {
                    detail: "an outcome line without an end".into(),
                });
            }
            return Ok(None);
        };
        let line = self.received.split_to(end + 1);
        serde_json::from_slice(&line)
            .map(Some)
            .map_err(|error| ImportError::Protocol {
                detail: format!("{error} in {:?}", String::from_utf8_lossy(&line)),
            })
    }
}

async fn reserve(out: Option<&mpsc::Sender<Bytes>>) -> Option<mpsc::Permit<'_, Bytes>> {
    out?.reserve().await.ok()
}

enum Received {
    Head,
    Bytes(Bytes),
    Lost(Lost),
}

impl Answer {
    async fn next(&mut self) -> Result<Received, ImportError> {
        match self {
            Self::Awaited(answer) => match Pin::new(answer).await? {
                Ok(response) => {
                    *self = Self::Streaming(response.bytes_stream().boxed());
                    Ok(Received::Head)
                }
                Err(lost) => Ok(Received::Lost(lost)),
            },
            Self::Streaming(stream) => Ok(match stream.next().await {
                Some(Ok(bytes)) => Received::Bytes(bytes),
                Some(Err(error)) => Received::Lost(Lost::new("the connection broke", &error)),
                None => Received::Lost(Lost {
                    detail: "the connection ended before the last answer".into(),
                    retry_after: None,
                }),
            }),
        }
    }
}
