//! A rolling restart under load: partitions move back and forth, and no request fails.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use docket_command_api::CommandConfig;
use docket_event_log::LogConfig;
use futures::future::join_all;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::{key_in, until_shares};
use crate::support::{
    Client, PARTITIONS, Replica, answer_of, events_of, free_address, key, on_both_logs, open,
    opening, postgres_log,
};

on_both_logs!(no_request_fails_while_replicas_stop_and_start);

const CLIENTS: usize = 6;

/// What a load balancer knows: who was ready when last asked.
type Ready = Arc<Mutex<Vec<SocketAddr>>>;

async fn no_request_fails_while_replicas_stop_and_start(config: LogConfig) {
    let (log, key) = (open(&config).await, key());
    let start = async |address| {
        let quick = CommandConfig {
            share_review_ms: 200,
            ..CommandConfig::default()
        };
        Replica::at(address, open(&config).await, quick, &key).await
    };
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(start(free_address()).await);
    }
    until_shares(&log, &[2, 1, 1]).await;
    let manager = replicas[0].manager();
    let tickets = join_all((0..PARTITIONS).map(|partition| {
        let manager = &manager;
        async move {
            let (key, ticket) = key_in(partition, "mia");
            manager
                .send("/v1/tickets", &key, opening())
                .await
                .expect(201);
            ticket
        }
    }))
    .await;

    let ready: Ready = Arc::default();
    ready
        .lock()
        .expect("whole")
        .extend(replicas.iter().map(|replica| replica.address));
    let enough = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|n| {
            let (ready, enough) = (Arc::clone(&ready), Arc::clone(&enough));
            let (manager, tickets) = (manager.clone(), tickets.clone());
            tokio::spawn(async move { keep_asking(n, manager, tickets, ready, enough).await })
        })
        .collect();

    for _ in 0..3 {
        let replica = replicas.remove(0);
        let address = replica.address;
        let stopping = tokio::spawn(replica.stop());
        // The balancer goes on sending until it has seen it.
        while is_ready(&manager.http, address).await {
            tokio::task::yield_now().await;
        }
        ready
            .lock()
            .expect("whole")
            .retain(|known| *known != address);
        stopping.await.expect("an orderly stop");
        until_shares(&log, &[2, 2]).await;
        replicas.push(start(address).await);
        ready.lock().expect("whole").push(address);
        until_shares(&log, &[2, 1, 1]).await;
    }
    enough.store(true, Ordering::Relaxed);
    let mut done = 0;
    for client in clients {
        done += client.await.expect("nothing failed");
    }
    let mut events = 0;
    for ticket in tickets {
        events += events_of(&log, ticket).await.len() - 1;
    }
    assert_eq!(events, done);
    assert!(done > 100, "{done} commands are no load");
    for replica in replicas {
        replica.stop().await;
    }
}

async fn is_ready(http: &reqwest::Client, address: SocketAddr) -> bool {
    let answer = http.get(format!("http://{address}/readyz")).send().await;
    answer.is_ok_and(|answer| answer.status() == 200)
}

/// Sends one command after the other, each to the next replica. Any that fails ends the test.
async fn keep_asking(
    client: usize,
    mut manager: Client,
    tickets: Vec<Uuid>,
    ready: Ready,
    enough: Arc<AtomicBool>,
) -> usize {
    for n in 0.. {
        if enough.load(Ordering::Relaxed) {
            return n;
        }
        let ticket = tickets[n % tickets.len()];
        let key = format!("client-{client}-{n}");
        let body = serde_json::json!({"text": key, "visibility": "internal"});
        let path = format!("/v1/tickets/{ticket}/comments");
        // A refused connection carried no request: any balancer takes the next replica then.
        let response = loop {
            let address = {
                let ready = ready.lock().expect("whole");
                ready[(client + n) % ready.len()]
            };
            manager.base = format!("http://{address}");
            match manager.command(&path, &key, &body).send().await {
                Err(error) if error.is_connect() => tokio::task::yield_now().await,
                response => break response.expect("an answer"),
            }
        };
        let answer = answer_of(response).await.expect(200);
        assert_eq!(answer.body["outcome"], "applied");
        // A ticket takes 5,000 comments; a load that ends is enough.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    unreachable!("the loop has no end")
}

/// Its connection was there before the listener closed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_stops_executes_what_reaches_it_to_the_last() {
    let replica = Replica::on(&postgres_log().await).await;
    let (address, token) = (replica.address, replica.manager().token);
    let body = opening().to_string();
    let head = format!(
        "POST /v1/tickets HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nIdempotency-Key: last\r\n\
         Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut connection = TcpStream::connect(address).await.expect("it listens");
    connection.write_all(head.as_bytes()).await.expect("sent");
    let mut answer = BufReader::new(&mut connection).lines();
    // The handler waits for the body now.
    let first = answer.next_line().await.expect("a line").expect("one");
    assert_eq!(first, "HTTP/1.1 100 Continue");
    assert_eq!(
        answer.next_line().await.expect("a line").as_deref(),
        Some("")
    );

    let stopping = tokio::spawn(replica.stop());
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    connection.write_all(body.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    connection
        .read_to_string(&mut answer)
        .await
        .expect("to its end");
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    stopping.await.expect("an orderly stop");
}
