//! How much may be under way at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Refusal;
use crate::access::Method;
use crate::config::GrpcOptions;

/// What a refused caller is told to wait.
const PAUSE: Duration = Duration::from_millis(500);

/// How many streams may be open that need no token (health, reflection): strangers must not take the callers' places.
const STRANGERS: usize = 64;

/// Calls that are worked on, and streams that are open: counted apart, for watches stay open for hours.
pub(super) struct Limits {
    calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
}

impl Limits {
    pub(super) fn new(options: &GrpcOptions) -> Self {
        Self {
            calls: Arc::new(Semaphore::new(options.max_in_flight)),
            streams: Arc::new(Semaphore::new(options.max_streams)),
            strangers: Arc::new(Semaphore::new(STRANGERS)),
        }
    }

    /// A place for this call, or a refusal at once: a queue would only make everyone late.
    pub(super) fn admit(&self, method: &Method) -> Result<OwnedSemaphorePermit, Refusal> {
        let (places, what) = if method.server_streaming {
            (&self.streams, "streams are open")
        } else {
            (&self.calls, "calls are under way")
        };
        place(places, what)
    }

    /// A place for a stream of health or reflection.
    pub(super) fn admit_stranger(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        place(&self.strangers, "streams are open")
    }
}

fn place(places: &Arc<Semaphore>, what: &str) -> Result<OwnedSemaphorePermit, Refusal> {
    Arc::clone(places)
        .try_acquire_owned()
        .map_err(|_| Refusal::unavailable("OVERLOADED", format!("too many {what}; try again"), PAUSE))
}
