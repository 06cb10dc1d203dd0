//! pgbench, Postgres's own load generator: what the server gives when nothing is in between.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::process::Command;

/// The table of pgbench's inserts: a row is about as large as a record.
const TABLE: &str = "CREATE TABLE inserted (id bigserial PRIMARY KEY, data text NOT NULL)";
const INSERT: &str = "INSERT INTO inserted (data) VALUES (repeat('x', 1000));\n";

pub(crate) struct Pgbench {
    program: PathBuf,
    url: String,
    clients: String,
    script: tempfile::NamedTempFile,
}

impl Pgbench {
    /// `None` where it isn't installed.
    pub(crate) fn find(url: &str, clients: usize) -> anyhow::Result<Option<Self>> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
        if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
            places.extend(versions.flatten().map(|version| version.path().join("bin")));
        }
        let found = places.iter().map(|place| place.join("pgbench"));
        let Some(program) = found.into_iter().find(|program| program.exists()) else {
            return Ok(None);
        };
        let script = tempfile::NamedTempFile::new()?;
        std::fs::write(script.path(), INSERT)?;
        Ok(Some(Self {
            program,
            url: url.to_owned(),
            clients: clients.to_string(),
            script,
        }))
    }

    /// Makes the tables; `scale` times 100,000 rows to select from.
    pub(crate) async fn prepare(&self, scale: u32) -> anyhow::Result<()> {
        let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&self.url).await?;
        sqlx::query(TABLE).execute(&mut connection).await?;
        let scale = scale.to_string();
        self.run(&["-i", "-q", "-s", &scale]).await?;
        Ok(())
    }

    /// Rows a second, each inserted and committed on its own.
    pub(crate) async fn inserts(&self, time: Duration) -> anyhow::Result<f64> {
        let script = self.script.path().display().to_string();
        self.rate(&["-n", "-f", &script], time).await
    }

    /// Transactions a second that select one row by its key.
    pub(crate) async fn selects(&self, time: Duration) -> anyhow::Result<f64> {
        self.rate(&["-n", "-S"], time).await
    }

    async fn rate(&self, what: &[&str], time: Duration) -> anyhow::Result<f64> {
        let seconds = time.as_secs().max(1).to_string();
        let how = [
            "-M",
            "prepared",
            "-j",
            "2",
            "-c",
            &self.clients,
            "-T",
            &seconds,
        ];
        let output = self.run(&[what, &how].concat()).await?;
        let text = String::from_utf8_lossy(&output.stdout);
        let rate = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|rate| rate.split(' ').next());
        Ok(rate.context("pgbench says no rate")?.parse()?)
    }

    async fn run(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        let output = Command::new(Path::new(&self.program))
            .args(arguments)
            .arg(&self.url)
            .output()
            .await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "pgbench failed: {said}");
        Ok(output)
    }
}
