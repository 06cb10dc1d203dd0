//! What points are given for, and that a recorded decision can be read and made again.

use docket_domain::routing::{
    BEST_MAX, Basis, Candidate, Decision, Exclusions, GRADE_MAX, Job, Outcome, POLICY, Parts,
    Rules, Scored, scan,
};

use super::worlds::{anna, basis, equals, job, km_away, seconds, skills, three};
use crate::scenarios::{ANNA, BERT, CARLA, NOON, text};

/// The points of each part that the candidate gets for the ticket.
fn parts(candidate: Candidate, job: &Job) -> Parts {
    scan(&[candidate], job, &basis()).best[0].parts
}

/// The grade of Anna, changed, in a part whose weight is given.
fn grade(change: impl FnOnce(&mut Candidate), part: fn(Parts) -> u32, weight: u16) -> u32 {
    let mut anna = anna();
    change(&mut anna);
    part(parts(anna, &job())) / u32::from(weight)
}

#[test]
fn the_nearer_the_better_and_never_flat() {
    let weight = Rules::default().distance;
    let at = |kilometres: f64| {
        let change = |anna: &mut Candidate| {
            anna.spot = Some(km_away(kilometres));
            anna.max_travel_m = None;
        };
        grade(change, |parts| parts.distance, weight)
    };
    assert_eq!(at(0.0), GRADE_MAX);
    assert_eq!([at(20.0), at(40.0)], [500, 333]);
    assert!(at(200.0) > at(300.0));
    assert_eq!(
        grade(|anna| anna.spot = None, |parts| parts.distance, weight),
        0
    );
}

#[test]
fn room_is_what_is_free_of_the_capacity() {
    let at = |load, capacity| {
        let change = |anna: &mut Candidate| (anna.load, anna.capacity) = (load, capacity);
        grade(change, |parts| parts.load, Rules::default().load)
    };
    assert_eq!([at(0, 4), at(1, 4), at(3, 4)], [1_000, 750, 250]);
    assert_eq!(at(2, 3), 333);
    assert_eq!(at(0, u32::MAX), GRADE_MAX);
}

#[test]
fn skill_is_the_mean_level_in_what_is_asked_for() {
    let asks = Job {
        skills: skills([("printers", 1), ("tills", 1)]),
        ..job()
    };
    let anna = Candidate {
        skills: skills([("printers", 5), ("tills", 2), ("lasers", 5)]),
        ..anna()
    };
    let weight = u32::from(Rules::default().skill);
    assert_eq!(parts(anna.clone(), &asks).skill, 700 * weight);
    let nothing = Job {
        skills: skills([]),
        ..job()
    };
    assert_eq!(parts(anna, &nothing).skill, 0);
}

#[test]
fn a_language_is_spoken_whichever_country_it_is_from() {
    let speaks = |spoken: &str, wanted: &str| {
        let job = Job {
            language: Some(text(wanted)),
            ..job()
        };
        let anna = Candidate {
            languages: vec![text("fr"), text(spoken)],
            ..anna()
        };
        parts(anna, &job).language > 0
    };
    assert!(speaks("de", "de"));
    assert!(speaks("DE", "de-AT"));
    assert!(speaks("en-GB", "en-US"));
    assert!(!speaks("de", "en"));
    assert!(!speaks("de", "del"));
    let unasked = Job {
        language: None,
        ..job()
    };
    assert_eq!(parts(anna(), &unasked).language, 0);
}

#[test]
fn the_longer_without_a_ticket_the_better() {
    let weight = Rules::default().fairness;
    let after = |idle_s| {
        let change = |anna: &mut Candidate| anna.last_assigned_at = Some(NOON - seconds(idle_s));
        grade(change, |parts| parts.fairness, weight)
    };
    assert_eq!([after(0), after(7_200), after(14_400)], [0, 500, 666]);
    assert_eq!(grade(|_| (), |parts| parts.fairness, weight), GRADE_MAX);
    // Assigned by a machine whose clock is ahead.
    assert_eq!(after(-30), 0);
}

