//! Whatever is sent, the answer is a problem document that says what is wrong with what.

use docket_service::auth::Role;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Client, Replica, answer, opening, person, postgres_log};

async fn replica() -> (Replica, Client) {
    let replica = Replica::on(&postgres_log().await).await;
    let manager = replica.manager();
    (replica, manager)
}

/// A request with a body of any bytes.
fn raw(client: &Client, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
    client
        .http
        .post(format!("{}{path}", client.base))
        .bearer_auth(&client.token)
        .header("Idempotency-Key", "key")
        .header("Content-Type", "application/json")
        .body(body)
}

async fn open_with(client: &Client, body: &'static [u8]) -> Answer {
    answer(raw(client, "/v1/tickets", body)).await
}

#[tokio::test]
async fn every_faulty_field_is_named_at_once() {
    let (replica, manager) = replica().await;
    let refused = manager
        .send(
            "/v1/tickets",
            "key",
            json!({
                "caller": {"name": "", "shoe_size": 44},
                "channel": "pigeon",
                "store": 7,
                "subject": "x".repeat(301),
                "description": "a NUL: \u{0}",
                "skills": ["ok", " "],
                "place": {"latitude": 91.0, "longitude": 0.0},
                "fields": {"a": "", "": "b"},
                "colour": "red"
            }),
        )
        .await
        .expect_problem(422, "invalid-input");
    assert_eq!(
        refused.faults(),
        [
            "caller.shoe_size: unknown field",
            "channel: unknown variant",
            "colour: unknown field",
            "store: invalid type:",
            "caller.name: must not",
            "subject: is 301",
            "description: contains the",
            "skills[1]: must not",
            "place: is not",
            "fields: has a",
            "fields.a: must not",
        ]
    );
    let missing = manager
        .send("/v1/tickets", "key", json!({}))
        .await
        .expect_problem(422, "invalid-input");
    insta::assert_json_snapshot!(missing.body, @r#"
    {
      "detail": "customer: is required, or else caller; channel: is required; subject: is required",
      "errors": [
        {
          "field": "customer",
          "message": "is required, or else caller"
        },
        {
          "field": "channel",
          "message": "is required"
        },
        {
          "field": "subject",
          "message": "is required"
        }
      ],
      "status": 422,
      "title": "The input is invalid",
      "type": "https://docket.dev/problems/invalid-input"
    }
    "#);
    replica.stop().await;
}

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    let (replica, manager) = replica().await;
    for body in [
        &b"{"[..],
        b"{\"subject\": }",
        b"\xff\xfe",
        b"{\"subject\": \"\\ud800\"}",
        b"{\"subject\": \"a\"} {}",
        b"{\"subject\": \"a\nb\"}",
        b"NaN",
    ] {
        open_with(&manager, body)
            .await
            .expect_problem(400, "malformed");
    }
    let deep = "[".repeat(100_000 / 2);
    answer(raw(&manager, "/v1/tickets", deep))
        .await
        .expect_problem(400, "malformed");
    for body in [&b"[]"[..], b"7", b"null", b"\"open\""] {
        open_with(&manager, body)
            .await
            .expect_problem(422, "invalid-input");
    }
    replica.stop().await;
}

#[tokio::test]
async fn a_body_has_a_type_and_a_size() {
    let (replica, manager) = replica().await;
    let body = opening().to_string();
    let plain = || {
        manager
            .http
            .post(replica.url("/v1/tickets"))
            .bearer_auth(&manager.token)
            .header("Idempotency-Key", "key")
            .body(body.clone())
    };
    for request in [plain(), plain().header("Content-Type", "text/plain")] {
        answer(request)
            .await
            .expect_problem(415, "unsupported-media-type");
    }
    for bytes in [65_537, 10 << 20] {
        answer(raw(&manager, "/v1/tickets", "x".repeat(bytes)))
            .await
            .expect_problem(413, "body-too-large");
    }
    // Within the body's limit, but not within a record's.
    let fields: serde_json::Map<String, Value> = (0..50)
        .map(|n| (format!("field {n}"), Value::String("é".repeat(500))))
        .collect();
    let mut large = opening();
    large["fields"] = Value::Object(fields);
    large["description"] = Value::String("y".repeat(12_000));
    manager
        .send("/v1/tickets", "large", large)
        .await
        .expect_problem(413, "event-too-large");
    replica.stop().await;
}

#[tokio::test]
async fn headers_are_read_strictly() {
    let (replica, manager) = replica().await;
    let post = || {
        manager
            .http
            .post(replica.url("/v1/tickets"))
            .bearer_auth(&manager.token)
            .json(&opening())
    };
    answer(post())
        .await
        .expect_problem(400, "idempotency-key-missing");
    for key in ["", " ", "a b", &"k".repeat(256), "ключ"] {
        answer(post().header("Idempotency-Key", key))
            .await
            .expect_problem(400, "malformed-header");
    }
    answer(post().header("Idempotency-Key", "k".repeat(255)))
        .await
        .expect(201);
    let twice = post()
        .header("Idempotency-Key", "one")
        .header("Idempotency-Key", "another");
    answer(twice).await.expect_problem(400, "malformed-header");
    for time in ["yesterday", "2026-13-01T00:00:00Z", "12:00", ""] {
        answer(
            post()
                .header("Idempotency-Key", "time")
                .header("Docket-Occurred-At", time),
        )
        .await
        .expect_problem(400, "malformed-header");
    }
    replica.stop().await;
}

