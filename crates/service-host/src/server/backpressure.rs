//! Detection of callers that do not read their responses.
//!
//! The server sends a response in parts and produces the next part when the caller has room for it.
//! A caller that never reads would keep the response and its resources in memory while the
//! connection is open. A part in flight cannot be recalled, so the whole connection is closed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tonic::transport::server::TcpConnectInfo;

/// The state that all calls of one connection share.
#[derive(Clone)]
pub(super) struct ConnectionInfo {
    /// The addresses of the connection.
    pub peer: TcpConnectInfo,
    unread: Arc<Unread>,
}

/// When the parts were sent that the caller has not read yet.
#[derive(Default)]
struct Unread(Mutex<Parts>);

#[derive(Default)]
struct Parts {
    /// By response, because a response has at most one unread part.
    since: HashMap<u64, Instant>,
    responses: u64,
}

impl Unread {
    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionInfo {
    pub(super) fn new(peer: TcpConnectInfo) -> Self {
        Self {
            peer,
            unread: Arc::default(),
        }
    }

    /// A tracker for the next response on this connection.
    pub(super) fn track(&self) -> ResponseTracker {
        let mut parts = self.unread.parts();
        parts.responses += 1;
        ResponseTracker {
            response: parts.responses,
            unread: Arc::clone(&self.unread),
            is_unread: false,
        }
    }

    /// Whether a part of a response has been unread for longer than `timeout`.
    pub(super) fn is_stuck(&self, timeout: Duration) -> bool {
        let parts = self.unread.parts();
        parts.since.values().any(|since| since.elapsed() > timeout)
    }
}

/// Tracks whether the caller reads one response.
pub(super) struct ResponseTracker {
    response: u64,
    unread: Arc<Unread>,
    is_unread: bool,
}

impl ResponseTracker {
    /// Records that a part was sent.
    pub(super) fn sent(&mut self) {
        self.is_unread = true;
        self.unread.parts().since.insert(self.response, Instant::now());
    }

    /// Records that the caller has room for the next part, or is gone.
    pub(super) fn read(&mut self) {
        if std::mem::take(&mut self.is_unread) {
            self.unread.parts().since.remove(&self.response);
        }
    }
}

impl Drop for ResponseTracker {
    fn drop(&mut self) {
        self.read();
    }
}
