//! Growing pauses between attempts.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Doubles from `first` up to `longest`.
#[derive(Debug)]
pub(crate) struct Pause {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Pause {
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// Waits; returns at once when `stop` is cancelled.
    pub(crate) async fn wait(&mut self, stop: &CancellationToken) {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        let _ = tokio::time::timeout(pause, stop.cancelled()).await;
    }

    /// Starts from the first pause again.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}