#[tokio::test]
async fn times_far_away_are_refused_to_those_who_may_not_state_them() {
    let (replica, manager) = replica().await;
    for (key, time) in [
        ("0", "0000-01-01T00:00:00Z"),
        ("9999", "9999-12-30T00:00:00Z"),
        ("7", "2020-01-01T00:00:00Z"),
    ] {
        let refused = answer(
            manager
                .command("/v1/tickets", key, &opening())
                .header("Docket-Occurred-At", time),
        )
        .await
        .expect_problem(422, "time-not-allowed");
        assert_eq!(refused.body["errors"][0]["field"], "occurred_at");
    }
    // An importer may state the past, however far, and not the future.
    let importer = replica.client("old-system", Role::Importer);
    let at = async |key: &str, time: &str| {
        answer(
            importer
                .command("/v1/tickets", key, &opening())
                .header("Docket-Occurred-At", time),
        )
        .await
    };
    let old = at("0", "0000-01-01T00:00:00Z").await.expect(201).ticket();
    at("9999", "9999-12-30T00:00:00Z")
        .await
        .expect_problem(422, "time-not-allowed");
    importer
        .ask(
            old,
            "comments",
            "c",
            json!({"text": "x", "visibility": "internal"}),
        )
        .await
        .expect(200);
    replica.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let (replica, manager) = replica().await;
    let ticket = manager.open("open").await;
    for path in [
        "/v1/tickets/7/accept".to_owned(),
        "/v1/tickets/%00/accept".to_owned(),
        format!("/v1/tickets/{ticket}/explode"),
        format!("/v1/tickets/{ticket}/open"),
        "/v1/nothing".to_owned(),
    ] {
        manager
            .send(&path, "key", json!({}))
            .await
            .expect_problem(404, "not-found");
    }
    answer(raw(&manager, "/v1/tickets/%ff/accept", "{}"))
        .await
        .expect_problem(400, "malformed");
    manager
        .ask(Uuid::new_v4(), "accept", "key", json!({}))
        .await
        .expect_problem(404, "ticket-not-found");
    manager
        .ask(ticket, "assign", "key", json!({"consultant": "carl"}))
        .await
        .expect_problem(422, "invalid-input");
    manager
        .ask(
            ticket,
            "links",
            "self",
            json!({"ticket": ticket, "relation": "related"}),
        )
        .await
        .expect_problem(422, "link-to-itself");
    let gone = answer(manager.http.get(replica.url("/v1/tickets"))).await;
    assert_eq!(gone.status, 405);
    replica.stop().await;
}

#[tokio::test]
async fn a_transition_that_is_not_allowed_names_those_that_are() {
    let (replica, manager) = replica().await;
    let ticket = manager.open("open").await;
    let refused = manager
        .ask(ticket, "resume", "key", json!({}))
        .await
        .expect_problem(409, "command-not-allowed");
    assert_eq!(refused.header("etag"), "\"1\"");
    insta::assert_json_snapshot!(refused.body, @r#"
    {
      "allowed": [
        "assign",
        "transfer",
        "hold",
        "resolve",
        "cancel",
        "amend",
        "comments",
        "links"
      ],
      "command": "resume",
      "detail": "a ticket that is open does not take resume",
      "status": 409,
      "ticket_status": "open",
      "title": "The ticket's status does not allow it",
      "type": "https://docket.dev/problems/command-not-allowed"
    }
    "#);
    replica.stop().await;
}

#[tokio::test]
async fn only_a_token_of_our_issuer_opens_the_door() {
    let (replica, manager) = replica().await;
    let send = |token: String| {
        let client = Client {
            token,
            ..manager.clone()
        };
        async move { client.send("/v1/tickets", "key", opening()).await }
    };
    let without = answer(
        manager
            .http
            .post(replica.url("/v1/tickets"))
            .json(&opening()),
    )
    .await
    .expect_problem(401, "unauthorized");
    assert!(without.header("www-authenticate").starts_with("Bearer"));
    send(String::new())
        .await
        .expect_problem(401, "unauthorized");
    send("a.b.c".into())
        .await
        .expect_problem(401, "unauthorized");
    // Signed with another key, and unsigned.
    let other = Replica::on(&postgres_log().await).await;
    send(other.token("mia", Role::Manager))
        .await
        .expect_problem(401, "unauthorized");
    let claims = json!({
        "iss": "https://docket.local/development", "aud": "docket", "sub": "mia",
        "role": "manager", "exp": 4_102_444_800_u64
    });
    let key = EncodingKey::from_secret(&[0; 32]);
    let signed =
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).expect("a token");
    let (_, rest) = signed.split_once('.').expect("three parts");
    let (payload, _) = rest.split_once('.').expect("three parts");
    // {"alg":"none","typ":"JWT"}
    send(format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}."))
        .await
        .expect_problem(401, "unauthorized");
    send(signed).await.expect_problem(401, "unauthorized");
    assert_ne!(person("mia"), person("carl"));
    other.stop().await;
    replica.stop().await;
}
