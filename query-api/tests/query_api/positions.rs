//! How far the view is, and waiting for it.

use docket_query_api::QueryConfig;
use docket_service::{Position, Role};
use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::setting::Setting;

const LOG: Uuid = Uuid::from_u128(0x106);

fn position(partition: u16, sequence: u64) -> Position {
    Position {
        incarnation: LOG,
        partition,
        sequence,
    }
}

/// Waits no longer than it takes to be sure that it waited.
async fn impatient() -> Setting {
    let setting = Setting::new().await;
    let config = QueryConfig {
        position_wait_ms: 50,
        ..QueryConfig::default()
    };
    Setting::over(setting.url.clone(), config)
}

#[tokio::test]
async fn an_answer_says_where_the_view_stood() {
    let setting = Setting::new().await;
    let id = setting.ticket(json!({"partition": 3})).await;
    setting.line(id, 1, json!({})).await;
    setting.checkpoint(position(0, 1)).await;
    setting.checkpoint(position(3, 77)).await;
    for path in ["", "/timeline"] {
        let answer = setting.get(&format!("/v1/tickets/{id}{path}")).await.ok();
        let stood = answer.header("docket-position").parse();
        assert_eq!(stood, Ok(position(3, 77)), "{path}");
    }
}

#[tokio::test]
async fn a_query_waits_until_the_view_has_caught_up() {
    let setting = Setting::new().await;
    setting.checkpoint(position(0, 1)).await;
    let wanted = position(0, 5).to_string();
    let wanted = [("docket-min-position", wanted.as_str())];
    let waiting = setting.get_with("/v1/tickets", &wanted);
    let catching_up = async {
        setting.ticket(json!({"number": 10})).await;
        for sequence in 2..=5 {
            setting.checkpoint(position(0, sequence)).await;
        }
    };
    let (answer, ()) = tokio::join!(waiting, catching_up);
    let answer = answer.ok();
    assert_eq!(answer.body["tickets"][0]["number"], "10");
    assert_eq!(answer.header("docket-position").parse(), Ok(position(0, 5)));
}

#[tokio::test]
async fn many_wait_at_once_and_for_different_partitions() {
    let setting = Setting::new().await;
    setting.checkpoint(position(0, 1)).await;
    setting.checkpoint(position(1, 1)).await;
    let waiting = (0..100_u64).map(|n| {
        let wanted = position((n % 2) as u16, 1 + n).to_string();
        let setting = &setting;
        async move {
            let headers = [("docket-min-position", wanted.as_str())];
            setting.get_with("/v1/tickets", &headers).await.ok()
        }
    });
    let catching_up = async {
        for sequence in 2..=100 {
            setting.checkpoint(position(0, sequence)).await;
            setting.checkpoint(position(1, sequence)).await;
        }
    };
    tokio::join!(join_all(waiting), catching_up);
}

#[tokio::test]
async fn a_view_that_stays_behind_says_how_far_it_is() {
    let setting = impatient().await;
    let id = setting.ticket(json!({})).await;
    setting.checkpoint(position(0, 3)).await;
    let wanted = position(0, 10).to_string();
    for path in [
        "/v1/tickets",
        &format!("/v1/tickets/{id}"),
        &format!("/v1/tickets/{id}/timeline"),
        "/v1/consultants",
        &format!("/v1/consultants/{id}"),
        "/v1/customers",
        &format!("/v1/customers/{id}"),
        "/v1/catalogue",
        "/v1/catalogue/area",
    ] {
        let answer = setting
            .get_with(path, &[("docket-min-position", &wanted)])
            .await;
        assert_eq!(answer.header("retry-after"), "1");
        let problem = answer.problem(503, "view-behind");
        assert_eq!(problem["behind_records"], 7);
        assert_eq!(problem["position"], position(0, 3).to_string());
    }
}

#[tokio::test]
async fn a_parked_ticket_is_not_shown_as_what_its_position_stands_for() {
    let setting = impatient().await;
    let carla = Setting::person("carla");
    let id = setting.ticket(json!({"customer": carla})).await;
    setting.checkpoint(position(0, 9)).await;
    let stream = format!("ticket-{id}");
    setting.parked(stream, position(0, 5)).await;
    for path in ["", "/timeline"] {
        let path = format!("/v1/tickets/{id}{path}");
        let get = async |who: &str, role, sequence| {
            let wanted = position(0, sequence).to_string();
            let headers = [("docket-min-position", wanted.as_str())];
            setting.get_as(who, role, &path, &headers).await
        };
        get("rita", Role::Receptionist, 4).await.ok();
        let parked = get("rita", Role::Receptionist, 5).await;
        parked.problem(503, "parked");
        let parked = get("carla", Role::Customer, 5).await;
        parked.problem(503, "parked");
        let nobodys = get("karl", Role::Customer, 5).await;
        nobodys.problem(404, "not-found");
        setting.get(&path).await.ok();
    }
}

