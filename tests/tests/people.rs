//! Consultants, customers and the catalogue, imported over HTTP into the whole of Docket, then found
//! as a receptionist finds them; and what was changed since is not undone by a later run.
#![allow(
    clippy::unwrap_used,
    reason = "a test's helpers fail like the test itself"
)]

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use docket::all_in_one::{self, Options, Running};
use docket::import::{Format, ImportOptions, Summary, import, reference};
use docket_service::auth::{AuthConfig, DevelopmentIssuer};
use docket_service::{Role, Shutdown};
use docket_supervisor::testing;
use serde_json::{Value, json};

const FILE: &str = r#"
{"command":"catalogue.put_skill","source_sequence":1,"body":{"name":"video"}}
{"command":"catalogue.put_category","source_sequence":2,"body":{"name":"No picture","skills":["video"]}}
{"command":"catalogue.put_holiday","source_sequence":3,"body":{"date":"2026-12-25","name":"Christmas"}}
{"command":"catalogue.put_skill","source_sequence":4,"body":{"name":"radio"}}
{"command":"catalogue.remove_skill","source_sequence":5,"body":{"name":"radio"}}
{"command":"consultant.register","consultant":"bob","occurred_at":"2020-01-02T03:04:05Z","body":{"name":"Bob Bärlach","team":"field","capacity":5,"skills":{"video":4}}}
{"command":"consultant.availability","consultant":"bob","body":{"availability":"available","hours":{"zone":"Europe/Zurich","shifts":[{"weekday":"monday","from":"08:00","to":"16:30"}]}}}
{"command":"consultant.place","consultant":"bob","body":{"place":{"address":"Bern"}}}
{"command":"customer.register","customer":"ann","body":{"name":"Ann O'Hara","phone":"+41 (0)44 668 18 00","consultant":"bob"}}
{"command":"customer.contact","customer":"ann","body":{"email":"ann@example.com"}}
{"command":"customer.preferences","customer":"ann","body":{"surveys":false}}
{"command":"open","ticket":"C-7","body":{"customer":"ann","channel":"import","subject":"No picture"}}
{"command":"assign","ticket":"C-7","body":{"consultant":"bob"}}
{"command":"customer.erase","customer":"ann"}
{"command":"customer.register","consultant":"ann","body":{"name":"Ann"}}
"#;

struct Docket {
    running: Running,
    client: reqwest::Client,
}

impl Docket {
    async fn import(&self, file: &Path, token: &str) -> Summary {
        let options = ImportOptions {
            file: file.to_owned(),
            format: Format::Neutral,
            source: Some("crm".to_owned()),
            url: self.running.url(),
            token: token.to_owned(),
            report: None,
            progress: false,
        };
        import(&options).await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self
            .client
            .get(format!("{}{path}", self.running.url()))
            .bearer_auth(&self.running.tokens().of(Role::Receptionist).token)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    /// Asks until the view shows it.
    async fn find(&self, path: &str, is: impl Fn(&Value) -> bool) -> Value {
        let asked = Instant::now();
        loop {
            let shown = self.get(path).await;
            if is(&shown) {
                return shown;
            }
            assert!(
                asked.elapsed() < Duration::from_secs(30),
                "{path}: {shown:#}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_another_system_are_found_and_what_changed_since_stays() {
    let options = Options {
        listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        ..Options::new(testing::directory("people"))
    };
    let docket = Docket {
        running: all_in_one::start(&options, &Shutdown::new()).await.unwrap(),
        client: reqwest::Client::new(),
    };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("people.ndjson");
    fs::write(&file, FILE).unwrap();
    let importer = docket.running.tokens().of(Role::Importer).token.clone();
    let summary = docket.import(&file, &importer).await;
    assert_eq!(summary.applied, 13, "{summary}");
    // An importer may not erase; and a line about a consultant is no customer's.
    assert_eq!(summary.refused_count(), 2, "{summary}");

    let bob = reference::person("crm", "bob");
    let found = docket
        .find("/v1/customers?q=044%20668%201800", |page| {
            page["customers"][0]["surveys"] == false
                && page["customers"][0]["tickets"][0]["status"] == "assigned"
        })
        .await;
    let ann = &found["customers"][0];
    assert_eq!(ann["name"], "Ann O'Hara");
    assert_eq!(ann["email"], "ann@example.com");
    assert_eq!(ann["consultant"], json!(bob));
    assert_eq!(ann["tickets"][0]["subject"], "No picture");

    let found = docket
        .find("/v1/consultants?q=baerlach&skill=video", |page| {
            page["consultants"][0]["place"]["address"] == "Bern"
        })
        .await;
    let shown = &found["consultants"][0];
    assert_eq!(shown["id"], json!(bob));
    assert_eq!(shown["registered_at"], "2020-01-02T03:04:05Z");
    assert_eq!(shown["hours"]["zone"], "Europe/Zurich");
    assert_eq!(
        shown["load"],
        json!({"assigned": 1, "in_progress": 0, "on_hold": 0})
    );
    let catalogue = docket.find("/v1/catalogue", |shown| shown["version"] == 5);
    let catalogue = catalogue.await;
    let names: Vec<&Value> = catalogue["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["name"])
        .collect();
    assert_eq!(names, ["No picture", "Christmas", "video"]);

    // A manager lets Bob do more; the import is run again.
    let answer = docket
        .client
        .post(format!(
            "{}/v1/consultants/{bob}/profile",
            docket.running.url()
        ))
        .bearer_auth(&docket.running.tokens().of(Role::Manager).token)
        .header("Idempotency-Key", "more")
        .json(&json!({"skills": {"video": 5}, "team": null}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let again = docket.import(&file, &importer).await;
    assert_eq!(again.applied, 13, "each is answered as the first time");
    // To the log another importer's commands are new ones, as everybody's are once their outcomes are
    // forgotten: source sequences tell.
    let auth = AuthConfig {
        key_file: all_in_one::key_file(&options.data_dir),
        ..AuthConfig::default()
    };
    let another = DevelopmentIssuer::open(&auth).unwrap();
    let another = another
        .token("another", Role::Importer, Duration::from_hours(1))
        .unwrap();
    let again = docket.import(&file, &another).await;
    assert_eq!(again.applied, 0, "{again}");
    let path = format!("/v1/consultants/{bob}");
    let shown = docket.find(&path, |shown| shown["version"] == 4).await;
    assert_eq!(shown["skills"], json!({"video": 5}));
    assert_eq!(shown["team"], Value::Null);
    docket.running.stop().await.unwrap();
}
