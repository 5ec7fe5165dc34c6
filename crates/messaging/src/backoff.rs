//! Exponential back-off between attempts.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Pauses that double from `first` to `longest`.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// Waits for the next pause. Returns at once when `stop` is cancelled.
    pub(crate) async fn wait(&mut self, stop: &CancellationToken) {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        let _ = tokio::time::timeout(pause, stop.cancelled()).await;
    }

    /// Begins with the first pause again.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}
