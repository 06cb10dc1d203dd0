//! Lines about consultants, customers and the catalogue, beside those about tickets.

use docket_event_log::LogConfig;
use docket_service::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{send, told};
use crate::support::{
    Replica, events_at, on_both_logs, open, opening, person, postgres_log, records,
};

on_both_logs!(people_of_another_system_are_brought_once);

const CARLA: Uuid = Uuid::from_u128(0xca71a);

/// The history of a shop in another system. Sequences rise per stream.
fn shop(keys: &str) -> Vec<String> {
    let ann = json!({"subject": "ann", "name": "Ann", "capacity": 2});
    let hours = json!({"hours": {"zone": "Europe/Zurich", "shifts": []}});
    let carla = json!({"name": "Carla", "phone": "117"});
    let lines = [
        (
            "catalogue.put_area",
            Value::Null,
            1,
            json!({"name": "Zürich"}),
        ),
        (
            "catalogue.put_skill",
            Value::Null,
            2,
            json!({"name": "ink"}),
        ),
        ("consultant.register", Value::Null, 1, ann),
        ("consultant.availability", json!(person("ann")), 2, hours),
        ("customer.register", json!(CARLA), 1, carla),
        ("customer.contact", json!(CARLA), 2, json!({"phone": null})),
        ("customer.contact", json!(CARLA), 3, json!({"phone": null})),
        ("customer.erase", json!(CARLA), 4, json!({})),
    ];
    let line = |(n, (command, id, sequence, body)): (usize, (&str, Value, u64, Value))| {
        let (kind, _) = command.split_once('.').expect("a kind");
        let mut line = json!({
            "command": command, "idempotency_key": format!("{keys}{n}"), "body": body,
            "source_sequence": sequence, "occurred_at": "2016-03-01T08:00:00Z",
        });
        if !id.is_null() {
            line[kind] = id;
        }
        line.to_string()
    };
    lines.into_iter().enumerate().map(line).collect()
}

async fn people_of_another_system_are_brought_once(config: LogConfig) {
    let log = open(&config).await;
    let replica = Replica::on(&config).await;
    let importer = replica.client("old-system", Role::Importer);
    let first = send(&importer, shop("")).await;
    assert_eq!(
        told(&first),
        [
            "1 applied 200 v1",
            "2 applied 200 v2",
            "3 applied 201 v1",
            "4 applied 200 v2",
            "5 applied 201 v1",
            "6 applied 200 v2",
            "7 unchanged 200 v2",
            "8 rejected 403 v2",
        ]
    );
    assert_eq!(first[2]["consultant"], json!(person("ann")));
    assert_eq!(first[4]["customer"], json!(CARLA));
    assert_eq!(first[0]["ticket"], Value::Null);
    assert_eq!(first[7]["problem"]["command"], "customer.erase");
    let ann = format!("consultant-{}", person("ann"));
    let event = &events_at(&log, &ann).await[0].1;
    assert_eq!(event.attribute("origin"), Some("import"));
    assert_eq!(event.attribute("occurredat"), Some("2016-03-01T08:00:00Z"));

    assert_eq!(send(&importer, shop("")).await, first);
    // Years later, under new keys: the source sequences still know.
    let later = send(&importer, shop("later-")).await;
    assert!(
        later[..7].iter().all(|told| told["outcome"] == "unchanged"),
        "{later:?}"
    );
    let mut events = records(&log).await;
    events.retain(|(_, record)| !record.is_control());
    assert_eq!(events.len(), 6);
    replica.stop().await;
}

#[tokio::test]
async fn a_line_names_the_stream_that_its_command_is_for() {
    let replica = Replica::on(&postgres_log().await).await;
    let manager = replica.manager();
    let id = Uuid::from_u128(7);
    let ann = || json!({"name": "Ann", "capacity": 2});
    let line = |command: &str, members: Value, body: Value| {
        let mut line = json!({"command": command, "idempotency_key": "k", "body": body});
        for (member, value) in members.as_object().expect("members") {
            line[member] = value.clone();
        }
        line.to_string()
    };
    let mut other = ann();
    other["id"] = json!(Uuid::from_u128(8));
    let outcomes = send(
        &manager,
        vec![
            line("consultant.retire", json!({}), json!({})),
            line("consultant.retire", json!({"ticket": id}), json!({})),
            line(
                "assign",
                json!({"ticket": id, "customer": id}),
                json!({"consultant": id}),
            ),
            line(
                "catalogue.put_store",
                json!({"consultant": id}),
                json!({"name": "North"}),
            ),
            line("register", json!({"consultant": id}), ann()),
            line("consultant.promote", json!({"consultant": id}), json!({})),
            line("consultant.register", json!({}), ann()),
            line("consultant.register", json!({"consultant": id}), other),
            line("consultant.register", json!({"consultant": id}), ann()),
            line("customer.register", json!({}), json!({"name": "Kim"})),
            line("open", json!({}), opening()),
        ],
    )
    .await;
    let faults: Vec<Vec<&str>> = outcomes
        .iter()
        .filter_map(|outcome| outcome["problem"]["errors"].as_array())
        .map(|errors| {
            errors
                .iter()
                .filter_map(|fault| fault["field"].as_str())
                .collect()
        })
        .collect();
    assert_eq!(
        faults,
        [
            vec!["consultant"],
            vec!["ticket", "consultant"],
            vec!["customer"],
            vec!["consultant"],
            vec!["command"],
            vec!["command"],
            vec!["body.id"],
            vec!["body.id"],
        ]
    );
    assert_eq!(
        told(&outcomes[8..]),
        ["9 applied 201 v1", "10 applied 201 v1", "11 applied 201 v1"]
    );
    assert_eq!(outcomes[8]["consultant"], json!(id));
    assert!(outcomes[9]["customer"].is_string());
    replica.stop().await;
}
