//! Surveys over HTTP: asked by a service, answered by whoever has the link, once.

mod bounds;

use std::num::NonZeroU32;

use docket_event_log::LogConfig;
use docket_service::auth::Role;
use docket_service::survey_link::{SurveyLink, SurveyLinks};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    Answer, Replica, answer, events_at, key, on_both_logs, open, person, postgres_log,
};

on_both_logs!(a_survey_from_the_invitation_to_the_answer);

/// One closing of a ticket, and until when its customer may say how it went.
#[derive(Clone, Copy)]
struct Survey {
    ticket: Uuid,
    closing: u32,
    expires_at: Timestamp,
}

impl Survey {
    fn new() -> Self {
        Self {
            ticket: Uuid::new_v4(),
            closing: 1,
            expires_at: Timestamp::now() + SignedDuration::from_hours(24 * 14),
        }
    }

    fn invite_path(self) -> String {
        format!("/v1/surveys/{}-{}/invite", self.ticket, self.closing)
    }

    fn answer_path(self) -> String {
        format!("/v1/tickets/{}/survey", self.ticket)
    }

    fn key(self) -> String {
        format!("survey-{}-{}", self.ticket, self.closing)
    }

    fn invitation(self) -> Value {
        json!({
            "channel": "email", "expires_at": self.expires_at, "customer": person("carla"),
            "consultant": person("ann"), "team": "north", "category": "printers",
        })
    }

    fn token(self, links: &SurveyLinks) -> String {
        let link = SurveyLink {
            ticket: self.ticket,
            closing: NonZeroU32::new(self.closing).expect("a closing"),
            expires_at_s: self.expires_at.as_second(),
        };
        links.sign(link).expect("a secret")
    }

    /// A service asks.
    async fn invited(self, replica: &Replica) -> Self {
        let inviter = replica.client("inviter", Role::Service);
        inviter
            .send(&self.invite_path(), "invite", self.invitation())
            .await
            .expect(200);
        self
    }

    /// A browser answers: it has the link, and nothing else.
    async fn answered(self, replica: &Replica, body: &Value) -> Answer {
        let url = replica.url(&self.answer_path());
        answer(reqwest::Client::new().post(url).json(body)).await
    }

    /// The same, with the link that it was sent.
    async fn scored(self, replica: &Replica, score: u32) -> Answer {
        let token = self.token(&replica.survey_links());
        self.answered(replica, &json!({"token": token, "score": score}))
            .await
    }
}

async fn a_survey_from_the_invitation_to_the_answer(log: LogConfig) {
    let replica = Replica::on(&log).await;
    let inviter = replica.client("inviter", Role::Service);
    let survey = Survey::new();
    survey
        .scored(&replica, 4)
        .await
        .expect_problem(404, "survey-not-found");
    let asked = [
        inviter
            .send(&survey.invite_path(), "i", survey.invitation())
            .await,
        inviter
            .send(&survey.invite_path(), "i2", survey.invitation())
            .await,
    ];
    let told: Vec<String> = asked.iter().map(Answer::told).collect();
    assert_eq!(told, ["applied 1 -", "unchanged 1 -"]);
    let name = format!("{}-1", survey.ticket);
    assert_eq!(asked[0].body["survey"], name);

    let token = survey.token(&replica.survey_links());
    let body = json!({"token": token, "score": 5, "text": "Quick, and kind"});
    let first = survey.answered(&replica, &body).await.expect(200);
    assert_eq!(first.told(), "applied 2 -");
    assert_eq!(first.body["survey"], name);
    assert_eq!(first.header("etag"), "\"2\"");
    // The button pressed twice is one answer, and gets its first outcome.
    let again = survey.answered(&replica, &body).await.expect(200);
    assert_eq!(again.position(), first.position());
    let client = reqwest::Client::new();
    let same = client
        .post(replica.url(&survey.answer_path()))
        .header("Idempotency-Key", "nobody looks at it")
        .json(&body);
    assert_eq!(answer(same).await.position(), first.position());
    let other = survey.scored(&replica, 1).await;
    let other = other.expect_problem(409, "already-answered");
    assert_eq!(other.header("etag"), "\"2\"");

    let events = events_at(&open(&log).await, &survey.key()).await;
    let kinds: Vec<&str> = events.iter().map(|(_, record)| record.kind()).collect();
    assert_eq!(
        kinds,
        ["docket.survey.invited.v1", "docket.survey.answered.v1"]
    );
    let answered = &events[1].1;
    let said: Value = serde_json::from_slice(&answered.data).expect("JSON");
    assert_eq!(said, json!({"score": 5, "text": "Quick, and kind"}));
    let actor = answered.attribute("actor").expect("an actor");
    assert!(
        !actor.contains(&person("carla").to_string()),
        "a link says not who one is: {actor}"
    );
    replica.stop().await;
}

