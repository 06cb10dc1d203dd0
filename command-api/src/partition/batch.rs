//! Decides a batch of commands on a scratch overlay of the state, and keeps them until the log has
//! settled them.
//!
//! Guarantees: every event and every answer is decided on exactly the state its record extends;
//! what a batch refuses or finds already so is listed in a barrier of the same batch, and answered
//! when that is read back valid. A batch wins up to its first lost record, so the barrier with a
//! stream's answers always goes before a later event of that stream: commands of one stream are
//! settled in the order they came in, whatever is lost.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;

use bytes::Bytes;
use docket_domain::stream::{Aggregate, Command, Event, StreamId, authorize, decide, evolve};
use docket_domain::{EventContext, TicketCommand, TicketEvent};
use docket_event_log::Draft;
use docket_schemas::attributes::{CommandId, EventAttributes};
use docket_schemas::control::{self, AnswerOutcome, Barrier, Claimed};
use docket_schemas::{EncodeError, event, stream};
use docket_service::telemetry::Chain;
use jiff::{SignedDuration, Timestamp};

use super::command::{Answer, Here, Pending, Request};
use super::state::PartitionState;
use crate::snapshot::Unreadable;

/// Answers in one barrier: each takes less than 600 bytes, a record's data 60 KiB.
const ANSWERS_PER_BARRIER: usize = 96;

/// Commands that were decided together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// In the order they came in; `None` once answered.
    commands: Vec<Option<Pending>>,
    /// For each record sent, what its coming back settles.
    settles: Vec<Settles>,
    /// Commands whose answers stand in barriers, in that order.
    answered: Vec<usize>,
}

#[derive(Debug)]
enum Settles {
    /// The command that the event comes from.
    Command(usize),
    /// The commands that the barrier answers, as a range of `answered`.
    Answers(Range<usize>),
    /// Nobody waits for a claim.
    Claim,
}

impl Batch {
    /// The commands that record `index` settles, now that it has come back.
    pub(crate) fn settled_by(&mut self, index: usize) -> impl Iterator<Item = Pending> {
        let indices = match &self.settles[index] {
            Settles::Command(command) => std::slice::from_ref(command),
            Settles::Answers(range) => &self.answered[range.clone()],
            Settles::Claim => &[],
        };
        let commands = &mut self.commands;
        indices
            .iter()
            .filter_map(|command| commands[*command].take())
    }

    /// Puts a claim before the batch's records.
    pub(crate) fn claim_first(&mut self, drafts: &mut Vec<Draft>, claim: &Claimed, now: Timestamp) {
        // An id and an address: it always encodes.
        let Ok(data) = claim.encode() else {
            return;
        };
        self.settles.insert(0, Settles::Claim);
        let draft = control_draft(Claimed::TYPE, data, now);
        drafts.insert(0, draft);
    }

    /// Whether this command is among those that were not settled.
    pub(crate) fn holds(&self, id: CommandId) -> bool {
        let mut commands = self.commands.iter().flatten();
        commands.any(|pending| pending.request.id == id)
    }

    /// The commands that were not settled, in the order they came in.
    pub(crate) fn into_unsettled(self) -> impl DoubleEndedIterator<Item = Pending> {
        self.commands.into_iter().flatten()
    }
}

/// What decides, besides the state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// The time of the batch.
    pub(crate) now: Timestamp,
    /// How long a closed ticket may be reopened.
    pub(crate) reopen_window: SignedDuration,
    /// Most commands in the batch.
    pub(crate) limit: usize,
    /// Where answers are told from.
    pub(crate) here: Here,
}

