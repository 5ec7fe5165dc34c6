//! Waits for a condition.

use std::fmt::Display;
use std::time::Duration;

use tokio::time::Instant;

/// Polls `condition` until it returns `Ok`, and returns the value. `Err` says what is still
/// missing.
///
/// # Panics
/// After `bound`, with the last `Err`.
pub async fn eventually<T, E: Display>(bound: Duration, condition: impl AsyncFn() -> Result<T, E>) -> T {
    let deadline = Instant::now() + bound;
    let mut pause = Duration::from_millis(5);
    let mut state = "asked for the first time".to_owned();
    loop {
        let Ok(asked) = tokio::time::timeout_at(deadline, condition()).await else {
            panic!("not within {bound:?}; the condition did not return; before that: {state}");
        };
        match asked {
            Ok(value) => return value,
            Err(missing) => state = missing.to_string(),
        }
        assert!(
            Instant::now() < deadline,
            "not within {bound:?}; last state: {state}"
        );
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}
