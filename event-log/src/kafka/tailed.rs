//! One partition as the polling thread sees it: where it is, and what it has sorted.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};

use super::inbox::Inbox;
use crate::cursor::{Partition, Place};
use crate::error::{Damage, Error};
use crate::hash::Hash;
use crate::packed::pack;
use crate::port::RawEntry;

/// One partition of a tail.
pub(super) struct Tailed {
    pub(super) inbox: Arc<Inbox>,
    pub(super) next: Place,
    /// The last entry delivered.
    last: Option<(Place, Option<Hash>)>,
    /// That entry is read again, to see that the topic is still the same.
    again: Option<(Place, Option<Hash>)>,
    pub(super) sorted: Vec<RawEntry>,
    pub(super) paused: bool,
    pub(super) failed: bool,
}

impl Tailed {
    pub(super) fn new(inbox: Arc<Inbox>, next: Place) -> Self {
        Self {
            inbox,
            next,
            last: None,
            again: None,
            sorted: Vec::new(),
            paused: false,
            failed: false,
        }
    }

    /// Starts anew at the last entry delivered, which must still be the same.
    pub(super) fn read_last_again(&mut self) {
        self.again = self.last;
        if let Some((place, _)) = self.last {
            self.next = place;
        }
        self.paused = false;
    }

    /// From the last entry delivered to the place after it and all that was skipped: what must be
    /// in the log still for reading to go on.
    pub(super) fn reach(&self) -> (Place, Place) {
        self.last.map_or((self.next, self.next), |(last, _)| {
            (last, self.next.max(Place(last.0 + 1)))
        })
    }

    /// Takes what has arrived, each entry once.
    pub(super) fn sort(&mut self, number: i32, entry: RawEntry) {
        if self.failed {
            return;
        }
        if let Some((place, hash)) = self.again.take() {
            if (entry.at, entry.hash) != (place, hash) {
                let partition = Partition(number as u16);
                self.fail(Error::Damage(Damage::OutOfRange { partition, place }));
            }
            self.next = entry.next();
            return;
        }
        // After a reassignment librdkafka may still hand out what it had fetched before.
        if entry.at < self.next {
            return;
        }
        self.next = entry.next();
        self.last = Some((entry.at, entry.hash));
        self.sorted.push(entry);
    }

    /// Ends the partition's reader, behind what was sorted so far.
    pub(super) fn fail(&mut self, error: Error) {
        self.failed = true;
        self.inbox.fail(error);
    }
}

/// Copies a message into one buffer that many entries share.
pub(super) fn entry(message: &BorrowedMessage<'_>, buffer: &mut BytesMut) -> RawEntry {
    const BUFFER: usize = 128 * 1024;
    /// More than the headers of a record take; the buffer grows if not.
    const HEADERS: usize = 1_024;
    let key = message.key().unwrap_or_default();
    let data = message.payload().unwrap_or_default();
    let needed = key.len() + data.len() + HEADERS;
    if buffer.capacity() - buffer.len() < needed {
        *buffer = BytesMut::with_capacity(needed.max(BUFFER));
    }
    let copied = |buffer: &mut BytesMut, bytes: &[u8]| -> Bytes {
        buffer.extend_from_slice(bytes);
        buffer.split().freeze()
    };
    let key = copied(buffer, key);
    let data = copied(buffer, data);
    let headers = message
        .headers()
        .into_iter()
        .flat_map(|headers| headers.iter());
    let headers = headers.map(|header| (header.key, header.value.unwrap_or_default()));
    let (hash, traceparent) = pack(buffer, headers);
    let packed = buffer.split().freeze();
    let traceparent = traceparent.map(|value| copied(buffer, value));
    RawEntry {
        at: Place(message.offset() as u64),
        key,
        packed,
        hash,
        traceparent,
        data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at: u64, hash: u8) -> RawEntry {
        RawEntry {
            at: Place(at),
            key: Bytes::new(),
            packed: Bytes::new(),
            hash: Some(Hash([hash; 32])),
            traceparent: None,
            data: Bytes::new(),
        }
    }

    fn at_the_second() -> Tailed {
        let mut tailed = Tailed::new(Arc::default(), Place(0));
        tailed.sort(0, entry(0, 1));
        tailed.sort(0, entry(1, 2));
        tailed.read_last_again();
        tailed
    }

    #[test]
    fn reading_goes_on_behind_the_last_entry_if_that_is_the_same() {
        let mut tailed = at_the_second();
        tailed.sort(0, entry(1, 2));
        tailed.sort(0, entry(2, 3));
        assert!(!tailed.failed);
        assert_eq!(
            tailed
                .sorted
                .iter()
                .map(|entry| entry.at.0)
                .collect::<Vec<_>>(),
            [0, 1, 2]
        );
    }

    #[test]
    fn another_entry_in_the_place_of_the_last_one_ends_reading() {
        let mut tailed = at_the_second();
        tailed.sort(0, entry(1, 7));
        tailed.sort(0, entry(2, 8));
        assert!(tailed.failed);
        assert_eq!(tailed.sorted.len(), 2);
    }
}
