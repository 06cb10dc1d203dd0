//! The embedded default: commands on the Postgres log without HTTP, and reading a ticket by its
//! id, each beside what pgbench gets out of the same server.
//!
//! Commands: 64 clients in this process that call the command API's router directly, without a
//! socket: everything is done (token, JSON, decision, log, answer) but HTTP. The reference is
//! pgbench's 64 clients that insert one row of a record's size per commit. Queries: 64 connections
//! that read by id over HTTP, beside pgbench's select-only with 64 clients.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use axum::Router;
use axum::body::Body;
use docket_command_api::{CommandApi, CommandConfig};
use docket_event_log::LogConfig;
use docket_service::health::Health;
use docket_service::survey_link::SurveyLinks;
use docket_service::{Role, Shutdown};
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::load::{Answer, Script, closed_loop};
use crate::pgbench::Pgbench;
use crate::reference::{median, rate};
use crate::stage::{Size, Stage};
use crate::table::{Budget, Figure, Findings, Row};
use crate::tickets::{self, Getter, OPENING, Opener};

const CLIENTS: usize = 64;

pub(crate) async fn measure(stage: &Stage, size: Size) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let Some(pgbench) = Pgbench::find(&stage.postgres().await?.url(), CLIENTS)? else {
        findings.note("there is no pgbench here, so nothing on Postgres was measured");
        return Ok(findings);
    };
    pgbench.prepare(size.pick(50, 10, 1)).await?;
    findings.row(commands(stage, size, &pgbench).await?);
    findings.row(queries(stage, size, &pgbench).await?);
    Ok(findings)
}

async fn commands(stage: &Stage, size: Size, pgbench: &Pgbench) -> anyhow::Result<Row> {
    let (mut ours, mut inserts) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds() {
        ours.push(call(stage, size).await?);
        inserts.push(pgbench.inserts(size.measured()).await?);
    }
    let what = format!("commands on the Postgres log without HTTP, {CLIENTS} clients");
    let reference = Figure::new(median(inserts), "rows/s");
    Ok(Row::new(what, Figure::new(median(ours), "commands/s"))
        .beside("pgbench, a row per commit", reference)
        .budget(Budget::RatioAtLeast(1.0)))
}

/// Commands a second of clients that each send their next one when they have their answer.
async fn call(stage: &Stage, size: Size) -> anyhow::Result<f64> {
    let log = docket_event_log::open(&LogConfig::Postgres(stage.postgres_log().await?)).await?;
    let shutdown = Shutdown::new();
    let config = CommandConfig::default();
    let api = CommandApi::start(log, config, &Health::new(&shutdown)).await?;
    api.caught_up().await?;
    let router = api.router(stage.issuer().verifier(), SurveyLinks::default());
    let token = Arc::new(stage.token("receptionist", Role::Receptionist)?);
    let done = Arc::new(AtomicUsize::new(0));
    let end = Instant::now() + size.warm_up() + size.measured();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (router, token, done) = (router.clone(), Arc::clone(&token), Arc::clone(&done));
        clients.spawn(async move {
            for count in 0.. {
                if Instant::now() >= end {
                    break;
                }
                open(&router, &token, &format!("{client}-{count}")).await?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    tokio::time::sleep(size.warm_up()).await;
    let (begun, before) = (Instant::now(), done.load(Ordering::Relaxed));
    tokio::time::sleep(size.measured()).await;
    let (took, after) = (begun.elapsed(), done.load(Ordering::Relaxed));
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    api.stop().await?;
    Ok(rate(after - before, took))
}

async fn open(router: &Router, token: &str, key: &str) -> anyhow::Result<()> {
    let request = Request::post("/v1/tickets")
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .header(CONTENT_TYPE, "application/json")
        .header("idempotency-key", key)
        .body(Body::from(OPENING))?;
    let answer = router.clone().oneshot(request).await?;
    ensure!(answer.status() == 201, "an opening got {}", answer.status());
    Ok(())
}

async fn queries(stage: &Stage, size: Size, pgbench: &Pgbench) -> anyhow::Result<Row> {
    let process = stage.all_in_one(&stage.kafka_log()).await?;
    let addresses = [process.address];
    let ids = Arc::new(fill(stage, size, process.address).await?);
    let (mut ours, mut selects) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds() {
        let getter = |client: usize| {
            let token = stage.token("manager", Role::Manager)?;
            anyhow::Ok(Getter::new(token, Arc::clone(&ids), client * 37))
        };
        let getters = (0..CLIENTS).map(getter).collect::<Result<_, _>>()?;
        let got = closed_loop(&addresses, getters, size.warm_up() / 4, size.measured());
        ours.push(got.await?.all_done()?.rate());
        selects.push(pgbench.selects(size.measured()).await?);
    }
    let what = format!("GET by id, {} tickets, {CLIENTS} connections", ids.len());
    let reference = Figure::new(median(selects), "transactions/s");
    Ok(Row::new(what, Figure::new(median(ours), "requests/s"))
        .beside("pgbench select-only", reference)
        .budget(Budget::RatioAtLeast(0.5)))
}

/// Opens tickets and waits until the last ones can be queried.
async fn fill(stage: &Stage, size: Size, address: SocketAddr) -> anyhow::Result<Vec<String>> {
    let (tell, told) = std::sync::mpsc::channel();
    let scripts = Opener::several(stage, CLIENTS)?
        .into_iter()
        .map(|opener| Told(opener, tell.clone()))
        .collect();
    drop(tell);
    let filling = Duration::from_millis(size.pick(5_000, 3_000, 100));
    let sent = closed_loop(&[address], scripts, Duration::ZERO, filling).await?;
    sent.all_done()?;
    let opened: Vec<(String, String)> = told.iter().collect();
    let token = stage.token("manager", Role::Manager)?;
    let mut connection = crate::load::Connection::open(address).await?;
    for (id, position) in opened.iter().rev().take(CLIENTS) {
        let mut request = Vec::new();
        tickets::get(&mut request, id, &token, Some(position));
        let status = connection.exchange(&request).await?.status;
        ensure!(status == 200, "a query for ticket {id} got {status}");
    }
    Ok(opened.into_iter().map(|(id, _)| id).collect())
}

/// Opens tickets and tells their ids and positions.
struct Told(Opener, std::sync::mpsc::Sender<(String, String)>);

impl Script for Told {
    fn request(&mut self, into: &mut Vec<u8>) {
        self.0.request(into);
    }

    fn answered(&mut self, answer: &Answer<'_>) {
        let position = answer.header("docket-position");
        if let Some((ticket, position)) = tickets::ticket_of(answer).zip(position) {
            // Nobody listens any more only when the run has failed.
            let _ = self.1.send((ticket.to_owned(), position.to_owned()));
        }
    }
}
