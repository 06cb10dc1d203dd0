//! Real processes on a real Kafka, attacked.

mod outage;
mod short_check;

use docket_chaos::site::SiteConfig;

/// Three replicas of this package's own binary.
fn site(brokers: usize) -> SiteConfig {
    SiteConfig {
        brokers,
        replicas: 3,
        owners: true,
        snapshots: true,
        program: Some(env!("CARGO_BIN_EXE_chaos").into()),
    }
}
