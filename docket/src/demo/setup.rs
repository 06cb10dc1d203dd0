//! Before the doors open: the catalogue gets what it lacks, and the run's consultants are registered
//! and say where they set out from. What is in the catalogue already stays as it is.

use std::collections::HashSet;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use super::Error;
use super::cast::Cast;
use super::country::{CATEGORIES, CITIES, SKILLS};
use super::desk::{Command, Desk, refused};
use super::plan::Plan;

const AT_ONCE: usize = 16;

pub(super) async fn set_up(desk: &Desk, cast: &Cast, plan: &Plan) -> Result<(), Error> {
    let catalogue = desk
        .read("/v1/catalogue", &cast.administrator.token, None)
        .await?;
    all_at_once(desk, missing(cast, &catalogue)).await?;
    all_at_once(desk, registrations(cast, plan)).await?;
    all_at_once(desk, places(cast, plan)).await
}

async fn all_at_once(desk: &Desk, commands: Vec<Command>) -> Result<(), Error> {
    let sent = stream::iter(commands).map(async |command| {
        let answer = desk.command(&command).await?;
        if answer.status.is_success() {
            Ok(())
        } else {
            Err(refused(&command.path, &answer))
        }
    });
    sent.buffer_unordered(AT_ONCE).try_collect().await
}

/// What the catalogue doesn't have yet.
fn missing(cast: &Cast, catalogue: &Value) -> Vec<Command> {
    let entries = catalogue["entries"].as_array().into_iter().flatten();
    let there: HashSet<_> = entries
        .filter_map(|entry| Some((entry["kind"].as_str()?, entry["name"].as_str()?)))
        .collect();
    let named = |kind, name: &str| (kind, json!({ "name": name }));
    let areas: HashSet<_> = CITIES.iter().map(|city| city.area).collect();
    let stores = CITIES.iter().map(|city| {
        let (latitude, longitude) = city.point;
        let place = json!({"latitude": latitude, "longitude": longitude});
        (
            "store",
            json!({"name": city.store(), "area": city.area, "place": place}),
        )
    });
    let categories = CATEGORIES
        .iter()
        .map(|it| ("category", json!({"name": it.name, "skills": it.skills})));
    let wanted = SKILLS
        .iter()
        .map(|skill| named("skill", skill))
        .chain(areas.iter().map(|area| named("area", area)))
        .chain(stores)
        .chain(categories);
    wanted
        .filter(|(kind, body)| {
            let name = body["name"].as_str().unwrap_or_default();
            !there.contains(&(*kind, name))
        })
        .map(|(kind, body)| Command {
            path: format!("/v1/catalogue/put_{kind}"),
            token: Some(cast.administrator.token.clone()),
            key: format!("demo-{}-{kind}-{}", cast.run, key(&body)),
            body,
        })
        .collect()
}

/// A name of visible ASCII only, as a key must be.
fn key(body: &Value) -> String {
    let name = body["name"].as_str().unwrap_or_default();
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

fn registrations(cast: &Cast, plan: &Plan) -> Vec<Command> {
    let consultants = plan.consultants.iter().zip(&cast.consultants);
    consultants
        .map(|(planned, person)| Command {
            path: "/v1/consultants".into(),
            token: Some(cast.administrator.token.clone()),
            key: format!("demo-{}-register-{}", cast.run, person.id),
            body: json!({
                "id": person.id,
                "name": planned.name,
                "team": cast.team,
                "skills": planned.skills,
                "areas": planned.areas,
                "travel_km_max": planned.travel_km_max,
                "languages": planned.languages,
                "capacity": planned.capacity,
            }),
        })
        .collect()
}

fn places(cast: &Cast, plan: &Plan) -> Vec<Command> {
    let consultants = plan.consultants.iter().zip(&cast.consultants);
    consultants
        .map(|(planned, person)| {
            let (latitude, longitude) = planned.home;
            Command {
                path: format!("/v1/consultants/{}/place", person.id),
                token: Some(person.token.clone()),
                key: format!("demo-{}-place", cast.run),
                body: json!({"place": {"latitude": latitude, "longitude": longitude}}),
            }
        })
        .collect()
}
