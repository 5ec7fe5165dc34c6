//! What went wrong, said so that the reader knows what to do.

use std::fmt::Write as _;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// A command that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The service refused or could not be reached.
    #[error("{}", explain(.what, .status))]
    Call {
        /// `orders PlaceOrder`.
        what: String,
        /// The service's answer.
        status: Box<Status>,
    },
    /// What was typed can't be sent.
    #[error("{0}")]
    Input(String),
    /// Waited for something in vain.
    #[error("waited {seconds} s for {what}; last seen: {seen}")]
    Waited {
        /// For what.
        what: String,
        /// How long.
        seconds: u64,
        /// What was there instead.
        seen: String,
    },
    /// The story went otherwise than it should.
    #[error("the story went wrong: {0}")]
    Story(String),
    /// Files, HTTP.
    #[error("{0}")]
    Io(String),
}

impl Error {
    /// The stable reason of a refusal, such as `ORDER_NOT_CANCELLABLE`; empty if there is none.
    pub fn reason(&self) -> String {
        match self {
            Self::Call { status, .. } => status
                .get_details_error_info()
                .map(|info| info.reason)
                .unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// The code of a refusal.
    pub fn code(&self) -> Option<Code> {
        if let Self::Call { status, .. } = self {
            Some(status.code())
        } else {
            None
        }
    }

    /// The fields that a refusal names.
    pub fn fields(&self) -> Vec<String> {
        let Self::Call { status, .. } = self else {
            return vec![];
        };
        let details = status.get_details_bad_request();
        details
            .map(|bad| {
                bad.field_violations
                    .into_iter()
                    .map(|field| field.field)
                    .collect()
            })
            .unwrap_or_default()
    }
}

fn explain(what: &str, status: &Status) -> String {
    let details = status.get_error_details();
    let mut text = format!("{what}: {}", status.message());
    if let Some(info) = details.error_info() {
        let _ = write!(text, " ({})", info.reason);
        for (name, value) in &info.metadata {
            let _ = write!(text, "\n  {name}: {value}");
        }
    }
    if let Some(bad) = details.bad_request() {
        for field in &bad.field_violations {
            let _ = write!(text, "\n  {}: {}", field.field, field.description);
        }
    }
    if let Some(hint) = hint(status.code()) {
        let _ = write!(text, "\n  → {hint}");
    }
    text
}

/// What to do about it.
fn hint(code: Code) -> Option<&'static str> {
    match code {
        Code::Unavailable => {
            Some("is the service running? `make status` shows it; repeat with the same --request-id")
        }
        Code::Unauthenticated => {
            Some("give a token: --token, or --as ROLE:ID with the mesh's development keys")
        }
        Code::PermissionDenied => Some("call as somebody who may: --as ROLE:ID (see `artel methods`)"),
        Code::DeadlineExceeded | Code::Cancelled | Code::Unknown => {
            Some("it may or may not have happened; repeat with the same --request-id to be sure")
        }
        _ => None,
    }
}
