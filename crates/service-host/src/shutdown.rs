//! When the process is asked to end.

use tokio_util::sync::CancellationToken;

/// Cancelled at the first SIGTERM or SIGINT. A second signal ends the process at once.
pub fn on_signal() -> CancellationToken {
    let shutdown = CancellationToken::new();
    let asked = shutdown.clone();
    tokio::spawn(async move {
        let signal = received().await;
        tracing::info!(signal, "shutting down");
        asked.cancel();
        let signal = received().await;
        tracing::warn!(signal, "asked again: ending at once");
        std::process::exit(130);
    });
    shutdown
}

async fn received() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            // No handler, no signal: the default action ends the process.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminate => "SIGTERM",
        _ = tokio::signal::ctrl_c() => "SIGINT",
    }
}
