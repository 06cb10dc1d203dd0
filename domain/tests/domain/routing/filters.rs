//! Each filter for itself, which of several counts, and what a ticket waits for.

use docket_domain::ids::PersonId;
use docket_domain::routing::{Candidate, Job, Outcome, Reason, Why, exclusion, scan};

use super::worlds::{anna, basis, job, km_away, skills, three};
use crate::scenarios::{ANNA, BERT, text};

fn excluded(candidate: impl FnOnce(&mut Candidate), job: &Job) -> Option<Reason> {
    let mut anna = anna();
    candidate(&mut anna);
    exclusion(&anna, job)
}

fn outcome(candidates: &[Candidate], job: &Job) -> Outcome {
    scan(candidates, job, &basis()).outcome
}

fn waits(why: Why) -> Outcome {
    Outcome::Waits { why }
}

const fn assigned(consultant: PersonId) -> Outcome {
    Outcome::Assign { consultant }
}

#[test]
fn whoever_fits_gets_the_ticket() {
    assert_eq!(exclusion(&anna(), &job()), None);
    assert_eq!(outcome(&[anna()], &job()), assigned(ANNA));
}

#[test]
fn skills_are_asked_for_all_together_and_at_a_level() {
    let two = Job {
        skills: skills([("printers", 2), ("tills", 1)]),
        ..job()
    };
    let knows = |known| move |anna: &mut Candidate| anna.skills = known;
    assert_eq!(excluded(|_| (), &two), Some(Reason::Skills));
    assert_eq!(
        excluded(knows(skills([("printers", 2), ("tills", 5)])), &two),
        None
    );
    assert_eq!(
        excluded(knows(skills([("printers", 1)])), &job()),
        Some(Reason::Skills)
    );
    let anything = Job {
        skills: skills([]),
        ..job()
    };
    assert_eq!(excluded(knows(skills([])), &anything), None);
}

#[test]
fn a_team_takes_its_own_tickets_only_and_anybody_takes_those_of_none() {
    let of = |team: &str| {
        let team = Some(text(team));
        move |anna: &mut Candidate| anna.team = team
    };
    assert_eq!(excluded(of("south"), &job()), Some(Reason::Team));
    assert_eq!(
        excluded(|anna| anna.team = None, &job()),
        Some(Reason::Team)
    );
    let anybodys = Job {
        team: None,
        ..job()
    };
    assert_eq!(excluded(of("south"), &anybodys), None);
}

#[test]
fn a_consultant_without_areas_serves_all_and_a_ticket_without_asks_for_none() {
    let serves = |area: &str| {
        let areas = [text(area)].into();
        move |anna: &mut Candidate| anna.areas = areas
    };
    assert_eq!(excluded(serves("berlin"), &job()), Some(Reason::Area));
    assert_eq!(excluded(|anna| anna.areas.clear(), &job()), None);
    let nowhere = Job {
        areas: vec![],
        ..job()
    };
    assert_eq!(excluded(serves("berlin"), &nowhere), None);
    let on_the_border = Job {
        areas: vec![text("munich"), text("berlin")],
        ..job()
    };
    assert_eq!(excluded(serves("berlin"), &on_the_border), None);
}

#[test]
fn nobody_goes_farther_than_they_want_to() {
    let from = |kilometres| move |anna: &mut Candidate| anna.spot = Some(km_away(kilometres));
    assert_eq!(excluded(from(49.9), &job()), None);
    assert_eq!(excluded(from(50.1), &job()), Some(Reason::Distance));
    let no_limit = |anna: &mut Candidate| {
        anna.spot = Some(km_away(500.0));
        anna.max_travel_m = None;
    };
    assert_eq!(excluded(no_limit, &job()), None);
}

#[test]
fn an_unknown_place_is_not_too_far() {
    assert_eq!(excluded(|anna| anna.spot = None, &job()), None);
    let nowhere = Job {
        spot: None,
        ..job()
    };
    assert_eq!(excluded(|anna| anna.max_travel_m = Some(0), &nowhere), None);
}

#[test]
fn whoever_declined_is_not_asked_again() {
    let declined = Job {
        declined: vec![BERT, ANNA],
        ..job()
    };
    assert_eq!(excluded(|_| (), &declined), Some(Reason::Declined));
}

