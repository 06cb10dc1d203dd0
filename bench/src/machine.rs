//! What it was measured on: figures of two machines say nothing about each other.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::stage::Stage;

/// Lines about the machine and the servers.
pub(crate) async fn facts(stage: &Stage) -> anyhow::Result<String> {
    let cores = std::thread::available_parallelism()?;
    let model = field("/proc/cpuinfo", "model name");
    let memory: u64 = field("/proc/meminfo", "MemTotal")
        .trim_end_matches(" kB")
        .parse()
        .unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let rustc = said("rustc", &["--version"]);
    let java = said("java", &["-version"]);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let postgres = stage.postgres_version().await?;
    Ok(format!(
        "{cores} cores ({model}), {:.0} GiB of memory, Linux {}, {postgres}, Kafka {} on {java}, \
         {rustc}; load average before: {}",
        memory as f64 / f64::from(1 << 20),
        kernel.trim(),
        stage.kafka_version(),
        load.split(' ').next().unwrap_or_default(),
    ))
}

fn field(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.split_once(':'))
        .map_or_else(
            || "unknown".to_owned(),
            |(_, value)| value.trim().to_owned(),
        )
}

/// The first line that a program says about itself, on either stream.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.map(|output| [output.stdout, output.stderr].concat());
    let text = String::from_utf8(output.unwrap_or_default()).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").replace('"', "")
}

/// CPU seconds of a process, user and system.
pub(crate) fn cpu_seconds(pid: u32) -> f64 {
    cpu_in(Path::new(&format!("/proc/{pid}")))
}

/// CPU seconds of a process's threads, by their kind. Those of threads that ended are missing.
pub(crate) fn cpu_seconds_by_thread(pid: u32) -> BTreeMap<&'static str, f64> {
    let mut kinds = BTreeMap::new();
    let threads = fs::read_dir(format!("/proc/{pid}/task"));
    for thread in threads.into_iter().flatten().flatten() {
        let name = fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
        *kinds.entry(kind(name.trim_end())).or_default() += cpu_in(&thread.path());
    }
    kinds
}

/// The kind of a thread with that name, of which the kernel keeps 15 bytes.
fn kind(name: &str) -> &'static str {
    match name {
        "docket-log-tail" => "docket-log-tail",
        "producer pollin" => "librdkafka's delivery reports",
        _ if name.starts_with("rdk:broker") => "librdkafka's brokers",
        _ if name.starts_with("tokio-") => "tokio",
        _ => "others",
    }
}

/// What a directory in `/proc` says of its process or thread.
fn cpu_in(directory: &Path) -> f64 {
    /// `_SC_CLK_TCK`, the same on every Linux that Docket runs on.
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string(directory.join("stat")).unwrap_or_default();
    // After the name in parentheses, which may hold anything.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut ticks = rest.split_whitespace().skip(11).take(2);
    let mut next = || ticks.next().and_then(|n| n.parse::<f64>().ok());
    (next().unwrap_or_default() + next().unwrap_or_default()) / TICKS
}

/// Idle and total CPU seconds of the machine.
pub(crate) fn idle_and_total() -> (f64, f64) {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = stat.lines().next().unwrap_or_default();
    let ticks: Vec<f64> = first
        .split_whitespace()
        .skip(1)
        .take(8)
        .filter_map(|n| n.parse().ok())
        .collect();
    (
        ticks.get(3).copied().unwrap_or_default(),
        ticks.iter().sum(),
    )
}
