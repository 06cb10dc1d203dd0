//! The worker on a real Postgres, behind the real projector, against receivers on real sockets.

mod cut_off;
mod http;
mod kinds;
mod mail;
mod once;
mod operator;
mod outage;
mod rebuild;
mod relay;
mod setting;
mod sms;
mod story;
mod survey;
mod tls;
mod ways;
mod webhook;
