//! What holds in every history, whoever sends whatever in whatever order, of arbitrary commands as
//! proptest strategies.

use std::collections::HashSet;

use docket_domain::catalogue::CatalogueCommand;
use docket_domain::command::Origin;
use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantCommand, ConsultantEvent, Profile, ProfileChange,
};
use docket_domain::customer::{
    ContactChange, CustomerCommand, CustomerEvent, NotificationChannel, PreferencesChange,
    Registration,
};
use docket_domain::decide::Decision;
use docket_domain::stream::{Aggregate, Command, Event, StreamId, authorize, decide, evolve};
use docket_domain::survey::{Invitation, SurveyCommand, SurveyEvent};
use docket_domain::text::Personal;
use docket_domain::{Actor, CommandContext, EventContext, History, Rejection, Role, Timestamp};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::scenarios::{
    ANNA, CARLA, CATALOGUE, CONSULTANT, CUSTOMER, NOON, SURVEY, entry, holiday, invitation, labels,
    named, office_hours, phone, place, profile, put, registration, remove, respondent, score,
    stranger, text,
};

/// A command on its way: who, what, how far it is dated back, its places here and there.
type Step = (Actor, Command, i64, Option<u64>, Option<u32>);

/// A step that was decided.
struct Told {
    context: CommandContext,
    command: Command,
    before: Aggregate,
    decision: Decision<Event>,
    after: Aggregate,
}

fn ask(id: StreamId, on: &Aggregate, context: &CommandContext, asked: &Command) -> Decision<Event> {
    authorize(id, context, on, asked)?;
    decide(id, on, context, asked)
}

/// Runs the steps as the command API would, an hour apart.
fn tell(id: StreamId, steps: Vec<Step>) -> Vec<Told> {
    let mut now = NOON;
    let mut aggregate = Aggregate::initial(id);
    let mut told = Vec::with_capacity(steps.len());
    for (actor, command, hours_back, source_sequence, expected_version) in steps {
        now += SignedDuration::from_hours(1);
        let context = CommandContext {
            actor,
            now,
            occurred_at: now - SignedDuration::from_hours(hours_back),
            origin: Origin::Live,
            source_sequence,
            expected_version,
        };
        let decision = ask(id, &aggregate, &context, &command);
        let before = aggregate.clone();
        if let Ok(Some(event)) = &decision {
            aggregate = evolve(aggregate, &EventContext::from(&context), event);
        }
        told.push(Told {
            context,
            command,
            before,
            decision,
            after: aggregate.clone(),
        });
    }
    told
}

fn actor() -> impl Strategy<Value = Actor> {
    let anybody = (
        prop::sample::select(vec![ANNA, CARLA]),
        prop::sample::select(Role::ALL.to_vec()),
    );
    prop_oneof![
        4 => Just(stranger(Role::Administrator)),
        2 => Just(stranger(Role::Importer)),
        2 => Just(stranger(Role::Service)),
        2 => Just(respondent()),
        2 => anybody.prop_map(|(id, role)| Actor { id, role }),
    ]
}

fn profile_change() -> impl Strategy<Value = ProfileChange> {
    let change = (
        prop::option::of(prop::sample::select(vec!["Anna", "Annika"])),
        prop::option::of(prop::sample::select(vec![labels([]), labels(["Hamburg"])])),
        prop::option::of(0..3u32),
    );
    change.prop_map(|(name, areas, capacity)| ProfileChange {
        name: name.map(named),
        areas,
        capacity,
        ..ProfileChange::default()
    })
}

fn to_consultant() -> impl Strategy<Value = Command> {
    use Availability::{Available, Away, Busy};
    let availability = (
        prop::option::of(prop::sample::select(vec![Available, Busy, Away])),
        prop::option::of(prop::sample::select(vec![None, Some(office_hours())])),
    );
    let place = prop::sample::select(vec![None, Some(place("One")), Some(place("Two"))]);
    let command = prop_oneof![
        2 => (0..3u32).prop_map(|capacity| ConsultantCommand::Register(Box::new(Profile {
            capacity,
            ..profile()
        }))),
        3 => profile_change().prop_map(|it| ConsultantCommand::ChangeProfile(Box::new(it))),
        3 => availability.prop_map(|(availability, hours)| {
            ConsultantCommand::ChangeAvailability(Box::new(AvailabilityChange {
                availability,
                hours,
            }))
        }),
        2 => place.prop_map(|place| ConsultantCommand::ChangePlace { place }),
        1 => Just(ConsultantCommand::Retire),
    ];
    command.prop_map(Command::from)
}

