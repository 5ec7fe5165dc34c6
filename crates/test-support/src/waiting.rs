//! Waiting for what comes about by itself.

use std::fmt::Display;
use std::time::Duration;

use tokio::time::Instant;

/// Asks `condition` again and again until it returns `Ok`, and returns that. `Err` says what is still missing.
///
/// # Panics
/// After `bound`, with the last `Err`: the failed test shows how far things had come.
pub async fn eventually<T, E: Display>(bound: Duration, condition: impl AsyncFn() -> Result<T, E>) -> T {
    let deadline = Instant::now() + bound;
    let mut pause = Duration::from_millis(5);
    loop {
        let asked = tokio::time::timeout_at(deadline, condition()).await;
        let state = match asked {
            Ok(Ok(value)) => return value,
            Ok(Err(state)) => state.to_string(),
            Err(_) => "the condition itself did not return".to_owned(),
        };
        assert!(
            Instant::now() < deadline,
            "not within {bound:?}; last state: {state}"
        );
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}
