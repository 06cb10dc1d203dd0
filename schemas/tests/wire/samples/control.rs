//! Control records, and the answers in a barrier.

use docket_domain::catalogue::CatalogueCommandName;
use docket_domain::command::CommandName;
use docket_domain::consultant::ConsultantCommandName;
use docket_domain::customer::CustomerCommandName;
use docket_domain::rejection::Countable;
use docket_domain::stream::AnyCommandName;
use docket_domain::survey::SurveyCommandName;
use docket_domain::{Rejection, Role, StatusName, Timestamp};
use docket_schemas::attributes::{CommandDigest, CommandId};
use docket_schemas::control::{
    Answer, AnswerOutcome, Barrier, Claimed, Closed, Control, Genesis, Opened, OpenedReason,
};
use uuid::Uuid;

use super::{person, time};

/// Every kind of refusal that the golden barrier lists.
pub(crate) fn rejections() -> Vec<Rejection> {
    let moment = time("2026-11-20T08:15:30.25Z");
    let mut all = vec![
        Rejection::Forbidden {
            role: Role::StoreStaff,
            command: CommandName::AddComment.into(),
        },
        Rejection::NotFound,
        Rejection::AlreadyOpened,
        Rejection::NotAllowed {
            command: CommandName::Resume,
            status: StatusName::InProgress,
        },
        Rejection::Stale {
            expected: 3,
            actual: u32::MAX,
        },
        Rejection::DeclinedBefore {
            consultant: person(2),
        },
        Rejection::ReopenWindowOver { until: moment },
        Rejection::TimeNotAllowed {
            role: Role::Consultant,
            earliest: moment,
            latest: Timestamp::MAX,
        },
        Rejection::LinkToItself,
    ];
    for what in [
        Countable::Fields,
        Countable::Skills,
        Countable::Parts,
        Countable::Entries,
        Countable::Links,
    ] {
        all.push(Rejection::Full { what, max: 50 });
    }
    all
}

/// Every kind and every word of refusals that came after it.
pub(crate) fn later_rejections() -> Vec<Rejection> {
    let names = ConsultantCommandName::ALL
        .map(AnyCommandName::from)
        .into_iter()
        .chain(CustomerCommandName::ALL.map(AnyCommandName::from))
        .chain(SurveyCommandName::ALL.map(AnyCommandName::from))
        .chain(CatalogueCommandName::ALL.map(AnyCommandName::from));
    let forbidden = names.map(|command| Rejection::Forbidden {
        role: Role::Receptionist,
        command,
    });
    let full = [
        Countable::Areas,
        Countable::Languages,
        Countable::Shifts,
        Countable::CatalogueEntries,
    ]
    .map(|what| Rejection::Full { what, max: 10_000 });
    let people = [
        Rejection::NotRegistered,
        Rejection::AlreadyRegistered,
        Rejection::Retired,
        Rejection::Erased,
    ];
    let surveys = [
        Rejection::NotInvited,
        Rejection::AlreadyInvited,
        Rejection::AlreadyAnswered,
        Rejection::SurveyExpired {
            expires_at: Timestamp::MAX,
        },
    ];
    forbidden.chain(full).chain(people).chain(surveys).collect()
}

/// An answer that takes about as much room as one can.
pub(crate) fn answer(outcome: AnswerOutcome) -> Answer {
    Answer {
        stream: "ticket-00000000-0000-0000-0000-000000000004".into(),
        command_id: CommandId([0xa5; 16]),
        command_digest: CommandDigest([0x0f; 8]),
        source_sequence: Some(u64::MAX),
        version: u32::MAX,
        outcome,
    }
}

/// Every control record as (name of its golden file without `.json`, record).
pub(crate) fn controls() -> Vec<(&'static str, Control)> {
    let mut answers = vec![Answer {
        source_sequence: None,
        ..answer(AnswerOutcome::Unchanged)
    }];
    answers.extend(
        rejections()
            .into_iter()
            .map(|rejection| answer(AnswerOutcome::Rejected(rejection))),
    );
    vec![
        (
            "docket.log.genesis.v1",
            Control::Genesis(Genesis {
                log_id: Uuid::from_u128(5),
                partition: 7,
                partitions: 8,
                format_version: 1,
            }),
        ),
        (
            "docket.log.barrier.v1",
            Control::Barrier(Barrier { answers }),
        ),
        (
            "docket.log.barrier.v1.least",
            Control::Barrier(Barrier::default()),
        ),
        (
            "docket.log.claimed.v1",
            Control::Claimed(Claimed {
                writer: Uuid::from_u128(6),
                address: "api-1.internal:8080".into(),
            }),
        ),
        (
            "docket.log.closed.v1",
            Control::Closed(Closed {
                successor: "kafka kafka-1:9092 docket.events".into(),
            }),
        ),
        (
            "docket.log.opened.v1",
            Control::Opened(Opened {
                incarnation: Uuid::from_u128(7),
                reason: OpenedReason::Moved,
            }),
        ),
    ]
}
