//! What a reader makes of an entry.

use docket_schemas::attributes::{self, header};
use docket_schemas::control::{self, Control, Genesis, Opened};

use super::hash;
use crate::cursor::{Cursor, Head, Incarnation, LogId, Partition, Sequence};
use crate::error::{Damage, Error};
use crate::hash::Hash;
use crate::packed::Headers;
use crate::port::RawEntry;
use crate::record::Record;

/// Whether an entry is part of the log.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "lives for one match, and nearly all are valid"
)]
pub enum Verdict {
    /// It extends the head. The control fact is there if it is a control record.
    Valid(Record, Option<Control>),
    /// It breaks the chain rule.
    Noise(NoiseReason),
}

/// Why an entry is noise.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NoiseReason {
    /// Its envelope lacks something that every record has, or has it twice or ill-formed.
    NotARecord,
    /// Its `previous` is not the head: it lost a race, came late, or is a duplicate.
    ExtendsAnother,
    /// Its hash isn't the hash of what it says.
    WrongHash,
    /// It extends the head under another number than the next.
    WrongSequence,
    /// The partition begins with a genesis, and only begins with one.
    MisplacedGenesis,
    /// It extends a `closed` record and isn't `opened`.
    AfterClosed,
}

impl NoiseReason {
    /// As a label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotARecord => "not_a_record",
            Self::ExtendsAnother => "extends_another",
            Self::WrongHash => "wrong_hash",
            Self::WrongSequence => "wrong_sequence",
            Self::MisplacedGenesis => "misplaced_genesis",
            Self::AfterClosed => "after_closed",
        }
    }
}

/// The attributes that the rule needs.
struct Envelope<'a> {
    previous: Hash,
    sequence: Option<Sequence>,
    specversion: &'a [u8],
    kind: &'a str,
}

impl<'a> Envelope<'a> {
    /// `None` unless every attribute that a record must have is there, and none twice.
    fn parse(packed: &'a [u8]) -> Option<Self> {
        let (mut previous, mut sequence, mut specversion, mut kind) = (None, None, None, None);
        let mut headers = Headers::new(packed);
        let mut last = "";
        for (name, value) in headers.by_ref() {
            if name <= last {
                return None;
            }
            last = name;
            match name {
                header::PREVIOUS => previous = Hash::from_hex(value),
                header::SEQUENCE => sequence = Some(value),
                header::SPECVERSION => specversion = Some(value),
                header::TYPE => kind = std::str::from_utf8(value).ok(),
                _ => {}
            }
        }
        let sequence = std::str::from_utf8(sequence?).ok()?;
        headers.is_complete().then_some(Self {
            previous: previous?,
            sequence: attributes::parse_sequence(sequence).ok().map(Sequence),
            specversion: specversion?,
            kind: kind?,
        })
    }

    fn check_version(&self, cursor: &Cursor) -> Result<(), Error> {
        if self.specversion == attributes::SPECVERSION_1_0.as_bytes() {
            return Ok(());
        }
        let version = String::from_utf8_lossy(self.specversion);
        Err(future(cursor, format!("its specversion is {version:?}")))
    }

    fn record(&self, entry: &RawEntry, hash: Hash, sequence: Sequence) -> Record {
        Record {
            key: entry.key.clone(),
            packed: entry.packed.clone(),
            traceparent: entry.traceparent.clone(),
            data: entry.data.clone(),
            hash,
            previous: self.previous,
            sequence,
        }
    }
}

/// Applies the chain rule and the control records' own rules to the entry at the cursor's place.
/// An error means that the log can't be read on.
pub fn classify(cursor: &Cursor, entry: &RawEntry) -> Result<Verdict, Error> {
    let Some(envelope) = Envelope::parse(&entry.packed) else {
        return Ok(Verdict::Noise(NoiseReason::NotARecord));
    };
    if envelope.previous != cursor.head_hash() {
        return Ok(Verdict::Noise(NoiseReason::ExtendsAnother));
    }
    // Before the hash is looked at: a newer envelope may well hash otherwise.
    envelope.check_version(cursor)?;
    if cursor.head.is_none() {
        return first(cursor, entry, &envelope);
    }
    let computed = hash(
        cursor.log_id,
        cursor.partition,
        &entry.key,
        &entry.packed,
        &entry.data,
    );
    if entry.hash != Some(computed) {
        return Ok(Verdict::Noise(NoiseReason::WrongHash));
    }
    if envelope.sequence != Some(cursor.next_sequence()) {
        return Ok(Verdict::Noise(NoiseReason::WrongSequence));
    }
    if cursor.closed && envelope.kind != Opened::TYPE {
        return Ok(Verdict::Noise(NoiseReason::AfterClosed));
    }
    let fact = control::decode(envelope.kind, &entry.data).map_err(|error| {
        future(
            cursor,
            format!("a {} whose data are not known here: {error}", envelope.kind),
        )
    })?;
    if matches!(fact, Some(Control::Genesis(_))) {
        return Ok(Verdict::Noise(NoiseReason::MisplacedGenesis));
    }
    Ok(Verdict::Valid(
        envelope.record(entry, computed, cursor.next_sequence()),
        fact,
    ))
}

