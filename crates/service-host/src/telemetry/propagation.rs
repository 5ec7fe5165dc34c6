//! Trace propagation between processes: W3C Trace Context.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The `traceparent` of the current span, to be sent with a call or stored with an event. `None`
/// outside a trace.
pub fn trace_context() -> Option<String> {
    let mut headers = HashMap::new();
    TraceContextPropagator::new().inject_context(&Context::current(), &mut headers);
    headers.remove("traceparent")
}

/// The id of the current trace, in hexadecimal. `None` outside a trace.
pub fn trace_id() -> Option<String> {
    let context = Context::current();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| span.trace_id().to_string())
}

/// Whether the current trace is recorded. Check this before any work that only serves the trace.
pub(crate) fn is_recorded() -> bool {
    Context::map_current(|context| context.span().span_context().is_sampled())
}

/// A span for work that was stored as a row and is done now. It belongs to the trace in which the
/// row was written (see [`trace_context`]); without a `traceparent`, to the current trace.
pub fn resumed(work: &'static str, traceparent: Option<&str>) -> Span {
    let span = tracing::info_span!("work", otel.name = work);
    if let Some(traceparent) = traceparent {
        continue_trace(&span, traceparent);
    }
    span
}

/// Makes `span` part of the trace that `traceparent` names. `span` must not have been entered yet.
/// If `traceparent` is invalid, the span begins a new trace.
pub fn continue_trace(span: &Span, traceparent: &str) {
    let headers = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    follow(span, &headers);
}

/// As [`continue_trace`], for the headers of a call.
pub(crate) fn continue_call(span: &Span, headers: &http::HeaderMap) {
    follow(span, &Headers(headers));
}

fn follow(span: &Span, headers: &dyn Extractor) {
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), headers);
    if context.span().span_context().is_valid() {
        // This fails if tracing is off or the span was entered already. Both leave the span
        // unchanged.
        let _ = span.set_parent(context);
    }
}

struct Headers<'a>(&'a http::HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}
