//! A private Postgres: one directory, a Unix socket, no port, nothing to configure.
//!
//! `fsync` stays on, so what was committed survives `kill -9` of anything and everything.

mod binaries;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use binaries::Binaries;

use crate::Error;
use crate::lock::DirectoryLock;
use crate::process::{Program, Supervised, is_alive};
use crate::user::{User, private_directory};

/// The longest path of a Unix socket that the kernel takes.
const SOCKET_PATH_BYTES_MAX: usize = 107;
const SOCKET_NAME: &str = ".s.PGSQL.5432";
const READY_WITHIN_S: u64 = 60;

/// What to start.
#[derive(Clone, Debug)]
pub struct PostgresConfig {
    /// A directory of its own for the server's data, socket and log. As root it will be owned by
    /// the user `postgres`, who has to be able to reach it.
    pub data_dir: PathBuf,
    /// Server settings, as in `postgresql.conf`. Later ones win.
    pub settings: Vec<(String, String)>,
}

impl PostgresConfig {
    /// The server's own defaults, in that directory.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            settings: Vec::new(),
        }
    }

    /// Adds a server setting.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }
}

/// A running private Postgres. It is stopped when this is dropped.
#[derive(Debug)]
pub struct Postgres {
    // Declared before the lock: fields drop in this order, and the server goes first.
    server: Supervised,
    _lock: DirectoryLock,
    program: Program,
    data: PathBuf,
    socket_dir: PathBuf,
}

impl Postgres {
    /// Starts a server, making its data directory first where there is none; blocks until it
    /// accepts connections (about a second for a new one).
    pub fn start(config: &PostgresConfig) -> Result<Self, Error> {
        let binaries = Binaries::find()?;
        let user = User::to_become();
        private_directory(&config.data_dir, user.as_ref())?;
        let root =
            fs::canonicalize(&config.data_dir).map_err(Error::io("resolve", &config.data_dir))?;
        let lock = DirectoryLock::acquire(&root)?;
        let data = root.join("data");
        let socket_dir = socket_dir(&root, user.as_ref())?;

        let initdb = Program {
            path: binaries.initdb(),
            arguments: Vec::new(),
            environment: Vec::new(),
            log: root.join("postgres.log"),
            directory: root.clone(),
            user,
            stop: ("INT", 30),
        };
        initialise(&initdb, &root, &data)?;
        stop_leftover(
            &Program {
                path: binaries.pg_ctl(),
                ..initdb.clone()
            },
            &data,
        )?;
        let program = Program {
            path: binaries.postgres(),
            arguments: arguments(config, &data, &socket_dir),
            ..initdb
        };
        let server = launch(&program, &data)?;
        tracing::debug!(directory = %root.display(), pid = server.pid(), "private Postgres is ready");
        Ok(Self {
            server,
            _lock: lock,
            program,
            data,
            socket_dir,
        })
    }

    /// The address of the database `postgres`, as user `postgres`, over the Unix socket.
    pub fn url(&self) -> String {
        self.database_url("postgres")
    }

    /// The address of another database of this server. The name must need no escaping.
    pub fn database_url(&self, database: &str) -> String {
        let host = percent_encode(&self.socket_dir);
        format!("postgres://postgres@localhost:5432/{database}?host={host}")
    }

    /// The server's process id.
    pub fn pid(&self) -> i32 {
        self.server.pid()
    }

    /// Where the server writes its log.
    pub fn log(&self) -> &Path {
        &self.program.log
    }

    /// Kills the server with `-9`, as a power cut would: for tests of what happens then.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts it again on the same data and address, stopping it first if it runs.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.server.stop();
        self.server = launch(&self.program, &self.data)?;
        Ok(())
    }

    /// Starts it again where no file may become larger: a disk that gets full, for tests.
    /// [`restart`](Self::restart) lifts the limit.
    pub fn restart_on_full_disk(&mut self, file_bytes_max: u64) -> Result<(), Error> {
        let unlimited = &self.program;
        let mut arguments: Vec<OsString> = vec![
            "-c".into(),
            // In blocks of 512 bytes; only the soft limit.
            r#"ulimit -S -f "$1" && shift && exec "$@""#.into(),
            "limited".into(),
            (file_bytes_max / 512).to_string().into(),
            unlimited.path.clone().into(),
        ];
        arguments.extend(unlimited.arguments.iter().cloned());
        let limited = Program {
            path: "/bin/sh".into(),
            arguments,
            ..unlimited.clone()
        };
        self.server.stop();
        self.server = launch(&limited, &self.data)?;
        Ok(())
    }

    /// Stops it: open transactions are rolled back, everything committed is on the disk.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.server.stop();
        // A short directory was made for the socket alone; it is empty now.
        if !self.data.starts_with(&self.socket_dir) {
            let _ = fs::remove_dir(&self.socket_dir);
        }
    }
}

