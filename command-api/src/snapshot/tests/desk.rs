//! A partition of a log in memory, with a state that commands are decided on, snapshots and all,
//! and beside it one that has read the whole log and knows no snapshots.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use docket_domain::ids::TicketId;
use docket_domain::stream::StreamId;
use docket_event_log::memory::{MemoryLog, MemoryStore};
use docket_event_log::{
    Cursor, Draft, Log, LogIdentity, Partition, Reader, Record, Sequence, chain,
};
use docket_schemas::control::{self, Barrier, Claimed};
use docket_schemas::stream;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::CommandConfig;
use crate::partition;
use crate::partition::admission::{Admission, Class};
use crate::partition::batch::{Terms, decide_batch};
use crate::partition::command::{Answer, Here, Pending, Request};
use crate::partition::environment::Environment;
use crate::partition::fold::fold;
use crate::partition::outcomes::{FirstResult, KEPT_HOURS, Outcomes};
use crate::partition::state::{Adoption, PartitionState, Stream};
use crate::snapshot::build::BuildError;
use crate::snapshot::read::{Found, load};
use crate::snapshot::{Directory, Job, Keeper, Snapshot, build};

/// In seconds.
pub(super) const DAY: i64 = 24 * 60 * 60;
/// How long a closed ticket may be reopened.
const REOPEN_WINDOW: SignedDuration = SignedDuration::from_hours(48);
pub(super) const PARTITION: Partition = Partition(0);

pub(super) struct Desk {
    log: Log,
    reader: Reader,
    now: Timestamp,
    pub(super) state: PartitionState,
    /// Of the whole log, all in memory.
    pub(super) whole: PartitionState,
    /// The one that the next is built from.
    snapshot: Option<Arc<Snapshot>>,
    adoptions: VecDeque<Adoption>,
    /// What others wrote and the state hasn't read yet.
    unread: Vec<Record>,
    directory: Directory,
    _home: tempfile::TempDir,
}

