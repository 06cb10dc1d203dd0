//! Commands over a socket, to servers that fail in every way servers do.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use docket_process_managers::commands::{Answer, Command, CommandsConfig, Sender};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::net::TcpListener;

/// What a server was asked, and what it answers, one after the other; the last for ever.
#[derive(Clone, Default)]
struct Server {
    asked: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<Vec<(u16, &'static str)>>>,
}

impl Server {
    /// One that gives these answers, and its address.
    async fn start(answers: &[(u16, &'static str)]) -> (Self, String) {
        let server = Self::default();
        server
            .answers
            .lock()
            .expect("nobody panicked")
            .extend(answers);
        let routes = Router::new()
            .route("/v1/tickets/{id}/assign", post(answer))
            .with_state(server.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (server, url)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panicked").clone()
    }
}

async fn answer(State(server): State<Server>, headers: HeaderMap, body: String) -> Response {
    let header = |name: &str| headers[name].to_str().expect("text").to_owned();
    let asked = [
        header("authorization"),
        header("idempotency-key"),
        header("if-match"),
        body,
    ];
    server
        .asked
        .lock()
        .expect("nobody panicked")
        .push(asked.join(" "));
    let mut answers = server.answers.lock().expect("nobody panicked");
    let (status, body) = if answers.len() > 1 {
        answers.remove(0)
    } else {
        answers[0]
    };
    (StatusCode::from_u16(status).expect("a status"), body).into_response()
}

const DONE: (u16, &str) = (200, r#"{"version": 4, "outcome": "applied"}"#);
const UNKNOWN: (u16, &str) = (503, r#"{"detail": "unknown"}"#);

fn command() -> Command {
    Command {
        path: "v1/tickets/t/assign".into(),
        key: "key".into(),
        version: 3,
        body: b"{}".to_vec().into(),
    }
}

async fn send(urls: &[String]) -> Answer {
    let config = CommandsConfig {
        urls: urls.to_vec(),
        ..CommandsConfig::default()
    };
    let sender = Sender::with_token(&config, "token".into()).expect("HTTP");
    sender.send(&command()).await
}

#[tokio::test]
async fn without_an_answer_the_very_same_command_is_sent_again() {
    let (server, url) = Server::start(&[UNKNOWN, (429, ""), (502, "no JSON"), DONE]).await;
    assert_eq!(send(&[url]).await, Answer::Done { version: 4 });
    assert_eq!(server.asked(), [r#"Bearer token key "3" {}"#; 4]);
}

#[tokio::test]
async fn one_that_is_away_is_passed_over_and_not_asked_again() {
    let (away, away_url) = Server::start(&[UNKNOWN]).await;
    let (there, there_url) = Server::start(&[DONE]).await;
    let config = CommandsConfig {
        urls: vec![
            "http://127.0.0.1:9".into(),
            away_url,
            format!("{there_url}/"),
        ],
        ..CommandsConfig::default()
    };
    let sender = Sender::with_token(&config, "token".into()).unwrap();
    for _ in 0..5 {
        assert_eq!(sender.send(&command()).await, Answer::Done { version: 4 });
    }
    assert_eq!((away.asked().len(), there.asked().len()), (1, 5));
}

#[tokio::test]
async fn a_refusal_is_an_answer() {
    for status in [404, 409, 412, 422] {
        let (server, url) = Server::start(&[(status, r#"{"detail": "it has changed"}"#)]).await;
        let Answer::Refused {
            status: told,
            detail,
        } = send(&[url]).await
        else {
            panic!("{status} is a refusal")
        };
        assert_eq!(told, status);
        assert!(detail.ends_with("it has changed"), "{detail}");
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_an_alarm_and_a_new_one_is_read_from_its_file() {
    for status in [401, 403] {
        let (_, url) = Server::start(&[(status, r#"{"detail": "expired"}"#)]).await;
        assert!(matches!(send(&[url]).await, Answer::Barred { .. }));
    }
    let (server, url) = Server::start(&[DONE]).await;
    let directory = tempfile::tempdir().unwrap();
    let config = CommandsConfig {
        urls: vec![url],
        token_file: directory.path().join("service.token"),
        ..CommandsConfig::default()
    };
    let sender = Sender::new(&config).unwrap();
    let later = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        std::fs::write(&config.token_file, "from-the-file\n").unwrap();
    };
    let command = command();
    let (answer, ()) = tokio::join!(sender.send(&command), later);
    assert_eq!(answer, Answer::Done { version: 4 });
    assert_eq!(server.asked(), [r#"Bearer from-the-file key "3" {}"#]);
}
