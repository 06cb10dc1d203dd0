//! The model has teeth: each rule that is taken away is missed, and the shortest way there is told.
//!
//! Each test states how many steps that way has, so that a change of the model shows.

use docket_model::configuration::weakened;
use docket_model::{Weakening, search};

/// Searches the protocol without one of its rules; the promise must be broken after so many steps,
/// the last of which is this one.
#[track_caller]
fn caught(weakening: Weakening, steps: usize, last_step: &str) {
    let (configuration, promise) = weakened(weakening);
    let report = search(&configuration, Some(weakening), &[promise], true);
    let Some((broken, trace)) = report.broken else {
        panic!("{weakening} was not caught: {report}");
    };
    println!("{trace}");
    assert_eq!(broken, promise);
    assert_eq!(trace.actions.len(), steps, "the shortest trace:\n{trace}");
    assert_eq!(trace.last_step(), last_step);
    let whole = search(&configuration, Some(weakening), &[promise], false);
    assert!(
        whole.broken.is_some(),
        "hidden by what the search leaves out"
    );
}

#[test]
fn acknowledging_on_the_delivery_report() {
    caught(
        Weakening::AcknowledgeOnReport,
        8,
        "writer B hears that its batch was stored; c1 is answered: done",
    );
}

#[test]
fn answering_a_refusal_unconfirmed() {
    caught(
        Weakening::RefusalUnconfirmed,
        6,
        "writer B decides c1 and sends nothing new; c1 is answered: refused",
    );
}

#[test]
fn taking_a_timeout_for_a_failure() {
    caught(Weakening::TimeoutIsFailure, 4, "the log stores r1 (valid)");
}

#[test]
fn letting_a_foreign_or_older_record_confirm_an_answer() {
    caught(
        Weakening::LookalikeConfirms,
        11,
        "writer B reads r2; c1 is answered: refused",
    );
}

#[test]
fn a_barrier_only_after_a_timeout() {
    caught(
        Weakening::BarrierOnlyAfterTimeout,
        7,
        "writer A hears that its batch was stored",
    );
}

#[test]
fn a_refusal_that_other_writers_do_not_learn_of() {
    caught(
        Weakening::RefusalUnlisted,
        10,
        "writer A reads r3; c1 is answered otherwise now",
    );
}

#[test]
fn a_snapshot_without_its_offset() {
    caught(Weakening::SnapshotWithoutOffset, 7, "writer A reads r2");
}

#[test]
fn one_barrier_at_the_end_of_a_batch() {
    caught(
        Weakening::BarrierLast,
        4,
        "the log stores r1 (valid), r2 (valid)",
    );
}

#[test]
fn one_replicas_not_done_for_all() {
    caught(Weakening::OneNotDoneForAll, 5, "the log stores r1 (valid)");
}

#[test]
fn no_chain_rule() {
    caught(
        Weakening::NoChainRule,
        9,
        "writer B reads r2; c1 is answered: done",
    );
}
