//! A true history passes; each way of doctoring it is refused.

use std::time::Duration;

use docket_schemas::attributes::CommandId;
use docket_service::Position;
use serde_json::json;

use super::*;
use crate::ask::{Ask, MIA, What};

const TICKET: Uuid = Uuid::from_u128(7);
const PARTITION: u16 = 3;

/// A book with one ticket, what the log says of it, and the moment before it all.
struct Story {
    asked: Vec<Asked>,
    facts: Vec<Fact>,
    start: Instant,
}

impl Story {
    /// Opened, put on hold, already on hold, refused to be closed: one after the other.
    fn true_one() -> Self {
        let mut story = Self {
            asked: Vec::new(),
            facts: Vec::new(),
            start: Instant::now(),
        };
        story.event(What::Open, 1, "open");
        story.event(What::Hold("parts"), 2, "on_hold");
        story.answer(What::Hold("parts"), Told::Unchanged, 200, "on_hold");
        story.answer(What::Close, Told::Rejected, 409, "command-not-allowed");
        story
    }

    fn event(&mut self, what: What, version: u32, status: &str) {
        let body = json!({"outcome": "applied", "version": version, "status": status});
        self.ask(what, Told::Applied, 200, version, &body);
        self.fact(Became::Event("an event".into()));
    }

    fn answer(&mut self, what: What, told: Told, status: u16, word: &str) {
        let kind = format!("https://docket.dev/problems/{word}");
        let body = json!({"type": kind, "status": word, "outcome": "unchanged"});
        self.ask(what, told, status, 2, &body);
        self.fact(match told {
            Told::Rejected => Became::Rejected(2),
            _ => Became::Unchanged(2),
        });
    }

    fn ask(&mut self, what: What, told: Told, status: u16, version: u32, body: &Value) {
        let n = self.asked.len() as u64;
        let outcome = Outcome {
            status,
            position: Position {
                incarnation: Uuid::nil(),
                partition: PARTITION,
                sequence: n + 1,
            },
            version,
            told,
            body: body.to_string().into(),
        };
        self.asked.push(Asked {
            ask: Ask {
                ticket: TICKET,
                person: MIA,
                key: n.to_string(),
                if_match: None,
                what,
            },
            manner: Manner::Patient,
            attempts: vec![Attempt {
                replica: "r1".into(),
                sent: self.start + Duration::from_secs(2 * n),
                ended: self.start + Duration::from_secs(2 * n + 1),
                answer: Answer::Outcome(outcome),
            }],
        });
    }

    fn fact(&mut self, became: Became) {
        let n = self.facts.len() as u8 + 1;
        self.facts.push(Fact {
            place: (PARTITION, u64::from(n)),
            command: Some(CommandId([n; 16])),
            became,
        });
    }

    fn outcome(&mut self, n: usize) -> &mut Outcome {
        match &mut self.asked[n].attempts[0].answer {
            Answer::Outcome(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    fn findings(self) -> Vec<String> {
        let book = Book::from([(TICKET, self.asked)]);
        let id = |person: Person| Uuid::new_v5(&Uuid::nil(), person.subject.as_bytes());
        let verdict = judge(&book, |_| self.facts.clone(), id, self.start);
        verdict
            .findings
            .into_iter()
            .map(|found| found.what)
            .collect()
    }

    #[track_caller]
    fn refused(self, why: &str) {
        let findings = self.findings();
        assert!(
            findings.iter().any(|what| what.contains(why)),
            "{findings:#?}"
        );
    }
}

#[test]
fn a_true_story_passes() {
    assert_eq!(Story::true_one().findings(), [""; 0]);
}

#[test]
fn an_acknowledged_event_that_is_not_there_is_found() {
    let mut story = Story::true_one();
    story.facts.remove(1);
    story.refused("acknowledged, but (3, 2) holds version None");
}

#[test]
fn an_event_that_nobody_was_told_of_is_found() {
    let mut story = Story::true_one();
    story.fact(Became::Event("once more".into()));
    story.refused("nobody was told of the event at (3, 5)");
}

#[test]
fn a_command_that_was_done_twice_is_found() {
    let mut story = Story::true_one();
    story.fact(Became::Event("once more".into()));
    story.facts[4].command = story.facts[1].command;
    story.refused("has two records");
}

#[test]
fn a_command_done_after_not_done_is_found() {
    let mut story = Story::true_one();
    story.asked[1].manner = Manner::TakesNo;
    story.asked[1].attempts[0].answer = Answer::NotDone("not done: it is full".into());
    story.refused("nobody was told of the event at (3, 2)");
}

#[test]
fn two_answers_to_one_command_are_found() {
    let mut story = Story::true_one();
    let mut again = story.asked[2].attempts[0].clone();
    story.asked[2].attempts.push(again.clone());
    assert_eq!(
        Story {
            asked: story.asked.clone(),
            ..Story::true_one()
        }
        .findings(),
        [""; 0]
    );
    if let Answer::Outcome(outcome) = &mut again.answer {
        outcome.told = Told::Rejected;
        outcome.status = 409;
    }
    story.asked[2].attempts[1] = again;
    story.refused("answered in two ways");
}

#[test]
fn a_refusal_that_the_log_does_not_have_is_found() {
    let mut story = Story::true_one();
    story.facts.remove(3);
    story.refused("no such answer at (3, 4)");
}

#[test]
fn an_answer_that_comes_too_early_in_the_log_is_found() {
    let mut story = Story::true_one();
    // Asked when the hold had long been answered, but decided before it.
    story.outcome(3).position.sequence = 2;
    story.outcome(1).position.sequence = 4;
    story.refused("but lies behind it");
}

/// Only the search can know: the log has just what was answered.
#[test]
fn an_answer_that_the_domain_would_not_give_is_found() {
    let mut story = Story::true_one();
    story.answer(What::Resume, Told::Rejected, 409, "command-not-allowed");
    story.refused("but here it would be applied");
}

#[test]
fn a_command_that_nobody_can_be_told_of_is_found() {
    let mut story = Story::true_one();
    story.asked[3].attempts[0].answer = Answer::Unknown("no answer in time".into());
    story.refused("nobody could be told");
}
