//! Which user runs Postgres: whoever we are, except that Postgres refuses to run as root.

use std::fs::{self, Metadata, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use crate::Error;

/// The user to become before the server is run.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl User {
    /// `None` for an ordinary user, who stays what it is; for root, `postgres` or else `nobody`.
    pub(crate) fn to_become() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let find = |name| passwd.lines().find_map(|line| Self::parse(line, name));
        Some(
            find("postgres")
                .or_else(|| find("nobody"))
                .unwrap_or_else(|| Self {
                    name: "nobody".into(),
                    uid: 65534,
                    gid: 65534,
                }),
        )
    }

    fn parse(line: &str, wanted: &str) -> Option<Self> {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| *name == wanted)?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Self {
            name: name.into(),
            uid,
            gid,
        })
    }

    fn may_pass(&self, directory: &Metadata) -> bool {
        let bit = if directory.uid() == self.uid {
            0o100
        } else if directory.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        directory.mode() & bit != 0
    }
}

/// Creates `directory` (mode 0700, owned by `user`), or accepts one that is already theirs.
pub(crate) fn private_directory(directory: &Path, user: Option<&User>) -> Result<(), Error> {
    fs::create_dir_all(directory).map_err(Error::io("create", directory))?;
    let metadata = fs::metadata(directory).map_err(Error::io("look at", directory))?;
    let owner = user.map_or_else(|| rustix::process::geteuid().as_raw(), |user| user.uid);
    if metadata.uid() != owner {
        let mut entries = fs::read_dir(directory).map_err(Error::io("read", directory))?;
        if entries.next().is_some() {
            return Err(Error::ForeignDirectory {
                path: directory.to_owned(),
            });
        }
        chown(directory, Some(owner), user.map(|user| user.gid))
            .map_err(Error::io("change the owner of", directory))?;
    }
    fs::set_permissions(directory, Permissions::from_mode(0o700))
        .map_err(Error::io("set the mode of", directory))?;
    let absolute = fs::canonicalize(directory).map_err(Error::io("resolve", directory))?;
    user.map_or(Ok(()), |user| check_reachable(&absolute, user))
}

/// Every parent must let the user pass, or the server would fail with a bare "permission denied".
fn check_reachable(path: &Path, user: &User) -> Result<(), Error> {
    for directory in path.ancestors().skip(1) {
        let metadata = fs::metadata(directory).map_err(Error::io("look at", directory))?;
        if !user.may_pass(&metadata) {
            return Err(Error::NotTraversable {
                path: path.to_owned(),
                directory: directory.to_owned(),
                user: user.name.clone(),
            });
        }
    }
    Ok(())
}
