//! Ten times the load that is required: 100,000 tickets a day by 100,000 users.
//!
//! How that becomes arrivals: a fifth of the day's work comes in its busiest hour, and the busiest
//! minute of that one has twice its mean: 11.1 tickets a second. Each ticket takes seven commands
//! of its consultant and others (open, assign, accept, two comments, resolve, close): 78 commands
//! a second. Each user looks at ten tickets a day, a million queries: 111 a second. All arrive
//! independently of each other (Poisson), in an open loop, each from a user of their own out of
//! 100,000, to the all-in-one with its log on Kafka and its view in Postgres. These are empty at
//! the start, so it says nothing of what a large view costs.

use std::sync::{Arc, Mutex, PoisonError};

use docket_service::Role;
use uuid::Uuid;

use crate::load::{Answer, Arrivals, Outcome, Random, Script, open_loop};
use crate::machine::{cpu_seconds, idle_and_total};
use crate::stage::{Size, Stage};
use crate::table::{Budget, Figure, Findings, Row};
use crate::tickets::{self, OPENING};

const TICKETS_PER_DAY: f64 = 100_000.0;
const USERS: usize = 100_000;
const QUERIES_PER_USER: f64 = 10.0;
const BUSY_HOUR: f64 = 0.2;
const BUSY_MINUTE: f64 = 2.0;
const COMMANDS_PER_TICKET: usize = 7;

pub(crate) async fn measure(stage: &Stage, size: Size) -> anyhow::Result<Findings> {
    let per_second = BUSY_HOUR * BUSY_MINUTE / 3_600.0;
    let commands = TICKETS_PER_DAY * COMMANDS_PER_TICKET as f64 * per_second;
    let queries = USERS as f64 * QUERIES_PER_USER * per_second;
    let world = Arc::new(World::new(stage, size.pick(USERS, USERS, 100))?);
    let process = stage.all_in_one(&stage.kafka_log()).await?;
    let seconds = size.pick(60, 15, 1);
    let measured = std::time::Duration::from_secs(seconds);
    let scripts = (0..size.pick(256, 256, 16))
        .map(|seed| Day {
            world: Arc::clone(&world),
            queries: queries / (commands + queries),
            random: Random::new(seed),
            asked: None,
        })
        .collect();
    let rate = commands + queries;
    let cpu = [process.pid, stage.broker_pid()];
    let (before, cpu_before) = (idle_and_total(), cpu.map(cpu_seconds));
    let warm_up = size.warm_up();
    let addresses = [process.address];
    let outcome = open_loop(
        &addresses,
        scripts,
        Arrivals::Poisson,
        rate,
        warm_up,
        measured,
    );
    let outcome: Outcome = outcome.await?;
    let (after, cpu_after) = (idle_and_total(), cpu.map(cpu_seconds));

    let mut findings = Findings::default();
    let name = "ten times the requirement";
    let failed = outcome.failed() as f64 / (outcome.failed() + outcome.done).max(1) as f64;
    let row =
        |what: &str, value, unit| Row::new(format!("{name}: {what}"), Figure::new(value, unit));
    findings.row(row("p50", outcome.ms(0.5), "ms"));
    findings.row(row("p99", outcome.ms(0.99), "ms").budget(Budget::AtMost(300.0)));
    findings.row(row("max", outcome.ms(1.0), "ms"));
    findings.row(row("failures", 100.0 * failed, "%").budget(Budget::AtMost(1.0)));
    let total = after.1 - before.1;
    let idle = 100.0 * (after.0 - before.0) / total;
    findings.row(row("machine idle, load generator included", idle, "%"));
    let share = |n: usize| {
        let wall = (warm_up + measured).as_secs_f64();
        100.0 * (cpu_after[n] - cpu_before[n]) / wall
    };
    findings.note(format!(
        "{name}: {commands:.0} commands/s and {queries:.0} queries/s offered, {:.0} requests/s \
         achieved, from an empty log and view; of one core the all-in-one took {:.1} %, the broker {:.1} %{}",
        outcome.rate(),
        share(0),
        share(1),
        outcome.failures()
    ));
    Ok(findings)
}

/// The users and their tickets.
struct World {
    users: Vec<User>,
    manager: String,
    tickets: Mutex<Vec<Ticket>>,
}

struct User {
    id: Uuid,
    customer: String,
    consultant: String,
}

