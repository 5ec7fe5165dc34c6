//! A narrow lane with a short queue: the public never holds more of the database than this.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::Error;

/// So many at once, and so many waiting.
#[derive(Debug)]
pub struct Lane {
    working: Semaphore,
    /// Working and waiting together.
    admitted: Semaphore,
}

/// A turn in the lane, until it is dropped.
#[derive(Debug)]
pub struct Turn<'a> {
    _working: SemaphorePermit<'a>,
    _admitted: SemaphorePermit<'a>,
}

impl Lane {
    /// A lane for `width` at once, with room for `queue` to wait.
    pub fn new(width: usize, queue: usize) -> Self {
        Self {
            working: Semaphore::new(width),
            admitted: Semaphore::new(width + queue),
        }
    }

    /// Waits for a turn; refused at once where the queue is full.
    pub async fn turn(&self) -> Result<Turn<'_>, Error> {
        let admitted = self.admitted.try_acquire().map_err(|_| Error::QueueFull)?;
        let working = self.working.acquire().await.map_err(|_| Error::QueueFull)?;
        Ok(Turn {
            _working: working,
            _admitted: admitted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn h1_a_full_queue_refuses_at_once_and_goes_on_when_there_is_room() {
        let lane = Lane::new(1, 1);
        let first = lane.turn().await.unwrap();
        let waiting = lane.turn();
        tokio::pin!(waiting);
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        assert!(matches!(lane.turn().await, Err(Error::QueueFull)));
        drop(first);
        drop(waiting.await.unwrap());
        assert!(lane.turn().await.is_ok());
    }
}