impl Desk {
    pub(super) async fn new() -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let store = MemoryStore::new(1);
        let log: Log = Arc::new(MemoryLog::open(&store, 1).await.expect("a log"));
        let start = Cursor::start(log.identity().log_id, PARTITION);
        let mut readers = Reader::open(&log, &[start]).await.expect("a reader");
        let mut reader = readers.remove(0);
        let (mut state, mut whole) = (PartitionState::new(0, 1), PartitionState::new(0, 1));
        for genesis in reader.next().await.expect("the genesis").records {
            for state in [&mut state, &mut whole] {
                fold(state, &genesis).expect("readable");
            }
        }
        Self {
            reader,
            log,
            now: "2026-01-01T10:00:00.75Z".parse().expect("a time"),
            state,
            whole,
            snapshot: None,
            adoptions: VecDeque::new(),
            unread: Vec::new(),
            directory: Directory::simulated(home.path()).expect("a directory"),
            _home: home,
        }
    }

    /// So many seconds later a command is decided, on the state and on the whole, with the same
    /// result; what comes of it is appended, read back and folded. Its outcome.
    pub(super) async fn tell(
        &mut self,
        seconds_later: i64,
        request: Request,
    ) -> (u32, FirstResult) {
        self.catch_up();
        self.now += SignedDuration::from_secs(seconds_later);
        let (stream, id) = (request.stream, request.id);
        let (drafts, answer) = decided(&mut self.state, self.now, request.clone());
        let (expected, expected_answer) = decided(&mut self.whole, self.now, request);
        assert_eq!(answer, expected_answer);
        assert_eq!(shown(&drafts), shown(&expected));
        for draft in drafts {
            self.append(draft).await;
        }
        self.catch_up();
        let stream = self.state.stream(stream);
        let outcome = stream.and_then(|stream| stream.outcomes.find(id)).cloned();
        let outcome = outcome.expect("an outcome");
        (outcome.version, outcome.result)
    }

    /// A command that is answered at once, with nothing for the log.
    pub(super) fn answers_at_once(&mut self, request: Request) -> Answer {
        let (drafts, answer) = decided(&mut self.state, self.now, request);
        assert!(drafts.is_empty());
        answer.expect("an answer")
    }

    /// The same, but another replica decides it, and the state learns of it later.
    pub(super) async fn tell_another(&mut self, seconds_later: i64, request: Request) {
        self.now += SignedDuration::from_secs(seconds_later);
        let (drafts, _) = decided(&mut self.whole, self.now, request);
        for draft in drafts {
            self.append(draft).await;
        }
    }

    pub(super) fn catch_up(&mut self) {
        for record in self.unread.drain(..) {
            fold(&mut self.state, &record).expect("readable");
        }
    }

    /// So many days go by, on the last of which there is something every hour.
    pub(super) async fn pass(&mut self, days: i64) {
        let busy = i64::from(KEPT_HOURS);
        self.now += SignedDuration::from_hours(days * 24 - busy);
        for _ in 0..busy {
            self.hour().await;
        }
    }

    /// An hour goes by, and a record comes that says nothing of any ticket.
    pub(super) async fn hour(&mut self) {
        self.now += SignedDuration::from_hours(1);
        let nothing = Barrier {
            answers: Vec::new(),
        };
        self.append(Draft {
            kind: Barrier::TYPE,
            key: Bytes::from_static(control::KEY.as_bytes()),
            time: self.now,
            attributes: Vec::new(),
            traceparent: None,
            data: Bytes::from(nothing.encode().expect("JSON")),
        })
        .await;
    }

    /// An event of a type that this version doesn't know.
    pub(super) async fn append_newer(&mut self, ticket: TicketId) {
        self.append(Draft {
            kind: "docket.ticket.teleported.v1",
            key: Bytes::from(stream::ticket_key(ticket)),
            time: self.now,
            attributes: Vec::new(),
            traceparent: None,
            data: Bytes::from_static(b"{}"),
        })
        .await;
    }

    /// A replica claims the partition.
    pub(super) async fn claim(&mut self, address: &str) {
        let claim = Claimed {
            writer: Uuid::from_u128(0xC),
            address: address.to_owned(),
        };
        self.append(Draft {
            kind: Claimed::TYPE,
            key: Bytes::from_static(control::KEY.as_bytes()),
            time: self.now,
            attributes: Vec::new(),
            traceparent: None,
            data: Bytes::from(claim.encode().expect("JSON")),
        })
        .await;
    }

    async fn append(&mut self, draft: Draft) {
        let cursor = self.reader.cursor();
        let record = chain::seal(cursor.log_id, cursor.partition, cursor.head, draft);
        let sent = self.log.append(PARTITION, vec![record]);
        sent.await.expect("appended");
        for record in self.reader.next().await.expect("read back").records {
            fold(&mut self.whole, &record).expect("nothing is cold");
            self.unread.push(record);
        }
    }

    pub(super) fn job(&self) -> Job {
        Job {
            log: Arc::clone(&self.log),
            partition: PARTITION,
            previous: self.snapshot.clone(),
            directory: self.directory.clone(),
            stop: CancellationToken::new(),
        }
    }

    /// A process's keeper that starts from the file, and the tasks it serves.
    pub(super) async fn keeper(&self) -> (Keeper, JoinSet<()>) {
        let (log, directory) = (Arc::clone(&self.log), self.directory.clone());
        let (config, here) = (CommandConfig::default(), Environment::system());
        let stop = CancellationToken::new();
        let started = partition::start(&log, &config, &here, Some(&directory), stop.clone()).await;
        let started = started.expect("started");
        let partitions = Arc::new(started.partitions);
        let end = log.end(PARTITION).await.expect("an end");
        while partitions.read_to(0) != Some(end) {
            tokio::task::yield_now().await;
        }
        let keeper = Keeper::new(log, partitions, directory, 1, started.snapshots, stop);
        (keeper, started.tasks)
    }

    /// Builds the next snapshot; its cold part waits to be [adopted](Self::adopt).
    pub(super) async fn snapshot(&mut self) -> Arc<Snapshot> {
        let built = self.try_snapshot().await.expect("built");
        built.expect("something new")
    }

    pub(super) async fn try_snapshot(&mut self) -> Result<Option<Arc<Snapshot>>, BuildError> {
        let built = build(&self.job()).await?;
        Ok(built.map(|built| {
            self.adoptions.push_back(built.adoption);
            self.snapshot = Some(Arc::clone(&built.snapshot));
            built.snapshot
        }))
    }

    /// Takes over the oldest cold part that waits, and sheds all it can.
    pub(super) fn adopt(&mut self) {
        self.shed(usize::MAX);
        self.adopt_slowly();
        self.shed(usize::MAX);
    }

    /// The same, with nothing shed yet, and only if it is not too early.
    pub(super) fn adopt_slowly(&mut self) {
        let read = self.reader.cursor().next_sequence().0 - self.unread.len() as u64;
        if let Some(adoption) = self.adoptions.pop_front()
            && let Some(adoption) = self.state.adopt(adoption, Sequence(read))
        {
            self.adoptions.push_front(adoption);
        }
    }

    pub(super) fn shed(&mut self, streams: usize) {
        self.state.shed(streams);
    }

    /// A process that starts: from the file if there is one, and what came after.
    pub(super) async fn restart(&mut self) {
        let (snapshot, state) = match self.load() {
            Found::Whole(snapshot, state) => (Some(snapshot), state),
            Found::Nothing => (None, PartitionState::new(0, 1)),
            Found::Unfit(unfit, _) => panic!("{unfit}"),
        };
        let from = snapshot.as_ref().map_or_else(
            || Cursor::start(self.identity().log_id, PARTITION),
            |snapshot| snapshot.cursor().clone(),
        );
        self.state = state;
        self.snapshot = snapshot;
        self.adoptions.clear();
        self.unread.clear();
        let mut readers = Reader::open(&self.log, &[from]).await.expect("it matches");
        while readers[0].cursor() != self.reader.cursor() {
            for record in readers[0].next().await.expect("readable").records {
                fold(&mut self.state, &record).expect("readable");
            }
        }
    }

    pub(super) fn load(&self) -> Found {
        load(&self.directory, &self.identity(), PARTITION)
    }

    /// Every stream that the whole log knows is the same here, wherever it lies, and so is all else.
    #[track_caller]
    pub(super) fn agrees(&mut self) {
        self.catch_up();
        assert_eq!(self.state.opened(), self.whole.opened());
        assert_eq!(self.state.owner(), self.whole.owner());
        assert_eq!(self.state.hours(), self.whole.hours());
        assert!(self.state.ended().eq(self.whole.ended()));
        for (id, stream) in self.whole.streams() {
            assert_eq!(peek(&self.state, id).as_ref(), Some(stream));
        }
        let known = |id| self.whole.stream(id).is_some();
        assert!(self.state.streams().all(|(id, _)| known(id)));
    }

    pub(super) fn in_memory(&self) -> usize {
        self.state.streams().count()
    }

    pub(super) fn cold_streams(&self) -> usize {
        self.state.cold().map_or(0, |cold| cold.streams())
    }

    /// How often the file's blocks were read.
    pub(super) fn reads(&self) -> usize {
        self.state.cold().map_or(0, |cold| cold.reads())
    }

    pub(super) fn outcomes(&self, ticket: TicketId) -> Outcomes {
        peek(&self.state, StreamId::Ticket(ticket))
            .expect("a stream")
            .outcomes
    }

    pub(super) fn identity(&self) -> LogIdentity {
        self.log.identity().clone()
    }

    pub(super) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Files in the directory.
    pub(super) fn files(&self) -> usize {
        let file = self.directory.file(PARTITION);
        let directory = file.parent().expect("a directory");
        std::fs::read_dir(directory).expect("readable").count()
    }
}

/// A stream, wherever it lies, left there.
pub(super) fn peek(state: &PartitionState, id: StreamId) -> Option<Stream> {
    state.stream(id).cloned().or_else(|| {
        let cold = state.cold()?.find(id).expect("readable")?;
        Some(Stream::hot(cold, Outcomes::default()))
    })
}

fn decided(
    state: &mut PartitionState,
    now: Timestamp,
    request: Request,
) -> (Vec<Draft>, Option<Answer>) {
    let (reply, mut told) = oneshot::channel();
    let permit = Admission::new(100).admit(Class::Intake);
    let mut waiting = VecDeque::from([Pending::new(request, reply, permit.expect("room"))]);
    let terms = Terms {
        now,
        reopen_window: REOPEN_WINDOW,
        limit: 10,
        here: Here {
            incarnation: Uuid::nil(),
            partition: 0,
        },
    };
    let (_batch, drafts) = decide_batch(state, &mut waiting, terms).expect("readable");
    (drafts, told.try_recv().ok())
}

/// What of drafts can be compared.
fn shown(drafts: &[Draft]) -> Vec<(&str, &Bytes, &Bytes)> {
    drafts
        .iter()
        .map(|draft| (draft.kind, &draft.key, &draft.data))
        .collect()
}
