//! A way to the database that is cut off under queries, without a word to anybody, while a new one is
//! good at once.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use docket_query_api::QueryConfig;
use docket_service::Position;
use docket_supervisor::testing;
use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::setting::Setting;

/// So that a failure is one, and a slow machine isn't.
const PATIENCE: Duration = Duration::from_mins(1);

/// A way to a database on a Unix socket.
struct Way {
    url: String,
    /// How often it was cut.
    cuts: watch::Sender<u32>,
}

impl Way {
    async fn to(url: &str) -> Self {
        let options: PgConnectOptions = url.parse().expect("an address");
        let directory = options.get_socket().expect("a Unix socket");
        let socket = directory.join(format!(".s.PGSQL.{}", options.get_port()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let (user, database) = (options.get_username(), options.get_database());
        let database = database.expect("a database");
        let (cuts, seen) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, socket.clone(), seen.clone()));
            }
        });
        Self {
            url: format!("postgres://{user}@127.0.0.1:{port}/{database}?sslmode=disable"),
            cuts,
        }
    }

    /// Nothing goes through any more on the connections that there are.
    fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn forward(
    mut client: TcpStream,
    socket: PathBuf,
    mut cuts: watch::Receiver<u32>,
) -> io::Result<()> {
    cuts.mark_unchanged();
    let mut server = UnixStream::connect(socket).await?;
    tokio::select! {
        ended = tokio::io::copy_bidirectional(&mut client, &mut server) => {
            ended?;
        }
        _ = cuts.changed() => {
            // The server sees an end; the client, whose side stays open, nothing.
            drop(server);
            std::future::pending::<()>().await;
        }
    }
    Ok(())
}

/// Locks what is read of a ticket until it is closed.
async fn lock(url: &str) -> PgConnection {
    let mut lock = PgConnection::connect(url).await.expect("connects");
    let sql = "BEGIN; LOCK TABLE read_model_1.ticket, read_model_1.checkpoint";
    lock.execute(sql).await.expect("nobody else locks it");
    lock
}

/// Waits until that many queries wait for the lock, the look at the checkpoints among them.
async fn waiting(url: &str, queries: i64) {
    const SQL: &str = "
        SELECT count(*), coalesce(bool_or(query LIKE 'SELECT partition%'), false)
        FROM pg_stat_activity
        WHERE application_name = 'docket query-api' AND datname = current_database()
            AND wait_event_type = 'Lock'";
    // Not the one that locks: within a transaction the answer stays the same.
    let mut watch = PgConnection::connect(url).await.expect("connects");
    let mut there = (0, false);
    let all_there = async {
        while there.0 < queries || !there.1 {
            sleep(Duration::from_millis(10)).await;
            let counted = sqlx::query_as(SQL).fetch_one(&mut watch).await;
            there = counted.expect("counts");
        }
    };
    let in_time = timeout(PATIENCE, all_there).await.is_ok();
    assert!(in_time, "queries that wait, the look among them: {there:?}");
}

#[tokio::test]
async fn connections_that_are_cut_off_are_given_up_and_made_again() {
    let url = testing::database().await;
    let tables = &docket_migrations::READ_MODEL;
    let made = docket_migrations::prepare(&url, "read_model_1", tables).await;
    made.expect("the tables can be made");
    let way = Way::to(&url).await;
    let config = QueryConfig {
        connections_max: 4,
        connect_timeout_ms: 300,
        statement_timeout_ms: 3_000,
        ..QueryConfig::default()
    };
    let setting = Setting::over(way.url.clone(), config);
    let ticket = setting.ticket(json!({})).await;
    let stood = Position {
        incarnation: Uuid::from_u128(0x106),
        partition: 0,
        sequence: 5,
    };
    setting.checkpoint(stood).await;
    let path = format!("/v1/tickets/{ticket}");
    let wanted = stood.to_string();
    let wanted = [("docket-min-position", wanted.as_str())];
    setting.get_with(&path, &wanted).await.ok();

    // More than there are connections: whoever is told so asks again.
    let asking = || async {
        let ticket = async || loop {
            setting.get(&path).await;
        };
        let far_enough = async || loop {
            setting.get_with(&path, &wanted).await;
        };
        tokio::join!(far_enough(), ticket(), ticket(), ticket(), ticket())
    };
    let held = lock(&url).await;
    tokio::select! {
        _ = asking() => unreachable!("it goes on for ever"),
        () = waiting(&url, 4) => way.cut(),
    }
    held.close().await.expect("it closes");

    let held = lock(&url).await;
    tokio::select! {
        _ = asking() => unreachable!("it goes on for ever"),
        () = waiting(&url, 4) => {}
    }
    held.close().await.expect("it closes");

    let far_enough = async { while !setting.get_with(&path, &wanted).await.status.is_success() {} };
    let seen = timeout(PATIENCE, far_enough).await;
    seen.expect("somebody looks at the checkpoints");
    let ready = timeout(PATIENCE, setting.health.wait_until_ready()).await;
    ready.expect("somebody looks whether there is a view");
}
