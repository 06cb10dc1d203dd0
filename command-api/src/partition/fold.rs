//! From a valid record to the state: one code path for own, foreign and replayed records.
//!
//! Guarantee: the state and the outcomes depend on the valid records alone, so every replica that
//! has read as far has the same.

use docket_domain::Ticket;
use docket_domain::stream::{Aggregate, Event, StreamId, evolve};
use docket_event_log::Record;
use docket_schemas::attributes::EventAttributes;
use docket_schemas::control::{Answer, AnswerOutcome, Barrier, Claimed};
use docket_schemas::{event, stream};
use docket_service::telemetry::Chain;

use super::outcomes::{FirstResult, Outcome};
use super::owner::is_host_and_port;
use super::state::PartitionState;
use crate::snapshot::Unreadable;

/// What folding a record showed that an operator should know.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Folded {
    /// Nothing of the kind.
    Fine,
    /// The partition has another owner.
    Claimed,
    /// An event of this stream can't be read by this version; commands for it are refused.
    Undecodable {
        id: StreamId,
        /// What can't be read about it.
        why: String,
    },
}

/// Folds one valid record. An error is final: a stream that it changes can't be read, and the state
/// would have a hole.
pub(crate) fn fold(state: &mut PartitionState, record: &Record) -> Result<Folded, Unreadable> {
    // The chain rule doesn't ask for a time, though ours always have one.
    if let Some(at) = record.time() {
        state.see(at);
    }
    let kind = record.kind();
    if kind == Barrier::TYPE {
        // The reader has decoded every control record already, and stops at one it can't.
        if let Ok(barrier) = Barrier::decode(&record.data) {
            for answer in barrier.answers {
                fold_answer(state, record, answer)?;
            }
        }
        return Ok(Folded::Fine);
    }
    if kind == Claimed::TYPE {
        // Whoever may append can name an address. One that no request can be sent to is no claim.
        return Ok(match Claimed::decode(&record.data) {
            Ok(claim) if is_host_and_port(&claim.address) => {
                state.owner = Some(claim);
                Folded::Claimed
            }
            _ => Folded::Fine,
        });
    }
    match stream::parse(&record.key) {
        Some(id) => fold_event(state, record, kind, id),
        // Control records without a say here, and streams of later versions: nothing can be asked
        // of those here.
        None => Ok(Folded::Fine),
    }
}

fn fold_event(
    state: &mut PartitionState,
    record: &Record,
    kind: &str,
    id: StreamId,
) -> Result<Folded, Unreadable> {
    state.warm(id)?;
    let hour = state.hours().count();
    let stream = state.stream_mut(id);
    if stream.undecodable {
        return Ok(Folded::Fine);
    }
    // A ticket's first event opens it, whatever its version calls it: the numbers of those after
    // it count on that.
    let opens = matches!(stream.aggregate, Aggregate::Ticket(Ticket::Unopened));
    let folded = match decoded(record, kind, id) {
        Ok((attributes, event)) => {
            let before = std::mem::replace(&mut stream.aggregate, UNOPENED);
            stream.aggregate = evolve(before, &attributes.context, &event);
            let version = stream.aggregate.version();
            // Of what can't have been decided, nothing may come.
            if version > 0 {
                let outcome = Outcome {
                    id: attributes.command_id,
                    digest: attributes.command_digest,
                    at: hour,
                    sequence: record.sequence.0,
                    version,
                    result: FirstResult::Applied(stream.status()),
                };
                state.note(id, outcome);
            }
            Folded::Fine
        }
        Err(why) => {
            stream.undecodable = true;
            Folded::Undecodable { id, why }
        }
    };
    state.opened += u64::from(opens);
    Ok(folded)
}

/// A ticket before its first event; and what stands for a stream while it evolves.
const UNOPENED: Aggregate = Aggregate::Ticket(Ticket::Unopened);

/// The event, if it is one of that stream's.
fn decoded(record: &Record, kind: &str, id: StreamId) -> Result<(EventAttributes, Event), String> {
    let attributes = EventAttributes::from_lookup(|name| record.attribute(name));
    let attributes = attributes.map_err(|error| error.to_string())?;
    let event = event::decode(kind, &record.data).map_err(|error| Chain(&error).to_string())?;
    if event.is_of(id) {
        Ok((attributes, event))
    } else {
        Err(format!("{kind} is no event of such a stream"))
    }
}

fn fold_answer(
    state: &mut PartitionState,
    record: &Record,
    answer: Answer,
) -> Result<(), Unreadable> {
    let Some(id) = stream::parse(answer.stream.as_bytes()) else {
        return Ok(());
    };
    state.warm(id)?;
    let hour = state.hours().count();
    let stream = state.stream_mut(id);
    stream.aggregate.saw_source_sequence(answer.source_sequence);
    let result = match answer.outcome {
        AnswerOutcome::Unchanged => FirstResult::Unchanged(stream.status()),
        AnswerOutcome::Rejected(rejection) => FirstResult::Rejected(Box::new(rejection)),
        AnswerOutcome::Newer(_) => FirstResult::Newer,
    };
    let outcome = Outcome {
        id: answer.command_id,
        digest: answer.command_digest,
        at: hour,
        sequence: record.sequence.0,
        version: answer.version,
        result,
    };
    state.note(id, outcome);
    Ok(())
}
