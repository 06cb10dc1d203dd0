//! A router's decision.

use docket_domain::ids::{PersonId, RouterId};
use docket_domain::routing::{Basis, Exclusions, Parts, Reason, Recorded, Reserved, Rules, Scored};
use uuid::Uuid;

use super::{person, time};

/// For that consultant, over one other; a third is busy.
pub(crate) fn decision(consultant: PersonId) -> Recorded {
    let parts = Parts {
        distance: 150_000,
        load: 100_000,
        skill: 60_000,
        language: 150_000,
        preferred: 0,
        fairness: 50_000,
    };
    let first = Scored {
        consultant,
        total: parts.total(),
        parts,
        distance_m: Some(20_000),
        last_assigned_at: Some(time("2026-11-20T08:00:00.5Z")),
    };
    let parts = Parts {
        load: 200_000,
        ..Parts::default()
    };
    let second = Scored {
        consultant: person(4),
        total: parts.total(),
        parts,
        distance_m: None,
        last_assigned_at: None,
    };
    let mut excluded = Exclusions::default();
    excluded.add(Reason::Availability, 1);
    Recorded {
        router: RouterId(Uuid::from_u128(8)),
        attempt: 2,
        attempts_max: 3,
        policy: 1,
        basis: Basis {
            at: time("2026-11-20T10:00:00.25Z"),
            rules: Rules::default(),
            positions: vec![17, 0, 4],
            reserved: vec![Reserved {
                consultant: person(4),
                tickets: 2,
                last_at: time("2026-11-20T10:00:00.125Z"),
            }],
        },
        considered: 3,
        excluded,
        best: vec![first, second],
    }
}