/// Half an `initdb` never counts: it works aside, and a rename makes it the data directory.
fn initialise(initdb: &Program, root: &Path, data: &Path) -> Result<(), Error> {
    if data.join("PG_VERSION").exists() {
        return Ok(());
    }
    let unfinished = root.join("data.unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(Error::io("remove", &unfinished))?;
    }
    let options = [
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "-k",
        "-D",
    ];
    Supervised::run(&Program {
        arguments: options
            .map(OsString::from)
            .into_iter()
            .chain([unfinished.clone().into_os_string()])
            .collect(),
        ..initdb.clone()
    })?;
    fs::rename(&unfinished, data).map_err(Error::io("rename", &unfinished))
}

/// We hold the directory's lock, so a server that still runs on it lost its parent a moment ago.
fn stop_leftover(pg_ctl: &Program, data: &Path) -> Result<(), Error> {
    let pid_file = data.join("postmaster.pid");
    let Some(pid) = PidFile::read(data)
        .map(|file| file.pid)
        .filter(|pid| is_alive(*pid))
    else {
        return Ok(());
    };
    // After a reboot another process may have that id. A postmaster works in its data directory.
    let works_in = fs::read_link(format!("/proc/{pid}/cwd"));
    if works_in.is_ok_and(|directory| directory != data) {
        return fs::remove_file(&pid_file).map_err(Error::io("remove", &pid_file));
    }
    let stop = ["stop", "-m", "fast", "-w", "-t", "60", "-D"].map(OsString::from);
    let stopped = Supervised::run(&Program {
        arguments: stop.into_iter().chain([data.into()]).collect(),
        ..pg_ctl.clone()
    });
    // It may have ended between our look and pg_ctl's.
    stopped.or_else(|error| if is_alive(pid) { Err(error) } else { Ok(()) })
}

fn arguments(config: &PostgresConfig, data: &Path, socket_dir: &Path) -> Vec<OsString> {
    let mut arguments = vec![
        OsString::from("-D"),
        data.into(),
        "-p".into(),
        "5432".into(),
    ];
    let socket_dir = socket_dir.display().to_string();
    let fixed = [
        ("listen_addresses", ""),
        ("unix_socket_directories", socket_dir.as_str()),
        ("log_line_prefix", "%m [%p] "),
    ];
    let chosen = config
        .settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in fixed.into_iter().chain(chosen) {
        arguments.push("-c".into());
        arguments.push(format!("{name}={value}").into());
    }
    arguments
}

/// Starts the server and waits until it accepts. After a `kill -9` its orphaned children may hold
/// the shared memory for a moment longer; the server refuses to start until they are gone.
fn launch(program: &Program, data: &Path) -> Result<Supervised, Error> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let mut server = Supervised::spawn(program)?;
        let ready = server.wait_until(READY_WITHIN_S, |server| {
            PidFile::read(data).is_some_and(|file| file.ready && file.pid == server.pid())
        });
        match ready {
            Ok(()) => return Ok(server),
            Err(Error::Died { .. })
                if Instant::now() < deadline && server.log_text().contains("still in use") =>
            {
                std::thread::sleep(Duration::from_millis(100));
            }
            Err(error) => return Err(error),
        }
    }
}

/// What the server says about itself in `postmaster.pid`: its id first, its state on line eight.
struct PidFile {
    pid: i32,
    ready: bool,
}

impl PidFile {
    fn read(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let mut lines = text.lines();
        Some(Self {
            pid: lines.next()?.trim().parse().ok()?,
            ready: lines.nth(6).is_some_and(|state| state.trim() == "ready"),
        })
    }
}

/// The root itself where the socket's path fits, else a short directory of that user's own.
fn socket_dir(root: &Path, user: Option<&User>) -> Result<PathBuf, Error> {
    if root.join(SOCKET_NAME).as_os_str().len() <= SOCKET_PATH_BYTES_MAX {
        return Ok(root.to_owned());
    }
    let mut hasher = DefaultHasher::new();
    root.hash(&mut hasher);
    let short = Path::new("/tmp").join(format!("docket-{:016x}", hasher.finish()));
    private_directory(&short, user)?;
    Ok(short)
}

fn percent_encode(path: &Path) -> String {
    let mut encoded = String::new();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
