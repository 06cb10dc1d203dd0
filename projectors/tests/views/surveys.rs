//! The survey view: a row per invitation, with its answer, whatever happens.

use std::num::NonZeroU32;
use std::time::Duration;

use docket_agreement::View;
use docket_domain::customer::CustomerEvent;
use docket_domain::ids::{SurveyId, TicketId};
use docket_domain::stream::{Command, Event, StreamId};
use docket_domain::survey::{AskedBy, Invitation, Score, SurveyCommand, SurveyEvent};
use docket_domain::text::{Personal, Remark};
use docket_domain::{EventContext, Timestamp};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::random::{History, Random, history, known, mixed, person, text};
use crate::setting::{Setting, rows};
use crate::stories::context;

fn survey(ticket: u64, closing: u32) -> SurveyId {
    SurveyId {
        ticket: TicketId(Uuid::from_u128(ticket.into())),
        closing: NonZeroU32::new(closing).expect("a closing"),
    }
}

fn invitation() -> Invitation {
    Invitation {
        customer: Some(person(3)),
        channel: AskedBy::Email,
        language: Some(text("de")),
        consultant: Some(person(2)),
        team: Some(text("field")),
        category: Some(text("printer")),
        store: Some(text("Berlin 1")),
        area: Some(text("Berlin")),
        expires_at: Timestamp::from_second(1_400_070_000).expect("a time"),
    }
}

fn invited(invitation: Invitation) -> Event {
    SurveyEvent::Invited(Box::new(invitation)).into()
}

fn answered(score: u32, text: Option<Personal<Remark>>) -> Event {
    let score = Score::new(score).expect("a score");
    SurveyEvent::Answered { score, text }.into()
}

fn at(hour: i64, event: Event) -> (EventContext, Event) {
    (context(hour), event)
}

#[tokio::test]
async fn a_row_says_who_was_asked_about_what_and_what_they_said() {
    let mut setting = Setting::memory(1).await;
    let alone = Invitation {
        customer: None,
        channel: AskedBy::Sms,
        language: None,
        consultant: None,
        team: None,
        category: None,
        store: None,
        area: None,
        ..invitation()
    };
    let events = [
        (survey(7, 1), at(1, invited(invitation()))),
        (survey(7, 2), at(2, invited(invitation()))),
        (survey(8, 1), at(3, invited(alone))),
        (survey(7, 1), at(4, answered(5, Some(known("Schnell"))))),
        (survey(7, 2), at(5, answered(1, Some(Personal::Erased)))),
    ];
    let events = events.map(|(id, (context, event))| (StreamId::Survey(id), context, event));
    setting.append(events).await;
    let projector = setting.project_surveys(1);
    let view = setting.surveys_caught_up(1).await;
    projector.stop().await;
    let rows = rows(&view, "survey", "ticket, closing").await;
    let [first, second, third] = &rows[..] else {
        panic!("{rows:#?}");
    };
    let hour = |n: i64| json!(context(n).occurred_at.as_second());
    let shown = |row: &Value, fields: &[&str]| -> Vec<Value> {
        fields.iter().map(|field| row[field].clone()).collect()
    };
    assert_eq!(
        shown(
            first,
            &["version", "closing", "score", "text", "text_erased"]
        ),
        [json!(2), json!(1), json!(5), json!("Schnell"), json!(false)]
    );
    assert_eq!(
        shown(
            first,
            &[
                "customer",
                "consultant",
                "team",
                "category",
                "store",
                "area"
            ]
        ),
        [
            json!(person(3).0),
            json!(person(2).0),
            json!("field"),
            json!("printer"),
            json!("Berlin 1"),
            json!("Berlin")
        ]
    );
    assert_eq!(
        [seconds(first, "invited_at"), seconds(first, "answered_at")],
        [hour(1), hour(4)]
    );
    assert_eq!(
        shown(
            second,
            &["version", "closing", "score", "text", "text_erased"]
        ),
        [json!(2), json!(2), json!(1), Value::Null, json!(true)]
    );
    assert_eq!(
        shown(
            third,
            &["version", "channel", "customer", "score", "answered_at"]
        ),
        [
            json!(1),
            json!("sms"),
            Value::Null,
            Value::Null,
            Value::Null
        ]
    );
}

/// A time of a row, in whole seconds.
fn seconds(row: &Value, field: &str) -> Value {
    let time = row[field].as_str().and_then(|time| time.parse().ok());
    json!(time.map(|time: Timestamp| time.as_second()))
}

fn command(random: &mut Random, step: usize) -> Command {
    if step == 0 || random.below(6) == 0 {
        let invitation = Invitation {
            customer: random.maybe(|random| person(random.below(4))),
            consultant: random.maybe(|random| person(10 + random.below(3))),
            ..invitation()
        };
        return SurveyCommand::Invite(Box::new(invitation)).into();
    }
    let score = Score::new(1 + random.below(5) as u32).expect("a score");
    let text = random.maybe(|random| random.one_of(&[known("gut"), Personal::Erased]));
    SurveyCommand::Answer { score, text }.into()
}

