//! The real binary: started, driven as its own welcome says, stopped, killed, started again; and a day in
//! the shop on it.

mod setting;

mod demo;
mod import;
mod life;
mod notified;
mod routed;
mod session;
