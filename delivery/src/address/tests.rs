//! Which addresses are called, however they are written and whatever a name resolves to.

use std::collections::VecDeque;
use std::sync::Mutex;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::webhook::{client_builder, failure};

fn refused(guard: &Guard, address: &str) -> bool {
    let address = address.parse().expect("an address");
    guard.check(address).is_err()
}

#[test]
fn what_is_not_public_is_refused_in_every_guise() {
    let guard = Guard::new(Vec::new());
    for address in [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
    ] {
        assert!(refused(&guard, address), "{address}");
    }
    for address in ["1.1.1.1", "172.32.0.1", "::ffff:8.8.8.8", "2606:4700::1111"] {
        assert!(!refused(&guard, address), "{address}");
    }
}

#[test]
fn a_configured_network_is_allowed_and_no_other() {
    let guard = Guard::new(vec!["10.1.0.0/16".parse().expect("a network")]);
    assert!(!refused(&guard, "10.1.2.3"));
    assert!(!refused(&guard, "::ffff:10.1.2.3"));
    assert!(refused(&guard, "10.2.0.1"));
}

#[test]
fn an_address_written_into_the_url_is_looked_at_however_it_is_written() {
    let guard = Guard::new(Vec::new());
    for url in [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://017700000001/",
        "http://127.1:80/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://user@169.254.169.254/latest",
    ] {
        let parsed = url.parse().expect("a URL");
        assert!(guard.check_url(&parsed).is_err(), "{url}");
    }
    let public = "https://example.com/".parse().expect("a URL");
    assert_eq!(guard.check_url(&public), Ok(()));
}

/// A name whose addresses change from one look to the next, as an attacker's does; they pass through
/// the guard as the system's do.
#[derive(Clone)]
struct Rebinding {
    guard: Guard,
    answers: Arc<Mutex<VecDeque<Vec<SocketAddr>>>>,
}

impl Resolve for Rebinding {
    fn resolve(&self, _: Name) -> Resolving {
        let answer = self.answers.lock().expect("no panic").pop_front();
        let found = answer.expect("no more looks than requests");
        let passed = self.guard.pass(found.into_iter());
        Box::pin(async move { passed })
    }
}

/// Answers on that address, and counts.
async fn answering(ip: [u8; 4]) -> (SocketAddr, Arc<Mutex<u32>>) {
    let listener = TcpListener::bind((Ipv4Addr::from(ip), 0))
        .await
        .expect("a port");
    let address = listener.local_addr().expect("bound");
    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            *counted.lock().expect("no panic") += 1;
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream
                .write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
                .await;
        }
    });
    (address, calls)
}

#[tokio::test]
async fn a_name_that_changes_its_address_gets_nobody_called_who_may_not_be() {
    let (may, called) = answering([127, 0, 0, 2]).await;
    let (may_not, never) = answering([127, 0, 0, 1]).await;
    let resolver = Rebinding {
        guard: Guard::new(vec!["127.0.0.2/32".parse().expect("a network")]),
        answers: Arc::new(Mutex::new(VecDeque::from([
            vec![may],
            // Between a look that passed and the connection there is no other look.
            vec![may_not],
            vec![may_not, may],
            vec![may_not],
        ]))),
    };
    let client = client_builder()
        .dns_resolver(resolver.clone())
        .pool_max_idle_per_host(0)
        .build()
        .expect("a client");
    let mut refused = Vec::new();
    for _ in 0..4 {
        let url = format!("http://rebinding.example:{}/", may.port());
        match client.get(url).send().await {
            Ok(answer) => assert_eq!(answer.status(), 204),
            Err(error) => refused.push(failure(error)),
        }
    }
    assert_eq!(*called.lock().expect("no panic"), 2);
    assert_eq!(*never.lock().expect("no panic"), 0);
    assert_eq!(refused.len(), 2);
    for refused in refused {
        assert!(
            refused.permanent && refused.why.contains("is not a public address"),
            "{refused:?}"
        );
    }
    assert!(
        resolver.answers.lock().expect("no panic").is_empty(),
        "one look a request"
    );
}
