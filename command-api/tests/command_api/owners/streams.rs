//! Commands about people and the catalogue go to their partition's owner as tickets' do, also when
//! only the body says whom they are about.

use std::collections::BTreeSet;

use docket_service::auth::Role;
use serde_json::json;

use super::{forwarded, until_shares};
use crate::support::{PARTITIONS, Replica, events_at, key, open, person, postgres_log, records};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_registered_by_the_owner_of_their_partition() {
    let config = postgres_log().await;
    let (log, key) = (open(&config).await, key());
    let one = Replica::among(&config, &key).await;
    let two = Replica::among(&config, &key).await;
    until_shares(&log, &[2, 2]).await;
    let (here, there) = (
        one.client("ada", Role::Administrator),
        two.client("ada", Role::Administrator),
    );
    let mut partitions = BTreeSet::new();
    let mut to_the_other = 0;
    for n in 0..24 {
        let subject = format!("consultant-{n}");
        let body = json!({"subject": subject, "name": "Ann", "capacity": 1});
        let first = here.send("/v1/consultants", "r", body.clone()).await;
        let second = there.send("/v1/consultants", "r", body).await;
        assert_ne!(forwarded(&first), forwarded(&second), "one of them owns it");
        assert_eq!(first.position(), second.position());
        assert_eq!(first.body, second.body);
        partitions.insert(first.position().partition);
        to_the_other += usize::from(forwarded(&first));
        let id = person(&subject);
        let path = format!("/v1/consultants/{id}/retire");
        let retired = there.send(&path, "x", json!({})).await.expect(200);
        assert_eq!(forwarded(&retired), forwarded(&second));
        let events = events_at(&log, &format!("consultant-{id}")).await;
        assert_eq!(events.len(), 2);
    }
    assert_eq!(partitions.len(), usize::from(PARTITIONS));
    assert!(to_the_other > 0);

    let area = json!({"name": "Berlin"});
    let path = "/v1/catalogue/put_area";
    let first = here.send(path, "a", area.clone()).await.expect(200);
    let second = there.send(path, "a", area).await.expect(200);
    assert_ne!(forwarded(&first), forwarded(&second));
    assert_eq!(first.body, second.body);
    // Nobody's claim was needed for any of it.
    let claims = records(&log).await;
    let claims = claims
        .iter()
        .filter(|(_, record)| record.kind() == "docket.log.claimed.v1");
    assert!(claims.count() <= 2 * usize::from(PARTITIONS));
    one.stop().await;
    two.stop().await;
}
