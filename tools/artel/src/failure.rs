//! Errors of commands, with advice on what to do next.

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
        /// The service's status.
        status: Box<Status>,
    },
    /// The command cannot be sent as it was typed.
    #[error("{0}")]
    Input(String),
    /// A condition was not met in time.
    #[error("waited {seconds} s for {what}; last seen: {seen}")]
    Waited {
        /// The condition.
        what: String,
        /// The limit.
        seconds: u64,
        /// The last observed state.
        seen: String,
    },
    /// The story differed from what was expected.
    #[error("the story went wrong: {0}")]
    Story(String),
    /// A file or an HTTP request failed.
    #[error("{0}")]
    Io(String),
}

impl Error {
    /// The stable reason of a refusal, such as `ORDER_NOT_CANCELLABLE`; empty if the status has
    /// none.
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

    /// The invalid fields that a refusal names.
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

/// Advice for a status code.
fn hint(code: Code) -> Option<&'static str> {
    match code {
        Code::Unavailable => {
            Some("is the service running? `make status` shows it; repeat with the same --request-id")
        }
        Code::Unauthenticated => {
            Some("give a token: --token, or --as ROLE:ID with the mesh's development keys")
        }
        Code::PermissionDenied => Some("call with a permitted role: --as ROLE:ID (see `artel methods`)"),
        Code::DeadlineExceeded | Code::Cancelled | Code::Unknown => {
            Some("it may or may not have happened; repeat with the same --request-id to be sure")
        }
        _ => None,
    }
}
