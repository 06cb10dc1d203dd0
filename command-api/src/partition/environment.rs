//! What a partition's task takes from the machine it runs on, besides the log: the time of day and
//! how its writer waits. A simulation brings its own, so that a seed replays exactly.
//!
//! Nothing else of a task's behaviour may come from outside. Record ids and the time of a settling
//! barrier are the exceptions: nothing that a task does depends on their values.

use std::fmt;
use std::sync::Arc;

use docket_event_log::{Cursor, Partition, WriterConfig};
use jiff::Timestamp;

use super::state::PartitionState;

/// The time of day that commands are decided at. It may jump, forwards and backwards.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that tells what the function returns.
    #[cfg(test)]
    pub(crate) fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The machine's.
    pub(crate) fn system() -> Self {
        Self(Arc::new(Timestamp::now))
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// What a task leaves: where it had read to, and what it made of that.
pub(crate) type Ended = (Cursor, PartitionState);

/// The machine, as all partitions' tasks of a process see it.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    /// Dates each batch.
    pub(crate) clock: Clock,
    /// How writers wait. Each partition's jitter starts from a seed of its own, made from this one.
    pub(crate) writer: WriterConfig,
    /// Is given each partition's state when its task has ended.
    #[cfg(test)]
    pub(crate) ended: Option<std::sync::mpsc::Sender<Ended>>,
}

impl Environment {
    /// The real one.
    pub(crate) fn system() -> Self {
        Self {
            clock: Clock::system(),
            writer: WriterConfig::default(),
            #[cfg(test)]
            ended: None,
        }
    }

    /// A task has ended with this state; a process needs it no more, a simulation compares it.
    #[cfg_attr(
        not(test),
        expect(clippy::unused_self, reason = "only tests ask for it")
    )]
    pub(super) fn ended(&self, ended: Ended) {
        #[cfg(test)]
        if let Some(receiver) = &self.ended {
            let _ = receiver.send(ended);
        }
        #[cfg(not(test))]
        drop(ended);
    }

    /// How that partition's writer waits.
    pub(super) fn writer(&self, partition: Partition) -> WriterConfig {
        WriterConfig {
            jitter_seed: self.writer.jitter_seed.wrapping_add(partition.0.into()),
            ..self.writer.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_each_partition_waits_of_its_own() {
        let environment = Environment {
            clock: Clock::new(|| Timestamp::UNIX_EPOCH),
            writer: WriterConfig {
                jitter_seed: u64::MAX,
                ..WriterConfig::default()
            },
            ended: None,
        };
        let seed = |partition| environment.writer(Partition(partition)).jitter_seed;
        assert_eq!((seed(0), seed(1)), (u64::MAX, 0));
        assert_eq!(environment.clock.now(), Timestamp::UNIX_EPOCH);
    }
}