/// Takes commands from the front of `waiting` and decides them. Answers at once what needs no new
/// record: repeats of commands whose outcome the log has, and streams this version can't read. On
/// an error nothing was decided, and all others wait as before.
pub(crate) fn decide_batch(
    state: &mut PartitionState,
    waiting: &mut VecDeque<Pending>,
    terms: Terms,
) -> Result<(Batch, Vec<Draft>), Unreadable> {
    let opened = state.opened();
    let mut scratch = Scratch {
        state,
        terms,
        changed: HashMap::new(),
        opened,
        known: HashSet::new(),
        unwritten: Vec::new(),
        unwritten_of: HashSet::new(),
        batch: Batch::default(),
        drafts: Vec::new(),
    };
    while scratch.batch.commands.len() < terms.limit
        && let Some(pending) = waiting.pop_front()
    {
        let stream = pending.request.stream;
        let was_warm = scratch.state.stream(stream).is_some();
        if let Err(error) = scratch.state.warm(stream) {
            waiting.push_front(pending);
            for taken in scratch.batch.into_unsettled().rev() {
                waiting.push_front(taken);
            }
            return Err(error);
        }
        let taken = scratch.batch.commands.len();
        scratch.take(pending);
        // Answered at once: no record will follow, with which a later snapshot would have it.
        if !was_warm && scratch.batch.commands.len() == taken {
            scratch.state.cool(stream);
        }
    }
    scratch.write_answers();
    Ok((scratch.batch, scratch.drafts))
}

struct Scratch<'a> {
    /// Changed by nothing but warming.
    state: &'a mut PartitionState,
    terms: Terms,
    /// The streams that this batch changes.
    changed: HashMap<StreamId, Changed>,
    opened: u64,
    /// The commands of this batch.
    known: HashSet<CommandId>,
    /// Answers that no barrier of the batch lists yet, and of which streams they are.
    unwritten: Vec<control::Answer>,
    unwritten_of: HashSet<StreamId>,
    batch: Batch,
    drafts: Vec<Draft>,
}

/// How a stream will be.
enum Changed {
    /// As the state has it, and this event. Few batches have a second command for a stream, so it
    /// is left at that until one is there.
    Once(EventContext, Event),
    /// So.
    To(Aggregate),
}

