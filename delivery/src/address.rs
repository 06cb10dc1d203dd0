//! Which addresses a webhook may be sent to: public ones, and those of configured networks.
//!
//! Guarantee: the address that was looked at is the one that is connected to. A name is resolved
//! here, once, and the HTTP client gets only what passed; an address written into the URL never
//! gets to a resolver, so it is looked at before.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Not public: IANA's special-purpose registry of IPv4.
const NOT_PUBLIC_V4: [Ipv4Net; 15] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
];

/// Of IPv6 only this is given out for the public …
const PUBLIC_V6: Ipv6Net = v6(0x2000, 0, 3);

/// … and of it not these: protocols and tunnels (which may carry an IPv4 address), documentation.
const NOT_PUBLIC_V6: [Ipv6Net; 4] = [
    v6(0x2001, 0, 23),
    v6(0x2001, 0x0db8, 32),
    v6(0x2002, 0, 16),
    v6(0x3fff, 0, 20),
];

const fn v4(octets: [u8; 4], length: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(first: u16, second: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), length)
}

/// An address that is not to be called.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused(IpAddr);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is not a public address, nor in delivery.webhooks.allow_networks",
            self.0
        )
    }
}

impl std::error::Error for Refused {}

/// Says which addresses may be called, and resolves names to those.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    allowed: Arc<[IpNet]>,
}

impl Guard {
    pub(crate) fn new(allowed: Vec<IpNet>) -> Self {
        Self {
            allowed: allowed.into(),
        }
    }

    /// Whether this address may be called.
    pub(crate) fn check(&self, address: IpAddr) -> Result<(), Refused> {
        // `::ffff:127.0.0.1` is 127.0.0.1 to the kernel.
        let address = address.to_canonical();
        let allowed = is_public(address) || self.allowed.iter().any(|net| net.contains(&address));
        allowed.then_some(()).ok_or(Refused(address))
    }

    /// Those of a name's addresses that may be called; an error if that is none of them.
    fn pass(
        &self,
        found: impl Iterator<Item = SocketAddr>,
    ) -> Result<Addrs, Box<dyn std::error::Error + Send + Sync>> {
        let mut refused = None;
        let mut passed: Vec<SocketAddr> = Vec::new();
        for address in found {
            match self.check(address.ip()) {
                Ok(()) => passed.push(address),
                Err(error) => refused = Some(error),
            }
        }
        match refused {
            Some(error) if passed.is_empty() => Err(error.into()),
            _ => Ok(Box::new(passed.into_iter())),
        }
    }

    /// Whether an address that the URL itself names may be called.
    pub(crate) fn check_url(&self, url: &Url) -> Result<(), Refused> {
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        match literal.parse() {
            Ok(address) => self.check(address),
            Err(_) => Ok(()),
        }
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => {
            PUBLIC_V6.contains(&address) && !NOT_PUBLIC_V6.iter().any(|net| net.contains(&address))
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            guard.pass(found)
        })
    }
}

#[cfg(test)]
mod tests;
