//! The dependency direction of ARCHITECTURE.md, held against `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Each crate with the crates of this workspace that its library and binaries may depend on.
const MAY: &[(&str, &[&str])] = &[
    ("docket-domain", &[]),
    ("docket-schemas", &["docket-domain"]),
    ("docket-model", &[]),
    ("docket-history", &["docket-domain"]),
    ("docket-migrations", &[]),
    ("docket-service", &[]),
    ("docket-supervisor", &[]),
    ("docket-event-log", &["docket-schemas", "docket-migrations"]),
    (
        "docket-command-api",
        &[
            "docket-domain",
            "docket-schemas",
            "docket-event-log",
            "docket-service",
        ],
    ),
    (
        "docket-projectors",
        &[
            "docket-domain",
            "docket-schemas",
            "docket-event-log",
            "docket-migrations",
            "docket-service",
        ],
    ),
    (
        "docket-agreement",
        &[
            "docket-domain",
            "docket-schemas",
            "docket-event-log",
            "docket-migrations",
        ],
    ),
    (
        "docket-process-managers",
        &[
            "docket-domain",
            "docket-schemas",
            "docket-event-log",
            "docket-service",
        ],
    ),
    ("docket-delivery", &["docket-migrations", "docket-service"]),
    ("docket-query-api", &["docket-migrations", "docket-service"]),
    (
        // The operator's tool uses what the services do, to do it again.
        "docket-replay",
        &[
            "docket-domain",
            "docket-schemas",
            "docket-event-log",
            "docket-process-managers",
            "docket-projectors",
            "docket-delivery",
            "docket-service",
        ],
    ),
];

/// These stand above everything and may use anything.
const TOP: &[&str] = &["docket", "docket-tests", "docket-bench", "docket-chaos"];

/// What a crate must not reach by any way.
const NEVER: &[(&str, &[&str])] = &[
    (
        "docket-domain",
        &[
            "serde",
            "serde_json",
            "tokio",
            "sqlx",
            "rdkafka",
            "axum",
            "rand",
        ],
    ),
    (
        "docket-delivery",
        &[
            "docket-event-log",
            "docket-domain",
            "docket-schemas",
            "rdkafka",
        ],
    ),
    (
        "docket-query-api",
        &[
            "docket-event-log",
            "docket-domain",
            "docket-schemas",
            "rdkafka",
        ],
    ),
    (
        "docket-service",
        &["docket-domain", "docket-event-log", "rdkafka", "sqlx"],
    ),
];

/// Looked at, but not behind: the features of a package are those that any crate of the workspace
/// asks for, so the domain's uuid brings the generator of ids that only others call
/// (`domain/clippy.toml` keeps the domain from calling it).
const NOT_BEHIND: &[&str] = &["uuid"];

/// The workspace's members and, for every package, the packages it needs to run.
struct Graph {
    members: BTreeSet<String>,
    needs: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn read() -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version=1", "--offline"])
            .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .output()
            .expect("cargo starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
        let names: BTreeMap<&str, &str> = array(&metadata["packages"])
            .map(|package| (text(&package["id"]), text(&package["name"])))
            .collect();
        let needs = array(&metadata["resolve"]["nodes"])
            .map(|node| {
                let normal = array(&node["deps"])
                    .filter(|dep| array(&dep["dep_kinds"]).any(|kind| kind["kind"].is_null()))
                    .map(|dep| names[text(&dep["pkg"])].to_owned());
                (names[text(&node["id"])].to_owned(), normal.collect())
            })
            .collect();
        let members = array(&metadata["workspace_members"])
            .map(|id| names[text(id)].to_owned())
            .collect();
        Self { members, needs }
    }

    fn reaches(&self, start: &str) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut todo = vec![start.to_owned()];
        while let Some(package) = todo.pop() {
            for needed in &self.needs[&package] {
                if seen.insert(needed.clone()) && !NOT_BEHIND.contains(&needed.as_str()) {
                    todo.push(needed.clone());
                }
            }
        }
        seen
    }
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

#[test]
fn every_crate_depends_in_the_direction_of_the_architecture() {
    let graph = Graph::read();
    let mut wrong = Vec::new();
    for member in graph
        .members
        .iter()
        .filter(|member| !TOP.contains(&member.as_str()))
    {
        let Some((_, may)) = MAY.iter().find(|(name, _)| name == member) else {
            wrong.push(format!(
                "{member} is new: say in this test what it may depend on"
            ));
            continue;
        };
        for needed in graph.needs[member].intersection(&graph.members) {
            if !may.contains(&needed.as_str()) {
                wrong.push(format!(
                    "{member} depends on {needed}, against the direction"
                ));
            }
        }
    }
    for (member, never) in NEVER {
        let reached = graph.reaches(member);
        for package in never.iter().filter(|package| reached.contains(**package)) {
            wrong.push(format!("{member} reaches {package}, which it must never"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
