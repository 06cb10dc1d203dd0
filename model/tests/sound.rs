//! The protocol keeps its promises, whatever happens.
//!
//! `DOCKET_MODEL=large` searches more (tens of millions of states, some minutes).

use docket_model::configuration::{large, ordinary, small, weakened};
use docket_model::invariants::ALL;
use docket_model::{Report, Weakening, search};

#[track_caller]
fn holds(report: &Report) {
    println!("{report}");
    if let Some((_, trace)) = &report.broken {
        panic!("{trace}");
    }
}

#[test]
fn every_promise_holds_in_every_state() {
    let mut configurations = ordinary();
    if std::env::var("DOCKET_MODEL").is_ok_and(|size| size == "large") {
        configurations.extend(large());
    }
    for configuration in configurations {
        holds(&search(&configuration, None, &ALL, true));
    }
}

#[test]
fn what_is_left_out_makes_no_difference() {
    for configuration in small() {
        let reduced = search(&configuration, None, &ALL, true);
        let whole = search(&configuration, None, &ALL, false);
        holds(&reduced);
        holds(&whole);
        assert!(reduced.states < whole.states);
        assert_eq!(reduced.endings, whole.endings, "{}", configuration.name);
    }
}

/// DESIGN asks for an id of every record's own. As long as each record names its command, or lists
/// its answers, two records that are equal but for the id say the same of the same commands on the
/// same head; so nothing depends on it here. What depends on it is a record that names none: see
/// [`Weakening::LookalikeConfirms`].
#[test]
fn an_id_of_its_own_is_a_second_lock() {
    let (configuration, _) = weakened(Weakening::NoFreshId);
    holds(&search(
        &configuration,
        Some(Weakening::NoFreshId),
        &ALL,
        true,
    ));
}
