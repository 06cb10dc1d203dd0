//! Words that the stories are told in.

use bytes::BytesMut;
use docket_event_log::{
    Cursor, Draft, Log, Partition, PartitionWriter, RawEntry, Reader, Record, Settled, Step,
    WriterConfig, chain, packed,
};
use std::time::Duration;

pub(crate) const P: Partition = Partition(1);

/// A draft of an event that says `text`.
pub(crate) fn event(text: &str) -> Draft {
    Draft {
        kind: "docket.ticket.tested.v1",
        key: "ticket-1".into(),
        time: "2026-11-20T08:00:00Z".parse().unwrap(),
        attributes: vec![("origin", "live".to_owned())],
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        data: format!("{text:?}").into(),
    }
}

pub(crate) fn events(texts: &[&str]) -> Vec<Draft> {
    texts.iter().map(|text| event(text)).collect()
}

/// What a record of [`event`] says.
pub(crate) fn said(record: &Record) -> String {
    String::from_utf8(record.data.to_vec())
        .unwrap()
        .trim_matches('"')
        .to_owned()
}

/// A reader of the partition from its start.
pub(crate) async fn reader(log: &Log) -> Reader {
    reader_from(log, Cursor::start(log.identity().log_id, P)).await
}

pub(crate) async fn reader_from(log: &Log, cursor: Cursor) -> Reader {
    Reader::open(log, &[cursor]).await.unwrap().pop().unwrap()
}

/// What a reader made of everything stored so far.
#[derive(Default, Debug)]
pub(crate) struct Read {
    pub(crate) records: Vec<Record>,
    pub(crate) noise: usize,
}

impl Read {
    /// What the events say, control records left out.
    pub(crate) fn said(&self) -> Vec<String> {
        self.records
            .iter()
            .filter(|record| !record.is_control())
            .map(said)
            .collect()
    }
}

/// Reads to the present end.
pub(crate) async fn read_on(log: &Log, reader: &mut Reader) -> Read {
    let end = log.end(reader.partition()).await.unwrap();
    let mut read = Read::default();
    while !reader.cursor().has_reached(end) {
        let batch = reader.next().await.unwrap();
        read.records.extend(batch.records);
        read.noise += batch.noise.len();
    }
    read
}

/// What a fresh reader makes of the partition.
pub(crate) async fn read_all(log: &Log) -> Read {
    read_on(log, &mut reader(log).await).await
}

/// A writer that has read everything, and settles soon.
pub(crate) async fn writer(log: &Log) -> PartitionWriter {
    let mut reader = reader(log).await;
    read_on(log, &mut reader).await;
    writer_at(log, reader)
}

pub(crate) fn writer_at(log: &Log, reader: Reader) -> PartitionWriter {
    let config = WriterConfig {
        read_back: Duration::from_millis(200),
        backoff_min: Duration::from_millis(20),
        ..WriterConfig::default()
    };
    PartitionWriter::new(log.clone(), reader, config)
}

/// Waits for the end of the batch in flight.
pub(crate) async fn settle(writer: &mut PartitionWriter) -> Settled {
    loop {
        if let Step {
            settled: Some(settled),
            ..
        } = writer.next().await.unwrap()
        {
            return settled;
        }
    }
}

/// Appends a batch and waits for its end.
pub(crate) async fn append(writer: &mut PartitionWriter, texts: &[&str]) -> Settled {
    writer.start_append(events(texts)).unwrap();
    settle(writer).await
}

#[track_caller]
pub(crate) fn assert_won(settled: Settled, won: usize) {
    assert_eq!(settled, Settled { won, lost: 0 });
}

#[track_caller]
pub(crate) fn assert_lost(settled: Settled, lost: usize) {
    assert_eq!(settled, Settled { won: 0, lost });
}

/// The records of drafts that extend the reader's head, one another in turn.
pub(crate) fn sealed(cursor: &Cursor, drafts: Vec<Draft>) -> Vec<Record> {
    let mut head = cursor.head;
    let seal = |draft| {
        let record = chain::seal(cursor.log_id, cursor.partition, head, draft);
        head = Some(docket_event_log::Head {
            sequence: record.sequence,
            hash: record.hash,
        });
        record
    };
    drafts.into_iter().map(seal).collect()
}

/// The entry with one header changed and its hash made right again.
pub(crate) fn altered(cursor: &Cursor, entry: &RawEntry, name: &str, value: &str) -> RawEntry {
    let headers = packed::Headers::new(&entry.packed).map(|(found, kept)| {
        (
            found,
            if found == name {
                value.as_bytes()
            } else {
                kept
            },
        )
    });
    let mut buffer = BytesMut::new();
    packed::pack(&mut buffer, headers);
    let packed = buffer.freeze();
    let hash = chain::hash(
        cursor.log_id,
        cursor.partition,
        &entry.key,
        &packed,
        &entry.data,
    );
    RawEntry {
        packed,
        hash: Some(hash),
        ..entry.clone()
    }
}
