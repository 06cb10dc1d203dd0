//! What a snapshot proves of its log: that a record with that hash was at that sequence.
//!
//! A snapshot whose place isn't in the log any more is not used, and the log is read from its start.
//! But that must not paper over lost data: the record must turn up on the way, unless the log has
//! gone on in an incarnation that the snapshot doesn't know, as after a restore or a move.

use std::path::{Path, PathBuf};

use docket_event_log::{Cursor, Damage, Incarnation, Place, Record};

use super::rows::Header;

/// A record that the log must have.
#[derive(Clone, Debug)]
pub(crate) struct Witness {
    file: PathBuf,
    cursor: Cursor,
    incarnations: Vec<Incarnation>,
}

/// The log lacks the record.
#[derive(Debug, thiserror::Error)]
#[error(
    "the log lacks records that snapshot {} was made from: if an older state of it was brought \
     back on purpose, delete that file and restart",
    file.display()
)]
pub(crate) struct Lost {
    file: PathBuf,
    #[source]
    damage: Damage,
}

impl Witness {
    pub(super) fn new(file: &Path, header: &Header) -> Self {
        Self {
            file: file.to_owned(),
            cursor: header.cursor.clone(),
            incarnations: header.incarnations.clone(),
        }
    }

    /// Whether this is the record.
    pub(crate) fn is(&self, record: &Record) -> bool {
        self.cursor
            .head
            .is_none_or(|head| head.sequence == record.sequence && head.hash == record.hash)
    }

    /// Says what it means that the record wasn't met up to the log's end.
    pub(crate) fn missed(self, read: &Cursor, end: Place) -> Result<(), Lost> {
        let (Some(head), true) = (
            self.cursor.head,
            self.incarnations.contains(&read.incarnation),
        ) else {
            return Ok(());
        };
        let partition = read.partition;
        let damage = if read.next_sequence() <= head.sequence {
            Damage::Shorter {
                partition,
                place: self.cursor.next,
                end,
                next_sequence: self.cursor.next_sequence(),
            }
        } else {
            Damage::Diverged {
                partition,
                sequence: head.sequence,
                expected: head.hash,
                found: None,
            }
        };
        Err(Lost {
            file: self.file,
            damage,
        })
    }
}
