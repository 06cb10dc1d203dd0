//! What one link can't do: answer late, tell what was said, or fill the log.

use std::num::NonZeroU32;

use bytes::Bytes;
use docket_command_api::CommandConfig;
use docket_domain::command::Origin;
use docket_domain::ids::{PersonId, SurveyId, TicketId};
use docket_domain::stream::StreamId;
use docket_domain::survey::{AskedBy, Invitation, Score, SurveyEvent};
use docket_domain::{self as domain, Actor, EventContext};
use docket_event_log::{Draft, Log, Partition, PartitionWriter, Place, WriterConfig};
use docket_schemas::attributes::{CommandDigest, CommandId, EventAttributes};
use docket_schemas::{event, stream};
use docket_service::auth::Role;
use jiff::{SignedDuration, Timestamp};

use super::Survey;
use crate::support::{Replica, events_at, open, person, postgres_log, read};

#[tokio::test]
async fn an_answer_that_comes_too_late_is_refused() {
    let log = postgres_log().await;
    let replica = Replica::on(&log).await;
    let an_hour_ago = || Survey {
        expires_at: Timestamp::now() - SignedDuration::from_hours(1),
        ..Survey::new()
    };
    let (in_time, late) = (an_hour_ago(), an_hour_ago());
    let log = open(&log).await;
    let answered = SurveyEvent::Answered {
        score: Score::new(3).expect("a score"),
        text: None,
    };
    happened(&log, in_time, &[in_time.was_invited(), answered]).await;
    happened(&log, late, &[late.was_invited()]).await;

    let refused = late.scored(&replica, 3).await;
    let refused = refused.expect_problem(410, "survey-expired");
    assert_ne!(refused.header("docket-position"), "", "the log says so");
    // What came in time did: a repeat learns of it.
    let again = in_time.scored(&replica, 3).await;
    assert_eq!(again.told(), "unchanged 2 -");

    // A link of long ago isn't worth a record.
    let long_ago = Survey {
        expires_at: Timestamp::now() - SignedDuration::from_hours(25),
        ..Survey::new()
    };
    let refused = long_ago.scored(&replica, 3).await;
    let refused = refused.expect_problem(410, "survey-expired");
    assert_eq!(refused.header("docket-position"), "");
    // Nor is anybody asked then.
    replica
        .client("inviter", Role::Service)
        .send(&long_ago.invite_path(), "i", long_ago.invitation())
        .await
        .expect_problem(410, "survey-expired");
    replica.stop().await;
}

/// Whoever reads a record's headers, and knows all of the survey but the link, can make the same of
/// no guess.
#[tokio::test]
async fn the_same_answer_by_another_secret_has_other_headers() {
    let survey = Survey::new();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let log = postgres_log().await;
        let replica = Replica::on(&log).await;
        survey.invited(&replica).await;
        survey.scored(&replica, 5).await.expect(200);
        let events = events_at(&open(&log).await, &survey.key()).await;
        let (_, answer) = events.last().expect("the answer");
        ids.push(answer.attribute("commandid").expect("an id").to_owned());
        replica.stop().await;
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn one_link_does_not_fill_the_log() {
    let log = open(&postgres_log().await).await;
    let config = CommandConfig {
        survey_attempts_per_hour: NonZeroU32::new(3).expect("not 0"),
        ..CommandConfig::default()
    };
    let replica = Replica::start(Log::clone(&log), config).await;
    let (survey, other) = (Survey::new(), Survey::new());
    survey.invited(&replica).await;
    survey.scored(&replica, 5).await.expect(200);
    for score in [1, 2] {
        let refused = survey.scored(&replica, score).await;
        refused.expect_problem(409, "already-answered");
    }
    let before = ends(&log).await;
    for score in [3, 4, 5] {
        let refused = survey.scored(&replica, score).await;
        let refused = refused.expect_problem(429, "too-many-answers");
        let after: u64 = refused.header("retry-after").parse().expect("seconds");
        assert!((1..=1_201).contains(&after), "a third of an hour: {after}");
        assert_eq!(refused.header("docket-position"), "");
    }
    assert_eq!(ends(&log).await, before, "nothing was written");
    other
        .invited(&replica)
        .await
        .scored(&replica, 5)
        .await
        .expect(200);
    replica.stop().await;
}

async fn ends(log: &Log) -> Vec<Place> {
    let partitions = 0..log.identity().partitions;
    let ends = partitions.map(|partition| log.end(Partition(partition)));
    let ends = futures::future::join_all(ends).await;
    ends.into_iter().map(|end| end.expect("an end")).collect()
}

impl Survey {
    fn id(self) -> SurveyId {
        SurveyId {
            ticket: TicketId(self.ticket),
            closing: NonZeroU32::new(self.closing).expect("a closing"),
        }
    }

    /// Carla was, by mail.
    fn was_invited(self) -> SurveyEvent {
        SurveyEvent::Invited(Box::new(Invitation {
            customer: Some(PersonId(person("carla"))),
            channel: AskedBy::Email,
            language: None,
            consultant: None,
            team: None,
            category: None,
            store: None,
            area: None,
            expires_at: self.expires_at,
        }))
    }
}

/// Puts events of a survey into the log as another replica would, whatever time it is.
async fn happened(log: &Log, survey: Survey, events: &[SurveyEvent]) {
    let id = StreamId::Survey(survey.id());
    let key = stream::key(id);
    let partition = Partition(stream::partition_of(
        key.as_bytes(),
        log.identity().partitions,
    ));
    let reader = read(log, partition.0).await;
    let mut writer = PartitionWriter::new(Log::clone(log), reader, WriterConfig::default());
    let end = log.end(partition).await.expect("an end");
    while !writer.cursor().has_reached(end) {
        writer.next().await.expect("readable");
    }
    let drafts = events.iter().enumerate().map(|(place, event)| {
        let context = EventContext {
            actor: Actor {
                id: PersonId(person("inviter")),
                role: domain::Role::Service,
            },
            occurred_at: survey.expires_at - SignedDuration::from_hours(1),
            origin: Origin::Live,
            source_sequence: None,
        };
        let (kind, data) = event::encode(&event.clone().into()).expect("encodes");
        Draft {
            kind,
            key: Bytes::from(key.clone()),
            time: Timestamp::now(),
            attributes: EventAttributes {
                context,
                command_id: CommandId([place as u8; 16]),
                command_digest: CommandDigest([0; 8]),
            }
            .to_pairs(),
            traceparent: None,
            data: Bytes::from(data),
        }
    });
    let drafts: Vec<Draft> = drafts.collect();
    let count = drafts.len();
    writer.start_append(drafts).expect("sent");
    loop {
        if let Some(settled) = writer.next().await.expect("readable").settled {
            assert_eq!(settled.won, count);
            return;
        }
    }
}
