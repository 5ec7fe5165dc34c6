//! How a trace goes on in another process: W3C Trace Context.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The current span's `traceparent`, to be sent along or written beside an event. `None` where nothing is traced.
pub fn trace_context() -> Option<String> {
    let mut headers = HashMap::new();
    TraceContextPropagator::new().inject_context(&Context::current(), &mut headers);
    headers.remove("traceparent")
}

/// The current trace's id in hexadecimal. `None` where nothing is traced.
pub fn trace_id() -> Option<String> {
    let context = Context::current();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| span.trace_id().to_string())
}

/// Whether the current span is part of a trace that is recorded. What costs something for a trace's sake asks this first.
pub(crate) fn is_recorded() -> bool {
    Context::map_current(|context| context.span().span_context().is_sampled())
}

/// The span of work that was written down as a row, and is done now: a part of the trace in which it was written down
/// (see [`trace_context`]), else of the current one.
pub fn resumed(work: &'static str, traceparent: Option<&str>) -> Span {
    let span = tracing::info_span!("work", otel.name = work);
    if let Some(traceparent) = traceparent {
        continue_trace(&span, traceparent);
    }
    span
}

/// Makes `span`, which was not entered yet, a part of the trace that `traceparent` names. What can't be understood is
/// ignored: the span begins a trace of its own.
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
        // It fails where nothing is traced, or the span was entered before; then there is nothing to continue.
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
