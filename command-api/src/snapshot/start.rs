//! Starting from snapshots: each partition from its own where that matches the log, and from the
//! log's start where not.

use docket_event_log::{Cursor, Damage, Error, Log, LogIdentity, Partition, Reader};
use docket_service::telemetry::Chain;
use futures::future::join_all;
use std::sync::Arc;

use super::file::Directory;
use super::read::{Found, Snapshot, load};
use super::witness::Witness;
use crate::partition::state::PartitionState;

/// Where a partition starts.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) cursor: Cursor,
    /// Folded up to there.
    pub(crate) state: PartitionState,
    /// What the state comes from.
    pub(crate) snapshot: Option<Arc<Snapshot>>,
    /// What must be met when the log is read from its start.
    pub(crate) witness: Option<Witness>,
}

/// Loads the partitions' snapshots, side by side, and opens a reader where each ends.
pub(crate) async fn open(
    log: &Log,
    directory: Option<&Directory>,
) -> Result<Vec<(Start, Reader)>, Error> {
    let identity = log.identity();
    let partitions = (0..identity.partitions).map(Partition);
    let mut starts: Vec<Start> = match directory {
        None => partitions.map(|n| Start::anew(identity, n)).collect(),
        Some(directory) => join_all(partitions.map(|n| loaded(directory, identity, n))).await,
    };
    // What doesn't match is found one at a time, each at most once.
    loop {
        let cursors: Vec<Cursor> = starts.iter().map(|start| start.cursor.clone()).collect();
        let damage = match Reader::open(log, &cursors).await {
            Ok(readers) => return Ok(starts.into_iter().zip(readers).collect()),
            Err(Error::Damage(damage)) => damage,
            Err(error) => return Err(error),
        };
        let start = partition_of(&damage).and_then(|n| starts.get_mut(usize::from(n.0)));
        let Some((start, snapshot)) = start.and_then(|start| {
            let snapshot = start.snapshot.take()?;
            Some((start, snapshot))
        }) else {
            return Err(Error::Damage(damage));
        };
        let partition = start.cursor.partition;
        tracing::warn!(
            partition = partition.0,
            why = %damage,
            "a snapshot doesn't match the log: reading the log from its start"
        );
        *start = Start {
            witness: Some(snapshot.witness()),
            ..Start::anew(identity, partition)
        };
    }
}

impl Start {
    fn anew(log: &LogIdentity, partition: Partition) -> Self {
        Self {
            cursor: Cursor::start(log.log_id, partition),
            state: PartitionState::new(partition.0, log.partitions),
            snapshot: None,
            witness: None,
        }
    }
}

async fn loaded(directory: &Directory, log: &LogIdentity, partition: Partition) -> Start {
    let anew = Start::anew(log, partition);
    let found = if directory.is_simulated() {
        // In line, so that a run replays exactly.
        Ok(load(directory, log, partition))
    } else {
        let (directory, log) = (directory.clone(), log.clone());
        tokio::task::spawn_blocking(move || load(&directory, &log, partition)).await
    };
    match found {
        Ok(Found::Whole(snapshot, state)) => {
            tracing::info!(
                partition = partition.0,
                next_sequence = snapshot.cursor().next_sequence().0,
                streams = snapshot.streams(),
                cold = snapshot.cold().streams(),
                "starting from a snapshot"
            );
            Start {
                cursor: snapshot.cursor().clone(),
                state,
                snapshot: Some(snapshot),
                witness: None,
            }
        }
        Ok(Found::Unfit(unfit, witness)) => {
            tracing::warn!(
                partition = partition.0,
                file = %directory.file(partition).display(),
                why = %Chain(&unfit),
                "a snapshot is ignored: reading the log from its start"
            );
            Start { witness, ..anew }
        }
        Ok(Found::Nothing) => anew,
        // It panicked: a bug of ours, but the log has everything.
        Err(error) => {
            tracing::error!(partition = partition.0, %error, "loading a snapshot failed");
            anew
        }
    }
}

/// Where it was found, if that is known.
fn partition_of(damage: &Damage) -> Option<Partition> {
    match damage {
        Damage::Shorter { partition, .. }
        | Damage::OutOfRange { partition, .. }
        | Damage::AnotherLog { partition, .. }
        | Damage::Diverged { partition, .. } => Some(*partition),
        Damage::Gone { .. } => None,
    }
}
