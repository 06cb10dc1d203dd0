//! A lane: the lines of a bulk request whose partitions one other replica owns, sent to it as one
//! bulk request, its outcomes coming back in the same order.
//!
//! Guarantee: lines of one stream are executed in their order, also when the lane breaks. Then its
//! unanswered lines, and all that come after them, are executed here, in their order. What the
//! owner may still do of them it does in the same order, and the command ids make each happen once.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use docket_schemas::control::Claimed;
use futures::FutureExt as _;
use futures::future::{BoxFuture, OptionFuture};
use http::StatusCode;
use hyper_util::client::legacy::ResponseFuture;
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};

use super::super::lines::{Line, Lines};
use super::super::rejections::{Elsewhere, Reply};
use super::Queue;
use super::line::{Checked, Sender};
use crate::forward::{Came, Forwarding, Here, LOOK, Typed, count, failure};
use crate::partition::Waiting;
use crate::partition::admission::Permit;

/// Where lines are put to be sent on. Dropping it ends the lane when all are answered.
pub(super) struct Lane(mpsc::UnboundedSender<Onward>);

/// A line that is sent on.
pub(super) struct Onward {
    partition: usize,
    owner: Arc<Claimed>,
    bytes: Bytes,
    checked: Checked,
    tell: oneshot::Sender<Told>,
    /// Its place among the commands that wait for another replica, until it is answered.
    _permit: Permit,
}

/// What became of a line that was sent on.
pub(super) enum Told {
    /// The owner's outcome.
    There(OwnersWords),
    /// It is executed here after all.
    Here(Result<Waiting, Reply>, Here),
}

/// An outcome line as its owner wrote it, from behind the line's number.
pub(super) struct OwnersWords(Bytes);

/// Why a lane broke.
struct Lost {
    came: Came,
    /// What it had not answered may still be done there.
    uncertain: bool,
    /// The owner is gone, and its partitions are claimed.
    gone: bool,
}

/// The longest outcome line.
const OUTCOME_BYTES_MAX: usize = 64 << 10;
/// How every outcome begins.
const BEGINNING: &[u8] = b"{\"line\":";

impl Onward {
    pub(super) fn new(
        partition: usize,
        owner: Arc<Claimed>,
        bytes: Bytes,
        checked: Checked,
        permit: Permit,
    ) -> (Self, oneshot::Receiver<Told>) {
        let (tell, told) = oneshot::channel();
        let onward = Self {
            partition,
            owner,
            bytes,
            checked,
            tell,
            _permit: permit,
        };
        (onward, told)
    }
}

impl Lane {
    /// Over a bulk request that was opened to the owner.
    pub(super) fn start(
        forwarding: Arc<Forwarding>,
        owner: Arc<Claimed>,
        patience: Duration,
        (out, asked): (mpsc::UnboundedSender<Bytes>, Option<ResponseFuture>),
        sender: Arc<Sender>,
        queue: Queue,
    ) -> Self {
        let (lines, receiver) = mpsc::unbounded_channel();
        let running = Running {
            forwarding,
            owner,
            patience,
            lines: receiver,
            unanswered: VecDeque::new(),
            partitions: Vec::new(),
        };
        tokio::spawn(running.run(out, asked, sender, queue));
        Self(lines)
    }

    pub(super) fn send(&self, onward: Onward) {
        // The lane's task receives until this is dropped.
        let _ = self.0.send(onward);
    }
}

struct Running {
    forwarding: Arc<Forwarding>,
    owner: Arc<Claimed>,
    /// How long the owner may answer nothing, whatever else moves. Lines wait where single commands
    /// don't, so it is longer than for these.
    patience: Duration,
    lines: mpsc::UnboundedReceiver<Onward>,
    /// Sent on, in order.
    unanswered: VecDeque<Onward>,
    /// Those whose lines take this lane.
    partitions: Vec<usize>,
}