#[tokio::test]
async fn a_link_that_was_not_sent_for_it_opens_nothing() {
    let log = postgres_log().await;
    let replica = Replica::on(&log).await;
    let survey = Survey::new().invited(&replica).await;
    let other = Survey::new().invited(&replica).await;
    let links = replica.survey_links();
    let good = survey.token(&links);
    let later = Survey {
        expires_at: survey.expires_at + SignedDuration::from_hours(24),
        ..survey
    };
    let mut tokens = vec![
        json!(other.token(&links)),
        json!(survey.token(&survey_links_of_somebody_else())),
        // Signed for one time, said to be for another.
        json!(good.replacen(
            &survey.expires_at.as_second().to_string(),
            &later.expires_at.as_second().to_string(),
            1,
        )),
        json!(good.replacen("1.", "2.", 1)),
        json!(""),
        json!("not a token"),
        json!(7),
        Value::Null,
    ];
    // One bit, at the start, in the middle, at the end.
    for at in [0, 5, good.len() / 2, good.len() - 1] {
        let mut bytes = good.clone().into_bytes();
        bytes[at] ^= 1;
        tokens.push(json!(String::from_utf8(bytes).expect("ASCII")));
    }
    for token in tokens {
        let refused = survey
            .answered(&replica, &json!({"token": token, "score": 5}))
            .await
            .expect_problem(403, "survey-link-forged");
        assert_eq!(refused.header("docket-position"), "", "no need of the log");
    }
    survey
        .answered(&replica, &json!({"score": 5}))
        .await
        .expect_problem(403, "survey-link-forged");
    assert_eq!(events_at(&open(&log).await, &survey.key()).await.len(), 1);
    survey.scored(&replica, 5).await.expect(200);
    replica.stop().await;
}

fn survey_links_of_somebody_else() -> SurveyLinks {
    let directory = tempfile::tempdir().expect("a directory");
    SurveyLinks::open_or_make(&directory.path().join("survey.key")).expect("a key")
}

/// A bearer token opens no survey, whoever's it is: not even in place of the link.
#[tokio::test]
async fn nobody_who_signs_in_reaches_the_answer() {
    let replica = Replica::on(&postgres_log().await).await;
    let survey = Survey::new().invited(&replica).await;
    for (who, role) in [
        ("carla", Role::Customer),
        ("ann", Role::Consultant),
        ("mia", Role::Manager),
        ("ada", Role::Administrator),
        ("inviter", Role::Service),
        ("old", Role::Importer),
    ] {
        let client = replica.client(who, role);
        let body = json!({"score": 5});
        client
            .send(&survey.answer_path(), "a", body.clone())
            .await
            .expect_problem(403, "survey-link-forged");
        let path = survey.invite_path().replace("/invite", "/answer");
        client.send(&path, "a", body.clone()).await.expect(404);
        let line = json!({
            "command": "survey.answer", "ticket": survey.ticket, "idempotency_key": "a",
            "body": body,
        });
        let lines = client
            .http
            .post(replica.url("/v1/commands"))
            .bearer_auth(&client.token)
            .header("content-type", "application/x-ndjson")
            .body(line.to_string());
        let told = answer(lines).await.expect(200);
        assert_eq!(told.body["status"], 422, "{}", told.body);
    }
    replica.stop().await;
}

#[tokio::test]
async fn only_a_service_asks_and_asks_once() {
    let replica = Replica::on(&postgres_log().await).await;
    let survey = Survey::new();
    for (who, role) in [
        ("carla", Role::Customer),
        ("rita", Role::Receptionist),
        ("ann", Role::Consultant),
        ("ada", Role::Administrator),
        ("old", Role::Importer),
    ] {
        replica
            .client(who, role)
            .send(&survey.invite_path(), "i", survey.invitation())
            .await
            .expect_problem(403, "forbidden");
    }
    survey.invited(&replica).await;
    let inviter = replica.client("inviter", Role::Service);
    let mut otherwise = survey.invitation();
    otherwise["channel"] = json!("sms");
    inviter
        .send(&survey.invite_path(), "again", otherwise)
        .await
        .expect_problem(409, "already-invited");
    // The next closing is another survey.
    let second = Survey {
        closing: 2,
        ..survey
    };
    second.invited(&replica).await;
    second.scored(&replica, 2).await.expect(200);
    survey.scored(&replica, 4).await.expect(200);
    replica.stop().await;
}

