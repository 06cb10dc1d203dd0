//! Snapshots: a partition's state in a file, so that a start reads only what came after, and
//! tickets that are closed for good need no memory.
//!
//! A [`Keeper`] builds them in the background ([`build`]): the previous one and what the log says
//! since, folded by the same code as everywhere, is [written](mod@write) to a new [file](mod@file). The
//! partition's task then takes over its [`cold`] part and drops from memory what lies there. At a
//! start each partition [reads](read) its own and goes on where it ends ([`start`]).
//!
//! Guarantees: a partition that starts from a snapshot answers as one that has read the whole log;
//! a file that doesn't match the log, or is damaged, is ignored or stops the partition, never
//! believed; a log that lacks what a snapshot has seen is taken for damaged ([`witness`]).

mod build;
mod cold;
mod file;
mod keeper;
mod read;
mod rows;
mod start;
mod witness;
mod write;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use self::build::{Built, Job, build};
pub(crate) use self::cold::{Cold, Unreadable};
pub(crate) use self::file::Directory;
pub(crate) use self::keeper::Keeper;
pub(crate) use self::read::Snapshot;
pub(crate) use self::start::{Start, open};
pub(crate) use self::witness::{Lost, Witness};