impl Scratch<'_> {
    fn take(&mut self, mut pending: Pending) {
        let request = &mut pending.request;
        if let Some(stream) = self.state.stream(request.stream) {
            if let Some(outcome) = stream.outcomes.find(request.id) {
                let answer = if outcome.digest == request.digest {
                    Answer::of(request.stream, stream, outcome, self.terms.here)
                } else {
                    Answer::KeyReused
                };
                return pending.answer(answer);
            }
            if stream.undecodable {
                return pending.answer(Answer::Undecodable);
            }
        }
        if !self.known.insert(request.id) {
            // The same command twice in one batch: the second waits for the first one's outcome.
            return self.batch.commands.push(Some(pending));
        }
        match self.decide(request) {
            Ok(()) => self.batch.commands.push(Some(pending)),
            Err(error) => pending.answer(Answer::TooLarge(Chain(&error).to_string())),
        }
    }

    /// Decides a command and notes its record, or its answer for a barrier to come. The command
    /// itself is pushed to the batch afterwards, so its index is the batch's length now.
    fn decide(&mut self, request: &mut Request) -> Result<(), EncodeError> {
        let context = request.context(self.terms.now);
        match &mut request.command {
            Command::Ticket(TicketCommand::Open(open)) => {
                open.number = self.state.number(self.opened);
            }
            Command::Ticket(TicketCommand::Close { reopen_until }) => {
                // Past the calendar's end there is no later time than its last.
                *reopen_until = context
                    .occurred_at
                    .saturating_add(self.terms.reopen_window)
                    .unwrap_or(Timestamp::MAX);
            }
            _ => {}
        }
        let (id, command) = (request.stream, &request.command);
        self.evolve_changed(id);
        let aggregate = self.aggregate(id);
        let version = aggregate.version();
        let decision = authorize(id, &context, &aggregate, command)
            .and_then(|()| decide(id, &aggregate, &context, command));
        drop(aggregate);
        match decision {
            Ok(Some(event)) => self.write_event(request, EventContext::from(&context), event),
            Ok(None) => {
                self.note_answer(request, version, AnswerOutcome::Unchanged);
                Ok(())
            }
            Err(rejection) => {
                self.note_answer(request, version, AnswerOutcome::Rejected(rejection));
                Ok(())
            }
        }
    }

    /// Makes of the stream what the batch has made of it so far.
    fn evolve_changed(&mut self, id: StreamId) {
        if let Some(Changed::Once(context, event)) = self.changed.get(&id) {
            let aggregate = evolve(self.unchanged(id).into_owned(), context, event);
            self.changed.insert(id, Changed::To(aggregate));
        }
    }

    /// The stream as it will be; [evolve](Self::evolve_changed) it first.
    fn aggregate(&self, id: StreamId) -> Cow<'_, Aggregate> {
        match self.changed.get(&id) {
            Some(Changed::To(aggregate)) => Cow::Borrowed(aggregate),
            _ => self.unchanged(id),
        }
    }

    fn unchanged(&self, id: StreamId) -> Cow<'_, Aggregate> {
        match self.state.stream(id) {
            Some(stream) => Cow::Borrowed(&stream.aggregate),
            None => Cow::Owned(Aggregate::initial(id)),
        }
    }

    fn write_event(
        &mut self,
        request: &Request,
        context: EventContext,
        event: Event,
    ) -> Result<(), EncodeError> {
        let (kind, data) = event::encode(&event)?;
        if self.unwritten_of.contains(&request.stream) {
            self.write_answers();
        }
        let attributes = EventAttributes {
            context: context.clone(),
            command_id: request.id,
            command_digest: request.digest,
        };
        self.drafts.push(Draft {
            kind,
            key: Bytes::from(stream::key(request.stream)),
            time: self.terms.now,
            attributes: attributes.to_pairs(),
            traceparent: request.traceparent.clone(),
            data: Bytes::from(data),
        });
        let index = self.batch.commands.len();
        self.batch.settles.push(Settles::Command(index));
        self.opened += u64::from(matches!(event, Event::Ticket(TicketEvent::Opened(_))));
        let changed = match self.changed.remove(&request.stream) {
            Some(Changed::To(before)) => Changed::To(evolve(before, &context, &event)),
            _ => Changed::Once(context, event),
        };
        self.changed.insert(request.stream, changed);
        Ok(())
    }

    fn note_answer(&mut self, request: &Request, version: u32, outcome: AnswerOutcome) {
        if self.unwritten.len() == ANSWERS_PER_BARRIER {
            self.write_answers();
        }
        // The same as folding the answer will do.
        if request.source_sequence.is_some() {
            let mut aggregate = match self.changed.remove(&request.stream) {
                Some(Changed::To(aggregate)) => aggregate,
                _ => self.unchanged(request.stream).into_owned(),
            };
            aggregate.saw_source_sequence(request.source_sequence);
            self.changed.insert(request.stream, Changed::To(aggregate));
        }
        self.unwritten.push(control::Answer {
            stream: stream::key(request.stream),
            command_id: request.id,
            command_digest: request.digest,
            source_sequence: request.source_sequence,
            version,
            outcome,
        });
        self.unwritten_of.insert(request.stream);
        self.batch.answered.push(self.batch.commands.len());
    }

    /// Lists the answers that are not written yet in a barrier; none, no barrier.
    fn write_answers(&mut self) {
        if self.unwritten.is_empty() {
            return;
        }
        let answers = std::mem::take(&mut self.unwritten);
        self.unwritten_of.clear();
        let end = self.batch.answered.len();
        let range = end - answers.len()..end;
        // Only numbers, ids and words: it always encodes, and fits by the bound above. If it ever
        // did not, its commands would be decided again, never answered wrongly.
        let Ok(data) = (Barrier { answers }).encode() else {
            tracing::error!("a barrier could not be encoded; its commands are not answered");
            return;
        };
        let barrier = control_draft(Barrier::TYPE, data, self.terms.now);
        self.drafts.push(barrier);
        self.batch.settles.push(Settles::Answers(range));
    }
}

fn control_draft(kind: &'static str, data: Vec<u8>, time: Timestamp) -> Draft {
    Draft {
        kind,
        key: Bytes::from_static(control::KEY.as_bytes()),
        time,
        attributes: Vec::new(),
        traceparent: None,
        data: Bytes::from(data),
    }
}

#[cfg(test)]
mod tests;
