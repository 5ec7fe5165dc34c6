//! The challenges that this process has seen used. A replayed challenge is refused without a query.
//!
//! The table `used_challenges` decides across replicas and restarts; this record only saves
//! queries.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::challenge::Solved;

/// At most `capacity` used challenges.
#[derive(Debug)]
pub(super) struct UsedChallenges {
    capacity: usize,
    /// By challenge: the request that used it, and when the challenge expires.
    used: HashMap<Uuid, (Uuid, DateTime<Utc>)>,
}

impl UsedChallenges {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            used: HashMap::new(),
        }
    }

    /// The request that used a challenge.
    pub(super) fn request(&self, challenge: Uuid) -> Option<Uuid> {
        self.used.get(&challenge).map(|(request, _)| *request)
    }

    /// Records a use if there is room. Each entry cost its sender work, so only an expensive attack
    /// fills the record.
    pub(super) fn record(&mut self, solved: Solved, request: Uuid, now: DateTime<Utc>) {
        if self.used.len() >= self.capacity {
            self.used.retain(|_, (_, expires_at)| *expires_at > now);
        }
        if self.used.len() < self.capacity {
            self.used.insert(solved.id, (request, solved.expires_at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solved(id: u128, expires_at: i64) -> Solved {
        Solved {
            id: Uuid::from_u128(id),
            expires_at: at(expires_at),
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn h1_used_challenges_are_recorded_in_bounded_memory() {
        let mut used = UsedChallenges::new(2);
        for id in 1..=3 {
            used.record(solved(id, 10), Uuid::from_u128(id), at(0));
        }
        assert_eq!(used.request(Uuid::from_u128(1)), Some(Uuid::from_u128(1)));
        assert_eq!(used.request(Uuid::from_u128(3)), None);
        used.record(solved(3, 20), Uuid::from_u128(3), at(10));
        assert_eq!(used.request(Uuid::from_u128(1)), None);
        assert_eq!(used.request(Uuid::from_u128(3)), Some(Uuid::from_u128(3)));
    }
}
