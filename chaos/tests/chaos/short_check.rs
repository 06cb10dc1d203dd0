//! The check itself, for half a minute: `chaos check` is for longer ones.

use std::sync::Arc;
use std::time::Duration;

use docket_chaos::check::{CheckConfig, check};

/// It kills, freezes and restarts replicas, lets one join, and writes as a newer version, but leaves
/// the broker alone; a test of the schedule holds it to that.
const SEED: u64 = 88;

#[tokio::test(flavor = "multi_thread")]
async fn half_a_minute_of_faults_contradicts_no_answer() {
    let config = CheckConfig {
        site: crate::site(1),
        seed: SEED,
        faults_for: Duration::from_secs(25),
        rate: 60.0,
        round: Duration::from_secs(25),
        keep: false,
        progress: false,
    };
    let report = check(&config, &Arc::default()).await.expect("it runs");
    assert!(report.findings.is_empty(), "{report:#?}");
    // It would be clean as well if nothing had happened.
    let done: usize = report.faults.values().sum();
    assert!(done >= 5, "{report:#?}");
    for fault in ["replica killed", "replica frozen", "replica restarted"] {
        assert!(report.faults.contains_key(fault), "{fault}: {report:#?}");
    }
    assert!(report.lines > 20, "{report:#?}");
    let told = [report.applied, report.unchanged, report.rejected];
    assert!(told.iter().all(|count| *count > 20), "{report:#?}");
}
