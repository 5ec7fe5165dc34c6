//! Memory with an end: the oldest entry goes when a new one needs the room.

use std::collections::{HashMap, VecDeque};

/// As many entries as any story needs, and few enough to forget about memory.
pub const ENTRIES: usize = 100_000;

/// A map of at most [`ENTRIES`] entries.
pub struct BoundedMap<V> {
    entries: HashMap<String, V>,
    by_age: VecDeque<String>,
}

impl<V> Default for BoundedMap<V> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            by_age: VecDeque::new(),
        }
    }
}

impl<V> BoundedMap<V> {
    pub fn get(&self, key: &str) -> Option<&V> {
        self.entries.get(key)
    }

    pub fn insert(&mut self, key: String, value: V) {
        if self.entries.insert(key.clone(), value).is_some() {
            return;
        }
        self.by_age.push_back(key);
        if self.by_age.len() > ENTRIES
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    /// Values, oldest first.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.by_age.iter().filter_map(|key| self.entries.get(key))
    }
}

#[cfg(test)]
mod tests {
    use super::{BoundedMap, ENTRIES};

    #[test]
    fn the_oldest_entry_makes_room_for_the_newest() {
        let mut map = BoundedMap::default();
        for number in 0..=ENTRIES {
            map.insert(number.to_string(), number);
        }
        assert_eq!(map.get("0"), None);
        assert_eq!(map.values().count(), ENTRIES);
        assert_eq!(map.values().next(), Some(&1));
    }
}
