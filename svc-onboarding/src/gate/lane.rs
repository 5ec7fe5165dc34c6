//! Bounds how many public calls use the database at once, and how many wait for it.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::Error;

#[derive(Debug)]
pub struct Lane {
    working: Semaphore,
    /// Working or waiting.
    admitted: Semaphore,
}

/// A place in the lane. It is free again when this value is dropped.
#[derive(Debug)]
pub struct Permit<'a> {
    _working: SemaphorePermit<'a>,
    _admitted: SemaphorePermit<'a>,
}

impl Lane {
    /// A lane in which `width` calls work at once and `queue` calls wait.
    pub fn new(width: usize, queue: usize) -> Self {
        Self {
            working: Semaphore::new(width),
            admitted: Semaphore::new(width + queue),
        }
    }

    /// Waits for a place. Refuses at once if the queue is full.
    pub async fn enter(&self) -> Result<Permit<'_>, Error> {
        let admitted = self.admitted.try_acquire().map_err(|_| Error::QueueFull)?;
        let working = self.working.acquire().await.map_err(|_| Error::QueueFull)?;
        Ok(Permit {
            _working: working,
            _admitted: admitted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn h1_a_full_queue_refuses_at_once_and_accepts_again_once_there_is_room() {
        let lane = Lane::new(1, 1);
        let first = lane.enter().await.unwrap();
        let waiting = lane.enter();
        tokio::pin!(waiting);
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        assert!(matches!(lane.enter().await, Err(Error::QueueFull)));
        drop(first);
        drop(waiting.await.unwrap());
        assert!(lane.enter().await.is_ok());
    }
}
