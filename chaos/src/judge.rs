//! Whether what clients were told is true: against the log, and against every possible order.
//!
//! Three checks that share nothing: each answer against the record it names (`against_log`), the
//! answers of a partition against real time by their positions (`in_real_time`), and each
//! ticket's answers against the domain itself by [`docket_history`], which knows neither positions
//! nor the log (`explained`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use docket_domain::StatusName;
use docket_domain::command::Origin;
use docket_domain::ids::TicketId;
use docket_domain::stream::StreamId;
use docket_history::{Answer as Seen, Budget, History, Invocation, OperationId, RejectionKind};
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use crate::answer::{Answer, Outcome, Told};
use crate::ask::Person;
use crate::front::{Attempt, outcome};
use crate::load::{Asked, Book, Manner};
use crate::tail::{Became, Fact};

/// What is wrong, and with which ticket.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The ticket, if it is about one.
    pub ticket: Option<Uuid>,
    /// What.
    pub what: String,
}

/// What judging came to.
#[derive(Clone, Default, Debug)]
pub struct Verdict {
    /// Tickets.
    pub tickets: usize,
    /// Commands.
    pub commands: usize,
    /// Those that made an event, were already so, were refused.
    pub outcomes: [usize; 3],
    /// Those that nobody did, as their client was told.
    pub not_done: usize,
    /// Decisions that the search for an order made.
    pub decisions: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Judges a settled book. `log` tells what the log says of a ticket, `id` names a person, and all
/// instants count from `start`.
pub fn judge(
    book: &Book,
    mut log: impl FnMut(Uuid) -> Vec<Fact>,
    id: impl Fn(Person) -> Uuid,
    start: Instant,
) -> Verdict {
    let mut verdict = Verdict {
        tickets: book.len(),
        ..Verdict::default()
    };
    for (ticket, asked) in book {
        for asked in asked {
            verdict.commands += 1;
            match outcome(&asked.attempts) {
                Some((outcome, _)) => verdict.outcomes[outcome.told as usize] += 1,
                None if asked.not_done() => verdict.not_done += 1,
                None => {}
            }
        }
        let findings = against_log(asked, &log(*ticket)).into_iter();
        verdict.findings.extend(findings.map(|what| Finding {
            ticket: Some(*ticket),
            what,
        }));
    }
    verdict.findings.extend(in_real_time(book));
    let (decisions, findings) = explained(book, id, start);
    verdict.decisions = decisions;
    verdict.findings.extend(findings);
    verdict
}

/// Each answer is what the log says at its place; each record is somebody's; nothing is there
/// twice.
fn against_log(asked: &[Asked], facts: &[Fact]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut commands = HashSet::new();
    let mut events = BTreeMap::new();
    for fact in facts {
        if let Some(command) = fact.command
            && !commands.insert(command)
        {
            wrong.push(format!("command {command} has two records: {fact:?}"));
        }
        if matches!(fact.became, Became::Event(_)) {
            events.insert(fact.place, events.len() as u32 + 1);
        }
    }
    let mut acknowledged = HashMap::new();
    for asked in asked {
        let Some((first, _)) = outcome(&asked.attempts) else {
            if !(asked.not_done() && asked.manner == Manner::TakesNo) {
                wrong.push(format!(
                    "nobody could be told what became of {}",
                    tell(asked)
                ));
            }
            continue;
        };
        wrong.extend(contradictions(asked, first));
        let place = (first.position.partition, first.position.sequence);
        if first.told == Told::Applied {
            if let Some(other) = acknowledged.insert(place, &asked.ask.key) {
                wrong.push(format!("{place:?} is both {other}'s and {}", tell(asked)));
            }
            if events.get(&place) != Some(&first.version) {
                let there = events.get(&place);
                wrong.push(format!(
                    "acknowledged, but {place:?} holds version {there:?} of the ticket: {}",
                    tell(asked)
                ));
            }
            continue;
        }
        let became = match first.told {
            Told::Rejected => Became::Rejected(first.version),
            _ => Became::Unchanged(first.version),
        };
        if !(facts.iter()).any(|fact| fact.place == place && fact.became == became) {
            wrong.push(format!("no such answer at {place:?}: {}", tell(asked)));
        }
    }
    let mut unasked = events.keys().filter(|at| !acknowledged.contains_key(at));
    if let Some(place) = unasked.next() {
        wrong.push(format!(
            "nobody was told of the event at {place:?}, nor of {} more: a command was done twice, \
             or was done after \"not done\"",
            unasked.count()
        ));
    }
    wrong
}

/// All outcomes of one command are the same, to the letter.
pub(crate) fn contradictions(asked: &Asked, first: &Outcome) -> Vec<String> {
    let mut wrong = Vec::new();
    for attempt in &asked.attempts {
        match &attempt.answer {
            Answer::Outcome(other) if !other.agrees_with(first) => {
                wrong.push(format!("answered in two ways: {}", tell(asked)));
            }
            Answer::Wrong(what) => wrong.push(format!("{what}, to {}", tell(asked))),
            _ => {}
        }
    }
    wrong
}

/// Of two commands on one partition, whichever was answered before the other was asked lies before
/// it in the log.
fn in_real_time(book: &Book) -> Vec<Finding> {
    let mut partitions: BTreeMap<u16, Vec<(u64, Instant, Instant, &Asked)>> = BTreeMap::new();
    for asked in book.values().flatten() {
        let (Some((first, ended)), Some(invoked)) = (outcome(&asked.attempts), asked.invoked())
        else {
            continue;
        };
        let commands = partitions.entry(first.position.partition).or_default();
        commands.push((first.position.sequence, invoked, ended, asked));
    }
    let mut findings = Vec::new();
    for commands in partitions.values_mut() {
        commands.sort_by_key(|(sequence, ..)| *sequence);
        let mut latest: Option<(Instant, u64, &Asked)> = None;
        for (sequence, invoked, ended, asked) in commands.iter() {
            if let Some((later, before, other)) = latest
                && *ended < later
                && before < *sequence
            {
                findings.push(Finding {
                    ticket: Some(asked.ask.ticket),
                    what: format!(
                        "answered before {} was asked, but lies behind it: {}",
                        tell(other),
                        tell(asked)
                    ),
                });
            }
            if latest.is_none_or(|(later, ..)| *invoked > later) {
                latest = Some((*invoked, *sequence, asked));
            }
        }
    }
    findings
}

/// Whether some order of each ticket's commands explains all its answers.
fn explained(book: &Book, id: impl Fn(Person) -> Uuid, start: Instant) -> (u64, Vec<Finding>) {
    let mut history = History::new();
    for asked in book.values().flatten() {
        let ask = &asked.ask;
        let operation = OperationId(Uuid::new_v5(&ask.ticket, ask.key.as_bytes()));
        let wanted = Arc::new(docket_history::Asked {
            stream: StreamId::Ticket(TicketId(ask.ticket)),
            actor: ask.actor(&id),
            command: ask.command(&id).into(),
            origin: Origin::Live,
            occurred_at: None,
            source_sequence: None,
            expected_version: ask.if_match,
        });
        let at = |instant: Instant| instant.saturating_duration_since(start).as_nanos() as u64;
        history.extend(asked.attempts.iter().map(|attempt| {
            let (answer, number) = seen(&attempt.answer);
            Invocation {
                client: 0,
                operation,
                asked: Arc::clone(&wanted),
                invoked: at(attempt.sent),
                returned: at(attempt.ended),
                answer,
                number,
            }
        }));
    }
    let report = history.check(Budget::default());
    let undecided = report.undecided.iter().map(|undecided| Finding {
        ticket: match undecided.stream {
            StreamId::Ticket(ticket) => Some(ticket.0),
            _ => None,
        },
        what: format!("too many orders to try: {undecided:?}"),
    });
    let violations = report.violations.iter().map(|violation| Finding {
        ticket: None,
        what: violation.to_string(),
    });
    (report.decisions, violations.chain(undecided).collect())
}

/// An answer as the checker knows it, and the ticket's number.
fn seen(answer: &Answer) -> (Seen, Option<docket_domain::TicketNumber>) {
    let outcome = match answer {
        Answer::Outcome(outcome) => outcome,
        Answer::NotDone(_) => return (Seen::NotDone, None),
        Answer::Unknown(_) | Answer::Wrong(_) => return (Seen::Unknown, None),
    };
    let body: Value = serde_json::from_str(&outcome.body).unwrap_or_default();
    let status = body["status"].as_str().and_then(StatusName::parse);
    let number = body["number"].as_str().and_then(|text| text.parse().ok());
    let version = outcome.version;
    let slug = || body["type"].as_str()?.rsplit('/').next();
    let answer = match outcome.told {
        Told::Applied => Seen::Applied { version, status },
        Told::Unchanged => Seen::Unchanged { version, status },
        Told::Rejected => match slug().and_then(RejectionKind::from_slug) {
            Some(kind) => Seen::Rejected {
                version: Some(version),
                kind,
            },
            None => Seen::Unknown,
        },
    };
    (answer, number)
}

/// A command with all its attempts, in a few words.
fn tell(asked: &Asked) -> String {
    let ask = &asked.ask;
    let mut text = format!("{} by {} ({:?}", ask.key, ask.person.subject, ask.what);
    if let Some(version) = ask.if_match {
        let _ = write!(text, " if {version}");
    }
    text.push(')');
    for Attempt {
        replica, answer, ..
    } in &asked.attempts
    {
        let _ = match answer {
            Answer::Outcome(outcome) => {
                let Outcome {
                    status,
                    version,
                    position,
                    ..
                } = outcome;
                let place = (position.partition, position.sequence);
                write!(text, ", {replica}: {status} v{version} at {place:?}")
            }
            Answer::NotDone(why) => write!(text, ", {replica}: not done, {why}"),
            Answer::Unknown(why) => write!(text, ", {replica}: unknown, {why}"),
            Answer::Wrong(what) => write!(text, ", {replica}: {what}"),
        };
    }
    text
}

/// Everything about a ticket, for a file: what was asked and answered, and what the log says.
pub fn dossier(asked: &[Asked], facts: &[Fact], start: Instant) -> String {
    let mut text = String::new();
    let mut lines: Vec<_> = (asked.iter())
        .map(|asked| (asked.invoked(), asked))
        .collect();
    lines.sort_by_key(|(invoked, _)| *invoked);
    for (_, asked) in lines {
        let _ = writeln!(text, "{}", tell(asked));
        for attempt in &asked.attempts {
            let at = |instant: Instant| instant.saturating_duration_since(start).as_secs_f64();
            let (sent, ended) = (at(attempt.sent), at(attempt.ended));
            let replica = &attempt.replica;
            let _ = writeln!(
                text,
                "    {sent:.6} to {ended:.6} {replica} {:?}",
                attempt.answer
            );
        }
    }
    if !facts.is_empty() {
        text.push_str("\nIn the log:\n");
    }
    for fact in facts {
        let _ = writeln!(text, "{fact:?}");
    }
    text
}

#[cfg(test)]
mod tests;
