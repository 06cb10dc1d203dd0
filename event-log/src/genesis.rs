//! Making a log, or finding out which one it is.
//!
//! Several processes may start on an empty log at once. Each appends a genesis to partition 0;
//! the first one in the log is it and gives the log its id. The other partitions' geneses carry
//! that id, so it doesn't matter whose comes first there.

use bytes::Bytes;
use docket_schemas::control::{self, FORMAT_VERSION, Genesis};
use futures::future::try_join_all;
use tokio::time::{Duration, timeout};
use uuid::Uuid;

use crate::chain;
use crate::cursor::{Cursor, LogId, Partition};
use crate::error::{Damage, Error};
use crate::port::{EventLog, LogIdentity};
use crate::record::{Draft, Record};

/// After this long without a genesis that was sent, another is sent: the first may be lost.
const SEND_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// Reads the genesis of every partition, appending one where there is none, unless the log is only
/// to be read. `log` may not know its identity yet; `name` is for errors.
pub(crate) async fn establish(
    log: &dyn EventLog,
    name: &str,
    partitions: u16,
    read_only: bool,
) -> Result<LogIdentity, Error> {
    if partitions == 0 {
        return Err(Error::Config("a log has at least one partition".to_owned()));
    }
    let first = Genesis {
        log_id: Uuid::new_v4(),
        partition: 0,
        partitions,
        format_version: FORMAT_VERSION,
    };
    let first = find_or_append(log, name, first, read_only).await?;
    let log_id = LogId(first.log_id);
    check_count(&first, partitions)?;
    try_join_all((1..partitions).map(|partition| {
        let genesis = Genesis {
            partition,
            ..first.clone()
        };
        async move {
            let found = find_or_append(log, name, genesis, read_only).await?;
            check_count(&found, partitions)?;
            if LogId(found.log_id) == log_id {
                return Ok(());
            }
            Err(Error::Damage(Damage::AnotherLog {
                partition: Partition(partition),
                expected: log_id,
                found: LogId(found.log_id),
            }))
        }
    }))
    .await?;
    Ok(LogIdentity { log_id, partitions })
}

fn check_count(genesis: &Genesis, expected: u16) -> Result<(), Error> {
    if genesis.partitions == expected {
        return Ok(());
    }
    Err(Error::PartitionCount {
        expected,
        found: genesis.partitions,
    })
}

async fn find_or_append(
    log: &dyn EventLog,
    name: &str,
    wanted: Genesis,
    read_only: bool,
) -> Result<Genesis, Error> {
    let partition = Partition(wanted.partition);
    let start = Cursor::start(LogId(wanted.log_id), partition);
    let end = log.end(partition).await?;
    let is_empty = start.has_reached(end);
    if is_empty && read_only {
        return Err(Error::Empty {
            log: name.to_owned(),
            partition,
        });
    }
    if is_empty {
        drop(log.append(partition, vec![sealed(&wanted)?]));
    }
    let mut reader = log
        .tail(std::slice::from_ref(&start))
        .await?
        .pop()
        .ok_or_else(|| Error::unavailable(format!("reading {name}"), "no reader was opened"))?;
    loop {
        let Ok(entries) = timeout(SEND_AGAIN_AFTER, reader.next()).await else {
            if log.end(partition).await? == start.next {
                drop(log.append(partition, vec![sealed(&wanted)?]));
            }
            continue;
        };
        for entry in entries? {
            if let Some(genesis) = chain::genesis_of(partition, &entry)? {
                return Ok(genesis);
            }
            if !is_empty && entry.next() >= end {
                return Err(Error::NotALog {
                    log: name.to_owned(),
                    partition,
                });
            }
        }
    }
}

fn sealed(genesis: &Genesis) -> Result<Record, Error> {
    let data = genesis
        .encode()
        .map_err(|error| Error::Config(format!("a genesis can't be written: {error}")))?;
    let draft = Draft {
        kind: Genesis::TYPE,
        key: Bytes::from_static(control::KEY.as_bytes()),
        time: jiff::Timestamp::now(),
        attributes: Vec::new(),
        traceparent: None,
        data: data.into(),
    };
    Ok(chain::seal(
        LogId(genesis.log_id),
        Partition(genesis.partition),
        None,
        draft,
    ))
}
