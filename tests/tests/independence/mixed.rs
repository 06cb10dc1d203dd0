//! Everything that can happen, all at once; and then every row and column of every view is what a
//! fold of the log from its start says.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use docket::import::{Format, ImportOptions, import};
use docket_agreement::View;
use docket_domain::ticket::Status;
use docket_service::auth::Role;
use serde_json::json;
use uuid::Uuid;

use crate::shop::{Shop, consultant};

const INCIDENTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/data/servicenow_incident_log.csv.gz"
);

/// People, the catalogue and a ticket of another system.
const OTHERS: &str = r#"
{"command":"catalogue.put_skill","source_sequence":1,"body":{"name":"video"}}
{"command":"catalogue.put_category","source_sequence":2,"body":{"name":"No picture","skills":["video"]}}
{"command":"catalogue.put_holiday","source_sequence":3,"body":{"date":"2026-12-25","name":"Christmas"}}
{"command":"catalogue.put_area","source_sequence":4,"body":{"name":"Bern"}}
{"command":"catalogue.put_holiday","source_sequence":5,"body":{"date":"2026-12-08","name":"Immaculate Conception","area":"Bern"}}
{"command":"catalogue.put_store","source_sequence":6,"body":{"name":"Bern 1","area":"Bern","place":{"address":"Bern","latitude":46.9,"longitude":7.4}}}
{"command":"catalogue.put_skill","source_sequence":7,"body":{"name":"radio"}}
{"command":"catalogue.remove_skill","source_sequence":8,"body":{"name":"radio"}}
{"command":"consultant.register","consultant":"bob","occurred_at":"2020-01-02T03:04:05Z","body":{"name":"Bob Bärlach","team":"field","capacity":5,"skills":{"video":4},"languages":["de"]}}
{"command":"consultant.availability","consultant":"bob","body":{"availability":"busy","hours":{"zone":"Europe/Zurich","shifts":[{"weekday":"monday","from":"08:00","to":"16:30"}]}}}
{"command":"consultant.place","consultant":"bob","body":{"place":{"address":"Bern"}}}
{"command":"customer.register","customer":"ann","body":{"name":"Ann O'Hara","phone":"+41 (0)44 668 18 00","consultant":"bob"}}
{"command":"customer.contact","customer":"ann","body":{"email":"ann@example.com"}}
{"command":"customer.preferences","customer":"ann","body":{"surveys":false,"language":"de"}}
{"command":"open","ticket":"C-7","body":{"customer":"ann","channel":"import","subject":"No picture"}}
{"command":"assign","ticket":"C-7","body":{"consultant":"bob"}}
"#;

impl Shop {
    async fn import(&self, file: &Path, format: Format) -> u64 {
        let options = ImportOptions {
            file: file.to_owned(),
            format,
            source: Some("elsewhere".to_owned()),
            url: format!("http://{}", self.address),
            token: self.token("ian", Role::Importer),
            report: None,
            progress: false,
        };
        let summary = import(&options).await.expect("it is imported");
        assert_eq!(summary.refused_count(), 0, "{summary}");
        summary.applied
    }

    async fn of_ticket(&self, ticket: Uuid, command: &str, body: serde_json::Value) {
        self.manage(&format!("tickets/{ticket}/{command}"), body)
            .await;
    }

    /// What seldom happens to a ticket.
    async fn odd_tickets(&self) {
        let [first, second, third] = [101, 103, 105].map(|n| self.open_ticket(n));
        let (first, second, third) = futures::join!(first, second, third);
        let name = self.is_routed(first, &[]).await;
        let body = json!({"team": "printers", "reason": "Not ours"});
        self.of_ticket(first, "transfer", body).await;
        self.of_ticket(
            first,
            "amend",
            json!({"subject": "It burns", "priority": "critical", "category": "No picture",
                   "description": "Smoke", "place": null, "fields": {"floor": "3"}}),
        )
        .await;
        let body = json!({"ticket": second, "relation": "child_of"});
        self.of_ticket(first, "links", body).await;
        let body = json!({"text": "Careful", "visibility": "internal"});
        self.of_ticket(first, "comments", body).await;
        // Nobody is of that team, so a manager sees to it, and changes their mind.
        let body = json!({"consultant": Shop::person(&name)});
        self.of_ticket(first, "assign", body).await;
        self.of_ticket(first, "unassign", json!({"reason": "Holidays"}))
            .await;

        let body = json!({"code": "told", "note": "Plug it in"});
        self.of_ticket(second, "resolve", body).await;
        self.of_ticket(second, "reopen", json!({"reason": "It was plugged in"}))
            .await;
        self.of_ticket(third, "hold", json!({"awaiting": "vendor"}))
            .await;
        self.of_ticket(third, "cancel", json!({"reason": "They closed"}))
            .await;
    }

