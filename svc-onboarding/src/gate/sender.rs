//! The sender of a call: the peer's address, or the one that the trusted proxies report.

use std::net::{IpAddr, Ipv6Addr};

use tonic::Request;

/// The sender's address.
///
/// A caller can send any `x-forwarded-for`, so only its last `trusted_proxies` entries count: the
/// first of them was added by the outermost trusted proxy. All unknown senders share one address.
pub(super) fn of<M>(request: &Request<M>, trusted_proxies: usize) -> IpAddr {
    let forwarded = trusted_proxies.checked_sub(1).and_then(|nth| {
        let entries = request.metadata().get_all("x-forwarded-for").iter();
        let text: Vec<&str> = entries.filter_map(|value| value.to_str().ok()).collect();
        text.join(",").rsplit(',').nth(nth)?.trim().parse().ok()
    });
    forwarded
        .or_else(|| request.remote_addr().map(|peer| peer.ip()))
        .unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(header: &'static str) -> Request<()> {
        let mut request = Request::new(());
        request
            .metadata_mut()
            .insert("x-forwarded-for", header.parse().unwrap());
        request
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn h1_the_header_is_ignored_without_a_trusted_proxy() {
        assert_eq!(of(&forwarded("10.0.0.1"), 0), IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    }

    #[test]
    fn h1_entries_from_before_the_trusted_proxies_are_ignored() {
        let request = forwarded("1.1.1.1, 10.0.0.1, 10.0.0.2");
        assert_eq!(of(&request, 1), ip("10.0.0.2"));
        assert_eq!(of(&request, 2), ip("10.0.0.1"));
        assert_eq!(of(&forwarded("nonsense"), 1), IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    }
}