#[tokio::test]
async fn every_fault_of_an_answer_and_of_an_invitation_is_named() {
    let replica = Replica::on(&postgres_log().await).await;
    let survey = Survey::new().invited(&replica).await;
    let token = survey.token(&replica.survey_links());
    let faults = async |mut body: Value| {
        body["token"] = json!(token);
        let told = survey.answered(&replica, &body).await;
        told.expect_problem(422, "invalid-input").faults()
    };
    for score in [json!(0), json!(6), json!(4_294_967_295_u32)] {
        assert_eq!(
            faults(json!({"score": score})).await,
            ["score: must be"],
            "{score}"
        );
    }
    let too_long = "x".repeat(4_001);
    assert_eq!(
        faults(json!({"score": 4.5, "text": too_long, "stars": 5})).await,
        [
            "score: invalid type:",
            "stars: unknown field",
            "text: is 4001"
        ]
    );
    assert_eq!(
        faults(json!({"text": " "})).await,
        ["score: is required", "text: must not"]
    );
    let url = replica.url(&survey.answer_path());
    let text = reqwest::Client::new().post(&url).body("score=5");
    answer(text)
        .await
        .expect_problem(415, "unsupported-media-type");
    survey
        .answered(&replica, &json!([]))
        .await
        .expect_problem(422, "invalid-input");
    let nowhere = Survey { ..Survey::new() };
    let path = nowhere.answer_path().replace('-', "_");
    let body = json!({"token": token, "score": 5});
    let wrong = reqwest::Client::new().post(replica.url(&path)).json(&body);
    answer(wrong).await.expect(404);

    let inviter = replica.client("inviter", Role::Service);
    let told = inviter
        .send(
            &survey.invite_path(),
            "f",
            json!({"channel": "pigeon", "team": ""}),
        )
        .await
        .expect_problem(422, "invalid-input")
        .faults();
    assert_eq!(
        told,
        [
            "channel: unknown variant",
            "team: must not",
            "expires_at: is required"
        ]
    );
    for wrong in ["0", "01", "x", "4294967296", ""] {
        let path = format!("/v1/surveys/{}-{wrong}/invite", survey.ticket);
        inviter
            .send(&path, "w", survey.invitation())
            .await
            .expect(404);
    }
    replica.stop().await;
}

#[tokio::test]
async fn secrets_are_changed_without_a_dead_link() {
    let log = postgres_log().await;
    let keys = key();
    let file = keys.path().join("survey.key");
    let (old, new) = ("o".repeat(32), "n".repeat(32));
    std::fs::write(&file, &old).expect("written");
    let replica = Replica::beside(&log, &keys).await;
    let surveys = [
        Survey::new().invited(&replica).await,
        Survey::new().invited(&replica).await,
    ];
    let sent = surveys.map(|survey| survey.token(&replica.survey_links()));
    replica.stop().await;

    std::fs::write(&file, format!("{new}\n{old}\n")).expect("written");
    let replica = Replica::beside(&log, &keys).await;
    let body = |token: &str| json!({"token": token, "score": 4});
    let told = surveys[0].answered(&replica, &body(&sent[0])).await;
    let told = told.expect(200);
    let again = surveys[0].answered(&replica, &body(&sent[0])).await;
    assert_eq!(again.expect(200).position(), told.position());
    // By a link that was signed anew it is another command, with nothing left to do.
    let signed_anew = surveys[0].token(&replica.survey_links());
    assert_ne!(signed_anew, sent[0]);
    let again = surveys[0].answered(&replica, &body(&signed_anew)).await;
    assert_eq!(again.told(), "unchanged 2 -");
    replica.stop().await;

    std::fs::write(&file, &new).expect("written");
    let replica = Replica::beside(&log, &keys).await;
    surveys[1]
        .answered(&replica, &body(&sent[1]))
        .await
        .expect_problem(403, "survey-link-forged");
    surveys[1].scored(&replica, 4).await.expect(200);
    replica.stop().await;
}

/// The body has all that the owner needs: it checks the link itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_finds_the_partitions_owner() {
    let log = postgres_log().await;
    let keys = key();
    let replicas = [
        Replica::among(&log, &keys).await,
        Replica::among(&log, &keys).await,
    ];
    let mut forwarded = 0;
    for _ in 0..8 {
        let survey = Survey::new().invited(&replicas[0]).await;
        let told = survey.scored(&replicas[1], 5).await.expect(200);
        forwarded += usize::from(!told.header("docket-forwarded").is_empty());
        let again = survey.scored(&replicas[0], 5).await.expect(200);
        assert_eq!(again.position(), told.position());
    }
    assert!(forwarded > 0, "both own some partitions");
    for replica in replicas {
        replica.stop().await;
    }
}