pub(crate) fn surveys(random: &mut Random, count: u64) -> Vec<History> {
    let one = |n: u64, random: &mut Random| {
        let id = StreamId::Survey(survey(n / 2, (n % 2) as u32 + 1));
        let commands = random.below(5) as usize;
        History::new(random, id, commands, command)
    };
    (0..count).map(|n| one(n, random)).collect()
}

/// Among tickets, which the view must not see, by two projectors at once, while two of the customers
/// are erased.
#[tokio::test]
async fn the_view_agrees_with_a_fold_of_the_log_and_with_another_generation() {
    let mut setting = Setting::memory(2).await;
    let mut random = Random(20_261_121);
    let mut all = surveys(&mut random, 120);
    all.extend((0..20).map(|n| history(&mut random, 500 + n, 10)));
    let first = setting.project_surveys(1);
    let also_first = setting.project_surveys(1);
    let mut events = mixed(&all, &mut random);
    for (place, customer) in [(30, 1), (events.len() / 2, 2)] {
        let (context, event) = at(9, CustomerEvent::Erased.into());
        events.insert(
            place,
            (StreamId::Customer(person(customer)), context, event),
        );
    }
    for some in events.chunks(50) {
        setting.append(some.to_vec()).await;
    }
    let view = setting.surveys_caught_up(1).await;
    first.stop().await;
    also_first.stop().await;

    let counted = setting.agrees(View::Survey, 1).await;
    let shown = rows(&view, "survey", "ticket, closing").await;
    let answered = shown.iter().filter(|row| !row["score"].is_null()).count();
    assert!(
        answered > 20 && answered < counted["survey"],
        "{answered} of {counted:?}"
    );
    let taken = |row: &&Value| row["text_erased"] == true && row["customer"] == json!(person(1).0);
    assert!(shown.iter().filter(taken).count() > 3);
    assert!(rows(&view, "parked_stream", "stream").await.is_empty());

    let at_once = setting.project_surveys(2);
    let again = setting.surveys_caught_up(2).await;
    at_once.stop().await;
    assert_eq!(shown, rows(&again, "survey", "ticket, closing").await);
}

/// Until somebody waits for the survey's table.
async fn somebody_waits(view: &PgPool) {
    const SQL: &str = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted
        AND relation = 'survey'::regclass)";
    let look = || sqlx::query_scalar::<_, bool>(SQL).fetch_one(view);
    while !look().await.expect("read") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The projector of the answer's partition has written it, and commits only when the one of the
/// customer's is about to erase.
#[tokio::test]
async fn an_answer_that_is_being_written_is_not_missed_by_an_erasure() {
    let mut setting = Setting::memory(1).await;
    let asked = (
        StreamId::Survey(survey(1, 1)),
        context(1),
        invited(invitation()),
    );
    setting.append([asked]).await;
    let projector = setting.project_surveys(1);
    let view = setting.surveys_caught_up(1).await;
    let mut writing = view.begin().await.expect("connected");
    sqlx::query("UPDATE survey SET score = 5, answered_at = now(), text = 'Carla here'")
        .execute(&mut *writing)
        .await
        .expect("written");
    let (context, event) = at(2, CustomerEvent::Erased.into());
    setting
        .append([(StreamId::Customer(person(3)), context, event)])
        .await;
    let held_off = tokio::time::timeout(Duration::from_mins(1), somebody_waits(&view)).await;
    held_off.expect("the erasure waits for what is being written");
    writing.commit().await.expect("committed");
    setting.surveys_caught_up(1).await;
    projector.stop().await;
    let rows = rows(&view, "survey", "id").await;
    assert_eq!(
        (&rows[0]["text"], &rows[0]["text_erased"], &rows[0]["score"]),
        (&Value::Null, &json!(true), &json!(5))
    );
}

#[tokio::test]
async fn what_no_decider_writes_parks_its_survey_and_no_other() {
    let mut setting = Setting::memory(1).await;
    let of = |id, (context, event)| (StreamId::Survey(id), context, event);
    let events = [
        of(survey(1, 1), at(1, answered(5, None))),
        of(survey(2, 1), at(2, invited(invitation()))),
        of(survey(2, 1), at(3, invited(invitation()))),
        of(survey(3, 1), at(4, invited(invitation()))),
        of(survey(3, 1), at(5, answered(4, None))),
        of(survey(3, 1), at(6, answered(4, None))),
        of(survey(4, 1), at(7, invited(invitation()))),
        of(survey(2, 1), at(8, answered(3, None))),
    ];
    setting.append(events).await;
    let projector = setting.project_surveys(1);
    let view = setting.surveys_caught_up(1).await;
    projector.stop().await;
    let parked = rows(&view, "parked_stream", "since_sequence").await;
    let why: Vec<&str> = parked
        .iter()
        .filter_map(|row| row["error"].as_str())
        .collect();
    assert_eq!(
        why,
        [
            "an answer to a survey that nobody was invited to",
            "the survey's customer is invited a second time",
            "the survey is answered a second time",
        ]
    );
    let versions: Vec<Value> = rows(&view, "survey", "ticket")
        .await
        .iter()
        .map(|row| row["version"].clone())
        .collect();
    assert_eq!(versions, [1, 2, 1]);
    assert_eq!(rows(&view, "dead_letter", "sequence").await.len(), 4);
}
