//! Which states are the same: a fingerprint of 128 bits that doesn't see what makes no difference.
//!
//! What makes none: which of the (equal) writers is which, the numbers of the records as long as
//! they are told apart, the order in which messages under way are listed, and records that nobody
//! can meet any more. Fingerprints stand for states in the table of those visited, since millions
//! of whole states would not fit; that two of 10 million states share one has a probability of
//! about 10^-25.

use crate::list::List;
use crate::log::{Content, GENESIS, Hash, Reader, Record};
use crate::network::{Message, UNDER_WAY_MAX};
use crate::protocol::Protocol;
use crate::state::State;

/// The least of the fingerprints under all orders of the writers.
pub(crate) fn fingerprint(protocol: &Protocol<'_>, state: &State) -> u128 {
    const ORDERS: [&[[usize; 3]]; 4] = [
        &[],
        &[[0, 1, 2]],
        &[[0, 1, 2], [1, 0, 2]],
        &[
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ],
    ];
    let writers = protocol.configuration.writers;
    ORDERS[writers]
        .iter()
        .map(|order| Encoder::new(protocol, state).encode(&order[..writers]))
        .min()
        .unwrap_or_default()
}

/// Writes a state down with its records renumbered in the order in which they are met.
struct Encoder<'a> {
    protocol: &'a Protocol<'a>,
    state: &'a State,
    /// New number by old one; 0 (the genesis keeps its own) when it was not met yet.
    numbers: [Hash; 32],
    met: Hash,
    bytes: Bytes,
}

impl<'a> Encoder<'a> {
    fn new(protocol: &'a Protocol<'a>, state: &'a State) -> Self {
        Self {
            protocol,
            state,
            numbers: [0; 32],
            met: GENESIS,
            bytes: Bytes::default(),
        }
    }

    fn encode(mut self, order: &[usize]) -> u128 {
        let state = self.state;
        let mut head = GENESIS;
        for hash in &*state.log.entries {
            if !self.protocol.forgets_noise() {
                self.record(*hash);
            } else if state.log.record(*hash).previous == head {
                head = *hash;
                self.record(head);
            }
        }
        self.bytes.push(0xff);
        // What is under way, sorted by what it says and by whose it is. Messages that are the same
        // in all this may stand in either order.
        let mut messages = List::<([u8; 17], Message), UNDER_WAY_MAX>::default();
        for message in &*state.network {
            messages.push((self.key(*message, order), *message));
        }
        messages.sort_unstable_by_key(|(key, _)| *key);
        for (_, message) in &*messages {
            for hash in &*message.records {
                self.record(*hash);
            }
            self.bytes.extend(message.left.map(u8::from));
            self.bytes.push(0xfe);
        }
        for index in order {
            let writer = &state.writers[*index];
            self.reader(&writer.reader);
            self.bytes.push(writer.held);
            if let Some(flight) = &writer.flight {
                for hash in &*flight.records {
                    self.record(*hash);
                }
                self.bytes.push(flight.won);
                self.bytes.push(flight.stored.map_or(2, u8::from));
            }
            self.bytes.push(0xfd);
        }
        self.clients();
        self.bytes.digest()
    }

    /// Writes a record's number; when it is met for the first time, also what it says.
    fn record(&mut self, hash: Hash) {
        let known = self.numbers[usize::from(hash)];
        if hash == GENESIS || known != 0 {
            self.bytes.push(known);
            return;
        }
        let Record { previous, content } = self.state.log.record(hash);
        self.record(previous);
        self.met += 1;
        self.numbers[usize::from(hash)] = self.met;
        self.bytes.push(self.met);
        self.bytes.extend(plain(content));
    }

    fn reader(&mut self, reader: &Reader) {
        // Past what is forgotten, the place follows from the number of valid records.
        if !self.protocol.forgets_noise() {
            self.bytes.push(reader.next);
        }
        self.bytes.push(reader.sequence);
        self.record(reader.head);
        self.bytes.extend(reader.tickets.0.map(|has| match has {
            None => 0,
            Some(consultant) => consultant as u8 + 1,
        }));
        self.bytes.extend(reader.outcomes.map(code));
    }

    fn clients(&mut self) {
        let clients = &self.state.clients;
        let left = &self.state.left;
        // Whether an attempt is in doubt matters only for a "not done" to come.
        let in_doubt = if left.expiries > 0 || clients.not_done != 0 {
            clients.in_doubt
        } else {
            0
        };
        self.bytes.extend(clients.answers.map(code));
        self.bytes.extend(clients.before);
        self.bytes.extend([
            clients.invoked,
            clients.not_done,
            in_doubt,
            clients.contradicted,
            left.crashes,
            left.snapshots,
            left.duplicates,
            left.splits,
            left.drops,
            left.repeats,
            left.expiries,
            left.barriers,
        ]);
    }

    fn key(&self, message: Message, order: &[usize]) -> [u8; 17] {
        let mut key = [0xff; 17];
        for (index, hash) in message.records.iter().enumerate() {
            let record = self.state.log.record(*hash);
            let part = &mut key[index * 8..index * 8 + 8];
            part[0] = self.numbers[usize::from(*hash)];
            part[1] = self.numbers[usize::from(record.previous)];
            part[2] = u8::from(message.left[index]);
            part[3..].copy_from_slice(&plain(record.content));
        }
        let of = |index: &usize| {
            let flight = self.state.writers[*index].flight;
            flight.is_some_and(|flight| flight.records == message.records)
        };
        key[16] = order.iter().position(of).unwrap_or(0xff) as u8;
        key
    }
}

fn code(outcome: Option<crate::decider::Outcome>) -> u8 {
    outcome.map_or(0, |outcome| outcome as u8 + 1)
}

fn plain(content: Content) -> [u8; 5] {
    match content {
        Content::Event(command) => [command + 1, 0, 0, 0, 0],
        Content::Barrier(answers) => {
            let [a, b, c, d] = answers.map(code);
            [0, a, b, c, d]
        }
    }
}

/// Bytes on the stack, mixed into two independent halves at the end.
struct Bytes {
    bytes: [u8; 512],
    length: usize,
}

impl Default for Bytes {
    fn default() -> Self {
        Self {
            bytes: [0; 512],
            length: 0,
        }
    }
}

impl Bytes {
    fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    fn extend<const N: usize>(&mut self, bytes: [u8; N]) {
        self.bytes[self.length..self.length + N].copy_from_slice(&bytes);
        self.length += N;
    }

    fn digest(&self) -> u128 {
        let (mut high, mut low) = (0x243f_6a88_85a3_08d3_u64, 0x1319_8a2e_0370_7344_u64);
        for word in self.bytes[..self.length.next_multiple_of(8)].chunks_exact(8) {
            let mut eight = [0; 8];
            eight.copy_from_slice(word);
            let word = u64::from_le_bytes(eight);
            high = mix(high ^ word, 0x9e37_79b9_7f4a_7c15);
            low = mix(low.rotate_left(29) ^ word, 0xd6e8_feb8_6659_fd93);
        }
        let length = self.length as u64;
        let (high, low) = (mix(high ^ length, low | 1), mix(low ^ length, high | 1));
        u128::from(high) << 64 | u128::from(low)
    }
}

/// Multiplies into 128 bits and folds them (as wyhash does), after a shift that keeps all bits.
fn mix(one: u64, other: u64) -> u64 {
    let product = u128::from(one ^ (one >> 32)) * u128::from(other);
    (product >> 64) as u64 ^ product as u64
}