fn to_customer() -> impl Strategy<Value = Command> {
    use NotificationChannel::{Email, None, Sms};
    let contact = (
        prop::option::of(prop::sample::select(vec!["Carla", "Carlotta"])),
        prop::option::of(prop::option::of(prop::sample::select(vec!["110", "112"]))),
    );
    let preferences = (
        prop::option::of(prop::sample::select(vec![Email, Sms, None])),
        prop::option::of(any::<bool>()),
    );
    let command = prop_oneof![
        3 => prop::sample::select(vec!["Carla", "Carlotta"]).prop_map(|name| {
            CustomerCommand::Register(Box::new(Registration {
                name: named(name),
                ..registration()
            }))
        }),
        6 => contact.prop_map(|(name, number)| {
            CustomerCommand::ChangeContact(Box::new(ContactChange {
                name: name.map(named),
                phone: number.map(|number| number.map(phone)),
                ..ContactChange::default()
            }))
        }),
        6 => preferences.prop_map(|(channel, surveys)| {
            CustomerCommand::ChangePreferences(PreferencesChange {
                channel,
                surveys,
                ..PreferencesChange::default()
            })
        }),
        1 => Just(CustomerCommand::Erase),
    ];
    command.prop_map(Command::from)
}

fn to_catalogue() -> impl Strategy<Value = Command> {
    use docket_domain::catalogue::EntryKind;
    let date = (1..3i8).prop_map(|day| jiff::civil::date(2026, 5, day));
    let area = prop::sample::select(vec![None, Some("Hamburg")]);
    let entry = prop_oneof![
        prop::sample::select(EntryKind::ALL.to_vec()).prop_map(entry),
        (date, area).prop_map(|(date, area)| holiday(date, area)),
    ];
    (entry, any::<bool>()).prop_map(|(entry, wanted)| {
        let command: CatalogueCommand = if wanted {
            put(entry)
        } else {
            remove(entry.key())
        };
        command.into()
    })
}

fn to_survey() -> impl Strategy<Value = Command> {
    let expires_at = (0..40i64).prop_map(|hours| NOON + SignedDuration::from_hours(hours));
    let said = prop::option::of(prop::sample::select(vec!["fine", "never again"]));
    let command = prop_oneof![
        1 => expires_at.prop_map(|expires_at| SurveyCommand::Invite(Box::new(Invitation {
            expires_at,
            ..invitation()
        }))),
        3 => (1..=5u32, said).prop_map(|(given, said)| SurveyCommand::Answer {
            score: score(given),
            text: said.map(|said| Personal::Known(text(said))),
        }),
    ];
    command.prop_map(Command::from)
}

fn steps(command: impl Strategy<Value = Command>) -> impl Strategy<Value = Vec<Step>> {
    let step = (
        actor(),
        command,
        prop_oneof![8 => Just(0), 1 => -1..200i64],
        prop_oneof![4 => Just(None), 1 => (0..40u64).prop_map(Some)],
        prop_oneof![9 => Just(None), 1 => (0..10u32).prop_map(Some)],
    );
    prop::collection::vec(step, 0..40)
}

/// A history of each kind of stream.
fn history() -> impl Strategy<Value = (StreamId, Vec<Step>)> {
    prop_oneof![
        steps(to_consultant()).prop_map(|steps| (CONSULTANT, steps)),
        steps(to_customer()).prop_map(|steps| (CUSTOMER, steps)),
        steps(to_survey()).prop_map(|steps| (SURVEY, steps)),
        steps(to_catalogue()).prop_map(|steps| (CATALOGUE, steps)),
    ]
}

fn steps_of_surveys() -> impl Strategy<Value = (StreamId, Vec<Step>)> {
    steps(to_survey()).prop_map(|steps| (SURVEY, steps))
}

/// The accepted steps, each with its event.
fn events(told: &[Told]) -> impl Iterator<Item = (&Told, &Event)> {
    told.iter().filter_map(|step| match &step.decision {
        Ok(Some(event)) => Some((step, event)),
        _ => None,
    })
}

