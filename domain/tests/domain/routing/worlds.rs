//! Consultants and tickets: plain ones for stories, and arbitrary ones that meet often.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::Timestamp;
use docket_domain::command::{Point, Priority};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::{Basis, Candidate, Job, Level, Rules, Spot};
use docket_domain::text::Label;
use jiff::SignedDuration;
use proptest::prelude::*;
use uuid::Uuid;

use crate::scenarios::{ANNA, BERT, CARLA, NOON, TICKET, text};

pub(super) fn seconds(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

pub(super) fn spot(latitude: f64, longitude: f64) -> Spot {
    Spot::from(Point::new(latitude, longitude).unwrap())
}

/// Where the ticket of the stories is.
pub(super) fn here() -> Spot {
    spot(48.0, 11.0)
}

/// So many kilometres north of [`here`], nearly.
pub(super) fn km_away(kilometres: f64) -> Spot {
    spot(48.0 + kilometres / 111.2, 11.0)
}

pub(super) fn level(level: u8) -> Level {
    Level::new(level).unwrap()
}

pub(super) fn skills<const N: usize>(skills: [(&str, u8); N]) -> BTreeMap<Label, Level> {
    skills
        .map(|(skill, least)| (text(skill), level(least)))
        .into()
}

/// Anna has room, is there, and knows printers; she has never been given anything.
pub(super) fn anna() -> Candidate {
    Candidate {
        id: ANNA,
        team: Some(text("north")),
        skills: skills([("printers", 3)]),
        areas: BTreeSet::from([text("munich")]),
        languages: vec![text("de")],
        spot: Some(here()),
        max_travel_m: Some(50_000),
        capacity: 4,
        load: 0,
        on_shift: true,
        available: true,
        last_assigned_at: None,
    }
}

/// A ticket that Anna could have.
pub(super) fn job() -> Job {
    Job {
        ticket: TICKET,
        team: Some(text("north")),
        skills: skills([("printers", 2)]),
        areas: vec![text("munich")],
        spot: Some(here()),
        language: Some(text("de")),
        preferred: None,
        priority: Priority::Moderate,
        opened_at: NOON,
        declined: vec![],
    }
}

pub(super) fn basis() -> Basis {
    Basis {
        at: NOON,
        rules: Rules::default(),
        positions: vec![7, 0, 3],
        reserved: vec![],
    }
}

pub(super) fn candidate_id(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(0xCA00_0000 + n))
}

pub(super) fn ticket_id(n: u128) -> TicketId {
    TicketId(Uuid::from_u128(0x7100_0000 + n))
}

/// One of a few labels, so that what is asked for is mostly there.
fn label() -> impl Strategy<Value = Label> {
    prop::sample::select(vec!["a", "b", "c"]).prop_map(text::<100>)
}

fn levels() -> impl Strategy<Value = BTreeMap<Label, Level>> {
    prop::collection::btree_map(label(), (1..=5u8).prop_map(level), 0..3)
}

/// Mostly within a day's drive, sometimes anywhere, or nowhere in particular.
fn maybe_spot() -> impl Strategy<Value = Option<Spot>> {
    prop_oneof![
        6 => (47.0..49.0, 10.0..12.0).prop_map(Some),
        1 => (-90.0..=90.0, -180.0..=180.0).prop_map(Some),
        1 => Just(None),
    ]
    .prop_map(|point: Option<(f64, f64)>| point.map(|(north, east)| spot(north, east)))
}

fn language() -> impl Strategy<Value = Label> {
    prop::sample::select(vec!["de", "de-AT", "EN", "en-GB", "deu"]).prop_map(text::<100>)
}

fn moment() -> impl Strategy<Value = Timestamp> {
    // Now and then in the future, as another machine's clock may have it.
    prop_oneof![Just(-60), Just(0), 0..600_000i64].prop_map(|ago| NOON - seconds(ago))
}

pub(super) fn candidate() -> impl Strategy<Value = Candidate> {
    let who = (
        (0..40u128).prop_map(candidate_id),
        prop::option::of(label()),
        levels(),
        prop::collection::btree_set(label(), 0..3),
        prop::collection::vec(language(), 0..3),
    );
    let how = (
        maybe_spot(),
        prop::option::of(prop_oneof![Just(0), 1..200_000u32, Just(u32::MAX)]),
        (0..5u32, 0..5u32),
        (prop::bool::weighted(0.8), prop::bool::weighted(0.8)),
        prop::option::of(moment()),
    );
    (who, how).prop_map(|(who, how)| {
        let (id, team, skills, areas, languages) = who;
        let (spot, max_travel_m, (capacity, load), (on_shift, available), last_assigned_at) = how;
        Candidate {
            id,
            team,
            skills,
            areas,
            languages,
            spot,
            max_travel_m,
            capacity,
            load,
            on_shift,
            available,
            last_assigned_at,
        }
    })
}

/// Any number of different candidates up to thirty.
pub(super) fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    prop::collection::vec(candidate(), 0..30).prop_map(|candidates| {
        let by_id: BTreeMap<_, _> = candidates.into_iter().map(|one| (one.id, one)).collect();
        by_id.into_values().collect()
    })
}

pub(super) fn any_job() -> impl Strategy<Value = Job> {
    let what = (
        (0..1_000u128).prop_map(ticket_id),
        prop::option::weighted(0.3, label()),
        prop_oneof![1 => Just(BTreeMap::new()), 2 => levels()],
        prop::collection::vec(label(), 0..3),
        maybe_spot(),
    );
    let who = (
        prop::option::of(language()),
        prop::option::of((0..40u128).prop_map(candidate_id)),
        prop::sample::select(vec![
            Priority::Low,
            Priority::Moderate,
            Priority::High,
            Priority::Critical,
        ]),
        moment(),
        prop::collection::vec((0..40u128).prop_map(candidate_id), 0..4),
    );
    (what, who).prop_map(|(what, who)| {
        let (ticket, team, skills, areas, spot) = what;
        let (language, preferred, priority, opened_at, declined) = who;
        Job {
            ticket,
            team,
            skills,
            areas,
            spot,
            language,
            preferred,
            priority,
            opened_at,
            declined,
        }
    })
}

/// The default rules, or any.
pub(super) fn any_basis() -> impl Strategy<Value = Basis> {
    let weight = || prop_oneof![Just(0), 0..1_000u16, Just(u16::MAX)];
    let scale = || prop_oneof![Just(0), 1..100_000u32, Just(u32::MAX)];
    let weights = [(); 6].map(|()| weight());
    let scales = [(); 3].map(|()| scale());
    let rules = (weights, scales).prop_map(|(weights, scales)| {
        let [distance, load, skill, language, preferred, fairness] = weights;
        let [half_distance_m, half_idle_s, priority_step_s] = scales;
        Rules {
            distance,
            load,
            skill,
            language,
            preferred,
            fairness,
            half_distance_m,
            half_idle_s,
            priority_step_s,
        }
    });
    prop_oneof![Just(Rules::default()), rules].prop_map(|rules| Basis { rules, ..basis() })
}

/// Anna's equals, with ids of their own.
pub(super) fn equals(count: u128) -> impl Iterator<Item = Candidate> {
    (0..count).map(|n| Candidate {
        id: candidate_id(n),
        ..anna()
    })
}

/// Anna, Bert and Carla, who differ in nothing else.
pub(super) fn three() -> [Candidate; 3] {
    [ANNA, BERT, CARLA].map(|id| Candidate { id, ..anna() })
}
