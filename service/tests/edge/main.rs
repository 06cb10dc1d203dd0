//! The HTTP edge over real sockets: whatever a client sends, a problem document comes back.

mod ending;
mod observed;
mod requests;
mod setting;