    /// One that comes back after its closing, and is closed and rated again.
    async fn comes_back(&self) {
        let ticket = self.serve_ticket(4).await;
        let reopened = json!({"reason": "Streaks"});
        let path = format!("tickets/{ticket}/reopen");
        self.ask(("carla", Role::Customer), &path, reopened).await;
        self.of_ticket(ticket, "resolve", json!({"code": "cleaned"}))
            .await;
        self.watch
            .until_ticket(ticket, "closed by the closer", |state| {
                matches!(state.status, Status::Closed { .. }).then_some(())
            })
            .await;
        self.survey(ticket, NonZeroU32::MIN.saturating_add(1), 2)
            .await;
    }

    /// People change, leave and come back, and one must be forgotten.
    async fn people_change(&self) {
        let id = Shop::person(&consultant(0));
        let of = |command: &str| format!("consultants/{id}/{command}");
        let body = json!({"skills": {"video": 5}, "languages": ["en"], "travel_km_max": 50});
        self.manage(&of("profile"), body).await;
        let body = json!({"place": {"address": "Bern", "latitude": 46.9, "longitude": 7.4}});
        self.manage(&of("place"), body).await;
        let gone = Uuid::new_v4();
        let body = json!({"id": gone, "name": "Gone", "capacity": 1});
        self.manage("consultants", body.clone()).await;
        self.manage(&format!("consultants/{gone}/retire"), json!({}))
            .await;
        self.manage("consultants", body).await;
        self.manage(&format!("consultants/{gone}/retire"), json!({}))
            .await;
        let id = Shop::person("paul");
        let body = json!({"phone": "+41 44 668 18 00"});
        self.manage(&format!("customers/{id}/contact"), body).await;
    }

    async fn is_forgotten(&self, name: &str) {
        let path = format!("customers/{}/erase", Shop::person(name));
        let administrator = ("ada", Role::Administrator);
        self.ask(administrator, &path, json!({})).await;
    }
}

fn others(directory: &Path) -> PathBuf {
    let file = directory.join("others.ndjson");
    std::fs::write(&file, OTHERS).expect("a file");
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_and_column_is_what_the_log_says_after_a_day_of_everything() {
    let shop = Shop::open().await;
    let directory = tempfile::tempdir().expect("a directory");
    let others = others(directory.path());
    let (imported, ..) = futures::join!(
        shop.import(Path::new(INCIDENTS), Format::Servicenow),
        shop.import(&others, Format::Neutral),
        shop.trade(12),
        shop.odd_tickets(),
        shop.comes_back(),
        shop.people_change(),
    );
    assert!(imported > 3_000, "{imported}");
    shop.is_forgotten("carla").await;
    shop.is_forgotten("paul").await;

    for view in View::ALL {
        let counted = shop.views.follows(view).await;
        for (table, rows) in counted {
            let of_trouble = ["parked_stream", "dead_letter"].contains(&table);
            let passing = table == "pending";
            assert!(
                passing || (rows == 0) == of_trouble,
                "{view:?}.{table}: {rows}"
            );
        }
    }
    shop.everybody_is_told().await;
    // Nobody is told of what another system had.
    let told_of_imports = "notification n JOIN read_model_1.ticket t ON t.id = n.ticket
        WHERE t.origin = 'import'";
    assert_eq!(shop.views.count(View::Outbox, told_of_imports).await, 0);
    shop.close().await;
}