#[test]
fn off_shift_away_and_full_are_reasons() {
    let full = |anna: &mut Candidate| anna.load = anna.capacity;
    assert_eq!(
        excluded(|anna| anna.on_shift = false, &job()),
        Some(Reason::Hours)
    );
    assert_eq!(
        excluded(|anna| anna.available = false, &job()),
        Some(Reason::Availability)
    );
    assert_eq!(excluded(full, &job()), Some(Reason::Capacity));
    assert_eq!(excluded(|anna| anna.load = anna.capacity - 1, &job()), None);
}

#[test]
fn a_capacity_below_the_load_leaves_no_room() {
    let lowered = |anna: &mut Candidate| {
        anna.load = 3;
        anna.capacity = 1;
    };
    assert_eq!(excluded(lowered, &job()), Some(Reason::Capacity));
    let none = |anna: &mut Candidate| anna.capacity = 0;
    assert_eq!(excluded(none, &job()), Some(Reason::Capacity));
}

#[test]
fn everybody_counts_once_for_the_first_reason() {
    let [mut anna, mut bert, carla] = three();
    anna.on_shift = false;
    anna.load = anna.capacity;
    bert.skills.clear();
    bert.on_shift = false;
    let decision = scan(&[anna, bert, carla], &job(), &basis());
    let counts: Vec<_> = decision.excluded.iter().collect();
    assert_eq!(counts, [(Reason::Skills, 1), (Reason::Hours, 1)]);
    assert_eq!(decision.excluded.total(), 2);
    assert_eq!(decision.considered, 3);
    assert_eq!(decision.best.len(), 1);
}

#[test]
fn a_ticket_waits_for_what_excluded_the_last() {
    let [mut anna, mut bert, mut carla] = three();
    anna.load = anna.capacity;
    bert.on_shift = false;
    carla.spot = Some(km_away(90.0));
    let everybody = [anna, bert, carla];
    assert_eq!(
        outcome(&everybody, &job()),
        waits(Why::Excluded(Reason::Capacity))
    );
    let declined = Job {
        declined: vec![ANNA, BERT],
        ..job()
    };
    assert_eq!(
        outcome(&everybody, &declined),
        waits(Why::Excluded(Reason::Declined))
    );
}

#[test]
fn without_consultants_a_ticket_waits_for_one() {
    assert_eq!(outcome(&[], &job()), waits(Why::NobodyThere));
}

#[test]
fn skills_that_nobody_has_are_named() {
    let asks = |asked| Job {
        skills: asked,
        ..job()
    };
    let lasers = asks(skills([("lasers", 1), ("printers", 4), ("printing", 1)]));
    let mut everybody = three();
    everybody[1].skills = skills([("printing", 1)]);
    assert_eq!(
        outcome(&everybody, &lasers),
        waits(Why::SkillsNobodyHas(vec![text("lasers"), text("printers")]))
    );
    let both = asks(skills([("printers", 3), ("printing", 1)]));
    assert_eq!(
        outcome(&everybody, &both),
        waits(Why::Excluded(Reason::Skills))
    );
}

#[test]
fn a_ticket_without_anything_still_finds_somebody() {
    let bare = Job {
        team: None,
        skills: skills([]),
        areas: vec![],
        spot: None,
        language: None,
        ..job()
    };
    assert_eq!(outcome(&[anna()], &bare), assigned(ANNA));
}

#[test]
fn reasons_have_names_and_keep_them() {
    let names = Reason::ALL.map(Reason::as_str);
    assert_eq!(
        names,
        [
            "skills",
            "team",
            "area",
            "distance",
            "declined",
            "hours",
            "availability",
            "capacity"
        ]
    );
    assert_eq!(names.map(Reason::parse), Reason::ALL.map(Some));
    assert_eq!(Reason::parse("mood"), None);
}

#[test]
fn what_a_ticket_waits_for_can_be_read() {
    let skills = Why::SkillsNobodyHas(vec![text("lasers"), text("tills")]);
    assert_eq!(skills.to_string(), "nobody knows lasers, tills well enough");
    let full = Why::Excluded(Reason::Capacity);
    assert_eq!(
        full.to_string(),
        "everybody suitable has as many tickets as they may"
    );
}