/// Whoever may not see somebody doesn't learn that something is wrong with them either.
#[tokio::test]
async fn so_it_is_with_people_and_the_catalogue() {
    let setting = impatient().await;
    let carla = Setting::person("carla");
    setting.customer(json!({"id": carla})).await;
    let anna = setting.consultant(json!({})).await;
    setting.checkpoint(position(0, 9)).await;
    for stream in [
        format!("customer-{carla}"),
        format!("consultant-{anna}"),
        "catalogue".to_owned(),
        format!("customer-{}", Setting::person("new")),
    ] {
        setting.parked(stream, position(0, 5)).await;
    }
    let get = async |who: &str, role, path: &str, sequence| {
        let wanted = position(0, sequence).to_string();
        let headers = [("docket-min-position", wanted.as_str())];
        setting.get_as(who, role, path, &headers).await
    };
    let (carlas, annas) = (
        format!("/v1/customers/{carla}"),
        format!("/v1/consultants/{anna}"),
    );
    let new = format!("/v1/customers/{}", Setting::person("new"));
    for (who, role, path) in [
        ("rita", Role::Receptionist, carlas.as_str()),
        ("carla", Role::Customer, &carlas),
        ("new", Role::Customer, &new),
        ("rita", Role::Receptionist, &new),
        ("rita", Role::Receptionist, &annas),
        ("carla", Role::Customer, "/v1/catalogue"),
        ("carla", Role::Customer, "/v1/catalogue/store"),
    ] {
        let parked = get(who, role, path, 5).await.problem(503, "parked");
        assert!(
            parked["detail"].to_string().contains("sequence 5"),
            "{path}"
        );
        if path != new {
            get(who, role, path, 4).await.ok();
        }
    }
    for (role, path) in [
        (Role::Customer, &carlas),
        (Role::Customer, &annas),
        (Role::Consultant, &carlas),
        (Role::Consultant, &new),
    ] {
        get("karl", role, path, 5).await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn a_position_of_another_life_of_the_log_is_refused() {
    let setting = impatient().await;
    setting.checkpoint(position(0, 3)).await;
    let restored = Position {
        incarnation: Uuid::nil(),
        ..position(0, 1)
    };
    let no_such_partition = position(9, 1);
    for other in [restored, no_such_partition] {
        let other = other.to_string();
        let answer = setting
            .get_with("/v1/tickets", &[("docket-min-position", &other)])
            .await;
        answer.problem(412, "position-of-another-log");
    }
}

#[tokio::test]
async fn what_is_no_position_is_malformed() {
    let setting = impatient().await;
    let cut = &position(0, 1).to_string()[1..];
    for bad in ["", "7", "nonsense", cut] {
        let answer = setting
            .get_with("/v1/tickets", &[("docket-min-position", bad)])
            .await;
        answer.problem(400, "malformed");
    }
}

#[tokio::test]
async fn a_view_that_is_not_there_is_503_and_not_ready() {
    let url = docket_supervisor::testing::database().await;
    let setting = Setting::over(url, QueryConfig::default());
    for path in ["/v1/tickets", &format!("/v1/tickets/{}", Uuid::nil())] {
        let answer = setting.get(path).await;
        assert_eq!(answer.header("retry-after"), "5");
        answer.problem(503, "unavailable");
    }
    assert!(setting.health.ready().is_err());

    docket_migrations::prepare(&setting.url, "read_model_1", &docket_migrations::READ_MODEL)
        .await
        .expect("the tables can be made");
    setting.health.wait_until_ready().await;
    let list = setting.get("/v1/tickets").await.ok();
    assert_eq!(
        list.body,
        json!({"tickets": [], "next_cursor": Value::Null})
    );
}

#[tokio::test]
async fn a_database_that_is_down_is_503() {
    let nowhere = "postgres://nobody@127.0.0.1:1/none".to_owned();
    let config = QueryConfig {
        connect_timeout_ms: 100,
        ..QueryConfig::default()
    };
    let setting = Setting::over(nowhere, config);
    let answer = setting.get("/v1/tickets").await;
    assert_eq!(answer.header("retry-after"), "1");
    answer.problem(503, "unavailable");
}
