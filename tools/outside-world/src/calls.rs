//! The call log: what was received, in the order in which it was answered.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::faults::Mode;
use crate::world::Service;

/// Calls kept; older ones are forgotten.
const CALLS: usize = 10_000;

/// One call received.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    pub at: DateTime<Utc>,
    pub service: Service,
    /// HTTP method, or `DATA` for a mail.
    pub method: String,
    /// Path and query, or the mail's recipients.
    pub path: String,
    /// From the headers `Idempotency-Key`, `X-Request-Id` or `Message-ID`, or the body's `operation_id`.
    pub idempotency_key: Option<String>,
    /// The JSON received; null when there was none that could be read.
    pub body: Value,
    /// HTTP status or SMTP reply code that the work ended with, whatever a fault made of it afterwards.
    pub status: u16,
    /// True when the key was seen before, so that nothing was done again.
    pub replayed: bool,
    /// The fault that the call met.
    pub fault: Option<Mode>,
}

/// The last calls, bounded.
#[derive(Default)]
pub struct CallLog(VecDeque<Call>);

impl CallLog {
    pub fn push(&mut self, call: Call) {
        if self.0.len() == CALLS {
            self.0.pop_front();
        }
        self.0.push_back(call);
    }

    /// Oldest first; of one service, or of all.
    pub fn of(&self, service: Option<Service>) -> Vec<Call> {
        self.0
            .iter()
            .filter(|call| service.is_none_or(|wanted| call.service == wanted))
            .cloned()
            .collect()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}
