//! Building histories, one invocation at a time.

use std::sync::Arc;

use docket_domain::command::{Channel, Customer, OpenTicket, Origin, Priority, Visibility};
use docket_domain::ids::{CommentId, PersonId, TicketId};
use docket_domain::stream::{Command, StreamId};
use docket_domain::text::{Personal, Text};
use docket_domain::{Actor, Role, StatusName, TicketCommand, TicketNumber};
use docket_history::{
    Answer, Asked, Budget, History, Invocation, OperationId, RejectionKind, Report, Violation,
};
use uuid::Uuid;

/// A history in the making.
#[derive(Clone, Default)]
pub(crate) struct Story {
    pub(crate) history: History,
    number: Option<TicketNumber>,
}

impl Story {
    /// Operation `id` asked this from one moment to another, in milliseconds.
    #[track_caller]
    pub(crate) fn asked(
        mut self,
        id: u128,
        asked: &Asked,
        moments: [u64; 2],
        answer: Answer,
    ) -> Self {
        self.history.push(Invocation {
            client: 0,
            operation: OperationId(Uuid::from_u128(id)),
            asked: Arc::new(asked.clone()),
            invoked: moments[0] * 1_000_000,
            returned: moments[1] * 1_000_000,
            answer,
            number: self.number,
        });
        self
    }

    /// From here on answers tell this number.
    pub(crate) fn numbered(mut self, count: u64) -> Self {
        self.number = Some(TicketNumber::new(count, 1, 0));
        self
    }

    pub(crate) fn check(&self) -> Report {
        self.history.check(Budget::default())
    }

    #[track_caller]
    pub(crate) fn passes(&self) {
        let report = self.check();
        assert!(report.is_linearizable(), "{report}");
    }

    /// There is exactly one violation, and its explanation says this.
    #[track_caller]
    pub(crate) fn fails(&self, saying: &str) -> Violation {
        let report = self.check();
        assert_eq!(report.undecided, []);
        let [violation] = report.violations.as_slice() else {
            panic!("one violation was expected: {report}");
        };
        let text = violation.to_string();
        assert!(text.contains(saying), "{text}");
        violation.clone()
    }
}

pub(crate) const TICKET: StreamId = StreamId::Ticket(TicketId(Uuid::from_u128(1)));
pub(crate) const MANAGER: Actor = Actor {
    id: PersonId(Uuid::from_u128(100)),
    role: Role::Manager,
};

pub(crate) fn ask(command: impl Into<Command>) -> Asked {
    Asked {
        stream: TICKET,
        actor: MANAGER,
        command: command.into(),
        origin: Origin::Live,
        occurred_at: None,
        source_sequence: None,
        expected_version: None,
    }
}

pub(crate) fn open() -> Asked {
    ask(TicketCommand::Open(Box::new(OpenTicket {
        number: TicketNumber::new(0, 1, 0),
        customer: Customer::Registered(PersonId(Uuid::from_u128(7))),
        channel: Channel::Phone,
        store: None,
        team: None,
        subject: Personal::Known(text("Printer on fire")),
        description: None,
        category: None,
        skills: Vec::new(),
        priority: Priority::Moderate,
        place: None,
        language: None,
        fields: std::collections::BTreeMap::new(),
    })))
}

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).expect("a text")
}

pub(crate) fn comment(id: u128) -> Asked {
    ask(TicketCommand::AddComment {
        comment: CommentId(Uuid::from_u128(id)),
        visibility: Visibility::Public,
        text: Personal::Known(text("Still burning")),
    })
}

pub(crate) fn assign(consultant: u128) -> Asked {
    ask(TicketCommand::Assign {
        consultant: PersonId(Uuid::from_u128(consultant)),
        decision: None,
    })
}

pub(crate) fn cancel() -> Asked {
    ask(TicketCommand::Cancel {
        reason: text("over"),
    })
}

pub(crate) fn resolve() -> Asked {
    ask(TicketCommand::Resolve {
        code: text("replaced"),
        note: None,
    })
}

pub(crate) fn close() -> Asked {
    ask(TicketCommand::Close {
        reopen_until: docket_domain::Timestamp::UNIX_EPOCH,
    })
}

pub(crate) fn reopen() -> Asked {
    ask(TicketCommand::Reopen {
        reason: text("it burns again"),
    })
}

pub(crate) fn applied(version: u32) -> Answer {
    Answer::Applied {
        version,
        status: None,
    }
}

pub(crate) fn applied_as(version: u32, status: StatusName) -> Answer {
    Answer::Applied {
        version,
        status: Some(status),
    }
}

pub(crate) fn unchanged(version: u32) -> Answer {
    Answer::Unchanged {
        version,
        status: None,
    }
}

pub(crate) fn refused(version: u32, kind: RejectionKind) -> Answer {
    Answer::Rejected {
        version: Some(version),
        kind,
    }
}
