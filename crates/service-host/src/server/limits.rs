//! Load shedding.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Refusal;
use crate::access::Method;
use crate::config::GrpcOptions;

/// How long a refused caller is told to wait before a retry.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// The most open streams of callers without a token (health, reflection). They have their own
/// limit, so that they cannot use up the limit of other callers.
const ANONYMOUS: usize = 64;

/// Limits of calls in flight and of open streams. They are separate because watches stay open for
/// hours.
pub(super) struct Limits {
    calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    anonymous: Arc<Semaphore>,
}

impl Limits {
    pub(super) fn new(options: &GrpcOptions) -> Self {
        Self {
            calls: Arc::new(Semaphore::new(options.max_in_flight)),
            streams: Arc::new(Semaphore::new(options.max_streams)),
            anonymous: Arc::new(Semaphore::new(ANONYMOUS)),
        }
    }

    /// A permit for this call. If there is none, the call is refused at once, because a queue would
    /// delay all calls.
    pub(super) fn admit(&self, method: &Method) -> Result<OwnedSemaphorePermit, Refusal> {
        let (permits, what) = if method.server_streaming {
            (&self.streams, "streams are open")
        } else {
            (&self.calls, "calls are in flight")
        };
        permit(permits, what)
    }

    /// A permit for a stream of health or reflection.
    pub(super) fn admit_anonymous(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        permit(&self.anonymous, "streams are open")
    }
}

fn permit(permits: &Arc<Semaphore>, what: &str) -> Result<OwnedSemaphorePermit, Refusal> {
    Arc::clone(permits)
        .try_acquire_owned()
        .map_err(|_| Refusal::unavailable("OVERLOADED", format!("too many {what}; try again"), RETRY_AFTER))
}