/// Before the genesis only a genesis is valid, and it must be this log's.
fn first(cursor: &Cursor, entry: &RawEntry, envelope: &Envelope<'_>) -> Result<Verdict, Error> {
    if envelope.kind != Genesis::TYPE || envelope.sequence != Some(Sequence(0)) {
        return Ok(Verdict::Noise(NoiseReason::MisplacedGenesis));
    }
    let Some((genesis, computed)) = sound_genesis(cursor, entry)? else {
        return Ok(Verdict::Noise(NoiseReason::WrongHash));
    };
    if genesis.log_id != cursor.log_id.0 {
        return Err(Error::Damage(Damage::AnotherLog {
            partition: cursor.partition,
            expected: cursor.log_id,
            found: LogId(genesis.log_id),
        }));
    }
    let record = envelope.record(entry, computed, Sequence(0));
    Ok(Verdict::Valid(record, Some(Control::Genesis(genesis))))
}

/// The genesis in this entry, if it is a sound one by itself: for whoever opens a log and doesn't
/// know its id yet.
pub fn genesis_of(partition: Partition, entry: &RawEntry) -> Result<Option<Genesis>, Error> {
    let Some(envelope) = Envelope::parse(&entry.packed) else {
        return Ok(None);
    };
    if envelope.previous != Hash::ZERO {
        return Ok(None);
    }
    let start = Cursor::start(LogId(uuid::Uuid::nil()), partition);
    envelope.check_version(&start)?;
    if envelope.kind != Genesis::TYPE || envelope.sequence != Some(Sequence(0)) {
        return Ok(None);
    }
    Ok(sound_genesis(&start, entry)?.map(|(genesis, _)| genesis))
}

/// What of a genesis no version may ever change: how its format is found out.
#[derive(serde::Deserialize)]
struct GenesisFormat {
    log_id: uuid::Uuid,
    format_version: u16,
}

/// The genesis in an entry that says it is one, and its hash; `None` if the hash is wrong.
fn sound_genesis(start: &Cursor, entry: &RawEntry) -> Result<Option<(Genesis, Hash)>, Error> {
    let Ok(format) = serde_json::from_slice::<GenesisFormat>(&entry.data) else {
        return Ok(None);
    };
    if format.format_version != control::FORMAT_VERSION {
        let version = format.format_version;
        return Err(future(
            start,
            format!("a genesis of format version {version}"),
        ));
    }
    let computed = hash(
        LogId(format.log_id),
        start.partition,
        &entry.key,
        &entry.packed,
        &entry.data,
    );
    if entry.hash != Some(computed) {
        return Ok(None);
    }
    let genesis = Genesis::decode(&entry.data)
        .map_err(|error| future(start, format!("a genesis not known here: {error}")))?;
    Ok((genesis.partition == start.partition.0).then_some((genesis, computed)))
}

fn future(cursor: &Cursor, what: String) -> Error {
    Error::FutureEnvelope {
        partition: cursor.partition,
        sequence: cursor.next_sequence(),
        what,
    }
}

impl Cursor {
    /// Moves past a valid record that lies just before `self.next`.
    pub(crate) fn advance(&mut self, record: &Record, fact: Option<&Control>, at: crate::Place) {
        self.head = Some(Head {
            sequence: record.sequence,
            hash: record.hash,
        });
        self.head_at = at;
        self.closed = matches!(fact, Some(Control::Closed(_)));
        if let Some(Control::Opened(opened)) = fact {
            self.incarnation = Incarnation(opened.incarnation);
        }
    }
}
