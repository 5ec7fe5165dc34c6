//! Dependencies that can't be asked whether they are there.

use std::fmt::Display;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};

/// What the calls themselves show of somebody outside (a gateway, a contractor) who offers no question of health: there,
/// until a call had no usable answer; away, until one had. All clones saw the same.
///
/// Calls that nobody makes show nothing: after an outage it is the next call that says that it is over.
#[derive(Debug, Clone, Default)]
pub struct Witness(Arc<Mutex<Option<String>>>);

impl Witness {
    /// Notes what came of a call: a usable answer, be it a refusal, or the reason why there was none.
    pub fn saw<T, E: Display>(&self, answer: Result<T, E>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = answer.err().map(|error| error.to_string());
    }

    /// What it saw last, as a server's health asks it: `.uses("card", witness.health())`.
    pub fn health(&self) -> impl Fn() -> Ready<Result<(), String>> + Send + Sync + 'static {
        let seen = Arc::clone(&self.0);
        move || {
            let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            ready(seen.clone().map_or(Ok(()), Err))
        }
    }
}
