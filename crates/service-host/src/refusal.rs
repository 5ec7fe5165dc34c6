//! The one way from an error to a gRPC status.

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use conventions::page::BadToken;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use uuid::Uuid;

use crate::database::Failure;
use crate::{database, telemetry};

/// `google.rpc.ErrorInfo.domain` of every refusal.
pub const DOMAIN: &str = "artel";

/// Why a call isn't answered: a code, a stable reason for programs (`ORDER_NOT_CANCELLABLE`), a text for people, and
/// `google.rpc` details.
///
/// Refusals by the rules of the business are the caller's affair and logged at `debug`. What is broken here
/// ([`internal`](Self::internal)) is logged once at `error`, with its sources, when it becomes a status; the caller sees
/// only a trace id.
#[derive(Debug)]
pub struct Refusal(Box<Parts>);

/// Boxed, so that results stay small.
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

    /// INVALID_ARGUMENT: this field of the request can't be what it is. The reason is `INVALID_FIELD`.
    pub fn invalid(field: impl Into<String>, text: impl Into<String>) -> Self {
        let (field, text) = (field.into(), text.into());
        Self::new(Code::InvalidArgument, "INVALID_FIELD", format!("{field}: {text}")).and_invalid(field, text)
    }

    /// INVALID_ARGUMENT: what was sent is no request. The reason is `MALFORMED_REQUEST`.
    pub(crate) fn malformed(text: &'static str) -> Self {
        Self::new(Code::InvalidArgument, "MALFORMED_REQUEST", text)
    }

    /// Names one more field that is at fault.
    pub fn and_invalid(mut self, field: impl Into<String>, text: impl Into<String>) -> Self {
        self.0.fields.push((field.into(), text.into()));
        self
    }

    /// NOT_FOUND: there is no such thing, or it is somebody else's.
    pub fn not_found(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::NotFound, reason, text)
    }

    /// FAILED_PRECONDITION: not in this state of things.
    pub fn precondition(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::FailedPrecondition, reason, text)
    }

    /// PERMISSION_DENIED: known, but not allowed.
    pub fn denied(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::PermissionDenied, reason, text)
    }

    /// UNAUTHENTICATED: who is calling isn't known.
    pub fn unauthenticated(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Unauthenticated, reason, text)
    }

    /// ALREADY_EXISTS: it would be a second one.
    pub fn already_exists(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::AlreadyExists, reason, text)
    }

    /// ABORTED: somebody else was faster, or the request contradicts an earlier one.
    pub fn conflict(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Aborted, reason, text)
    }

    /// RESOURCE_EXHAUSTED: the caller's allowance is used up.
    pub fn exhausted(reason: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::ResourceExhausted, reason, text)
    }

    /// UNAVAILABLE: not now; the same call may succeed after the pause.
    pub fn unavailable(
        reason: &'static str,
        text: impl Into<Cow<'static, str>>,
        retry_after: Duration,
    ) -> Self {
        Self::new(Code::Unavailable, reason, text).retry_after(retry_after)
    }

    /// DEADLINE_EXCEEDED: it took too long. The reason is `DEADLINE_EXCEEDED`.
    pub fn deadline(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", text)
    }

    /// UNIMPLEMENTED: there is no such method. The reason is `UNKNOWN_METHOD`.
    pub(crate) fn unknown_method() -> Self {
        Self::new(Code::Unimplemented, "UNKNOWN_METHOD", "there is no such method")
    }

    /// INTERNAL: something is broken here. The source goes to the log, never to the caller. The reason is `INTERNAL`.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let mut refusal = Self::new(Code::Internal, "INTERNAL", "internal error");
        refusal.0.source = Some(source.into());
        refusal
    }

    /// INTERNAL, for a panic: that has been logged where it happened.
    pub(crate) fn panicked() -> Self {
        Self::new(Code::Internal, "INTERNAL", "internal error")
    }

    /// Says after which pause it is worth trying again (`google.rpc.RetryInfo`).
    pub fn retry_after(mut self, pause: Duration) -> Self {
        self.0.retry_after = Some(pause);
        self
    }

    /// Adds a fact for programs (`google.rpc.ErrorInfo.metadata`), such as `("state", "completed")`.
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.metadata.insert(key.into(), value.into());
        self
    }

    /// Remembers what it came from, for the log.
    fn because_of(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
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
                tracing::error!(error = source, "the call failed: something is broken here");
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

/// An error with what it came from: "the database failed: connection refused".
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
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
            text = format!("{text}; the operators find it as trace {trace}").into();
            details.set_request_info(trace, "");
        }
        Self::with_error_details(refusal.code, text, details)
    }
}

/// An id of a request. Its `buf.validate` rule says that it is a UUID; what a UUID is, two libraries may see differently.
///
/// # Errors
/// The text is none: the field is named.
pub fn uuid(field: &str, text: &str) -> Result<Uuid, Refusal> {
    text.parse()
        .map_err(|_| Refusal::invalid(field, "must be a UUID"))
}

impl From<BadToken> for Refusal {
    fn from(error: BadToken) -> Self {
        Self::invalid("page_token", error.to_string())
    }
}

impl From<diesel::result::Error> for Refusal {
    fn from(error: diesel::result::Error) -> Self {
        if database::is_contention(&error) {
            return Self::conflict(
                "CONTENTION",
                "too many changes of the same thing at once; try again",
            )
            .retry_after(Duration::from_millis(100))
            .because_of(error);
        }
        if database::is_away(&error) {
            return Self::unavailable(
                "DATABASE_UNAVAILABLE",
                "the database is away",
                Duration::from_secs(1),
            )
            .because_of(error);
        }
        if database::is_cancelled(&error) || database::is_lock_timeout(&error) {
            return Self::unavailable("DATABASE_BUSY", "the database is busy", Duration::from_secs(1))
                .because_of(error);
        }
        if database::is_nul(&error) {
            return Self::invalid("", "no text may hold the character U+0000").because_of(error);
        }
        Self::internal(error)
    }
}

impl Failure for Refusal {
    fn database(&self) -> Option<&diesel::result::Error> {
        self.0.source.as_deref()?.downcast_ref()
    }
}
