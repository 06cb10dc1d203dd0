//! The link in an invitation, followed: from the all-in-one that signed it to the page it leads to,
//! and from there to the answer in the log.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use docket::all_in_one::{Options, Running, start};
use docket_service::{Role, Shutdown};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody else's system that asks customers itself: its address, and what it is sent.
async fn asking_system() -> (String, mpsc::UnboundedReceiver<Value>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let take = move |axum::Json(body): axum::Json<Value>| async move {
        let _ = sender.send(body);
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let routes = Router::new().route("/", post(take));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (format!("http://{address}/"), receiver)
}

/// An all-in-one that notifies that system.
async fn docket(home: &tempfile::TempDir, url: &str) -> (Running, Shutdown) {
    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(home.path(), open).expect("it is ours");
    let config = home.path().join("docket.toml");
    let text = format!(
        "[delivery]\npoll_interval_ms = 50\n\
         [delivery.webhooks]\nallow_http = true\nallow_networks = [\"127.0.0.0/8\"]\n\
         [delivery.webhooks.endpoints.surveys]\nurl = \"{url}\"\nsurvey_links = true\n\
         kinds = [\"survey.invitation\"]\nsecrets = [\"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\"]\n"
    );
    fs::write(&config, text).expect("writes");
    let mut options = Options::new(home.path().join("data"));
    options.listen = Some("127.0.0.1:0".parse().expect("an address"));
    options.config = Some(config);
    let shutdown = Shutdown::new();
    let running = start(&options, &shutdown).await.expect("starts");
    (running, shutdown)
}

async fn command(docket: &Running, role: Role, path: &str, body: Value) -> Value {
    let answer = Client::new()
        .post(format!("{}{path}", docket.url()))
        .bearer_auth(&docket.tokens().of(role).token)
        .header("Idempotency-Key", path)
        .json(&body)
        .send()
        .await
        .expect("an answer");
    let status = answer.status();
    let body: Value = answer.json().await.expect("JSON");
    assert!(status.is_success(), "{path}: {status} {body}");
    body
}

#[tokio::test]
async fn a_link_leads_to_a_page_and_its_token_opens_the_survey_once() {
    let home = tempfile::tempdir().expect("a directory");
    let (url, mut asked) = asking_system().await;
    let (docket, _shutdown) = docket(&home, &url).await;
    let customer = docket.tokens().of(Role::Customer).id;
    let ticket = json!({"customer": customer, "channel": "phone", "subject": "No picture"});
    let ticket = command(&docket, Role::Receptionist, "/v1/tickets", ticket).await;
    let ticket = ticket["ticket"].as_str().expect("an id").to_owned();
    let invitation = json!({
        "customer": customer, "channel": "email", "expires_at": "2050-01-01T00:00:00Z",
    });
    let path = format!("/v1/surveys/{ticket}-1/invite");
    command(&docket, Role::Service, &path, invitation).await;

    let invited = timeout(PATIENCE, asked.recv()).await.expect("in time");
    let invited = invited.expect("an invitation");
    let link = invited["data"]["survey"]["link"].as_str().expect("a link");
    let (page, behind) = link.split_once('#').expect("a fragment");
    assert_eq!(page, format!("{}/survey", docket.url()));
    let shown = reqwest::get(link).await.expect("an answer");
    assert_eq!(shown.status(), StatusCode::OK);
    let kind = shown.headers()["content-type"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(kind.starts_with("text/html"), "{kind}");
    assert!(
        shown
            .text()
            .await
            .expect("a page")
            .contains("location.hash")
    );

    // As the page's script does it.
    let (of, token) = behind.split_once('.').expect("ticket and token");
    assert_eq!(of, ticket);
    let answer = async |score: u32| {
        let url = page.replace("survey", &format!("v1/tickets/{of}/survey"));
        let body = json!({"token": token, "score": score, "text": "Schnell"});
        let sent = Client::new().post(url).json(&body).send().await;
        sent.expect("an answer").status()
    };
    assert!(answer(5).await.is_success());
    assert_eq!(
        answer(1).await,
        StatusCode::CONFLICT,
        "there is one already"
    );
    docket.stop().await.expect("stops");
}