/// A ticket that nobody works on at the moment.
#[derive(Clone)]
struct Ticket {
    id: String,
    /// Of the last answer to a command: who looks wants to see what they did.
    position: String,
    user: usize,
    steps_done: usize,
}

impl World {
    fn new(stage: &Stage, users: usize) -> anyhow::Result<Self> {
        let issuer = &stage.auth().issuer;
        let user = |n| {
            let subject = format!("user-{n}");
            anyhow::Ok(User {
                id: docket_service::auth::actor_id(issuer, &subject),
                customer: stage.token(&subject, Role::Customer)?,
                consultant: stage.token(&subject, Role::Consultant)?,
            })
        };
        Ok(Self {
            users: (0..users).map(user).collect::<Result<_, _>>()?,
            manager: stage.token("manager", Role::Manager)?,
            tickets: Mutex::default(),
        })
    }

    /// Takes one at random, so that nobody else works on it.
    fn take(&self, random: &mut Random) -> Option<Ticket> {
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        let count = tickets.len();
        (count > 0).then(|| tickets.swap_remove(random.below(count)))
    }

    fn put(&self, ticket: Ticket) {
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.push(ticket);
    }
}

/// What a connection carries: whatever the next user does.
struct Day {
    world: Arc<World>,
    /// Their share of the requests.
    queries: f64,
    random: Random,
    /// The ticket that the request under way is about, as it is if that is done.
    asked: Option<Ticket>,
}

impl Day {
    fn open(&mut self, into: &mut Vec<u8>) {
        let user = self.random.below(self.world.users.len());
        let token = &self.world.users[user].customer;
        into.extend_from_slice(&tickets::head("POST", "/v1/tickets", token));
        // A customer opens it for themselves, and by the web.
        let text = OPENING
            .split_once(r#""subject""#)
            .map_or("", |(_, rest)| rest);
        let text = format!(r#"{{"channel":"web","subject"{text}"#);
        tickets::body(into, format_args!("{}", Uuid::new_v4()), &text);
        self.asked = Some(Ticket {
            id: String::new(),
            position: String::new(),
            user,
            steps_done: 1,
        });
    }

    fn advance(&mut self, mut ticket: Ticket, into: &mut Vec<u8>) {
        let user = &self.world.users[ticket.user];
        let assignee = format!(r#"{{"consultant":"{}"}}"#, user.id);
        let comment = r#"{"text":"The cable to the roof is broken.","visibility":"public"}"#;
        let consultant = user.consultant.as_str();
        let (command, token, body) = match ticket.steps_done {
            1 => ("assign", self.world.manager.as_str(), assignee.as_str()),
            2 => ("accept", consultant, "{}"),
            3 | 4 => ("comments", consultant, comment),
            5 => (
                "resolve",
                consultant,
                r#"{"code":"cable","note":"Replaced."}"#,
            ),
            _ => ("close", user.customer.as_str(), "{}"),
        };
        let path = format!("/v1/tickets/{}/{command}", ticket.id);
        into.extend_from_slice(&tickets::head("POST", &path, token));
        tickets::body(into, format_args!("{}", Uuid::new_v4()), body);
        ticket.steps_done += 1;
        self.asked = Some(ticket);
    }
}

impl Script for Day {
    fn request(&mut self, into: &mut Vec<u8>) {
        let opens = 1.0 / COMMANDS_PER_TICKET as f64;
        let found = self.world.take(&mut self.random);
        match found {
            Some(ticket) if self.random.unit() < self.queries => {
                let token = &self.world.users[ticket.user].customer;
                tickets::get(into, &ticket.id, token, Some(&ticket.position));
                self.asked = Some(ticket);
            }
            Some(ticket) if self.random.unit() >= opens => self.advance(ticket, into),
            other => {
                if let Some(ticket) = other {
                    self.world.put(ticket);
                }
                self.open(into);
            }
        }
    }

    fn answered(&mut self, answer: &Answer<'_>) {
        let Some(mut ticket) = self.asked.take() else {
            return;
        };
        if ticket.id.is_empty() {
            match tickets::ticket_of(answer) {
                Some(id) => id.clone_into(&mut ticket.id),
                None => return,
            }
        }
        if let Some(position) = answer.header("docket-position") {
            position.clone_into(&mut ticket.position);
        }
        if ticket.steps_done < COMMANDS_PER_TICKET {
            self.world.put(ticket);
        }
    }
}
