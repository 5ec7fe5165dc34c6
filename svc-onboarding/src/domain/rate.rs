//! Rate limits by token buckets in bounded memory, per address and per network.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, TimeDelta, Utc};

/// Allows `burst` calls at once, and one more every `interval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub burst: u32,
    pub interval: TimeDelta,
}

/// At most `capacity` buckets, by key.
///
/// A full bucket is removed, because it holds no information. While all buckets are in use, calls
/// with other keys are refused: an attacker with many addresses delays new senders, but can neither
/// use up memory nor refill an empty bucket.
#[derive(Debug)]
pub struct Buckets<K> {
    limit: Limit,
    capacity: usize,
    /// The state of a bucket is the time at which it will be full.
    full_at: HashMap<K, DateTime<Utc>>,
    swept_at: DateTime<Utc>,
}

/// The bucket is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests; try again in {} s", .retry_after.num_seconds() + 1)]
pub struct Exhausted {
    /// How long to wait for the next token.
    pub retry_after: TimeDelta,
}

impl<K: Eq + std::hash::Hash> Buckets<K> {
    pub fn new(limit: Limit, capacity: usize) -> Self {
        Self {
            limit,
            capacity,
            full_at: HashMap::new(),
            swept_at: DateTime::UNIX_EPOCH,
        }
    }

    /// Takes one token from the bucket of `key`.
    pub fn take(&mut self, key: K, now: DateTime<Utc>) -> Result<(), Exhausted> {
        if !self.full_at.contains_key(&key) && self.full_at.len() >= self.capacity {
            self.sweep(now)?;
        }
        let full_at = self.full_at.entry(key).or_insert(now);
        let next = (*full_at).max(now) + self.limit.interval;
        let latest = now + self.limit.interval * i32::try_from(self.limit.burst).unwrap_or(i32::MAX);
        if next > latest {
            return Err(Exhausted {
                retry_after: next - latest,
            });
        }
        *full_at = next;
        Ok(())
    }

    /// Removes full buckets, at most once per interval: otherwise each call of a flood would pay
    /// for it.
    fn sweep(&mut self, now: DateTime<Utc>) -> Result<(), Exhausted> {
        let exhausted = Exhausted {
            retry_after: self.limit.interval,
        };
        if now - self.swept_at < self.limit.interval {
            return Err(exhausted);
        }
        self.swept_at = now;
        self.full_at.retain(|_, full_at| *full_at > now);
        if self.full_at.len() < self.capacity {
            Ok(())
        } else {
            Err(exhausted)
        }
    }
}

/// The address that a limit counts: for IPv6 a /64, which one household gets.
pub fn address(ip: IpAddr) -> IpAddr {
    masked(ip, 32, 64)
}

/// The network that a limit counts: /24 of IPv4, /48 of IPv6.
pub fn network(ip: IpAddr) -> IpAddr {
    masked(ip, 24, 48)
}

fn masked(ip: IpAddr, v4_bits: u32, v6_bits: u32) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - v4_bits).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - v6_bits).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: Limit = Limit {
        burst: 3,
        interval: TimeDelta::seconds(10),
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn h1_a_burst_is_allowed_and_then_one_per_interval() {
        let mut buckets = Buckets::new(LIMIT, 10);
        for _ in 0..3 {
            assert_eq!(buckets.take("a", at(0)), Ok(()));
        }
        let refused = buckets.take("a", at(4)).unwrap_err();
        assert_eq!(refused.retry_after, TimeDelta::seconds(6));
        assert_eq!(buckets.take("a", at(10)), Ok(()));
        assert!(buckets.take("a", at(10)).is_err());
    }

    #[test]
    fn h1_one_address_does_not_pay_for_another() {
        let mut buckets = Buckets::new(LIMIT, 10);
        while buckets.take("a", at(0)).is_ok() {}
        assert_eq!(buckets.take("b", at(0)), Ok(()));
    }

    #[test]
    fn h1_memory_is_bounded_and_an_empty_bucket_is_kept() {
        let mut buckets = Buckets::new(LIMIT, 100);
        while buckets.take(0, at(0)).is_ok() {}
        for key in 1..10_000 {
            let _ = buckets.take(key, at(1));
        }
        assert_eq!(buckets.full_at.len(), 100);
        assert!(buckets.take(0, at(1)).is_err());
    }

    #[test]
    fn h1_full_buckets_are_removed() {
        let mut buckets = Buckets::new(LIMIT, 2);
        assert!(buckets.take("a", at(0)).is_ok());
        assert!(buckets.take("b", at(0)).is_ok());
        assert!(buckets.take("c", at(1)).is_err());
        assert!(buckets.take("c", at(20)).is_ok());
    }

    #[test]
    fn h1_addresses_and_networks_are_masked_to_what_one_sender_gets() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(address(ip("10.1.2.3")), ip("10.1.2.3"));
        assert_eq!(network(ip("10.1.2.3")), ip("10.1.2.0"));
        assert_eq!(address(ip("2001:db8:1:2:3::4")), ip("2001:db8:1:2::"));
        assert_eq!(network(ip("2001:db8:1:2:3::4")), ip("2001:db8:1::"));
        assert_eq!(address(ip("::ffff:10.1.2.3")), ip("10.1.2.3"));
    }

    proptest! {
        #[test]
        fn h1_never_more_calls_pass_than_burst_and_rate_allow(mut times in proptest::collection::vec(0_i64..100, 1..200)) {
            times.sort_unstable();
            let mut buckets = Buckets::new(LIMIT, 1);
            let passed = times.iter().filter(|time| buckets.take((), at(**time)).is_ok()).count();
            let allowed = 3 + (times[times.len() - 1] - times[0]) / 10;
            prop_assert!(i64::try_from(passed).unwrap() <= allowed);
        }
    }
}
