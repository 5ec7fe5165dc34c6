//! Callers, each with one call under way at a time, for a while.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

/// What callers got.
pub struct Load {
    /// Calls per second, all callers together.
    pub rate: f64,
    latencies: Vec<Duration>,
}

impl Load {
    /// Of these latencies, measured side by side within this time.
    #[allow(clippy::cast_precision_loss, reason = "counts of calls are small")]
    pub fn of(mut latencies: Vec<Duration>, time: Duration) -> Self {
        latencies.sort_unstable();
        Self {
            rate: latencies.len() as f64 / time.as_secs_f64(),
            latencies,
        }
    }

    /// Of several measurements of the same thing, the one with the middle rate.
    ///
    /// # Errors
    /// There are none.
    pub fn median(mut loads: Vec<Self>) -> anyhow::Result<Self> {
        ensure!(!loads.is_empty(), "nothing was measured");
        loads.sort_by(|one, other| one.rate.total_cmp(&other.rate));
        Ok(loads.swap_remove(loads.len() / 2))
    }

    /// The latency that so many calls of a hundred stay within.
    pub fn percentile(&self, percent: usize) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        let place = (self.latencies.len() * percent / 100).min(last);
        self.latencies.get(place).copied().unwrap_or_default()
    }
}

/// The part of a measurement's time that goes before it and isn't counted: a fifth.
pub const WARM_UP: u32 = 5;

/// Lets `callers` call for `time`, after a fifth of it that isn't counted. `call` is told whose
/// turn it is.
///
/// # Errors
/// A call failed.
pub async fn run<C>(
    callers: usize,
    time: Duration,
    call: impl Fn(usize) -> C + Clone + Send + 'static,
) -> anyhow::Result<Load>
where
    C: Future<Output = anyhow::Result<()>> + Send,
{
    let begin = Instant::now() + time / WARM_UP;
    let end = begin + time;
    let calling: Vec<_> = (0..callers)
        .map(|caller| {
            let call = call.clone();
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                loop {
                    let called = Instant::now();
                    call(caller).await?;
                    let now = Instant::now();
                    if now >= end {
                        return anyhow::Ok(latencies);
                    }
                    if now >= begin {
                        latencies.push(now - called);
                    }
                }
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for caller in calling {
        latencies.append(&mut caller.await.context("a caller panicked")??);
    }
    Ok(Load::of(latencies, time))
}