impl Running {
    async fn run(
        mut self,
        out: mpsc::UnboundedSender<Bytes>,
        asked: Option<ResponseFuture>,
        sender: Arc<Sender>,
        mut queue: Queue,
    ) {
        let ended = match asked {
            Some(asked) => self.there(out, Answer::Head(Box::pin(asked))).await,
            None => Err(Lost::gone()),
        };
        let Err(lost) = ended else {
            return;
        };
        let mut here = Here {
            uncertain: lost.uncertain,
        };
        for onward in std::mem::take(&mut self.unanswered) {
            count(lost.came);
            self.execute(onward, here, &lost, &sender, &mut queue).await;
        }
        here = Here::certainly();
        while let Some(onward) = self.lines.recv().await {
            self.execute(onward, here, &lost, &sender, &mut queue).await;
        }
    }

    /// Sends lines and hears outcomes until all are answered and no more come, or it breaks.
    async fn there(
        &mut self,
        out: mpsc::UnboundedSender<Bytes>,
        mut answer: Answer,
    ) -> Result<(), Lost> {
        let mut out = Some(out);
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let forwarding = Arc::clone(&self.forwarding);
        let mut quiet = forwarding.silence.begins(&self.owner, &self.partitions);
        let mut asking: Option<BoxFuture<'_, bool>> = None;
        while out.is_some() || !self.unanswered.is_empty() {
            tokio::select! {
                // What the owner says counts before what its silence means.
                biased;
                outcome = answer.next(&forwarding) => {
                    quiet.broken();
                    asking = None;
                    self.told(&outcome?)?;
                }
                Some(gone) = OptionFuture::from(asking.as_mut()) => {
                    asking = None;
                    quiet.broken();
                    if gone {
                        return Err(Lost::silent());
                    }
                }
                _ = looks.tick(), if asking.is_none() && !self.unanswered.is_empty() => {
                    let silence = &forwarding.silence;
                    if silence.wordless(&mut quiet, &self.partitions) >= self.patience {
                        return Err(Lost::silent());
                    }
                    let of = self.still_theirs();
                    if silence.is_long(&mut quiet, &of) {
                        // Beside the lane's work: a log that is away takes its time to say so.
                        asking = Some(async move { silence.is_not_the_logs(&of).await }.boxed());
                    }
                }
                onward = self.lines.recv(), if out.is_some() => match (onward, &out) {
                    (Some(onward), Some(out)) => {
                        if self.unanswered.is_empty() {
                            quiet.broken();
                        }
                        // If nobody takes it, the answer breaks off, too.
                        let _ = out.send(onward.bytes.clone());
                        if !self.partitions.contains(&onward.partition) {
                            self.partitions.push(onward.partition);
                        }
                        self.unanswered.push_back(onward);
                    }
                    _ => out = None,
                },
            }
        }
        Ok(())
    }

    /// Those that the lane's owner still owns: how another's partition moves says nothing of it.
    fn still_theirs(&self) -> Vec<usize> {
        let owners = &self.forwarding.owners;
        let theirs = |partition: &usize| owners.elsewhere(*partition).as_ref() == Some(&self.owner);
        self.partitions.iter().copied().filter(theirs).collect()
    }

    /// Gives an outcome to the line that has waited longest.
    fn told(&mut self, outcome: &Bytes) -> Result<(), Lost> {
        let words = OwnersWords::new(outcome).ok_or_else(Lost::broken)?;
        if let Some(elsewhere) = words.elsewhere() {
            return Err(Lost::elsewhere(elsewhere));
        }
        let onward = self.unanswered.pop_front().ok_or_else(Lost::broken)?;
        count(Came::Answered);
        let silence = &self.forwarding.silence;
        silence.answered(onward.partition, &self.owner);
        // Whoever sent the line may be gone.
        let _ = onward.tell.send(Told::There(words));
        Ok(())
    }

