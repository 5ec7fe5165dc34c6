//! Whose call it is: the peer's address, or the one that our own proxies saw.

use std::net::{IpAddr, Ipv6Addr};

use tonic::Request;

/// The sender's address.
///
/// `x-forwarded-for` is written by whoever likes to, so only its last `trusted_proxies` entries are believed: the
/// outermost of them is what our outermost proxy saw. A sender that can't be told shares one address with all such.
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
    fn h1_a_header_is_not_believed_without_a_proxy_of_ours() {
        assert_eq!(of(&forwarded("10.0.0.1"), 0), IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    }

    #[test]
    fn h1_what_senders_put_in_front_of_our_proxies_words_is_not_believed() {
        let request = forwarded("1.1.1.1, 10.0.0.1, 10.0.0.2");
        assert_eq!(of(&request, 1), ip("10.0.0.2"));
        assert_eq!(of(&request, 2), ip("10.0.0.1"));
        assert_eq!(of(&forwarded("nonsense"), 1), IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    }
}
