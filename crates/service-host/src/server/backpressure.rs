//! Does a caller take what was asked for?
//!
//! An answer is handed over in parts; the next part is fetched when the caller has room for it. A caller who never
//! makes room would keep the answer, and whatever stands behind it, in memory for as long as the connection lives: the
//! part in flight can't be taken back, so the connection is ended as a whole.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tonic::transport::server::TcpConnectInfo;

/// What all calls of one connection share.
#[derive(Clone)]
pub(super) struct Line {
    /// Who is at the other end.
    pub peer: TcpConnectInfo,
    handed: Arc<Handed>,
}

/// When parts of answers were handed over that their caller has not taken yet.
#[derive(Default)]
struct Handed(Mutex<Parts>);

#[derive(Default)]
struct Parts {
    since: HashMap<u64, Instant>,
    answers: u64,
}

impl Handed {
    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    pub(super) fn new(peer: TcpConnectInfo) -> Self {
        Self {
            peer,
            handed: Arc::default(),
        }
    }

    /// An answer that will be given on this line.
    pub(super) fn delivery(&self) -> Delivery {
        let mut parts = self.handed.parts();
        parts.answers += 1;
        Delivery {
            answer: parts.answers,
            handed: Arc::clone(&self.handed),
            waits: false,
        }
    }

    /// Has a part of any answer been waiting for longer than this?
    pub(super) fn is_stuck(&self, patience: Duration) -> bool {
        let parts = self.handed.parts();
        parts.since.values().any(|since| since.elapsed() > patience)
    }
}

/// One answer on its way.
pub(super) struct Delivery {
    answer: u64,
    handed: Arc<Handed>,
    waits: bool,
}

impl Delivery {
    /// A part was handed over.
    pub(super) fn handed(&mut self) {
        self.waits = true;
        self.handed.parts().since.insert(self.answer, Instant::now());
    }

    /// The caller has room for more, or has gone.
    pub(super) fn taken(&mut self) {
        if std::mem::take(&mut self.waits) {
            self.handed.parts().since.remove(&self.answer);
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.taken();
    }
}
