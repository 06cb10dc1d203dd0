//! A way to a Postgres that can be cut off, as when a host vanishes or a firewall forgets what it let
//! through: nothing comes any more on the connections that there are, and later ones work.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// A proxy on a socket of its own; it ends with the runtime that started it.
#[derive(Debug)]
pub struct Proxy {
    directory: tempfile::TempDir,
    url: String,
    /// How many times the connections of the time were cut off.
    cuts: watch::Sender<u32>,
    /// How long each answer is held back.
    slowness: watch::Sender<Duration>,
}

impl Proxy {
    /// Stands between its clients and the database of that address, which is on a socket, as those of
    /// [`database`](super::database) are.
    ///
    /// # Panics
    /// When it can't.
    pub fn start(url: &str) -> Self {
        let options = PgConnectOptions::from_str(url).expect("an address");
        let server = options.get_socket().expect("on a socket").join(SOCKET);
        let directory = tempfile::tempdir().expect("a directory");
        let listener = UnixListener::bind(directory.path().join(SOCKET)).expect("a socket");
        let proxy = Self {
            directory,
            url: url.to_owned(),
            cuts: watch::Sender::new(0),
            slowness: watch::Sender::default(),
        };
        let (cuts, slowness) = (proxy.cuts.subscribe(), proxy.slowness.subscribe());
        tokio::spawn(serve(listener, server, cuts, slowness));
        proxy
    }

    /// The database's address by way of this proxy.
    pub fn url(&self) -> String {
        let (database, _) = self.url.split_once("?host=").expect("on a socket");
        let directory = self.directory.path().display().to_string();
        format!("{database}?host={}", directory.replace('/', "%2F"))
    }

    /// Nothing more comes on the connections of now, to neither end, and neither learns of it.
    pub fn cut_off(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Holds back each answer from now on.
    pub fn slow_down(&self, by: Duration) {
        self.slowness.send_replace(by);
    }
}

/// What Postgres and its clients call it.
const SOCKET: &str = ".s.PGSQL.5432";

async fn serve(
    listener: UnixListener,
    server: PathBuf,
    cuts: watch::Receiver<u32>,
    slowness: watch::Receiver<Duration>,
) {
    let at_once = watch::Sender::default().subscribe();
    while let Ok((client, _)) = listener.accept().await {
        // Without a server the client's connection ends.
        let Ok(server) = UnixStream::connect(&server).await else {
            continue;
        };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::spawn(copy(from_client, to_server, cuts.clone(), at_once.clone()));
        tokio::spawn(copy(from_server, to_client, cuts.clone(), slowness.clone()));
    }
}

/// Copies until it is cut off; then keeps both ends open, and says nothing more.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut cuts: watch::Receiver<u32>,
    slowness: watch::Receiver<Duration>,
) {
    cuts.mark_unchanged();
    let mut buffer = vec![0; 1 << 16];
    let copying = async {
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let slowness = *slowness.borrow();
            if !slowness.is_zero() {
                sleep(slowness).await;
            }
            if to.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = copying => {}
        _ = cuts.changed() => std::future::pending().await,
    }
}
