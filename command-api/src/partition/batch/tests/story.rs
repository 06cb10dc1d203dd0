//! A partition's story: a log that grows by what is decided and wins.

use docket_domain::command::{Channel, Customer, OpenTicket, Origin, Priority};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::text::{Personal, Subject, Text};
use docket_domain::{Actor, Rejection, Role, StatusName, TicketNumber};
use docket_event_log::{Head, LogId, Partition, Record, chain};
use docket_schemas::attributes::CommandDigest;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::super::*;
use crate::partition::admission::{Admission, Class};
use crate::partition::command::{Outcomed, Settled};
use crate::partition::fold::{Folded, fold};

/// A partition whose log grows by what is folded.
pub(super) struct Story {
    pub(super) state: PartitionState,
    head: Option<Head>,
    pub(super) waiting: VecDeque<Pending>,
    replies: Vec<oneshot::Receiver<Answer>>,
    batch: Option<Batch>,
    pub(super) drafts: Vec<Draft>,
}

const LOG: LogId = LogId(Uuid::from_u128(7));

pub(super) fn given() -> Story {
    Story {
        state: PartitionState::new(3, 8),
        head: None,
        waiting: VecDeque::new(),
        replies: Vec::new(),
        batch: None,
        drafts: Vec::new(),
    }
}

fn here() -> Here {
    Here {
        incarnation: LOG.0,
        partition: 3,
    }
}

impl Story {
    /// Queues a command; its answer is asked for by its number, from 0.
    pub(super) fn when(mut self, request: Request) -> Self {
        let (reply, receiver) = oneshot::channel();
        let permit = Admission::new(100).admit(Class::Intake);
        self.waiting.push_back(Pending {
            request,
            reply,
            give_up_at: None,
            _permit: permit.expect("room"),
        });
        self.replies.push(receiver);
        self
    }

    pub(super) fn decided(self) -> Self {
        self.decided_at_most(100)
    }

    pub(super) fn decided_at_most(mut self, limit: usize) -> Self {
        let terms = Terms {
            now: "2026-11-20T10:00:00Z".parse().expect("a time"),
            reopen_window: SignedDuration::from_hours(24),
            limit,
            here: here(),
        };
        let (batch, drafts) =
            decide_batch(&mut self.state, &mut self.waiting, terms).expect("nothing is cold");
        self.batch = Some(batch);
        self.drafts = drafts;
        self
    }

    /// The first `count` records win and are read back; the others lose.
    pub(super) fn won(mut self, count: usize) -> Self {
        let mut batch = self.batch.take().expect("decided");
        let drafts = std::mem::take(&mut self.drafts);
        for (index, draft) in drafts.into_iter().take(count).enumerate() {
            self.read(draft);
            for pending in batch.settled_by(index) {
                let stream = self.state.stream(pending.request.stream).expect("folded");
                let outcome = stream.outcomes.find(pending.request.id).expect("told");
                let answer = Answer::of(pending.request.stream, stream, outcome, here());
                pending.answer(answer);
            }
        }
        for pending in batch.into_unsettled().rev() {
            self.waiting.push_front(pending);
        }
        self
    }

    pub(super) fn all_won(self) -> Self {
        let count = self.drafts.len();
        self.won(count)
    }

    /// Another writer's record, or one of ours.
    pub(super) fn read(&mut self, draft: Draft) -> Folded {
        let record: Record = chain::seal(LOG, Partition(3), self.head, draft);
        self.head = Some(Head {
            sequence: record.sequence,
            hash: record.hash,
        });
        fold(&mut self.state, &record).expect("nothing is cold")
    }

    #[track_caller]
    pub(super) fn then_records(self, kinds: &[&str]) -> Self {
        let found: Vec<&str> = self.drafts.iter().map(|draft| draft.kind).collect();
        assert_eq!(found, kinds);
        self
    }

    /// Whether command `n` has been answered, and how.
    pub(super) fn answer(&mut self, n: usize) -> Option<Answer> {
        self.replies[n].try_recv().ok()
    }

    #[track_caller]
    pub(super) fn then_unanswered(mut self, n: usize) -> Self {
        assert_eq!(self.answer(n), None);
        self
    }

    #[track_caller]
    pub(super) fn then_applied(mut self, n: usize, version: u32, status: StatusName) -> Self {
        let outcomed = self.outcome(n);
        assert_eq!(
            (outcomed.version, outcomed.result),
            (version, Settled::Applied(Some(status)))
        );
        self
    }

    #[track_caller]
    pub(super) fn then_unchanged(mut self, n: usize, version: u32, status: StatusName) -> Self {
        let outcomed = self.outcome(n);
        assert_eq!(
            (outcomed.version, outcomed.result),
            (version, Settled::Unchanged(Some(status)))
        );
        self
    }

    #[track_caller]
    pub(super) fn then_rejected(mut self, n: usize, rejection: Rejection) -> Self {
        assert_eq!(
            self.outcome(n).result,
            Settled::Rejected(Box::new(rejection))
        );
        self
    }

    #[track_caller]
    pub(super) fn then_answered(mut self, n: usize, answer: &Answer) -> Self {
        assert_eq!(self.answer(n).as_ref(), Some(answer));
        self
    }

    #[track_caller]
    pub(super) fn outcome(&mut self, n: usize) -> Outcomed {
        match self.answer(n) {
            Some(Answer::Outcome(outcomed)) => outcomed,
            other => panic!("command {n} was answered {other:?}"),
        }
    }
}

pub(super) const MANAGER: PersonId = PersonId(Uuid::from_u128(0xA));
const ANN: PersonId = PersonId(Uuid::from_u128(0xB));

pub(super) fn ticket(n: u128) -> StreamId {
    StreamId::Ticket(TicketId(Uuid::from_u128(n)))
}

/// A command of a manager; `n` is its id.
pub(super) fn ask(n: u8, stream: StreamId, command: impl Into<Command>) -> Request {
    Request {
        stream,
        id: CommandId([n; 16]),
        digest: CommandDigest([n; 8]),
        actor: Actor {
            id: MANAGER,
            role: Role::Manager,
        },
        origin: Origin::Live,
        occurred_at: None,
        source_sequence: None,
        expected_version: None,
        command: command.into(),
        traceparent: None,
    }
}

pub(super) fn open() -> TicketCommand {
    TicketCommand::Open(Box::new(OpenTicket {
        number: TicketNumber::new(0, 1, 0),
        customer: Customer::Registered(ANN),
        channel: Channel::Phone,
        store: None,
        team: None,
        subject: Personal::Known(Subject::new("Till 3").expect("a text")),
        description: None,
        category: None,
        skills: Vec::new(),
        priority: Priority::Moderate,
        place: None,
        language: None,
        fields: std::collections::BTreeMap::new(),
    }))
}

pub(super) fn assign() -> TicketCommand {
    TicketCommand::Assign {
        consultant: ANN,
        decision: None,
    }
}

pub(super) fn cancel() -> TicketCommand {
    TicketCommand::Cancel {
        reason: Text::new("no more").expect("a text"),
    }
}

/// What another replica would write for that command, on the same state.
pub(super) fn given_drafts(story: &mut Story, request: Request) -> Draft {
    let kept = std::mem::take(&mut story.waiting);
    let taken = std::mem::replace(story, given());
    let mut other = taken.when(request).decided();
    let draft = other.drafts.remove(0);
    other.batch = None;
    other.waiting = kept;
    *story = other;
    draft
}
