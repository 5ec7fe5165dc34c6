//! How much may be under way at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Refusal;
use crate::access::Method;
use crate::config::GrpcOptions;

/// What a refused caller is told to wait.
const PAUSE: Duration = Duration::from_millis(500);

/// Calls that are worked on, and streams that are open: counted apart, for watches stay open for hours.
pub(super) struct Limits {
    calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

impl Limits {
    pub(super) fn new(options: &GrpcOptions) -> Self {
        Self {
            calls: Arc::new(Semaphore::new(options.max_in_flight)),
            streams: Arc::new(Semaphore::new(options.max_streams)),
        }
    }

    /// A place for this call, or a refusal at once: a queue would only make everyone late.
    pub(super) fn admit(&self, method: &Method) -> Result<OwnedSemaphorePermit, Refusal> {
        let (places, what) = if method.server_streaming {
            (&self.streams, "streams are open")
        } else {
            (&self.calls, "calls are under way")
        };
        Arc::clone(places)
            .try_acquire_owned()
            .map_err(|_| Refusal::unavailable("OVERLOADED", format!("too many {what}; try again"), PAUSE))
    }
}
