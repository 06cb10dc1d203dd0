//! Kafka's own programs: those in `KAFKA_HOME`, else fetched once by Maven into a cache folder
//! that all processes share, with an archive of loaded classes that halves the start.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::Error;
use crate::kafka::{Kafka, KafkaConfig};
use crate::lock::DirectoryLock;

const POM: &str = include_str!("pom.xml");

/// What a broker is run with.
#[derive(Clone, Debug)]
pub(super) struct Distribution {
    pub(super) java: PathBuf,
    pub(super) class_path: OsString,
    /// The option that uses the class archive, or that makes it; none if that failed.
    archive: Option<OsString>,
}

impl Distribution {
    /// Finds it, or fetches it. Safe to call from any number of processes at once.
    pub(super) fn find() -> Result<Self, Error> {
        let (java, version) = find_java()?;
        let cache = cache_dir()?;
        let _one_at_a_time = DirectoryLock::wait(&cache)?;
        let libs = match env::var_os("KAFKA_HOME") {
            Some(home) => Path::new(&home).join("libs"),
            None => fetched(&cache)?,
        };
        let mut distribution = Self {
            java,
            class_path: class_path(&libs)?,
            archive: None,
        };
        distribution.archive = distribution.class_archive(&cache, &version);
        Ok(distribution)
    }

    /// For a small broker that is to start fast and not to live long.
    pub(super) fn jvm_options(&self) -> Vec<OsString> {
        let fixed = [
            "-Xmx96m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xlog:disable",
        ];
        let fixed = fixed.iter().map(OsString::from);
        fixed.chain(self.archive.clone()).collect()
    }

    /// The archive belongs to one Java and one class path, so both are in its name. It is written
    /// by a broker that stops in order; a failure leaves an empty file and costs only speed.
    fn class_archive(&self, cache: &Path, java_version: &[u8]) -> Option<OsString> {
        let mut hasher = DefaultHasher::new();
        (&self.java, java_version, &self.class_path).hash(&mut hasher);
        let archive = cache.join(format!("classes-{:016x}.jsa", hasher.finish()));
        if !archive.exists() {
            let made = self.make_archive(&archive.with_extension("unfinished"));
            if let Err(error) = &made {
                tracing::warn!(%error, "private Kafka goes on without a class archive");
            }
            let _ = match made {
                Ok(made) => fs::rename(made, &archive),
                Err(_) => fs::write(&archive, ""),
            };
        }
        let usable = fs::metadata(&archive).is_ok_and(|metadata| metadata.len() > 0);
        usable.then(|| option("-XX:SharedArchiveFile=", &archive))
    }

    fn make_archive(&self, archive: &Path) -> Result<PathBuf, Error> {
        let directory = tempfile::tempdir().map_err(Error::io("create", &env::temp_dir()))?;
        let recording = Self {
            archive: Some(option("-XX:ArchiveClassesAtExit=", archive)),
            ..self.clone()
        };
        // The archive is written at the end of an orderly stop.
        let formatted_with = KafkaConfig::new(directory.path());
        Kafka::start_with(&recording, &formatted_with, "TERM")?.stop();
        Ok(archive.to_owned())
    }
}

fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}

/// Java, and what it says about its version.
fn find_java() -> Result<(PathBuf, Vec<u8>), Error> {
    let java = env::var_os("JAVA_HOME").map_or_else(
        || PathBuf::from("java"),
        |home| Path::new(&home).join("bin/java"),
    );
    let packages =
        "a Java runtime, 17 or newer (Debian, Ubuntu: apt-get install default-jre-headless)";
    let output = run(Command::new(&java).arg("-version"), packages)?;
    Ok((java, output.stderr))
}

/// The jars in the cache, put there by Maven if need be. The caller holds the cache's lock.
fn fetched(cache: &Path) -> Result<PathBuf, Error> {
    let mut hasher = DefaultHasher::new();
    POM.hash(&mut hasher);
    let libs = cache.join(format!("kafka-{:016x}", hasher.finish()));
    if libs.exists() {
        return Ok(libs);
    }
    tracing::info!(into = %libs.display(), "fetching Kafka, once");
    let work = tempfile::tempdir_in(cache).map_err(Error::io("create", cache))?;
    let pom = work.path().join("pom.xml");
    fs::write(&pom, POM).map_err(Error::io("write", &pom))?;
    let unfinished = work.path().join("libs");
    let mut maven = Command::new("mvn");
    maven
        .args([
            "--batch-mode",
            "--quiet",
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
        ])
        .arg(option("-DoutputDirectory=", &unfinished))
        .current_dir(work.path());
    if !home_is_writable() {
        maven.arg(option(
            "-Dmaven.repo.local=",
            &work.path().join("repository"),
        ));
    }
    let packages =
        "Maven (Debian, Ubuntu: apt-get install maven), or name an unpacked Kafka in KAFKA_HOME";
    let output = run(&mut maven, packages)?;
    if !output.status.success() {
        return Err(Error::Fetch {
            output: String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        });
    }
    fs::rename(&unfinished, &libs).map_err(Error::io("rename", &unfinished))?;
    Ok(libs)
}

fn run(command: &mut Command, packages: &'static str) -> Result<Output, Error> {
    command.output().map_err(|source| Error::ProgramNotFound {
        program: command.get_program().display().to_string(),
        packages,
        source,
    })
}

/// All jars in a fixed order: the class archive is valid for exactly one class path.
fn class_path(libs: &Path) -> Result<OsString, Error> {
    let entries = fs::read_dir(libs).map_err(Error::io("read", libs))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let mut jars: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "jar"))
        .collect();
    jars.sort();
    env::join_paths(jars).map_err(|error| Error::io("use", libs)(std::io::Error::other(error)))
}

/// The first of these that can be written: `$DOCKET_CACHE`, `$XDG_CACHE_HOME/docket`,
/// `~/.cache/docket`, and for users without a home one below the temporary directory.
fn cache_dir() -> Result<PathBuf, Error> {
    let below =
        |variable, rest: &str| env::var_os(variable).map(|base| Path::new(&base).join(rest));
    if let Some(named) = below("DOCKET_CACHE", "") {
        fs::create_dir_all(&named).map_err(Error::io("create", &named))?;
        return Ok(named);
    }
    let homes = [
        below("XDG_CACHE_HOME", "docket"),
        below("HOME", ".cache/docket"),
    ];
    if let Some(home) = homes.into_iter().flatten().find(|path| is_writable(path)) {
        return Ok(home);
    }
    let uid = rustix::process::geteuid().as_raw();
    let temporary = env::temp_dir().join(format!("docket-cache-{uid}"));
    crate::user::private_directory(&temporary, None)?;
    Ok(temporary)
}

fn home_is_writable() -> bool {
    env::var_os("HOME").is_some_and(|home| tempfile::tempfile_in(home).is_ok())
}

fn is_writable(directory: &Path) -> bool {
    fs::create_dir_all(directory).is_ok() && tempfile::tempfile_in(directory).is_ok()
}
