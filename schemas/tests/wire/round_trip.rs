//! Whatever the domain can say comes back from the wire as it was.

use docket_domain::event::EventContext;
use std::num::NonZeroU32;

use docket_domain::ids::{SurveyId, TicketId};
use docket_domain::routing::{BEST_MAX, Reason};
use docket_domain::stream::{Event, StreamId};
use docket_domain::{Actor, Role, TicketEvent};
use docket_schemas::attributes::{self, CommandDigest, CommandId, EventAttributes};
use docket_schemas::control::{Answer, AnswerOutcome, Barrier};
use docket_schemas::{event, stream};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use crate::samples;
use crate::strategies::{self, person, time};

proptest! {
    #[test]
    fn any_event_comes_back_as_it_was(event in strategies::event()) {
        let (kind, data) = event::encode(&event).unwrap();
        prop_assert!(event::types().any(|newest| newest == kind));
        prop_assert_eq!(event::decode(kind, &data).unwrap(), event);
    }

    #[test]
    fn any_attributes_come_back_as_they_were(
        id in person(),
        role in select(Role::ALL.to_vec()),
        occurred_at in time(),
        import in any::<bool>(),
        source_sequence in of(any::<u64>()),
        command_id in any::<[u8; 16]>(),
        command_digest in any::<[u8; 8]>(),
    ) {
        let event = EventAttributes {
            context: EventContext {
                actor: Actor { id, role },
                occurred_at,
                origin: attributes::parse_origin(if import { "import" } else { "live" }).unwrap(),
                source_sequence,
            },
            command_id: CommandId(command_id),
            command_digest: CommandDigest(command_digest),
        };
        let pairs = event.to_pairs();
        prop_assert!(pairs.is_sorted());
        let get = |name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.as_str());
        prop_assert_eq!(EventAttributes::from_lookup(get).unwrap(), event);
    }

    #[test]
    fn any_sequence_is_twenty_digits_and_comes_back(sequence in any::<u64>()) {
        let text = attributes::sequence(sequence);
        prop_assert_eq!(text.len(), 20);
        prop_assert_eq!(attributes::parse_sequence(&text).unwrap(), sequence);
    }
}

/// Nearly every ticket has such a record, for ever.
#[test]
fn a_decision_with_all_of_the_best_is_about_four_kibibytes() {
    let consultant = samples::person(2);
    let mut decision = samples::decision(consultant);
    let first = decision.best[0];
    decision.best = vec![first; BEST_MAX];
    decision.considered = 5_000;
    decision.excluded.add(Reason::Skills, 4_979 - 100);
    decision.excluded.add(Reason::Capacity, 100);
    decision.basis.positions = vec![12_345_678; 8];
    let event = Event::from(TicketEvent::Assigned {
        consultant,
        decision: Some(Box::new(decision)),
    });
    let (kind, data) = event::encode(&event).unwrap();
    assert!(data.len() <= 4_096, "{}", data.len());
    assert_eq!(event::decode(kind, &data).unwrap(), event);
}

#[test]
fn every_refusal_comes_back_as_it_was() {
    for rejection in [samples::rejections(), samples::later_rejections()].concat() {
        let outcome = AnswerOutcome::Rejected(rejection);
        let json = serde_json::to_string(&outcome).unwrap();
        assert_eq!(
            serde_json::from_str::<AnswerOutcome>(&json).unwrap(),
            outcome,
            "{json}"
        );
    }
}

#[test]
fn an_answer_of_a_newer_version_is_kept_and_stops_nobody() {
    for outcome in [
        r#"{"rejected":{"kind":"too_loud"}}"#,
        r#"{"rejected":{"kind":"forbidden","role":"king","command":"open"}}"#,
        r#"{"postponed":{"until":"2027-01-01T00:00:00Z"}}"#,
    ] {
        let read: AnswerOutcome = serde_json::from_str(outcome).unwrap();
        assert!(matches!(read, AnswerOutcome::Newer(_)), "{read:?}");
        let again = serde_json::to_value(&read).unwrap();
        assert_eq!(
            again,
            serde_json::from_str::<serde_json::Value>(outcome).unwrap()
        );
    }
}

/// The command API writes so many into one.
#[test]
fn ninety_six_answers_fit_into_a_barrier_whatever_they_say() {
    let longest = StreamId::Survey(SurveyId {
        ticket: TicketId(Uuid::nil()),
        closing: NonZeroU32::MAX,
    });
    for rejection in [samples::rejections(), samples::later_rejections()].concat() {
        let answer = Answer {
            stream: stream::key(longest),
            ..samples::answer(AnswerOutcome::Rejected(rejection))
        };
        let barrier = Barrier {
            answers: vec![answer; 96],
        };
        let data = barrier.encode().unwrap();
        assert_eq!(Barrier::decode(&data).unwrap(), barrier);
    }
}
