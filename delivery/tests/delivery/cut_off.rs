//! The network forgets the connections that exist, without a word to the worker; new ones are well.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

use crate::http::{Manner, Receiver};
use crate::setting::{Setting, deliver, eventually, with_endpoints};
use crate::story::plain;

/// All that the pool may have are in the middle of something.
#[tokio::test]
async fn connections_that_were_cut_off_are_given_up_for_new_ones() {
    let mut setting = Setting::new().await;
    let hook = Receiver::start(Manner::Takes).await;
    let network = Network::before(&setting.url).await;
    let mut config = with_endpoints(setting.config(), [("crm", hook.url.as_str())]);
    config.url.clone_from(&network.url);
    config.connect_timeout_ms = 500;
    config.connections_max = 2;
    let worker = deliver(config).await;
    setting.happens([plain(1)]).await;
    setting.become_("delivered", 1).await;

    let pool = setting.tables("delivery").await;
    let mut held = pool.begin().await.expect("begins");
    sqlx::query("LOCK TABLE delivery")
        .execute(&mut *held)
        .await
        .expect("locks");
    setting.happens([plain(2)]).await;
    eventually("both connections wait for an answer", async || {
        let waiting = sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'docket delivery'
               AND wait_event_type = 'Lock'",
        );
        waiting.fetch_one(&pool).await.expect("counts") == 2
    })
    .await;
    network.forget_connections();
    eventually("it shows", async || worker.health.ready().is_err()).await;
    held.rollback().await.expect("ends");

    eventually("it is well again", async || worker.health.ready().is_ok()).await;
    setting.become_("delivered", 2).await;
    setting.happens([plain(3)]).await;
    setting.become_("delivered", 3).await;
    worker.stop().await;
    assert_eq!(hook.received().len(), 3);
}

/// What lies between a worker and its database.
struct Network {
    /// The database's, by this way.
    url: String,
    /// How many times it has forgotten its connections.
    forgotten: watch::Sender<u32>,
}

impl Network {
    /// The way to the database of that address, which is one by socket.
    async fn before(url: &str) -> Self {
        let options = PgConnectOptions::from_str(url).expect("an address");
        let socket = options.get_socket().expect("a directory");
        let socket = socket.join(format!(".s.PGSQL.{}", options.get_port()));
        let database = options.get_database().expect("a name");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let port = listener.local_addr().expect("bound").port();
        let (forgotten, _) = watch::channel(0);
        tokio::spawn(carry(listener, socket, forgotten.clone()));
        Self {
            url: format!("postgres://postgres@127.0.0.1:{port}/{database}?sslmode=disable"),
            forgotten,
        }
    }

    /// On none of its connections anything goes either way any more; the database sees their end.
    fn forget_connections(&self) {
        self.forgotten.send_modify(|times| *times += 1);
    }
}

async fn carry(listener: TcpListener, socket: PathBuf, forgotten: watch::Sender<u32>) {
    loop {
        let (client, _) = listener.accept().await.expect("accepts");
        tokio::spawn(carry_one(client, socket.clone(), forgotten.subscribe()));
    }
}

async fn carry_one(mut client: TcpStream, socket: PathBuf, mut forgotten: watch::Receiver<u32>) {
    let mut server = UnixStream::connect(&socket).await.expect("connects");
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
        _ = forgotten.changed() => {
            drop(server);
            // The client isn't told, for longer than anybody here waits.
            tokio::time::sleep(Duration::from_hours(1)).await;
        }
    }
}
