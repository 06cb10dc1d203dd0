//! The router against a shop whose log and command API are the domain itself, without a disk or a
//! network: what it sends is decided there as the command API would decide it.

mod again;
mod attempts;
mod deeds;
mod oracle;
mod people;
mod properties;
mod routers;
mod shop;
mod stories;
mod turns;
mod waiting;
