//! The log in memory; and, because it is fast, histories at random.

use std::collections::HashSet;
use std::sync::Arc;

use docket_event_log::faults::{FaultRates, FaultyLog};
use docket_event_log::memory::{MemoryLog, MemoryStore};
use docket_event_log::{Damage, Error, Log, Partition, RawEntry};

use crate::arena::Arena;
use crate::support::*;

pub(crate) struct MemoryArena(MemoryStore);

impl Arena for MemoryArena {
    const KEEPS_NOISE: bool = true;

    async fn fresh() -> Self {
        Self(MemoryStore::new(2))
    }

    async fn open_with(&self, partitions: u16) -> Result<Log, Error> {
        Ok(Arc::new(MemoryLog::open(&self.0, partitions).await?))
    }

    async fn rewrite(&self, partition: Partition, change: impl FnOnce(&mut Vec<RawEntry>)) {
        self.0.rewrite(partition, change);
    }
}

#[tokio::test]
async fn a_log_exchanged_under_a_reader_for_a_longer_one_is_damage() {
    let (arena, other) = (MemoryArena::fresh().await, MemoryArena::fresh().await);
    let (log, longer) = (arena.open().await, other.open().await);
    assert_won(append(&mut writer(&log).await, &["1"]).await, 1);
    let mut reader = reader(&log).await;
    read_on(&log, &mut reader).await;
    assert_won(
        append(&mut writer(&longer).await, &["1", "2", "3"]).await,
        3,
    );
    let mut foreign = Vec::new();
    other
        .rewrite(P, |entries| foreign.clone_from(entries))
        .await;
    arena.rewrite(P, |entries| *entries = foreign).await;
    // What it reads first is noise to it, and makes it look at its head again.
    assert_eq!(reader.next().await.unwrap().noise.len(), 2);
    let error = reader.next().await.unwrap_err();
    assert!(
        matches!(error, Error::Damage(Damage::Diverged { .. })),
        "{error:?}"
    );
}

/// One history: three writers on one partition over a network that fails at random, each sending
/// again what was lost. The clock is the runtime's own, so no time passes.
async fn history(seed: u64) {
    const EACH: usize = 12;
    let arena = MemoryArena(MemoryStore::new(2));
    let faulty = FaultyLog::new(arena.open().await);
    faulty.network().seed(seed, FaultRates::default());
    let mut tasks = Vec::new();
    for name in 0..3 {
        let log: Log = Arc::new(faulty.beside(arena.open().await));
        tasks.push(tokio::spawn(async move {
            let mut writer = writer(&log).await;
            let texts: Vec<_> = (0..EACH).map(|number| format!("{name}.{number}")).collect();
            let mut left = &texts[..];
            while !left.is_empty() {
                let size = (left.len() + name) % 4 + 1;
                let batch = left.iter().take(size).map(|text| event(text)).collect();
                writer.start_append(batch).unwrap();
                left = &left[settle(&mut writer).await.won..];
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    faulty.release().await;
    let told = read_all(&arena.open().await).await.said();
    assert_eq!(told.len(), 3 * EACH, "seed {seed}: {told:?}");
    let once: HashSet<_> = told.iter().collect();
    assert_eq!(once.len(), 3 * EACH, "seed {seed}: {told:?}");
}

#[tokio::test(start_paused = true)]
async fn whatever_the_network_does_each_record_is_won_exactly_once() {
    for seed in 0..400 {
        history(seed).await;
    }
}
