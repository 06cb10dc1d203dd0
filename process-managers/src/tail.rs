//! Reads every partition of the log from its beginning, and on for ever.
//!
//! Guarantee: each valid record once, each partition in its order; a log that can't be reached is
//! waited for, and said to be away. What lasts (a damaged log, an envelope this version doesn't know)
//! ends the tail.

use std::time::Duration;

use docket_domain::Timestamp;
use docket_event_log::{Cursor, Error, Log, Partition, Place, Reader, Record};
use docket_service::telemetry::Chain;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Batches that may lie ready: what reads runs ahead of what folds, but not far.
const AHEAD: usize = 16;
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How often the log is asked how long it is.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// All partitions in one.
#[derive(Debug)]
pub struct Tail {
    news: mpsc::Receiver<Result<News, Error>>,
    /// By partition, how far it has been handed out.
    read: Vec<Place>,
    /// By partition, where it ended when the log was last asked.
    ends: Vec<Place>,
    /// Where all of them ended at that time, until that has been read.
    asked: Option<(Timestamp, Vec<Place>)>,
    complete_until: Option<Timestamp>,
    away: Option<String>,
    _tasks: JoinSet<()>,
}

/// What has arrived in a partition.
#[derive(Debug)]
pub struct Batch {
    /// In which.
    pub partition: Partition,
    /// The valid records, in order; none, if what arrived was noise.
    pub records: Vec<Record>,
    /// How far it has been read.
    next: Place,
}

#[derive(Debug)]
enum News {
    Batch(Batch),
    /// Where the partitions ended, asked at that time.
    Ends(Timestamp, Vec<Place>),
    Away(String),
}

impl Tail {
    /// From the log's beginning.
    pub async fn open(log: &Log) -> Result<Self, Error> {
        let identity = log.identity();
        let partitions = (0..identity.partitions).map(Partition);
        let cursors: Vec<Cursor> = partitions
            .map(|partition| Cursor::start(identity.log_id, partition))
            .collect();
        let now = Timestamp::now();
        let ends = ends(log).await?;
        let (ahead, news) = mpsc::channel(AHEAD);
        let mut tasks = JoinSet::new();
        // All at once, because adapters share a connection among readers opened together.
        for reader in Reader::open(log, &cursors).await? {
            tasks.spawn(follow(Log::clone(log), reader, ahead.clone()));
        }
        tasks.spawn(ask(Log::clone(log), ahead));
        let mut tail = Self {
            news,
            read: cursors.iter().map(|cursor| cursor.next).collect(),
            ends: ends.clone(),
            asked: Some((now, ends)),
            complete_until: None,
            away: None,
            _tasks: tasks,
        };
        tail.compare();
        Ok(tail)
    }

    /// Waits for what arrives next, in any partition; nothing, if there is only news of the log
    /// itself. Cancel-safe.
    pub async fn next(&mut self) -> Result<Option<Batch>, Error> {
        let Some(news) = self.news.recv().await else {
            // The tasks live as long as this does.
            return std::future::pending().await;
        };
        let batch = match news? {
            News::Batch(batch) => {
                self.read[usize::from(batch.partition.0)] = batch.next;
                Some(batch)
            }
            News::Ends(at, ends) => {
                self.away = None;
                self.ends.clone_from(&ends);
                // One that is still being read up to comes first, or a long way would have no end.
                self.asked.get_or_insert((at, ends));
                None
            }
            News::Away(why) => {
                self.away = Some(why);
                None
            }
        };
        self.compare();
        Ok(batch)
    }

    fn compare(&mut self) {
        let reached = |ends: &[Place]| self.read.iter().zip(ends).all(|(read, end)| read >= end);
        if let Some((at, _)) = self.asked.take_if(|(_, ends)| reached(ends)) {
            self.complete_until = Some(at);
        }
    }

    /// Everything that was in the log at that time has been handed out; nothing is known yet while
    /// what was in it at the start has not.
    pub const fn complete_until(&self) -> Option<Timestamp> {
        self.complete_until
    }

    /// Why the log can't be read, as long as it can't.
    pub fn away(&self) -> Option<&str> {
        self.away.as_deref()
    }

    /// By partition, how many entries are still to be read, as far as is known.
    pub fn lag(&self) -> impl Iterator<Item = u64> {
        let pairs = self.ends.iter().zip(&self.read);
        pairs.map(|(end, read)| end.0.saturating_sub(read.0))
    }
}

async fn ends(log: &Log) -> Result<Vec<Place>, Error> {
    let mut ends = Vec::new();
    for partition in (0..log.identity().partitions).map(Partition) {
        ends.push(log.end(partition).await?);
    }
    Ok(ends)
}

/// Asks again and again how long the log is: that is how it shows that it is away while nothing is
/// written to it.
async fn ask(log: Log, ahead: mpsc::Sender<Result<News, Error>>) {
    loop {
        sleep(ASK_EVERY).await;
        let now = Timestamp::now();
        let news = match ends(&log).await {
            Ok(ends) => Ok(News::Ends(now, ends)),
            Err(error @ Error::Unavailable { .. }) => Ok(News::Away(Chain(&error).to_string())),
            Err(error) => Err(error),
        };
        let last = news.is_err();
        // Nobody listens any more: then nobody needs to know.
        if ahead.send(news).await.is_err() || last {
            return;
        }
    }
}

async fn follow(log: Log, mut reader: Reader, ahead: mpsc::Sender<Result<News, Error>>) {
    let mut pause = PAUSE_MIN;
    loop {
        let error = match reader.next().await {
            Ok(batch) => {
                pause = PAUSE_MIN;
                let batch = Batch {
                    partition: reader.partition(),
                    records: batch.records,
                    next: reader.cursor().next,
                };
                if ahead.send(Ok(News::Batch(batch))).await.is_err() {
                    return;
                }
                continue;
            }
            Err(error) => error,
        };
        if !matches!(error, Error::Unavailable { .. }) {
            // As above.
            let _ = ahead.send(Err(error)).await;
            return;
        }
        tracing::warn!(partition = %reader.partition(), error = %Chain(&error), "the log can't be read; trying again");
        loop {
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
            match Reader::open(&log, std::slice::from_ref(reader.cursor())).await {
                Ok(mut readers) => {
                    reader = readers.remove(0);
                    break;
                }
                Err(Error::Unavailable { .. }) => {}
                Err(error) => {
                    let _ = ahead.send(Err(error)).await;
                    return;
                }
            }
        }
    }
}
