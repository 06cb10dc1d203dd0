//! A reader behind a slow network: what it reads, it hands out later.

use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::time::{Instant, sleep_until};

use super::Network;
use crate::error::Error;
use crate::port::{RawEntry, RawReader};

/// As fast as the one it wraps where the network has no delays.
pub(super) struct SlowReader {
    raw: Box<dyn RawReader>,
    network: Arc<Mutex<Network>>,
    /// What was read, and when it is handed out. Kept here, so that dropping the future of `next`
    /// loses nothing.
    on_its_way: Option<(Instant, Vec<RawEntry>)>,
}

impl SlowReader {
    pub(super) fn new(raw: Box<dyn RawReader>, network: Arc<Mutex<Network>>) -> Self {
        Self {
            raw,
            network,
            on_its_way: None,
        }
    }
}

impl RawReader for SlowReader {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<RawEntry>, Error>> {
        async move {
            if self.on_its_way.is_none() {
                let entries = self.raw.next().await?;
                let mut network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
                let delay = network.read_delay();
                drop(network);
                if delay.is_zero() {
                    return Ok(entries);
                }
                self.on_its_way = Some((Instant::now() + delay, entries));
            }
            if let Some((at, _)) = &self.on_its_way {
                sleep_until(*at).await;
            }
            let read = self.on_its_way.take();
            Ok(read.map(|(_, entries)| entries).unwrap_or_default())
        }
        .boxed()
    }
}
