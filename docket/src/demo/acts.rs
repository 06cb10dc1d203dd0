//! An act as a command: who sends what where.

use serde_json::{Value, json};

use super::cast::{Cast, Person};
use super::country::{CATEGORIES, CITIES, COME_BACK, REASONS};
use super::day::{Act, Day};
use super::desk::Command;
use super::plan::{By, Ticket};

/// The command that an act is; none for a rating, which takes a link first, and for what lacks the
/// ticket it is about.
pub(super) fn command(cast: &Cast, day: &Day, number: u64, act: Act) -> Option<Command> {
    let at_work = |who: usize, availability| {
        let person = &cast.consultants[who];
        let path = format!("/v1/consultants/{}/availability", person.id);
        let body = json!({ "availability": availability });
        Some(send(cast, number, person, path, body))
    };
    match act {
        Act::Start(who) => at_work(who, "available"),
        Act::End(who) => at_work(who, "away"),
        Act::Open(which) => {
            let person = reporter(cast, day, which);
            let body = opening(cast, day, which);
            Some(send(cast, number, person, "/v1/tickets".into(), body))
        }
        Act::Rate(_) => None,
        Act::SolveByPhone(which)
        | Act::Cancel(which)
        | Act::Insist(which, _)
        | Act::Accept(which)
        | Act::Decline(which)
        | Act::Travel(which)
        | Act::Arrive(which)
        | Act::Hold(which)
        | Act::Resume(which)
        | Act::LogWork(which)
        | Act::Resolve(which)
        | Act::Close(which)
        | Act::Reopen(which) => {
            let (person, command, body) = to_ticket(cast, day, act, which)?;
            let path = format!("/v1/tickets/{}/{command}", day.ticket(which)?);
            Some(send(cast, number, person, path, body))
        }
    }
}

/// Who says what to that ticket.
fn to_ticket<'a>(
    cast: &'a Cast,
    day: &Day,
    act: Act,
    which: usize,
) -> Option<(&'a Person, &'static str, Value)> {
    let planned = &day.plan().tickets[which];
    let kind = &CATEGORIES[planned.category];
    let holder = || day.holder(which).map(|who| &cast.consultants[who]);
    Some(match act {
        Act::SolveByPhone(_) => {
            let body = json!({"code": kind.code, "note": "Solved on the phone."});
            (cast.receptionist(which), "resolve", body)
        }
        Act::Cancel(_) => {
            let body = json!({"reason": "It works again by itself."});
            (reporter(cast, day, which), "cancel", body)
        }
        Act::Insist(_, who) => {
            let body = json!({"consultant": cast.consultants[who].id});
            (&cast.manager, "assign", body)
        }
        Act::Accept(_) => (holder()?, "accept", json!({})),
        Act::Decline(_) => {
            let body = json!({"reason": REASONS[which % REASONS.len()]});
            (holder()?, "decline", body)
        }
        Act::Travel(_) => (holder()?, "travel", json!({})),
        Act::Arrive(_) => (holder()?, "arrive", json!({})),
        Act::Hold(_) => {
            let awaiting = planned.hold.map_or("other", |hold| hold.awaiting);
            (holder()?, "hold", json!({ "awaiting": awaiting }))
        }
        Act::Resume(_) => (holder()?, "resume", json!({})),
        Act::LogWork(_) => (holder()?, "work", worked(planned)),
        Act::Resolve(_) => (holder()?, "resolve", json!({"code": kind.code})),
        Act::Close(_) => (closer(cast, planned, which), "close", json!({})),
        Act::Reopen(_) => {
            let body = json!({ "reason": COME_BACK });
            (closer(cast, planned, which), "reopen", body)
        }
        Act::Start(_) | Act::End(_) | Act::Open(_) | Act::Rate(_) => return None,
    })
}

/// The registration of a ticket's customer, before their first ticket; again it changes nothing.
pub(super) fn registration(cast: &Cast, day: &Day, which: usize) -> Option<Command> {
    let customer = day.plan().tickets[which].customer?;
    let planned = &day.plan().customers[customer];
    let city = &CITIES[planned.city];
    let mut body = json!({
        "id": cast.customers[customer].id,
        "name": planned.name,
        // A domain that is set apart for such: nobody is ever mailed.
        "email": format!("customer-{customer}@demo-{}.example", cast.run),
        "language": city.language,
        "surveys": planned.surveys,
    });
    if let Some(who) = planned.prefers {
        body["consultant"] = json!(cast.consultants[who].id);
    }
    Some(Command {
        path: "/v1/customers".into(),
        token: Some(reporter(cast, day, which).token.clone()),
        key: format!("demo-{}-customer-{customer}", cast.run),
        body,
    })
}

fn opening(cast: &Cast, day: &Day, which: usize) -> Value {
    let planned = &day.plan().tickets[which];
    let (kind, city) = (&CATEGORIES[planned.category], &CITIES[planned.city]);
    let channel = match planned.by {
        By::Web => "web",
        By::Phone => "phone",
        By::Store => "store",
    };
    let mut body = json!({
        "channel": channel,
        "team": cast.team,
        "subject": planned.subject,
        "category": kind.name,
        "skills": kind.skills,
        "priority": planned.priority,
        "language": city.language,
    });
    match planned.customer {
        Some(customer) => body["customer"] = json!(cast.customers[customer].id),
        None => body["caller"] = json!({"name": planned.name, "phone": "+41 44 000 00 00"}),
    }
    if planned.by == By::Store {
        body["store"] = json!(city.store());
    } else {
        let (latitude, longitude) = planned.place;
        body["place"] = json!({"address": city.name, "latitude": latitude, "longitude": longitude});
    }
    body
}

fn worked(planned: &Ticket) -> Value {
    let minutes = planned.work.as_secs().div_ceil(60);
    match planned.travel {
        Some(_) => {
            let part = CATEGORIES[planned.category].part;
            json!({"minutes": minutes, "parts": [{"name": part, "quantity": 1}]})
        }
        None => json!({ "minutes": minutes }),
    }
}

fn reporter<'a>(cast: &'a Cast, day: &Day, which: usize) -> &'a Person {
    let planned = &day.plan().tickets[which];
    match (planned.by, planned.customer) {
        (By::Web, Some(customer)) => &cast.customers[customer],
        (By::Store, _) => &cast.stores[planned.city],
        (By::Web | By::Phone, _) => cast.receptionist(which),
    }
}

/// Whose word it is that all is well, or isn't.
fn closer<'a>(cast: &'a Cast, planned: &Ticket, which: usize) -> &'a Person {
    match (planned.customer, planned.by) {
        (Some(customer), _) => &cast.customers[customer],
        (None, By::Store) => &cast.stores[planned.city],
        (None, By::Web | By::Phone) => cast.receptionist(which),
    }
}

/// One act is one command, however often somebody does the like.
fn send(cast: &Cast, number: u64, person: &Person, path: String, body: Value) -> Command {
    Command {
        path,
        token: Some(person.token.clone()),
        key: format!("demo-{}-{number}", cast.run),
        body,
    }
}
