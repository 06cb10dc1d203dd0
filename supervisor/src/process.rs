//! A server process that can't outlive us.
//!
//! A `/bin/sh` in between holds the read end of a pipe whose write end only we have. When we end,
//! in whatever way, the shell sees end-of-file and stops the server (see `watchdog.sh`).

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use crate::Error;
use crate::user::User;

const WATCHDOG: &str = include_str!("watchdog.sh");

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// Variables besides those that we have ourselves.
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// Standard output and standard error are appended here.
    pub(crate) log: PathBuf,
    pub(crate) directory: PathBuf,
    pub(crate) user: Option<User>,
    /// The signal for an orderly stop, and how long that may take before KILL follows.
    pub(crate) stop: (&'static str, u64),
}

impl Program {
    /// That program, run in `directory`, its output appended to `log`. An orderly stop is TERM,
    /// and KILL after half a minute.
    pub fn new(
        path: impl Into<PathBuf>,
        directory: impl Into<PathBuf>,
        log: impl Into<PathBuf>,
    ) -> Self {
        Self {
            path: path.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            log: log.into(),
            directory: directory.into(),
            user: None,
            stop: ("TERM", 30),
        }
    }

    /// Adds an argument.
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets a variable of its environment.
    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }
}

/// A running program and its lifeline.
#[derive(Debug)]
pub struct Supervised {
    program: String,
    log: PathBuf,
    /// Where this run's part of the log begins, in bytes.
    log_start: u64,
    watchdog: Child,
    server: Pid,
    lifeline: Option<ChildStdin>,
}

impl Supervised {
    /// Starts the program; it is running, though not yet ready, when this returns.
    pub fn spawn(program: &Program) -> Result<Self, Error> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(&program.log)
            .map_err(Error::io("open", &program.log))?;
        let log_start = log.metadata().map_or(0, |metadata| metadata.len());
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", WATCHDOG, "watchdog", program.stop.0])
            .arg(program.stop.1.to_string())
            .arg(&program.path)
            .args(&program.arguments)
            .current_dir(&program.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            // Ctrl-C on the terminal goes to our group: we decide when the server stops.
            .process_group(0);
        for name in ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGOPTIONS"] {
            command.env_remove(name);
        }
        command.envs(
            program
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        );
        if let Some(user) = &program.user {
            command.uid(user.uid).gid(user.gid);
        }
        let mut watchdog = command.spawn().map_err(Error::io("run", &program.path))?;
        let server = read_pid(&mut watchdog).map_err(Error::io("run", &program.path))?;
        Ok(Self {
            program: program.path.display().to_string(),
            log: program.log.clone(),
            log_start,
            lifeline: watchdog.stdin.take(),
            watchdog,
            server,
        })
    }

    /// Runs a program that ends by itself.
    pub(crate) fn run(program: &Program) -> Result<(), Error> {
        let mut running = Self::spawn(program)?;
        let status = running.wait()?;
        if status.success() {
            return Ok(());
        }
        Err(running.died(status))
    }

    /// The server's process id.
    pub fn pid(&self) -> i32 {
        self.server.as_raw_nonzero().get()
    }

    /// Waits until `ready` says so, the program dies, or the time is up.
    pub(crate) fn wait_until(
        &mut self,
        seconds: u64,
        mut ready: impl FnMut(&Self) -> bool,
    ) -> Result<(), Error> {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        while !ready(self) {
            if let Some(status) = self.try_wait()? {
                return Err(self.died(status));
            }
            if Instant::now() > deadline {
                return Err(Error::NotReady {
                    program: self.program.clone(),
                    seconds,
                    log: self.log.clone(),
                    tail: self.log_tail(),
                });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Stops it in order, and waits for its end. Nothing happens to one that has ended. Whether it
    /// ended as it should: with 0, and nobody had to kill it.
    pub fn stop(&mut self) -> bool {
        drop(self.lifeline.take());
        self.wait().is_ok_and(|status| status.success())
    }

    /// Kills it with `-9`, as a power cut would, and waits for its end.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.wait();
        drop(self.lifeline.take());
    }

    /// Freezes it: its sockets stay open and nobody answers.
    pub fn pause(&mut self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn resume(&mut self) {
        self.signal(Signal::CONT);
    }

    /// Has it not ended?
    pub fn is_running(&mut self) -> bool {
        matches!(self.try_wait(), Ok(None))
    }

    /// What this run has written so far.
    pub(crate) fn log_text(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let start = usize::try_from(self.log_start).unwrap_or(0);
        String::from_utf8_lossy(text.get(start..).unwrap_or_default()).into_owned()
    }

    /// Sent only while the watchdog runs: until it has reaped the server, the id is still its own.
    fn signal(&mut self, signal: Signal) {
        if self.is_running() {
            let _ = rustix::process::kill_process(self.server, signal);
        }
    }

    fn try_wait(&mut self) -> Result<Option<ExitStatus>, Error> {
        let waited = self.watchdog.try_wait();
        waited.map_err(Error::io("wait for", Path::new(&self.program)))
    }

    fn wait(&mut self) -> Result<ExitStatus, Error> {
        // `Child::wait` closes the standard input it holds; ours was taken out, so it stays open.
        let waited = self.watchdog.wait();
        waited.map_err(Error::io("wait for", Path::new(&self.program)))
    }

    fn died(&self, status: ExitStatus) -> Error {
        Error::Died {
            program: self.program.clone(),
            status,
            log: self.log.clone(),
            tail: self.log_tail(),
        }
    }

    fn log_tail(&self) -> String {
        let text = self.log_text();
        // Java's stack frames say nothing to whom this is for; the log has them.
        let lines: Vec<_> = text
            .lines()
            .filter(|line| !line.starts_with("\tat "))
            .collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Is there a process of that id?
pub(crate) fn is_alive(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| {
        // Not being allowed to signal it means that it is there.
        rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH)
    })
}

/// The watchdog's only line of output.
fn read_pid(watchdog: &mut Child) -> std::io::Result<Pid> {
    let mut line = String::new();
    if let Some(stdout) = watchdog.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    let pid = line.trim().parse().ok().and_then(Pid::from_raw);
    pid.ok_or_else(|| std::io::Error::other("the watchdog shell did not start it"))
}
