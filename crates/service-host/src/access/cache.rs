//! A cache of verified tokens, so that only the first call with a token checks its signature.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::tokens::Identity;

/// The most tokens in one generation.
const GENERATION: usize = 8_192;

type Generation = HashMap<[u8; 32], Arc<Identity>>;

/// At most two generations of tokens. When the newer one is full, the older one is dropped. A hit
/// in the older generation moves the token to the newer one. So the cache is bounded and keeps the
/// tokens in use without a record of the last use.
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

    /// Drops all tokens. Needed when the keys change, because a key may have been withdrawn.
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
