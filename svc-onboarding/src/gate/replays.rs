//! Which challenges this process has seen used: refuses a replayed one without asking the database.
//!
//! The database has the last word (other replicas, restarts); this only spares it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::challenge::Solved;

/// Used challenges, at most `capacity` of them.
#[derive(Debug)]
pub(super) struct Replays {
    capacity: usize,
    used: HashMap<Uuid, (Uuid, DateTime<Utc>)>,
}

impl Replays {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            used: HashMap::new(),
        }
    }

    /// The request that a challenge was used for.
    pub(super) fn spent_on(&self, challenge: Uuid) -> Option<Uuid> {
        self.used.get(&challenge).map(|(request, _)| *request)
    }

    /// Remembers a use, if there is room. Entries were paid for with work, so room is short only under a costly attack.
    pub(super) fn remember(&mut self, solved: Solved, request: Uuid, now: DateTime<Utc>) {
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
    fn h1_used_challenges_are_remembered_in_bounded_memory() {
        let mut replays = Replays::new(2);
        for id in 1..=3 {
            replays.remember(solved(id, 10), Uuid::from_u128(id), at(0));
        }
        assert_eq!(replays.spent_on(Uuid::from_u128(1)), Some(Uuid::from_u128(1)));
        assert_eq!(replays.spent_on(Uuid::from_u128(3)), None);
        replays.remember(solved(3, 20), Uuid::from_u128(3), at(10));
        assert_eq!(replays.spent_on(Uuid::from_u128(1)), None);
        assert_eq!(replays.spent_on(Uuid::from_u128(3)), Some(Uuid::from_u128(3)));
    }
}
