//! Tokens that were verified, so that a caller's second call costs no signature check.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::tokens::Identity;

/// How many tokens one generation holds.
const GENERATION: usize = 8_192;

type Generation = HashMap<[u8; 32], Arc<Identity>>;

/// At most two generations. When the younger is full, the elder is forgotten; whoever still calls moves over. Bounded,
/// without a list of who called when.
#[derive(Default)]
pub(super) struct Verified(Mutex<(Generation, Generation)>);

impl Verified {
    pub(super) fn get(&self, token: &str) -> Option<Arc<Identity>> {
        let key = digest(token);
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(identity) = generations.0.get(&key) {
            return Some(Arc::clone(identity));
        }
        let identity = generations.1.remove(&key)?;
        insert(&mut generations, key, Arc::clone(&identity));
        Some(identity)
    }

    pub(super) fn put(&self, token: &str, identity: Arc<Identity>) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        insert(&mut generations, digest(token), identity);
    }

    /// Forgets all: the keys have changed, and one of them may have been withdrawn.
    pub(super) fn clear(&self) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *generations = (Generation::new(), Generation::new());
    }
}

fn insert(generations: &mut (Generation, Generation), key: [u8; 32], identity: Arc<Identity>) {
    if generations.0.len() >= GENERATION {
        generations.1 = std::mem::take(&mut generations.0);
    }
    generations.0.insert(key, identity);
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
