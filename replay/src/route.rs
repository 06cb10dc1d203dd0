//! Routers' past decisions, made again from the log alone: whether each comes out as it is recorded,
//! and what other rules would have decided in its place.
//!
//! The policy is the routers' own, and so is the fold of the log. Each decision is made at the
//! positions, at the time and with the tickets on their way that it names; the time decides who was
//! on shift. What other rules would have done to later decisions isn't followed up: each is asked for
//! itself, with everything before it as it was.

mod decision;
mod difference;
mod judge;
mod means;
mod merged;
mod pass;
mod rest;
pub mod text;

use docket_domain::Timestamp;
use docket_domain::consultant::ConsultantEvent;
use docket_domain::ids::TicketId;
use docket_domain::routing::Rules;
use docket_domain::stream::{Event, StreamId};
use docket_domain::text::Personal;
use docket_event_log::{Log, Partition};
use docket_process_managers::fact::Told;
use jiff::SignedDuration;

pub use decision::{Candidate, Decision, Excluded, Part, RulesView};
pub use difference::Difference;
pub use judge::{Changed, Instead, Replayed, Summary};
pub use means::Means;

use crate::audit::{self, TicketName};
use judge::Judge;
use merged::Merged;
use pass::{AHEAD_MAX, Found, Pass, Waiting};
use rest::Rest;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Only this ticket's decisions.
    pub ticket: Option<TicketName>,
    /// Only decisions recorded then or later.
    pub from: Option<Timestamp>,
    /// Only decisions recorded by then.
    pub to: Option<Timestamp>,
    /// What would these rules have decided?
    pub rules: Option<Rules>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log can't be read.
    #[error("the log can't be read")]
    Log(#[from] docket_event_log::Error),
    /// The ticket can't be looked for.
    #[error("the ticket can't be looked for")]
    Ticket(#[from] audit::Error),
    /// There is none.
    #[error("there is no such ticket in this log")]
    NoTicket,
}

/// By how much the clocks of those who write may differ.
const SKEW: SignedDuration = SignedDuration::from_hours(1);

/// Makes decisions again, and hands each to `each`; `progress` learns of entries read and entries
/// there are. One reading of the log, unless routers had read past each other or clocks are far apart.
pub async fn route(
    log: &Log,
    question: &Question,
    each: &mut (dyn FnMut(&Replayed) + Send),
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Summary, Error> {
    let ticket = match question.ticket {
        None => None,
        Some(name) => {
            let (_, found) = audit::resolve(log, name, progress).await?;
            Some(found.ok_or(Error::NoTicket)?)
        }
    };
    let mut judge = Judge::new(question.rules, each);
    let mut left = reading(log, question, ticket, &mut judge, progress).await?;
    while !left.is_empty() {
        left = read_rest(log, left, &mut judge, progress).await?;
    }
    let ends = ends(log).await?;
    Ok(judge.finish(&ends))
}

/// The reading that finds the decisions; gives what it couldn't do because it was past it, or not far
/// enough ahead.
async fn reading(
    log: &Log,
    question: &Question,
    ticket: Option<TicketId>,
    judge: &mut Judge<'_>,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Waiting, Error> {
    let mut log = Merged::open(log).await?;
    let mut pass = Pass::new(log.partitions(), AHEAD_MAX);
    let (mut told_so_far, mut now) = (0_u64, Timestamp::MIN);
    while let Some(told) = log.next().await? {
        now = now.max(told.at);
        told_so_far += 1;
        if told_so_far.is_multiple_of(1_024) {
            let (done, all) = log.progress();
            progress(done, all);
        }
        learn_name(&told, judge);
        if let Some(found) = Found::of(&told) {
            let asked_for = ticket.is_none_or(|ticket| ticket == found.ticket)
                && question.from.is_none_or(|from| told.at >= from)
                && question.to.is_none_or(|to| told.at <= to);
            if asked_for {
                pass.waiting.insert(found.key(), found);
            }
        }
        pass.read(told, &mut |reached| judge.hear(reached));
        let no_more_to_find = question.to.is_some_and(|to| now.duration_since(to) > SKEW);
        if no_more_to_find && pass.has_enough() {
            break;
        }
    }
    pass.finish(&mut |reached| judge.hear(reached));
    Ok(pass.behind)
}

/// Another reading, for what one left.
async fn read_rest(
    log: &Log,
    left: Waiting,
    judge: &mut Judge<'_>,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Waiting, Error> {
    let mut log = Merged::open(log).await?;
    let mut rest = Rest::new(log.partitions(), left);
    let mut told_so_far = 0_u64;
    while let Some(lane) = rest.wants(&mut |reached| judge.hear(reached)) {
        let Some(told) = log.next_of(lane).await? else {
            rest.ended(&mut |reached| judge.hear(reached));
            continue;
        };
        rest.read(&told);
        told_so_far += 1;
        if told_so_far.is_multiple_of(1_024) {
            let (done, all) = log.progress();
            progress(done, all);
        }
    }
    Ok(rest.behind)
}

fn learn_name(told: &Told, judge: &mut Judge<'_>) {
    let Some(fact) = &told.fact else { return };
    let (StreamId::Consultant(id), Some((Event::Consultant(event), _))) =
        (fact.stream, &fact.event)
    else {
        return;
    };
    let name = match event {
        ConsultantEvent::Registered(profile) => Some(&profile.name),
        ConsultantEvent::ProfileChanged(change) => change.name.as_ref(),
        _ => None,
    };
    match name.map(Personal::known) {
        Some(Some(name)) => drop(judge.names.insert(id, name.to_string())),
        Some(None) => drop(judge.names.remove(&id)),
        None => {}
    }
}

/// Where each partition ends now.
async fn ends(log: &Log) -> Result<Vec<u64>, Error> {
    let mut ends = Vec::new();
    for partition in 0..log.identity().partitions {
        ends.push(log.end(Partition(partition)).await?.0);
    }
    Ok(ends)
}
