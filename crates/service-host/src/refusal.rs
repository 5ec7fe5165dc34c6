//! Refused calls: the only conversion from an error to a gRPC status.

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use conventions::page::BadToken;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::error_chain::chain;
use crate::telemetry;

/// `google.rpc.ErrorInfo.domain` of every refusal.
pub const DOMAIN: &str = "artel";

/// Why a call is refused: a code, a stable reason for programs (`ORDER_NOT_CANCELLABLE`), a text
/// for people, and `google.rpc` details.
///
/// A refusal by a business rule is logged at `debug`. A failure of this service
/// ([`internal`](Self::internal)) is logged once at `error`, with its sources, when it becomes a
/// status; the caller sees only a trace id.
#[derive(Debug)]
pub struct Refusal(Box<Parts>);

/// Boxed so that a `Result` stays small.
#[derive(Debug)]
struct Parts {
    code: Code,
    reason: Cow<'static, str>,
    text: Cow<'static, str>,
    fields: Vec<(String, String)>,
    metadata: HashMap<String, String>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Refusal {
    fn new(code: Code, reason: impl Into<Cow<'static, str>>, text: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts {
            code,
            reason: reason.into(),
            text: text.into(),
            fields: Vec::new(),
            metadata: HashMap::new(),
            retry_after: None,
            source: None,
        }))
    }

    /// INVALID_ARGUMENT: a field of the request has an invalid value. The reason is
    /// `INVALID_FIELD`.
    pub fn invalid(field: impl Into<String>, text: impl Into<String>) -> Self {
        let (field, text) = (field.into(), text.into());
        Self::new(Code::InvalidArgument, "INVALID_FIELD", format!("{field}: {text}")).and_invalid(field, text)
    }

    /// INVALID_ARGUMENT: the body is not a valid request. The reason is `MALFORMED_REQUEST`.
    pub(crate) fn malformed(text: &'static str) -> Self {
        Self::new(Code::InvalidArgument, "MALFORMED_REQUEST", text)
    }

    /// Adds another invalid field.
    pub fn and_invalid(mut self, field: impl Into<String>, text: impl Into<String>) -> Self {
        self.0.fields.push((field.into(), text.into()));
        self
    }

    /// NOT_FOUND: the resource does not exist, or the caller may not know that it exists.
    pub fn not_found(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::NotFound, reason, text)
    }

    /// FAILED_PRECONDITION: the resource's state does not allow the call.
    pub fn precondition(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::FailedPrecondition, reason, text)
    }

    /// PERMISSION_DENIED: the caller is known but may not make this call.
    pub fn denied(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::PermissionDenied, reason, text)
    }

    /// UNAUTHENTICATED: the call has no valid token.
    pub fn unauthenticated(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Unauthenticated, reason, text)
    }

    /// ALREADY_EXISTS: the resource exists already.
    pub fn already_exists(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::AlreadyExists, reason, text)
    }

    /// ABORTED: a concurrent change was first, or the request contradicts an earlier one.
    pub fn conflict(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Aborted, reason, text)
    }

    /// RESOURCE_EXHAUSTED: the caller's quota is used up.
    pub fn exhausted(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::ResourceExhausted, reason, text)
    }

    /// UNAVAILABLE: the same call may succeed after `retry_after`.
    pub fn unavailable(
        reason: &'static str,
        text: impl Into<Cow<'static, str>>,
        retry_after: Duration,
    ) -> Self {
        Self::new(Code::Unavailable, reason, text).retry_after(retry_after)
    }

    /// DEADLINE_EXCEEDED: the call took too long. The reason is `DEADLINE_EXCEEDED`.
    pub fn deadline(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", text)
    }

    /// UNIMPLEMENTED: the method does not exist. The reason is `UNKNOWN_METHOD`.
    pub(crate) fn unknown_method() -> Self {
        Self::new(Code::Unimplemented, "UNKNOWN_METHOD", "unknown method")
    }

    /// INTERNAL: a failure of this service. The source is logged and never sent to the caller. The
    /// reason is `INTERNAL`.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let mut refusal = Self::new(Code::Internal, "INTERNAL", "internal error");
        refusal.0.source = Some(source.into());
        refusal
    }

    /// INTERNAL, for a panic. The panic hook has logged it already.
    pub(crate) fn panicked() -> Self {
        Self::new(Code::Internal, "INTERNAL", "internal error")
    }

    /// Tells the caller how long to wait before a retry (`google.rpc.RetryInfo`).
    pub fn retry_after(mut self, pause: Duration) -> Self {
        self.0.retry_after = Some(pause);
        self
    }

    /// Adds metadata for programs (`google.rpc.ErrorInfo.metadata`), such as `("state",
    /// "completed")`.
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.metadata.insert(key.into(), value.into());
        self
    }

    /// Adds the error that caused the refusal, for the log.
    pub(crate) fn because_of(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The status code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The stable reason.
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    fn log(&self) {
        let source = self.0.source.as_deref().map(|source| chain(source));
        match (self.0.code, source) {
            (Code::Internal, Some(source)) => {
                tracing::error!(error = source, "the call failed with an internal error");
            }
            (Code::Internal, None) => {}
            (code, Some(source)) => {
                tracing::warn!(code = ?code, reason = %self.0.reason, error = source, "the call failed");
            }
            (code, None) => {
                tracing::debug!(code = ?code, reason = %self.0.reason, text = %self.0.text, "refused");
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0.text, self.0.reason)
    }
}

impl Error for Refusal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| -> &(dyn Error + 'static) { source })
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        refusal.log();
        let refusal = *refusal.0;
        let mut details = ErrorDetails::new();
        details.set_error_info(refusal.reason, DOMAIN, refusal.metadata);
        for (field, text) in refusal.fields {
            details.add_bad_request_violation(field, text);
        }
        if let Some(pause) = refusal.retry_after {
            details.set_retry_info(Some(pause));
        }
        let mut text = refusal.text;
        if refusal.code == Code::Internal
            && let Some(trace) = telemetry::trace_id()
        {
            text = format!("{text}; operators find it under trace id {trace}").into();
            details.set_request_info(trace, "");
        }
        Self::with_error_details(refusal.code, text, details)
    }
}

impl From<BadToken> for Refusal {
    fn from(error: BadToken) -> Self {
        Self::invalid("page_token", error.to_string())
    }
}