proptest! {
    #[test]
    fn an_accepted_command_sent_again_has_no_second_effect((id, steps) in history()) {
        for (step, event) in events(&tell(id, steps)) {
            let again = ask(id, &step.after, &step.context, &step.command);
            prop_assert!(
                !matches!(again, Ok(Some(_))),
                "{:?} came to {event:?} and, sent again, to {again:?}", step.command
            );
        }
    }

    #[test]
    fn what_is_so_already_or_refused_leaves_no_trace((id, steps) in history()) {
        for step in tell(id, steps) {
            if !matches!(step.decision, Ok(Some(_))) {
                prop_assert_eq!(step.before, step.after);
            }
        }
    }

    #[test]
    fn an_event_always_changes_something((id, steps) in history()) {
        for (step, event) in events(&tell(id, steps)) {
            prop_assert!(
                without_history(&step.before) != without_history(&step.after),
                "{event:?} changed nothing"
            );
        }
    }

    #[test]
    fn versions_times_and_sequences_count_the_events((id, steps) in history()) {
        let told = tell(id, steps);
        let (mut version, mut as_of, mut sequence) = (0, Timestamp::MIN, None);
        for (step, _) in events(&told) {
            version += 1;
            if step.context.source_sequence.is_some() {
                prop_assert!(sequence < step.context.source_sequence);
                sequence = step.context.source_sequence;
            }
            as_of = as_of.max(step.context.occurred_at);
            let history = history_of(&step.after);
            prop_assert_eq!(step.after.version(), version);
            prop_assert_eq!(history.as_of, as_of);
            prop_assert_eq!(history.source_sequence, sequence);
        }
    }

    #[test]
    fn nobody_is_at_work_while_retired_and_nothing_follows_erasure((id, steps) in history()) {
        let told = tell(id, steps);
        let mut gone = true;
        let mut erased = false;
        for (_, event) in events(&told) {
            prop_assert!(!erased, "{event:?} after everything was erased");
            match event {
                Event::Consultant(ConsultantEvent::Registered(_)) => {
                    prop_assert!(gone);
                    gone = false;
                }
                Event::Consultant(event) => {
                    prop_assert!(!gone, "{event:?} while retired");
                    gone = matches!(event, ConsultantEvent::Retired);
                }
                Event::Customer(event) => erased = matches!(event, CustomerEvent::Erased),
                Event::Ticket(_) | Event::Survey(_) | Event::Catalogue(_) => {}
            }
        }
    }

    #[test]
    fn a_customer_is_asked_once_and_answers_once_in_time((id, steps) in steps_of_surveys()) {
        let told = tell(id, steps);
        let (mut asked, mut answers) = (None, 0);
        for (step, event) in events(&told) {
            match event {
                Event::Survey(SurveyEvent::Invited(invitation)) => {
                    prop_assert!(asked.is_none(), "asked twice");
                    prop_assert_eq!(step.context.actor.role, Role::Service);
                    asked = Some(invitation.expires_at);
                }
                Event::Survey(SurveyEvent::Answered { .. }) => {
                    prop_assert!(asked.is_some_and(|until| step.context.occurred_at <= until));
                    prop_assert_eq!(step.context.actor, respondent());
                    answers += 1;
                }
                other => prop_assert!(false, "{other:?} of a survey"),
            }
        }
        prop_assert!(answers <= 1);
    }
}

fn history_of(aggregate: &Aggregate) -> History {
    match aggregate {
        Aggregate::Ticket(_) => unreachable!("no tickets here"),
        Aggregate::Consultant(consultant) => consultant.history(),
        Aggregate::Customer(customer) => customer.history(),
        Aggregate::Survey(survey) => survey.history(),
        Aggregate::Catalogue(catalogue) => catalogue.history,
    }
}

/// What the stream says, whatever became of it before.
fn without_history(aggregate: &Aggregate) -> Aggregate {
    use docket_domain::consultant::Consultant;
    use docket_domain::customer::Customer;
    use docket_domain::survey::Survey;
    let mut aggregate = aggregate.clone();
    match &mut aggregate {
        Aggregate::Consultant(Consultant::Registered(state)) => state.history = History::default(),
        Aggregate::Consultant(Consultant::Retired(history))
        | Aggregate::Customer(Customer::Erased(history)) => **history = History::default(),
        Aggregate::Customer(Customer::Registered(state)) => state.history = History::default(),
        Aggregate::Catalogue(catalogue) => catalogue.history = History::default(),
        Aggregate::Survey(Survey::Invited(state)) => state.history = History::default(),
        Aggregate::Survey(Survey::Answered(state)) => state.history = History::default(),
        Aggregate::Ticket(_)
        | Aggregate::Consultant(_)
        | Aggregate::Customer(_)
        | Aggregate::Survey(Survey::NotInvited) => {}
    }
    aggregate
}

/// Guards the properties above against holding for want of cases.
#[test]
fn the_histories_reach_every_kind_of_event_and_refusal() {
    let mut runner = TestRunner::deterministic();
    let mut events_seen = HashSet::new();
    let mut refusals_seen = HashSet::new();
    let mut resent_as_already_so = 0;
    for _ in 0..500 {
        let (id, steps) = history().new_tree(&mut runner).unwrap().current();
        for step in tell(id, steps) {
            match &step.decision {
                Ok(Some(event)) => {
                    events_seen.insert(match event {
                        Event::Ticket(_) => unreachable!("no tickets here"),
                        Event::Consultant(event) => format!("{:?}", std::mem::discriminant(event)),
                        Event::Customer(event) => format!("c{:?}", std::mem::discriminant(event)),
                        Event::Survey(event) => format!("s{:?}", std::mem::discriminant(event)),
                        Event::Catalogue(event) => format!("k{:?}", std::mem::discriminant(event)),
                    });
                    let again = ask(id, &step.after, &step.context, &step.command);
                    resent_as_already_so += usize::from(again == Ok(None));
                }
                Ok(None) => {}
                Err(rejection) => {
                    refusals_seen.insert(std::mem::discriminant(rejection));
                }
            }
        }
    }
    assert_eq!(events_seen.len(), 5 + 4 + 2 + 2);
    // Forbidden, Stale, TimeNotAllowed, the four of people and the four of surveys; not Full.
    assert_eq!(refusals_seen.len(), 11);
    assert!(!refusals_seen.contains(&std::mem::discriminant(&Rejection::NotFound)));
    assert!(resent_as_already_so > 300);
}
