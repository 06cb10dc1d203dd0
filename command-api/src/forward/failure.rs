//! What a request that failed says of the owner it was sent to.

use std::error::Error as _;
use std::io::{self, ErrorKind};

use hyper_util::client::legacy::Error;

use super::Came;

/// `Gone`, `Unreached` or `Broken`.
pub(crate) fn failure(error: &Error) -> Came {
    if !error.is_connect() {
        return Came::Broken;
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref() {
            return of_connecting(error);
        }
        cause = error.source();
    }
    Came::Unreached
}

/// Only the network's word counts: a replica that has no descriptor or no port left knows nothing of
/// the other one. What the system gave no number is a time-out, or a name that nobody knows; a
/// dead replica's name may go with it.
fn of_connecting(error: &io::Error) -> Came {
    let told = matches!(
        error.kind(),
        ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::TimedOut
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
    );
    if told || error.raw_os_error().is_none() {
        Came::Gone
    } else {
        Came::Unreached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_network_says_is_about_the_owner() {
        let refused = io::Error::from(ErrorKind::ConnectionRefused);
        let unknown_name = io::Error::other("failed to lookup address information");
        let late = io::Error::new(ErrorKind::TimedOut, "elapsed");
        for error in [refused, unknown_name, late] {
            assert_eq!(of_connecting(&error), Came::Gone, "{error}");
        }
        // EHOSTUNREACH; then EMFILE and EADDRNOTAVAIL.
        assert_eq!(
            of_connecting(&io::Error::from_raw_os_error(113)),
            Came::Gone
        );
        for local in [24, 99] {
            let error = io::Error::from_raw_os_error(local);
            assert_eq!(of_connecting(&error), Came::Unreached, "{error}");
        }
    }
}