#[test]
fn whom_the_customer_prefers_is_preferred_but_not_waited_for() {
    let prefers = Job {
        preferred: Some(CARLA),
        ..job()
    };
    let [anna, bert, mut carla] = three();
    let chosen = |carla: &Candidate| {
        let everybody = [anna.clone(), bert.clone(), carla.clone()];
        scan(&everybody, &prefers, &basis()).best[0].consultant
    };
    assert_eq!(chosen(&carla), CARLA);
    carla.available = false;
    assert_ne!(chosen(&carla), CARLA);
}

#[test]
fn weights_decide_what_matters() {
    let [mut near, mut free, _] = three();
    near.load = 3;
    free.spot = Some(km_away(30.0));
    let chosen = |distance, load| {
        let rules = Rules {
            distance,
            load,
            ..Rules::default()
        };
        let everybody = [near.clone(), free.clone()];
        let basis = Basis { rules, ..basis() };
        scan(&everybody, &job(), &basis).outcome
    };
    let (anna, bert) = (
        Outcome::Assign { consultant: ANNA },
        Outcome::Assign { consultant: BERT },
    );
    assert_eq!(chosen(1_000, 100), anna);
    assert_eq!(chosen(100, 1_000), bert);
}

#[test]
fn the_twenty_best_are_recorded_best_first() {
    let mut crowd: Vec<_> = equals(50)
        .zip(0..)
        .map(|(one, load)| Candidate {
            load,
            capacity: 50,
            ..one
        })
        .collect();
    crowd.reverse();
    let decision = scan(&crowd, &job(), &basis());
    assert_eq!(decision.best.len(), BEST_MAX);
    let expected = crowd.iter().rev().take(BEST_MAX).map(|one| one.id);
    assert!(decision.best.iter().map(|one| one.consultant).eq(expected));
    assert_eq!(decision.excluded.total(), 0);
}

#[test]
fn a_recorded_decision_comes_out_the_same() {
    // Computed by hand. If one of these numbers changes, decisions of the past can't be made again:
    // raise `POLICY`.
    let candidate = Candidate {
        spot: Some(km_away(10.0)),
        load: 1,
        last_assigned_at: Some(NOON - seconds(3_600)),
        ..anna()
    };
    let decision = scan(&[candidate], &job(), &basis());
    let parts = Parts {
        distance: 300 * 666,
        load: 200 * 750,
        skill: 100 * 600,
        language: 150 * 1_000,
        preferred: 0,
        fairness: 100 * 333,
    };
    let expected = Decision {
        ticket: job().ticket,
        basis: basis(),
        considered: 1,
        excluded: Exclusions::default(),
        best: vec![Scored {
            consultant: ANNA,
            total: 593_100,
            parts,
            distance_m: Some(9_999),
            last_assigned_at: Some(NOON - seconds(3_600)),
        }],
        outcome: Outcome::Assign { consultant: ANNA },
    };
    assert_eq!(decision, expected);
}

#[test]
fn the_rule_version_names_policy_and_weights() {
    let rules = Rules::default();
    let version = rules.version();
    assert_eq!(version.policy, POLICY);
    assert_eq!(version, rules.version());
    let changed = [
        Rules {
            distance: 301,
            ..rules
        },
        Rules { load: 201, ..rules },
        Rules {
            skill: 101,
            ..rules
        },
        Rules {
            language: 151,
            ..rules
        },
        Rules {
            preferred: 151,
            ..rules
        },
        Rules {
            fairness: 101,
            ..rules
        },
        Rules {
            half_distance_m: 1,
            ..rules
        },
        Rules {
            half_idle_s: 1,
            ..rules
        },
        Rules {
            priority_step_s: 1,
            ..rules
        },
        Rules {
            distance: rules.load,
            load: rules.distance,
            ..rules
        },
    ];
    for other in changed {
        assert_ne!(other.version(), version, "{other:?}");
    }
    assert_eq!(version.to_string(), "1-23523dec588a0d5c");
}
