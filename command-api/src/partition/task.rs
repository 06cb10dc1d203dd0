//! One partition's task: owns its commands, its state and its writer.
//!
//! Guarantee: a command accepted here is executed at most once and answered from the log, or
//! answered "not done" while that is certain; who waits for the answer makes no difference to it.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use docket_event_log::{Error, PartitionWriter, Settled, Step};
use docket_service::telemetry::Chain;
use futures::FutureExt as _;
use jiff::SignedDuration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::batch::{Batch, Terms, decide_batch};
use super::command::{Answer, Asked, Here, NotDone, Pending};
use super::environment::{Clock, Ended};
use super::fold::{Folded, fold};
use super::gauges::Gauges;
use super::owner::Wish;
use super::state::{Adoption, PartitionState};
use super::status::{Status, Way};
use crate::snapshot::{Lost, Unreadable, Witness};

/// How often commands that waited too long are looked for while nothing else happens.
const SWEEP: Duration = Duration::from_millis(100);
/// How many streams are shed from memory in one turn: under a millisecond.
const SHED: usize = 1_024;

/// Why a partition can't be read on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Log(#[from] Error),
    #[error(transparent)]
    Snapshot(#[from] Unreadable),
    #[error(transparent)]
    Lost(#[from] Lost),
}

pub(crate) struct Task {
    pub(super) writer: PartitionWriter,
    /// Dates the batches.
    pub(super) clock: Clock,
    pub(super) state: PartitionState,
    /// What must turn up until the task has caught up.
    pub(super) witness: Option<Witness>,
    /// Snapshots whose cold part is to be taken over, in order.
    pub(super) adoptions: mpsc::UnboundedReceiver<Adoption>,
    /// The next of them.
    pub(super) adoption: Option<Adoption>,
    pub(super) asked: mpsc::UnboundedReceiver<Asked>,
    /// Received, in order, not in flight.
    pub(super) waiting: VecDeque<Pending>,
    /// None of them expires before that.
    pub(super) expires_at: Option<Instant>,
    pub(super) in_flight: Option<Batch>,
    /// The claim to append.
    pub(super) wish: Option<Wish>,
    /// When the batch in flight was sent, or something was read while it was.
    pub(super) sent_at: Instant,
    /// How long after that the partition takes no more commands.
    pub(super) stalled_after: Duration,
    /// Most commands in the next batch: halved on a loss, doubled on a win.
    pub(super) limit: usize,
    pub(super) limit_max: usize,
    pub(super) reopen_window: SignedDuration,
    pub(super) status: Arc<Status>,
    pub(super) gauges: Gauges,
    pub(super) stop: CancellationToken,
}

impl Task {
    /// Runs until the process stops or the partition can't be read on; `caught_up` is told when
    /// everything before `end` has been folded. Leaves where it had read to, and its state.
    pub(crate) async fn run(
        mut self,
        end: docket_event_log::Place,
        caught_up: oneshot::Sender<()>,
    ) -> Ended {
        self.status.owned_by(self.state.owner());
        let mut caught_up = Some(caught_up);
        let mut ended = self.catch_up(end).await;
        if ended.is_ok() {
            self.status.set(Way::Open);
            let _ = caught_up.take().map(|waiting| waiting.send(()));
            ended = self.serve().await;
        }
        match ended {
            Ok(()) => self.refuse_all(NotDone::Stopping).await,
            Err(error) => {
                let why = Chain(&error).to_string();
                let partition = self.writer.cursor().partition.0;
                tracing::error!(partition, error = why, "the partition can't be read on");
                self.status.fail(why);
                // Whoever waits for it asks how it is.
                drop(caught_up);
                self.gauges.failed();
                self.refuse_all(NotDone::Failed).await;
            }
        }
        (self.writer.cursor().clone(), self.state)
    }

    /// Reads what was in the log when the process started. Commands are refused meanwhile.
    async fn catch_up(&mut self, end: docket_event_log::Place) -> Result<(), Failure> {
        while !self.writer.cursor().has_reached(end) {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return Ok(()),
                step = self.writer.next() => self.read(&step?)?,
            }
        }
        match self.witness.take() {
            Some(witness) => Ok(witness.missed(self.writer.cursor(), end)?),
            None => Ok(()),
        }
    }

    async fn serve(&mut self) -> Result<(), Failure> {
        let mut sweep = interval(SWEEP);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut open = true;
        loop {
            open &= self.receive();
            self.adopt();
            self.start_batch()?;
            if self.in_flight.is_none() && !open {
                return Ok(());
            }
            // In a fixed order, so that a simulation replays exactly, and none starves: the stop
            // comes once and the sweep ten times a second; reading may be ready always, but
            // commands need no turn of their own, since each round takes all that have come. They
            // stand here to wake an idle task.
            tokio::select! {
                biased;
                () = self.stop.cancelled(), if !self.asked.is_closed() => self.asked.close(),
                _ = sweep.tick() => self.sweep(),
                step = self.writer.next() => self.read(&step?)?,
                // While a batch is in flight, commands gather in the channel for the next one.
                asked = self.asked.recv(), if open && self.in_flight.is_none() => {
                    match asked {
                        Some(asked) => self.take(asked),
                        None => open = false,
                    }
                }
                // Last, and after whatever else the thread has to do.
                () = tokio::task::yield_now(), if self.state.is_shedding() => {}
            }
        }
    }

    /// Takes what has come. False when nothing will come any more: it must show here, since under
    /// steady reading nobody else asks.
    fn receive(&mut self) -> bool {
        loop {
            match self.asked.recv().now_or_never() {
                Some(Some(asked)) => self.take(asked),
                Some(None) => return false,
                None => return true,
            }
        }
    }

    fn take(&mut self, asked: Asked) {
        match asked {
            Asked::Command(command) => {
                self.expects(&command);
                self.waiting.push_back(command);
            }
            Asked::Claim(wish) => self.wish = Some(wish),
        }
    }

    /// Lets go of a claim that is done, or that somebody else was faster with.
    fn look_at_wish(&mut self) {
        self.wish
            .take_if(|wish| self.state.owner() != wish.instead_of.as_ref());
    }

    fn start_batch(&mut self) -> Result<(), Failure> {
        self.look_at_wish();
        while self.in_flight.is_none() && (!self.waiting.is_empty() || self.wish.is_some()) {
            self.drop_expired();
            let terms = Terms {
                now: self.clock.now(),
                reopen_window: self.reopen_window,
                limit: self.limit,
                here: self.here(),
            };
            let (mut batch, mut drafts) = decide_batch(&mut self.state, &mut self.waiting, terms)?;
            if let Some(wish) = &self.wish {
                batch.claim_first(&mut drafts, &wish.owner, terms.now);
            }
            if drafts.is_empty() {
                // Everything was answered at once, but for repeats of what was answered at once.
                self.take_back(batch);
                continue;
            }
            if let Err(error) = self.writer.start_append(drafts) {
                self.take_back(batch);
                return Err(error.into());
            }
            self.in_flight = Some(batch);
            self.sent_at = Instant::now();
        }
        Ok(())
    }

    /// Folds what was read, in order, and answers each command of ours whose record is in it.
    fn read(&mut self, step: &Step) -> Result<(), Failure> {
        // Before anybody is answered, who might come back at once.
        self.sent_at = Instant::now();
        self.status.goes_on();
        for (record, own) in &step.records {
            if self
                .witness
                .as_ref()
                .is_some_and(|witness| witness.is(record))
            {
                self.witness = None;
            }
            match fold(&mut self.state, record)? {
                Folded::Fine => {}
                Folded::Claimed => self.claimed(own.is_some()),
                Folded::Undecodable { id, why } => {
                    tracing::error!(stream = %id, why, "commands for it are refused from here on");
                    metrics::counter!("docket_streams_undecodable_total").increment(1);
                }
            }
            if let (Some(index), Some(batch)) = (own, &mut self.in_flight) {
                let here = Here {
                    incarnation: self.writer.cursor().incarnation.0,
                    partition: self.writer.cursor().partition.0,
                };
                for pending in batch.settled_by(*index) {
                    let answer = answer(&self.state, &pending, here);
                    pending.answer(answer);
                }
            }
        }
        if let Some(Settled { lost, .. }) = step.settled {
            self.limit = if lost > 0 {
                (self.limit / 2).max(1)
            } else {
                (self.limit * 2).min(self.limit_max)
            };
            if let Some(batch) = self.in_flight.take() {
                self.take_back(batch);
            }
        }
        self.status.read_to(self.writer.cursor().next);
        Ok(())
    }

    /// Takes over the cold part of a snapshot as soon as as much has been read, and sheds from
    /// memory, a little at a time, what lies there.
    fn adopt(&mut self) {
        self.state.shed(SHED);
        let next = self.writer.cursor().next_sequence();
        let adoption = self.adoption.take();
        if let Some(adoption) = adoption.or_else(|| self.adoptions.try_recv().ok()) {
            self.adoption = self.state.adopt(adoption, next);
        }
    }

    /// The partition has another owner; by a claim of ours, or of somebody else's.
    fn claimed(&mut self, ours: bool) {
        self.status.owned_by(self.state.owner());
        if let (true, Some(wish)) = (ours, &self.wish) {
            metrics::counter!("docket_claims_total", "reason" => wish.reason.as_str()).increment(1);
            let partition = self.writer.cursor().partition.0;
            let (owner, reason) = (&wish.owner.address, wish.reason.as_str());
            tracing::info!(partition, owner, reason, "the partition has another owner");
        }
    }

    /// Commands that lost go before those that came later, in their own order.
    fn take_back(&mut self, batch: Batch) {
        for pending in batch.into_unsettled().rev() {
            self.expects(&pending);
            self.waiting.push_front(pending);
        }
    }

    fn sweep(&mut self) {
        let _ = self.receive();
        self.drop_expired();
        self.drop_stalled();
        self.gauges.queue(self.status.held());
    }

    /// While the log stands still, nobody is kept waiting for it. Bulk lines wait: their order
    /// within a ticket must hold.
    fn drop_stalled(&mut self) {
        if self.in_flight.is_none() || self.sent_at.elapsed() < self.stalled_after {
            return;
        }
        self.status.set(Way::Stalled);
        let waiting = std::mem::take(&mut self.waiting);
        for pending in waiting {
            if pending.give_up_at.is_some() {
                self.drop(pending, NotDone::Stalled);
            } else {
                self.waiting.push_back(pending);
            }
        }
    }

    /// Answers "not done" to commands that have waited too long without being sent.
    fn drop_expired(&mut self) {
        let now = Instant::now();
        if self.expires_at.is_none_or(|at| now < at) {
            return;
        }
        self.expires_at = None;
        for pending in std::mem::take(&mut self.waiting) {
            if pending.give_up_at.is_some_and(|at| at <= now) {
                self.drop(pending, NotDone::Expired);
            } else {
                self.expects(&pending);
                self.waiting.push_back(pending);
            }
        }
    }

    /// Notes when it expires, so that all are looked through only when one may have.
    fn expects(&mut self, pending: &Pending) {
        let earliest = self.expires_at.into_iter().chain(pending.give_up_at);
        self.expires_at = earliest.min();
    }

    /// Answers a command that was not sent. The same one may be in flight all the same, for whoever
    /// asked first; then nobody is told "not done".
    fn drop(&self, pending: Pending, why: NotDone) {
        let in_flight = self.in_flight.as_ref();
        let answer = if in_flight.is_some_and(|batch| batch.holds(pending.request.id)) {
            Answer::Unknown
        } else {
            Answer::NotDone(why)
        };
        pending.answer(answer);
    }

    fn here(&self) -> Here {
        let cursor = self.writer.cursor();
        Here {
            incarnation: cursor.incarnation.0,
            partition: cursor.partition.0,
        }
    }

    /// What is in flight may still happen, the rest won't; nothing is taken any more.
    async fn refuse_all(&mut self, why: NotDone) {
        for pending in std::mem::take(&mut self.waiting) {
            self.drop(pending, why);
        }
        let mut in_doubt = HashSet::new();
        if let Some(batch) = self.in_flight.take() {
            for pending in batch.into_unsettled() {
                in_doubt.insert(pending.request.id);
                pending.answer(Answer::Unknown);
            }
        }
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled(), if !self.asked.is_closed() => self.asked.close(),
                asked = self.asked.recv() => match asked {
                    Some(Asked::Command(pending)) if in_doubt.contains(&pending.request.id) => {
                        pending.answer(Answer::Unknown);
                    }
                    Some(Asked::Command(pending)) => pending.answer(Answer::NotDone(why)),
                    Some(Asked::Claim(_)) => {}
                    None => return,
                },
            }
        }
    }
}

/// The answer to a command whose record has just been folded.
fn answer(state: &PartitionState, pending: &Pending, here: Here) -> Answer {
    let request = &pending.request;
    state
        .stream(request.stream)
        .and_then(|stream| {
            let outcome = stream.outcomes.find(request.id)?;
            Some(Answer::of(request.stream, stream, outcome, here))
        })
        .unwrap_or(Answer::Unknown)
}
