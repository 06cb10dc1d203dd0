//! What a stream's state keeps of its events, whatever they say: how many, and how far they reach.

use jiff::Timestamp;

use crate::command::CommandContext;
use crate::event::EventContext;
use crate::preconditions::{check_time, check_version, is_seen};
use crate::rejection::Rejection;

/// How many events a stream has, and how far they reach; [`Default`] is that of no event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct History {
    /// How many events the stream has; the ETag.
    pub version: u32,
    /// The highest sequence of the system it comes from.
    pub source_sequence: Option<u64>,
    /// The running maximum of business time, so that "as of" never runs backwards.
    pub as_of: Timestamp,
}

impl Default for History {
    fn default() -> Self {
        Self {
            version: 0,
            source_sequence: None,
            as_of: Timestamp::MIN,
        }
    }
}

impl History {
    /// With one event more.
    #[must_use]
    pub(crate) fn and(self, context: &EventContext) -> Self {
        Self {
            version: self.version.saturating_add(1),
            source_sequence: self.source_sequence.max(context.source_sequence),
            as_of: self.as_of.max(context.occurred_at),
        }
    }

    /// Raises the highest sequence seen of the system the stream comes from. Events do it by being
    /// folded; whoever folds the log does it for refusals too, so that an import that is run again
    /// never applies what was refused the first time.
    pub fn saw_source_sequence(&mut self, sequence: Option<u64>) {
        self.source_sequence = self.source_sequence.max(sequence);
    }

    /// Whether there is anything left to decide: not if the command's place in the other system's
    /// history was seen before (then it is done, however it ended). Refused if the sender decided
    /// on another version, or the actor may not state that business time.
    pub(crate) fn takes(&self, context: &CommandContext) -> Result<bool, Rejection> {
        if is_seen(self.source_sequence, context) {
            return Ok(false);
        }
        check_version(self.version, context)?;
        check_time(context)?;
        Ok(true)
    }
}
