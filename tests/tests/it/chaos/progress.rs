//! How far the run is: said as it goes, and known to the load, which ends with the last kill.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

pub struct Progress {
    since: Instant,
    wanted: usize,
    /// Kills whose victim is back.
    survived: AtomicUsize,
    begun: AtomicUsize,
    ended: AtomicUsize,
}

impl Progress {
    pub fn start(kills: usize) -> Self {
        Self {
            since: Instant::now(),
            wanted: kills,
            survived: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
        }
    }

    pub fn say(&self, what: &str) {
        let (ended, begun) = (self.ended.load(Ordering::Relaxed), self.begun());
        println!(
            "[{:6.1} s] {what}; orders: {ended} of {begun} over",
            self.since.elapsed().as_secs_f32()
        );
    }

    /// A victim is back. The load goes on until the last one is.
    pub fn survived(&self) {
        self.survived.fetch_add(1, Ordering::Relaxed);
    }

    pub fn is_over(&self) -> bool {
        self.survived.load(Ordering::Relaxed) >= self.wanted
    }

    /// A new order's number, from 0.
    pub fn begin_order(&self) -> usize {
        self.begun.fetch_add(1, Ordering::Relaxed)
    }

    pub fn end_order(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }
}
