//! Bodies, paths, queries and tokens, good and bad.

use docket_service::Role;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::setting::{problem, start};

#[tokio::test]
async fn a_good_body_arrives() {
    let running = start(|_| {}).await;
    let body = r#"{"subject": "Printer\u0000", "place": {"latitude": 1}}"#;
    let response = running.post("application/json; charset=utf-8", body).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().await.expect("text"), "Printer\0 true");
}

#[tokio::test]
async fn a_body_that_is_no_json_is_malformed_with_its_place() {
    let running = start(|_| {}).await;
    for (body, column) in [
        (&br#"{"subject": }"#[..], 13),
        (br#"{"subject": "x"} x"#, 18),
        (br#"{"subject": "\ud800"}"#, 20),
        (b"{\"subject\": \"\xff\"}", 14),
        (b"", 0),
    ] {
        let document = problem(running.post("application/json", body).await, 400).await;
        assert_eq!(document["type"], "https://docket.dev/problems/malformed");
        assert_eq!(document["column"], column, "{document}");
    }
}

#[tokio::test]
async fn a_wrong_field_is_named_with_its_path() {
    let running = start(|_| {}).await;
    for (body, field) in [
        (json!({}), "subject"),
        (json!({"subject": 7}), "subject"),
        (json!({"subject": "x", "colour": "red"}), "colour"),
        (
            json!({"subject": "x", "place": {"latitude": "north"}}),
            "place.latitude",
        ),
        (json!({"subject": "x", "place": {}}), "place.latitude"),
        (
            json!({"subject": "x", "place": {"latitude": 1, "altitude": 2}}),
            "place.altitude",
        ),
        (json!([]), "body"),
    ] {
        let sent = running.post("application/json", body.to_string()).await;
        let document = problem(sent, 422).await;
        assert_eq!(document["errors"][0]["field"], field, "{document}");
    }
}

#[tokio::test]
async fn ten_megabytes_and_another_type_are_refused() {
    let running = start(|_| {}).await;
    let large = format!("{{\"subject\": \"{}\"}}", "x".repeat(10_000_000));
    let document = problem(running.post("application/json", large).await, 413).await;
    assert_eq!(
        document["type"],
        "https://docket.dev/problems/body-too-large"
    );
    problem(running.post("text/plain", "{}").await, 415).await;
}

#[tokio::test]
async fn who_sends_ten_megabytes_before_reading_gets_the_answer_too() {
    let running = start(|_| {}).await;
    let mut stream = TcpStream::connect(running.address)
        .await
        .expect("it accepts");
    let head = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 10000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("it is sent");
    stream
        .write_all(&vec![b' '; 10_000_000])
        .await
        .expect("all of it is taken");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[tokio::test]
async fn bad_paths_queries_and_methods_are_problems() {
    let running = start(|_| {}).await;
    problem(running.get("/items/42").await, 400).await;
    let id = Uuid::nil();
    let document = problem(running.get(&format!("/items/{id}?limit=many")).await, 422).await;
    assert_eq!(document["errors"][0]["field"], "limit");
    let document = problem(running.get(&format!("/items/{id}?colour=red")).await, 422).await;
    assert_eq!(document["errors"][0]["field"], "colour");
    problem(running.get("/nothing/here").await, 404).await;
    let wrong_method = running.get("/echo").await;
    assert_eq!(wrong_method.headers()["allow"], "POST");
    problem(wrong_method, 405).await;
}

#[tokio::test]
async fn without_a_valid_token_nobody_gets_in() {
    let running = start(|_| {}).await;
    let send = async |header: Option<String>| {
        let mut request = running.client.get(running.url("/me"));
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        request.send().await.expect("an answer")
    };
    for header in [None, Some("Basic YTpi".into()), Some("Bearer".into())] {
        let response = send(header).await;
        assert_eq!(
            response.headers()["www-authenticate"],
            "Bearer realm=\"docket\""
        );
        problem(response, 401).await;
    }
    let response = send(Some("Bearer x.y.z".into())).await;
    let challenge = response.headers()["www-authenticate"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(challenge.contains("invalid_token"), "{challenge}");
    problem(response, 401).await;
    let minute = std::time::Duration::from_mins(1);
    let token = running
        .issuer
        .token("ada", Role::Customer, minute)
        .expect("it signs");
    let response = send(Some(format!("bearer {token}"))).await;
    assert_eq!(response.text().await.expect("text"), "ada");
}
