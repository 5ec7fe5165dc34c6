//! The call log: what was received, in the order in which it was answered.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::faults::Mode;
use crate::world::Service;

/// One call received.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    pub at: DateTime<Utc>,
    pub service: Service,
    /// HTTP method, or `DATA` for a mail.
    pub method: String,
    /// Path and query, or the mail's recipients.
    pub path: String,
    /// From the headers `Idempotency-Key`, `X-Request-Id` or `Message-ID`, or the body's
    /// `operation_id`.
    pub idempotency_key: Option<String>,
    /// The JSON received; null when there was none that could be read.
    pub body: Value,
    /// HTTP status or SMTP reply code of the work, before a fault changed the answer
    /// afterwards.
    pub status: u16,
    /// True when the key was seen before, so that nothing was done again.
    pub replayed: bool,
    /// The fault that the call met.
    pub fault: Option<Mode>,
}

/// The last calls, bounded.
pub struct CallLog {
    calls: VecDeque<Call>,
    keep: usize,
}

impl CallLog {
    /// Keeps so many; older ones are forgotten.
    pub fn keeping(keep: usize) -> Self {
        let calls = VecDeque::new();
        Self { calls, keep }
    }

    pub fn push(&mut self, call: Call) {
        if self.calls.len() >= self.keep {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }

    /// Oldest first; of one service, or of all.
    pub fn of(&self, service: Option<Service>) -> Vec<Call> {
        self.calls
            .iter()
            .filter(|call| service.is_none_or(|wanted| call.service == wanted))
            .cloned()
            .collect()
    }

    pub fn clear(&mut self) {
        self.calls.clear();
    }
}
