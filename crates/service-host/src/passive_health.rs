//! The health of a dependency that cannot be probed.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

/// The outcome of the last call to a dependency that offers no health check, such as a payment
/// gateway. Healthy until a call gets no usable answer; unhealthy until a call gets one. All clones
/// share the outcome.
///
/// Without calls the health does not change: after an outage, the next call shows the recovery.
#[derive(Debug, Clone, Default)]
pub struct PassiveHealth(Arc<Mutex<Option<String>>>);

impl PassiveHealth {
    /// Records the outcome of a call: a usable answer, even if it is a refusal, or the reason why
    /// there was none.
    pub fn record<T, E: Display>(&self, answer: Result<T, E>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = answer.err().map(|error| error.to_string());
    }

    /// The recorded outcome.
    ///
    /// # Errors
    /// The reason why the last call got no usable answer.
    pub fn status(&self) -> Result<(), String> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        last.map_or(Ok(()), Err)
    }
}