    async fn execute(
        &self,
        onward: Onward,
        here: Here,
        lost: &Lost,
        sender: &Sender,
        queue: &mut Queue,
    ) {
        if lost.gone {
            let owners = &self.forwarding.owners;
            owners.take_over(onward.partition, &onward.owner);
        }
        let queued = match sender.request(&onward.checked) {
            Ok(request) => queue.queue(onward.partition, request).await,
            Err(reply) => Err(reply),
        };
        let _ = onward.tell.send(Told::Here(queued, here));
    }
}

/// The owner's answer, as far as it has come.
enum Answer {
    Head(Pin<Box<ResponseFuture>>),
    Outcomes(Lines),
}

impl Answer {
    /// The next outcome. Cancel-safe.
    async fn next(&mut self, forwarding: &Forwarding) -> Result<Bytes, Lost> {
        loop {
            match self {
                Self::Head(asked) => match asked.await {
                    Ok(answer) if !forwarding.is_from_replica(answer.headers()) => {
                        return Err(Lost::foreign());
                    }
                    Ok(answer) if answer.status() == StatusCode::OK => {
                        let body = Body::new(answer.into_body());
                        *self = Self::Outcomes(Lines::new(body, OUTCOME_BYTES_MAX));
                    }
                    Ok(answer) if answer.status() == StatusCode::MISDIRECTED_REQUEST => {
                        return Err(Lost::elsewhere(Elsewhere::FromNowOn));
                    }
                    // It took no line.
                    Ok(_) => return Err(Lost::elsewhere(Elsewhere::ThisTime)),
                    Err(error) => {
                        return Err(match failure(&error) {
                            Came::Gone => Lost::gone(),
                            Came::Unreached => Lost::unreached(),
                            _ => Lost::broken(),
                        });
                    }
                },
                Self::Outcomes(lines) => match lines.next().await {
                    Ok(Some(Line::Whole(line))) => return Ok(line),
                    _ => return Err(Lost::broken()),
                },
            }
        }
    }
}

impl OwnersWords {
    fn new(outcome: &Bytes) -> Option<Self> {
        let number = outcome.strip_prefix(BEGINNING)?;
        let digits = number.iter().take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        (digits > 0).then(|| Self(outcome.slice(BEGINNING.len() + digits..)))
    }

    /// Writes it as the outcome of the line with that number here.
    pub(super) fn write(&self, line: u64, chunk: &mut Vec<u8>) {
        chunk.extend_from_slice(BEGINNING);
        chunk.extend_from_slice(line.to_string().as_bytes());
        chunk.extend_from_slice(&self.0);
        chunk.push(b'\n');
    }

    /// What it says of the replica it comes from.
    fn elsewhere(&self) -> Option<Elsewhere> {
        #[derive(Deserialize)]
        struct Outcome {
            problem: Typed,
        }
        // Within a JSON text a quotation mark is escaped, so this is the member itself.
        let unavailable: &[u8] = b"\"outcome\":\"unavailable\"";
        let mut windows = self.0.windows(unavailable.len());
        windows.find(|window| *window == unavailable)?;
        let mut whole = Vec::with_capacity(BEGINNING.len() + self.0.len() + 1);
        self.write(0, &mut whole);
        let outcome: Outcome = serde_json::from_slice(&whole).ok()?;
        outcome.problem.elsewhere()
    }
}

impl Lost {
    fn gone() -> Self {
        Self {
            came: Came::Gone,
            uncertain: false,
            gone: true,
        }
    }

    fn unreached() -> Self {
        Self {
            came: Came::Unreached,
            uncertain: false,
            gone: false,
        }
    }

    fn broken() -> Self {
        Self {
            came: Came::Broken,
            uncertain: true,
            gone: true,
        }
    }

    fn foreign() -> Self {
        Self {
            came: Came::Foreign,
            uncertain: true,
            gone: true,
        }
    }

    fn silent() -> Self {
        Self {
            came: Came::Silent,
            uncertain: true,
            gone: true,
        }
    }

    fn elsewhere(elsewhere: Elsewhere) -> Self {
        Self {
            came: Came::Elsewhere,
            uncertain: true,
            gone: elsewhere == Elsewhere::FromNowOn,
        }
    }
}
